// Factorizations by name.

extension OperatorRegistry {
  mutating func addFactorizations() {
    add("linalg.cholesky(Tensor A, *, bool upper=False)") {
      try Ops.linalgCholesky($0.tensor("A"), upper: $0.bool("upper"))
    }
    add("cholesky(Tensor input, bool upper=False)") {
      try Ops.linalgCholesky($0.tensor("input"), upper: $0.bool("upper"))
    }
    add("linalg.qr(Tensor A, str mode='reduced')") { a in
      let (q, r) = try Ops.linalgQR(a.tensor("A"), Linalg.QRMode(named: a.string("mode")))
      return [q, r]
    }
    add("linalg.lu(Tensor A, *, bool pivot=True)") { a in
      try OperatorRegistry.requirePivots(a, "linalg.lu")
      let (p, l, u) = try Ops.linalgLU(a.tensor("A"))
      return [p, l, u]
    }
    add("linalg.lu_factor(Tensor A, *, bool pivot=True)") { a in
      try OperatorRegistry.requirePivots(a, "linalg.lu_factor")
      let (lu, pivots, _) = try Ops.luFactorEx(a.tensor("A"), checksErrors: true, "torch.linalg.lu_factor")
      return [lu, pivots]
    }
    add("linalg.lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False)") {
      try Ops.luSolve(
        $0.tensor("LU"), $0.tensor("pivots"), $0.tensor("B"), left: $0.bool("left"), adjoint: $0.bool("adjoint"))
    }
    add("linalg.eigh(Tensor A, str UPLO='L')") { a in
      let (values, vectors) = try Ops.linalgEigh(a.tensor("A"), Linalg.Triangle(named: a.string("UPLO")))
      return [values, vectors]
    }
    add("linalg.eigvalsh(Tensor A, str UPLO='L')") {
      try Ops.linalgEigvalsh($0.tensor("A"), Linalg.Triangle(named: $0.string("UPLO")))
    }
    add("linalg.eig(Tensor A)") { a in
      let (values, vectors) = try Ops.linalgEig(a.tensor("A"))
      return [values, vectors]
    }
    add("linalg.eigvals(Tensor A)") { try Ops.linalgEig($0.tensor("A"), "linalg.eigvals").values }
    add("linalg.svd(Tensor A, bool full_matrices=True, *, str? driver=None)") { a in
      let (u, s, vh) = try Ops.linalgSVD(a.tensor("A"), full: a.bool("full_matrices"))
      return [u, s, vh]
    }
    add("linalg.svdvals(Tensor A, *, str? driver=None)") { try Ops.svdvals($0.tensor("A")) }
    add("svd(Tensor input, bool some=True, bool compute_uv=True)") { a in
      let (u, s, vh) = try Ops.linalgSVD(a.tensor("input"), full: !a.bool("some"), "svd")
      return [u, s, try Ops.adjoint(vh)]
    }
    add("lu(Tensor A, bool pivot=True, bool get_infos=False)") { a in
      try OperatorRegistry.requirePivots(a, "linalg.lu_factor")
      let (lu, pivots, info) = try Ops.lu(a.tensor("A"))
      return a.bool("get_infos") ? [lu, pivots, info] : [lu, pivots]
    }
    add(
      "lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True)"
    ) { a in
      let (p, l, u) = try Ops.luUnpack(
        a.tensor("LU_data"), a.tensor("LU_pivots"), data: a.bool("unpack_data"), pivots: a.bool("unpack_pivots"))
      return [p, l, u]
    }
  }

  static func requirePivots(_ a: BoundArguments, _ function: String) throws(BackplaneError) {
    guard a.bool("pivot") else {
      throw BackplaneError(.unsupported, "\(function): LU without pivoting is not implemented on the CPU")
    }
  }
}
