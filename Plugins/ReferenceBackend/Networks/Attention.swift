import BackendAPI
import Glibc

/// Section 6.24 of the header.
let attentionOperators: [Operator] = [
  Operator(
    BP_OP_ATTENTION, "ATTENTION", .float,
    run: { call throws(Failure) in
      let a = try Attention(call, q: 0, mask: 3)
      try call.requireShapes(call.outputs[0].shape == a.outShape && call.outputs[1].shape == a.rowShape)
      var (out, logSums): ([Double], [Double]) = ([], [])
      for row in 0..<a.rowCount {
        let scores = a.scores(row)
        let greatest = scores.reduce(-.infinity) { maximum($0, $1.score) }
        var sum = 0.0
        var result = Array(repeating: 0.0, count: a.vWidth)
        // Of scores that are all -inf nothing is seen either.
        for (j, score) in scores where greatest != -.infinity {
          let share = exp(score - greatest)
          sum += share
          for c in 0..<a.vWidth { result[c] += share * a.kept(row, j) * a.v[a.key(row, j) * a.vWidth + c] }
        }
        out += result.map { greatest == -.infinity ? 0 : $0 / sum }
        logSums.append(greatest == -.infinity ? -.infinity : greatest + log(sum))
      }
      call.outputs[0].store(out)
      call.outputs[1].store(logSums)
    },
    signature: { inputs, _ in
      Operator.Signature(inputs: [.common, .common, .common] + mask(inputs > 3), outputs: [.common, .statistics])
    }),

  Operator(
    BP_OP_ATTENTION_BACKWARD, "ATTENTION_BACKWARD", .float,
    run: { call throws(Failure) in
      let a = try Attention(call, q: 1, mask: 6)
      try call.requireShapes(
        call.inputs[0].shape == a.outShape && call.inputs[4].shape == a.outShape && call.inputs[5].shape == a.rowShape
          && call.outputs.map(\.shape) == call.inputs[1...3].map(\.shape))
      let (g, out, logSums) = (call.inputs[0].floats(), call.inputs[4].floats(), call.inputs[5].floats())
      var dq = Array(repeating: 0.0, count: a.q.count)
      var dk = Array(repeating: 0.0, count: a.k.count)
      var dv = Array(repeating: 0.0, count: a.v.count)
      for row in 0..<a.rowCount where logSums[row] != -.infinity {
        let mean = (0..<a.vWidth).reduce(0.0) { $0 + g[row * a.vWidth + $1] * out[row * a.vWidth + $1] }
        for (j, score) in a.scores(row) {
          let share = exp(score - logSums[row])
          let (key, kept) = (a.key(row, j), a.kept(row, j))
          var gradient = 0.0
          for c in 0..<a.vWidth {
            gradient += g[row * a.vWidth + c] * a.v[key * a.vWidth + c]
            dv[key * a.vWidth + c] += share * kept * g[row * a.vWidth + c]
          }
          let scoreGradient = a.scale * share * (kept * gradient - mean)
          for c in 0..<a.width {
            dq[row * a.width + c] += scoreGradient * a.k[key * a.width + c]
            dk[key * a.width + c] += scoreGradient * a.q[row * a.width + c]
          }
        }
      }
      call.outputs[0].store(dq)
      call.outputs[1].store(dk)
      call.outputs[2].store(dv)
    },
    signature: { inputs, _ in
      Operator.Signature(
        inputs: [.common, .common, .common, .common, .common, .statistics] + mask(inputs > 6),
        outputs: [.common, .common, .common])
    }),
]

private func mask(_ isGiven: Bool) -> [Operator.OperandType] { isGiven ? [.mask] : [] }

/// The operands of a call, checked. A row is one query of one head of one batch.
private struct Attention {
  let (batches, heads, keyHeads, queries, keys): (Int, Int, Int, Int, Int)
  let (width, vWidth): (Int, Int)
  let (q, k, v): ([Double], [Double], [Double])
  let scale: Double
  let isCausal: Bool
  let seen: [Bool]?
  let added: [Double]?
  let factors: [Double]?

  var outShape: [Int] { [batches, heads, queries, vWidth] }
  var rowShape: [Int] { [batches, heads, queries] }
  var rowCount: Int { batches * heads * queries }

  /// q, k, v are the inputs from `q` on.
  init(_ call: Call, q first: Int, mask: Int) throws(Failure) {
    let p = try call.parameters(bp_attention_params())
    try call.requireFlags(p.flags, among: BP_ATTENTION_CAUSAL)
    guard p.p >= 0 && p.p < 1 else { throw .invalid("\(call.name): p is \(p.p), not within 0 ..< 1") }
    let (q, k, v) = (call.inputs[first], call.inputs[first + 1], call.inputs[first + 2])
    try call.requireShapes([q, k, v].allSatisfy { $0.rank == 4 })
    (batches, heads, queries, width) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3])
    (keyHeads, keys, vWidth) = (k.shape[1], k.shape[2], v.shape[3])
    try call.requireShapes(
      k.shape == [batches, keyHeads, keys, width] && v.shape == [batches, keyHeads, keys, vWidth]
        && (keyHeads == 0 ? heads == 0 : heads % keyHeads == 0))
    let given = call.inputs.count > mask ? call.inputs[mask] : nil
    if let given { try call.requireShapes(given.shape == [batches, heads, queries, keys]) }
    (self.q, self.k, self.v) = (q.floats(), k.floats(), v.floats())
    (scale, isCausal) = (p.scale, p.flags & BP_ATTENTION_CAUSAL != 0)
    seen = given?.dtype == .bool ? given!.integers().map { $0 != 0 } : nil
    added = given != nil && given!.dtype != .bool ? given!.floats() : nil
    factors =
      p.p == 0
      ? nil
      : dropoutFactors(
        elementCount([batches, heads, queries, keys]), p: p.p, seed: p.seed, offset: p.offset, q.dtype)
  }

  /// Which row of k and v key j of a query is.
  func key(_ row: Int, _ j: Int) -> Int {
    let (batch, head) = (row / (heads * queries), row / queries % heads)
    return (batch * keyHeads + head / (heads / keyHeads)) * keys + j
  }

  /// The keys that a query sees, and their scores.
  func scores(_ row: Int) -> [(key: Int, score: Double)] {
    (0..<keys).compactMap { j in
      if isCausal && j > row % queries || seen?[row * keys + j] == false { return nil }
      let product = (0..<width).reduce(0.0) { $0 + q[row * width + $1] * k[key(row, j) * width + $1] }
      return (j, scale * product + (added?[row * keys + j] ?? 0))
    }
  }

  /// What dropout multiplies a share with.
  func kept(_ row: Int, _ j: Int) -> Double { factors?[row * keys + j] ?? 1 }
}
