// Small things that the formulas of linear algebra are written in.

extension Ops {
  /// The conjugate transpose of matrices.
  static func adjoint(_ x: Tensor) throws(BackplaneError) -> Tensor { try conj(transpose(x, -2, -1)) }

  /// A batch of matrices seen in a larger batch, without a copy.
  static func expandBatch(_ x: Tensor, _ batch: [Int]) throws(BackplaneError) -> Tensor {
    let shape = batch + x.layout.shape.suffix(2)
    return shape == x.layout.shape ? x : try expand(x, shape)
  }

  static func half(_ x: Tensor) throws(BackplaneError) -> Tensor { try mul(x, .double(0.5)) }

  /// A batch of unit matrices.
  static func identity(_ n: Int, batch: [Int] = [], like x: Tensor) throws(BackplaneError) -> Tensor {
    let result = try full(.contiguous([n, n]), .int(0), x.dtype, on: x.context)
    try fill(result.view(.strided([n], [n + 1]), offset: 0), .int(1))
    return try expand(result, batch + [n, n])
  }

  static func zeros(_ shape: [Int], like x: Tensor) throws(BackplaneError) -> Tensor {
    try full(.contiguous(shape), .int(0), x.dtype, on: x.context)
  }

  /// diag(w) X: row i times w[i].
  static func scaleRows(_ x: Tensor, _ w: Tensor) throws(BackplaneError) -> Tensor { try mul(unsqueeze(w, -1), x) }

  /// X diag(w): column j times w[j].
  static func scaleColumns(_ x: Tensor, _ w: Tensor) throws(BackplaneError) -> Tensor { try mul(x, unsqueeze(w, -2)) }

  /// X A⁻¹ for a triangular A.
  static func divideFromTheRight(_ x: Tensor, _ a: Tensor, upper: Bool) throws(BackplaneError) -> Tensor {
    try transpose(solveTriangular(transpose(a, -2, -1), transpose(x, -2, -1), upper: !upper), -2, -1)
  }

  /// An operand's gradient in the operand's type: of a real operand of a complex function the real part.
  static func gradient(_ g: Tensor, for dtype: DType) throws(BackplaneError) -> Tensor {
    g.dtype.isComplex && !dtype.isComplex ? try cast(real(g), dtype) : g
  }
}

/// The results of one recorded operation that has several.
enum Factors {
  /// Makes `results` those of an operation on `operand`.
  ///
  /// - Parameter gradient: From the operation's own results, as differentiable as the node allows, and their
  ///   gradients, nil where none arrived, that of the operand.
  static func record(
    _ name: String, _ operand: Tensor, _ results: [Tensor],
    _ gradient: @escaping (_ results: [Tensor], _ grads: [Tensor?]) throws(BackplaneError) -> Tensor?
  ) {
    let saved = results.map { Saved(result: $0) }
    let node = Autograd.makeNode(name, [operand], resultCount: results.count) { node, grads throws(BackplaneError) in
      if grads.allSatisfy({ $0 == nil }) { return [nil] }
      var values: [Tensor] = []
      for (i, value) in saved.enumerated() {
        let alias = try value.unpack().alias()
        if alias.dtype.isFloatingPoint || alias.dtype.isComplex { Autograd.attach(node, to: alias, index: i) }
        values.append(alias)
      }
      return [try gradient(values, grads)]
    }
    for (i, result) in results.enumerated() where result.dtype.isFloatingPoint || result.dtype.isComplex {
      Autograd.attach(node, to: result, index: i)
    }
  }
}
