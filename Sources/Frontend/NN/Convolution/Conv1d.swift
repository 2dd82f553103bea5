/// The cross-correlation of inputs with learned kernels over one dimension.
///
/// ```swift
/// let layer = Conv1d(16, 33, 3, stride: 2)
/// layer(Tensor.zeros([20, 16, 50])).shape  // [20, 33, 24]
/// ```
///
/// Takes (N, C, L) or (C, L) and gives (N, O, L′) or (O, L′). `weight` is (out, in / groups, k), `bias` (out); both start
/// uniform in ±1/√fan, where fan is the number of inputs of each output.
open class Conv1d: ConvNd {
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
    var options = Options(kernelSize, stride, padding, dilation, dimensions: 1, "Conv1d")
    options.paddingMode = paddingMode
    super.init(
      inChannels, outChannels, options, groups: groups, bias: bias, dtype: dtype, device: device, generator: generator)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    let (x, padding) = padded(x)
    return Functional.conv1d(
      x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }
}
