import BackendAPI

extension Operator {
  static let cholesky = Operator(BP_OP_CHOLESKY, "cholesky")
  static let lu = Operator(BP_OP_LU, "lu")
  static let solveTriangular = Operator(BP_OP_SOLVE_TRIANGULAR, "solve_triangular")
  static let qr = Operator(BP_OP_QR, "qr")
  static let eigh = Operator(BP_OP_EIGH, "eigh")
  static let eig = Operator(BP_OP_EIG, "eig")
  static let svd = Operator(BP_OP_SVD, "svd")

  static let factorizations: [Operator] = [cholesky, lu, solveTriangular, qr, eigh, eig, svd]
}

/// The factorizations of the ABI, and their gradients. All take a batch of matrices of which every extent may be 0.
extension Ops {
  private static func factorize(
    _ op: Operator, _ x: Tensor, _ outputs: [(shape: [Int], dtype: DType)]
  ) throws(BackplaneError) -> [Tensor] {
    var results: [Tensor] = []
    for (shape, dtype) in outputs { results.append(try empty(shape, dtype, on: x.context)) }
    try Dispatcher.call(op, on: x.context, [Operand(x)], to: results.map { Operand($0) })
    return results
  }

  /// L with A = L Lᴴ of A's lower triangle, or its adjoint of the upper one, and what is wrong with each matrix.
  ///
  /// Gradient: I. Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527.
  static func choleskyFactor(_ a: Tensor, upper: Bool) throws(BackplaneError) -> (factor: Tensor, info: Tensor) {
    let results = try factorize(
      .cholesky, upper ? adjoint(a.detach()) : a, [(a.layout.shape, a.dtype), (batchShape(a), .int64)])
    let factor = try upper ? adjoint(results[0]) : results[0]
    if Autograd.records(a) {
      Factors.record("LinalgCholeskyExBackward0", a, [factor]) { factor, g throws(BackplaneError) in
        let l = try upper ? adjoint(factor[0]) : factor[0], gL = try upper ? adjoint(g[0]!) : g[0]!
        let phi = try tril(matmul(adjoint(l), gL))
        let symmetric = try half(sub(add(phi, adjoint(phi)), diagEmbed(conj(diagonalView(phi)))))
        return try divideFromTheRight(solveTriangular(adjoint(l), symmetric, upper: true), l, upper: false)
      }
    }
    return (factor, results[1])
  }

  /// A = P L U in one matrix, the exchanges of rows counted from 0, and the order of the first zero pivot.
  ///
  /// With M = L₁⁻¹ Pᴴ dA₁ U₁⁻¹ over the leading square, dL₁ = L₁ tril(M, −1) and dU₁ = triu(M) U₁; the rest of a
  /// tall L or a wide U follows from dA₂.
  static func luFactor(_ a: Tensor) throws(BackplaneError) -> (lu: Tensor, pivots: Tensor, info: Tensor) {
    let batch = batchShape(a), k = try Swift.min(extent(a, -2), extent(a, -1))
    let results = try factorize(
      .lu, a, [(a.layout.shape, a.dtype), (batch + [k], .int64), (batch, .int64)])
    if Autograd.records(a) {
      let pivots = results[1]
      Factors.record("LinalgLuFactorExBackward0", a, [results[0]]) { lu, g throws(BackplaneError) in
        try luGradient(lu[0], pivots, g[0]!)
      }
    }
    return (results[0], results[1], results[2])
  }

  private static func luGradient(_ lu: Tensor, _ pivots: Tensor, _ g: Tensor) throws(BackplaneError) -> Tensor {
    let m = try extent(lu, -2), n = try extent(lu, -1), k = Swift.min(m, n)
    let square = try narrow(narrow(lu, -2, 0, k), -1, 0, k)
    let unit = try identity(k, like: lu)
    let l1 = try add(tril(square, -1), unit), u1 = try triu(square)
    let g1 = try narrow(narrow(g, -2, 0, k), -1, 0, k)
    var lower = try matmul(adjoint(l1), tril(g1, -1))
    var upper = try matmul(triu(g1), adjoint(u1))
    if n > k {
      let gU2 = try narrow(g, -1, k, n - k), u2 = try narrow(lu, -1, k, n - k)
      lower = try sub(lower, matmul(gU2, adjoint(u2)))
    }
    if m > k {
      let gL2 = try narrow(g, -2, k, m - k), l2 = try narrow(lu, -2, k, m - k)
      upper = try sub(upper, matmul(adjoint(l2), gL2))
    }
    let inner = try add(tril(lower, -1), triu(upper))
    var result = try solveTriangular(
      adjoint(l1), divideFromTheRight(inner, adjoint(u1), upper: false), upper: true, unitDiagonal: true)
    if n > k {
      let rest = try solveTriangular(adjoint(l1), narrow(g, -1, k, n - k), upper: true, unitDiagonal: true)
      result = try cat([result, rest], -1)
    }
    if m > k {
      result = try cat([result, divideFromTheRight(narrow(g, -2, k, m - k), adjoint(u1), upper: false)], -2)
    }
    return try permuteRows(result, RowOrder(pivots, rows: m).inverse)
  }

  /// X with A X = B, A triangular; the batches broadcast.
  static func solveTriangular(
    _ a: Tensor, _ b: Tensor, upper: Bool, unitDiagonal: Bool = false
  ) throws(BackplaneError) -> Tensor {
    let batch = try broadcast(batchShape(a), batchShape(b))
    let result = try empty(batch + b.layout.shape.suffix(2), b.dtype, on: b.context)
    var params = bp_triangular_params(
      struct_size: UInt32(MemoryLayout<bp_triangular_params>.size), upper: upper ? 1 : 0,
      unit_diagonal: unitDiagonal ? 1 : 0, reserved: 0)
    try withParams(&params) { (p) throws(BackplaneError) in
      try Dispatcher.binary(
        .solveTriangular, on: b.context, Operand(a, as: expanded(a, batch + a.layout.shape.suffix(2))),
        Operand(b, as: expanded(b, result.layout.shape)), to: Operand(result), params: p)
    }
    if Autograd.records(a, b) {
      let savedA = try Saved(a), savedX = a.requiresGrad ? Saved(result: result) : nil
      let needsB = b.requiresGrad
      let (layoutA, layoutB) = (a.layout, b.layout)
      let node = Autograd.makeNode("LinalgSolveTriangularBackward0", [a, b]) { node, grads throws(BackplaneError) in
        guard let g = grads[0] else { return [nil, nil] }
        let gradB = try solveTriangular(adjoint(savedA.unpack()), g, upper: !upper, unitDiagonal: unitDiagonal)
        var gradA: Tensor?
        if let x = try savedX?.unpack(node) {
          let outer = try neg(matmul(gradB, adjoint(x)))
          let k = unitDiagonal ? 1 : 0
          gradA = try sum(upper ? triu(outer, k) : tril(outer, -k), to: layoutA)
        }
        return [gradA, needsB ? try sum(gradB, to: layoutB) : nil]
      }
      Autograd.attach(node, to: result)
    }
    return result
  }

  /// A = Q R, Q with min(m, n) columns, or square.
  ///
  /// Gradient: M. Seeger et al., "Auto-differentiating linear algebra", arXiv:1710.08717; of a wide matrix
  /// H. Liao et al., "Differentiable programming tensor networks", arXiv:1903.09650.
  static func qrFactors(_ a: Tensor, complete: Bool) throws(BackplaneError) -> (q: Tensor, r: Tensor) {
    let m = try extent(a, -2), n = try extent(a, -1), k = complete ? m : Swift.min(m, n)
    let batch = batchShape(a)
    let results = try factorize(.qr, a, [(batch + [m, k], a.dtype), (batch + [k, n], a.dtype)])
    if Autograd.records(a) {
      Factors.record("LinalgQrBackward0", a, results) { qr, g throws(BackplaneError) in
        guard k <= n else {
          throw BackplaneError(
            .autograd,
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols")
        }
        return try qrGradient(qr[0], qr[1], g[0], g[1])
      }
    }
    return (results[0], results[1])
  }

  private static func qrGradient(
    _ q: Tensor, _ r: Tensor, _ gQ: Tensor?, _ gR: Tensor?
  ) throws(BackplaneError) -> Tensor {
    let k = try extent(q, -1), n = try extent(r, -1)
    let gradQ = try gQ == nil ? zerosLike(q) : gQ!, gradR = try gR == nil ? zerosLike(r) : gR!
    let r1 = try narrow(r, -1, 0, k)
    var inner = try sub(matmul(narrow(gradR, -1, 0, k), adjoint(r1)), matmul(adjoint(q), gradQ))
    var total = gradQ
    if n > k {
      // The columns beyond the square are R₂ = Qᴴ A₂.
      let r2 = try narrow(r, -1, k, n - k), gR2 = try narrow(gradR, -1, k, n - k)
      let through = try matmul(r2, adjoint(gR2))
      inner = try sub(inner, through)
      total = try add(total, matmul(q, through))
    }
    let upper = try triu(inner)
    let symmetric = try sub(add(upper, adjoint(upper)), diagEmbed(cast(real(diagonalView(upper)), upper.dtype)))
    let first = try divideFromTheRight(add(total, matmul(q, symmetric)), adjoint(r1), upper: false)
    return try n > k ? cat([first, matmul(q, narrow(gradR, -1, k, n - k))], -1) : first
  }

  /// Eigenvalues, ascending, and eigenvectors of Hermitian matrices, of their lower triangles.
  static func eighFactors(_ a: Tensor) throws(BackplaneError) -> (values: Tensor, vectors: Tensor, info: Tensor) {
    let batch = batchShape(a), n = try extent(a, -1)
    let results = try factorize(
      .eigh, a, [(batch + [n], a.dtype.realType), (batch + [n, n], a.dtype), (batch, .int64)])
    if Autograd.records(a) {
      Factors.record("LinalgEighBackward0", a, Array(results.prefix(2))) { lv, g throws(BackplaneError) in
        // Of two elements that stand for one each gets half.
        let whole = try eigenGradient(lv[0], lv[1], g[0], g[1], isHermitian: true)
        return try half(add(whole, adjoint(whole)))
      }
    }
    return (results[0], results[1], results[2])
  }

  /// Eigenvalues and eigenvectors of any square matrices; complex.
  static func eigFactors(_ a: Tensor) throws(BackplaneError) -> (values: Tensor, vectors: Tensor, info: Tensor) {
    let batch = batchShape(a), n = try extent(a, -1), dtype = a.dtype
    let results = try factorize(
      .eig, a, [(batch + [n], dtype.complexType), (batch + [n, n], dtype.complexType), (batch, .int64)])
    if Autograd.records(a) {
      Factors.record("LinalgEigBackward0", a, Array(results.prefix(2))) { lv, g throws(BackplaneError) in
        try gradient(eigenGradient(lv[0], lv[1], g[0], g[1], isHermitian: false), for: dtype)
      }
    }
    return (results[0], results[1], results[2])
  }

  /// V⁻ᴴ (diag(gL) + (Vᴴ gV − Vᴴ V diag(Re diag(Vᴴ gV))) / E) Vᴴ, E[i, j] = conj(λ[j] − λ[i]): C. Boeddeker et al.,
  /// "On the computation of complex-valued gradients with application to statistically optimum beamforming",
  /// arXiv:1701.00392. Of Hermitian matrices V⁻ᴴ is V.
  private static func eigenGradient(
    _ values: Tensor, _ v: Tensor, _ gValues: Tensor?, _ gVectors: Tensor?, isHermitian: Bool
  ) throws(BackplaneError) -> Tensor {
    let vH = try adjoint(v)
    var inner: Tensor?
    if let gVectors {
      var product = try matmul(vH, gVectors)
      if !isHermitian {
        let lengths = try cast(real(diagonalView(product)), v.dtype)
        product = try sub(product, matmul(vH, scaleColumns(v, lengths)))
      }
      let gaps = try conj(sub(unsqueeze(values, -2), unsqueeze(values, -1)))
      // Off the diagonal alone: on it the gaps are 0.
      let safe = try add(gaps, identity(extent(v, -1), like: gaps))
      let divided = try div(product, safe)
      inner = try sub(divided, diagEmbed(diagonalView(divided)))
    }
    if let gValues {
      let diagonal = try cast(gValues, v.dtype)
      guard let off = inner else {
        let scaled = try scaleRows(vH, diagonal)
        return try isHermitian ? matmul(v, scaled) : solveSquare(vH, scaled)
      }
      inner = try add(off, diagEmbed(diagonal))
    }
    let scaled = try matmul(inner!, vH)
    return try isHermitian ? matmul(v, scaled) : solveSquare(vH, scaled)
  }

  /// A = U diag(S) Vᴴ, S descending; U and Vᴴ reduced to min(m, n) columns and rows, or square.
  ///
  /// Gradient: J. Townsend, "Differentiating the singular value decomposition" (2016); complex: Z.-Q. Wan and S.-X.
  /// Zhang, arXiv:1909.02659.
  static func svdFactors(
    _ a: Tensor, full: Bool
  ) throws(BackplaneError) -> (u: Tensor, s: Tensor, vh: Tensor, info: Tensor) {
    let batch = batchShape(a), m = try extent(a, -2), n = try extent(a, -1), k = Swift.min(m, n)
    let results = try factorize(
      .svd, a,
      [
        (batch + [m, full ? m : k], a.dtype), (batch + [k], a.dtype.realType), (batch + [full ? n : k, n], a.dtype),
        (batch, .int64),
      ])
    if Autograd.records(a) {
      Factors.record("LinalgSvdBackward0", a, Array(results.prefix(3))) { usv, g throws(BackplaneError) in
        try svdGradient(
          narrow(usv[0], -1, 0, k), usv[1], narrow(usv[2], -2, 0, k),
          g[0].map { x throws(BackplaneError) in try narrow(x, -1, 0, k) }, g[1],
          g[2].map { x throws(BackplaneError) in try narrow(x, -2, 0, k) })
      }
    }
    return (results[0], results[1], results[2], results[3])
  }

  private static func svdGradient(
    _ u: Tensor, _ s: Tensor, _ vh: Tensor, _ gU: Tensor?, _ gS: Tensor?, _ gVh: Tensor?
  ) throws(BackplaneError) -> Tensor {
    func skew(_ x: Tensor) throws(BackplaneError) -> Tensor { try sub(x, adjoint(x)) }
    let m = try extent(u, -2), n = try extent(vh, -1), k = try extent(s, -1), dtype = u.dtype
    if gU == nil, gVh == nil, let gS {
      let diagonal = try cast(gS, dtype)
      return try m >= n ? matmul(u, scaleRows(vh, diagonal)) : matmul(scaleColumns(u, diagonal), vh)
    }
    let squares = try mul(s, s)
    let gaps = try add(
      sub(unsqueeze(squares, -2), unsqueeze(squares, -1)), identity(k, like: squares))
    var inner = try zeros(batchShape(u) + [k, k], like: u)
    if let gU {
      let product = try skew(matmul(adjoint(u), gU))
      inner = try add(inner, scaleColumns(div(product, gaps), s))
      if dtype.isComplex, gVh != nil {
        inner = try add(inner, diagEmbed(div(diagonalView(product), mul(s, .double(2)))))
      }
    }
    if let gVh { inner = try add(inner, scaleRows(div(skew(matmul(vh, adjoint(gVh))), gaps), s)) }
    if let gS { inner = try add(inner, diagEmbed(cast(gS, dtype))) }
    var result = try matmul(matmul(u, inner), vh)
    if let gU, m > k {
      let scaled = try div(gU, unsqueeze(s, -2))
      result = try add(result, matmul(sub(scaled, matmul(u, matmul(adjoint(u), scaled))), vh))
    }
    if let gVh, n > k {
      let scaled = try div(gVh, unsqueeze(s, -1))
      result = try add(result, matmul(u, sub(scaled, matmul(matmul(scaled, adjoint(vh)), vh))))
    }
    return result
  }
}
