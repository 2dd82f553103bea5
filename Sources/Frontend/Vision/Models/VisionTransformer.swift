/// Transformers that see an image as a sequence of square patches.
///
/// ```swift
/// let model = VisionTransformer(
///   imageSize: 32, patchSize: 8, numLayers: 2, numHeads: 4, hiddenDim: 64, mlpDim: 128, numClasses: 10)
/// model(Tensor.zeros([1, 3, 32, 32])).shape  // [1, 10]
/// ```
///
/// Takes images (N, 3, imageSize, imageSize).
///
/// Dosovitskiy et al., "An image is worth 16×16 words: transformers for image recognition at scale", ICLR 2021.
public final class VisionTransformer: Module {
  /// The extent of images.
  public let imageSize: Int
  /// The extent of patches.
  public let patchSize: Int
  /// The number of features of each patch.
  public let hiddenDim: Int
  /// The number of patches, and one for the class.
  public let seqLength: Int
  /// The map from a patch to its features.
  public let convProj: Conv2d
  /// What the sequence begins with, (1, 1, hiddenDim): what becomes of it tells the class.
  @Parameter public var classToken: Tensor
  /// The Transformer.
  public let encoder: Encoder
  /// The map from features to the logits.
  public let heads: Sequential

  /// Makes a network with weights drawn from the generator. All logits start as 0.
  ///
  /// - Parameters:
  ///   - patchSize: The extent of patches, which divides that of images.
  ///   - numHeads: Into how many heads attention is divided.
  ///   - mlpDim: The number of features between the two affine maps of each layer.
  ///   - dropout: The probability with which features are dropped in training.
  ///   - attentionDropout: The probability with which shares of attention are.
  ///   - representationSize: The number of features between two affine maps to the logits; nil for one map.
  public init(
    imageSize: Int, patchSize: Int, numLayers: Int, numHeads: Int, hiddenDim: Int, mlpDim: Int, dropout: Double = 0,
    attentionDropout: Double = 0, numClasses: Int = 1000, representationSize: Int? = nil, dtype: DType = .float32,
    device: Device? = nil, generator: Generator? = nil
  ) {
    let layers = ModelLayers(dtype: dtype, device: device, generator: generator)
    let patches = funnel(or: 1) { () throws(BackplaneError) in
      guard imageSize > 0, patchSize > 0, imageSize % patchSize == 0 else {
        throw BackplaneError(.value, "Input shape indivisible by patch size!")
      }
      guard numLayers >= 0 else { throw BackplaneError(.value, "there cannot be \(numLayers) layers") }
      return try Sizes.multiply(imageSize / patchSize, imageSize / patchSize, in: "VisionTransformer")
    }
    self.imageSize = imageSize
    self.patchSize = patchSize
    self.hiddenDim = hiddenDim
    seqLength = patches + 1
    convProj = Conv2d(
      3, hiddenDim, patchSize, stride: patchSize, dtype: dtype, device: device, generator: generator)
    classToken = Tensor.zeros([1, 1, hiddenDim], dtype: dtype, device: device)
    encoder = Encoder(
      layers, length: seqLength, numLayers: Swift.max(numLayers, 0), numHeads: numHeads, hiddenDim: hiddenDim,
      mlpDim: mlpDim, dropout: dropout, attentionDropout: attentionDropout)
    let head = layers.linear(representationSize ?? hiddenDim, numClasses)
    let preLogits = representationSize.map { layers.linear(hiddenDim, $0) }
    heads = Sequential(
      named: (preLogits.map { [("pre_logits", $0), ("act", Tanh())] } ?? []) + [("head", head)])
    super.init()
    // Of variance 1 / inputs.
    let patch = Double(3 * Swift.max(patchSize, 1)) * Double(Swift.max(patchSize, 1))
    Init.truncNormal_(convProj.weight, std: (1 / patch).squareRoot(), generator: generator)
    Init.zeros_(convProj.bias!)
    if let preLogits {
      let std = (1 / Double(Swift.max(hiddenDim, 1))).squareRoot()
      Init.truncNormal_(preLogits.weight, std: std, generator: generator)
      Init.zeros_(preLogits.bias!)
    }
    Init.zeros_(head.weight)
    Init.zeros_(head.bias!)
  }

  /// The logits of images (N, 3, imageSize, imageSize).
  public override func forward(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      let shape = x.layout.shape
      guard shape.count == 4 else {
        throw BackplaneError(.shape, "Expected images (N, 3, \(imageSize), \(imageSize)), got \(x.shape)")
      }
      for (name, extent) in [("height", shape[2]), ("width", shape[3])] where extent != imageSize {
        throw BackplaneError(.shape, "Wrong image \(name)! Expected \(imageSize) but got \(extent)!")
      }
      let patches = convProj(x).flatten(2).transpose(1, 2)
      let tokens = cat([classToken.expand(shape[0], -1, -1), patches], dim: 1)
      return heads(try Ops.select(encoder(tokens), 1, 0))
    }
  }

  /// The base network with patches of 16 × 16 pixels, with weights, for images of `imageSize`.
  public static func vitB16(
    imageSize: Int = 224, numClasses: Int = 1000, dropout: Double = 0, attentionDropout: Double = 0,
    dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) -> VisionTransformer {
    VisionTransformer(
      imageSize: imageSize, patchSize: 16, numLayers: 12, numHeads: 12, hiddenDim: 768, mlpDim: 3072,
      dropout: dropout, attentionDropout: attentionDropout, numClasses: numClasses, dtype: dtype, device: device,
      generator: generator)
  }

  /// The base network with patches of 32 × 32 pixels, with weights, for images of `imageSize`.
  public static func vitB32(
    imageSize: Int = 224, numClasses: Int = 1000, dropout: Double = 0, attentionDropout: Double = 0,
    dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) -> VisionTransformer {
    VisionTransformer(
      imageSize: imageSize, patchSize: 32, numLayers: 12, numHeads: 12, hiddenDim: 768, mlpDim: 3072,
      dropout: dropout, attentionDropout: attentionDropout, numClasses: numClasses, dtype: dtype, device: device,
      generator: generator)
  }

  /// The large network with patches of 16 × 16 pixels, with weights, for images of `imageSize`.
  public static func vitL16(
    imageSize: Int = 224, numClasses: Int = 1000, dropout: Double = 0, attentionDropout: Double = 0,
    dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) -> VisionTransformer {
    VisionTransformer(
      imageSize: imageSize, patchSize: 16, numLayers: 24, numHeads: 16, hiddenDim: 1024, mlpDim: 4096,
      dropout: dropout, attentionDropout: attentionDropout, numClasses: numClasses, dtype: dtype, device: device,
      generator: generator)
  }

  /// The large network with patches of 32 × 32 pixels, with weights, for images of `imageSize`.
  public static func vitL32(
    imageSize: Int = 224, numClasses: Int = 1000, dropout: Double = 0, attentionDropout: Double = 0,
    dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) -> VisionTransformer {
    VisionTransformer(
      imageSize: imageSize, patchSize: 32, numLayers: 24, numHeads: 16, hiddenDim: 1024, mlpDim: 4096,
      dropout: dropout, attentionDropout: attentionDropout, numClasses: numClasses, dtype: dtype, device: device,
      generator: generator)
  }

  /// The huge network with patches of 14 × 14 pixels, with weights, for images of `imageSize`.
  public static func vitH14(
    imageSize: Int = 224, numClasses: Int = 1000, dropout: Double = 0, attentionDropout: Double = 0,
    dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) -> VisionTransformer {
    VisionTransformer(
      imageSize: imageSize, patchSize: 14, numLayers: 32, numHeads: 16, hiddenDim: 1280, mlpDim: 5120,
      dropout: dropout, attentionDropout: attentionDropout, numClasses: numClasses, dtype: dtype, device: device,
      generator: generator)
  }
}
