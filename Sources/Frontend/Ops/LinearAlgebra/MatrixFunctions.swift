import Glibc

/// Functions of whole matrices.
extension Ops {
  // MARK: Pseudoinverses

  /// A tolerance of PyTorch's: a number, or a tensor with one for each matrix.
  private static func tolerance(_ value: Argument, like s: Tensor) throws(BackplaneError) -> Tensor? {
    switch value {
    case .null: return nil
    case .tensor(let x): return try cast(x, s.dtype)
    default:
      guard let scalar = value.scalar else {
        throw BackplaneError(.value, "a tolerance is a number or a tensor, not \(value.typeName)")
      }
      return try full(.scalar, .double(scalar.double), s.dtype, on: s.context)
    }
  }

  /// max(atol, rtol · greatest): what singular values have to exceed. Without either, rtol is ε max(m, n).
  private static func threshold(
    _ a: Tensor, _ s: Tensor, atol: Argument, rtol: Argument
  ) throws(BackplaneError) -> Tensor {
    let absolute = try tolerance(atol, like: s), relative = try tolerance(rtol, like: s)
    let standard = try Double(Swift.max(extent(a, -1), extent(a, -2))) * a.dtype.epsilon
    let largest = try extent(s, -1) == 0 ? sum(s, [-1], keepDim: true) : extreme(.max, s, [-1], keepDim: true)
    func column(_ x: Tensor) throws(BackplaneError) -> Tensor { try unsqueeze(x, -1) }
    var bound: Tensor
    if let relative {
      bound = try mul(largest, column(relative))
    } else if let absolute {
      // The standard rtol holds where no positive atol is given.
      let rtol = try select(
        compare(.gt, absolute, .int(0)), .scalar(.int(0)), .scalar(.double(standard)), s.dtype)
      bound = try mul(largest, column(rtol))
    } else {
      bound = try mul(largest, .double(standard))
    }
    if let absolute { bound = try binary(.maximum, bound, column(absolute)) }
    return bound
  }

  /// Gradient: G. H. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares
  /// problems whose variables separate" (1973).
  static func pinv(
    _ a: Tensor, atol: Argument = .null, rtol: Argument = .null, hermitian: Bool = false,
    function: String = "linalg.pinv"
  ) throws(BackplaneError) -> Tensor {
    try requireFloatOrComplex(a, function)
    try requireMatrix(a, function)
    let operand = a.detach()
    let result: Tensor
    if a.numel == 0 {
      result = try zeros(batchShape(a) + [extent(a, -1), extent(a, -2)], like: a)
    } else if hermitian {
      try requireSquare(a, function)
      let (values, vectors) = try linalgEigh(operand, .lower)
      let sizes = try unary(.abs, values)
      let kept = try compare(.gt, sizes, threshold(a, sizes, atol: atol, rtol: rtol))
      let inverses = try select(kept, .tensor(unary(.reciprocal, values)), .scalar(.int(0)), values.dtype)
      result = try matmul(scaleColumns(vectors, inverses), adjoint(vectors))
    } else {
      let (u, s, vh) = try linalgSVD(operand, full: false, function)
      let kept = try compare(.gt, s, threshold(a, s, atol: atol, rtol: rtol))
      let inverses = try select(kept, .tensor(unary(.reciprocal, s)), .scalar(.int(0)), s.dtype)
      result = try matmul(scaleColumns(adjoint(vh), inverses), adjoint(u))
    }
    if Autograd.records(a) {
      let saved = try Saved(a), savedResult = Saved(result: result)
      let node = Autograd.makeNode("LinalgPinvBackward0", [a]) { node, grads throws(BackplaneError) in
        guard let g = grads[0] else { return [nil] }
        return [try pinvGradient(g, savedResult.unpack(node), saved.unpack())]
      }
      Autograd.attach(node, to: result)
    }
    return result
  }

  private static func pinvGradient(_ g: Tensor, _ p: Tensor, _ a: Tensor) throws(BackplaneError) -> Tensor {
    let pH = try adjoint(p), gH = try adjoint(g)
    if try extent(a, -2) <= extent(a, -1) {
      let k = try matmul(gH, p), kpH = try matmul(k, pH)
      let first = try sub(kpH, adjoint(matmul(p, k)))
      let second = try matmul(matmul(a, p), kpH)
      let third = try matmul(matmul(pH, p), sub(gH, matmul(k, a)))
      return try add(sub(first, second), third)
    }
    let k = try matmul(p, gH), pHk = try matmul(pH, k)
    let first = try sub(matmul(matmul(sub(gH, matmul(a, k)), p), pH), adjoint(matmul(k, p)))
    return try sub(add(first, pHk), matmul(matmul(pHk, p), a))
  }

  static func matrixRank(
    _ a: Tensor, atol: Argument, rtol: Argument, hermitian: Bool
  ) throws(BackplaneError) -> Tensor {
    let function = "linalg.matrix_rank"
    try requireFloatOrComplex(a, function)
    try requireMatrix(a, "torch.\(function)", "input")
    let operand = a.detach()
    let s = try hermitian ? unary(.abs, linalgEigvalsh(operand, .lower)) : svdvals(operand, function)
    return try sum(compare(.gt, s, threshold(a, s, atol: atol, rtol: rtol)), [-1], keepDim: false)
  }

  /// The least squares solution of least length, with the sums of squared residuals, the rank and singular values
  /// that LAPACK's `driver` would tell.
  static func lstsq(
    _ a: Tensor, _ b: Tensor, rcond: Double?, driver: Linalg.Driver
  ) throws(BackplaneError) -> [Tensor] {
    let function = "torch.linalg.lstsq"
    guard a.layout.rank >= 2 else {
      throw BackplaneError(.shape, "\(function): input must have at least 2 dimensions.")
    }
    guard b.layout.rank >= 1 else {
      throw BackplaneError(.shape, "\(function): other must have at least 1 dimension.")
    }
    try requireFloatOrComplex(a, "linalg.lstsq")
    guard (0...1).contains(a.layout.rank - b.layout.rank) else {
      throw BackplaneError(
        .shape,
        "\(function): input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1")
    }
    guard a.dtype == b.dtype else {
      throw BackplaneError(
        .dtype,
        "\(function): Expected input and other to have the same dtype, but got input's dtype "
          + "\(a.dtype.scalarName) and other's dtype \(b.dtype.scalarName)")
    }
    let vector = a.layout.rank - b.layout.rank == 1
    let right = try vector ? unsqueeze(b, -1) : b
    guard try extent(a, -2) == extent(right, -2) else {
      throw BackplaneError(
        .shape, "\(function): input.size(-2) should match other.size(-\(vector ? 1 : 2))")
    }
    let m = try extent(a, -2), n = try extent(a, -1)
    let rtol: Argument = .double(rcond ?? a.dtype.epsilon * Double(Swift.max(m, n)))
    let x = try matmul(pinv(a, rtol: rtol, function: "linalg.lstsq"), right)
    let values = try svdvals(a.detach(), "linalg.lstsq")
    let rank = try sum(compare(.gt, values, threshold(a, values, atol: .null, rtol: rtol)), [-1], keepDim: false)
    var residuals = try zeros([0], like: values)
    if m > n, driver != .gelsy, try toHost(rank, Int64.self).allSatisfy({ $0 == Int64(n) }) {
      let rest = try abs(sub(matmul(a, x), right))
      residuals = try sum(mul(rest, rest), [-2], keepDim: false)
      if vector { residuals = try squeeze(residuals, -1) }
    }
    return [
      try vector ? squeeze(x, -1) : x, residuals,
      try driver == .gels ? full(.contiguous([0]), .int(0), .int64, on: a.context) : rank,
      try driver == .gels || driver == .gelsy ? zeros([0], like: values) : values,
    ]
  }

  // MARK: Powers and the exponential

  /// By repeated squaring; a negative power is one of the inverse.
  static func matrixPower(_ a: Tensor, _ n: Int) throws(BackplaneError) -> Tensor {
    try requireSquare(a, "linalg.matrix_power")
    if n == 0 { return try clone(identity(extent(a, -1), batch: batchShape(a), like: a)) }
    if n == 1 { return try clone(a) }
    var square = n < 0 ? try inverse(a) : a
    var result: Tensor?
    var rest = n.magnitude
    while true {
      if rest & 1 == 1 { result = try result.map { (x) throws(BackplaneError) in try matmul(x, square) } ?? square }
      rest >>= 1
      if rest == 0 { return result! }
      square = try matmul(square, square)
    }
  }

  /// exp(A) by scaling, Taylor's series, and squaring.
  ///
  /// Gradient: the block above the diagonal of exp((Aᴴ, G), (0, Aᴴ)) (R. Mathias, "A chain rule for matrix functions and
  /// applications", 1996).
  static func matrixExp(_ a: Tensor) throws(BackplaneError) -> Tensor {
    try requireFloatOrComplex(a, "linalg.matrix_exp", allowsHalf: true)
    try requireSquare(a, "linalg.matrix_exp")
    if a.dtype.byteCount == 2 { return try cast(matrixExp(cast(a, .float32)), a.dtype) }
    let result = try matrixExpValue(a.detach())
    if Autograd.records(a) {
      let saved = try Saved(a)
      Autograd.record("LinalgMatrixExpBackward0", [a], result) { g throws(BackplaneError) in
        let aH = try adjoint(saved.unpack()), n = try extent(aH, -1)
        let upper = try cat([aH, g], -1), lower = try cat([zerosLike(aH), aH], -1)
        let blocks = try matrixExp(cat([upper, lower], -2))
        return [try narrow(narrow(blocks, -2, 0, n), -1, n, n)]
      }
    }
    return result
  }

  private static func matrixExpValue(_ a: Tensor) throws(BackplaneError) -> Tensor {
    if a.numel == 0 { return try clone(a) }
    let n = try extent(a, -1)
    // Each matrix is scaled by a power of two of its own, to a norm of at most 2; squarings beyond what a matrix
    // needs are those of others in the batch, and are not taken over.
    let norms = try toHost(matrixNorm(a, .number(1)), Double.self)
    let squarings = norms.map { $0.isFinite && $0 > 2 ? Int(log2($0 / 2).rounded(.up)) : 0 }
    let scales = try fromHost(
      squarings.map { scalbn(1.0, -Int32($0)) }, batchShape(a) + [1, 1], a.dtype.realType, on: a.context)
    let x = try mul(a, scales)
    let unit = try identity(n, batch: batchShape(a), like: a)
    // Horner's scheme; the terms left out are below 2¹⁹/19! or 2²⁶/26!, a part in 10¹¹ or 10¹⁸.
    var result = unit
    for k in (1...(a.dtype.realType == .float64 ? 25 : 18)).reversed() {
      result = try add(mul(matmul(x, result), .double(1 / Double(k))), unit)
    }
    for step in 0..<(squarings.max() ?? 0) {
      let wanted = try fromHost(squarings.map { $0 > step }, batchShape(a) + [1, 1], on: a.context)
      result = try select(wanted, .tensor(matmul(result, result)), .tensor(result), result.dtype)
    }
    return result
  }

  /// ‖A‖ ‖A⁻¹‖.
  static func cond(_ a: Tensor, _ order: NormOrder?) throws(BackplaneError) -> Tensor {
    let function = "linalg.cond"
    try requireFloatOrComplex(a, function)
    try requireMatrix(a, function)
    let p: NormOrder = order ?? .number(2)
    if case .number(let number) = p, number.magnitude == 2 {
      let s = try svdvals(a, function)
      if try extent(s, -1) == 0 { return try zeros(batchShape(a), like: s) }
      let ends = [try select(s, -1, 0), try select(s, -1, -1)]
      return try number > 0 ? div(ends[0], ends[1]) : div(ends[1], ends[0])
    }
    try requireSquare(a, function)
    if a.numel == 0 { return try zeros(batchShape(a), like: Ops.abs(a.detach())) }
    let (_, _, info) = try luFactor(a.detach())
    let isSingular = try compare(.ne, info, .int(0))
    // A singular matrix stands in for by the unit matrix, and its condition is infinite.
    let mask = try unsqueeze(unsqueeze(isSingular, -1), -1)
    let regular = try select(
      mask, .tensor(identity(extent(a, -1), batch: batchShape(a), like: a)), .tensor(a), a.dtype)
    let norms = try mul(matrixNorm(a, p), matrixNorm(inverse(regular, function), p))
    return try select(isSingular, .scalar(.double(.infinity)), .tensor(norms), norms.dtype)
  }

  // MARK: Tensors as matrices

  static func tensorInv(_ a: Tensor, _ ind: Int) throws(BackplaneError) -> Tensor {
    guard ind > 0 else { throw BackplaneError(.value, "Expected a strictly positive integer for 'ind'") }
    let shape = a.layout.shape
    let front = Array(shape.prefix(ind)), back = Array(shape.dropFirst(ind))
    let rows = back.reduce(1, *), columns = front.reduce(1, *)
    guard rows == columns else {
      throw BackplaneError(
        .shape,
        "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got \(rows) != "
          + "\(columns)")
    }
    return try reshape(inverse(reshape(a, [columns, rows])), back + front)
  }

  static func tensorSolve(_ a: Tensor, _ b: Tensor, _ dims: [Int]?) throws(BackplaneError) -> Tensor {
    var operand = a
    if let dims {
      let rank = a.layout.rank
      var moved: [Int] = []
      for dim in dims { moved.append(try normalize(dim, rank: rank)) }
      operand = try permute(a, (0..<rank).filter { !moved.contains($0) } + moved)
    }
    let shape = operand.layout.shape.suffix(Swift.max(0, operand.layout.rank - b.layout.rank))
    let columns = shape.reduce(1, *), rows = b.numel
    guard columns == rows, operand.numel == rows * columns else {
      throw BackplaneError(
        .shape,
        "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but "
          + "got \(columns) != \(rows)")
    }
    let x = try linalgSolve(reshape(operand, [rows, columns]), reshape(b, [rows]))
    return try reshape(x, Array(shape))
  }
}
