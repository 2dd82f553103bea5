/// Networks of 3 × 3 convolutions in stages, each of half the extents of the one before.
///
/// ```swift
/// let model = VGG.vgg11Bn(numClasses: 10)
/// model(Tensor.zeros([1, 3, 224, 224])).shape  // [1, 10]
/// ```
///
/// Takes images (N, 3, H, W) of at least 32 × 32 pixels; 224 × 224 is what it is made for.
///
/// Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015.
public final class VGG: Module {
  /// The convolutions.
  public let features: Sequential
  /// The mean over windows that leaves 7 × 7 places.
  public let avgpool: AdaptiveAvgPool2d
  /// The affine maps.
  public let classifier: Sequential

  /// Makes a network with weights drawn from the generator.
  ///
  /// - Parameters:
  ///   - stages: For each stage the numbers of channels that its convolutions give; the last is 512.
  ///   - batchNorm: Whether each convolution is followed by batch normalization.
  ///   - dropout: The probability with which results of the affine maps are dropped in training.
  public init(
    _ stages: [[Int]], numClasses: Int = 1000, batchNorm: Bool = false, dropout: Double = 0.5,
    dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    let layers = ModelLayers(dtype: dtype, device: device, generator: generator, drawn: .convolutionsAndLinear)
    features = VGG.features(stages, batchNorm: batchNorm, layers)
    avgpool = AdaptiveAvgPool2d([7, 7])
    classifier = Sequential(
      layers.linear(512 * 7 * 7, 4096), ReLU(inplace: true), Dropout(p: dropout), layers.linear(4096, 4096),
      ReLU(inplace: true), Dropout(p: dropout), layers.linear(4096, numClasses))
    super.init()
    layers.draw(self)
  }

  private static func features(_ stages: [[Int]], batchNorm: Bool, _ layers: ModelLayers) -> Sequential {
    var modules: [Module] = []
    var channels = 3
    for stage in stages {
      for width in stage {
        modules.append(layers.convolution(channels, width, 3))
        if batchNorm { modules.append(layers.batchNorm(width)) }
        modules.append(ReLU(inplace: true))
        channels = width
      }
      modules.append(MaxPool2d(2, stride: 2))
    }
    return Sequential(modules)
  }

  /// The logits of images (N, 3, H, W).
  public override func forward(_ x: Tensor) -> Tensor { classifier(avgpool(features(x)).flatten(1)) }

  /// The stages of the networks of 11, 13, 16 and 19 layers.
  private static let stages: [Int: [[Int]]] = [
    11: [[64], [128], [256, 256], [512, 512], [512, 512]],
    13: [[64, 64], [128, 128], [256, 256], [512, 512], [512, 512]],
    16: [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]],
    19: [[64, 64], [128, 128], [256, 256, 256, 256], [512, 512, 512, 512], [512, 512, 512, 512]],
  ]

  /// A network of 11 layers with weights.
  public static func vgg11(
    numClasses: Int = 1000, dropout: Double = 0.5, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> VGG {
    VGG(
      stages[11]!, numClasses: numClasses, batchNorm: false, dropout: dropout, dtype: dtype, device: device,
      generator: generator)
  }

  /// A network of 11 layers with weights, with batch normalization.
  public static func vgg11Bn(
    numClasses: Int = 1000, dropout: Double = 0.5, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> VGG {
    VGG(
      stages[11]!, numClasses: numClasses, batchNorm: true, dropout: dropout, dtype: dtype, device: device,
      generator: generator)
  }

  /// A network of 13 layers with weights.
  public static func vgg13(
    numClasses: Int = 1000, dropout: Double = 0.5, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> VGG {
    VGG(
      stages[13]!, numClasses: numClasses, batchNorm: false, dropout: dropout, dtype: dtype, device: device,
      generator: generator)
  }

  /// A network of 13 layers with weights, with batch normalization.
  public static func vgg13Bn(
    numClasses: Int = 1000, dropout: Double = 0.5, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> VGG {
    VGG(
      stages[13]!, numClasses: numClasses, batchNorm: true, dropout: dropout, dtype: dtype, device: device,
      generator: generator)
  }

  /// A network of 16 layers with weights.
  public static func vgg16(
    numClasses: Int = 1000, dropout: Double = 0.5, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> VGG {
    VGG(
      stages[16]!, numClasses: numClasses, batchNorm: false, dropout: dropout, dtype: dtype, device: device,
      generator: generator)
  }

  /// A network of 16 layers with weights, with batch normalization.
  public static func vgg16Bn(
    numClasses: Int = 1000, dropout: Double = 0.5, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> VGG {
    VGG(
      stages[16]!, numClasses: numClasses, batchNorm: true, dropout: dropout, dtype: dtype, device: device,
      generator: generator)
  }

  /// A network of 19 layers with weights.
  public static func vgg19(
    numClasses: Int = 1000, dropout: Double = 0.5, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> VGG {
    VGG(
      stages[19]!, numClasses: numClasses, batchNorm: false, dropout: dropout, dtype: dtype, device: device,
      generator: generator)
  }

  /// A network of 19 layers with weights, with batch normalization.
  public static func vgg19Bn(
    numClasses: Int = 1000, dropout: Double = 0.5, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> VGG {
    VGG(
      stages[19]!, numClasses: numClasses, batchNorm: true, dropout: dropout, dtype: dtype, device: device,
      generator: generator)
  }
}
