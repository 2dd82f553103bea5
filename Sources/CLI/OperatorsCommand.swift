import Backplane

/// `backplane operators [NAME]`.
struct OperatorsCommand {
  private let name: String?

  init(_ arguments: ArraySlice<String>) throws(Failure) {
    name = arguments.first
    if let name, name.hasPrefix("-") { throw Failure("backplane operators: unknown option '\(name)'") }
    if let name { try Program.refuse(arguments.dropFirst(), after: "the operator '\(name)'") }
  }

  func run() throws(Failure) -> Int32 {
    if let name, operatorSignatures(name).isEmpty {
      throw Failure("backplane: there is no operator '\(name)'; 'backplane operators' lists them all")
    }
    for name in name.map({ [$0] }) ?? operatorNames {
      for signature in operatorSignatures(name) { print(signature) }
    }
    return 0
  }
}
