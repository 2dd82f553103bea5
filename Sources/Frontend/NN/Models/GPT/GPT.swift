/// The language model GPT-2: for each token of a sequence the scores of those that could come next.
///
/// ```swift
/// let model = GPT(GPTConfig(vocabSize: 100, nPositions: 64, nEmbd: 32, nLayer: 2, nHead: 4))
/// let ids = Tensor([[1, 5, 2]])
/// model(ids).shape                                        // [1, 3, 100]
/// model.generate(ids, maxNewTokens: 5).shape              // [1, 8]
/// ```
///
/// Takes token numbers (N, T) or (T), and gives (N, T, vocabulary) or (T, vocabulary). Structure, start and names of the
/// parameters are those of Hugging Face's `GPT2LMHeadModel`, whose checkpoints ``load(pretrained:)`` opens: matrices are
/// (in, out), and the last map has the weights of the token embeddings.
///
/// Radford et al., "Language models are unsupervised multitask learners", 2019.
public final class GPT: Module {
  /// The sizes and rates of the model.
  public let config: GPTConfig
  /// Everything below the last map.
  public let transformer: GPTBody
  /// The last map, from features to scores.
  public let lmHead: GPTHead

  /// Makes a model whose weights are drawn from the generator as GPT-2's were: normal, those at the end of a block's two
  /// halves narrower by √(2 · layers).
  public init(
    _ config: GPTConfig = .gpt2, dtype: DType = .float32, device: Device? = nil, generator: Generator? = nil
  ) {
    let config = funnel(or: GPTConfig(vocabSize: 1, nPositions: 1, nEmbd: 1, nLayer: 1, nHead: 1)) {
      () throws(BackplaneError) in
      try config.check()
      return config
    }
    self.config = config
    let make = GPTParameters(config: config, dtype: dtype, device: device, generator: generator)
    transformer = GPTBody(make)
    lmHead = GPTHead(transformer.wte.weight)
    super.init()
  }

  /// The scores of next tokens after each token.
  public override func forward(_ x: Tensor) -> Tensor { scores(x, nil) }

  /// The scores of next tokens after each of further tokens, with what a cache holds before them; the cache then holds
  /// them too. No gradients are recorded.
  ///
  /// - Parameter cache: One that holds nothing at the start of a sequence.
  public func callAsFunction(_ x: Tensor, cache: KeyValueCache) -> Tensor {
    noGrad { callWithHooks([x]) { [scores($0[0], cache)] }[0] }
  }

  private func scores(_ ids: Tensor, _ cache: KeyValueCache?) -> Tensor {
    let isOne = ids.layout.rank == 1
    let x = transformer.features(isOne ? ids.unsqueeze(0) : ids, cache)
    let scores = lmHead(x)
    return isOne ? scores.squeeze(0) : scores
  }

  /// Loads a checkpoint of Hugging Face's GPT-2, with or without `transformer.` before its names, with or without the
  /// last map, and with the masks that old ones hold.
  ///
  /// ```swift
  /// let model = GPT(.gpt2)
  /// try model.load(pretrained: load("model.safetensors"))
  /// ```
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/state`` as `load(_:strict:)` does. The model is then
  ///   unchanged.
  public func load(pretrained state: some Sequence<(key: String, value: Tensor)>) throws(BackplaneError) {
    var named = StateDict()
    for (key, value) in state {
      if key.hasSuffix(".attn.bias") || key.hasSuffix(".attn.masked_bias") { continue }
      named[key == "lm_head.weight" || key.hasPrefix("transformer.") ? key : "transformer." + key] = value
    }
    if named["lm_head.weight"] == nil, let tied = named["transformer.wte.weight"] { named["lm_head.weight"] = tied }
    try load(named)
  }
}

/// What the weights of a model are made with.
struct GPTParameters {
  let config: GPTConfig
  let dtype: DType
  let device: Device?
  let generator: Generator?

  func normal(_ rows: Int, _ columns: Int, scale: Double = 1) -> Tensor {
    Init.normal_(
      Tensor.empty([rows, columns], dtype: dtype, device: device), std: config.initializerRange * scale,
      generator: generator)
  }

  func zeros(_ count: Int) -> Tensor { Tensor.zeros([count], dtype: dtype, device: device) }

  func table(_ rows: Int) -> Embedding {
    Embedding(
      rows, config.nEmbd, weight: normal(rows, config.nEmbd), freeze: false, paddingIdx: nil, maxNorm: nil,
      normType: 2, scaleGradByFreq: false, sparse: false, dtype: dtype, device: device, generator: nil)
  }

  func norm() -> LayerNorm { LayerNorm(config.nEmbd, eps: config.layerNormEpsilon, dtype: dtype, device: device) }
}

/// Embeddings and blocks of a ``GPT``: from token numbers to features.
public final class GPTBody: Module {
  /// The embeddings of tokens.
  public let wte: Embedding
  /// The embeddings of positions.
  public let wpe: Embedding
  /// After the embeddings.
  public let drop: Dropout
  /// The blocks, each a ``GPTBlock``.
  public let h: ModuleList
  /// After the last block.
  public let lnF: LayerNorm

  init(_ make: GPTParameters) {
    wte = make.table(make.config.vocabSize)
    wpe = make.table(make.config.nPositions)
    drop = Dropout(p: make.config.embdPdrop)
    h = ModuleList((0..<make.config.nLayer).map { _ in GPTBlock(make) })
    lnF = make.norm()
    super.init()
  }

  /// The features of each token.
  public override func forward(_ x: Tensor) -> Tensor { features(x, nil) }

  fileprivate func features(_ ids: Tensor, _ cache: KeyValueCache?) -> Tensor {
    let past = cache?.length ?? 0
    let isValid = funnel(or: false) { () throws(BackplaneError) in
      guard ids.layout.rank == 2 else {
        throw BackplaneError(.shape, "GPT: expected token numbers (N, T) or (T), but got \(ids.shape)")
      }
      let length = ids.layout.elements[1]
      guard length > 0, length <= wpe.numEmbeddings - past else {
        throw BackplaneError(
          .shape,
          "GPT: \(length) tokens\(past > 0 ? " after \(past)" : ""): a sequence has from 1 to \(wpe.numEmbeddings) of them"
        )
      }
      return true
    }
    guard isValid else { return .invalid }
    let positions = Tensor.arange(past, past + ids.layout.elements[1], device: ids.device)
    var x = drop(wte(ids) + wpe(positions))
    // A call that fails half-way leaves the cache as it was.
    defer { if let cache, x.context.isInvalid { cache.crop(to: past) } }
    for (i, block) in h.enumerated() {
      if let cache, let block = block as? GPTBlock {
        x = block(x, cache, i)
      } else {
        x = block(x)
      }
    }
    x = lnF(x)
    return x
  }
}

/// A block of a ``GPT``: attention to the tokens before, then two maps, each of normalized features and added to them.
public final class GPTBlock: Module {
  /// Before the attention.
  public let ln1: LayerNorm
  /// The attention to the tokens before.
  public let attn: GPTAttention
  /// Before the maps.
  public let ln2: LayerNorm
  /// The maps.
  public let mlp: GPTFeedForward

  public override class var keyNames: [String: String] { ["ln1": "ln_1", "ln2": "ln_2"] }

  init(_ make: GPTParameters) {
    ln1 = make.norm()
    attn = GPTAttention(make)
    ln2 = make.norm()
    mlp = GPTFeedForward(make)
    super.init()
  }

  public override func forward(_ x: Tensor) -> Tensor {
    let x = x + attn(ln1(x))
    return x + mlp(ln2(x))
  }

  fileprivate func callAsFunction(_ x: Tensor, _ cache: KeyValueCache, _ layer: Int) -> Tensor {
    callWithHooks([x]) { inputs in
      let x = inputs[0] + attn(ln1(inputs[0]), cache, layer)
      return [x + mlp(ln2(x))]
    }[0]
  }
}

/// The attention of each token of a ``GPT`` to those before it and itself.
public final class GPTAttention: Module {
  /// The projections to queries, keys and values, one after the other.
  public let cAttn: GPTMap
  /// The map of the joined heads.
  public let cProj: GPTMap
  /// After that map.
  public let residDropout: Dropout
  private let heads: Int
  private let dropout: Double

  init(_ make: GPTParameters) {
    let c = make.config
    cAttn = GPTMap(make, c.nEmbd, 3 * c.nEmbd)
    cProj = GPTMap(make, c.nEmbd, c.nEmbd, scale: 1 / Double(2 * c.nLayer).squareRoot())
    residDropout = Dropout(p: c.residPdrop)
    heads = c.nHead
    dropout = c.attnPdrop
    super.init()
  }

  public override func forward(_ x: Tensor) -> Tensor { attend(x, nil, 0) }

  fileprivate func callAsFunction(_ x: Tensor, _ cache: KeyValueCache, _ layer: Int) -> Tensor {
    callWithHooks([x]) { [attend($0[0], cache, layer)] }[0]
  }

  private func attend(_ x: Tensor, _ cache: KeyValueCache?, _ layer: Int) -> Tensor {
    let all = cAttn(x)
    let joined = funnel { () throws(BackplaneError) in
      let name: StaticString = "scaled_dot_product_attention"
      let (batch, count) = (all.layout.elements[0], all.layout.elements[1])
      var parts: [Tensor] = []
      for part in try MultiHeadAttention.parts(all, 3) {
        let split = try Ops.reshape(part, [batch, count, heads, part.layout.elements[2] / heads])
        parts.append(try Autocast.cast(name, Ops.permute(split, [0, 2, 1, 3])))
      }
      let past = cache?.length(ofLayer: layer) ?? 0
      if let cache { (parts[1], parts[2]) = try cache.appended(parts[1], parts[2], layer) }
      // Of several tokens after others each sees those, and the ones up to itself.
      let mask: Tensor? =
        past > 0 && count > 1
        ? try Ops.tril(Ops.full(.contiguous([count, past + count]), .bool(true), .bool, on: x.context), past) : nil
      let mixed = try Ops.attention(
        parts[0], parts[1], parts[2], mask: mask, dropout: training ? dropout : 0, isCausal: past == 0, scale: nil,
        enableGQA: false, nil)
      return try Ops.reshape(Ops.permute(mixed, [0, 2, 1, 3]), [batch, count, -1])
    }
    return residDropout(cProj(joined))
  }
}

/// The two maps of a ``GPTBlock``, with a GELU between them.
public final class GPTFeedForward: Module {
  /// The map to more features.
  public let cFc: GPTMap
  /// The map back.
  public let cProj: GPTMap
  /// After the maps.
  public let dropout: Dropout

  init(_ make: GPTParameters) {
    let c = make.config, inner = c.nInner ?? 4 * c.nEmbd
    cFc = GPTMap(make, c.nEmbd, inner)
    cProj = GPTMap(make, inner, c.nEmbd, scale: 1 / Double(2 * c.nLayer).squareRoot())
    dropout = Dropout(p: c.residPdrop)
    super.init()
  }

  public override func forward(_ x: Tensor) -> Tensor {
    dropout(cProj(Functional.gelu(cFc(x), approximate: .tanh)))
  }
}

/// The affine map x W + b of a ``GPT``, whose weight is (in, out) as Hugging Face's `Conv1D` has it.
public final class GPTMap: Module {
  /// The matrix W, of shape (in, out).
  @Parameter public var weight: Tensor
  /// The vector b, of shape (out).
  @Parameter public var bias: Tensor

  init(_ make: GPTParameters, _ inputs: Int, _ outputs: Int, scale: Double = 1) {
    weight = make.normal(inputs, outputs, scale: scale)
    bias = make.zeros(outputs)
    super.init()
  }

  public override func forward(_ x: Tensor) -> Tensor { Functional.linear(x, weight.t(), bias) }

  public override var extraDescription: String { "nf=\(weight.shape[1]), nx=\(weight.shape[0])" }
}

/// The last map of a ``GPT``, from features to scores, which has no bias.
public final class GPTHead: Module {
  /// The matrix, of shape (vocabulary, features): that of the token embeddings.
  @Parameter public var weight: Tensor

  init(_ weight: Tensor) {
    self.weight = weight
    super.init()
  }

  public override func forward(_ x: Tensor) -> Tensor { Functional.linear(x, weight) }

  public override var extraDescription: String {
    "in_features=\(weight.shape[1]), out_features=\(weight.shape[0]), bias=False"
  }
}
