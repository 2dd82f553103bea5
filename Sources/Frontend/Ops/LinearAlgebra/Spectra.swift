// Functions that are called after a factorization.

extension Ops {
  static func linalgCholesky(_ a: Tensor, upper: Bool) throws(BackplaneError) -> Tensor {
    let function = "linalg.cholesky"
    try requireFloatOrComplex(a, function)
    try requireSquare(a, function)
    let (factor, info) = try choleskyFactor(a, upper: upper)
    try check(info, function, notPositiveDefinite)
    return factor
  }

  static func linalgQR(_ a: Tensor, _ mode: Linalg.QRMode) throws(BackplaneError) -> (q: Tensor, r: Tensor) {
    try requireFloatOrComplex(a, "linalg.qr")
    try requireMatrix(a, "linalg.qr")
    let (q, r) = try qrFactors(a, complete: mode == .complete)
    return try mode == .r ? (zeros([0], like: a), r) : (q, r)
  }

  private static func eighChecked(
    _ a: Tensor, _ triangle: Linalg.Triangle, _ function: String
  ) throws(BackplaneError) -> (values: Tensor, vectors: Tensor) {
    try requireFloatOrComplex(a, function)
    try requireSquare(a, function)
    let (values, vectors, info) = try eighFactors(triangle == .upper ? adjoint(a) : a)
    try check(info, function, notConverged)
    return (values, vectors)
  }

  private static func notConverged(_ code: Int) -> String {
    "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated "
      + "eigenvalues (error code: \(code))."
  }

  static func linalgEigh(
    _ a: Tensor, _ triangle: Linalg.Triangle
  ) throws(BackplaneError) -> (values: Tensor, vectors: Tensor) {
    try eighChecked(a, triangle, "linalg.eigh")
  }

  static func linalgEigvalsh(_ a: Tensor, _ triangle: Linalg.Triangle) throws(BackplaneError) -> Tensor {
    try eighChecked(a, triangle, "linalg.eigvalsh").values
  }

  static func linalgEig(
    _ a: Tensor, _ function: String = "linalg.eig"
  ) throws(BackplaneError) -> (values: Tensor, vectors: Tensor) {
    try requireFloatOrComplex(a, function)
    try requireSquare(a, function)
    let isFinite = try compare(.eq, sub(abs(a.detach()), abs(a.detach())), .int(0))
    guard try item(truth(.min, isFinite, nil, keepDim: false)).isTrue else {
      throw BackplaneError(.value, "torch.\(function): input tensor should not contain infs or NaNs.")
    }
    let (values, vectors, info) = try eigFactors(a)
    try check(info, function, notConverged)
    return (values, vectors)
  }

  static func linalgSVD(
    _ a: Tensor, full: Bool, _ function: String = "linalg.svd"
  ) throws(BackplaneError) -> (u: Tensor, s: Tensor, vh: Tensor) {
    try requireFloatOrComplex(a, function)
    try requireMatrix(a, function)
    let (u, s, vh, info) = try svdFactors(a, full: full)
    try check(info, function) { code in
      "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated "
        + "singular values (error code: \(code))."
    }
    return (u, s, vh)
  }

  static func svdvals(_ a: Tensor, _ function: String = "linalg.svdvals") throws(BackplaneError) -> Tensor {
    try linalgSVD(a, full: false, function).s
  }

  // MARK: LU

  /// P, L and U as matrices of their own.
  static func linalgLU(_ a: Tensor) throws(BackplaneError) -> (p: Tensor, l: Tensor, u: Tensor) {
    try requireFloatOrComplex(a, "linalg.lu")
    try requireMatrix(a, "linalg.lu")
    let (lu, pivots, _) = try luFactor(a)
    return try unpack(lu, pivots)
  }

  /// - Parameter pivots: Counted from 0.
  static func unpack(_ lu: Tensor, _ pivots: Tensor) throws(BackplaneError) -> (p: Tensor, l: Tensor, u: Tensor) {
    let (l, u) = try triangles(lu)
    return (try permutation(pivots, like: lu), l, u)
  }

  /// The matrix that undoes exchanges of rows, counted from 0.
  static func permutation(_ pivots: Tensor, like lu: Tensor) throws(BackplaneError) -> Tensor {
    let m = try extent(lu, -2)
    return try permuteRows(
      identity(m, batch: batchShape(lu), like: lu.detach()), RowOrder(pivots, rows: m).inverse)
  }

  /// L, with its ones, and U.
  static func triangles(_ lu: Tensor) throws(BackplaneError) -> (l: Tensor, u: Tensor) {
    let m = try extent(lu, -2), n = try extent(lu, -1), k = Swift.min(m, n)
    let unit = try full(.contiguous([m, k]), .int(0), lu.dtype, on: lu.context)
    try fill(unit.view(.strided([k], [k + 1]), offset: 0), .int(1))
    return (try add(tril(narrow(lu, -1, 0, k), -1), unit), try triu(narrow(lu, -2, 0, k)))
  }

  /// The packed factors, and the exchanges of rows counted from 1, as LAPACK has them.
  static func linalgLUFactor(_ a: Tensor) throws(BackplaneError) -> (lu: Tensor, pivots: Tensor, info: Tensor) {
    try requireFloatOrComplex(a, "linalg.lu_factor")
    try requireMatrix(a, "torch.lu_factor")
    let (lu, pivots, info) = try luFactor(a)
    return (lu, try cast(add(pivots, .int(1)), .int32), try cast(info, .int32))
  }
}
