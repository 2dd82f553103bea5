/// What undoes poolings to maxima over 1, 2 and 3 dimensions.
open class MaxUnpoolNd: Module {
  /// The extents of the windows.
  public let kernelSize: [Int]
  /// From window to window, the distance.
  public let stride: [Int]
  /// How far windows reach beyond both sides.
  public let padding: [Int]

  init(
    kernelSize: some SpatialExtents, stride: (any SpatialExtents)?, padding: some SpatialExtents, dimensions: Int,
    _ name: String
  ) {
    self.kernelSize = kernelSize.each(dimensions, "kernel_size", name)
    self.stride = stride?.each(dimensions, "stride", name) ?? self.kernelSize
    self.padding = padding.each(dimensions, "padding", name)
  }

  /// The values of a pooling at the positions of its indices, and zeros elsewhere.
  ///
  /// - Parameter outputSize: The extents of the result, where several give the same pooling.
  public func callAsFunction(_ x: Tensor, _ indices: Tensor, outputSize: [Int]? = nil) -> Tensor {
    callWithHooks(x, indices) { unpooled($0, $1, outputSize) }
  }

  func unpooled(_ x: Tensor, _ indices: Tensor, _ outputSize: [Int]?) -> Tensor { x }

  open override var extraDescription: String {
    "kernel_size=\(OptionText.tuple(kernelSize)), stride=\(OptionText.tuple(stride)), "
      + "padding=\(OptionText.tuple(padding))"
  }
}

/// Undoes ``MaxPool1d``: its values at the positions of its indices, and zeros elsewhere.
///
/// ```swift
/// let (y, indices) = MaxPool1d(2).withIndices(Tensor.rand([1, 1, 8]))
/// MaxUnpool1d(2)(y, indices).shape  // [1, 1, 8]
/// ```
///
/// Takes two tensors of (N, C, …) or (C, …): the values and their positions in the flattened spatial dimensions.
public final class MaxUnpool1d: MaxUnpoolNd {
  /// Makes a layer for the poolings of these options.
  ///
  /// - Parameter stride: From window to window; by default the windows' size.
  public init(
    _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0
  ) {
    super.init(kernelSize: kernelSize, stride: stride, padding: padding, dimensions: 1, "MaxUnpool1d")
  }

  override func unpooled(_ x: Tensor, _ indices: Tensor, _ outputSize: [Int]?) -> Tensor {
    Functional.maxUnpool1d(x, indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
  }
}

/// Undoes ``MaxPool2d``: its values at the positions of its indices, and zeros elsewhere.
///
/// ```swift
/// let (y, indices) = MaxPool2d(2).withIndices(Tensor.rand([1, 1, 8, 8]))
/// MaxUnpool2d(2)(y, indices).shape  // [1, 1, 8, 8]
/// ```
///
/// Takes two tensors of (N, C, …) or (C, …): the values and their positions in the flattened spatial dimensions.
public final class MaxUnpool2d: MaxUnpoolNd {
  /// Makes a layer for the poolings of these options.
  ///
  /// - Parameter stride: From window to window; by default the windows' size.
  public init(
    _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0
  ) {
    super.init(kernelSize: kernelSize, stride: stride, padding: padding, dimensions: 2, "MaxUnpool2d")
  }

  override func unpooled(_ x: Tensor, _ indices: Tensor, _ outputSize: [Int]?) -> Tensor {
    Functional.maxUnpool2d(x, indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
  }
}

/// Undoes ``MaxPool3d``: its values at the positions of its indices, and zeros elsewhere.
///
/// ```swift
/// let (y, indices) = MaxPool3d(2).withIndices(Tensor.rand([1, 1, 8, 8, 8]))
/// MaxUnpool3d(2)(y, indices).shape  // [1, 1, 8, 8, 8]
/// ```
///
/// Takes two tensors of (N, C, …) or (C, …): the values and their positions in the flattened spatial dimensions.
public final class MaxUnpool3d: MaxUnpoolNd {
  /// Makes a layer for the poolings of these options.
  ///
  /// - Parameter stride: From window to window; by default the windows' size.
  public init(
    _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0
  ) {
    super.init(kernelSize: kernelSize, stride: stride, padding: padding, dimensions: 3, "MaxUnpool3d")
  }

  override func unpooled(_ x: Tensor, _ indices: Tensor, _ outputSize: [Int]?) -> Tensor {
    Functional.maxUnpool3d(x, indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
  }
}
