/// Approximations of low rank, by random projections: N. Halko et al., "Finding structure with randomness: probabilistic
/// algorithms for constructing approximate matrix decompositions", arXiv:0909.4061, algorithms 4.4 and 5.1.
extension Ops {
  /// U, S and V with A − M ≈ U diag(S) Vᴴ, of `q` singular values.
  static func svdLowRank(
    _ a: Tensor, _ q: Int, iterations: Int, mean: Tensor? = nil, function: String = "svd_lowrank"
  ) throws(BackplaneError) -> (u: Tensor, s: Tensor, v: Tensor) {
    try requireMatrix(a, function)
    try requireFloatOrComplex(a, function)
    guard q >= 0 else { throw BackplaneError(.value, "q(=\(q)) must be non-negative integer") }
    guard (0...1000).contains(iterations) else {
      throw BackplaneError(.value, "niter(=\(iterations)) must be non-negative integer, and at most 1000")
    }
    var matrix = a
    if let mean { matrix = try sub(a, expand(mean, a.layout.shape)) }
    // The taller side is projected.
    let isWide = try extent(a, -2) < extent(a, -1)
    if isWide { matrix = try adjoint(matrix) }
    let directions = try randomOfAny(.randomNormal, [extent(matrix, -1), q], a.dtype, nil, on: a.context)
    var basis = try linalgQR(matmul(matrix, directions), .reduced).q
    for _ in 0..<iterations {
      basis = try linalgQR(matmul(adjoint(matrix), basis), .reduced).q
      basis = try linalgQR(matmul(matrix, basis), .reduced).q
    }
    let (u, s, vh) = try linalgSVD(matmul(adjoint(basis), matrix), full: false)
    let left = try matmul(basis, u), right = try adjoint(vh)
    return isWide ? (right, s, left) : (left, s, right)
  }

  /// The same of a matrix whose columns, the variables, are shifted to mean 0 if `centers`.
  static func pcaLowRank(
    _ a: Tensor, _ q: Int?, centers: Bool, iterations: Int
  ) throws(BackplaneError) -> (u: Tensor, s: Tensor, v: Tensor) {
    try requireMatrix(a, "pca_lowrank")
    try requireFloatOrComplex(a, "pca_lowrank")
    let least = try Swift.min(extent(a, -2), extent(a, -1))
    if let q, q < 0 || q > least {
      throw BackplaneError(
        .value, "q(=\(q)) must be non-negative integer and not greater than min(m, n)=\(least)")
    }
    let centered = try centers ? sub(a, mean(a, [-2], keepDim: true)) : a
    return try svdLowRank(
      centered, q ?? Swift.min(6, least), iterations: iterations, function: "pca_lowrank")
  }
}

/// The `q` greatest singular values of a matrix that has few that count, and their vectors: A − M ≈ U diag(S) Vᴴ. Random
/// projections make it; the more iterations, of which there are at most 1000, the closer.
public func svdLowrank(
  _ a: Tensor, q: Int = 6, niter: Int = 2, m: Tensor? = nil
) -> (u: Tensor, s: Tensor, v: Tensor) {
  funnel(or: (.invalid, .invalid, .invalid)) { () throws(BackplaneError) in
    try Ops.svdLowRank(a, q, iterations: niter, mean: m)
  }
}

/// Principal components of observations, a row each: the columns of `v`, the greatest first. A − mean ≈ U diag(S) Vᴴ.
public func pcaLowrank(
  _ a: Tensor, q: Int? = nil, center: Bool = true, niter: Int = 2
) -> (u: Tensor, s: Tensor, v: Tensor) {
  funnel(or: (.invalid, .invalid, .invalid)) { () throws(BackplaneError) in
    try Ops.pcaLowRank(a, q, centers: center, iterations: niter)
  }
}
