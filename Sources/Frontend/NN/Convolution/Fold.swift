/// The windows over the last two dimensions as columns.
///
/// ```swift
/// Unfold([2, 3])(Tensor.zeros([2, 5, 3, 4])).shape  // [2, 30, 4]
/// ```
///
/// Takes (N, C, H, W) or (C, H, W) and gives (N, C · k₀ · k₁, windows) or (C · k₀ · k₁, windows).
public final class Unfold: Module {
  /// The extents of the windows: one number for both dimensions, or one for each.
  public let kernelSize: [Int]
  /// The distance of a window's elements.
  public let dilation: [Int]
  /// The zeros on both sides.
  public let padding: [Int]
  /// The distance from window to window.
  public let stride: [Int]

  /// Makes a layer that lays out windows of a size.
  public init(
    _ kernelSize: some SpatialExtents, dilation: some SpatialExtents = 1, padding: some SpatialExtents = 0,
    stride: some SpatialExtents = 1
  ) {
    self.kernelSize = kernelSize.spatialExtents
    self.dilation = dilation.spatialExtents
    self.padding = padding.spatialExtents
    self.stride = stride.spatialExtents
  }

  public override func forward(_ x: Tensor) -> Tensor {
    Functional.unfold(x, kernelSize, dilation: dilation, padding: padding, stride: stride)
  }

  public override var extraDescription: String {
    "kernel_size=\(OptionText.extents(kernelSize)), dilation=\(OptionText.extents(dilation)), "
      + "padding=\(OptionText.extents(padding)), stride=\(OptionText.extents(stride))"
  }
}

/// The sum of columns, as ``Unfold`` gives them, each in the place of its window.
///
/// ```swift
/// Fold([4, 5], [2, 2])(Tensor.zeros([1, 12, 12])).shape  // [1, 3, 4, 5]
/// ```
///
/// Takes (N, C · k₀ · k₁, windows) or (C · k₀ · k₁, windows) and gives (N, C, H, W) or (C, H, W).
public final class Fold: Module {
  /// The last two extents of results: one number for both, or one for each.
  public let outputSize: [Int]
  /// The extents of the windows: one number for both dimensions, or one for each.
  public let kernelSize: [Int]
  /// The distance of a window's elements.
  public let dilation: [Int]
  /// How far windows reach beyond both sides.
  public let padding: [Int]
  /// The distance from window to window.
  public let stride: [Int]

  /// Makes a layer that puts windows of a size together to results of a size.
  public init(
    _ outputSize: some SpatialExtents, _ kernelSize: some SpatialExtents, dilation: some SpatialExtents = 1,
    padding: some SpatialExtents = 0, stride: some SpatialExtents = 1
  ) {
    self.outputSize = outputSize.spatialExtents
    self.kernelSize = kernelSize.spatialExtents
    self.dilation = dilation.spatialExtents
    self.padding = padding.spatialExtents
    self.stride = stride.spatialExtents
  }

  public override func forward(_ x: Tensor) -> Tensor {
    Functional.fold(x, outputSize, kernelSize, dilation: dilation, padding: padding, stride: stride)
  }

  public override var extraDescription: String {
    "output_size=\(OptionText.extents(outputSize)), kernel_size=\(OptionText.extents(kernelSize)), "
      + "dilation=\(OptionText.extents(dilation)), padding=\(OptionText.extents(padding)), "
      + "stride=\(OptionText.extents(stride))"
  }
}
