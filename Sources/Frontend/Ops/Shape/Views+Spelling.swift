extension Tensor {
  /// The elements in another shape, without a copy; one extent may be −1. Where strides forbid a view it is an error.
  public func view(_ shape: [Int]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.view(self, shape) } }
  /// The elements in another shape, without a copy; one extent may be −1. Where strides forbid a view it is an error.
  public func view(_ shape: Int...) -> Tensor { view(shape) }
  /// The elements in another shape: a view where possible, else a copy. One extent may be −1.
  ///
  /// ```swift
  /// Tensor.arange(6).reshape([2, -1])  // [[0, 1, 2], [3, 4, 5]]
  /// ```
  public func reshape(_ shape: [Int]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.reshape(self, shape) } }
  /// The elements in another shape: a view where possible, else a copy. One extent may be −1.
  public func reshape(_ shape: Int...) -> Tensor { reshape(shape) }
  /// The dimensions from `startDim` through `endDim` as one.
  ///
  /// ```swift
  /// images.flatten(1)  // (N, C, H, W) as (N, C · H · W)
  /// ```
  public func flatten(startDim: Int = 0, endDim: Int = -1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.flatten(self, startDim, endDim) }
  }
  /// A view of the storage under any shape and strides, `storageOffset` elements from its beginning (default: where this
  /// tensor begins). Several of its elements may be one in memory.
  ///
  /// ```swift
  /// Tensor.arange(5).asStrided([3, 2], [1, 1])  // pairs of neighbours: [[0, 1], [1, 2], [2, 3]]
  /// ```
  public func asStrided(_ shape: [Int], _ strides: [Int], storageOffset: Int? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.asStrided(self, shape, strides, offset: storageOffset) }
  }
  /// The dimensions in another order, as a view.
  ///
  /// ```swift
  /// images.permute([0, 3, 1, 2])  // (N, H, W, C) as (N, C, H, W)
  /// ```
  public func permute(_ dims: [Int]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.permute(self, dims) } }
  /// The dimensions in another order, as a view.
  public func permute(_ dims: Int...) -> Tensor { permute(dims) }
  /// The tensor with two dimensions exchanged, as a view.
  public func transpose(_ dim0: Int, _ dim1: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.transpose(self, dim0, dim1) }
  }
  /// The tensor with a new dimension of extent 1 at a place, which may be counted from the back; a view.
  public func unsqueeze(_ dim: Int) -> Tensor { funnel { () throws(BackplaneError) in try Ops.unsqueeze(self, dim) } }
  /// The tensor without its dimensions of extent 1; a view.
  public func squeeze() -> Tensor { funnel { () throws(BackplaneError) in try Ops.squeeze(self, dims: nil) } }
  /// The tensor without those of the dimensions whose extent is 1; a view.
  public func squeeze(_ dims: [Int]) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.squeeze(self, dims: dims) }
  }
  /// The tensor without the dimension if its extent is 1; a view.
  public func squeeze(_ dim: Int) -> Tensor { funnel { () throws(BackplaneError) in try Ops.squeeze(self, dim) } }
  /// Dimensions of extent 1 repeated to a larger shape, without a copy; −1 keeps an extent.
  public func expand(_ shape: [Int]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.expand(self, shape) } }
  /// Dimensions of extent 1 repeated to a larger shape, without a copy; −1 keeps an extent.
  public func expand(_ shape: Int...) -> Tensor { expand(shape) }
  /// The `length` slices of a dimension from `start` on, as a view.
  public func narrow(_ dim: Int, _ start: Int, _ length: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.narrow(self, dim, start, length) }
  }
  /// The slice at one position of a dimension, which goes away; a view.
  public func select(_ dim: Int, _ index: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.select(self, dim, index) }
  }
  /// The slices start, start + step, … up to `end` of a dimension, as a view; bounds may count from the back and are
  /// clipped.
  public func slice(_ dim: Int = 0, _ start: Int? = nil, _ end: Int? = nil, step: Int = 1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.slice(self, dim, start, end, step: step) }
  }
  /// A dimension as several, whose extents multiply to its own; one may be −1.
  ///
  /// ```swift
  /// Tensor.arange(6).unflatten(0, [2, -1])  // [[0, 1, 2], [3, 4, 5]]
  /// ```
  public func unflatten(_ dim: Int, _ sizes: [Int]) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.unflatten(self, dim, sizes) }
  }
  /// The elements as a vector: a view where possible.
  public func ravel() -> Tensor { funnel { () throws(BackplaneError) in try Ops.reshape(Ops.contiguous(self), [-1]) } }
  /// The elements in the shape of another tensor: a view where possible.
  public func reshapeAs(_ other: Tensor) -> Tensor { reshape(other.layout.shape) }
  /// The elements in the shape of another tensor, without a copy.
  public func viewAs(_ other: Tensor) -> Tensor { view(other.layout.shape) }
  /// Windows of `size` elements along a dimension, `step` apart, as a new last dimension; they may overlap, and nothing
  /// is copied.
  ///
  /// ```swift
  /// Tensor.arange(5).unfold(0, 3, 1)  // [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
  /// ```
  public func unfold(_ dim: Int, _ size: Int, _ step: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.unfold(self, dim, size, step) }
  }
  /// The diagonal of two dimensions, as the last dimension of a view. `offset` counts to the right of the main diagonal.
  public func diagonal(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.diagonalView(self, offset: offset, dim1, dim2) }
  }
}
