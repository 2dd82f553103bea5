/// Attention in several heads, each with its own projections of queries, keys and values.
///
/// ```swift
/// let attention = MultiheadAttention(64, 8, batchFirst: true)
/// let x = Tensor.randn([2, 10, 64])
/// let (output, weights) = attention(x, x, x)
/// output.shape    // [2, 10, 64]
/// weights!.shape  // [2, 10, 10], the mean over the heads
/// let quick = attention(x, x, x, needWeights: false).output
/// ```
///
/// Takes queries (L, N, E), keys (S, N, kdim) and values (S, N, vdim), with `batchFirst` (N, L, E) …, or without a batch
/// (L, E) …; gives (L, N, E) in the same form, and each query's shares of the keys where they are wanted. Without them the
/// matrix of shares is never made, on devices that have attention as an operator.
///
/// Vaswani et al., "Attention is all you need", NeurIPS 2017.
public final class MultiheadAttention: Module {
  /// The features of queries and results.
  public let embedDim: Int
  /// How many heads share the features.
  public let numHeads: Int
  /// The probability with which a share is dropped in training.
  public let dropout: Double
  /// Whether a key and a value of zeros are added.
  public let addZeroAttn: Bool
  /// The features of keys.
  public let kdim: Int
  /// The features of values.
  public let vdim: Int
  /// Whether batches come before steps.
  public let batchFirst: Bool

  /// The projection of queries where keys or values have other features, else nil.
  @Parameter public var qProjWeight: Tensor?
  /// The projection of keys where keys or values have other features, else nil.
  @Parameter public var kProjWeight: Tensor?
  /// The projection of values where keys or values have other features, else nil.
  @Parameter public var vProjWeight: Tensor?
  /// The projections of queries, keys and values one after the other, (3E, E), or nil where they have other features.
  @Parameter public var inProjWeight: Tensor?
  /// The biases of the three projections, (3E), or nil.
  @Parameter public var inProjBias: Tensor?
  /// A further key for all queries, (1, 1, E), or nil.
  @Parameter public var biasK: Tensor?
  /// A further value for all queries, (1, 1, E), or nil.
  @Parameter public var biasV: Tensor?
  /// The map from the joined heads to the result.
  public let outProj: NonDynamicallyQuantizableLinear

  /// Makes attention over `embedDim` features in `numHeads` heads, with parameters drawn from the generator.
  ///
  /// - Parameters:
  ///   - dropout: The probability with which a share is dropped in training.
  ///   - bias: Whether the projections have biases.
  ///   - addBiasKv: Whether a learned key and value are added.
  ///   - addZeroAttn: Whether a key and a value of zeros are added.
  ///   - kdim: The features of keys, where they are not `embedDim`.
  ///   - vdim: The features of values, where they are not `embedDim`.
  ///   - batchFirst: Whether batches come before steps.
  public init(
    _ embedDim: Int, _ numHeads: Int, dropout: Double = 0, bias: Bool = true, addBiasKv: Bool = false,
    addZeroAttn: Bool = false, kdim: Int? = nil, vdim: Int? = nil, batchFirst: Bool = false,
    dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    let isValid = funnel(or: false) { () throws(BackplaneError) in
      guard embedDim > 0, numHeads > 0 else {
        throw BackplaneError(
          .value,
          "embed_dim and num_heads must be greater than 0, got embed_dim=\(embedDim) and num_heads=\(numHeads) instead")
      }
      guard embedDim % numHeads == 0 else {
        throw BackplaneError(.value, "embed_dim must be divisible by num_heads")
      }
      _ = try Sizes.multiply(3, embedDim, in: "MultiheadAttention")
      return true
    }
    let width = isValid ? embedDim : 1
    self.embedDim = width
    self.numHeads = isValid ? numHeads : 1
    self.dropout = dropout
    self.addZeroAttn = addZeroAttn
    self.batchFirst = batchFirst
    self.kdim = kdim ?? width
    self.vdim = vdim ?? width
    func empty(_ shape: Int...) -> Tensor { Tensor.empty(shape, dtype: dtype, device: device) }
    if self.kdim == width, self.vdim == width {
      inProjWeight = empty(3 * width, width)
    } else {
      qProjWeight = empty(width, width)
      kProjWeight = empty(width, self.kdim)
      vProjWeight = empty(width, self.vdim)
    }
    inProjBias = bias ? empty(3 * width) : nil
    if addBiasKv { (biasK, biasV) = (empty(1, 1, width), empty(1, 1, width)) }
    outProj = NonDynamicallyQuantizableLinear(
      width, width, bias: bias, dtype: dtype, device: device, generator: generator)
    super.init()
    for weight in [inProjWeight, qProjWeight, kProjWeight, vProjWeight] {
      if let weight { Init.xavierUniform_(weight, generator: generator) }
    }
    for bias in [inProjBias, outProj.bias] { if let bias { Init.zeros_(bias) } }
    for bias in [biasK, biasV] {
      if let bias { Init.normal_(bias, std: 1 / Double(width).squareRoot(), generator: generator) }
    }
  }

  /// What queries make of keys and values, and their shares of the keys.
  ///
  /// - Parameters:
  ///   - keyPaddingMask: True where a key is not seen, or what is added to its scores: (N, S), without a batch (S).
  ///   - needWeights: Whether the shares are given back.
  ///   - attnMask: True where a query does not see a key, or what is added to the scores: (L, S), or (N · heads, L, S).
  ///   - averageAttnWeights: Whether the shares are their mean over the heads, (N, L, S), rather than (N, heads, L, S).
  ///   - isCausal: Says that `attnMask` hides from each query what comes after it, and nothing else, so that it need not
  ///     be looked at.
  public func callAsFunction(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, keyPaddingMask: Tensor? = nil, needWeights: Bool = true,
    attnMask: Tensor? = nil, averageAttnWeights: Bool = true, isCausal: Bool = false
  ) -> (output: Tensor, weights: Tensor?) {
    let masks = MultiHeadAttention.Masks(padding: keyPaddingMask, attention: attnMask, isCausal: isCausal)
    let results = callWithHooks([query, key, value]) { inputs in
      let results = funnel(or: (Tensor.invalid, needWeights ? Tensor.invalid : nil)) { () throws(BackplaneError) in
        try attend(inputs, masks, needWeights, averageAttnWeights)
      }
      return [results.0] + (results.1.map { [$0] } ?? [])
    }
    return (results[0], results.count > 1 ? results[1] : nil)
  }

  /// Attention of a sequence to itself, without the shares.
  public override func forward(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      try attend([x, x, x], MultiHeadAttention.Masks(), false, true).0
    }
  }

  private func attend(
    _ inputs: [Tensor], _ masks: MultiHeadAttention.Masks, _ needWeights: Bool, _ averages: Bool
  ) throws(BackplaneError) -> (Tensor, Tensor?) {
    let name: StaticString = "multi_head_attention_forward"
    var masks = masks
    masks.padding = try Autocast.cast(name, masks.padding)
    masks.attention = try Autocast.cast(name, masks.attention)
    // What is one tensor stays one.
    let query = try Autocast.cast(name, inputs[0])
    let key = try inputs[1] === inputs[0] ? query : Autocast.cast(name, inputs[1])
    let value =
      try inputs[2] === inputs[1] ? key : inputs[2] === inputs[0] ? query : Autocast.cast(name, inputs[2])
    let attention = try MultiHeadAttention(
      heads: numHeads, embedding: embedDim, packedWeight: Autocast.cast(name, inProjWeight),
      queryWeight: Autocast.cast(name, qProjWeight), keyWeight: Autocast.cast(name, kProjWeight),
      valueWeight: Autocast.cast(name, vProjWeight), inputBias: Autocast.cast(name, inProjBias),
      outputWeight: Autocast.cast(name, outProj.weight), outputBias: Autocast.cast(name, outProj.bias),
      keyBias: Autocast.cast(name, biasK), valueBias: Autocast.cast(name, biasV), addsZero: addZeroAttn,
      dropout: training ? dropout : 0, isBatchFirst: batchFirst)
    let (output, weights) = try attention(
      query, key, value, masks, needsWeights: needWeights, averagesWeights: averages)
    return (output, weights)
  }
}

/// The last projection of ``MultiheadAttention``, under the name that PyTorch prints.
public final class NonDynamicallyQuantizableLinear: Linear {}

extension ModuleRegistry {
  mutating func addAttention() {
    add(
      "nn.MultiheadAttention(int embed_dim, int num_heads, float dropout=0.0, bool bias=True, bool add_bias_kv=False, "
        + "bool add_zero_attn=False, int? kdim=None, int? vdim=None, bool batch_first=False, Device? device=None, "
        + "ScalarType? dtype=None)",
      forward: "forward(Tensor query, Tensor key, Tensor value, Tensor? key_padding_mask=None, bool need_weights=True, "
        + "Tensor? attn_mask=None, bool average_attn_weights=True, bool is_causal=False)"
    ) { a in
      MultiheadAttention(
        a.int("embed_dim"), a.int("num_heads"), dropout: a.double("dropout"), bias: a.bool("bias"),
        addBiasKv: a.bool("add_bias_kv"), addZeroAttn: a.bool("add_zero_attn"), kdim: a.optionalInt("kdim"),
        vdim: a.optionalInt("vdim"), batchFirst: a.bool("batch_first"), dtype: a.dtype() ?? .float32,
        device: a.device())
    } _: { module, a in
      let (output, weights) = module(
        a.tensor("query"), a.tensor("key"), a.tensor("value"), keyPaddingMask: a.optionalTensor("key_padding_mask"),
        needWeights: a.bool("need_weights"), attnMask: a.optionalTensor("attn_mask"),
        averageAttnWeights: a.bool("average_attn_weights"), isCausal: a.bool("is_causal"))
      let results: [Argument] = [.tensor(output), weights.map { .tensor($0) } ?? .null]
      return results.argument
    }
  }
}
