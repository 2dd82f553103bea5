/// Attention from operators that have gradients of their own: for devices that lack it, for masks that want a gradient, and
/// for gradients of gradients.
extension Ops {
  /// - Parameters:
  ///   - hidden: True where a query does not see a key.
  ///   - added: What is added to the scores.
  ///   - dropping: What is done with the shares before they meet the values.
  static func decomposedAttention(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, hidden: Tensor?, added: Tensor?, isCausal: Bool, scale: Double,
    enableGQA: Bool, dropping: (Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    let q = try widened(query)
    var (k, v) = (try widened(key), try widened(value))
    if enableGQA {
      k = try repeatedHeads(k, like: q)
      v = try repeatedHeads(v, like: q)
    }
    let shares = try attentionShares(q, k, hidden: hidden, added: added, isCausal: isCausal, scale: scale)
    return try cast(matmul(dropping(shares), v), query.dtype)
  }

  /// softmax(Q Kᵀ · scale + mask), of tensors of one wide type with as many heads of keys as of queries.
  private static func attentionShares(
    _ q: Tensor, _ k: Tensor, hidden: Tensor?, added: Tensor?, isCausal: Bool, scale: Double
  ) throws(BackplaneError) -> Tensor {
    var scores = try mul(matmul(q, transpose(k, -2, -1)), .double(scale))
    if let added { scores = try add(scores, widened(added)) }
    for hidden in [isCausal ? try future(scores) : nil, hidden] {
      guard let hidden else { continue }
      let shape = try broadcast(scores.layout.shape, hidden.layout.shape)
      scores = try select(hidden, .scalar(.double(-.infinity)), .tensor(expand(scores, shape)), scores.dtype)
    }
    if scores.numel == 0 { return try softmax(scores, -1) }
    // A row that sees nothing gets nothing, rather than 0 / 0: neither in its value nor, before the softmax, in its
    // gradient.
    let isBlind = try compare(.eq, extreme(.max, scores.detach(), [-1], keepDim: true), .double(-.infinity))
    return try zeroed(softmax(zeroed(scores, where: isBlind), -1), where: isBlind)
  }

  /// The gradients of query, key and value, of which those of queries may have more heads (dimension 1 of 4).
  ///
  /// - Parameter factors: What dropout multiplied the shares with.
  static func decomposedAttentionGradients(
    _ g: Tensor, _ query: Tensor, _ key: Tensor, _ value: Tensor, hidden: Tensor?, added: Tensor?, isCausal: Bool,
    scale: Double, factors: Tensor?
  ) throws(BackplaneError) -> [Tensor] {
    let (q, g) = (try widened(query), try widened(g))
    let (k, v) = (try repeatedHeads(widened(key), like: q), try repeatedHeads(widened(value), like: q))
    let shares = try attentionShares(q, k, hidden: hidden, added: added, isCausal: isCausal, scale: scale)
    func dropping(_ x: Tensor) throws(BackplaneError) -> Tensor {
      try factors.map { f throws(BackplaneError) in try mul(x, f) } ?? x
    }
    let ofShares = try dropping(matmul(g, transpose(v, -2, -1)))
    let ofScores = try mul(mul(shares, sub(ofShares, sum(mul(shares, ofShares), [-1], keepDim: true))), .double(scale))
    let ofKeys = try summedHeads(matmul(transpose(ofScores, -2, -1), q), like: key)
    let ofValues = try summedHeads(matmul(transpose(dropping(shares), -2, -1), g), like: value)
    return [try cast(matmul(ofScores, k), query.dtype), try cast(ofKeys, key.dtype), try cast(ofValues, value.dtype)]
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

  /// What belongs to one head of keys, summed over those of the query that read it.
  private static func summedHeads(_ x: Tensor, like key: Tensor) throws(BackplaneError) -> Tensor {
    let (heads, wanted) = (x.layout.elements[1], key.layout.elements[1])
    if heads == wanted { return x }
    var shape = x.layout.shape
    shape.replaceSubrange(1..<2, with: [wanted, heads / wanted])
    return try sum(reshape(x, shape), [2], keepDim: false)
  }
}
