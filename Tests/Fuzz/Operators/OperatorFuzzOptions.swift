import Backplane

/// The command line of `fuzz operators`; the parent passes it on to its children.
struct OperatorFuzzOptions {
  struct UsageError: Error, CustomStringConvertible {
    let description: String
  }

  var count = 200_000
  var seed: UInt64 = 1
  var op: String?
  var number: Int?
  var device = "cpu"
  var jobs = 1

  init(_ arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    while let option = rest.popFirst() {
      guard let value = rest.popFirst() else { throw UsageError(description: OperatorFuzz.usage) }
      func whole() throws(UsageError) -> Int {
        guard let number = Int(value), number >= 0 else {
          throw UsageError(description: "\(option) takes a whole number, not \(value)")
        }
        return number
      }
      switch option {
      case "--count": count = try whole()
      case "--seed": seed = UInt64(try whole())
      case "--op":
        op = value
      case "--case": number = try whole()
      case "--device": device = value
      case "--jobs": jobs = max(1, try whole())
      default: throw UsageError(description: OperatorFuzz.usage)
      }
    }
    guard !names.isEmpty else { throw UsageError(description: "there is no operator '\(op ?? "")'") }
    guard number == nil || names.count == 1 else { throw UsageError(description: "--case needs --op") }
  }

  var arguments: [String] {
    ["--count", "\(count)", "--seed", "\(seed)", "--device", device, "--jobs", "\(jobs)"]
      + (op.map { ["--op", $0] } ?? []) + (number.map { ["--case", "\($0)"] } ?? [])
  }

  /// The operators, and the numbers of each one's cases: as many as it has overloads to share in the count.
  var plan: [(name: String, cases: Range<Int>)] {
    if let number { return names.map { ($0, number..<number + 1) } }
    let overloads = names.map { operatorSignatures($0).count }
    let total = overloads.reduce(0, +)
    return zip(names, overloads).map { ($0, 0..<(count * $1 + total - 1) / total) }
  }

  private var names: [String] {
    guard let op else { return operatorNames }
    return operatorNames.filter { op.hasSuffix("*") ? $0.hasPrefix(op.dropLast()) : $0 == op }
  }
}
