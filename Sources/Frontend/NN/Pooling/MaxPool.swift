/// What poolings to maxima over 1, 2 and 3 dimensions have in common.
open class MaxPoolNd: Module {
  /// The extents of the windows: one number for all dimensions, or one for each.
  public let kernelSize: [Int]
  /// From window to window, the distance.
  public let stride: [Int]
  /// How far windows reach beyond both sides.
  public let padding: [Int]
  /// The distance of a window's elements.
  public let dilation: [Int]
  /// Whether a call by name gives the positions of the maxima too, as ``withIndices(_:)`` does.
  public let returnIndices: Bool
  /// Whether a last window may reach beyond the end.
  public let ceilMode: Bool

  init(
    windows kernelSize: some SpatialExtents, stride: (any SpatialExtents)?, padding: some SpatialExtents,
    dilation: some SpatialExtents, returnIndices: Bool, ceilMode: Bool
  ) {
    self.kernelSize = kernelSize.spatialExtents
    self.stride = stride?.spatialExtents ?? kernelSize.spatialExtents
    self.padding = padding.spatialExtents
    self.dilation = dilation.spatialExtents
    self.returnIndices = returnIndices
    self.ceilMode = ceilMode
  }

  /// The maxima of an input's windows, and for each its position in the flattened spatial dimensions.
  ///
  /// ```swift
  /// let (y, indices) = MaxPool2d(2).withIndices(images)
  /// MaxUnpool2d(2)(y, indices)  // the maxima of the images, and zeros
  /// ```
  public func withIndices(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    let results = callWithHooks([x]) {
      let (values, indices) = maxima($0[0])
      return [values, indices]
    }
    return (results[0], results[1])
  }

  func maxima(_ x: Tensor) -> (values: Tensor, indices: Tensor) { (x, x) }

  open override var extraDescription: String {
    "kernel_size=\(OptionText.extents(kernelSize)), stride=\(OptionText.extents(stride)), "
      + "padding=\(OptionText.extents(padding)), dilation=\(OptionText.extents(dilation)), "
      + "ceil_mode=\(OptionText.of(ceilMode))"
  }
}

/// The maxima of windows over one dimension.
///
/// ```swift
/// MaxPool1d(3, stride: 2)(Tensor.zeros([20, 16, 50])).shape  // [20, 16, 24]
/// ```
///
/// Takes (N, C, L) or (C, L). ``MaxPoolNd/withIndices(_:)`` gives the positions of the maxima too.
open class MaxPool1d: MaxPoolNd {
  /// Makes a layer with windows of a size.
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - returnIndices: Whether a call by name gives positions too.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  public init(
    _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0,
    dilation: some SpatialExtents = 1, returnIndices: Bool = false, ceilMode: Bool = false
  ) {
    super.init(
      windows: kernelSize, stride: stride, padding: padding, dilation: dilation, returnIndices: returnIndices,
      ceilMode: ceilMode)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    Functional.maxPool1d(x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }

  override func maxima(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    Functional.maxPool1dWithIndices(
      x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

/// The maxima of windows over two dimensions.
///
/// ```swift
/// MaxPool2d(3, stride: 2)(Tensor.zeros([20, 16, 50, 32])).shape  // [20, 16, 24, 15]
/// ```
///
/// Takes (N, C, H, W) or (C, H, W). ``MaxPoolNd/withIndices(_:)`` gives the positions of the maxima too.
open class MaxPool2d: MaxPoolNd {
  /// Makes a layer with windows of a size.
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - returnIndices: Whether a call by name gives positions too.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  public init(
    _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0,
    dilation: some SpatialExtents = 1, returnIndices: Bool = false, ceilMode: Bool = false
  ) {
    super.init(
      windows: kernelSize, stride: stride, padding: padding, dilation: dilation, returnIndices: returnIndices,
      ceilMode: ceilMode)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    Functional.maxPool2d(x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }

  override func maxima(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    Functional.maxPool2dWithIndices(
      x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

/// The maxima of windows over three dimensions.
///
/// ```swift
/// MaxPool3d(3, stride: 2)(Tensor.zeros([20, 16, 50, 44, 31])).shape  // [20, 16, 24, 21, 15]
/// ```
///
/// Takes (N, C, D, H, W) or (C, D, H, W). ``MaxPoolNd/withIndices(_:)`` gives the positions of the maxima too.
open class MaxPool3d: MaxPoolNd {
  /// Makes a layer with windows of a size.
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - returnIndices: Whether a call by name gives positions too.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  public init(
    _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0,
    dilation: some SpatialExtents = 1, returnIndices: Bool = false, ceilMode: Bool = false
  ) {
    super.init(
      windows: kernelSize, stride: stride, padding: padding, dilation: dilation, returnIndices: returnIndices,
      ceilMode: ceilMode)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    Functional.maxPool3d(x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }

  override func maxima(_ x: Tensor) -> (values: Tensor, indices: Tensor) {
    Functional.maxPool3dWithIndices(
      x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}
