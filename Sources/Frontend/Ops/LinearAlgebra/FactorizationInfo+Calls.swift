// Factorizations and solutions that tell of failure by name.

extension OperatorRegistry {
  mutating func addFactorizationInfo() {
    add("linalg.cholesky_ex(Tensor A, *, bool upper=False, bool check_errors=False)") { a in
      let (factor, info) = try Ops.choleskyEx(
        a.tensor("A"), upper: a.bool("upper"), checksErrors: a.bool("check_errors"))
      return [factor, info]
    }
    add("linalg.inv_ex(Tensor A, *, bool check_errors=False)") { a in
      let (inverse, info) = try Ops.inverseEx(a.tensor("A"), checksErrors: a.bool("check_errors"))
      return [inverse, info]
    }
    add("linalg.solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False)") { a in
      let (result, info) = try Ops.solveEx(
        a.tensor("A"), a.tensor("B"), left: a.bool("left"), checksErrors: a.bool("check_errors"))
      return [result, info]
    }
    add("linalg.lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False)") { a in
      try OperatorRegistry.requirePivots(a, "linalg.lu_factor")
      let (lu, pivots, info) = try Ops.luFactorEx(a.tensor("A"), checksErrors: a.bool("check_errors"))
      return [lu, pivots, info]
    }
  }
}
