import BackendAPI

/// Queries, keys and values of any rank as the operator takes them, (N, H, L, E), and what a result becomes again.
struct AttentionHeads {
  let query: Tensor, key: Tensor, value: Tensor
  /// Of the shape ``maskShape``.
  let mask: Tensor?
  /// (N, H, L, S).
  let maskShape: [Int]
  let resultShape: [Int]

  /// Nil where shapes or types do not fit: the decomposition says why.
  init?(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ mask: Tensor?, enableGQA: Bool
  ) throws(BackplaneError) {
    let (q, k, v) = (query.layout.shape, key.layout.shape, value.layout.shape)
    guard k.last == q.last, k[k.count - 2] == v[v.count - 2] else { return nil }
    // What stands before (L, E): batches, then heads.
    var leading: [[Int]] = [q, k, v].map { $0.dropLast(2) }
    if enableGQA {
      guard leading.allSatisfy({ !$0.isEmpty }), leading[1].last == leading[2].last else { return nil }
      let (heads, keyHeads) = (leading[0].last!, leading[1].last!)
      guard keyHeads > 0, heads % keyHeads == 0, let batch = AttentionHeads.common(leading.map { $0.dropLast() }) else {
        return nil
      }
      leading = [batch + [heads], batch + [keyHeads], batch + [keyHeads]]
    } else {
      guard let all = AttentionHeads.common(leading) else { return nil }
      leading = [all, all, all]
    }
    let (rows, columns) = (q[q.count - 2], k[k.count - 2])
    let scores = leading[0] + [rows, columns]
    if let mask {
      guard mask.dtype == .bool || mask.dtype == query.dtype,
        AttentionHeads.common([scores, mask.layout.shape]) == scores
      else { return nil }
    }
    // Beside an extent of 0 others may be of any size.
    guard let batches = try? Layout.elementCount(Array(scores.dropLast(3))), (try? Layout.elementCount(scores)) != nil
    else { return nil }
    func four(_ shape: [Int]) -> [Int] {
      shape.count > 3 ? [batches] + shape.suffix(3) : [Int](repeating: 1, count: 4 - shape.count) + shape
    }
    func seen(_ x: Tensor, _ shape: [Int]) throws(BackplaneError) -> Tensor {
      let x = x.layout.shape == shape ? x : try Ops.expand(x, shape)
      return shape.count == 4 ? x : try Ops.reshape(x, four(shape))
    }
    self.query = try seen(query, leading[0] + q.suffix(2))
    self.key = try seen(key, leading[1] + k.suffix(2))
    self.value = try seen(value, leading[2] + v.suffix(2))
    self.mask = try mask.map { m throws(BackplaneError) in try seen(m, scores) }
    maskShape = four(scores)
    resultShape = leading[0] + [rows, v[v.count - 1]]
  }

  /// The shape that all broadcast to.
  private static func common(_ shapes: [[Int]]) -> [Int]? {
    var result: [Int] = []
    for shape in shapes {
      guard let next = try? broadcast(result, shape) else { return nil }
      result = next
    }
    return result
  }
}

/// The device's attention, which never makes the matrix of shares, and its gradient.
struct FusedAttention {
  let isCausal: Bool
  let scale: Double
  let dropout: Double
  private let shape: [Int]
  private let stream: (seed: UInt64, offset: UInt64)
  private let generator: Generator?

  /// - Parameter shape: (N, H, L, S), whose numbers dropout takes from the generator, once the operator runs.
  init(isCausal: Bool, scale: Double, dropout: Double, shape: [Int], _ generator: Generator?) {
    (self.isCausal, self.scale, self.dropout, self.shape) = (isCausal, scale, dropout, shape)
    self.generator = generator
    stream = (0, 0)
  }

  /// The same with its random numbers drawn.
  private init(_ other: FusedAttention) {
    (isCausal, scale, dropout, shape) = (other.isCausal, other.scale, other.dropout, other.shape)
    generator = nil
    let blocks = (shape.reduce(1, *) + 3) / 4
    stream = dropout == 0 ? (0, 0) : (other.generator ?? .default).take(blocks: blocks)
  }

  private static func statistics(_ dtype: DType) -> DType { dtype == .float64 ? .float64 : .float32 }

  /// Whether the device has the operator for a query and a mask of these types.
  func isSupported(_ query: Tensor, _ mask: Tensor?) -> Bool {
    let dtype = query.dtype
    return Dispatcher.supports(
      .scaledDotProductAttention, on: query.context, inputs: [dtype, dtype, dtype] + (mask.map { [$0.dtype] } ?? []),
      outputs: [dtype, FusedAttention.statistics(dtype)])
  }

  /// The result for tensors as ``AttentionHeads`` has them.
  func callAsFunction(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor?) throws(BackplaneError) -> Tensor {
    let drawn = FusedAttention(self)
    let rows = Array(q.layout.shape.dropLast())
    let out = try Tensor(
      empty: FusedAttention.layout(rows + [v.layout.elements[3]], like: q.layout), q.dtype, on: q.context)
    let logSums = try Ops.empty(rows, FusedAttention.statistics(q.dtype), on: q.context)
    try drawn.call(.scaledDotProductAttention, [q, k, v] + (mask.map { [$0] } ?? []), [out, logSums])
    guard Autograd.records([q, k, v]) else { return out }
    let saved = (try Saved(q), try Saved(k), try Saved(v), try mask.map { m throws(BackplaneError) in try Saved(m) })
    let (result, sums) = (Saved(result: out), Saved(result: logSums))
    let node = Autograd.makeNode("ScaledDotProductAttentionBackward0", [q, k, v]) {
      node, grads throws(BackplaneError) in
      guard let g = grads[0] else { return [nil, nil, nil] }
      let (q, k, v) = (try saved.0.unpack(), try saved.1.unpack(), try saved.2.unpack())
      let mask = try saved.3.map { m throws(BackplaneError) in try m.unpack() }
      return try drawn.gradients(g, q, k, v, mask, try result.unpack(), try sums.unpack())
    }
    Autograd.attach(node, to: out)
    return out
  }

  private func gradients(
    _ g: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor?, _ out: Tensor, _ logSums: Tensor
  ) throws(BackplaneError) -> [Tensor] {
    let dtype = q.dtype
    let isSupported = Dispatcher.supports(
      .scaledDotProductAttentionBackward, on: q.context,
      inputs: [dtype, dtype, dtype, dtype, dtype, logSums.dtype] + (mask.map { [$0.dtype] } ?? []),
      outputs: [dtype, dtype, dtype])
    // Gradients of this gradient go through the decomposition.
    guard isSupported, !Autograd.records([g, q, k, v]) else {
      return try Ops.decomposedAttentionGradients(
        g, q, k, v, hidden: mask.flatMap { $0.dtype == .bool ? $0 : nil }.map(Ops.logicalNot),
        added: mask?.dtype == .bool ? nil : mask, isCausal: isCausal, scale: scale, factors: factors(like: q))
    }
    var results: [Tensor] = []
    for x in [q, k, v] {
      results.append(try Tensor(empty: FusedAttention.layout(x.layout.shape, like: x.layout), dtype, on: q.context))
    }
    try call(
      .scaledDotProductAttentionBackward, [g, q, k, v, out, logSums] + (mask.map { [$0] } ?? []), results)
    return results
  }

  private func call(_ op: Operator, _ inputs: [Tensor], _ outputs: [Tensor]) throws(BackplaneError) {
    var params = bp_attention_params(
      struct_size: UInt32(MemoryLayout<bp_attention_params>.size), flags: isCausal ? BP_ATTENTION_CAUSAL : 0,
      scale: scale, p: dropout, seed: stream.seed, offset: stream.offset)
    try Ops.withParams(&params) { (p) throws(BackplaneError) in
      try Dispatcher.call(
        op, on: inputs[0].context, inputs.map { Operand($0) }, to: outputs.map { Operand($0) }, params: p)
    }
  }

  /// What dropout multiplied the shares with.
  private func factors(like q: Tensor) throws(BackplaneError) -> Tensor? {
    if dropout == 0 { return nil }
    return try Ops.dropoutFactors(
      shape, dropout, q.dtype == .float64 ? .float64 : .float32, stream, on: q.context)
  }

  /// Memory in the order in which another tensor lies, whose heads may stand within its rows: then so do those of what
  /// comes of it, and joining them again copies nothing.
  private static func layout(_ shape: [Int], like other: Layout) throws(BackplaneError) -> Layout {
    func stride(_ d: Int) -> Int { other.elements[4 + d] }
    let moving = (0..<3).filter { other.elements[$0] > 1 }
    guard stride(3) == 1 || other.elements[3] == 1, moving.allSatisfy({ stride($0) > 0 }) else {
      return try .contiguous(shape)
    }
    // Axes of one element have strides without a meaning: they stand outside.
    let order = (0..<3).filter { !moving.contains($0) } + moving.sorted { stride($0) > stride($1) } + [3]
    let inner = try Layout.contiguous(order.map { shape[$0] })
    var strides = shape
    for (place, d) in order.enumerated() { strides[d] = inner.elements[4 + place] }
    return try .strided(shape, strides)
  }
}
