/// What Cholesky's factors are good for.
extension Ops {
  /// X with A X = B, of A's factor: L with A = L Lᴴ, or Lᴴ if `upper`. The batches broadcast.
  static func choleskySolve(_ b: Tensor, _ factor: Tensor, upper: Bool) throws(BackplaneError) -> Tensor {
    for (x, name) in [(b, "b"), (factor, "u")] where x.layout.rank < 2 {
      throw BackplaneError(
        .shape, "\(name) should have at least 2 dimensions, but has \(x.layout.rank) dimensions instead")
    }
    try requireSystem(b, factor, "cholesky_solve")
    let lower = try upper ? adjoint(factor) : factor
    return try solveTriangular(adjoint(lower), solveTriangular(lower, b, upper: false), upper: true)
  }

  /// The inverse of the matrix with the given factor.
  static func choleskyInverse(_ factor: Tensor, upper: Bool) throws(BackplaneError) -> Tensor {
    let function = "cholesky_inverse"
    try requireSquare(factor, function)
    try requireFloatOrComplex(factor, function)
    let lower = try upper ? adjoint(factor) : factor
    let isZero = try compare(.eq, diagonalView(lower.detach()), .int(0))
    if isZero.numel > 0, try item(truth(.max, isZero, nil, keepDim: false)).isTrue {
      let order = try extent(factor, -1), zeros = try toHost(isZero, Bool.self)
      let first = zeros.firstIndex(of: true) ?? 0
      let batch = factor.layout.rank > 2 ? "(Batch element \(first / order)): " : ""
      throw BackplaneError(
        .value,
        "\(function): \(batch)The diagonal element \(first % order + 1) is zero, the inversion could not be completed "
          + "because the input matrix is singular.")
    }
    let inverse = try solveTriangular(
      lower, identity(extent(factor, -1), batch: batchShape(factor), like: factor), upper: false)
    return try matmul(adjoint(inverse), inverse)
  }

  /// X with A X = B, and A, for a triangular A, or its transpose: the older spelling of `linalg.solve_triangular`.
  static func triangularSolve(
    _ b: Tensor, _ a: Tensor, upper: Bool, transposed: Bool, unitDiagonal: Bool
  ) throws(BackplaneError) -> (solution: Tensor, coefficient: Tensor) {
    for (x, name) in [(b, "b"), (a, "A")] where x.layout.rank < 2 {
      throw BackplaneError(
        .shape,
        "torch.triangular_solve: Expected \(name) to have at least 2 dimensions, but it has \(x.layout.rank) dimensions "
          + "instead")
    }
    try requireSystem(b, a, "triangular_solve")
    let solution = try solveTriangular(
      transposed ? transpose(a, -2, -1) : a, b, upper: upper != transposed, unitDiagonal: unitDiagonal)
    let batch = try broadcast(batchShape(a), batchShape(b))
    return (solution, try clone(expandBatch(a, batch)))
  }

  /// What a matrix and the right sides of its equations must be.
  private static func requireSystem(_ b: Tensor, _ a: Tensor, _ function: String) throws(BackplaneError) {
    try requireSameDevice([b, a])
    guard a.dtype == b.dtype else {
      throw BackplaneError(
        .dtype,
        "Expected b and A to have the same dtype, but found b of type \(b.dtype.scalarName) and A of type "
          + "\(a.dtype.scalarName) instead.")
    }
    let (rows, columns) = (try extent(a, -2), try extent(a, -1))
    guard rows == columns else {
      throw BackplaneError(
        .shape, "A must be batches of square matrices, but they are \(rows) by \(columns) matrices")
    }
    guard try rows == extent(b, -2) else {
      throw BackplaneError(
        .shape,
        "Incompatible matrix sizes for \(function): each A matrix is \(rows) by \(columns) but each b matrix is "
          + "\(try extent(b, -2)) by \(try extent(b, -1))")
    }
    try requireFloatOrComplex(a, function)
  }
}

extension Tensor {
  /// The X with A X = self, of the factor that ``Linalg/cholesky(_:upper:)`` gives of A. The factor's other triangle is
  /// not read, and its gradient is 0 there; PyTorch's is that of a full matrix.
  public func choleskySolve(_ factor: Tensor, upper: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.choleskySolve(self, factor, upper: upper) }
  }
  /// The inverse of the matrix of which this is the factor that ``Linalg/cholesky(_:upper:)`` gives. As in
  /// ``choleskySolve(_:upper:)`` the other triangle has no gradient.
  public func choleskyInverse(upper: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.choleskyInverse(self, upper: upper) }
  }
  /// The X with A X = self for a triangular A, and A: the older spelling of
  /// ``Linalg/solveTriangular(_:_:upper:left:unitriangular:)``.
  public func triangularSolve(
    _ a: Tensor, upper: Bool = true, transpose: Bool = false, unitriangular: Bool = false
  ) -> (solution: Tensor, clonedCoefficient: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let (x, a) = try Ops.triangularSolve(
        self, a, upper: upper, transposed: transpose, unitDiagonal: unitriangular)
      return (x, a)
    }
  }
}
