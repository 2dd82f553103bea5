/// Copies of a tensor in which the elements of a view of it are replaced.
extension Ops {
  /// - Parameter view: The part that is replaced, of a tensor like x.
  private static func replacing(
    _ operation: String, _ x: Tensor, _ source: Tensor, _ view: (Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    try requireSameDevice([x, source])
    let result = try clone(x)
    let target = try view(result)
    guard source.layout.hasSameShape(as: target.layout) else {
      throw BackplaneError(
        .shape,
        "expected src to have a size equal to the \(operation) of self. src size = \(source.shape), \(operation) size = "
          + "\(target.shape)")
    }
    try copy(source, into: target)
    return result
  }

  static func selectScatter(
    _ x: Tensor, _ source: Tensor, _ dim: Int, _ index: Int
  ) throws(BackplaneError) -> Tensor {
    try replacing("slice", x, source) { y throws(BackplaneError) in
      try select(y, dim, index, reportedAs: dim)
    }
  }

  static func sliceScatter(
    _ x: Tensor, _ source: Tensor, _ dim: Int, _ start: Int?, _ end: Int?, step: Int
  ) throws(BackplaneError) -> Tensor {
    try replacing("slice", x, source) { y throws(BackplaneError) in try slice(y, dim, start, end, step: step) }
  }

  static func diagonalScatter(
    _ x: Tensor, _ source: Tensor, _ offset: Int, _ dim1: Int, _ dim2: Int
  ) throws(BackplaneError) -> Tensor {
    try replacing("diagonal", x, source) { y throws(BackplaneError) in
      try diagonalView(y, offset: offset, dim1, dim2)
    }
  }

  static func asStridedScatter(
    _ x: Tensor, _ source: Tensor, _ shape: [Int], _ strides: [Int], offset: Int?
  ) throws(BackplaneError) -> Tensor {
    try replacing("slice", x, source) { y throws(BackplaneError) in
      try asStrided(
        y, shape, strides,
        offset: offset.map { offset throws(BackplaneError) in
          try Sizes.subtract(offset, x.storageOffset, in: "as_strided_scatter")
        })
    }
  }
}

extension Tensor {
  /// A copy in which one element of a dimension is replaced by `source`.
  public func selectScatter(_ source: Tensor, _ dim: Int, _ index: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.selectScatter(self, source, dim, index) }
  }
  /// A copy in which elements start, start + step, … of a dimension are replaced by `source`.
  public func sliceScatter(
    _ source: Tensor, dim: Int = 0, start: Int? = nil, end: Int? = nil, step: Int = 1
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.sliceScatter(self, source, dim, start, end, step: step) }
  }
  /// A copy in which the diagonal of two dimensions is replaced by `source`.
  public func diagonalScatter(_ source: Tensor, offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.diagonalScatter(self, source, offset, dim1, dim2) }
  }
  /// A copy in which the elements that ``asStrided(_:_:storageOffset:)`` reaches are replaced by `source`.
  public func asStridedScatter(
    _ source: Tensor, _ shape: [Int], _ strides: [Int], storageOffset: Int? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.asStridedScatter(self, source, shape, strides, offset: storageOffset)
    }
  }
}
