import BackendAPI

/// An operator of the ABI as the dispatcher names it: the number of its `BP_OP_` and the name that messages use.
///
/// The constants are declared in `Ops/`, each beside the operator's rules and gradient.
package struct Operator: Sendable {
  package let id: Int32
  package let name: StaticString

  init(_ id: Int32, _ name: StaticString) {
    self.id = id
    self.name = name
  }

  /// Whether the plugin reads its outputs before it writes them.
  var readsOutputs: Bool { has(BP_DEFINITION_READS_OUTPUTS) }

  /// Whether operands of any strides are passed as they are, whatever the plugin wants otherwise.
  var takesAnyStrides: Bool { has(BP_DEFINITION_ANY_STRIDES) }

  /// What the header's definition says.
  private func has(_ flag: UInt32) -> Bool {
    guard let definition = bp_op_definition_of(id) else { return false }
    return definition.pointee.flags & flag != 0
  }

  /// Every operator of the header. A test compares the list with the header's.
  package static let all: [Operator] =
    creation + random + unary + arithmetic + comparison + selection + reduction + products + indexing
    + normalization + optimization + functions + sorting + scans + factorizations + fourier
}

/// The throwing forms of all operators, a file of `Ops/` for each family. The public spellings call them through
/// the ``funnel(_:)``.
enum Ops {}
