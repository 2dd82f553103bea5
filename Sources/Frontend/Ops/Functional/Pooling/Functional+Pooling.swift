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
    funnel { () throws(BackplaneError) in
      let pool = try SlidingPool(
        kernelSize.spatialExtents, stride: stride?.spatialExtents, padding: padding.spatialExtents, ceilMode: ceilMode,
        dimensions: 1, "avg_pool1d")
      return try Ops.averagePool(x, pool, countIncludePad: countIncludePad, divisor: nil, "avg_pool1d")
    }
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
    funnel { () throws(BackplaneError) in
      let pool = try SlidingPool(
        kernelSize.spatialExtents, stride: stride?.spatialExtents, padding: padding.spatialExtents, ceilMode: ceilMode,
        dimensions: 2, "avg_pool2d")
      return try Ops.averagePool(x, pool, countIncludePad: countIncludePad, divisor: divisorOverride, "avg_pool2d")
    }
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
    funnel { () throws(BackplaneError) in
      let pool = try SlidingPool(
        kernelSize.spatialExtents, stride: stride?.spatialExtents, padding: padding.spatialExtents, ceilMode: ceilMode,
        dimensions: 3, "avg_pool3d")
      return try Ops.averagePool(x, pool, countIncludePad: countIncludePad, divisor: divisorOverride, "avg_pool3d")
    }
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
    maxPool1dWithIndices(
      x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode
    ).values
  }

  /// The maxima of ``maxPool1d(_:_:stride:padding:dilation:ceilMode:)``, and for each its position in the flattened
  /// spatial dimensions.
  public static func maxPool1dWithIndices(
    _ x: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, dilation: some SpatialExtents = 1, ceilMode: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let pool = try SlidingPool(
        kernelSize.spatialExtents, stride: stride?.spatialExtents, padding: padding.spatialExtents,
        dilation: dilation.spatialExtents, ceilMode: ceilMode, dimensions: 1, "max_pool1d")
      return try Ops.maxPool(x, pool, "max_pool1d")
    }
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
    maxPool2dWithIndices(
      x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode
    ).values
  }

  /// The maxima of ``maxPool2d(_:_:stride:padding:dilation:ceilMode:)``, and for each its position in the flattened
  /// spatial dimensions.
  public static func maxPool2dWithIndices(
    _ x: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, dilation: some SpatialExtents = 1, ceilMode: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let pool = try SlidingPool(
        kernelSize.spatialExtents, stride: stride?.spatialExtents, padding: padding.spatialExtents,
        dilation: dilation.spatialExtents, ceilMode: ceilMode, dimensions: 2, "max_pool2d")
      return try Ops.maxPool(x, pool, "max_pool2d")
    }
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
    maxPool3dWithIndices(
      x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode
    ).values
  }

  /// The maxima of ``maxPool3d(_:_:stride:padding:dilation:ceilMode:)``, and for each its position in the flattened
  /// spatial dimensions.
  public static func maxPool3dWithIndices(
    _ x: Tensor, _ kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil,
    padding: some SpatialExtents = 0, dilation: some SpatialExtents = 1, ceilMode: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let pool = try SlidingPool(
        kernelSize.spatialExtents, stride: stride?.spatialExtents, padding: padding.spatialExtents,
        dilation: dilation.spatialExtents, ceilMode: ceilMode, dimensions: 3, "max_pool3d")
      return try Ops.maxPool(x, pool, "max_pool3d")
    }
  }
}
