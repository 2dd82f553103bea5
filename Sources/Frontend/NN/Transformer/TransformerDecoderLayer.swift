/// One layer of a Transformer's decoder: attention of a sequence to itself, attention to the encoder's result, then two
/// linear maps, each added to its input and normalized.
///
/// ```swift
/// let layer = TransformerDecoderLayer(512, 8)
/// let y = layer(Tensor.randn([20, 32, 512]), Tensor.randn([10, 32, 512]))  // (20, 32, 512)
/// ```
///
/// Takes the sequence (T, N, E) and the encoder's result, the memory, (S, N, E), and gives (T, N, E); with `batchFirst`
/// (N, T, E) …, or without a batch (T, E) ….
///
/// Vaswani et al., "Attention is all you need", NeurIPS 2017.
open class TransformerDecoderLayer: Module {
  /// The attention of the sequence to itself.
  public let selfAttn: MultiheadAttention
  /// The attention of the sequence to the memory.
  public let multiheadAttn: MultiheadAttention
  /// The first linear map.
  public let linear1: Linear
  /// After the function between the linear maps.
  public let dropout: Dropout
  /// The second linear map.
  public let linear2: Linear
  /// Of the first attention's sum, or with ``normFirst`` of its input.
  public let norm1: LayerNorm
  /// Of the second attention's sum, or with ``normFirst`` of its input.
  public let norm2: LayerNorm
  /// Of the linear maps' sum, or with ``normFirst`` of their input.
  public let norm3: LayerNorm
  /// After the first attention.
  public let dropout1: Dropout
  /// After the second attention.
  public let dropout2: Dropout
  /// After the second linear map.
  public let dropout3: Dropout
  /// Whether inputs are normalized rather than sums.
  public let normFirst: Bool
  /// The function between the linear maps.
  public let activation: TransformerActivation
  private let options: TransformerLayerOptions

  /// Makes a layer for `dModel` features, with parameters drawn from the generator.
  ///
  /// - Parameters:
  ///   - nhead: How many heads each attention has.
  ///   - dimFeedforward: The features between the linear maps.
  ///   - dropout: The probability with which elements and shares are dropped in training.
  ///   - activation: The function between the linear maps.
  ///   - layerNormEps: What is added to variances.
  ///   - batchFirst: Whether batches come before steps.
  ///   - normFirst: Whether inputs are normalized rather than sums.
  ///   - bias: Whether linear maps and normalizations have biases.
  public init(
    _ dModel: Int, _ nhead: Int, dimFeedforward: Int = 2048, dropout: Double = 0.1,
    activation: TransformerActivation = .relu, layerNormEps: Double = 1e-5, batchFirst: Bool = false,
    normFirst: Bool = false, bias: Bool = true, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) {
    options = TransformerLayerOptions(
      dModel: dModel, nhead: nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation,
      layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias)
    selfAttn = MultiheadAttention(
      dModel, nhead, dropout: dropout, bias: bias, batchFirst: batchFirst, dtype: dtype, device: device,
      generator: generator)
    multiheadAttn = MultiheadAttention(
      dModel, nhead, dropout: dropout, bias: bias, batchFirst: batchFirst, dtype: dtype, device: device,
      generator: generator)
    linear1 = Linear(dModel, dimFeedforward, bias: bias, dtype: dtype, device: device, generator: generator)
    self.dropout = Dropout(p: dropout)
    linear2 = Linear(dimFeedforward, dModel, bias: bias, dtype: dtype, device: device, generator: generator)
    norm1 = LayerNorm(dModel, eps: layerNormEps, bias: bias, dtype: dtype, device: device)
    norm2 = LayerNorm(dModel, eps: layerNormEps, bias: bias, dtype: dtype, device: device)
    norm3 = LayerNorm(dModel, eps: layerNormEps, bias: bias, dtype: dtype, device: device)
    dropout1 = Dropout(p: dropout)
    dropout2 = Dropout(p: dropout)
    dropout3 = Dropout(p: dropout)
    self.normFirst = normFirst
    self.activation = activation
    super.init()
  }

  /// A layer of the same options, parameters and mode, that shares nothing with this one. Hooks are not copied.
  ///
  /// A subclass overrides this: ``TransformerDecoder`` stacks copies.
  open func copy() -> TransformerDecoderLayer {
    let o = options
    let layer = TransformerDecoderLayer(
      o.dModel, o.nhead, dimFeedforward: o.dimFeedforward, dropout: o.dropout, activation: o.activation,
      layerNormEps: o.layerNormEps, batchFirst: o.batchFirst, normFirst: o.normFirst, bias: o.bias,
      dtype: linear1.weight.dtype, device: linear1.weight.device, generator: Generator(seed: 0))
    layer.takeState(of: self)
    return layer
  }

  /// The result for a sequence, the memory and masks; what subclasses override.
  open func forward(_ tgt: Tensor, _ memory: Tensor, masks: TransformerDecoderMasks) -> Tensor {
    func own(_ x: Tensor) -> Tensor {
      dropout1(
        selfAttn(
          x, x, x, keyPaddingMask: masks.tgtKeyPadding, needWeights: false, attnMask: masks.tgt,
          isCausal: masks.tgtIsCausal
        ).output)
    }
    func other(_ x: Tensor) -> Tensor {
      dropout2(
        multiheadAttn(
          x, memory, memory, keyPaddingMask: masks.memoryKeyPadding, needWeights: false, attnMask: masks.memory,
          isCausal: masks.memoryIsCausal
        ).output)
    }
    if normFirst {
      var x = tgt + own(norm1(tgt))
      x = x + other(norm2(x))
      return x + feedForward(norm3(x))
    }
    var x = norm1(tgt + own(tgt))
    x = norm2(x + other(x))
    return norm3(x + feedForward(x))
  }

  private func feedForward(_ x: Tensor) -> Tensor { dropout3(linear2(dropout(activation(linear1, x)))) }

  /// The result for a sequence and the memory.
  ///
  /// - Parameters:
  ///   - tgtMask: True where a step does not see another, or what is added to the scores: (T, T), or (N · heads, T, T).
  ///   - memoryMask: The same for steps of the memory: (T, S), or (N · heads, T, S).
  ///   - tgtKeyPaddingMask: True where a step is not seen, or what is added to its scores: (N, T), without a batch (T).
  ///   - memoryKeyPaddingMask: The same for steps of the memory: (N, S), without a batch (S).
  ///   - tgtIsCausal: Says that `tgtMask` hides from each step what comes after it, and nothing else.
  ///   - memoryIsCausal: Says it of `memoryMask`.
  public func callAsFunction(
    _ tgt: Tensor, _ memory: Tensor, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
    tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil, tgtIsCausal: Bool = false,
    memoryIsCausal: Bool = false
  ) -> Tensor {
    let masks = TransformerDecoderMasks(
      tgt: tgtMask, memory: memoryMask, tgtKeyPadding: tgtKeyPaddingMask, memoryKeyPadding: memoryKeyPaddingMask,
      tgtIsCausal: tgtIsCausal, memoryIsCausal: memoryIsCausal)
    return self(tgt, memory, masks)
  }

  func callAsFunction(_ tgt: Tensor, _ memory: Tensor, _ masks: TransformerDecoderMasks) -> Tensor {
    callWithHooks(tgt, memory) { forward($0, $1, masks: masks) }
  }
}

/// What the steps of a decoder's layer do not see.
public struct TransformerDecoderMasks {
  /// Of the sequence's own steps, by step.
  public var tgt: Tensor?
  /// Of the memory's steps, by step.
  public var memory: Tensor?
  /// Of the sequence's own steps, by sequence.
  public var tgtKeyPadding: Tensor?
  /// Of the memory's steps, by sequence.
  public var memoryKeyPadding: Tensor?
  /// Whether ``tgt`` hides from each step what comes after it, and nothing else.
  public var tgtIsCausal = false
  /// Whether ``memory`` hides from each step what comes after it, and nothing else.
  public var memoryIsCausal = false
}
