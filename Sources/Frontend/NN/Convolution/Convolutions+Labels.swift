// The kernel's size by its name, as PyTorch's tutorials write it.

extension Conv1d {
  /// Makes a layer from `inChannels` to `outChannels`, with parameters drawn from the generator.
  public convenience init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialExtents, stride: some SpatialExtents = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialExtents = 1, groups: Int = 1, bias: Bool = true,
    paddingMode: PaddingMode = .zeros, dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    self.init(
      inChannels, outChannels, kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups,
      bias: bias, paddingMode: paddingMode, dtype: dtype, device: device, generator: generator)
  }
}

extension ConvTranspose1d {
  /// Makes a layer from `inChannels` to `outChannels`, with parameters drawn from the generator.
  public convenience init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialExtents, stride: some SpatialExtents = 1,
    padding: some SpatialExtents = 0, outputPadding: some SpatialExtents = 0, groups: Int = 1, bias: Bool = true,
    dilation: some SpatialExtents = 1, paddingMode: PaddingMode = .zeros, dtype: DType = .float32,
    device: Device? = nil, generator: Generator? = nil
  ) {
    self.init(
      inChannels, outChannels, kernelSize, stride: stride, padding: padding, outputPadding: outputPadding,
      groups: groups, bias: bias, dilation: dilation, paddingMode: paddingMode, dtype: dtype, device: device,
      generator: generator)
  }
}

extension Conv2d {
  /// Makes a layer from `inChannels` to `outChannels`, with parameters drawn from the generator.
  public convenience init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialExtents, stride: some SpatialExtents = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialExtents = 1, groups: Int = 1, bias: Bool = true,
    paddingMode: PaddingMode = .zeros, dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    self.init(
      inChannels, outChannels, kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups,
      bias: bias, paddingMode: paddingMode, dtype: dtype, device: device, generator: generator)
  }
}

extension ConvTranspose2d {
  /// Makes a layer from `inChannels` to `outChannels`, with parameters drawn from the generator.
  public convenience init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialExtents, stride: some SpatialExtents = 1,
    padding: some SpatialExtents = 0, outputPadding: some SpatialExtents = 0, groups: Int = 1, bias: Bool = true,
    dilation: some SpatialExtents = 1, paddingMode: PaddingMode = .zeros, dtype: DType = .float32,
    device: Device? = nil, generator: Generator? = nil
  ) {
    self.init(
      inChannels, outChannels, kernelSize, stride: stride, padding: padding, outputPadding: outputPadding,
      groups: groups, bias: bias, dilation: dilation, paddingMode: paddingMode, dtype: dtype, device: device,
      generator: generator)
  }
}

extension Conv3d {
  /// Makes a layer from `inChannels` to `outChannels`, with parameters drawn from the generator.
  public convenience init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialExtents, stride: some SpatialExtents = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialExtents = 1, groups: Int = 1, bias: Bool = true,
    paddingMode: PaddingMode = .zeros, dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    self.init(
      inChannels, outChannels, kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups,
      bias: bias, paddingMode: paddingMode, dtype: dtype, device: device, generator: generator)
  }
}

extension ConvTranspose3d {
  /// Makes a layer from `inChannels` to `outChannels`, with parameters drawn from the generator.
  public convenience init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialExtents, stride: some SpatialExtents = 1,
    padding: some SpatialExtents = 0, outputPadding: some SpatialExtents = 0, groups: Int = 1, bias: Bool = true,
    dilation: some SpatialExtents = 1, paddingMode: PaddingMode = .zeros, dtype: DType = .float32,
    device: Device? = nil, generator: Generator? = nil
  ) {
    self.init(
      inChannels, outChannels, kernelSize, stride: stride, padding: padding, outputPadding: outputPadding,
      groups: groups, bias: bias, dilation: dilation, paddingMode: paddingMode, dtype: dtype, device: device,
      generator: generator)
  }
}
