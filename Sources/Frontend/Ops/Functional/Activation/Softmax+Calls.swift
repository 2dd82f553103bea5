// Softmax by name.

extension OperatorRegistry {
  mutating func addSoftmax() {
    for name in ["softmax", "nn.functional.softmax"] {
      addNormalization(name) { x, dim throws(BackplaneError) in try Ops.softmax(x, dim) }
    }
    for name in ["log_softmax", "nn.functional.log_softmax"] {
      addNormalization(name) { x, dim throws(BackplaneError) in try Ops.logSoftmax(x, dim) }
    }
  }

  private mutating func addNormalization(
    _ name: String, negated: Bool = false,
    _ body: @escaping @Sendable (Tensor, Int) throws(BackplaneError) -> Tensor
  ) {
    // Functions of nn.functional have an argument of no effect between the two.
    let between = name.hasPrefix("nn.") ? "Any? _stacklevel=3, " : "*, "
    add("\(name)(Tensor input, int dim, \(between)ScalarType? dtype=None)") { a in
      // In the tensor's own type, in which unsigned integers wrap.
      let x = try negated ? Ops.neg(a.tensor("input")) : a.tensor("input")
      return try body(a.dtype().map { dtype throws(BackplaneError) in try Ops.cast(x, dtype) } ?? x, a.int("dim"))
    }
  }
}
