// Factors, reflections, and solving with them, by name.

extension OperatorRegistry {
  mutating func addFactoredSolving() {
    add("cholesky_solve(Tensor B, Tensor L, bool upper=False)") {
      try Ops.choleskySolve($0.tensor("B"), $0.tensor("L"), upper: $0.bool("upper"))
    }
    add("cholesky_inverse(Tensor L, bool upper=False)") {
      try Ops.choleskyInverse($0.tensor("L"), upper: $0.bool("upper"))
    }
    add(
      "triangular_solve(Tensor b, Tensor A, bool upper=True, bool transpose=False, bool unitriangular=False)"
    ) { a in
      let (solution, coefficient) = try Ops.triangularSolve(
        a.tensor("b"), a.tensor("A"), upper: a.bool("upper"), transposed: a.bool("transpose"),
        unitDiagonal: a.bool("unitriangular"))
      return [solution, coefficient]
    }
    add("lu(Tensor A, bool pivot=True, bool get_infos=False)") { a in
      try OperatorRegistry.requirePivots(a, "linalg.lu_factor")
      let (lu, pivots, info) = try Ops.lu(a.tensor("A"))
      return a.bool("get_infos") ? [lu, pivots, info] : [lu, pivots]
    }
    add("lu_solve(Tensor b, Tensor LU_data, Tensor LU_pivots)") {
      try Ops.luSolve($0.tensor("LU_data"), $0.tensor("LU_pivots"), $0.tensor("b"), left: true, adjoint: false)
    }
    add(
      "lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True)"
    ) { a in
      let (p, l, u) = try Ops.luUnpack(
        a.tensor("LU_data"), a.tensor("LU_pivots"), data: a.bool("unpack_data"), pivots: a.bool("unpack_pivots"))
      return [p, l, u]
    }
    addInfo()
    addHouseholder()
  }

  private mutating func addInfo() {
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

  private mutating func addHouseholder() {
    for name in ["linalg.householder_product(Tensor A, Tensor tau)", "orgqr(Tensor A, Tensor tau)"] {
      add(name) { try Ops.householderProduct($0.tensor("A"), $0.tensor("tau")) }
    }
    add("geqrf(Tensor input)") { arguments in
      let (a, tau) = try Ops.geqrf(arguments.tensor("input"))
      return [a, tau]
    }
    add("ormqr(Tensor input, Tensor tau, Tensor other, bool left=True, bool transpose=False)") {
      try Ops.ormqr(
        $0.tensor("input"), $0.tensor("tau"), $0.tensor("other"), left: $0.bool("left"),
        transposed: $0.bool("transpose"))
    }
  }
}
