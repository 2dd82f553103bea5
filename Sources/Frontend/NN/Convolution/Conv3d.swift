/// The cross-correlation of inputs with learned kernels over three dimensions.
///
/// ```swift
/// let layer = Conv3d(1, 4, [3, 3, 3], padding: .same)
/// layer(Tensor.zeros([2, 1, 8, 8, 8])).shape  // [2, 4, 8, 8, 8]
/// ```
///
/// Takes (N, C, D, H, W) or (C, D, H, W) and gives (N, O, D′, H′, W′) or (O, D′, H′, W′). `weight` is (out, in / groups, k, k, k), `bias` (out); both start
/// uniform in ±1/√fan, where fan is the number of inputs of each output.
open class Conv3d: ConvNd {
  /// Makes a layer from `inChannels` to `outChannels`, with parameters drawn from the generator.
  ///
  /// - Parameters:
  ///   - kernelSize: One number, or one for each dimension.
  ///   - padding: How much is put on both sides, or `.same` or `.valid`.
  ///   - groups: Into how many parts the channels are divided, each with outputs of its own. Both numbers of channels
  ///     must be divisible by it.
  ///   - paddingMode: What is put there.
  public init(
    _ inChannels: Int, _ outChannels: Int, _ kernelSize: some SpatialExtents, stride: some SpatialExtents = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialExtents = 1, groups: Int = 1, bias: Bool = true,
    paddingMode: PaddingMode = .zeros, dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    var options = Options(kernelSize, stride, padding, dilation, dimensions: 3, "Conv3d")
    options.paddingMode = paddingMode
    super.init(
      inChannels, outChannels, options, groups: groups, bias: bias, dtype: dtype, device: device, generator: generator)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    let (x, padding) = padded(x)
    return Functional.conv3d(
      x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }
}
