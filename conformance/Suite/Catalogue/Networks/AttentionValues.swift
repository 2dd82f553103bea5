import BackendAPI
import Glibc

/// The suite's own attention in float64: what a gradient is given of the forward pass, and what errors are bounded by.
struct AttentionValues {
  let (batches, heads, keyHeads, queries, keys, width, vWidth): (Int, Int, Int, Int, Int, Int, Int)
  let (q, k, v): ([Double], [Double], [Double])
  let (seen, added): ([Bool]?, [Double]?)
  let params: bp_attention_params
  /// What dropout multiplies the shares with.
  let factors: [Double]?

  /// q, k, v and the mask, if there is one.
  init(_ inputs: [ElementArray], _ shapes: [[Int]], _ params: bp_attention_params) {
    (batches, heads, queries, width) = (shapes[0][0], shapes[0][1], shapes[0][2], shapes[0][3])
    (keyHeads, keys, vWidth) = (shapes[1][1], shapes[1][2], shapes[2][3])
    (q, k, v) = (inputs[0].doubles, inputs[1].doubles, inputs[2].doubles)
    let mask = inputs.count > 3 ? inputs[3] : nil
    seen = mask?.dtype == .bool ? mask!.doubles.map { $0 != 0 } : nil
    added = mask != nil && mask!.dtype != .bool ? mask!.doubles : nil
    self.params = params
    let count = batches * heads * queries * keys
    let dtype = inputs[0].dtype
    factors =
      params.p == 0 ? nil : Dropout.factors(count, p: params.p, seed: params.seed, offset: params.offset, dtype)
  }

  var rowCount: Int { batches * heads * queries }
  var isCausal: Bool { params.flags & BP_ATTENTION_CAUSAL != 0 }

  /// Which row of k and v key j of a query is.
  func key(_ row: Int, _ j: Int) -> Int {
    let (batch, head) = (row / (heads * queries), row / queries % heads)
    return (batch * keyHeads + head / (heads / keyHeads)) * keys + j
  }

  struct Score {
    let key: Int
    let value: Double
    /// The sum of the magnitudes that the product is made of, scaled.
    let product: Double
    /// The same with what the mask adds.
    let magnitude: Double
    let factor: Double
  }

  /// The scores of the keys that a query sees, but for those of -inf, which have no share.
  func scores(_ row: Int) -> [Score] {
    var scores: [Score] = []
    scores.reserveCapacity(keys)
    q.withUnsafeBufferPointer { q in
      k.withUnsafeBufferPointer { k in
        for j in 0..<keys where !(isCausal && j > row % queries) && seen?[row * keys + j] != false {
          var (sum, magnitude) = (0.0, 0.0)
          let first = key(row, j) * width
          for c in 0..<width {
            let term = q[row * width + c] * k[first + c]
            sum += term
            magnitude += abs(term)
          }
          let bias = added?[row * keys + j] ?? 0
          let value = params.scale * sum + bias
          if value == -.infinity { continue }
          let product = abs(params.scale) * magnitude
          scores.append(
            Score(
              key: j, value: value, product: product, magnitude: product + abs(bias),
              factor: factors?[row * keys + j] ?? 1))
        }
      }
    }
    return scores
  }

  /// The logarithm of the sum of the exponentials.
  static func logSum(_ scores: [Score]) -> Double {
    let greatest = scores.reduce(-.infinity) { $1.value.isNaN ? .nan : $0 < $1.value ? $1.value : $0 }
    if greatest == -.infinity { return greatest }
    return greatest + log(scores.reduce(0) { $0 + exp($1.value - greatest) })
  }

  func forward() -> (out: [Double], logSums: [Double]) {
    var out = Array(repeating: 0.0, count: rowCount * vWidth)
    var logSums: [Double] = []
    for row in 0..<rowCount {
      let scores = scores(row)
      let logSum = AttentionValues.logSum(scores)
      logSums.append(logSum)
      for score in scores {
        let kept = exp(score.value - logSum) * score.factor
        let first = key(row, score.key) * vWidth
        for c in 0..<vWidth { out[row * vWidth + c] += kept * v[first + c] }
      }
    }
    return (out, logSums)
  }
}
