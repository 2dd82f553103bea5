/// The transpose of ``Conv1d``, which gives inputs from outputs as its gradient does; also called a deconvolution.
///
/// ```swift
/// let layer = ConvTranspose1d(16, 8, 3, stride: 2)
/// layer(Tensor.zeros([20, 16, 50])).shape  // [20, 8, 101]
/// ```
///
/// Takes (N, C, L) or (C, L). `weight` is (in, out / groups, k), `bias` (out); both start uniform in
/// ±1/√fan, where fan is out / groups times the number of a kernel's elements.
open class ConvTranspose1d: ConvTransposeNd {
  /// Makes a layer from `inChannels` to `outChannels`, with parameters drawn from the generator.
  ///
  /// - Parameters:
  ///   - kernelSize: One number, or one for each dimension.
  ///   - padding: How much the convolution of which this is the transpose puts on both sides of its input.
  ///   - outputPadding: Makes results longer at one end, to choose among the extents of which the convolution makes the
  ///     same; ``ConvTransposeNd/callAsFunction(_:outputSize:)`` does it by the extents.
  ///   - groups: Into how many parts the channels are divided, each with outputs of its own. Both numbers of channels
  ///     must be divisible by it.
  ///   - paddingMode: Only `.zeros`; another one is an error.
  public init(
    _ inChannels: Int, _ outChannels: Int, _ kernelSize: some SpatialExtents, stride: some SpatialExtents = 1,
    padding: some SpatialExtents = 0, outputPadding: some SpatialExtents = 0, groups: Int = 1, bias: Bool = true,
    dilation: some SpatialExtents = 1, paddingMode: PaddingMode = .zeros, dtype: DType = .float32,
    device: Device? = nil, generator: Generator? = nil
  ) {
    let options = Options(
      kernelSize, stride, PaddingRule.both(padding.spatialExtents), dilation, outputPadding: outputPadding,
      dimensions: 1, "ConvTranspose1d")
    super.init(
      inChannels, outChannels, options, groups: groups, bias: bias, paddingMode, dtype: dtype, device: device,
      generator: generator)
  }

  override func transposed(_ x: Tensor, _ padding: [Int], _ outputPadding: [Int]) -> Tensor {
    Functional.convTranspose1d(
      x, weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
      dilation: dilation)
  }
}
