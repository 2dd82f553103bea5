/// Residual networks: blocks of convolutions around which the input goes on unchanged, so that gradients reach through
/// many layers.
///
/// ```swift
/// let model = ResNet.resnet18(numClasses: 10)
/// model(Tensor.zeros([1, 3, 224, 224])).shape  // [1, 10]
/// ```
///
/// Takes images (N, 3, H, W); 224 × 224 is what it is made for.
///
/// He et al., "Deep residual learning for image recognition", CVPR 2016.
public final class ResNet: Module {
  /// The first convolution, of 7 × 7 at every second place.
  public let conv1: Conv2d
  /// The first normalization.
  public let bn1: BatchNorm2d
  /// The first activation.
  public let relu: ReLU
  /// The maxima of 3 × 3 windows at every second place.
  public let maxpool: MaxPool2d
  /// The first blocks, with all places.
  public let layer1: Sequential
  /// The second blocks, with half of the extents.
  public let layer2: Sequential
  /// The third blocks, with a quarter of the extents.
  public let layer3: Sequential
  /// The last blocks, with an eighth of the extents.
  public let layer4: Sequential
  /// The mean over all places.
  public let avgpool: AdaptiveAvgPool2d
  /// The affine map to the logits.
  public let fc: Linear

  /// Makes a network with weights drawn from the generator.
  ///
  /// - Parameters:
  ///   - block: What it is made of.
  ///   - counts: How many blocks each of the four parts has.
  ///   - zeroInitResidual: Whether the last normalization of each block starts as 0, so that blocks start as identities.
  ///   - groups: Into how many parts the channels of a bottleneck's 3 × 3 convolutions are divided.
  ///   - widthPerGroup: How many channels each of these parts has where there are 64 outside.
  public init(
    _ block: Block, _ counts: [Int], numClasses: Int = 1000, zeroInitResidual: Bool = false, groups: Int = 1,
    widthPerGroup: Int = 64, dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    let counts = funnel(or: [0, 0, 0, 0]) { () throws(BackplaneError) in
      guard counts.count == 4, counts.allSatisfy({ $0 > 0 }) else {
        throw BackplaneError(.value, "a ResNet has four layers of at least one block each, got \(counts)")
      }
      guard block == .bottleneck || groups == 1 && widthPerGroup == 64 else {
        throw BackplaneError(.value, "BasicBlock only supports groups=1 and base_width=64")
      }
      guard groups > 0, widthPerGroup > 0 else {
        throw BackplaneError(.value, "groups and width_per_group must be positive, got \(groups) and \(widthPerGroup)")
      }
      return counts
    }
    let layers = ModelLayers(dtype: dtype, device: device, generator: generator, drawn: .convolutions)
    var inplanes = 64
    func part(_ planes: Int, _ count: Int, stride: Int) -> Sequential {
      let outplanes = planes * block.expansion
      return Sequential(
        (0..<count).map { i -> Module in
          let stride = i == 0 ? stride : 1
          var downsample: Sequential?
          if stride != 1 || inplanes != outplanes {
            downsample = Sequential(
              layers.convolution(inplanes, outplanes, 1, stride: stride, bias: false), layers.batchNorm(outplanes))
          }
          defer { inplanes = outplanes }
          return block == .basic
            ? BasicBlock(layers, inplanes, planes, stride: stride, downsample: downsample)
            : Bottleneck(
              layers, inplanes, planes, stride: stride, downsample: downsample, groups: groups,
              baseWidth: widthPerGroup)
        })
    }
    conv1 = layers.convolution(3, 64, 7, stride: 2, bias: false)
    bn1 = layers.batchNorm(64)
    relu = ReLU(inplace: true)
    maxpool = MaxPool2d(3, stride: 2, padding: 1)
    layer1 = part(64, counts[0], stride: 1)
    layer2 = part(128, counts[1], stride: 2)
    layer3 = part(256, counts[2], stride: 2)
    layer4 = part(512, counts[3], stride: 2)
    avgpool = AdaptiveAvgPool2d([1, 1])
    fc = layers.linear(512 * block.expansion, numClasses)
    super.init()
    layers.draw(self)
    guard zeroInitResidual else { return }
    for module in modules() {
      let last = (module as? BasicBlock)?.bn2 ?? (module as? Bottleneck)?.bn3
      if let weight = last?.weight { Init.zeros_(weight) }
    }
  }

  /// The logits of images (N, 3, H, W).
  public override func forward(_ x: Tensor) -> Tensor {
    var x = maxpool(relu(bn1(conv1(x))))
    x = layer4(layer3(layer2(layer1(x))))
    return fc(avgpool(x).flatten(1))
  }

  /// A network of 18 layers with weights.
  public static func resnet18(
    numClasses: Int = 1000, zeroInitResidual: Bool = false, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> ResNet {
    ResNet(
      .basic, [2, 2, 2, 2], numClasses: numClasses, zeroInitResidual: zeroInitResidual, dtype: dtype, device: device,
      generator: generator)
  }

  /// A network of 34 layers with weights.
  public static func resnet34(
    numClasses: Int = 1000, zeroInitResidual: Bool = false, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> ResNet {
    ResNet(
      .basic, [3, 4, 6, 3], numClasses: numClasses, zeroInitResidual: zeroInitResidual, dtype: dtype, device: device,
      generator: generator)
  }

  /// A network of 50 layers with weights.
  public static func resnet50(
    numClasses: Int = 1000, zeroInitResidual: Bool = false, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> ResNet {
    ResNet(
      .bottleneck, [3, 4, 6, 3], numClasses: numClasses, zeroInitResidual: zeroInitResidual, dtype: dtype,
      device: device,
      generator: generator)
  }

  /// A network of 101 layers with weights.
  public static func resnet101(
    numClasses: Int = 1000, zeroInitResidual: Bool = false, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> ResNet {
    ResNet(
      .bottleneck, [3, 4, 23, 3], numClasses: numClasses, zeroInitResidual: zeroInitResidual, dtype: dtype,
      device: device,
      generator: generator)
  }

  /// A network of 152 layers with weights.
  public static func resnet152(
    numClasses: Int = 1000, zeroInitResidual: Bool = false, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> ResNet {
    ResNet(
      .bottleneck, [3, 8, 36, 3], numClasses: numClasses, zeroInitResidual: zeroInitResidual, dtype: dtype,
      device: device,
      generator: generator)
  }
}
