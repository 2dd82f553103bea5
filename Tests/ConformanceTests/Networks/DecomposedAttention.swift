import BackendAPI
import Backplane

extension DecomposedCall {
  /// Attention. The logarithms of the sums, which no program sees, come from the scores as programs compute them.
  func attention() throws {
    let params = params(bp_attention_params.self), isCausal = params.flags & BP_ATTENTION_CAUSAL != 0
    let inputs = try (0..<Int(op.input_count)).map { try tensor(op.inputs[$0]!.pointee) }
    let (q, k, v) = (inputs[0], inputs[1], inputs[2])
    let mask = inputs.count > 3 ? inputs[3] : nil
    let (queries, keys) = (q.shape[2], k.shape[2])
    let order = Tensor.ones([queries, keys], dtype: .bool, device: device).tril()
    // A program says one or the other; of nothing, it cannot ask.
    guard !(isCausal && mask != nil), k.shape[1] > 0 else { return callOriginal() }
    try write(
      F.scaledDotProductAttention(
        q, k, v, attnMask: mask, dropoutP: params.p, isCausal: isCausal, scale: params.scale,
        enableGQA: q.shape[1] != k.shape[1], generator: Generator(seed: params.seed, offset: params.offset)), 0)
    let wide = q.dtype == .float64 ? DType.float64 : .float32
    let group = q.shape[1] / k.shape[1]
    let spread = group == 1 ? k : k.repeatInterleave(group, dim: 1)
    var scores = q.to(wide).matmul(spread.to(wide).transpose(2, 3)) * params.scale
    if let mask { scores = mask.dtype == .bool ? scores.maskedFill(~mask, -Double.infinity) : scores + mask.to(wide) }
    if isCausal { scores = scores.maskedFill(~order, -Double.infinity) }
    // The least upper bound of nothing is -inf, and what is infinite gives NaN.
    let sums =
      keys == 0
      ? Tensor.full([q.shape[0], q.shape[1], queries], -Double.infinity, dtype: wide, device: device)
      : scores.logsumexp(-1)
    try write(sums.maskedFill(sums.isposinf(), Double.nan), 1)
  }
}
