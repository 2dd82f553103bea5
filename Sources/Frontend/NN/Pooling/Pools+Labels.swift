// The size and the distance of windows as PyTorch's tutorials write them: by name, and as bare numbers.

extension MaxPool1d {
  /// Makes a layer with windows of a size.
  public convenience init(
    kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0,
    dilation: some SpatialExtents = 1, returnIndices: Bool = false, ceilMode: Bool = false
  ) {
    self.init(
      kernelSize, stride: stride, padding: padding, dilation: dilation, returnIndices: returnIndices,
      ceilMode: ceilMode)
  }

  /// Makes a layer with windows of a size and a distance.
  public convenience init(
    _ kernelSize: some SpatialExtents, _ stride: some SpatialExtents, padding: some SpatialExtents = 0,
    dilation: some SpatialExtents = 1, returnIndices: Bool = false, ceilMode: Bool = false
  ) {
    self.init(
      kernelSize, stride: stride, padding: padding, dilation: dilation, returnIndices: returnIndices,
      ceilMode: ceilMode)
  }
}

extension AvgPool1d {
  /// Makes a layer with windows of a size.
  public convenience init(
    kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0,
    ceilMode: Bool = false, countIncludePad: Bool = true
  ) {
    self.init(
      kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
  }

  /// Makes a layer with windows of a size and a distance.
  public convenience init(
    _ kernelSize: some SpatialExtents, _ stride: some SpatialExtents, padding: some SpatialExtents = 0,
    ceilMode: Bool = false, countIncludePad: Bool = true
  ) {
    self.init(
      kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
  }
}

extension MaxPool2d {
  /// Makes a layer with windows of a size.
  public convenience init(
    kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0,
    dilation: some SpatialExtents = 1, returnIndices: Bool = false, ceilMode: Bool = false
  ) {
    self.init(
      kernelSize, stride: stride, padding: padding, dilation: dilation, returnIndices: returnIndices,
      ceilMode: ceilMode)
  }

  /// Makes a layer with windows of a size and a distance.
  public convenience init(
    _ kernelSize: some SpatialExtents, _ stride: some SpatialExtents, padding: some SpatialExtents = 0,
    dilation: some SpatialExtents = 1, returnIndices: Bool = false, ceilMode: Bool = false
  ) {
    self.init(
      kernelSize, stride: stride, padding: padding, dilation: dilation, returnIndices: returnIndices,
      ceilMode: ceilMode)
  }
}

extension AvgPool2d {
  /// Makes a layer with windows of a size.
  public convenience init(
    kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0,
    ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    self.init(
      kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
      divisorOverride: divisorOverride)
  }

  /// Makes a layer with windows of a size and a distance.
  public convenience init(
    _ kernelSize: some SpatialExtents, _ stride: some SpatialExtents, padding: some SpatialExtents = 0,
    ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    self.init(
      kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
      divisorOverride: divisorOverride)
  }
}

extension MaxPool3d {
  /// Makes a layer with windows of a size.
  public convenience init(
    kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0,
    dilation: some SpatialExtents = 1, returnIndices: Bool = false, ceilMode: Bool = false
  ) {
    self.init(
      kernelSize, stride: stride, padding: padding, dilation: dilation, returnIndices: returnIndices,
      ceilMode: ceilMode)
  }

  /// Makes a layer with windows of a size and a distance.
  public convenience init(
    _ kernelSize: some SpatialExtents, _ stride: some SpatialExtents, padding: some SpatialExtents = 0,
    dilation: some SpatialExtents = 1, returnIndices: Bool = false, ceilMode: Bool = false
  ) {
    self.init(
      kernelSize, stride: stride, padding: padding, dilation: dilation, returnIndices: returnIndices,
      ceilMode: ceilMode)
  }
}

extension AvgPool3d {
  /// Makes a layer with windows of a size.
  public convenience init(
    kernelSize: some SpatialExtents, stride: (any SpatialExtents)? = nil, padding: some SpatialExtents = 0,
    ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    self.init(
      kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
      divisorOverride: divisorOverride)
  }

  /// Makes a layer with windows of a size and a distance.
  public convenience init(
    _ kernelSize: some SpatialExtents, _ stride: some SpatialExtents, padding: some SpatialExtents = 0,
    ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    self.init(
      kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
      divisorOverride: divisorOverride)
  }
}
