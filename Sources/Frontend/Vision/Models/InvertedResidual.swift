extension MobileNetV3 {
  /// What one block of the network is like.
  public struct BlockOptions: Sendable {
    /// The number of channels that come in.
    public var inputChannels: Int
    /// The extent of the convolution of each channel.
    public var kernel: Int
    /// The number of channels that the block works with.
    public var expandedChannels: Int
    /// The number of channels that come out.
    public var outChannels: Int
    /// Whether channels are weighed by what the whole image has in them.
    public var useSE: Bool
    /// Whether activations are ``Hardswish`` rather than ``ReLU``.
    public var useHS: Bool
    /// 2 where the extents are halved, else 1.
    public var stride: Int
    /// How far apart the places are that the convolution of each channel sees.
    public var dilation: Int

    /// Makes options whose numbers of channels are multiplied by `widthMult`, and then rounded to a multiple of 8.
    public init(
      _ inputChannels: Int, kernel: Int, expanded: Int, out: Int, se: Bool, hs: Bool, stride: Int, dilation: Int = 1,
      widthMult: Double = 1
    ) {
      self.inputChannels = adjusted(inputChannels, by: widthMult)
      self.kernel = kernel
      expandedChannels = adjusted(expanded, by: widthMult)
      outChannels = adjusted(out, by: widthMult)
      useSE = se
      useHS = hs
      self.stride = stride
      self.dilation = dilation
    }
  }

  /// A block that works with more channels than it takes and gives: a convolution of 1 × 1, one of each channel on its own,
  /// and another of 1 × 1, around which the input goes on where it fits.
  public final class InvertedResidual: Module {
    /// The parts of the block.
    public let block: Sequential
    private let isResidual: Bool

    init(_ options: BlockOptions, _ layers: ModelLayers) {
      isResidual = options.stride == 1 && options.inputChannels == options.outChannels
      func part(
        _ inChannels: Int, _ outChannels: Int, _ kernel: Int, stride: Int = 1, dilation: Int = 1, groups: Int = 1,
        isActivated: Bool = true
      ) -> Module {
        let activation: Module = options.useHS ? Hardswish(inplace: true) : ReLU(inplace: true)
        return Conv2dNormActivation(
          layers, inChannels, outChannels, kernel, stride: stride, dilation: dilation, groups: groups,
          eps: MobileNetV3.eps, momentum: MobileNetV3.momentum, activation: isActivated ? activation : nil)
      }
      let expanded = options.expandedChannels
      var parts: [Module] = []
      if expanded != options.inputChannels { parts.append(part(options.inputChannels, expanded, 1)) }
      parts.append(
        part(
          expanded, expanded, options.kernel, stride: options.dilation > 1 ? 1 : options.stride,
          dilation: options.dilation, groups: expanded))
      if options.useSE { parts.append(SqueezeExcitation(expanded, adjusted(expanded / 4, by: 1), layers)) }
      parts.append(part(expanded, options.outChannels, 1, isActivated: false))
      block = Sequential(parts)
    }

    public override func forward(_ x: Tensor) -> Tensor { isResidual ? block(x) + x : block(x) }
  }

  /// Weighs channels by what the whole image has in them.
  ///
  /// Hu, Shen and Sun, "Squeeze-and-excitation networks", CVPR 2018.
  public final class SqueezeExcitation: Module {
    /// The mean over all places.
    public let avgpool: AdaptiveAvgPool2d
    /// The affine map to fewer numbers, as a convolution of 1 × 1.
    public let fc1: Conv2d
    /// The affine map to a number for each channel, as a convolution of 1 × 1.
    public let fc2: Conv2d
    /// What is between the maps.
    public let activation: ReLU
    /// What makes a weight of a number.
    public let scaleActivation: Hardsigmoid

    init(_ channels: Int, _ squeezed: Int, _ layers: ModelLayers) {
      avgpool = AdaptiveAvgPool2d(1)
      fc1 = layers.convolution(channels, squeezed, 1)
      fc2 = layers.convolution(squeezed, channels, 1)
      activation = ReLU()
      scaleActivation = Hardsigmoid()
    }

    public override func forward(_ x: Tensor) -> Tensor {
      scaleActivation(fc2(activation(fc1(avgpool(x))))) * x
    }
  }
}

/// A number of channels multiplied by a factor, and rounded to a multiple of 8 that is not less by more than a tenth.
func adjusted(_ channels: Int, by factor: Double) -> Int {
  let wanted = Double(channels) * factor
  guard wanted.magnitude < 1e9 else { return channels }
  let rounded = Swift.max(8, Int(wanted + 4) / 8 * 8)
  return Double(rounded) < 0.9 * wanted ? rounded + 8 : rounded
}
