import Backplane

/// `backplane operators [NAME]`.
struct OperatorsCommand {
  static let help = """
    usage: backplane operators [NAME]

    Lists the operators that can be called by name, and what they take, in PyTorch's notation: a line for each overload.

      NAME    this operator only, such as add or nn.functional.linear

    Exit status: 0; 2 for bad usage, or when there is no such operator.
    """

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
