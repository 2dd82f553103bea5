/// The cross-correlation of inputs with learned kernels over two dimensions.
///
/// ```swift
/// let layer = Conv2d(3, 8, 3, padding: 1)
/// layer(Tensor.zeros([4, 3, 32, 32])).shape  // [4, 8, 32, 32]
/// ```
///
/// Takes (N, C, H, W) or (C, H, W) and gives (N, O, H′, W′) or (O, H′, W′). `weight` is (out, in / groups, k, k), `bias` (out); both start
/// uniform in ±1/√fan, where fan is the number of inputs of each output.
open class Conv2d: ConvNd {
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
    var options = Options(kernelSize, stride, padding, dilation, dimensions: 2, "Conv2d")
    options.paddingMode = paddingMode
    super.init(
      inChannels, outChannels, options, groups: groups, bias: bias, dtype: dtype, device: device, generator: generator)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    let (x, padding) = padded(x)
    return Functional.conv2d(
      x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }
}
