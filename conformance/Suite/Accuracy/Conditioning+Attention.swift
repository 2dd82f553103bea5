import BackendAPI
import Glibc

extension Conditioning {
  /// What rounds in an attention, of types of 16 bits: shares, and gradients of scores, may be rounded to the type before
  /// they meet v (k, q). The least numbers of a type are rounded to multiples of its least.
  private struct Rounding {
    let unit: Double
    let share: Double
    let least: Double

    init(_ problem: Problem) {
      unit = problem.unit
      let dtype = problem.expected[0].dtype
      share = dtype.size == 2 ? problem.format.roundingUnit : 0
      least =
        dtype == .float16
        ? DType.float16.format!.leastSubnormal : (dtype.size == 8 ? dtype : .float32).format!.leastNormal
    }
  }

  /// Units of rounding in exp's 3 ulp, and in log's.
  private static let function = 6.0

  /// Relative errors of the exponentials of scores: a score is a product of E terms, scaled, with the mask added; the
  /// difference from what is subtracted before exp is rounded, also where exp is a power of two of a multiple.
  private static func relativeError(
    _ score: AttentionValues.Score, _ width: Int, from level: Double, _ unit: Double
  ) -> Double {
    unit * (Double(width + 4) * score.product + 3 * score.magnitude + 3 * level + function)
  }

  /// Shares that are each off by the error of their exponential and that of their sum; then an inner product with v. Where
  /// keys come in blocks, sums are multiplied with an exponential for each: in all 2 units for each key.
  @Sendable static func attention(_ problem: Problem) -> Bounds {
    guard case .attention(let params) = problem.params else { return Bounds(errors: [], scales: []) }
    let rounding = Rounding(problem)
    let u = rounding.unit
    let a = AttentionValues(problem.inputs, problem.inputShapes, params)
    let logSums = problem.expected(1)
    var errors = [Array(repeating: 0.0, count: a.rowCount * a.vWidth), Array(repeating: 0.0, count: a.rowCount)]
    var scales = errors
    for row in 0..<a.rowCount where logSums[row].isFinite {
      let scores = a.scores(row)
      let greatest = scores.max { $0.value < $1.value }!
      let level = abs(greatest.value) + greatest.product
      let logSum = AttentionValues.logSum(scores)
      let shares = scores.map { exp($0.value - logSum) }
      let relative = scores.map { relativeError($0, a.width, from: level, u) }
      let sumError =
        zip(shares, relative).reduce(0) { $1.0 == 0 ? $0 : $0 + $1.0 * $1.1 } + u * (2 * Double(a.keys) + 2 * function)
      for (i, score) in scores.enumerated() {
        let growth = relative[i] + sumError + u * (2 * Double(a.keys) + 4) + rounding.share
        let error = score.factor * ((shares[i] == 0 ? 0 : shares[i] * growth) + rounding.least)
        let first = a.key(row, score.key) * a.vWidth
        for c in 0..<a.vWidth {
          let magnitude = abs(a.v[first + c])
          errors[0][row * a.vWidth + c] += error * magnitude
          scales[0][row * a.vWidth + c] += shares[i] * score.factor * magnitude
        }
      }
      scales[1][row] = level + log(Double(a.keys) + 1)
      errors[1][row] =
        sumError + u * (3 * abs(logSum) + 3 * level + function * log(Double(a.keys) + 1))
    }
    return Bounds(errors: errors, scales: scales)
  }

  /// From shares that are each off by the error of their exponential: those of v an inner product over the queries, those of
  /// q and k one with the gradients of the scores, whose two terms may cancel.
  @Sendable static func attentionBackward(_ problem: Problem) -> Bounds {
    guard case .attention(let params) = problem.params else { return Bounds(errors: [], scales: []) }
    let rounding = Rounding(problem)
    let u = rounding.unit
    let operands = [1, 2, 3] + (problem.inputs.count > 6 ? [6] : [])
    let a = AttentionValues(operands.map { problem.inputs[$0] }, operands.map { problem.inputShapes[$0] }, params)
    let (g, out, logSums) = (problem.input(0), problem.input(4), problem.input(5))
    var scales = problem.expected.map { Array(repeating: 0.0, count: $0.count) }
    var errors = scales
    let scale = abs(params.scale)
    let rows = Double(a.queries * (a.keyHeads == 0 ? 1 : a.heads / a.keyHeads))
    for row in 0..<a.rowCount where logSums[row].isFinite {
      let (first, vFirst) = (row * a.width, row * a.vWidth)
      let mean = (0..<a.vWidth).reduce(0.0) { $0 + abs(g[vFirst + $1] * out[vFirst + $1]) }
      for score in a.scores(row) {
        let share = exp(score.value - logSums[row])
        let key = a.key(row, score.key)
        let relative = share == 0 ? 0 : relativeError(score, a.width, from: 2 * abs(logSums[row]), u)
        var gradient = 0.0
        for c in 0..<a.vWidth {
          let magnitude = abs(g[vFirst + c])
          gradient += magnitude * abs(a.v[key * a.vWidth + c])
          let term = score.factor * magnitude
          scales[2][key * a.vWidth + c] += share * term
          errors[2][key * a.vWidth + c] +=
            term * (share * (relative + u * (rows + 4) + rounding.share) + rounding.least)
        }
        let term = share * (score.factor * gradient + mean)
        let error = term * (relative + u * Double(a.vWidth + 6) + 2 * rounding.share)
        // The gradient of a score is rounded to a type of 16 bits before it is scaled, or after it.
        let least = max(scale, 1) * rounding.least
        let qError = scale * (error + term * u * Double(a.keys + 4)) + least
        let kError = scale * (error + term * u * (rows + 4)) + least
        for c in 0..<a.width {
          let (q, k) = (abs(a.q[first + c]), abs(a.k[key * a.width + c]))
          scales[0][first + c] += scale * term * k
          errors[0][first + c] += qError * k
          scales[1][key * a.width + c] += scale * term * q
          errors[1][key * a.width + c] += kError * q
        }
      }
    }
    return Bounds(errors: errors, scales: scales)
  }
}
