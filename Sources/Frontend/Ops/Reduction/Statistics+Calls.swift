// Scans, order statistics and further reductions by name.

extension OperatorRegistry {
  mutating func addStatistics() {
    addScans()
    addOrderStatistics()
    addQuantile("quantile", ignoringNaN: false)
    addQuantile("nanquantile", ignoringNaN: true)
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
    addDifferences()
  }

  private mutating func addScans() {
    add("cumsum(Tensor input, int dim, *, ScalarType? dtype=None)") {
      try Ops.cumsum($0.tensor("input"), $0.int("dim"), dtype: $0.dtype())
    }
    add("cumprod(Tensor input, int dim, *, ScalarType? dtype=None)") {
      try Ops.cumprod($0.tensor("input"), $0.int("dim"), dtype: $0.dtype())
    }
    add("cummax(Tensor input, int dim)") { a in
      pair(try Ops.runningExtreme(.cummax, a.tensor("input"), a.int("dim")))
    }
    add("cummin(Tensor input, int dim)") { a in
      pair(try Ops.runningExtreme(.cummin, a.tensor("input"), a.int("dim")))
    }
    add("logcumsumexp(Tensor input, int dim)") { try Ops.logcumsumexp($0.tensor("input"), $0.int("dim")) }
  }

  private mutating func addOrderStatistics() {
    for (name, ignoringNaN) in [("median", false), ("nanmedian", true)] {
      add("\(name)(Tensor input)") { try Ops.median($0.tensor("input"), ignoringNaN: ignoringNaN) }
      add("\(name)(Tensor input, int dim, bool keepdim=False)") { a in
        pair(
          try Ops.median(a.tensor("input"), a.int("dim"), keepDim: a.bool("keepdim"), ignoringNaN: ignoringNaN))
      }
    }
    add("mode(Tensor input, int dim=-1, bool keepdim=False)") { a in
      pair(try Ops.mode(a.tensor("input"), a.int("dim"), keepDim: a.bool("keepdim")))
    }
  }

  private mutating func addQuantile(_ name: String, ignoringNaN: Bool) {
    @Sendable func quantile(_ a: BoundArguments, _ q: Tensor) throws(BackplaneError) -> Tensor {
      guard let interpolation = QuantileInterpolation(rawValue: a.string("interpolation")) else {
        throw BackplaneError(
          .value,
          "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            + a.string("interpolation"))
      }
      return try Ops.quantile(
        a.tensor("input"), q, a.optionalInt("dim"), keepDim: a.bool("keepdim"), interpolation,
        ignoringNaN: ignoringNaN)
    }
    let rest = "int? dim=None, bool keepdim=False, *, str interpolation='linear'"
    add("\(name)(Tensor input, Tensor q, \(rest))") { try quantile($0, $0.tensor("q")) }
    add("\(name)(Tensor input, float q, \(rest))") {
      let x = $0.tensor("input")
      return try quantile($0, Ops.full(.scalar, .double($0.double("q")), x.dtype, on: x.context))
    }
  }

  private mutating func addDifferences() {
    add("diff(Tensor input, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None)") {
      try Ops.diff(
        $0.tensor("input"), $0.int("n"), $0.int("dim"), prepend: $0.optionalTensor("prepend"),
        append: $0.optionalTensor("append"))
    }
    addIntegral(["trapezoid", "trapz"]) { y, samples, dim throws(BackplaneError) in
      try Ops.trapezoid(y, samples, dim)
    }
    addIntegral(["cumulative_trapezoid"]) { y, samples, dim throws(BackplaneError) in
      try Ops.cumulativeTrapezoid(y, samples, dim)
    }
  }

  private mutating func addIntegral(
    _ names: [String], _ body: @escaping @Sendable (Tensor, Ops.Samples, Int) throws(BackplaneError) -> Tensor
  ) {
    for name in names {
      add("\(name)(Tensor y, Tensor x, *, int dim=-1)") {
        try body($0.tensor("y"), .points($0.tensor("x")), $0.int("dim"))
      }
      add("\(name)(Tensor y, *, Scalar dx=1, int dim=-1)") {
        try body($0.tensor("y"), .spacing($0.scalar("dx")), $0.int("dim"))
      }
    }
  }
}
