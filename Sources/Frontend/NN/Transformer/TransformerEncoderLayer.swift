/// One layer of a Transformer's encoder: attention of a sequence to itself, then two linear maps, each added to its input
/// and normalized.
///
/// ```swift
/// let layer = TransformerEncoderLayer(512, 8, batchFirst: true)
/// let y = layer(Tensor.randn([32, 10, 512]))  // (32, 10, 512)
/// ```
///
/// Takes and gives (S, N, E), with `batchFirst` (N, S, E), or without a batch (S, E).
///
/// Vaswani et al., "Attention is all you need", NeurIPS 2017; with `normFirst` Xiong et al., "On layer normalization in
/// the Transformer architecture", ICML 2020.
open class TransformerEncoderLayer: Module {
  /// The attention of the sequence to itself.
  public let selfAttn: MultiheadAttention
  /// The first linear map.
  public let linear1: Linear
  /// After the function between the linear maps.
  public let dropout: Dropout
  /// The second linear map.
  public let linear2: Linear
  /// Of the attention's sum, or with ``normFirst`` of its input.
  public let norm1: LayerNorm
  /// Of the linear maps' sum, or with ``normFirst`` of their input.
  public let norm2: LayerNorm
  /// After the attention.
  public let dropout1: Dropout
  /// After the second linear map.
  public let dropout2: Dropout
  /// Whether inputs are normalized rather than sums.
  public let normFirst: Bool
  /// The function between the linear maps.
  public let activation: TransformerActivation
  private let options: TransformerLayerOptions

  /// Makes a layer for `dModel` features, with parameters drawn from the generator.
  ///
  /// - Parameters:
  ///   - nhead: How many heads the attention has.
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
    linear1 = Linear(dModel, dimFeedforward, bias: bias, dtype: dtype, device: device, generator: generator)
    self.dropout = Dropout(p: dropout)
    linear2 = Linear(dimFeedforward, dModel, bias: bias, dtype: dtype, device: device, generator: generator)
    norm1 = LayerNorm(dModel, eps: layerNormEps, bias: bias, dtype: dtype, device: device)
    norm2 = LayerNorm(dModel, eps: layerNormEps, bias: bias, dtype: dtype, device: device)
    dropout1 = Dropout(p: dropout)
    dropout2 = Dropout(p: dropout)
    self.normFirst = normFirst
    self.activation = activation
    super.init()
  }

  /// A layer of the same options, parameters and mode, that shares nothing with this one. Hooks are not copied.
  ///
  /// A subclass overrides this: ``TransformerEncoder`` stacks copies.
  open func copy() -> TransformerEncoderLayer {
    let o = options
    let layer = TransformerEncoderLayer(
      o.dModel, o.nhead, dimFeedforward: o.dimFeedforward, dropout: o.dropout, activation: o.activation,
      layerNormEps: o.layerNormEps, batchFirst: o.batchFirst, normFirst: o.normFirst, bias: o.bias,
      dtype: linear1.weight.dtype, device: linear1.weight.device, generator: Generator(seed: 0))
    layer.takeState(of: self)
    return layer
  }

  open override func forward(_ x: Tensor) -> Tensor {
    forward(x, srcMask: nil, srcKeyPaddingMask: nil, isCausal: false)
  }

  /// The result for a sequence and masks; what subclasses override.
  open func forward(_ src: Tensor, srcMask: Tensor?, srcKeyPaddingMask: Tensor?, isCausal: Bool) -> Tensor {
    let padding = TransformerMask.additive(srcKeyPaddingMask, "src_key_padding_mask", like: src)
    let mask = TransformerMask.additive(srcMask, "src_mask", like: src)
    func attention(_ x: Tensor) -> Tensor {
      dropout1(
        selfAttn(x, x, x, keyPaddingMask: padding, needWeights: false, attnMask: mask, isCausal: isCausal).output)
    }
    if normFirst {
      let x = src + attention(norm1(src))
      return x + feedForward(norm2(x))
    }
    let x = norm1(src + attention(src))
    return norm2(x + feedForward(x))
  }

  private func feedForward(_ x: Tensor) -> Tensor { dropout2(linear2(dropout(activation(linear1, x)))) }

  /// The result for a sequence.
  ///
  /// - Parameters:
  ///   - srcMask: True where a step does not see another, or what is added to the scores: (S, S), or (N · heads, S, S).
  ///   - srcKeyPaddingMask: True where a step is not seen, or what is added to its scores: (N, S), without a batch (S).
  ///   - isCausal: Says that `srcMask` hides from each step what comes after it, and nothing else.
  public func callAsFunction(
    _ src: Tensor, srcMask: Tensor? = nil, srcKeyPaddingMask: Tensor? = nil, isCausal: Bool = false
  ) -> Tensor {
    callWithHooks([src]) { inputs in
      [forward(inputs[0], srcMask: srcMask, srcKeyPaddingMask: srcKeyPaddingMask, isCausal: isCausal)]
    }[0]
  }
}
