/// A stack of layers of a Transformer's encoder.
///
/// ```swift
/// let layer = TransformerEncoderLayer(512, 8, batchFirst: true)
/// let encoder = TransformerEncoder(layer, 6)
/// let y = encoder(Tensor.randn([32, 10, 512]))  // (32, 10, 512)
/// ```
///
/// The layers are copies of the given one, and so begin with equal parameters, as PyTorch's do. Layers of their own
/// parameters are given one by one: `TransformerEncoder(layers: (0 ..< 6).map { _ in TransformerEncoderLayer(512, 8) })`.
open class TransformerEncoder: Module {
  /// The layers, each a ``TransformerEncoderLayer``.
  public let layers: ModuleList
  /// How many layers were stacked.
  public let numLayers: Int
  /// What comes after the last layer, or nil.
  public let norm: Module?

  /// Makes a stack of `numLayers` copies of a layer.
  ///
  /// - Parameter norm: What comes after the last layer.
  public convenience init(_ encoderLayer: TransformerEncoderLayer, _ numLayers: Int, norm: Module? = nil) {
    self.init(
      layers: TransformerStack.copies(numLayers, of: encoderLayer) { encoderLayer.copy() }, norm: norm)
  }

  /// Makes a stack of layers that are not copied.
  ///
  /// - Parameter norm: What comes after the last layer.
  public init(layers: [TransformerEncoderLayer], norm: Module? = nil) {
    self.layers = ModuleList(layers)
    numLayers = layers.count
    self.norm = norm
    super.init()
  }

  open override func forward(_ x: Tensor) -> Tensor {
    forward(x, mask: nil, srcKeyPaddingMask: nil, isCausal: nil)
  }

  /// The result for a sequence and masks; what subclasses override.
  open func forward(_ src: Tensor, mask: Tensor?, srcKeyPaddingMask: Tensor?, isCausal: Bool?) -> Tensor {
    let stack = TransformerStack.layers(layers, TransformerEncoderLayer.self)
    guard let first = stack.first else { return .invalid }
    let padding = TransformerMask.additive(srcKeyPaddingMask, "src_key_padding_mask", like: src)
    let mask = TransformerMask.additive(mask, "mask", like: src)
    let isCausal = TransformerMask.isCausal(mask, told: isCausal, steps: src, batchFirst: first.selfAttn.batchFirst)
    var x = src
    for layer in stack { x = layer(x, srcMask: mask, srcKeyPaddingMask: padding, isCausal: isCausal) }
    return norm?(x) ?? x
  }

  /// The result for a sequence.
  ///
  /// - Parameters:
  ///   - mask: True where a step does not see another, or what is added to the scores: (S, S), or (N · heads, S, S).
  ///   - srcKeyPaddingMask: True where a step is not seen, or what is added to its scores: (N, S), without a batch (S).
  ///   - isCausal: Whether `mask` hides from each step what comes after it, and nothing else; nil looks.
  public func callAsFunction(
    _ src: Tensor, mask: Tensor? = nil, srcKeyPaddingMask: Tensor? = nil, isCausal: Bool? = nil
  ) -> Tensor {
    callWithHooks([src]) { inputs in
      [forward(inputs[0], mask: mask, srcKeyPaddingMask: srcKeyPaddingMask, isCausal: isCausal)]
    }[0]
  }
}

/// A stack of layers of a Transformer's decoder.
///
/// ```swift
/// let decoder = TransformerDecoder(TransformerDecoderLayer(512, 8), 6)
/// let y = decoder(Tensor.randn([20, 32, 512]), Tensor.randn([10, 32, 512]))  // (20, 32, 512)
/// ```
///
/// The layers are copies of the given one, and so begin with equal parameters, as PyTorch's do; or they are given one by
/// one.
open class TransformerDecoder: Module {
  /// The layers, each a ``TransformerDecoderLayer``.
  public let layers: ModuleList
  /// How many layers were stacked.
  public let numLayers: Int
  /// What comes after the last layer, or nil.
  public let norm: Module?

  /// Makes a stack of `numLayers` copies of a layer.
  ///
  /// - Parameter norm: What comes after the last layer.
  public convenience init(_ decoderLayer: TransformerDecoderLayer, _ numLayers: Int, norm: Module? = nil) {
    self.init(
      layers: TransformerStack.copies(numLayers, of: decoderLayer) { decoderLayer.copy() }, norm: norm)
  }

  /// Makes a stack of layers that are not copied.
  ///
  /// - Parameter norm: What comes after the last layer.
  public init(layers: [TransformerDecoderLayer], norm: Module? = nil) {
    self.layers = ModuleList(layers)
    numLayers = layers.count
    self.norm = norm
    super.init()
  }

  /// The result for a sequence, the memory and masks; what subclasses override.
  ///
  /// - Parameter tgtIsCausal: Whether the sequence's mask hides from each step what comes after it, and nothing else;
  ///   nil looks.
  open func forward(
    _ tgt: Tensor, _ memory: Tensor, masks: TransformerDecoderMasks, tgtIsCausal: Bool?
  ) -> Tensor {
    let stack = TransformerStack.layers(layers, TransformerDecoderLayer.self)
    guard let first = stack.first else { return .invalid }
    var masks = masks
    masks.tgtIsCausal = TransformerMask.isCausal(
      masks.tgt, told: tgtIsCausal, steps: tgt, batchFirst: first.selfAttn.batchFirst)
    var x = tgt
    for layer in stack { x = layer(x, memory, masks) }
    return norm?(x) ?? x
  }

  /// The result for a sequence and the memory.
  ///
  /// - Parameters:
  ///   - tgtMask: True where a step does not see another, or what is added to the scores: (T, T), or (N · heads, T, T).
  ///   - memoryMask: The same for steps of the memory: (T, S), or (N · heads, T, S).
  ///   - tgtKeyPaddingMask: True where a step is not seen, or what is added to its scores: (N, T), without a batch (T).
  ///   - memoryKeyPaddingMask: The same for steps of the memory: (N, S), without a batch (S).
  ///   - tgtIsCausal: Whether `tgtMask` hides from each step what comes after it, and nothing else; nil looks.
  ///   - memoryIsCausal: Says it of `memoryMask`.
  public func callAsFunction(
    _ tgt: Tensor, _ memory: Tensor, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
    tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil, tgtIsCausal: Bool? = nil,
    memoryIsCausal: Bool = false
  ) -> Tensor {
    let masks = TransformerDecoderMasks(
      tgt: tgtMask, memory: memoryMask, tgtKeyPadding: tgtKeyPaddingMask, memoryKeyPadding: memoryKeyPaddingMask,
      memoryIsCausal: memoryIsCausal)
    return callWithHooks(tgt, memory) { forward($0, $1, masks: masks, tgtIsCausal: tgtIsCausal) }
  }
}

/// What stacks of encoder's and decoder's layers share.
private enum TransformerStack {
  /// Copies of a layer, or an error where its class does not copy itself.
  static func copies<Layer: Module>(_ count: Int, of layer: Layer, _ copy: () -> Layer) -> [Layer] {
    funnel(or: []) { () throws(BackplaneError) in
      var layers: [Layer] = []
      for _ in 0..<Swift.max(count, 0) {
        let layer = (layer, copy())
        guard type(of: layer.1) == type(of: layer.0) else {
          throw BackplaneError(
            .unsupported,
            "\(type(of: layer.0)) does not override copy(), so that a stack of it would be one of \(type(of: layer.1)): "
              + "override it, or give layers one by one")
        }
        layers.append(layer.1)
      }
      return layers
    }
  }

  /// The layers of a stack, of which there has to be one.
  static func layers<Layer: Module>(_ list: ModuleList, _ type: Layer.Type) -> [Layer] {
    funnel(or: []) { () throws(BackplaneError) in
      guard list.count > 0 else { throw BackplaneError(.index, "index 0 is out of range") }
      var layers: [Layer] = []
      for module in list {
        guard let layer = module as? Layer else {
          throw BackplaneError(.value, "a stack of \(Layer.self) holds a \(Swift.type(of: module))")
        }
        layers.append(layer)
      }
      return layers
    }
  }
}
