/// Attention in several heads, with the projections into and out of them.
///
/// Vaswani et al., "Attention is all you need", NeurIPS 2017.
struct MultiHeadAttention {
  let heads: Int
  /// The width that the caller expects.
  let embedding: Int
  /// All three projections in one, (3E, E), or one each.
  var packedWeight: Tensor?
  var queryWeight: Tensor?, keyWeight: Tensor?, valueWeight: Tensor?
  var inputBias: Tensor?
  var outputWeight: Tensor
  var outputBias: Tensor?
  /// A further key and value, learned.
  var keyBias: Tensor?, valueBias: Tensor?
  var addsZero = false
  var dropout = 0.0
  /// Keys and values by head, (N · heads, S, E / heads), that take the place of the projected ones.
  var staticKey: Tensor?, staticValue: Tensor?

  /// What each query may not see.
  struct Masks {
    /// (N, S): true or −∞ where a key is padding.
    var padding: Tensor?
    /// (L, S) or (N · heads, L, S): true where a query does not see a key, or what is added to the scores.
    var attention: Tensor?
    var isCausal = false
  }

  /// The result (L, N, E), and the shares (N, heads, L, S), or their mean over the heads, where they are wanted.
  func callAsFunction(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ masks: Masks, needsWeights: Bool = true, averagesWeights: Bool
  ) throws(BackplaneError) -> (output: Tensor, weights: Tensor?) {
    let isBatched = try requireInputs(query, key, value, masks)
    var (q, k, v) = (query, key, value)
    if !isBatched { (q, k, v) = (try Ops.unsqueeze(q, 1), try Ops.unsqueeze(k, 1), try Ops.unsqueeze(v, 1)) }
    let (targets, batch) = (q.layout.elements[0], q.layout.elements[1])
    let width = embedding / heads
    (q, k, v) = try projected(q, k, v)
    var mask = try additive(masks.attention, "attn_mask", like: q)
    if let given = mask { mask = try requireMask(given, [targets, k.layout.elements[0]], batch) }
    var padding = try additive(masks.padding, "key_padding_mask", like: q)
    if let given = padding, !isBatched { padding = try Ops.unsqueeze(given, 0) }
    // Keys that are added are seen by all.
    func addKey() throws(BackplaneError) {
      mask = try mask.map { m throws(BackplaneError) in try MultiHeadAttention.lengthened(m) }
      padding = try padding.map { m throws(BackplaneError) in try MultiHeadAttention.lengthened(m) }
    }
    if let keyBias, let valueBias {
      let shape = [1, batch, embedding]
      k = try Ops.cat([k, Ops.expand(keyBias, shape)], 0)
      v = try Ops.cat([v, Ops.expand(valueBias, shape)], 0)
      try addKey()
    }
    q = try byHead(q, batch, width)
    k = if let staticKey { staticKey } else { try byHead(k, batch, width) }
    v = if let staticValue { staticValue } else { try byHead(v, batch, width) }
    if addsZero {
      let zero = try Ops.zeros([batch * heads, 1, width], like: k)
      (k, v) = (try Ops.cat([k, zero], 1), try Ops.cat([v, zero], 1))
      try addKey()
    }
    let sources = k.layout.elements[1]
    if let padding {
      guard padding.layout.shape == [batch, sources] else {
        throw BackplaneError(
          .shape, "Expected key_padded_mask.shape to be \((batch, sources)), but got \(padding.shape)")
      }
      let spread = try Ops.reshape(
        Ops.expand(Ops.reshape(padding, [batch, 1, 1, sources]), [batch, heads, 1, sources]),
        [batch * heads, 1, sources])
      mask = try mask.map { m throws(BackplaneError) in try Ops.add(m, spread) } ?? spread
    }
    if !needsWeights {
      let mixed = try mixture(q, k, v, mask, isCausal: masks.isCausal && padding == nil && mask != nil, batch)
      let output = try Ops.linear(Ops.reshape(mixed, [targets, batch, embedding]), outputWeight, outputBias)
      return (isBatched ? output : try Ops.squeeze(output, 1), nil)
    }
    var scores = try Ops.matmul(
      Ops.mul(q, .double((1 / Double(Swift.max(width, 1))).squareRoot())), Ops.transpose(k, 1, 2))
    if let mask { scores = try Ops.add(scores, mask) }
    var shares = try Ops.softmax(scores, -1)
    if dropout > 0 { shares = try Ops.dropped(shares, dropout, nil) }
    let mixed = try Ops.reshape(Ops.transpose(Ops.matmul(shares, v), 0, 1), [targets, batch, embedding])
    var output = try Ops.linear(mixed, outputWeight, outputBias)
    var weights = try Ops.reshape(shares, [batch, heads, targets, sources])
    if averagesWeights { weights = try Ops.mean(weights, [1], keepDim: false) }
    if !isBatched { (output, weights) = (try Ops.squeeze(output, 1), try Ops.squeeze(weights, 0)) }
    return (output, weights)
  }

  /// The values by their shares, (L, N · heads, E / heads), without the shares themselves.
  ///
  /// - Parameter isCausal: Whether the mask hides what comes after a query, and nothing else.
  private func mixture(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor?, isCausal: Bool, _ batch: Int
  ) throws(BackplaneError) -> Tensor {
    func split(_ x: Tensor) throws(BackplaneError) -> Tensor {
      try Ops.reshape(x, [batch, heads] + x.layout.shape.suffix(2))
    }
    let seen = isCausal ? nil : mask
    let mixed = try Ops.attention(
      split(q), split(k), split(v),
      mask: seen.map { m throws(BackplaneError) in
        m.layout.elements[0] == 1 ? try Ops.unsqueeze(m, 0) : try split(m)
      }, dropout: dropout, isCausal: isCausal, scale: nil, enableGQA: false, nil)
    return try Ops.permute(mixed, [2, 0, 1, 3])
  }

  private func projected(
    _ q: Tensor, _ k: Tensor, _ v: Tensor
  ) throws(BackplaneError) -> (Tensor, Tensor, Tensor) {
    let biases: [Tensor?] = try inputBias.map { b throws(BackplaneError) in try Ops.chunk(b, 3, 0) } ?? [nil, nil, nil]
    let weights: [Tensor]
    if let packedWeight {
      weights = try Ops.chunk(packedWeight, 3, 0)
    } else {
      guard let queryWeight, let keyWeight, let valueWeight else {
        throw BackplaneError(.value, "multi_head_attention_forward: the weights of the projections are missing")
      }
      weights = [queryWeight, keyWeight, valueWeight]
    }
    guard weights.count == 3, biases.count == 3 else {
      throw BackplaneError(
        .shape, "multi_head_attention_forward: in_proj_weight and in_proj_bias need three equal parts")
    }
    return (
      try Ops.linear(q, weights[0], biases[0]), try Ops.linear(k, weights[1], biases[1]),
      try Ops.linear(v, weights[2], biases[2])
    )
  }

  /// (S, N, E) as (N · heads, S, E / heads).
  private func byHead(_ x: Tensor, _ batch: Int, _ width: Int) throws(BackplaneError) -> Tensor {
    try Ops.transpose(Ops.reshape(x, [x.layout.elements[0], batch * heads, width]), 0, 1)
  }

  /// A mask with one more key, which is seen.
  private static func lengthened(_ mask: Tensor) throws(BackplaneError) -> Tensor {
    var high = [Int](repeating: 0, count: mask.layout.rank)
    high[high.count - 1] = 1
    return try Ops.constantPad(mask, low: [Int](repeating: 0, count: mask.layout.rank), high: high)
  }

  /// −∞ where a mask of bools hides, else 0; other masks as they are.
  private func additive(_ mask: Tensor?, _ name: String, like x: Tensor) throws(BackplaneError) -> Tensor? {
    guard let mask else { return nil }
    try Ops.requireSameDevice([x, mask])
    if mask.dtype.isFloatingPoint { return mask }
    guard mask.dtype == .bool else {
      throw BackplaneError(.dtype, "only bool and floating types of \(name) are supported")
    }
    let zero = try Ops.full(.scalar, .int(0), x.dtype, on: x.context)
    return try Ops.select(mask, .scalar(.double(-.infinity)), .tensor(zero), x.dtype)
  }

  private func requireMask(_ mask: Tensor, _ shape: [Int], _ batch: Int) throws(BackplaneError) -> Tensor {
    switch mask.layout.rank {
    case 2:
      guard mask.layout.shape == shape else {
        throw BackplaneError(.shape, "The shape of the 2D attn_mask is \(mask.shape), but should be \(shape).")
      }
      return try Ops.unsqueeze(mask, 0)
    case 3:
      guard mask.layout.shape == [batch * heads] + shape else {
        throw BackplaneError(
          .shape, "The shape of the 3D attn_mask is \(mask.shape), but should be \([batch * heads] + shape).")
      }
      return mask
    default:
      throw BackplaneError(.shape, "attn_mask's dimension \(mask.layout.rank) is not supported")
    }
  }

  private func requireInputs(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ masks: Masks
  ) throws(BackplaneError) -> Bool {
    try Ops.requireSameDevice([query, key, value])
    let rank = query.layout.rank
    guard rank == 2 || rank == 3 else {
      throw BackplaneError(
        .shape, "query should be unbatched 2D or batched 3D tensor but received \(rank)-D query tensor")
    }
    guard key.layout.rank == rank, value.layout.rank == rank else {
      throw BackplaneError(
        .shape,
        "For \(rank == 3 ? "batched (3-D)" : "unbatched (2-D)") `query`, expected `key` and `value` to be \(rank)-D but "
          + "found \(key.layout.rank)-D and \(value.layout.rank)-D tensors respectively")
    }
    if let padding = masks.padding, padding.layout.rank != rank - 1 {
      throw BackplaneError(
        .shape,
        "expected `key_padding_mask` to be `None` or \(rank - 1)-D but found \(padding.layout.rank)-D tensor instead")
    }
    guard !masks.isCausal || masks.attention != nil else {
      throw BackplaneError(
        .value, "Need attn_mask if specifying the is_causal hint.")
    }
    let width = query.layout.elements[rank - 1]
    guard width == embedding else {
      throw BackplaneError(.shape, "was expecting embedding dimension of \(embedding), but got \(width)")
    }
    guard heads > 0, embedding % heads == 0 else {
      throw BackplaneError(.value, "embed_dim \(embedding) not divisible by num_heads \(heads)")
    }
    let isSame =
      packedWeight == nil
      ? key.layout.shape.dropLast() == value.layout.shape.dropLast() : key.layout.hasSameShape(as: value.layout)
    guard isSame else {
      throw BackplaneError(.shape, "key shape \(key.shape) does not match value shape \(value.shape)")
    }
    guard rank == 2 || key.layout.elements[1] == query.layout.elements[1] else {
      throw BackplaneError(
        .shape, "key of shape \(key.shape) and query of shape \(query.shape) have different batch sizes")
    }
    guard (keyBias == nil) == (valueBias == nil) else {
      throw BackplaneError(
        .value, keyBias == nil ? "bias_v is set but bias_k is None" : "bias_k is set but bias_v is None")
    }
    guard keyBias == nil || (staticKey == nil && staticValue == nil) else {
      throw BackplaneError(.value, "bias cannot be added to static key.")
    }
    let batch = rank == 3 ? query.layout.elements[1] : 1
    for (given, name) in [(staticKey, "static_k"), (staticValue, "static_v")] {
      guard let given else { continue }
      guard given.layout.rank == 3, given.layout.elements[0] == batch * heads,
        given.layout.elements[2] == embedding / heads
      else {
        throw BackplaneError(
          .shape, "expecting \(name) of shape (\(batch * heads), S, \(embedding / heads)), but got \(given.shape)")
      }
    }
    try Ops.requireProbability(dropout)
    return rank == 3
  }
}
