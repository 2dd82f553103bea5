extension Functional {
  /// The cross-correlation of x with a kernel over 1 spatial dimension.
  ///
  /// Takes (N, C, L) or (C, L) and a weight (O, C / groups, k); gives (N, O, …) or (O, …).
  ///
  /// - Parameters:
  ///   - padding: Zeros on both sides, or `.same` or `.valid`.
  ///   - groups: Into how many parts the channels are divided, each with outputs of its own.
  public static func conv1d(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some SpatialExtents = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialExtents = 1, groups: Int = 1
  ) -> Tensor {
    convolution(x, weight, bias, stride, padding, dilation, groups, 1)
  }

  /// The cross-correlation of x with a kernel over 2 spatial dimensions.
  ///
  /// Takes (N, C, H, W) or (C, H, W) and a weight (O, C / groups, k, k); gives (N, O, H′, W′) or (O, H′, W′) with H′ =
  /// ⌊(H + 2 · padding − dilation · (k − 1) − 1) / stride⌋ + 1, and W′ likewise.
  ///
  /// ```swift
  /// let y = F.conv2d(images, weight, bias, padding: 1)  // (N, 3, 32, 32) and (8, 3, 3, 3) give (N, 8, 32, 32)
  /// ```
  ///
  /// - Parameters:
  ///   - padding: Zeros on both sides, or `.same` or `.valid`.
  ///   - groups: Into how many parts the channels are divided, each with outputs of its own.
  public static func conv2d(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some SpatialExtents = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialExtents = 1, groups: Int = 1
  ) -> Tensor {
    convolution(x, weight, bias, stride, padding, dilation, groups, 2)
  }

  /// The cross-correlation of x with a kernel over 3 spatial dimensions.
  ///
  /// Takes (N, C, D, H, W) or (C, D, H, W) and a weight (O, C / groups, k, k, k); gives (N, O, …) or (O, …).
  ///
  /// - Parameters:
  ///   - padding: Zeros on both sides, or `.same` or `.valid`.
  ///   - groups: Into how many parts the channels are divided, each with outputs of its own.
  public static func conv3d(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some SpatialExtents = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialExtents = 1, groups: Int = 1
  ) -> Tensor {
    convolution(x, weight, bias, stride, padding, dilation, groups, 3)
  }

  /// The transpose of ``conv1d(_:_:_:stride:padding:dilation:groups:)``, which its gradient is.
  ///
  /// Takes (N, C, L) or (C, L) and a weight (C, O / groups, k).
  ///
  /// - Parameter outputPadding: Makes the result longer at one end, to choose among the extents of which the convolution
  ///   makes the same.
  public static func convTranspose1d(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some SpatialExtents = 1,
    padding: some SpatialExtents = 0, outputPadding: some SpatialExtents = 0, groups: Int = 1,
    dilation: some SpatialExtents = 1
  ) -> Tensor {
    transposedConvolution(x, weight, bias, stride, padding, outputPadding, groups, dilation, 1)
  }

  /// The transpose of ``conv2d(_:_:_:stride:padding:dilation:groups:)``, which its gradient is.
  ///
  /// Takes (N, C, H, W) or (C, H, W) and a weight (C, O / groups, k, k).
  ///
  /// - Parameter outputPadding: Makes the result longer at one end, to choose among the extents of which the convolution
  ///   makes the same.
  public static func convTranspose2d(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some SpatialExtents = 1,
    padding: some SpatialExtents = 0, outputPadding: some SpatialExtents = 0, groups: Int = 1,
    dilation: some SpatialExtents = 1
  ) -> Tensor {
    transposedConvolution(x, weight, bias, stride, padding, outputPadding, groups, dilation, 2)
  }

  /// The transpose of ``conv3d(_:_:_:stride:padding:dilation:groups:)``, which its gradient is.
  ///
  /// Takes (N, C, D, H, W) or (C, D, H, W) and a weight (C, O / groups, k, k, k).
  ///
  /// - Parameter outputPadding: Makes the result longer at one end, to choose among the extents of which the convolution
  ///   makes the same.
  public static func convTranspose3d(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some SpatialExtents = 1,
    padding: some SpatialExtents = 0, outputPadding: some SpatialExtents = 0, groups: Int = 1,
    dilation: some SpatialExtents = 1
  ) -> Tensor {
    transposedConvolution(x, weight, bias, stride, padding, outputPadding, groups, dilation, 3)
  }

  private static func convolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ stride: some SpatialExtents, _ padding: some ConvolutionPadding,
    _ dilation: some SpatialExtents, _ groups: Int, _ dimensions: Int
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.convolution(
        Autocast.cast("conv2d", x), Autocast.cast("conv2d", weight), Autocast.cast("conv2d", bias),
        stride: stride.spatialExtents, padding: padding.paddingRule, dilation: dilation.spatialExtents,
        groups: groups, dimensions: dimensions, "conv\(dimensions)d")
    }
  }

  private static func transposedConvolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ stride: some SpatialExtents, _ padding: some SpatialExtents,
    _ outputPadding: some SpatialExtents, _ groups: Int, _ dilation: some SpatialExtents, _ dimensions: Int
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.transposedConvolution(
        Autocast.cast("conv2d", x), Autocast.cast("conv2d", weight), Autocast.cast("conv2d", bias),
        stride: stride.spatialExtents, padding: padding.spatialExtents,
        outputPadding: outputPadding.spatialExtents, groups: groups, dilation: dilation.spatialExtents,
        dimensions: dimensions, "conv_transpose\(dimensions)d")
    }
  }
}
