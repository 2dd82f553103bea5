// Linear algebra by name.

extension OperatorRegistry {
  mutating func addProductsAndDiagonals() {
    add("outer(Tensor input, Tensor vec2)") { try Ops.outer($0.tensor("input"), $0.tensor("vec2")) }
    add("ger(Tensor input, Tensor vec2)") { try Ops.outer($0.tensor("input"), $0.tensor("vec2")) }
    add("vdot(Tensor input, Tensor other)") { try Ops.vdot($0.tensor("input"), $0.tensor("other")) }
    add("inner(Tensor input, Tensor other)") { try Ops.inner($0.tensor("input"), $0.tensor("other")) }
    add("kron(Tensor input, Tensor other)") { try Ops.kron($0.tensor("input"), $0.tensor("other")) }
    add("cross(Tensor input, Tensor other, int? dim=None)") { a in
      guard let dim = a.optionalInt("dim") else { return try Ops.cross(a.tensor("input"), a.tensor("other")) }
      return try Ops.cross(a.tensor("input"), a.tensor("other"), dim, "linalg.cross")
    }
    add("linalg.cross(Tensor input, Tensor other, *, int dim=-1)") {
      try Ops.cross($0.tensor("input"), $0.tensor("other"), $0.int("dim"), "linalg.cross")
    }
    add("tensordot(Tensor a, Tensor b, Any dims=2)") { arguments in
      let a = arguments.tensor("a"), b = arguments.tensor("b")
      let (first, second) = try OperatorRegistry.tensordotDims(arguments["dims"], a, b)
      return try Ops.tensordot(a, b, first, second)
    }
    add("einsum(str equation, Tensor[] operands)") { try Ops.einsum($0.string("equation"), $0.tensors("operands")) }
    add("einsum(Tensor[] operands, str equation)") { try Ops.einsum($0.string("equation"), $0.tensors("operands")) }
    add("block_diag(Tensor[] tensors)") { try Ops.blockDiag($0.tensors("tensors")) }
    addSumsWithProducts()
    add("diag(Tensor input, int diagonal=0)") { try Ops.diag($0.tensor("input"), $0.int("diagonal")) }
    add("diag_embed(Tensor input, int offset=0, int dim1=-2, int dim2=-1)") {
      try Ops.diagEmbed($0.tensor("input"), offset: $0.int("offset"), $0.int("dim1"), $0.int("dim2"))
    }
    add("diagflat(Tensor input, int offset=0)") { a in
      let x = a.tensor("input")
      return try Ops.diagEmbed(Ops.reshape(x, [x.numel]), offset: a.int("offset"))
    }
    add("linalg.diagonal(Tensor A, *, int offset=0, int dim1=-2, int dim2=-1)") {
      try Ops.diagonalView($0.tensor("A"), offset: $0.int("offset"), $0.int("dim1"), $0.int("dim2"))
    }
    add("trace(Tensor input)") { try Ops.trace($0.tensor("input")) }
    add("tril(Tensor input, int diagonal=0)") { try Ops.tril($0.tensor("input"), $0.int("diagonal")) }
    add("triu(Tensor input, int diagonal=0)") { try Ops.triu($0.tensor("input"), $0.int("diagonal")) }
    for name in ["tril_indices", "triu_indices"] {
      add(
        "\(name)(int row, int col, int offset=0, *, ScalarType? dtype=None, Any? layout=None, Device? device=None, "
          + "Any? pin_memory=None)"
      ) {
        try Ops.triangleIndices(
          name, $0.int("row"), $0.int("col"), offset: $0.int("offset"), $0.dtype(), $0.device())
      }
    }
    add("cov(Tensor input, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None)") {
      try Ops.cov(
        $0.tensor("input"), correction: $0.int("correction"), fweights: $0.optionalTensor("fweights"),
        aweights: $0.optionalTensor("aweights"))
    }
    add("corrcoef(Tensor input)") { try Ops.corrcoef($0.tensor("input")) }
  }

  private mutating func addSumsWithProducts() {
    typealias SumWithProduct = @Sendable (Tensor, Tensor, Tensor, Scalar, Scalar) throws -> Tensor
    func add(_ name: String, _ first: String, _ second: String, _ body: @escaping SumWithProduct) {
      self.add("\(name)(Tensor input, Tensor \(first), Tensor \(second), *, Scalar beta=1, Scalar alpha=1)") {
        try body($0.tensor("input"), $0.tensor(first), $0.tensor(second), $0.scalar("beta"), $0.scalar("alpha"))
      }
    }
    add("addmm", "mat1", "mat2") { try Ops.addmm($0, $1, $2, beta: $3, alpha: $4) }
    add("addmv", "mat", "vec") { try Ops.addmv($0, $1, $2, beta: $3, alpha: $4) }
    add("addr", "vec1", "vec2") { try Ops.addr($0, $1, $2, beta: $3, alpha: $4) }
    add("addbmm", "batch1", "batch2") { try Ops.addbmm($0, $1, $2, beta: $3, alpha: $4) }
    add("baddbmm", "batch1", "batch2") { try Ops.baddbmm($0, $1, $2, beta: $3, alpha: $4) }
  }

  /// A number of dimensions, or the two lists of them.
  private static func tensordotDims(
    _ dims: Argument, _ a: Tensor, _ b: Tensor
  ) throws(BackplaneError) -> ([Int], [Int]) {
    func ints(_ value: Argument) -> [Int]? {
      guard case .list(let values) = value else { return value.scalar.map { [Int($0.int64)] } }
      return values.compactMap { $0.scalar.map { Int($0.int64) } }
    }
    switch dims {
    case .list(let lists) where lists.count == 2:
      if let first = ints(lists[0]), let second = ints(lists[1]) { return (first, second) }
    case .int(let n):
      guard n >= 0 else {
        throw BackplaneError(.value, "tensordot expects dims >= 0, but got dims=\(n)")
      }
      guard n <= Swift.min(a.layout.rank, b.layout.rank) else {
        throw BackplaneError(
          .value, "tensordot expects dims < ndim_a or ndim_b, but got dims=\(n)")
      }
      return (Array((a.layout.rank - Int(n))..<a.layout.rank), Array(0..<Int(n)))
    default: break
    }
    throw BackplaneError(.value, "tensordot: dims is a number, or two lists of dimensions")
  }

  mutating func addNorms() {
    let options = "bool keepdim=False, *, ScalarType? dtype=None"
    add("linalg.vector_norm(Tensor x, Scalar ord=2, int[1]? dim=None, \(options))") {
      try Ops.vectorNorm(
        $0.tensor("x"), $0.double("ord"), $0.optionalInts("dim"), keepDim: $0.bool("keepdim"), dtype: $0.dtype())
    }
    add("linalg.matrix_norm(Tensor A, Any ord='fro', int[] dim=[-2, -1], \(options))") {
      try Ops.matrixNorm(
        $0.tensor("A"), Ops.NormOrder($0["ord"], "linalg.matrix_norm"), $0.ints("dim"), keepDim: $0.bool("keepdim"),
        dtype: $0.dtype())
    }
    add("linalg.norm(Tensor A, Any? ord=None, int[1]? dim=None, \(options))") { a in
      try Ops.linalgNorm(
        a.tensor("A"), OperatorRegistry.order(a["ord"], "linalg.norm"), a.optionalInts("dim"),
        keepDim: a.bool("keepdim"),
        dtype: a.dtype())
    }
    add("norm(Tensor input, Any? p='fro', int[1]? dim=None, bool keepdim=False, ScalarType? dtype=None)") { a in
      try Ops.norm(
        a.tensor("input"), OperatorRegistry.order(a["p"], "norm") ?? .number(2), a.optionalInts("dim"),
        keepDim: a.bool("keepdim"),
        dtype: a.dtype())
    }
    add("linalg.cond(Tensor A, Any? p=None)") { a in
      try Ops.cond(a.tensor("A"), OperatorRegistry.order(a["p"], "linalg.cond"))
    }
    add("dist(Tensor input, Tensor other, Scalar p=2)") {
      try Ops.dist($0.tensor("input"), $0.tensor("other"), $0.double("p"))
    }
    add("cdist(Tensor x1, Tensor x2, float p=2.0, str? compute_mode=None)") {
      try Ops.cdist($0.tensor("x1"), $0.tensor("x2"), $0.double("p"))
    }
    add("renorm(Tensor input, Scalar p, int dim, Scalar maxnorm)") {
      try Ops.renorm($0.tensor("input"), $0.double("p"), $0.int("dim"), $0.double("maxnorm"))
    }
  }

  private static func order(_ value: Argument, _ function: String) throws(BackplaneError) -> Ops.NormOrder? {
    if case .null = value { return nil }
    return try Ops.NormOrder(value, function)
  }

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
    for name in ["linalg.matrix_power", "matrix_power"] {
      add("\(name)(Tensor A, int n)") { try Ops.matrixPower($0.tensor("A"), $0.int("n")) }
    }
    for name in ["linalg.matrix_exp", "matrix_exp"] { add("\(name)(Tensor A)") { try Ops.matrixExp($0.tensor("A")) } }
    add("linalg.multi_dot(Tensor[] tensors)") { try Ops.multiDot($0.tensors("tensors")) }
    add("linalg.vecdot(Tensor x, Tensor y, *, int dim=-1)") {
      try Ops.vecdot($0.tensor("x"), $0.tensor("y"), $0.int("dim"))
    }
    add("linalg.matmul(Tensor input, Tensor other)") { try Ops.matmul($0.tensor("input"), $0.tensor("other")) }
  }

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
  }

  static func requirePivots(_ a: BoundArguments, _ function: String) throws(BackplaneError) {
    guard a.bool("pivot") else {
      throw BackplaneError(.unsupported, "\(function): LU without pivoting is not implemented on the CPU")
    }
  }
}
