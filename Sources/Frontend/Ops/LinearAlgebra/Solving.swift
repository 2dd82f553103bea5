/// Systems of linear equations, inverses and determinants, all by the LU factorization.
extension Ops {
  /// X with A X = B for square A and matrices B; the batches broadcast.
  ///
  /// - Parameter singular: What a message says of a matrix whose pivot of the given number, from 1 on, is zero.
  static func solveSquare(
    _ a: Tensor, _ b: Tensor, _ function: String = "linalg.solve",
    singular message: (Int) -> String = { _ in "The solver failed because the input matrix is singular." }
  ) throws(BackplaneError) -> Tensor {
    let (lu, pivots, info) = try luFactor(a.detach())
    try check(info, function) { $0 > 0 ? message($0) : nil }
    let order = try RowOrder(pivots, rows: extent(a, -1))
    return try solveFactored(a, b, lu, order)
  }

  /// The same with the factorization of A at hand.
  ///
  /// Gradient: with G that of X, Aᴴ gB = G and gA = −gB Xᴴ.
  static func solveFactored(
    _ a: Tensor, _ b: Tensor, _ lu: Tensor, _ order: RowOrder
  ) throws(BackplaneError) -> Tensor {
    let x = try applyInverse(lu, order, b.detach())
    if Autograd.records(a, b) {
      let savedA = try Saved(a), savedX = a.requiresGrad ? Saved(result: x) : nil
      let (layoutA, layoutB) = (a.layout, b.layout)
      let needsB = b.requiresGrad
      let node = Autograd.makeNode("LinalgSolveExBackward0", [a, b]) { node, grads throws(BackplaneError) in
        guard let g = grads[0] else { return [nil, nil] }
        let gradB =
          try Scopes.recordsGradients
          ? solveSquare(adjoint(savedA.unpack()), g) : applyInverse(lu, order, g, adjoint: true)
        let gradA = try savedX.map { x throws(BackplaneError) in
          try sum(neg(matmul(gradB, adjoint(x.unpack(node)))), to: layoutA)
        }
        return [gradA, needsB ? try sum(gradB, to: layoutB) : nil]
      }
      Autograd.attach(node, to: x)
    }
    return x
  }

  /// A⁻¹ B, or A⁻ᴴ B, from A = P L U.
  static func applyInverse(
    _ lu: Tensor, _ order: RowOrder, _ b: Tensor, adjoint isAdjoint: Bool = false
  ) throws(BackplaneError) -> Tensor {
    if isAdjoint {
      let luH = try adjoint(lu)
      let y = try solveTriangular(luH, b, upper: false)
      return try permuteRows(solveTriangular(luH, y, upper: true, unitDiagonal: true), order.inverse)
    }
    let y = try solveTriangular(lu, permuteRows(b, order.forward), upper: false, unitDiagonal: true)
    return try solveTriangular(lu, y, upper: true)
  }

  /// Whether PyTorch takes B for a batch of vectors: one dimension, or A's shape without its last.
  static func isVector(_ b: Tensor, for a: Tensor) -> Bool {
    b.layout.rank == 1 || b.layout.rank == a.layout.rank - 1 && b.layout.shape == Array(a.layout.shape.dropLast())
  }

  /// - Parameter solver: What solves A X = B for matrices; ``solveSquare(_:_:_:singular:)`` where none is given.
  static func linalgSolve(
    _ a: Tensor, _ b: Tensor, left: Bool = true, function: String = "linalg.solve",
    by solver: ((Tensor, Tensor) throws(BackplaneError) -> Tensor)? = nil
  ) throws(BackplaneError) -> Tensor {
    func solve(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
      if let solver { return try solver(a, b) }
      return try solveSquare(a, b, function)
    }
    try requireFloatOrComplex(a, function)
    try requireSquare(a, function)
    try requireSameType(a, b, function)
    guard b.layout.rank > 0 else {
      throw BackplaneError(.shape, "\(function): The input tensor B must have at least 1 dimension.")
    }
    let vector = isVector(b, for: a)
    guard left || !vector else {
      throw BackplaneError(
        .value,
        "\(function): Vector broadcasting of the left hand side is not supported for left=False. In this case "
          + "linalg.solve is equivalent to B / A.squeeze(-1)")
    }
    let matrix = try vector ? unsqueeze(b, -1) : b
    guard try extent(matrix, left ? -2 : -1) == extent(a, -1) else {
      throw BackplaneError(
        .shape,
        "\(function): Incompatible shapes of A and B for the equation \(left ? "AX = B" : "XA = B") "
          + "(\(try extent(a, -2))x\(try extent(a, -1)) and \(try extent(matrix, -2))x\(try extent(matrix, -1)))")
    }
    guard left else {
      return try transpose(solve(transpose(a, -2, -1), transpose(matrix, -2, -1)), -2, -1)
    }
    let x = try solve(a, matrix)
    return try vector ? squeeze(x, -1) : x
  }

  static func linalgSolveTriangular(
    _ a: Tensor, _ b: Tensor, upper: Bool, left: Bool, unitDiagonal: Bool
  ) throws(BackplaneError) -> Tensor {
    let function = "linalg.solve_triangular"
    try requireFloatOrComplex(a, function)
    try requireSquare(a, function)
    try requireMatrix(b, function, "B")
    try requireSameType(a, b, function)
    guard try extent(b, left ? -2 : -1) == extent(a, -1) else {
      throw BackplaneError(
        .shape,
        "\(function): Incompatible shapes of A and B for the equation \(left ? "AX = B" : "XA = B") "
          + "(\(try extent(a, -2))x\(try extent(a, -1)) and \(try extent(b, -2))x\(try extent(b, -1)))")
    }
    if left { return try solveTriangular(a, b, upper: upper, unitDiagonal: unitDiagonal) }
    let x = try solveTriangular(
      transpose(a, -2, -1), transpose(b, -2, -1), upper: !upper, unitDiagonal: unitDiagonal)
    return try transpose(x, -2, -1)
  }

  static func inverse(_ a: Tensor, _ function: String = "linalg.inv") throws(BackplaneError) -> Tensor {
    try requireFloatOrComplex(a, function)
    try requireSquare(a, function)
    let n = try extent(a, -1)
    return try solveSquare(
      a, identity(n, batch: batchShape(a), like: a), function,
      singular: zeroPivot)
  }

  // MARK: Determinants

  /// ±1, the sign of each batch item's permutation, in the type of `x`.
  private static func sign(ofExchanges pivots: Tensor, like x: Tensor) throws(BackplaneError) -> Tensor {
    let k = try extent(pivots, -1)
    let own = try arithmeticSequence(.int(0), .int(1), k, .int64, on: pivots.context)
    let count = try sum(compare(.ne, pivots, own), [-1], keepDim: false)
    let odd = try binary(.remainder, count, .int(2))
    return try cast(sub(.int(1), mul(odd, .int(2))), x.dtype)
  }

  /// Gradient: conj(det) g A⁻ᴴ. A determinant is a smooth function of singular matrices too: there a zero pivot is
  /// replaced by the least number that counts, as PyTorch does.
  static func det(_ a: Tensor, _ function: String = "linalg.det") throws(BackplaneError) -> Tensor {
    try requireFloatOrComplex(a, function)
    try requireSquare(a, function)
    let (lu, pivots, _) = try luFactor(a.detach())
    let result = try mul(sign(ofExchanges: pivots, like: a), prod(diagonalView(lu), -1, keepDim: false))
    if Autograd.records(a) {
      let saved = try Saved(a), savedResult = Saved(result: result)
      let node = Autograd.makeNode("LinalgDetBackward0", [a]) { node, grads throws(BackplaneError) in
        guard let g = grads[0] else { return [nil] }
        let a = try saved.unpack(), det = try savedResult.unpack(node)
        let n = try extent(a, -1)
        let unit = try identity(n, batch: batchShape(a), like: a)
        let scale = try unsqueeze(unsqueeze(mul(g, conj(det)), -1), -1)
        if Scopes.recordsGradients {
          guard try !item(truth(.max, compare(.eq, det, .int(0)), nil, keepDim: false)).isTrue else {
            return [try mul(adjoint(adjugate(a)), unsqueeze(unsqueeze(g, -1), -1))]
          }
          return [try mul(solveSquare(adjoint(a), unit, function), scale)]
        }
        let diagonal = try diagonalView(lu)
        let least = try select(
          compare(.eq, diagonal, .int(0)), .scalar(.double(a.dtype.epsilon)), .scalar(.int(0)), a.dtype)
        let regular = try add(lu, diagEmbed(least))
        // The determinant of what was made regular: without it the zero pivot would cancel the whole gradient.
        let around = try conj(mul(sign(ofExchanges: pivots, like: a), prod(diagonalView(regular), -1, keepDim: false)))
        let factor = try unsqueeze(unsqueeze(mul(g, around), -1), -1)
        return [try applyInverse(regular, RowOrder(pivots, rows: n), mul(unit, factor), adjoint: true)]
      }
      Autograd.attach(node, to: result)
    }
    return result
  }

  /// det(A) A⁻¹, of singular matrices too: a polynomial in A, by Faddeev's and LeVerrier's rule. (A. S. Householder, "The
  /// theory of matrices in numerical analysis", 1964, 6.7)
  private static func adjugate(_ a: Tensor) throws(BackplaneError) -> Tensor {
    let n = try extent(a, -1), unit = try identity(n, batch: batchShape(a), like: a)
    var result = unit
    for k in 1..<Swift.max(n, 1) {
      let product = try matmul(a, result)
      let trace = try unsqueeze(sum(diagonalView(product), [-1], keepDim: true), -1)
      result = try sub(product, mul(mul(trace, .double(1 / Double(k))), unit))
    }
    return n % 2 == 0 ? try neg(result) : result
  }

  /// The determinant's sign, or factor of modulus 1, and the logarithm of its modulus.
  ///
  /// Gradient: (g − i Im(conj(gSign) sign)) A⁻ᴴ.
  static func slogdet(
    _ a: Tensor, _ function: String = "linalg.slogdet"
  ) throws(BackplaneError) -> (sign: Tensor, logAbsDet: Tensor) {
    try requireFloatOrComplex(a, function)
    try requireSquare(a, function)
    let (lu, pivots, _) = try luFactor(a.detach())
    let diagonal = try diagonalView(lu)
    let sign = try mul(self.sign(ofExchanges: pivots, like: a), prod(sgn(diagonal), -1, keepDim: false))
    let logAbsDet = try sum(unary(.log, abs(diagonal)), [-1], keepDim: false)
    if Autograd.records(a) {
      let saved = try Saved(a)
      Factors.record("LinalgSlogdetBackward0", a, [sign, logAbsDet]) { results, grads throws(BackplaneError) in
        let a = try saved.unpack()
        var g = try grads[1] == nil ? zerosLike(results[0]) : cast(grads[1]!, a.dtype)
        if a.dtype.isComplex, let gSign = grads[0] {
          let turn = try imag(mul(conj(gSign), results[0]))
          g = try sub(g, complex(zerosLike(turn), turn))
        }
        let right = try mul(
          identity(extent(a, -1), batch: batchShape(a), like: a), unsqueeze(unsqueeze(g, -1), -1))
        return try solveSquare(adjoint(a), right, function)
      }
    }
    return (sign, logAbsDet)
  }

  static func logdet(_ a: Tensor) throws(BackplaneError) -> Tensor {
    let (sign, value) = try slogdet(a, "logdet")
    if a.dtype.isComplex { return try add(unary(.log, sign), value) }
    return try select(compare(.lt, sign, .int(0)), .scalar(.double(.nan)), .tensor(value), value.dtype)
  }
}

extension DType {
  /// The distance from 1 to the next number of a float type, or of a complex type's parts.
  var epsilon: Double {
    switch self {
    case .float16: 0x1p-10
    case .bfloat16: 0x1p-7
    case .float64, .complex128: 0x1p-52
    default: 0x1p-23
    }
  }
}
