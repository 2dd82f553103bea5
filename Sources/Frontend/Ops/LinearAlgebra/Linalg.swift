/// Linear algebra, by the names of PyTorch's `torch.linalg`. Matrices are the last two dimensions, all before them a
/// batch. Floating point and complex types of 32 bits and more; what cannot be factorized is an error that names the
/// item of the batch.
///
/// ```swift
/// let x = Linalg.solve(a, b)  // a.matmul(x) is b
/// ```
public enum Linalg {
  /// The order of a norm.
  public enum Order: Sendable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    /// The p-norm of vectors; of matrices, ±1 and ±∞: the greatest or least sum of moduli of a column or row; ±2: the
    /// greatest or least singular value.
    case p(Double)
    /// The square root of the sum of squares.
    case fro
    /// The sum of singular values.
    case nuc

    public init(integerLiteral value: Int) { self = .p(Double(value)) }
    public init(floatLiteral value: Double) { self = .p(value) }

    var order: Ops.NormOrder {
      switch self {
      case .p(let p): .number(p)
      case .fro: .frobenius
      case .nuc: .nuclear
      }
    }
  }

  // MARK: Equations

  /// The X with A X = B, or with X A = B if not `left`. B is a matrix, or a vector for each matrix of A.
  ///
  /// ```swift
  /// let a = Tensor([[3.0, 1], [1, 2]]), b = Tensor([9.0, 8])
  /// Linalg.solve(a, b)  // [2, 3]
  /// ```
  public static func solve(_ a: Tensor, _ b: Tensor, left: Bool = true) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.linalgSolve(a, b, left: left) }
  }
  /// The X with A X = B, or with X A = B if not `left`, for a triangular A, of which the other triangle is not read.
  public static func solveTriangular(
    _ a: Tensor, _ b: Tensor, upper: Bool, left: Bool = true, unitriangular: Bool = false
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.linalgSolveTriangular(a, b, upper: upper, left: left, unitDiagonal: unitriangular)
    }
  }
  /// The inverse of square matrices (…, n, n). A singular one is an error.
  public static func inv(_ a: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.inverse(a) } }
  /// The pseudoinverse of Moore and Penrose. Singular values up to `rtol` times the greatest count as zero.
  public static func pinv(
    _ a: Tensor, atol: Double? = nil, rtol: Double? = nil, hermitian: Bool = false
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.pinv(a, atol: argument(atol), rtol: argument(rtol), hermitian: hermitian)
    }
  }
  /// The X of least length that makes ‖A X − B‖ least.
  public static func lstsq(
    _ a: Tensor, _ b: Tensor, rcond: Double? = nil, driver: Driver = .gelsy
  ) -> (solution: Tensor, residuals: Tensor, rank: Tensor, singularValues: Tensor) {
    funnel(or: (.invalid, .invalid, .invalid, .invalid)) { () throws(BackplaneError) in
      let results = try Ops.lstsq(a, b, rcond: rcond, driver: driver)
      return (results[0], results[1], results[2], results[3])
    }
  }
  /// The inverse under ``tensordot(_:_:dims:)-(_,_,Int)`` of a tensor whose first `ind` extents have the product of the
  /// rest.
  public static func tensorinv(_ a: Tensor, ind: Int = 2) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.tensorInv(a, ind) }
  }
  /// The X with `tensordot(a, x, dims: x.dim)` = b; `dims` of a are moved to its end first.
  public static func tensorsolve(_ a: Tensor, _ b: Tensor, dims: [Int]? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.tensorSolve(a, b, dims) }
  }

  // MARK: Factorizations

  /// The lower triangular L with A = L Lᴴ, for positive definite Hermitian matrices; its adjoint if `upper`.
  public static func cholesky(_ a: Tensor, upper: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.linalgCholesky(a, upper: upper) }
  }
  /// The factors of A = P L U, with partial pivoting.
  public static func lu(_ a: Tensor) -> (p: Tensor, l: Tensor, u: Tensor) {
    funnel(or: (.invalid, .invalid, .invalid)) { () throws(BackplaneError) in try Ops.linalgLU(a) }
  }
  /// L and U in one matrix, and the exchanges of rows, counted from 1: what ``luSolve(_:_:_:left:adjoint:)`` takes.
  /// A singular matrix is an error; ``luFactorEx(_:checkErrors:)`` factorizes it too.
  public static func luFactor(_ a: Tensor) -> (lu: Tensor, pivots: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let (lu, pivots, _) = try Ops.luFactorEx(a, checksErrors: true, "torch.linalg.lu_factor")
      return (lu, pivots)
    }
  }
  /// Solves A X = B, Aᴴ X = B if `adjoint`, X A = B if not `left`, with A's factors.
  public static func luSolve(
    _ lu: Tensor, _ pivots: Tensor, _ b: Tensor, left: Bool = true, adjoint: Bool = false
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.luSolve(lu, pivots, b, left: left, adjoint: adjoint) }
  }
  /// A = Q R, of which ``QRMode`` tells how much is wanted.
  public static func qr(_ a: Tensor, mode: QRMode = .reduced) -> (q: Tensor, r: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in try Ops.linalgQR(a, mode) }
  }
  /// The singular value decomposition A = U diag(S) Vᴴ, S descending. U and Vᴴ are square if `fullMatrices`.
  ///
  /// Of matrices (…, m, n), with k the lesser of both, U is (…, m, k), S (…, k) and Vᴴ (…, k, n).
  public static func svd(_ a: Tensor, fullMatrices: Bool = true) -> (u: Tensor, s: Tensor, vh: Tensor) {
    funnel(or: (.invalid, .invalid, .invalid)) { () throws(BackplaneError) in
      try Ops.linalgSVD(a, full: fullMatrices)
    }
  }
  /// The singular values of matrices (…, m, n), descending.
  public static func svdvals(_ a: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.svdvals(a) } }
  /// The eigenvalues and eigenvectors of any square matrix, both complex: A v = λ v for the columns v.
  public static func eig(_ a: Tensor) -> (eigenvalues: Tensor, eigenvectors: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let (values, vectors) = try Ops.linalgEig(a)
      return (values, vectors)
    }
  }
  /// The eigenvalues of any square matrix, which are complex.
  public static func eigvals(_ a: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.linalgEig(a, "linalg.eigvals").values }
  }
  /// The eigenvalues, ascending, and eigenvectors of a Hermitian matrix, of which the triangle `uplo` is read.
  public static func eigh(_ a: Tensor, uplo: Triangle = .lower) -> (eigenvalues: Tensor, eigenvectors: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let (values, vectors) = try Ops.linalgEigh(a, uplo)
      return (values, vectors)
    }
  }
  /// The eigenvalues of a Hermitian matrix, ascending.
  public static func eigvalsh(_ a: Tensor, uplo: Triangle = .lower) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.linalgEigvalsh(a, uplo) }
  }

  // MARK: Numbers of a matrix

  /// The determinant of square matrices (…, n, n).
  public static func det(_ a: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.det(a) } }
  /// The sign of the determinant, of a complex one its factor of modulus 1, and the logarithm of its modulus.
  public static func slogdet(_ a: Tensor) -> (sign: Tensor, logAbsDet: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in try Ops.slogdet(a) }
  }
  /// How many singular values are not zero, to the tolerances of ``pinv(_:atol:rtol:hermitian:)``.
  public static func matrixRank(
    _ a: Tensor, atol: Double? = nil, rtol: Double? = nil, hermitian: Bool = false
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.matrixRank(a, atol: argument(atol), rtol: argument(rtol), hermitian: hermitian)
    }
  }
  /// The condition number ‖A‖ ‖A⁻¹‖; without an order the ratio of the greatest to the least singular value.
  public static func cond(_ a: Tensor, p: Order? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.cond(a, p?.order) }
  }
  /// The length of a vector, the norm of Frobenius of a matrix, or the norm of an order over one or two dimensions.
  public static func norm(
    _ a: Tensor, ord: Order? = nil, dim: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.linalgNorm(a, ord?.order, dim, keepDim: keepDim, dtype: dtype) }
  }
  /// The p-norm (Σ |x|ᵖ)^(1/p) of vectors, over all elements or dimensions.
  public static func vectorNorm(
    _ x: Tensor, ord: Double = 2, dim: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.vectorNorm(x, ord, dim, keepDim: keepDim, dtype: dtype) }
  }
  /// A norm of the matrices in two dimensions.
  public static func matrixNorm(
    _ a: Tensor, ord: Order = .fro, dim: [Int] = [-2, -1], keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.matrixNorm(a, ord.order, dim, keepDim: keepDim, dtype: dtype) }
  }

  // MARK: Products

  /// The n-th power of square matrices; of a negative n the power of the inverse.
  public static func matrixPower(_ a: Tensor, _ n: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.matrixPower(a, n) }
  }
  /// The exponential of square matrices, Σ Aᵏ / k!.
  public static func matrixExp(_ a: Tensor) -> Tensor { a.matrixExp() }
  /// The product of matrices in the order that costs least; the first and the last may be vectors.
  public static func multiDot(_ tensors: [Tensor]) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.multiDot(Autocast.cast("multi_dot", tensors)) }
  }
  /// The scalar products Σ conj(x) y of vectors along a dimension.
  public static func vecdot(_ x: Tensor, _ y: Tensor, dim: Int = -1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.vecdot(x, y, dim) }
  }
  /// The vector product along a dimension of extent 3.
  public static func cross(_ a: Tensor, _ b: Tensor, dim: Int = -1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.cross(a, b, dim, "linalg.cross") }
  }
  /// A diagonal of two dimensions, a view.
  public static func diagonal(_ a: Tensor, offset: Int = 0, dim1: Int = -2, dim2: Int = -1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.diagonalView(a, offset: offset, dim1, dim2) }
  }

  private static func argument(_ value: Double?) -> Argument { value.map { .double($0) } ?? .null }
}
