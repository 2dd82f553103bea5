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
  /// Whether inputs and outputs are (N, L, E) rather than (L, N, E).
  var isBatchFirst = false
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

  /// The result in the form of the queries, and the shares (N, heads, L, S), or their mean over the heads, where they
  /// are wanted.
  ///
  /// Where query, key and value are one tensor, one product projects them.
  func callAsFunction(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ masks: Masks, needsWeights: Bool = true, averagesWeights: Bool
  ) throws(BackplaneError) -> (output: Tensor, weights: Tensor?) {
    let isBatched = try requireInputs(query, key, value, masks)
    let order = isBatched && !isBatchFirst ? Order.stepsFirst : .batchesFirst
    var (q, k, v) = try projected(query, key, value)
    if !isBatched { (q, k, v) = (try Ops.unsqueeze(q, 0), try Ops.unsqueeze(k, 0), try Ops.unsqueeze(v, 0)) }
    let (targets, batch) = (q.layout.elements[order.steps], q.layout.elements[order.batches])
    var mask = try MultiHeadAttention.additive(masks.attention, "attn_mask", like: q)
    if let given = mask { mask = try requireMask(given, [targets, k.layout.elements[order.steps]], batch) }
    var padding = try MultiHeadAttention.additive(masks.padding, "key_padding_mask", like: q)
    if let given = padding, !isBatched { padding = try Ops.unsqueeze(given, 0) }
    // Keys that are added are seen by all.
    func addKey() throws(BackplaneError) {
      mask = try mask.map { m throws(BackplaneError) in try MultiHeadAttention.lengthened(m) }
      padding = try padding.map { m throws(BackplaneError) in try MultiHeadAttention.lengthened(m) }
    }
    if let keyBias, let valueBias {
      let shape = order == .stepsFirst ? [1, batch, embedding] : [batch, 1, embedding]
      k = try Ops.cat([k, Ops.expand(keyBias, shape)], order.steps)
      v = try Ops.cat([v, Ops.expand(valueBias, shape)], order.steps)
      try addKey()
    }
    q = try byHead(q, order)
    k = if let staticKey { try byHead(fixed: staticKey, batch) } else { try byHead(k, order) }
    v = if let staticValue { try byHead(fixed: staticValue, batch) } else { try byHead(v, order) }
    if addsZero {
      let zero = try Ops.zeros([batch, heads, 1, embedding / heads], like: k)
      (k, v) = (try Ops.cat([k, zero], 2), try Ops.cat([v, zero], 2))
      try addKey()
    }
    let sources = k.layout.elements[2]
    if let padding {
      guard padding.layout.shape == [batch, sources] else {
        throw BackplaneError(
          .shape, "Expected key_padded_mask.shape to be (\(batch), \(sources)), but got \(padding.shape)")
      }
      let spread = try Ops.reshape(padding, [batch, 1, 1, sources])
      mask = try mask.map { m throws(BackplaneError) in try Ops.add(m, spread) } ?? spread
    }
    var mixed: Tensor
    var weights: Tensor?
    if needsWeights {
      let scale = (1 / Double(Swift.max(embedding / heads, 1))).squareRoot()
      var scores = try Ops.matmul(Ops.mul(q, .double(scale)), Ops.transpose(k, 2, 3))
      if let mask { scores = try Ops.add(scores, mask) }
      var shares = try Ops.softmax(scores, -1)
      if dropout > 0 { shares = try Ops.dropped(shares, dropout, nil) }
      mixed = try Ops.matmul(shares, v)
      weights = try averagesWeights ? Ops.mean(shares, [1], keepDim: false) : shares
    } else {
      // A mask that hides what comes after a query, and nothing else, need not be looked at.
      let isCausal = masks.isCausal && padding == nil && mask != nil
      mixed = try Ops.attention(
        q, k, v, mask: isCausal ? nil : mask, dropout: dropout, isCausal: isCausal, scale: nil, enableGQA: false, nil)
    }
    mixed = try Ops.permute(mixed, order == .stepsFirst ? [2, 0, 1, 3] : [0, 2, 1, 3])
    let lead = order == .stepsFirst ? [targets, batch] : [batch, targets]
    let output = try Ops.linear(Ops.reshape(mixed, lead + [embedding]), outputWeight, outputBias)
    if isBatched { return (output, weights) }
    return (
      try Ops.squeeze(output, 0), try weights.map { w throws(BackplaneError) in try Ops.squeeze(w, 0) }
    )
  }

  /// How a batch of sequences lies: (L, N, E) or (N, L, E).
  private enum Order {
    case stepsFirst, batchesFirst

    var steps: Int { self == .stepsFirst ? 0 : 1 }
    var batches: Int { self == .stepsFirst ? 1 : 0 }
  }

  private func projected(
    _ q: Tensor, _ k: Tensor, _ v: Tensor
  ) throws(BackplaneError) -> (Tensor, Tensor, Tensor) {
    let error = BackplaneError(
      .shape, "multi_head_attention_forward: in_proj_weight and in_proj_bias need three equal parts")
    if let inputBias {
      guard inputBias.layout.rank == 1, inputBias.layout.elements[0] % 3 == 0 else { throw error }
    }
    guard let packedWeight else {
      guard let queryWeight, let keyWeight, let valueWeight else {
        throw BackplaneError(.value, "multi_head_attention_forward: the weights of the projections are missing")
      }
      let biases = try inputBias.map { b throws(BackplaneError) in try Ops.chunk(b, 3, 0) }
      return (
        try Ops.linear(q, queryWeight, biases?[0]), try Ops.linear(k, keyWeight, biases?[1]),
        try Ops.linear(v, valueWeight, biases?[2])
      )
    }
    guard packedWeight.layout.rank == 2, packedWeight.layout.elements[0] % 3 == 0,
      packedWeight.layout.elements[0] / 3 == embedding
    else { throw error }
    if q === k, k === v {
      let all = try MultiHeadAttention.parts(Ops.linear(q, packedWeight, inputBias), 3)
      return (all[0], all[1], all[2])
    }
    let weights = try Ops.split(packedWeight, [embedding, packedWeight.layout.elements[0] - embedding], 0)
    let biases = try inputBias.map { b throws(BackplaneError) in
      try Ops.split(b, [embedding, packedWeight.layout.elements[0] - embedding], 0)
    }
    let own = try Ops.linear(q, weights[0], biases?[0])
    if k === v {
      let shared = try MultiHeadAttention.parts(Ops.linear(k, weights[1], biases?[1]), 2)
      return (own, shared[0], shared[1])
    }
    let (two, twoBiases) = (
      try Ops.chunk(weights[1], 2, 0), try biases.map { b throws(BackplaneError) in try Ops.chunk(b[1], 2, 0) }
    )
    return (own, try Ops.linear(k, two[0], twoBiases?[0]), try Ops.linear(v, two[1], twoBiases?[1]))
  }

  /// Equal parts of the last dimension, whose gradients come together in one tensor.
  static func parts(_ x: Tensor, _ count: Int) throws(BackplaneError) -> [Tensor] {
    guard Autograd.records(x) else { return try Ops.chunk(x, count, -1) }
    let parts = try withoutGradients { () throws(BackplaneError) in try Ops.chunk(x, count, -1) }
    let (shape, dtype, context) = (parts[0].layout.shape, x.dtype, x.context)
    let node = Autograd.makeNode("SplitBackward0", [x], resultCount: count, saves: false) {
      _, grads throws(BackplaneError) in
      var all: [Tensor] = []
      for grad in grads {
        if let grad {
          all.append(grad)
        } else {
          all.append(try Ops.full(.contiguous(shape), .int(0), dtype, on: context))
        }
      }
      return [try Ops.cat(all, -1)]
    }
    for (i, part) in parts.enumerated() { Autograd.attach(node, to: part, index: i) }
    return parts
  }

  /// (S, N, E) or (N, S, E) as (N, heads, S, E / heads).
  private func byHead(_ x: Tensor, _ order: Order) throws(BackplaneError) -> Tensor {
    let split = try Ops.reshape(x, x.layout.shape.dropLast() + [heads, embedding / heads])
    return try Ops.permute(split, order == .stepsFirst ? [1, 2, 0, 3] : [0, 2, 1, 3])
  }

  /// (N · heads, S, E / heads) as (N, heads, S, E / heads).
  private func byHead(fixed x: Tensor, _ batch: Int) throws(BackplaneError) -> Tensor {
    try Ops.reshape(x, [batch, heads] + x.layout.shape.dropFirst())
  }

  /// A mask with one more key, which is seen.
  private static func lengthened(_ mask: Tensor) throws(BackplaneError) -> Tensor {
    var high = [Int](repeating: 0, count: mask.layout.rank)
    high[high.count - 1] = 1
    return try Ops.constantPad(mask, low: [Int](repeating: 0, count: mask.layout.rank), high: high)
  }

  /// −∞ where a mask of bools hides, else 0; other masks as they are.
  static func additive(_ mask: Tensor?, _ name: String, like x: Tensor) throws(BackplaneError) -> Tensor? {
    guard let mask else { return nil }
    try Ops.requireSameDevice([x, mask])
    if mask.dtype.isFloatingPoint { return mask }
    guard mask.dtype == .bool else {
      throw BackplaneError(.dtype, "only bool and floating types of \(name) are supported")
    }
    let zero = try Ops.full(.scalar, .int(0), x.dtype, on: x.context)
    return try Ops.select(mask, .scalar(.double(-.infinity)), .tensor(zero), x.dtype)
  }

  /// The mask as (1, 1, L, S) or (N, heads, L, S).
  private func requireMask(_ mask: Tensor, _ shape: [Int], _ batch: Int) throws(BackplaneError) -> Tensor {
    switch mask.layout.rank {
    case 2:
      guard mask.layout.shape == shape else {
        throw BackplaneError(.shape, "The shape of the 2D attn_mask is \(mask.shape), but should be \(shape).")
      }
      return try Ops.reshape(mask, [1, 1] + shape)
    case 3:
      guard mask.layout.shape == [batch * heads] + shape else {
        throw BackplaneError(
          .shape, "The shape of the 3D attn_mask is \(mask.shape), but should be \([batch * heads] + shape).")
      }
      return try Ops.reshape(mask, [batch, heads] + shape)
    default:
      throw BackplaneError(
        .shape, "expected `attn_mask` to be `None`, 2-D or 3-D but found \(mask.layout.rank)-D tensor instead")
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
        .value,
        "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
          + "`generate_square_subsequent_mask` to create this mask.")
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
    let batches = isBatchFirst ? 0 : 1
    guard rank == 2 || key.layout.elements[batches] == query.layout.elements[batches] else {
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
    let batch = rank == 3 ? query.layout.elements[batches] : 1
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
