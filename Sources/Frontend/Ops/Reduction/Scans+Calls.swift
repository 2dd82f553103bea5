// Running sums, products and extremes by name.

extension OperatorRegistry {
  mutating func addScans() {
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
}
