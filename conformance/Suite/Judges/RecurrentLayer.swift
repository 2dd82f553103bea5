import BackendAPI
import Glibc

extension Uncertain {
  static func * (a: Uncertain, b: Uncertain) -> Uncertain {
    Uncertain(a.value * b.value, abs(a.value) * b.error + abs(b.value) * a.error + a.error * b.error)
  }

  static func + (a: Uncertain, b: Uncertain) -> Uncertain { Uncertain(a.value + b.value, a.error + b.error) }
  static func - (a: Uncertain, b: Uncertain) -> Uncertain { Uncertain(a.value - b.value, a.error + b.error) }

  /// So many units of rounding more, relative to the number.
  func rounded(_ units: Double) -> Uncertain { Uncertain(value, error + units * abs(value)) }
}

/// A layer of section 6.26 of the header over a sequence, in float64: one step at a time, with the error that a step
/// may have in a type of rounding unit `u`.
struct RecurrentLayer {
  enum Cell: String {
    case rnn = "RNN"
    case lstm = "LSTM"
    case gru = "GRU"

    var gates: Int { self == .rnn ? 1 : self == .lstm ? 4 : 3 }
    var states: Int { self == .lstm ? 2 : 1 }
    /// Numbers kept of a step for each hidden unit, beside the states.
    var kept: Int { self == .rnn ? 0 : 4 }
  }

  let cell: Cell
  let steps: Int
  let batch: Int
  let width: Int
  let hidden: Int
  let flags: UInt32
  let x: [Double]
  let wi: [Double]
  let wh: [Double]
  /// Both empty where there are none.
  let bi: [Double]
  let bh: [Double]
  let u: Double

  /// The steps in their order.
  var order: [Int] { flags & BP_RECURRENT_REVERSE != 0 ? (0..<steps).reversed() : Array(0..<steps) }

  /// What a step makes of the states before it: the states after it, (N, H), and what is kept, (N, KH).
  func step(_ t: Int, _ states: [[Double]]) -> (states: [[Uncertain]], kept: [Uncertain]) {
    let zero = Array(repeating: Uncertain(0), count: batch * hidden)
    var next = Array(repeating: zero, count: cell.states)
    var kept = Array(repeating: Uncertain(0), count: batch * hidden * cell.kept)
    for n in 0..<batch {
      let x = self.x[(t * batch + n) * width..<(t * batch + n + 1) * width]
      let h = states[0][n * hidden..<(n + 1) * hidden]
      let a = (0..<cell.gates * hidden).map { affine($0, x, wi, bi) }
      let b = (0..<cell.gates * hidden).map { affine($0, h, wh, bh) }
      for j in 0..<hidden {
        let k = n * hidden + j
        let parts = unit(
          a: (0..<cell.gates).map { a[$0 * hidden + j] }, b: (0..<cell.gates).map { b[$0 * hidden + j] },
          states.map { $0[k] })
        for i in next.indices { next[i][k] = parts.states[i] }
        for (part, value) in parts.kept.enumerated() { kept[(n * cell.kept + part) * hidden + j] = value }
      }
    }
    return (next, kept)
  }

  /// A row of w x + b: a rounding for each product, and for the bias.
  private func affine(_ row: Int, _ x: ArraySlice<Double>, _ w: [Double], _ bias: [Double]) -> Uncertain {
    var sum = bias.isEmpty ? 0 : bias[row]
    var magnitude = abs(sum)
    for (l, value) in x.enumerated() {
      let product = w[row * x.count + l] * value
      sum += product
      magnitude += abs(product)
    }
    return Uncertain(sum, Double(x.count + 1) * u * magnitude)
  }

  /// One hidden unit. a + b may be two sums and a rounding more, or one long one.
  private func unit(a: [Uncertain], b: [Uncertain], _ states: [Double]) -> (states: [Uncertain], kept: [Uncertain]) {
    func sum(_ gate: Int) -> Uncertain {
      let sum = a[gate] + b[gate]
      let magnitudes = abs(a[gate].value) + abs(b[gate].value)
      return Uncertain(sum.value, sum.error + crossed(a[gate], width, b[gate], hidden) + u * magnitudes)
    }
    let one = Uncertain(1)
    switch cell {
    case .rnn: return ([flags & BP_RECURRENT_RELU != 0 ? sum(0).relu() : sum(0).tanh(u)], [])
    case .lstm:
      let (i, f, g, o) = (sum(0).sigmoid(u), sum(1).sigmoid(u), sum(2).tanh(u), sum(3).sigmoid(u))
      let (old, new) = (f * Uncertain(states[1]), i * g)
      let c = (old.rounded(u) + new.rounded(u)).rounded(u)
      return ([(o * c.tanh(u)).rounded(u), c], [i, f, g, o])
    case .gru:
      let (r, z) = (sum(0).sigmoid(u), sum(1).sigmoid(u))
      let n = (a[2] + (r * b[2]).rounded(u)).rounded(u).tanh(u)
      // (1 - z) n + z h, or n + z (h - n): the same terms.
      let (rest, h) = ((one - z).rounded(u), Uncertain(states[0]))
      let spread = u * (abs(n.value) + abs(states[0]))
      let result = (rest * n).rounded(u) + (z * h).rounded(u)
      return ([Uncertain(result.value, result.error + 2 * spread)], [r, z, n, b[2]])
    }
  }

  /// What the terms of two sums have in error besides if they make one long sum, and go through the roundings of the
  /// other half too. The magnitude behind either is its error by its length.
  private func crossed(_ a: Uncertain, _ aLength: Int, _ b: Uncertain, _ bLength: Int) -> Double {
    let ratio = Double(bLength + 1) / Double(aLength + 1)
    return a.error * ratio + b.error / ratio
  }

  /// All steps, each from what the one before wrote in the type: y, the last states, and what is kept.
  func run(_ states: [[Double]], rounded round: ([Double]) -> [Double]) -> (
    y: [Double], last: [[Double]], kept: [Double], cells: [Double]
  ) {
    var current = states
    var made = Array(repeating: (h: [Double](), c: [Double](), kept: [Double]()), count: steps)
    for t in order {
      let (next, kept) = step(t, current)
      current = next.map { round($0.map(\.value)) }
      made[t] = (current[0], current.last!, round(kept.map(\.value)))
    }
    return (made.flatMap(\.h), current, made.flatMap(\.kept), cell == .lstm ? made.flatMap(\.c) : [])
  }
}
