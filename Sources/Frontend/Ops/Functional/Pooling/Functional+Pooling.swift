extension Functional {
  /// The means of windows over (N, C, L) or (C, L).
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  ///   - countIncludePad: Whether zeros of the padding count as elements.
  public static func avgPool1d(
    _ x: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, ceilMode: Bool = false, countIncludePad: Bool = true
  ) -> Tensor {
    averagePool(x, kernelSize, stride, padding, ceilMode, countIncludePad, nil, 1)
  }

  /// The means of windows over (N, C, H, W) or (C, H, W).
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  ///   - countIncludePad: Whether zeros of the padding count as elements.
  ///   - divisorOverride: What sums are divided by, instead of the number of elements.
  public static func avgPool2d(
    _ x: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) -> Tensor {
    averagePool(x, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride, 2)
  }

  /// The means of windows over (N, C, D, H, W) or (C, D, H, W).
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  ///   - countIncludePad: Whether zeros of the padding count as elements.
  ///   - divisorOverride: What sums are divided by, instead of the number of elements.
  public static func avgPool3d(
    _ x: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) -> Tensor {
    averagePool(x, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride, 3)
  }

  /// The maxima of windows over (N, C, L) or (C, L).
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  public static func maxPool1d(
    _ x: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, dilation: some SpatialExtents = 1, ceilMode: Bool = false
  ) -> Tensor {
    maxPool(x, kernelSize, stride, padding, dilation, ceilMode, 1, wantsIndices: false).values
  }

  /// The maxima of ``maxPool1d(_:_:stride:padding:dilation:ceilMode:)``, and for each its position in the flattened
  /// spatial dimensions.
  public static func maxPool1dWithIndices(
    _ x: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, dilation: some SpatialExtents = 1, ceilMode: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    maxPool(x, kernelSize, stride, padding, dilation, ceilMode, 1)
  }

  /// The maxima of windows over (N, C, H, W) or (C, H, W).
  ///
  /// ```swift
  /// let y = F.maxPool2d(x, 2)  // half the height and width
  /// ```
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  public static func maxPool2d(
    _ x: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, dilation: some SpatialExtents = 1, ceilMode: Bool = false
  ) -> Tensor {
    maxPool(x, kernelSize, stride, padding, dilation, ceilMode, 2, wantsIndices: false).values
  }

  /// The maxima of ``maxPool2d(_:_:stride:padding:dilation:ceilMode:)``, and for each its position in the flattened
  /// spatial dimensions.
  public static func maxPool2dWithIndices(
    _ x: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, dilation: some SpatialExtents = 1, ceilMode: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    maxPool(x, kernelSize, stride, padding, dilation, ceilMode, 2)
  }

  /// The maxima of windows over (N, C, D, H, W) or (C, D, H, W).
  ///
  /// - Parameters:
  ///   - stride: From window to window; by default the windows' size.
  ///   - ceilMode: Whether a last window may reach beyond the end.
  public static func maxPool3d(
    _ x: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, dilation: some SpatialExtents = 1, ceilMode: Bool = false
  ) -> Tensor {
    maxPool(x, kernelSize, stride, padding, dilation, ceilMode, 3, wantsIndices: false).values
  }

  /// The maxima of ``maxPool3d(_:_:stride:padding:dilation:ceilMode:)``, and for each its position in the flattened
  /// spatial dimensions.
  public static func maxPool3dWithIndices(
    _ x: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, dilation: some SpatialExtents = 1, ceilMode: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    maxPool(x, kernelSize, stride, padding, dilation, ceilMode, 3)
  }

  private static func averagePool(
    _ x: Tensor, _ kernel: some SpatialExtents, _ stride: (any SpatialExtents)?, _ padding: some SpatialExtents,
    _ ceilMode: Bool, _ countIncludePad: Bool, _ divisor: Int?, _ dimensions: Int
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.averagePool(
        x, kernel.spatialExtents, stride?.spatialExtents, padding.spatialExtents, ceilMode: ceilMode,
        countIncludePad: countIncludePad, divisor: divisor, dimensions: dimensions)
    }
  }

  private static func maxPool(
    _ x: Tensor, _ kernel: some SpatialExtents, _ stride: (any SpatialExtents)?, _ padding: some SpatialExtents,
    _ dilation: some SpatialExtents, _ ceilMode: Bool, _ dimensions: Int, wantsIndices: Bool = true
  ) -> (values: Tensor, indices: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let (values, indices) = try Ops.maxPool(
        x, kernel.spatialExtents, stride?.spatialExtents, padding.spatialExtents, dilation.spatialExtents,
        ceilMode: ceilMode, dimensions: dimensions, wantsIndices: wantsIndices)
      return (values, indices ?? .invalid)
    }
  }
}
