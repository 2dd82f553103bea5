/// Where and of what type the layers of a model are, and where their first values come from.
struct ModelLayers {
  let dtype: DType
  let device: Device?
  let generator: Generator?
  /// Which layers ``draw(_:)`` gives their values; the others have those of their classes.
  var drawn = Drawn.none

  enum Drawn { case none, convolutions, convolutionsAndLinear }

  /// A convolution whose padding keeps the extents where the stride is 1, unless another is given.
  func convolution(
    _ inChannels: Int, _ outChannels: Int, _ kernelSize: Int, stride: Int = 1, padding: Int? = nil, dilation: Int = 1,
    groups: Int = 1, bias: Bool = true
  ) -> Conv2d {
    Init.skipped(drawn != .none) {
      Conv2d(
        inChannels, outChannels, kernelSize, stride: stride, padding: padding ?? (kernelSize - 1) / 2 * dilation,
        dilation: dilation, groups: groups, bias: bias, dtype: dtype, device: device, generator: generator)
    }
  }

  func batchNorm(_ channels: Int, eps: Double = 1e-5, momentum: Double = 0.1) -> BatchNorm2d {
    BatchNorm2d(channels, eps: eps, momentum: momentum, dtype: dtype, device: device)
  }

  func linear(_ inFeatures: Int, _ outFeatures: Int) -> Linear {
    Init.skipped(drawn == .convolutionsAndLinear) {
      Linear(inFeatures, outFeatures, dtype: dtype, device: device, generator: generator)
    }
  }

  // MARK: First values

  /// Draws convolutions from the normal distribution that keeps the variance of what comes out, and affine maps with a
  /// deviation of 0.01. Shifts start as 0.
  func draw(_ model: Module) {
    for module in model.modules() {
      if let layer = module as? Conv2d {
        Init.kaimingNormal_(layer.weight, mode: .output, nonlinearity: .relu, generator: generator)
        if let bias = layer.bias { Init.zeros_(bias) }
      } else if drawn == .convolutionsAndLinear, let layer = module as? Linear {
        Init.normal_(layer.weight, std: 0.01, generator: generator)
        if let bias = layer.bias { Init.zeros_(bias) }
      }
    }
  }
}

/// A convolution, batch normalization and an activation, one after the other.
public final class Conv2dNormActivation: Sequential {
  /// The number of channels that come out.
  public let outChannels: Int

  init(
    _ layers: ModelLayers, _ inChannels: Int, _ outChannels: Int, _ kernelSize: Int, stride: Int = 1, dilation: Int = 1,
    groups: Int = 1, eps: Double = 1e-5, momentum: Double = 0.1, activation: Module?
  ) {
    self.outChannels = outChannels
    let convolution = layers.convolution(
      inChannels, outChannels, kernelSize, stride: stride, dilation: dilation, groups: groups, bias: false)
    super.init(
      [convolution, layers.batchNorm(outChannels, eps: eps, momentum: momentum)] + (activation.map { [$0] } ?? []))
  }
}
