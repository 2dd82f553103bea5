/// Networks for devices of little power, of convolutions of each channel on its own between those of 1 × 1.
///
/// ```swift
/// let model = MobileNetV3.mobilenetV3Small(numClasses: 10)
/// model(Tensor.zeros([1, 3, 224, 224])).shape  // [1, 10]
/// ```
///
/// Takes images (N, 3, H, W); 224 × 224 is what it is made for.
///
/// Howard et al., "Searching for MobileNetV3", ICCV 2019.
public final class MobileNetV3: Module {
  /// The convolutions.
  public let features: Sequential
  /// The mean over all places.
  public let avgpool: AdaptiveAvgPool2d
  /// The affine maps.
  public let classifier: Sequential

  static let eps = 0.001, momentum = 0.01

  /// Makes a network with weights drawn from the generator.
  ///
  /// - Parameters:
  ///   - blocks: The blocks between the first and the last convolution. None at all is an error.
  ///   - lastChannel: The number of features between the two affine maps.
  ///   - dropout: The probability with which these are dropped in training.
  public init(
    _ blocks: [BlockOptions], lastChannel: Int, numClasses: Int = 1000, dropout: Double = 0.2,
    dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    let layers = ModelLayers(dtype: dtype, device: device, generator: generator, drawn: .convolutionsAndLinear)
    let (first, last) = funnel(or: (8, 8)) { () throws(BackplaneError) in
      guard let first = blocks.first, let last = blocks.last else {
        throw BackplaneError(.value, "The inverted_residual_setting should not be empty")
      }
      guard blocks.allSatisfy({ (1...2).contains($0.stride) }) else {
        throw BackplaneError(.value, "illegal stride value")
      }
      return (first.inputChannels, last.outChannels)
    }
    func convolution(_ inChannels: Int, _ outChannels: Int, _ kernel: Int, stride: Int) -> Module {
      Conv2dNormActivation(
        layers, inChannels, outChannels, kernel, stride: stride, eps: MobileNetV3.eps, momentum: MobileNetV3.momentum,
        activation: Hardswish(inplace: true))
    }
    features = Sequential(
      [convolution(3, first, 3, stride: 2)] + blocks.map { InvertedResidual($0, layers) }
        + [convolution(last, 6 * last, 1, stride: 1)])
    avgpool = AdaptiveAvgPool2d(1)
    classifier = Sequential(
      layers.linear(6 * last, lastChannel), Hardswish(inplace: true), Dropout(p: dropout, inplace: true),
      layers.linear(lastChannel, numClasses))
    super.init()
    layers.draw(self)
  }

  /// The logits of images (N, 3, H, W).
  public override func forward(_ x: Tensor) -> Tensor { classifier(avgpool(features(x)).flatten(1)) }

  /// The large network, of 15 blocks, with weights.
  ///
  /// - Parameters:
  ///   - widthMult: A factor for all numbers of channels.
  ///   - reducedTail: Whether the last blocks have half of their channels.
  ///   - dilated: Whether the last blocks see places farther apart rather than half of the extents.
  public static func mobilenetV3Large(
    numClasses: Int = 1000, widthMult: Double = 1, reducedTail: Bool = false, dilated: Bool = false,
    dropout: Double = 0.2, dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) -> MobileNetV3 {
    let part = reducedTail ? 2 : 1
    let tail = (channels: 160 / part, expanded: 960 / part, dilation: dilated ? 2 : 1)
    func block(
      _ channels: Int, _ kernel: Int, _ expanded: Int, _ out: Int, _ se: Bool, _ hs: Bool, _ stride: Int,
      dilation: Int = 1
    ) -> BlockOptions {
      BlockOptions(
        channels, kernel: kernel, expanded: expanded, out: out, se: se, hs: hs, stride: stride, dilation: dilation,
        widthMult: widthMult)
    }
    let blocks = [
      block(16, 3, 16, 16, false, false, 1),
      block(16, 3, 64, 24, false, false, 2), block(24, 3, 72, 24, false, false, 1),
      block(24, 5, 72, 40, true, false, 2), block(40, 5, 120, 40, true, false, 1),
      block(40, 5, 120, 40, true, false, 1),
      block(40, 3, 240, 80, false, true, 2), block(80, 3, 200, 80, false, true, 1),
      block(80, 3, 184, 80, false, true, 1), block(80, 3, 184, 80, false, true, 1),
      block(80, 3, 480, 112, true, true, 1), block(112, 3, 672, 112, true, true, 1),
      block(112, 5, 672, tail.channels, true, true, 2, dilation: tail.dilation),
      block(tail.channels, 5, tail.expanded, tail.channels, true, true, 1, dilation: tail.dilation),
      block(tail.channels, 5, tail.expanded, tail.channels, true, true, 1, dilation: tail.dilation),
    ]
    return MobileNetV3(
      blocks, lastChannel: adjusted(1280 / part, by: widthMult), numClasses: numClasses, dropout: dropout,
      dtype: dtype, device: device, generator: generator)
  }

  /// The small network, of 11 blocks, with weights.
  ///
  /// - Parameters:
  ///   - widthMult: A factor for all numbers of channels.
  ///   - reducedTail: Whether the last blocks have half of their channels.
  ///   - dilated: Whether the last blocks see places farther apart rather than half of the extents.
  public static func mobilenetV3Small(
    numClasses: Int = 1000, widthMult: Double = 1, reducedTail: Bool = false, dilated: Bool = false,
    dropout: Double = 0.2, dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) -> MobileNetV3 {
    let part = reducedTail ? 2 : 1
    let tail = (channels: 96 / part, expanded: 576 / part, dilation: dilated ? 2 : 1)
    func block(
      _ channels: Int, _ kernel: Int, _ expanded: Int, _ out: Int, _ se: Bool, _ hs: Bool, _ stride: Int,
      dilation: Int = 1
    ) -> BlockOptions {
      BlockOptions(
        channels, kernel: kernel, expanded: expanded, out: out, se: se, hs: hs, stride: stride, dilation: dilation,
        widthMult: widthMult)
    }
    let blocks = [
      block(16, 3, 16, 16, true, false, 2),
      block(16, 3, 72, 24, false, false, 2), block(24, 3, 88, 24, false, false, 1),
      block(24, 5, 96, 40, true, true, 2), block(40, 5, 240, 40, true, true, 1), block(40, 5, 240, 40, true, true, 1),
      block(40, 5, 120, 48, true, true, 1), block(48, 5, 144, 48, true, true, 1),
      block(48, 5, 288, tail.channels, true, true, 2, dilation: tail.dilation),
      block(tail.channels, 5, tail.expanded, tail.channels, true, true, 1, dilation: tail.dilation),
      block(tail.channels, 5, tail.expanded, tail.channels, true, true, 1, dilation: tail.dilation),
    ]
    return MobileNetV3(
      blocks, lastChannel: adjusted(1024 / part, by: widthMult), numClasses: numClasses, dropout: dropout,
      dtype: dtype, device: device, generator: generator)
  }
}
