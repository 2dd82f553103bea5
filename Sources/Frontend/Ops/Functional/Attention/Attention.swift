import BackendAPI

extension Operator {
  static let scaledDotProductAttention = Operator(BP_OP_ATTENTION, "scaled_dot_product_attention")
  static let scaledDotProductAttentionBackward = Operator(
    BP_OP_ATTENTION_BACKWARD, "scaled_dot_product_attention_backward")

  static let attention: [Operator] = [scaledDotProductAttention, scaledDotProductAttentionBackward]
}

extension Ops {
  /// softmax(Q Kᵀ · scale + mask) V: by the device's operator, or from others.
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
    let width = Double(query.layout.elements[query.layout.rank - 1])
    let factor = scale ?? 1 / Swift.max(width, 1).squareRoot()
    // The operator's gradient is not that of a mask, and a share of 0 is not divided by.
    if dropout < 1, !(mask.map { Autograd.records($0) } ?? false),
      let heads = try AttentionHeads(query, key, value, mask, enableGQA: enableGQA)
    {
      let fused = FusedAttention(
        isCausal: isCausal, scale: factor, dropout: dropout, shape: heads.maskShape, generator)
      if fused.isSupported(query, mask) {
        return try reshape(fused(heads.query, heads.key, heads.value, heads.mask), heads.resultShape)
      }
    }
    let hidden = try isCausal ? nil : mask.flatMap { $0.dtype == .bool ? $0 : nil }.map(logicalNot)
    return try decomposedAttention(
      query, key, value, hidden: hidden, added: mask?.dtype == .bool ? nil : mask, isCausal: isCausal, scale: factor,
      enableGQA: enableGQA
    ) { shares throws(BackplaneError) in dropout > 0 ? try dropped(shares, dropout, generator) : shares }
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
