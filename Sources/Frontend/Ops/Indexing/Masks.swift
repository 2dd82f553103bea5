/// Elements chosen by conditions. How many there are decides the shape of a result, so these wait for the device.
extension Ops {
  /// The coordinates of the elements that are not zero, as rows.
  static func nonzero(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let columns = try nonzeroColumns(x)
    guard !columns.isEmpty else {
      let count = try truePositions(x).numel
      return try empty([count, 0], .int64, on: x.context)
    }
    return try stack(columns, 1)
  }

  /// The coordinates of the elements that are not zero, a vector for each dimension.
  private static func nonzeroColumns(_ x: Tensor) throws(BackplaneError) -> [Tensor] {
    let mask = try x.dtype == .bool ? x.detach() : compare(.ne, x.detach(), .int(0))
    let positions = try truePositions(mask)
    let shape = x.layout.shape
    var columns: [Tensor] = []
    var rest = positions
    for d in shape.indices.reversed() {
      // The first coordinate is what the others have left.
      let extent = Scalar.int(Int64(shape[d]))
      columns.append(try d == 0 ? rest : binary(.remainder, rest, extent))
      if d > 0 { rest = try binary(.floorDivide, rest, extent) }
    }
    return columns.reversed()
  }

  /// As ``nonzero(_:)``, a vector for each dimension; of a tensor without dimensions, as if it had one.
  static func nonzeroTuple(_ x: Tensor) throws(BackplaneError) -> [Tensor] {
    try nonzeroColumns(atLeastVector(x))
  }

  /// As ``nonzero(_:)`` with a given number of rows: cut off, or filled up with a value.
  static func nonzeroStatic(_ x: Tensor, _ size: Int, _ fill: Int) throws(BackplaneError) -> Tensor {
    guard size >= 0 else {
      throw BackplaneError(.value, "nonzero_static: 'size' must be an non-negative integer")
    }
    let found = try nonzero(x)
    let count = found.layout.elements[0]
    if count >= size { return try clone(narrow(found, 0, 0, size)) }
    let rest = try full(.contiguous([size - count, x.layout.rank]), .int(Int64(fill)), .int64, on: x.context)
    return try cat([found, rest], 0)
  }

  /// The elements where a mask is true, as a vector. The two broadcast.
  static func maskedSelect(_ x: Tensor, _ mask: Tensor) throws(BackplaneError) -> Tensor {
    guard mask.dtype == .bool else {
      throw BackplaneError(.dtype, "masked_select: expected BoolTensor for mask")
    }
    try requireSameDevice([x, mask])
    let shape = try broadcast(x.layout.shape, mask.layout.shape)
    let positions = try truePositions(expand(mask, shape))
    return try indexSelect(reshape(expand(x, shape), [shape.reduce(1, *)]), 0, positions)
  }

  /// x with the elements where a mask is true replaced by the first ones of `source`, in order.
  static func maskedScatter(_ x: Tensor, _ mask: Tensor, _ source: Tensor) throws(BackplaneError) -> Tensor {
    guard mask.dtype == .bool else {
      throw BackplaneError(
        .dtype,
        "masked_scatter_ only supports boolean masks, but got mask with dtype \(mask.dtype.scalarName)")
    }
    guard source.dtype == x.dtype else {
      throw BackplaneError(
        .dtype,
        "masked_scatter: expected self and source to have same dtypes but got \(x.dtype.scalarName) and "
          + source.dtype.scalarName)
    }
    try requireSameDevice([x, mask, source])
    let shape = try broadcast(x.layout.shape, mask.layout.shape)
    let positions = try truePositions(expand(mask, shape))
    guard positions.numel <= source.numel else {
      throw BackplaneError(.shape, "Number of elements of source < number of ones in mask")
    }
    let count = shape.reduce(1, *)
    let values = try narrow(reshape(source, [source.numel]), 0, 0, positions.numel)
    return try reshape(scatter(reshape(expand(x, shape), [count]), 0, positions, values), shape)
  }
}

extension Tensor {
  /// The coordinates of the elements that are not zero, as the rows of an int64 matrix. Waits for the device.
  ///
  /// ```swift
  /// Tensor([[1, 0], [0, 2]]).nonzero()  // [[0, 0], [1, 1]]
  /// ```
  public func nonzero() -> Tensor { funnel { () throws(BackplaneError) in try Ops.nonzero(self) } }
  /// The coordinates of the elements that are not zero, a vector for each dimension: an index that names them.
  public func nonzeroTuple() -> [Tensor] {
    funnel(or: Placeholder.tensors(dim)) { () throws(BackplaneError) in try Ops.nonzeroTuple(self) }
  }
  /// The coordinates of the elements that are not zero, as the rows of an int64 matrix: ``nonzero()`` by NumPy's name.
  public func argwhere() -> Tensor { nonzero() }
  /// The elements where a mask is true, as a vector. The two broadcast. Waits for the device.
  public func maskedSelect(_ mask: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.maskedSelect(self, mask) }
  }
  /// The tensor with the elements where a mask is true replaced by the first ones of `source`, in order.
  public func maskedScatter(_ mask: Tensor, _ source: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.maskedScatter(self, mask, source) }
  }
  /// Replaces the elements where a mask is true by the first ones of `source`, in order, in place.
  @discardableResult
  public func maskedScatter_(_ mask: Tensor, _ source: Tensor) -> Tensor {
    change { (x) throws(BackplaneError) in try Ops.maskedScatter(x, mask, source) }
  }
}

/// The coordinates of the elements where a condition is true, a vector for each dimension.
public func `where`(_ condition: Tensor) -> [Tensor] { condition.nonzeroTuple() }
