import BackendAPI

extension Operator {
  static let matmul = Operator(BP_OP_MATMUL, "matmul")

  static let products: [Operator] = [matmul]
}

extension Ops {
  /// The bare product of matrices or batches of them, of equal rank; batch dimensions broadcast.
  private static func product(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let rank = a.layout.rank
    let shapeA = a.layout.shape
    let shapeB = b.layout.shape
    let batch = try broadcast(Array(shapeA.dropLast(2)), Array(shapeB.dropLast(2)))
    let result = try empty(batch + [shapeA[rank - 2], shapeB[rank - 1]], a.dtype, on: a.context)
    try Dispatcher.binary(
      .matmul, on: a.context,
      Operand(a, as: expanded(a, batch + shapeA.suffix(2))), Operand(b, as: expanded(b, batch + shapeB.suffix(2))),
      to: Operand(result))
    return result
  }

  /// The differentiable product of operands of equal rank ≥ 2.
  private static func matrixProduct(_ name: String, _ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let result = try product(a, b)
    if Autograd.records(a, b) {
      // The gradient of each looks at the other.
      let savedA = b.requiresGrad ? try Saved(a) : nil
      let savedB = a.requiresGrad ? try Saved(b) : nil
      let (layoutA, layoutB) = (a.layout, b.layout)
      Autograd.record(name, [a, b], result) { g throws(BackplaneError) in
        var grads: [Tensor?] = [nil, nil]
        if let savedB { grads[0] = try sum(matrixProduct(name, g, adjoint(savedB.unpack())), to: layoutA) }
        if let savedA { grads[1] = try sum(matrixProduct(name, adjoint(savedA.unpack()), g), to: layoutB) }
        return grads
      }
    }
    return result
  }

  /// Product of vectors, matrices and batches, by the rules of PyTorch's and NumPy's `matmul`.
  static func matmul(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    try requireSameDevice([a, b])
    guard a.layout.rank > 0, b.layout.rank > 0 else {
      throw BackplaneError(
        .shape,
        "both arguments to matmul need to be at least 1D, but they are \(a.layout.rank)D and \(b.layout.rank)D")
    }
    guard a.dtype == b.dtype else {
      throw BackplaneError(
        .dtype, "expected m1 and m2 to have the same dtype, but got: \(a.dtype.scalarName) != \(b.dtype.scalarName)")
    }
    guard a.dtype != .bool else { throw BackplaneError(.dtype, "matmul: not implemented for 'Bool'") }
    let isVectorA = a.layout.rank == 1
    let isVectorB = b.layout.rank == 1
    let rowsA = try isVectorA ? 1 : extent(a, -2)
    let inner = try extent(a, -1)
    let innerB = try isVectorB ? extent(b, 0) : try extent(b, -2)
    guard inner == innerB else {
      if isVectorA && isVectorB {
        throw BackplaneError(
          .shape,
          "inconsistent tensor size, expected tensor \(a.shape) and src \(b.shape) to have the same number of "
            + "elements, but got \(inner) and \(innerB) elements respectively")
      }
      let columnsB = try isVectorB ? 1 : extent(b, -1)
      throw BackplaneError(
        .shape,
        "mat1 and mat2 shapes cannot be multiplied (\(rowsA)x\(inner) and \(innerB)x\(columnsB))")
    }
    var x = isVectorA ? try unsqueeze(a, 0) : a
    var y = isVectorB ? try unsqueeze(b, 1) : b
    // A batch times one matrix is one tall product.
    if x.layout.rank > 2, y.layout.rank == 2, x.isContiguous {
      let lead = Array(x.layout.shape.dropLast())
      let tall = try matrixProduct("MmBackward0", reshape(x, [lead.reduce(1, *), inner]), y)
      let result = try reshape(tall, lead + [extent(y, -1)])
      return isVectorB ? try squeeze(result, -1) : result
    }
    let rank = Swift.max(x.layout.rank, y.layout.rank)
    while x.layout.rank < rank { x = try unsqueeze(x, 0) }
    while y.layout.rank < rank { y = try unsqueeze(y, 0) }
    var result = try matrixProduct(rank == 2 ? "MmBackward0" : "BmmBackward0", x, y)
    if isVectorA { result = try squeeze(result, -2) }
    if isVectorB { result = try squeeze(result, -1) }
    return result
  }

  static func matmul(
    _ a: Tensor, _ b: Tensor, ranks: (Int, Int), _ operation: String
  ) throws(BackplaneError) -> Tensor {
    try require(a, rank: ranks.0, operation, "self")
    try require(b, rank: ranks.1, operation, "mat2")
    if ranks == (3, 3), a.layout.elements[0] != b.layout.elements[0] { throw batchMismatch(a, b) }
    return try matmul(a, b)
  }
}

extension Tensor {
  /// The product of vectors, matrices, or batches of matrices, which broadcast: (…, m, k) and (…, k, n) give (…, m, n).
  ///
  /// A vector (k) on the left counts as a row, on the right as a column, and its dimension goes away. Extents that do
  /// not meet, and types that differ, are errors.
  ///
  /// ```swift
  /// let a = Tensor([[1.0, 2], [3, 4]])
  /// a.matmul(Tensor([1.0, 1]))  // [3, 7]
  /// ```
  public func matmul(_ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.matmul(Autocast.cast("matmul", self), Autocast.cast("matmul", other))
    }
  }
  /// The product of two matrices: (m, k) and (k, n) give (m, n).
  public func mm(_ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.matmul(Autocast.cast("mm", self), Autocast.cast("mm", other), ranks: (2, 2), "mm")
    }
  }
  /// The product of a matrix and a vector: (m, k) and (k) give (m).
  public func mv(_ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.matmul(Autocast.cast("mv", self), Autocast.cast("mv", other), ranks: (2, 1), "mv")
    }
  }
  /// The product of two batches of matrices: (b, m, k) and (b, k, n) give (b, m, n).
  public func bmm(_ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.matmul(Autocast.cast("bmm", self), Autocast.cast("bmm", other), ranks: (3, 3), "bmm")
    }
  }
  /// The inner product of two vectors of one length.
  public func dot(_ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      let operands = try Autocast.cast("dot", [self, other])
      return try Ops.matmul(operands[0], operands[1], ranks: (1, 1), "dot")
    }
  }
}
