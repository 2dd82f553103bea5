// Medians, modes and quantiles by name.

extension OperatorRegistry {
  mutating func addOrderStatistics() {
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
    addQuantile("quantile", ignoringNaN: false)
    addQuantile("nanquantile", ignoringNaN: true)
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
}
