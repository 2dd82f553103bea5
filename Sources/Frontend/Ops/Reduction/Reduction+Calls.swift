// Reductions by name.

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
    add("logsumexp(Tensor input, int[1] dim, bool keepdim=False)") {
      try Ops.logsumexp($0.tensor("input"), $0.reducedDims("dim"), keepDim: $0.bool("keepdim"))
    }
    add("nansum(Tensor input, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None)") {
      try Ops.nansum($0.tensor("input"), $0.reducedDims("dim"), keepDim: $0.bool("keepdim"), dtype: $0.dtype())
    }
    add("nanmean(Tensor input, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None)") {
      try Ops.nanmean($0.tensor("input"), $0.reducedDims("dim"), keepDim: $0.bool("keepdim"), dtype: $0.dtype())
    }
    add("aminmax(Tensor input, *, int? dim=None, bool keepdim=False)") { a in
      let (low, high) = try Ops.aminmax(a.tensor("input"), a.optionalInt("dim"), keepDim: a.bool("keepdim"))
      return [low, high]
    }
    addVariance("var", "var_mean", Ops.variance)
    addVariance("std", "std_mean", Ops.deviation)
  }

  private mutating func addExtremes(
    _ name: String, _ op: Operator, _ argument: Operator, _ f: BinaryFunction
  ) {
    add("\(name)(Tensor input)") { try Ops.extreme(op, $0.tensor("input"), nil, keepDim: false) }
    // Before a dimension, for which a 0-d tensor would do.
    add("\(name)(Tensor input, Tensor other)") { try Ops.binary(f, $0.tensor("input"), $0.tensor("other")) }
    add("\(name)(Tensor input, int dim, bool keepdim=False)") { a in
      let (values, indices) = try Ops.extremeWithIndex(
        op, argument, a.tensor("input"), a.int("dim"), keepDim: a.bool("keepdim"))
      return [values, indices]
    }
    add("a\(name)(Tensor input, int[1]? dim=[], bool keepdim=False)") {
      try Ops.extreme(
        op, $0.tensor("input"), $0.reducedDims("dim"), keepDim: $0.bool("keepdim"), name: "a\(op.name)")
    }
    add("arg\(name)(Tensor input, int? dim=None, bool keepdim=False)") {
      try Ops.argExtreme(argument, $0.tensor("input"), $0.optionalInt("dim"), keepDim: $0.bool("keepdim"))
    }
  }

  private typealias Variance =
    @Sendable (Tensor, [Int]?, _ correction: Double, _ keepDim: Bool) throws(BackplaneError) -> Tensor

  private mutating func addVariance(_ name: String, _ withMean: String, _ spread: @escaping Variance) {
    for (name, hasMean) in [(name, false), (withMean, true)] {
      @Sendable func results(
        _ x: Tensor, _ dims: [Int]?, _ correction: Double, _ keepDim: Bool
      ) throws(BackplaneError) -> Argument {
        let result = try spread(x, dims, correction, keepDim)
        return try hasMean ? .list([.tensor(result), .tensor(Ops.mean(x, dims, keepDim: keepDim))]) : .tensor(result)
      }
      add("\(name)(Tensor input, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False)") {
        try results(
          $0.tensor("input"), $0.reducedDims("dim"), $0.optionalDouble("correction") ?? 1, $0.bool("keepdim"))
      }
      add("\(name)(Tensor input, bool unbiased)") {
        try results($0.tensor("input"), nil, $0.bool("unbiased") ? 1 : 0, false)
      }
      add("\(name)(Tensor input, int[1]? dim, bool unbiased=True, bool keepdim=False)") {
        try results($0.tensor("input"), $0.reducedDims("dim"), $0.bool("unbiased") ? 1 : 0, $0.bool("keepdim"))
      }
    }
  }
}
