/// What poolings to means over 1, 2 and 3 dimensions have in common.
open class AvgPoolNd: Module {
  /// The extents of the windows: one number for all dimensions, or one for each.
  public let kernelSize: [Int]
  /// From window to window, the distance.
  public let stride: [Int]
  /// How far windows reach beyond both sides.
  public let padding: [Int]
  /// Whether a last window may reach beyond the end.
  public let ceilMode: Bool
  /// Whether zeros of the padding count as elements.
  public let countIncludePad: Bool

  init(
    windows kernelSize: some SpatialExtents, stride: (any SpatialExtents)?, padding: some SpatialExtents,
    ceilMode: Bool,
    countIncludePad: Bool
  ) {
    self.kernelSize = kernelSize.spatialExtents
    self.stride = stride?.spatialExtents ?? kernelSize.spatialExtents
    self.padding = padding.spatialExtents
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
  }

  open override var extraDescription: String {
    "kernel_size=\(OptionText.extents(kernelSize)), stride=\(OptionText.extents(stride)), "
      + "padding=\(OptionText.extents(padding))"
  }
}

/// The means of windows over one dimension.
///
/// ```swift
/// AvgPool1d(3, stride: 2)(Tensor.zeros([20, 16, 50])).shape  // [20, 16, 24]
/// ```
///
/// Takes (N, C, L) or (C, L).
open class AvgPool1d: AvgPoolNd {
  /// Makes a layer with windows of a size.
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  ///   - countIncludePad: Whether zeros of the padding count as elements.
  public init(
    _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0,
    ceilMode: Bool = false, countIncludePad: Bool = true
  ) {
    super.init(
      windows: kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    Functional.avgPool1d(
      x, kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
  }

  open override var extraDescription: String {
    "kernel_size=\(OptionText.tuple(kernelSize)), stride=\(OptionText.tuple(stride)), "
      + "padding=\(OptionText.tuple(padding))"
  }
}

/// The means of windows over two dimensions.
///
/// ```swift
/// AvgPool2d(3, stride: 2)(Tensor.zeros([20, 16, 50, 32])).shape  // [20, 16, 24, 15]
/// ```
///
/// Takes (N, C, H, W) or (C, H, W).
open class AvgPool2d: AvgPoolNd {
  /// What sums are divided by instead of the number of elements, or nil.
  public let divisorOverride: Int?

  /// Makes a layer with windows of a size.
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  ///   - countIncludePad: Whether zeros of the padding count as elements.
  ///   - divisorOverride: What sums are divided by, instead of the number of elements.
  public init(
    _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0,
    ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    self.divisorOverride = divisorOverride
    super.init(
      windows: kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    Functional.avgPool2d(
      x, kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
      divisorOverride: divisorOverride)
  }
}

/// The means of windows over three dimensions.
///
/// ```swift
/// AvgPool3d(3, stride: 2)(Tensor.zeros([20, 16, 50, 44, 31])).shape  // [20, 16, 24, 21, 15]
/// ```
///
/// Takes (N, C, D, H, W) or (C, D, H, W).
open class AvgPool3d: AvgPoolNd {
  /// What sums are divided by instead of the number of elements, or nil.
  public let divisorOverride: Int?

  /// Makes a layer with windows of a size.
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  ///   - countIncludePad: Whether zeros of the padding count as elements.
  ///   - divisorOverride: What sums are divided by, instead of the number of elements.
  public init(
    _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0,
    ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    self.divisorOverride = divisorOverride
    super.init(
      windows: kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    Functional.avgPool3d(
      x, kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
      divisorOverride: divisorOverride)
  }
}
