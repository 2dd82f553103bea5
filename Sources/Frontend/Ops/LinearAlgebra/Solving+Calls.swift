// Solving, inverses and determinants by name.

extension OperatorRegistry {
  mutating func addSolving() {
    add("linalg.solve(Tensor A, Tensor B, *, bool left=True)") {
      try Ops.linalgSolve($0.tensor("A"), $0.tensor("B"), left: $0.bool("left"))
    }
    add("linalg.solve_triangular(Tensor A, Tensor B, *, bool upper, bool left=True, bool unitriangular=False)") {
      try Ops.linalgSolveTriangular(
        $0.tensor("A"), $0.tensor("B"), upper: $0.bool("upper"), left: $0.bool("left"),
        unitDiagonal: $0.bool("unitriangular"))
    }
    for name in ["linalg.inv", "inverse"] { add("\(name)(Tensor A)") { try Ops.inverse($0.tensor("A")) } }
    for name in ["linalg.det", "det"] { add("\(name)(Tensor A)") { try Ops.det($0.tensor("A")) } }
    for name in ["linalg.slogdet", "slogdet"] {
      add("\(name)(Tensor A)") { a in
        let (sign, value) = try Ops.slogdet(a.tensor("A"))
        return [sign, value]
      }
    }
    add("logdet(Tensor input)") { try Ops.logdet($0.tensor("input")) }
    let tolerances = "Any? atol=None, Any? rtol=None, bool hermitian=False"
    add("linalg.pinv(Tensor A, *, \(tolerances))") {
      try Ops.pinv($0.tensor("A"), atol: $0["atol"], rtol: $0["rtol"], hermitian: $0.bool("hermitian"))
    }
    add("linalg.pinv(Tensor A, Any rcond, bool hermitian=False)") {
      try Ops.pinv($0.tensor("A"), rtol: $0["rcond"], hermitian: $0.bool("hermitian"))
    }
    add("pinverse(Tensor input, float rcond=1e-15)") { try Ops.pinv($0.tensor("input"), rtol: $0["rcond"]) }
    add("linalg.matrix_rank(Tensor A, *, \(tolerances))") {
      try Ops.matrixRank($0.tensor("A"), atol: $0["atol"], rtol: $0["rtol"], hermitian: $0.bool("hermitian"))
    }
    add("linalg.matrix_rank(Tensor A, Any tol, bool hermitian=False)") {
      try Ops.matrixRank($0.tensor("A"), atol: $0["tol"], rtol: .double(0), hermitian: $0.bool("hermitian"))
    }
    add("linalg.lstsq(Tensor A, Tensor B, float? rcond=None, *, str? driver=None)") {
      try Ops.lstsq(
        $0.tensor("A"), $0.tensor("B"), rcond: $0.optionalDouble("rcond"),
        driver: Linalg.Driver(named: $0.optionalString("driver")))
    }
    add("linalg.tensorinv(Tensor A, int ind=2)") { try Ops.tensorInv($0.tensor("A"), $0.int("ind")) }
    add("linalg.tensorsolve(Tensor A, Tensor B, int[]? dims=None)") {
      try Ops.tensorSolve($0.tensor("A"), $0.tensor("B"), $0.optionalInts("dims"))
    }
    addFactoredSolving()
  }

  private mutating func addFactoredSolving() {
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
    add("lu_solve(Tensor b, Tensor LU_data, Tensor LU_pivots)") {
      try Ops.luSolve($0.tensor("LU_data"), $0.tensor("LU_pivots"), $0.tensor("b"), left: true, adjoint: false)
    }
  }
}
