import BackendAPI

extension Operator {
  static let attention: [Operator] = []
}

extension Ops {
  /// softmax(Q Kᵀ · scale + mask) V.
  static func attention(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor?, dropout: Double, isCausal: Bool, scale: Double?,
    enableGQA: Bool, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    let name = "scaled_dot_product_attention"
    try requireSameDevice([query, key, value] + (mask.map { [$0] } ?? []))
    for x in [query, key, value] {
      guard x.layout.rank >= 2 else {
        throw BackplaneError(
          .shape,
          "\(name): Expected query, key, and value to all be at least 2 dimensional, but got Query dim: "
            + "\(query.layout.rank), Key dim: \(key.layout.rank) and Value dim: \(value.layout.rank) instead.")
      }
      guard x.dtype == query.dtype else {
        throw BackplaneError(
          .dtype,
          "Expected query, key, and value to have the same dtype, but got query.dtype: \(query.dtype) key.dtype: "
            + "\(key.dtype) and value.dtype: \(value.dtype) instead.")
      }
      try requireFloating(x, name)
    }
    guard !(isCausal && mask != nil) else {
      throw BackplaneError(.value, "\(name): Explicit attn_mask should not be set when is_causal=True")
    }
    try requireProbability(dropout)
    let (q, width) = (try widened(query), Double(query.layout.elements[query.layout.rank - 1]))
    var (k, v) = (try widened(key), try widened(value))
    if enableGQA {
      k = try repeatedHeads(k, like: q)
      v = try repeatedHeads(v, like: q)
    }
    let factor = scale ?? 1 / Swift.max(width, 1).squareRoot()
    var scores = try mul(matmul(q, transpose(k, -2, -1)), .double(factor))
    let hidden = try isCausal ? future(scores) : mask.flatMap { $0.dtype == .bool ? $0 : nil }.map(logicalNot)
    if let mask, mask.dtype != .bool { scores = try add(scores, widened(mask)) }
    if let hidden {
      let shape = try broadcast(scores.layout.shape, hidden.layout.shape)
      scores = try select(hidden, .scalar(.double(-.infinity)), .tensor(expand(scores, shape)), scores.dtype)
    }
    var shares: Tensor
    if mask != nil, scores.numel > 0 {
      // A row that sees nothing gets nothing, rather than 0 / 0: neither in its value nor, before the softmax, in its
      // gradient.
      let isBlind = try compare(.eq, extreme(.max, scores.detach(), [-1], keepDim: true), .double(-.infinity))
      shares = try zeroed(softmax(zeroed(scores, where: isBlind), -1), where: isBlind)
    } else {
      shares = try softmax(scores, -1)
    }
    if dropout > 0 { shares = try dropped(shares, dropout, generator) }
    return try cast(matmul(shares, v), query.dtype)
  }

  /// True where a column comes after its row.
  private static func future(_ scores: Tensor) throws(BackplaneError) -> Tensor {
    let (rows, columns) = (try extent(scores, -2), try extent(scores, -1))
    let row = try arithmeticSequence(.int(0), .int(1), rows, .int64, on: scores.context)
    let column = try arithmeticSequence(.int(0), .int(1), columns, .int64, on: scores.context)
    return try compare(.gt, column, unsqueeze(row, 1))
  }

  /// Each head as often as there are heads of the query for it.
  private static func repeatedHeads(_ x: Tensor, like query: Tensor) throws(BackplaneError) -> Tensor {
    guard x.layout.rank >= 3, query.layout.rank >= 3 else {
      throw BackplaneError(
        .shape,
        "scaled_dot_product_attention: enable_gqa needs a dimension of heads, but got query \(query.shape) and key or "
          + "value \(x.shape)")
    }
    let (heads, wanted) = (try extent(x, -3), try extent(query, -3))
    if heads == wanted { return x }
    guard heads > 0, wanted % heads == 0 else {
      throw BackplaneError(
        .shape,
        "Number of heads in key and value must divide the number of heads in query, but got \(heads) and \(wanted)")
    }
    let d = x.layout.rank - 3
    var shape = x.layout.shape
    shape.insert(wanted / heads, at: d + 1)
    let spread = try expand(unsqueeze(x, d + 1), shape)
    return try flatten(spread, d, d + 1)
  }
}

extension Functional {
  /// Attention: softmax(Q Kᵀ / √E + mask) V, for queries (…, L, E), keys (…, S, E) and values (…, S, V); gives (…, L,
  /// V).
  ///
  /// Vaswani et al., "Attention is all you need", NeurIPS 2017.
  ///
  /// - Parameters:
  ///   - attnMask: Bools that say what each query sees, or numbers to add; broadcasts to (…, L, S).
  ///   - dropoutP: The probability with which a share is left out.
  ///   - isCausal: Whether a query sees only keys up to its own place.
  ///   - scale: Instead of 1 / √E.
  ///   - enableGQA: Whether keys and values may have fewer heads (dimension −3), each for several of the queries.
  public static func scaledDotProductAttention(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, attnMask: Tensor? = nil, dropoutP: Double = 0,
    isCausal: Bool = false, scale: Double? = nil, enableGQA: Bool = false, generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      let name: StaticString = "scaled_dot_product_attention"
      return try Ops.attention(
        Autocast.cast(name, query), Autocast.cast(name, key), Autocast.cast(name, value),
        mask: Autocast.cast(name, attnMask), dropout: dropoutP, isCausal: isCausal, scale: scale, enableGQA: enableGQA,
        generator)
    }
  }
}
