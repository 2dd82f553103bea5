// The public spellings of products, diagonals, norms and matrix functions, as methods and free functions.

extension Tensor {
  /// The matrix of all products of two vectors' elements.
  public func outer(_ other: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.outer(self, other) } }
  /// The scalar product Σ conj(self) other of two vectors.
  public func vdot(_ other: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.vdot(self, other) } }
  /// The sums of products over the last dimensions: (…, n) and (…, n).
  public func inner(_ other: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.inner(self, other) } }
  /// The product of Kronecker: blocks of `other`, one for each element.
  public func kron(_ other: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.kron(self, other) } }
  /// The vector product along a dimension of extent 3, by default the first such.
  public func cross(_ other: Tensor, dim: Int? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in
      guard let dim else { return try Ops.cross(self, other) }
      return try Ops.cross(self, other, dim, "linalg.cross")
    }
  }

  /// The sum β self + α (a b), of matrices; self broadcasts. With β 0 self is not looked at.
  public func addmm(
    _ a: Tensor, _ b: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.addmm(
        Autocast.cast("addmm", self), Autocast.cast("addmm", a), Autocast.cast("addmm", b), beta: beta.scalar,
        alpha: alpha.scalar)
    }
  }
  /// The sum β self + α (a x), of a matrix and a vector.
  public func addmv(
    _ a: Tensor, _ x: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.addmv(
        Autocast.cast("addmv", self), Autocast.cast("addmv", a), Autocast.cast("addmv", x), beta: beta.scalar,
        alpha: alpha.scalar)
    }
  }
  /// The sum β self + α (x yᵀ), of vectors.
  public func addr(
    _ x: Tensor, _ y: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.addr(
        Autocast.cast("addr", self), Autocast.cast("addr", x), Autocast.cast("addr", y), beta: beta.scalar,
        alpha: alpha.scalar)
    }
  }
  /// The sum β self + α Σ (a b), of the products of two batches of matrices.
  public func addbmm(
    _ a: Tensor, _ b: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.addbmm(
        Autocast.cast("addbmm", self), Autocast.cast("addbmm", a), Autocast.cast("addbmm", b), beta: beta.scalar,
        alpha: alpha.scalar)
    }
  }
  /// The sums β self + α (a b), of batches of matrices.
  public func baddbmm(
    _ a: Tensor, _ b: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.baddbmm(
        Autocast.cast("baddbmm", self), Autocast.cast("baddbmm", a), Autocast.cast("baddbmm", b), beta: beta.scalar,
        alpha: alpha.scalar)
    }
  }

  /// The diagonal of a matrix as a vector, or a matrix with the vector as diagonal, `diagonal` places to the right.
  public func diag(diagonal: Int = 0) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.diag(self, diagonal) }
  }
  /// The last dimension laid out as the diagonal of two new ones, zeros beside it.
  public func diagEmbed(offset: Int = 0, dim1: Int = -2, dim2: Int = -1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.diagEmbed(self, offset: offset, dim1, dim2) }
  }
  /// A matrix with all elements on a diagonal, `offset` places to the right, zeros beside it.
  public func diagflat(offset: Int = 0) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.diagEmbed(Ops.reshape(self, [numel]), offset: offset) }
  }
  /// The sum of a matrix's diagonal.
  public func trace() -> Tensor { funnel { () throws(BackplaneError) in try Ops.trace(Autocast.cast("trace", self)) } }
  /// The lower triangle of matrices, zero above the diagonal `diagonal` places to the right of the main one.
  public func tril(diagonal: Int = 0) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.tril(self, diagonal) }
  }
  /// The upper triangle of matrices, zero below the diagonal `diagonal` places to the right of the main one.
  public func triu(diagonal: Int = 0) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.triu(self, diagonal) }
  }

  /// The p-norm (Σ |x|ᵖ)^(1/p) of all elements, or over dimensions.
  public func norm(p: Double = 2, dim: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.vectorNorm(Autocast.cast("norm", self), p, dim, keepDim: keepDim, dtype: dtype)
    }
  }
  /// The p-norm of the difference of two tensors, which broadcast.
  public func dist(_ other: Tensor, p: Double = 2) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.dist(Autocast.cast("dist", self), Autocast.cast("dist", other), p) }
  }
  /// The tensor with slices along a dimension whose p-norm is above `maxnorm` scaled down to it.
  public func renorm(_ p: Double, _ dim: Int, _ maxnorm: Double) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.renorm(Autocast.cast("renorm", self), p, dim, maxnorm) }
  }
  /// The covariance of variables, a row each, of which the columns are observations.
  public func cov(correction: Int = 1, fweights: Tensor? = nil, aweights: Tensor? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.cov(self, correction: correction, fweights: fweights, aweights: aweights)
    }
  }
  /// The correlation coefficients of variables, a row each.
  public func corrcoef() -> Tensor { funnel { () throws(BackplaneError) in try Ops.corrcoef(self) } }

  /// The determinant of square matrices (…, n, n).
  public func det() -> Tensor { Linalg.det(self) }
  /// The logarithm of the determinant; NaN where that is negative.
  public func logdet() -> Tensor { funnel { () throws(BackplaneError) in try Ops.logdet(self) } }
  /// The sign of the determinant, of a complex one its factor of modulus 1, and the logarithm of its modulus.
  public func slogdet() -> (sign: Tensor, logAbsDet: Tensor) { Linalg.slogdet(self) }
  /// The inverse of square matrices (…, n, n). A singular one is an error.
  public func inverse() -> Tensor { Linalg.inv(self) }
  /// The pseudoinverse of matrices. Singular values up to `rcond` times the greatest count as zero.
  public func pinverse(rcond: Double = 1e-15) -> Tensor { Linalg.pinv(self, rtol: rcond) }
  /// The n-th power of square matrices; of a negative n the power of the inverse.
  public func matrixPower(_ n: Int) -> Tensor { Linalg.matrixPower(self, n) }
  /// The exponential of square matrices, Σ Aᵏ / k!.
  public func matrixExp() -> Tensor { funnel { () throws(BackplaneError) in try Ops.matrixExp(self) } }
  /// A = U diag(S) Vᴴ with V, not Vᴴ: the older spelling of ``Linalg/svd(_:fullMatrices:)``.
  public func svd(some: Bool = true) -> (u: Tensor, s: Tensor, v: Tensor) {
    funnel(or: (.invalid, .invalid, .invalid)) { () throws(BackplaneError) in
      let (u, s, vh) = try Ops.linalgSVD(self, full: !some, "svd")
      return (u, s, try Ops.adjoint(vh))
    }
  }

  /// The rows and columns of the elements of a lower triangle, as a tensor of two rows.
  public static func trilIndices(
    _ rows: Int, _ columns: Int, offset: Int = 0, dtype: DType = .int64, device: Device? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.triangleIndices("tril_indices", rows, columns, offset: offset, dtype, device)
    }
  }
  /// The rows and columns of the elements of an upper triangle, as a tensor of two rows.
  public static func triuIndices(
    _ rows: Int, _ columns: Int, offset: Int = 0, dtype: DType = .int64, device: Device? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.triangleIndices("triu_indices", rows, columns, offset: offset, dtype, device)
    }
  }
}

/// Sums of products by Einstein's convention: any number of operands, diagonals, ellipses that broadcast.
///
/// ```swift
/// let scores = einsum("bqd, bkd -> bqk", queries, keys)
/// ```
public func einsum(_ equation: String, _ operands: Tensor...) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.einsum(equation, Autocast.cast("einsum", operands)) }
}

/// Sums of products over the last `dims` dimensions of `a` and the first of `b`.
public func tensordot(_ a: Tensor, _ b: Tensor, dims: Int = 2) -> Tensor {
  funnel { () throws(BackplaneError) in
    guard dims >= 0, dims <= Swift.min(a.layout.rank, b.layout.rank) else {
      throw BackplaneError(.value, "tensordot expects 0 <= dims <= ndim_a and ndim_b, but got dims=\(dims)")
    }
    return try Ops.tensordot(a, b, Array((a.layout.rank - dims)..<a.layout.rank), Array(0..<dims))
  }
}

/// Sums of products over dimensions of `a`, one by one, with those of `b`.
public func tensordot(_ a: Tensor, _ b: Tensor, dims: ([Int], [Int])) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.tensordot(a, b, dims.0, dims.1) }
}

/// Matrices along the diagonal of one large matrix, zeros beside them.
public func blockDiag(_ tensors: Tensor...) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.blockDiag(tensors) }
}

/// The p-norms of all differences of a row of `a` (…, n, d) and a row of `b` (…, m, d): gives (…, n, m).
public func cdist(_ a: Tensor, _ b: Tensor, p: Double = 2) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.cdist(a, b, p) }
}
