/// The functions whose names end in `_ex`: instead of throwing they tell of each matrix what is wrong with it, 0 if
/// nothing is, and so need not wait for the device.
extension Ops {
  static func choleskyEx(
    _ a: Tensor, upper: Bool, checksErrors: Bool
  ) throws(BackplaneError) -> (factor: Tensor, info: Tensor) {
    try requireFloatOrComplex(a, "linalg.cholesky")
    try requireSquare(a, "linalg.cholesky")
    let (factor, info) = try choleskyFactor(a, upper: upper)
    if checksErrors { try check(info, "linalg.cholesky_ex", notPositiveDefinite) }
    return (factor, try cast(info, .int32))
  }

  static func inverseEx(
    _ a: Tensor, checksErrors: Bool
  ) throws(BackplaneError) -> (inverse: Tensor, info: Tensor) {
    try requireFloatOrComplex(a, "linalg.inv")
    try requireSquare(a, "linalg.inv")
    let unit = try identity(extent(a, -1), batch: batchShape(a), like: a)
    let (inverse, info) = try solveReporting(a, unit)
    if checksErrors { try check(info, "linalg.inv_ex", zeroPivot) }
    return (inverse, try cast(info, .int32))
  }

  static func solveEx(
    _ a: Tensor, _ b: Tensor, left: Bool, checksErrors: Bool
  ) throws(BackplaneError) -> (result: Tensor, info: Tensor) {
    var info: Tensor?
    let x = try linalgSolve(a, b, left: left) { a, b throws(BackplaneError) in
      let (x, found) = try solveReporting(a, b)
      info = found
      return x
    }
    if checksErrors {
      try check(info!, "torch.linalg.solve_ex") { _ in "The solver failed because the input matrix is singular." }
    }
    return (x, try cast(info!, .int32))
  }

  static func luFactorEx(
    _ a: Tensor, checksErrors: Bool, _ function: String = "torch.linalg.lu_factor_ex"
  ) throws(BackplaneError) -> (lu: Tensor, pivots: Tensor, info: Tensor) {
    let (lu, pivots, info) = try linalgLUFactor(a)
    if checksErrors {
      try check(info, function) { order in
        "U[\(order),\(order)] is zero and using it on lu_solve would result in a division by zero. If you still want to "
          + "perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
      }
    }
    return (lu, pivots, info)
  }

  /// X with A X = B, which is not finite where A is singular, and the number of each matrix's first zero pivot.
  private static func solveReporting(
    _ a: Tensor, _ b: Tensor
  ) throws(BackplaneError) -> (x: Tensor, info: Tensor) {
    let (lu, pivots, info) = try luFactor(a.detach())
    return (try solveFactored(a, b, lu, RowOrder(pivots, rows: extent(a, -1))), info)
  }

  /// What is said of a matrix that Cholesky's factorization cannot do.
  static func notPositiveDefinite(_ order: Int) -> String {
    "The factorization could not be completed because the input is not positive-definite (the leading minor of order "
      + "\(order) is not positive-definite)."
  }

  /// What is said of a matrix that has no inverse.
  static func zeroPivot(_ order: Int) -> String {
    "The diagonal element \(order) is zero, the inversion could not be completed because the input matrix is singular."
  }
}

extension Linalg {
  /// Cholesky's factorization, and instead of an error the order of each matrix's first leading minor that is not
  /// positive definite (int32), 0 if all are. Such a matrix's factor is not specified.
  public static func choleskyEx(
    _ a: Tensor, upper: Bool = false, checkErrors: Bool = false
  ) -> (l: Tensor, info: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let (l, info) = try Ops.choleskyEx(a, upper: upper, checksErrors: checkErrors)
      return (l, info)
    }
  }
  /// The inverse, and instead of an error the number of each matrix's first zero pivot (int32), 0 if there is none.
  public static func invEx(_ a: Tensor, checkErrors: Bool = false) -> (inverse: Tensor, info: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      try Ops.inverseEx(a, checksErrors: checkErrors)
    }
  }
  /// The solution of a system of equations, and instead of an error the number of each matrix's first zero pivot
  /// (int32), 0 if there is none.
  public static func solveEx(
    _ a: Tensor, _ b: Tensor, left: Bool = true, checkErrors: Bool = false
  ) -> (result: Tensor, info: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      try Ops.solveEx(a, b, left: left, checksErrors: checkErrors)
    }
  }
  /// The compact factorization of ``luFactor(_:)``, with the number of each matrix's first zero pivot (int32), 0 if
  /// there is none.
  public static func luFactorEx(
    _ a: Tensor, checkErrors: Bool = false
  ) -> (lu: Tensor, pivots: Tensor, info: Tensor) {
    funnel(or: (.invalid, .invalid, .invalid)) { () throws(BackplaneError) in
      try Ops.luFactorEx(a, checksErrors: checkErrors)
    }
  }
}
