/// What the packed factors of an LU factorization are good for.
extension Ops {
  /// A X = B, Aᴴ X = B if `adjoint`, X A = B if not `left`, from A's factors and the exchanges of rows, counted from 1.
  static func luSolve(
    _ lu: Tensor, _ pivots: Tensor, _ b: Tensor, left: Bool, adjoint isAdjoint: Bool
  ) throws(BackplaneError) -> Tensor {
    let function = "linalg.lu_solve"
    try requireFloatOrComplex(lu, function)
    try requireSquare(lu, "torch.\(function)")
    try requireMatrix(b, function, "B")
    guard lu.dtype == b.dtype else {
      throw BackplaneError(
        .dtype,
        "\(function): Expected LU and B to have the same dtype, but found LU of type \(lu.dtype.scalarName) and B of "
          + "type \(b.dtype.scalarName) instead")
    }
    try requireSameDevice([lu, pivots, b])
    guard pivots.dtype == .int32 || pivots.dtype == .int64 else {
      throw BackplaneError(.dtype, "\(function): pivots should be a Tensor of scalar type torch.int32")
    }
    guard pivots.layout.rank > 0, try extent(pivots, -1) == extent(lu, -1) else {
      throw BackplaneError(
        .shape, "\(function): Number of pivots per batch should be same as the dimension of the matrix")
    }
    guard Array(pivots.layout.shape.dropLast()) == batchShape(lu) else {
      throw BackplaneError(
        .shape,
        "\(function): Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape \(pivots.shape) "
          + "instead")
    }
    guard try extent(b, left ? -2 : -1) == extent(lu, -1) else {
      throw BackplaneError(
        .shape,
        "\(function): Incompatible shapes of A and B for the equation \(left ? "AX = B" : "XA = B") "
          + "(\(try extent(lu, -2))x\(try extent(lu, -1)) and \(try extent(b, -2))x\(try extent(b, -1)))")
    }
    let order = try RowOrder(exchanges(pivots, rows: extent(lu, -2), "lu_solve"), rows: extent(lu, -1))
    // X A = B is Aᴴ Xᴴ = Bᴴ.
    if left { return try applyInverse(lu, order, b, adjoint: isAdjoint) }
    return try adjoint(applyInverse(lu, order, adjoint(b), adjoint: !isAdjoint))
  }

  /// P, L and U of packed factors; empty ones for what is not asked for.
  static func luUnpack(
    _ lu: Tensor, _ pivots: Tensor, data unpacksData: Bool, pivots unpacksPivots: Bool
  ) throws(BackplaneError) -> (p: Tensor, l: Tensor, u: Tensor) {
    try requirePackable(lu, "torch.lu_unpack")
    try requireSameDevice([lu, pivots])
    guard !unpacksPivots || pivots.dtype == .int32 else {
      throw BackplaneError(
        .dtype,
        "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this function is "
          + "intended to be used with the output produced by torch.linalg.lu_factor")
    }
    let expected = try batchShape(lu) + [Swift.min(extent(lu, -2), extent(lu, -1))]
    guard !unpacksPivots || pivots.layout.shape == expected else {
      throw BackplaneError(
        .shape, "Expected LU_pivots to have shape \(expected) but got \(pivots.shape) instead.")
    }
    let nothing = try zeros([0], like: lu)
    guard unpacksPivots else {
      let (l, u) = try triangles(lu)
      return unpacksData ? (nothing, l, u) : (nothing, nothing, nothing)
    }
    let zeroBased = try exchanges(pivots, rows: extent(lu, -2), "lu_unpack")
    let p = try permutation(zeroBased, like: lu)
    guard unpacksData else { return (p, nothing, nothing) }
    let (l, u) = try triangles(lu)
    return (p, l, u)
  }

  /// The exchanges counted from 0, of which each is a row.
  private static func exchanges(_ pivots: Tensor, rows: Int, _ function: String) throws(BackplaneError) -> Tensor {
    let zeroBased = try sub(cast(pivots, .int64), .int(1))
    if zeroBased.numel > 0 {
      let least = try item(extreme(.min, zeroBased, nil, keepDim: false)).int64
      let greatest = try item(extreme(.max, zeroBased, nil, keepDim: false)).int64
      let isLow = least < 0, isHigh = greatest >= Int64(rows)
      if function == "lu_unpack", isLow || isHigh {
        throw BackplaneError(
          .value,
          "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.Did you properly pass the result of "
            + "lu_factor?")
      }
      guard !isLow, !isHigh else {
        throw BackplaneError(
          .value,
          "Pivots given to \(function) must all be "
            + (isLow ? "greater or equal to 1" : "smaller or equal to LU.size(-2)")
            + ". Did you properly pass the result of lu_factor?")
      }
    }
    return zeroBased
  }

  /// `torch.lu`: the packed factors, the exchanges counted from 1, and what is wrong with each matrix.
  static func lu(_ a: Tensor) throws(BackplaneError) -> (lu: Tensor, pivots: Tensor, info: Tensor) {
    try requirePackable(a, "torch.lu_factor")
    return try linalgLUFactor(a)
  }

  private static func requirePackable(_ a: Tensor, _ function: String) throws(BackplaneError) {
    guard a.layout.rank >= 2 else {
      throw BackplaneError(
        .shape, "\(function): Expected tensor with 2 or more dimensions. Got size: \(a.shape) instead")
    }
  }
}

extension Tensor {
  /// L and U in one matrix, and the exchanges of rows, counted from 1: ``Linalg/luFactor(_:)``, also of matrices that are
  /// singular.
  public func lu() -> (lu: Tensor, pivots: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let (lu, pivots, _) = try Ops.lu(self)
      return (lu, pivots)
    }
  }
  /// X with A X = self, of the factors that ``lu()`` gives of A.
  public func luSolve(_ lu: Tensor, _ pivots: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.luSolve(lu, pivots, self, left: true, adjoint: false) }
  }
}

/// P, L and U of the packed factors that ``Tensor/lu()`` gives: A = P L U. What is not asked for is empty.
public func luUnpack(
  _ lu: Tensor, _ pivots: Tensor, unpackData: Bool = true, unpackPivots: Bool = true
) -> (p: Tensor, l: Tensor, u: Tensor) {
  funnel(or: (.invalid, .invalid, .invalid)) { () throws(BackplaneError) in
    try Ops.luUnpack(lu, pivots, data: unpackData, pivots: unpackPivots)
  }
}
