// Reductions, products and softmax by name.

extension OperatorRegistry {
  mutating func addReduction() {
    add("sum(Tensor input, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None)") {
      try Ops.sum($0.tensor("input"), $0.reducedDims("dim"), keepDim: $0.bool("keepdim"), dtype: $0.dtype())
    }
    add("mean(Tensor input, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None)") {
      try Ops.mean($0.tensor("input"), $0.reducedDims("dim"), keepDim: $0.bool("keepdim"), dtype: $0.dtype())
    }
    add("prod(Tensor input, int? dim=None, bool keepdim=False, *, ScalarType? dtype=None)") { a in
      let x = a.tensor("input")
      return try Ops.prod(
        a.dtype().map { dtype throws(BackplaneError) in try Ops.cast(x, dtype) } ?? x, a.optionalInt("dim"),
        keepDim: a.bool("keepdim"))
    }
    addExtremes("max", .max, .argmax, .maximum)
    addExtremes("min", .min, .argmin, .minimum)
    add("all(Tensor input, int[1]? dim=None, bool keepdim=False)") {
      try Ops.truth(.min, $0.tensor("input"), $0.reducedDims("dim"), keepDim: $0.bool("keepdim"))
    }
    add("any(Tensor input, int[1]? dim=None, bool keepdim=False)") {
      try Ops.truth(.max, $0.tensor("input"), $0.reducedDims("dim"), keepDim: $0.bool("keepdim"))
    }
    addVariance("var") { $0 }
    addVariance("std") { variance throws(BackplaneError) in try Ops.unary(.sqrt, variance) }
  }

  private mutating func addExtremes(
    _ name: String, _ op: Operator, _ argument: Operator, _ f: BinaryFunction
  ) {
    add("\(name)(Tensor input)") { try Ops.extreme(op, $0.tensor("input"), nil, keepDim: false) }
    add("\(name)(Tensor input, int dim, bool keepdim=False)") { a in
      let (values, indices) = try Ops.extremeWithIndex(
        op, argument, a.tensor("input"), a.int("dim"), keepDim: a.bool("keepdim"))
      return [values, indices]
    }
    add("\(name)(Tensor input, Tensor other)") { try Ops.binary(f, $0.tensor("input"), $0.tensor("other")) }
    add("a\(name)(Tensor input, int[1]? dim=[], bool keepdim=False)") {
      try Ops.extreme(op, $0.tensor("input"), $0.reducedDims("dim"), keepDim: $0.bool("keepdim"))
    }
    add("arg\(name)(Tensor input, int? dim=None, bool keepdim=False)") {
      try Ops.argExtreme(argument, $0.tensor("input"), $0.optionalInt("dim"), keepDim: $0.bool("keepdim"))
    }
  }

  private mutating func addVariance(
    _ name: String, _ finish: @escaping @Sendable (Tensor) throws(BackplaneError) -> Tensor
  ) {
    add("\(name)(Tensor input, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False)") {
      try finish(
        Ops.variance(
          $0.tensor("input"), $0.reducedDims("dim"), correction: $0.optionalDouble("correction") ?? 1,
          keepDim: $0.bool("keepdim")))
    }
    add("\(name)(Tensor input, bool unbiased)") {
      try finish(
        Ops.variance($0.tensor("input"), nil, correction: $0.bool("unbiased") ? 1 : 0, keepDim: false))
    }
    add("\(name)(Tensor input, int[1]? dim, bool unbiased=True, bool keepdim=False)") {
      try finish(
        Ops.variance(
          $0.tensor("input"), $0.reducedDims("dim"), correction: $0.bool("unbiased") ? 1 : 0,
          keepDim: $0.bool("keepdim")))
    }
  }

  mutating func addProducts() {
    add("matmul(Tensor input, Tensor other)") { try Ops.matmul($0.tensor("input"), $0.tensor("other")) }
    func addRanked(_ name: String, _ second: String, _ ranks: (Int, Int)) {
      add("\(name)(Tensor input, Tensor \(second))") {
        try Ops.matmul($0.tensor("input"), $0.tensor(second), ranks: ranks, name)
      }
    }
    addRanked("mm", "mat2", (2, 2))
    addRanked("mv", "vec", (2, 1))
    addRanked("bmm", "mat2", (3, 3))
    addRanked("dot", "tensor", (1, 1))
  }

  mutating func addSoftmax() {
    for name in ["softmax", "nn.functional.softmax"] {
      addNormalization(name) { x, dim throws(BackplaneError) in try Ops.softmax(x, dim) }
    }
    for name in ["log_softmax", "nn.functional.log_softmax"] {
      addNormalization(name) { x, dim throws(BackplaneError) in try Ops.logSoftmax(x, dim) }
    }
    addNormalization("nn.functional.softmin") { x, dim throws(BackplaneError) in try Ops.softmax(Ops.neg(x), dim) }
  }

  private mutating func addNormalization(
    _ name: String, _ body: @escaping @Sendable (Tensor, Int) throws(BackplaneError) -> Tensor
  ) {
    // Functions of nn.functional have an argument of no effect between the two.
    let between = name.hasPrefix("nn.") ? "Any? _stacklevel=3, " : "*, "
    add("\(name)(Tensor input, int dim, \(between)ScalarType? dtype=None)") { a in
      let x = a.tensor("input")
      return try body(a.dtype().map { dtype throws(BackplaneError) in try Ops.cast(x, dtype) } ?? x, a.int("dim"))
    }
  }
}
