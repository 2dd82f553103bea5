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
  var readsOutputs: Bool { OperatorFacts.readsOutputs(id) }

  /// Whether operands of any strides are passed as they are, whatever the plugin wants otherwise.
  var takesAnyStrides: Bool { OperatorFacts.takesAnyStrides(id) }

  /// Every operator of the header. A test compares the list with the header's.
  package static let all: [Operator] =
    elementwise + creation + random + reduction + products + indexing + normalization + optimization
    + sorting + scans + factorizations + fourier
    + activations + convolution + pooling + statistics + attention + dropouts + crossEntropy + recurrence + affine

  /// Those of which each result depends on the operands' elements at its place alone.
  static let elementwise: [Operator] =
    [copy] + UnaryFunction.all.map(\.op) + BinaryFunction.all.map(\.op) + comparison + selection
}

/// The throwing forms of all operators, a file of `Ops/` for each family. The public spellings call them through
/// the ``funnel(_:)``.
enum Ops {}
