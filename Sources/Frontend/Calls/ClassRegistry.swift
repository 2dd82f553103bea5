/// Classes whose objects can be made by name: their signatures in PyTorch's notation, and what makes one.
///
/// `Source` is what an object is made of besides its arguments.
struct ClassRegistry<Source, Object>: Sendable {
  struct Entry: Sendable {
    let signature: OperatorSignature
    let make: @Sendable (Source, BoundArguments) throws -> Object
  }

  /// What an object is, for messages: `module`.
  let kind: String
  private(set) var entries: [String: Entry] = [:]

  init(of kind: String) { self.kind = kind }

  /// Adds a class under the name of its signature.
  ///
  /// - Returns: The name.
  @discardableResult
  mutating func add(
    _ signature: String, _ make: @escaping @Sendable (Source, BoundArguments) throws -> Object
  ) -> String {
    let signature = OperatorSignature(signature)
    entries[signature.name] = Entry(signature: signature, make: make)
    return signature.name
  }

  func make(
    _ name: String, of source: Source, _ arguments: [Argument], _ keywords: [String: Argument]
  ) throws(BackplaneError) -> Object {
    guard let entry = entries[name] else { throw BackplaneError(.unknownOperator, "there is no \(kind) '\(name)'") }
    let bound = try BoundArguments(entry.signature, arguments, keywords)
    return try rethrowing(name) { try withErrors { try entry.make(source, bound) } }
  }

  /// Calls what may throw anything, and throws only Backplane's errors.
  func rethrowing<Result>(_ name: String, _ body: () throws -> Result) throws(BackplaneError) -> Result {
    do {
      return try body()
    } catch let error as BackplaneError {
      throw error
    } catch {
      throw BackplaneError(.internal, "\(name): \(error)")
    }
  }

  /// The names of all classes, sorted.
  var names: [String] { entries.keys.sorted() }
}
