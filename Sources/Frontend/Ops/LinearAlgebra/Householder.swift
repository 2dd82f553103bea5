/// Unitary matrices as products of Householder's reflections I − τ v vᴴ, whose vectors lie below the diagonal of a matrix.
extension Ops {
  /// The product's first columns, as many as the matrix has.
  static func householderProduct(_ a: Tensor, _ tau: Tensor) throws(BackplaneError) -> Tensor {
    let function = "torch.linalg.householder_product"
    guard a.layout.rank >= 2 else {
      throw BackplaneError(.shape, "\(function): input must have at least 2 dimensions.")
    }
    guard try extent(a, -2) >= extent(a, -1) else {
      throw BackplaneError(.shape, "\(function): input.shape[-2] must be greater than or equal to input.shape[-1]")
    }
    guard try extent(a, -1) >= tau.layout.shape.last ?? 0 else {
      throw BackplaneError(.shape, "\(function): input.shape[-1] must be greater than or equal to tau.shape[-1]")
    }
    try requireReflections(a, tau, function)
    let target = try zeros([extent(a, -2), extent(a, -1)], like: a)
    try fill(target.view(.strided([extent(a, -1)], [extent(a, -1) + 1]), offset: 0), .int(1))
    return try reflect(a, tau, expandBatch(target, batchShape(a)), adjoint: false)
  }

  /// Q C, C Q if not `left`, with Qᴴ for Q if `transposed`.
  static func ormqr(
    _ a: Tensor, _ tau: Tensor, _ c: Tensor, left: Bool, transposed: Bool
  ) throws(BackplaneError) -> Tensor {
    let function = "torch.ormqr"
    for (x, name) in [(a, "input"), (c, "other")] where x.layout.rank < 2 {
      throw BackplaneError(.shape, "\(function): \(name) must have at least 2 dimensions.")
    }
    let side = left ? -2 : -1
    guard tau.layout.rank > 0, try extent(tau, -1) <= Swift.min(extent(a, -1), extent(a, -2)) else {
      throw BackplaneError(
        .shape, "\(function): other.shape[\(side)] must be greater than or equal to tau.shape[-1]")
    }
    guard try extent(c, side) == extent(a, -2) else {
      throw BackplaneError(.shape, "\(function): other.shape[\(side)] must be equal to input.shape[-2]")
    }
    guard try extent(tau, -1) == Swift.min(extent(c, side), extent(a, -1)) else {
      throw BackplaneError(
        .shape, "\(function): tau.shape[-1] must be equal to min(other.shape[\(side)], input.shape[-1])")
    }
    try requireReflections(a, tau, function)
    guard c.dtype == a.dtype else {
      throw BackplaneError(
        .dtype,
        "\(function): Expected input and other to have the same dtype, but input has dtype \(a.dtype.scalarName) and "
          + "other has dtype \(c.dtype.scalarName)")
    }
    try requireSameDevice([a, c])
    guard batchShape(a) == batchShape(c) else {
      throw BackplaneError(
        .shape,
        "\(function): Expected batch dimensions of other to be equal to input.shape[:-2], but got \(batchShape(c))")
    }
    if left { return try reflect(a, tau, c, adjoint: transposed) }
    // C Q is (Qᴴ Cᴴ)ᴴ.
    return try adjoint(reflect(a, tau, adjoint(c), adjoint: !transposed))
  }

  /// The reflections applied to matrices one after the other.
  private static func reflect(
    _ a: Tensor, _ tau: Tensor, _ c: Tensor, adjoint isAdjoint: Bool
  ) throws(BackplaneError) -> Tensor {
    let m = try extent(a, -2), n = try extent(a, -1), count = try extent(tau, -1)
    let unit = try zeros([m, n], like: a)
    try fill(unit.view(.strided([Swift.min(m, n)], [n + 1]), offset: 0), .int(1))
    let vectors = try add(tril(a, -1), unit)
    let factors = try isAdjoint ? conj(tau) : tau
    var result = try clone(c)
    for i in isAdjoint ? Array(0..<count) : Array((0..<count).reversed()) {
      let v = try narrow(vectors, -1, i, 1)
      let scaled = try mul(v, unsqueeze(narrow(factors, -1, i, 1), -1))
      result = try sub(result, matmul(scaled, matmul(adjoint(v), result)))
    }
    return result
  }

  private static func requireReflections(
    _ a: Tensor, _ tau: Tensor, _ function: String
  ) throws(BackplaneError) {
    guard tau.layout.rank == a.layout.rank - 1 else {
      throw BackplaneError(
        .shape,
        "\(function): Expected tau to have one dimension less than input, but got tau.ndim equal to \(tau.layout.rank) "
          + "and input.ndim is equal to \(a.layout.rank)")
    }
    guard batchShape(a) == Array(tau.layout.shape.dropLast()) else {
      throw BackplaneError(
        .shape,
        "\(function): Expected batch dimensions of tau to be equal to input.shape[:-2], but got "
          + "\(Array(tau.layout.shape.dropLast()))")
    }
    guard tau.dtype == a.dtype else {
      throw BackplaneError(
        .dtype,
        "\(function): tau dtype \(tau.dtype.scalarName) does not match input dtype \(a.dtype.scalarName)")
    }
    try requireSameDevice([a, tau])
    try requireFloatOrComplex(a, function)
  }

  /// R of A = Q R with the vectors of Q's reflections below it, and their factors, as LAPACK's `geqrf` gives them: G. Golub
  /// and C. Van Loan, "Matrix computations", algorithm 5.1.1. Takes no part in gradients.
  static func geqrf(_ a: Tensor) throws(BackplaneError) -> (a: Tensor, tau: Tensor) {
    guard a.layout.rank >= 2 else {
      throw BackplaneError(.shape, "torch.geqrf: input must have at least 2 dimensions.")
    }
    try requireFloatOrComplex(a, "geqrf")
    let m = try extent(a, -2), n = try extent(a, -1), k = Swift.min(m, n), batch = batchShape(a)
    if a.numel == 0 { return (try clone(a.detach()), try zeros(batch + [k], like: a)) }
    var rest = a.detach(), columns: [Tensor] = [], rows: [Tensor] = [], factors: [Tensor] = []
    for i in 0..<k {
      let column = try narrow(rest, -1, 0, 1)
      let head = try narrow(column, -2, 0, 1)
      let tail = try narrow(column, -2, 1, m - i - 1)
      let tailNorm = try vectorNorm(tail, 2, [-2, -1], keepDim: true, dtype: nil)
      let part = try real(head)
      let length = try hypot(abs(head), tailNorm)
      let isSettled = try apply(
        .bitwiseAnd, compare(.eq, tailNorm, .int(0)), compare(.eq, sub(head, cast(part, head.dtype)), .int(0)), .bool)
      let signed = try select(compare(.lt, part, .int(0)), .tensor(length), .tensor(neg(length)), length.dtype)
      let one = try full(.scalar, .int(1), a.dtype, on: a.context)
      let beta = try cast(signed, a.dtype)
      let safeBeta = try select(isSettled, .tensor(one), .tensor(beta), a.dtype)
      let safeGap = try select(isSettled, .tensor(one), .tensor(sub(head, beta)), a.dtype)
      let tau = try select(isSettled, .scalar(.int(0)), .tensor(div(sub(beta, head), safeBeta)), a.dtype)
      let vector = try div(tail, safeGap)
      factors.append(try squeeze(tau, -1))
      let below = try select(isSettled, .tensor(tail), .tensor(vector), a.dtype)
      let top = try select(isSettled, .tensor(head), .tensor(beta), a.dtype)
      // The column as it is stored: what lies above it stands in the rows that are done.
      columns.append(try cat([zeros(batch + [i, 1], like: a), top, below], -2))
      let v = try cat([cast(onesLike(head), a.dtype), vector], -2)
      let others = try narrow(rest, -1, 1, n - i - 1)
      let reflected = try sub(
        others, matmul(mul(v, conj(tau)), matmul(adjoint(v), others)))
      rows.append(try cat([zeros(batch + [1, i + 1], like: a), narrow(reflected, -2, 0, 1)], -1))
      rest = try narrow(reflected, -2, 1, m - i - 1)
    }
    let lower = try cat(columns + (n > k ? [zeros(batch + [m, n - k], like: a)] : []), -1)
    let upper = try cat(rows + (m > k ? [zeros(batch + [m - k, n], like: a)] : []), -2)
    return (try add(lower, upper), try cat(factors, -1))
  }
}

extension Linalg {
  /// The first columns of a product of reflections I − τ v vᴴ whose vectors lie below the diagonal of `a`, as
  /// ``Tensor/geqrf()`` gives them.
  public static func householderProduct(_ a: Tensor, _ tau: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.householderProduct(a, tau) }
  }
}

extension Tensor {
  /// A = Q R with Q as reflections: R, with their vectors below it, and their factors τ. Takes no part in gradients.
  public func geqrf() -> (a: Tensor, tau: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in try Ops.geqrf(self) }
  }
  /// The first columns of a product of reflections, as ``geqrf()`` gives them: ``Linalg/householderProduct(_:_:)`` by
  /// its older name.
  public func orgqr(_ tau: Tensor) -> Tensor { Linalg.householderProduct(self, tau) }
  /// Q C, or C Q if not `left`, for the product Q of the reflections in this tensor and `tau`; Qᴴ for Q if `transpose`.
  public func ormqr(_ tau: Tensor, _ other: Tensor, left: Bool = true, transpose: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.ormqr(self, tau, other, left: left, transposed: transpose) }
  }
}
