/// Joining that first brings tensors to a least number of dimensions.
extension Ops {
  /// The tensor with at least `rank` dimensions, as views: 1 the vector of a number, 2 the row of a vector, 3 the matrix
  /// as [rows, columns, 1].
  static func atLeast(_ rank: Int, _ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.layout.rank < rank else { return x }
    switch (rank, x.layout.rank) {
    case (1, _): return try reshape(x, [1])
    case (2, 0): return try reshape(x, [1, 1])
    case (2, _): return try unsqueeze(x, 0)
    case (_, 0): return try reshape(x, [1, 1, 1])
    case (_, 1): return try unsqueeze(unsqueeze(x, 0), -1)
    default: return try unsqueeze(x, -1)
    }
  }

  private static func atLeast(
    _ rank: Int, _ tensors: [Tensor], _ operation: String
  ) throws(BackplaneError) -> [Tensor] {
    guard !tensors.isEmpty else {
      throw BackplaneError(.value, "\(operation) expects a non-empty TensorList")
    }
    var result: [Tensor] = []
    for x in tensors { result.append(try atLeast(rank, x)) }
    return result
  }

  static func hstack(_ tensors: [Tensor]) throws(BackplaneError) -> Tensor {
    let parts = try atLeast(1, tensors, "hstack")
    return try cat(parts, parts[0].layout.rank == 1 ? 0 : 1)
  }

  static func vstack(_ tensors: [Tensor]) throws(BackplaneError) -> Tensor {
    try cat(atLeast(2, tensors, "vstack"), 0)
  }

  static func dstack(_ tensors: [Tensor]) throws(BackplaneError) -> Tensor {
    try cat(atLeast(3, tensors, "dstack"), 2)
  }

  static func columnStack(_ tensors: [Tensor]) throws(BackplaneError) -> Tensor {
    guard !tensors.isEmpty else {
      throw BackplaneError(.value, "column_stack expects a non-empty TensorList")
    }
    var columns: [Tensor] = []
    for x in tensors { columns.append(try x.layout.rank < 2 ? reshape(x, [x.numel, 1]) : x) }
    return try hstack(columns)
  }
}

/// The tensor with at least one dimension.
public func atleast1d(_ x: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.atLeast(1, x) } }
/// The tensor with at least two dimensions; a vector becomes a row.
public func atleast2d(_ x: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.atLeast(2, x) } }
/// The tensor with at least three dimensions; a matrix becomes [rows, columns, 1].
public func atleast3d(_ x: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.atLeast(3, x) } }

/// Tensors side by side: joined along dimension 1, vectors along their only one.
public func hstack(_ tensors: [Tensor]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.hstack(tensors) } }
/// Tensors one above the other: joined along dimension 0, vectors as rows.
public func vstack(_ tensors: [Tensor]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.vstack(tensors) } }
/// Tensors one above the other: joined along dimension 0, vectors as rows. ``vstack(_:)`` by another name.
public func rowStack(_ tensors: [Tensor]) -> Tensor { vstack(tensors) }
/// Tensors one behind the other: joined along dimension 2.
public func dstack(_ tensors: [Tensor]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.dstack(tensors) } }
/// Vectors as the columns of a matrix, matrices side by side.
public func columnStack(_ tensors: [Tensor]) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.columnStack(tensors) }
}
