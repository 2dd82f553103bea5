/// Arithmetic on whole numbers that come from outside: a caller's arguments, a tensor's contents, a file's lengths. It
/// throws where Swift's own would end the program.
///
/// Extents of a tensor that exists may be added and multiplied freely; whatever meets a number that nobody has checked
/// goes through here first.
package enum Sizes {
  /// a + b.
  @inline(__always)
  package static func add(_ a: Int, _ b: Int, in operation: @autoclosure () -> String) throws(BackplaneError) -> Int {
    let (result, overflow) = a.addingReportingOverflow(b)
    guard !overflow else { throw tooLarge("\(a) + \(b)", operation()) }
    return result
  }

  /// a − b.
  @inline(__always)
  package static func subtract(
    _ a: Int, _ b: Int, in operation: @autoclosure () -> String
  ) throws(BackplaneError) -> Int {
    let (result, overflow) = a.subtractingReportingOverflow(b)
    guard !overflow else { throw tooLarge("\(a) - \(b)", operation()) }
    return result
  }

  /// a · b.
  @inline(__always)
  package static func multiply(
    _ a: Int, _ b: Int, in operation: @autoclosure () -> String
  ) throws(BackplaneError) -> Int {
    let (result, overflow) = a.multipliedReportingOverflow(by: b)
    guard !overflow else { throw tooLarge("\(a) * \(b)", operation()) }
    return result
  }

  /// The sum of all; 0 of none.
  package static func sum(
    _ values: some Sequence<Int>, in operation: @autoclosure () -> String
  ) throws(BackplaneError) -> Int {
    var result = 0
    for value in values { result = try add(result, value, in: operation()) }
    return result
  }

  /// The product of all; 1 of none.
  package static func product(
    _ values: some Sequence<Int>, in operation: @autoclosure () -> String
  ) throws(BackplaneError) -> Int {
    var result = 1
    for value in values { result = try multiply(result, value, in: operation()) }
    return result
  }

  /// A number of another type, such as a file's.
  @inline(__always)
  package static func int(
    _ value: some BinaryInteger, in operation: @autoclosure () -> String
  ) throws(BackplaneError) -> Int {
    guard let result = Int(exactly: value) else { throw tooLarge("\(value)", operation()) }
    return result
  }

  /// A whole number that a floating point one stands for.
  package static func int(_ value: Double, in operation: @autoclosure () -> String) throws(BackplaneError) -> Int {
    guard let result = Int(exactly: value.rounded(.towardZero)) else { throw tooLarge("\(value)", operation()) }
    return result
  }

  @inline(never)
  private static func tooLarge(_ expression: String, _ operation: String) -> BackplaneError {
    BackplaneError(.value, "\(operation): \(expression) does not fit a 64-bit integer")
  }
}
