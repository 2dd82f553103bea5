import BackendAPI

/// The gradients of recurrent layers: what goes from step to step is nowhere written, so that its error is carried
/// along, by absolute values, beside the gradient itself.
extension Conditioning {
  @Sendable static func rnnBackward(_ problem: Problem) -> Bounds {
    RecurrentGradients(problem, .rnn, x: 2, states: [3], weights: 4, incoming: [1]).rnn(y: problem.input(6))
  }

  @Sendable static func lstmBackward(_ problem: Problem) -> Bounds {
    RecurrentGradients(problem, .lstm, x: 3, states: [4, 5], weights: 6, incoming: [1, 2])
      .lstm(y: problem.input(8), kept: problem.input(9), cells: problem.input(10))
  }

  @Sendable static func gruBackward(_ problem: Problem) -> Bounds {
    RecurrentGradients(problem, .gru, x: 2, states: [3], weights: 4, incoming: [1])
      .gru(y: problem.input(6), kept: problem.input(7))
  }
}

private struct RecurrentGradients {
  /// A sum of products: the magnitudes of the terms, and the errors that come with the factors.
  private struct Sums {
    var magnitudes: [Double]
    var errors: [Double]

    init(_ count: Int) {
      magnitudes = Array(repeating: 0, count: count)
      errors = magnitudes
    }

    mutating func add(_ g: Uncertain, _ factor: Double, at i: Int) {
      magnitudes[i] += abs(g.value * factor)
      errors[i] += g.error * abs(factor)
    }

    /// With a rounding for each of n terms.
    func bounds(_ n: Int, _ u: Double) -> [Double] { zip(errors, magnitudes).map { $0 + Double(n) * u * $1 } }
  }

  private let problem: Conditioning.Problem
  private let u: Double
  private let gates: Int
  private let (steps, batch, width, hidden): (Int, Int, Int, Int)
  private let order: [Int]
  private let gy: [Double]
  private let (x, wi, wh): ([Double], [Double], [Double])
  private let first: [[Double]]
  private var carried: [[Uncertain]]
  private var (ofX, ofWi, ofWh, ofBi, ofBh): (Sums, Sums, Sums, Sums, Sums)

  init(
    _ problem: Conditioning.Problem, _ cell: RecurrentLayer.Cell, x place: Int, states: [Int], weights: Int,
    incoming: [Int]
  ) {
    self.problem = problem
    u = problem.unit
    gates = cell.gates
    let shape = problem.inputShapes[place]
    (steps, batch, width) = (shape[0], shape[1], shape[2])
    hidden = problem.inputShapes[states[0]][1]
    var isReversed = false
    if case .recurrent(let params) = problem.params { isReversed = params.flags & BP_RECURRENT_REVERSE != 0 }
    order = isReversed ? Array(0..<steps) : (0..<steps).reversed()
    gy = problem.input(0)
    (x, wi, wh) = (problem.input(place), problem.input(weights), problem.input(weights + 1))
    first = states.map { problem.input($0) }
    carried = incoming.map { problem.input($0).map { Uncertain($0) } }
    let rows = gates * hidden
    ofX = Sums(x.count)
    (ofWi, ofWh, ofBi, ofBh) = (Sums(wi.count), Sums(wh.count), Sums(rows), Sums(rows))
  }

  // MARK: - Cells

  consuming func rnn(y: [Double]) -> Conditioning.Bounds {
    var hasReLU = false
    if case .recurrent(let params) = problem.params { hasReLU = params.flags & BP_RECURRENT_RELU != 0 }
    for (i, t) in order.enumerated() {
      let gh = incoming(t)
      let g = gh.indices.map { k in
        let value = y[t * gh.count + k]
        if hasReLU { return value <= 0 ? Uncertain(0) : gh[k] }
        return (gh[k] * slope(value)).rounded(u)
      }
      carried[0] = add(t, a: g, b: g, h: before(i, y, 0))
    }
    return bounds(states: 1, biases: 1)
  }

  consuming func lstm(y: [Double], kept: [Double], cells: [Double]) -> Conditioning.Bounds {
    for (i, t) in order.enumerated() {
      let gh = incoming(t), oldCells = before(i, cells, 1)
      var g = Array(repeating: Uncertain(0), count: 4 * gh.count)
      for n in 0..<batch {
        for j in 0..<hidden {
          let k = n * hidden + j
          let at = (0..<4).map { (n * 4 + $0) * hidden + j }
          let gate = at.map { kept[t * 4 * gh.count + $0] }
          let c = Uncertain(cells[t * gh.count + k]).tanh(u)
          let slopeOfC = (Uncertain(1) - (c * c).rounded(u)).rounded(u)
          let through = ((gh[k] * Uncertain(gate[3])).rounded(u) * slopeOfC).rounded(u)
          let ofC = (carried[1][k] + through).rounded(u)
          func gradient(_ ofGate: Uncertain, _ factor: Double, _ slope: Uncertain) -> Uncertain {
            ((ofGate * Uncertain(factor)).rounded(u) * slope).rounded(u)
          }
          g[at[0]] = gradient(ofC, gate[2], logisticSlope(gate[0]))
          g[at[1]] = gradient(ofC, oldCells[k], logisticSlope(gate[1]))
          g[at[2]] = gradient(ofC, gate[0], slope(gate[2]))
          g[at[3]] = ((gh[k] * c).rounded(u) * logisticSlope(gate[3])).rounded(u)
          carried[1][k] = (ofC * Uncertain(gate[1])).rounded(u)
        }
      }
      carried[0] = add(t, a: g, b: g, h: before(i, y, 0))
    }
    return bounds(states: 2, biases: 1)
  }

  consuming func gru(y: [Double], kept: [Double]) -> Conditioning.Bounds {
    for (i, t) in order.enumerated() {
      let gh = incoming(t), h = before(i, y, 0)
      let zeros = Array(repeating: Uncertain(0), count: 3 * gh.count)
      var (a, b, direct) = (zeros, zeros, gh)
      for row in 0..<batch {
        for j in 0..<hidden {
          let k = row * hidden + j
          let at = (0..<3).map { (row * 3 + $0) * hidden + j }
          let value = (0..<4).map { Uncertain(kept[t * 4 * gh.count + (row * 4 + $0) * hidden + j]) }
          let (r, z, n, b2) = (value[0], value[1], value[2], value[3])
          let ofN = (gh[k] * (Uncertain(1) - z).rounded(u) * slope(n.value)).rounded(2 * u)
          a[at[0]] = (ofN * b2 * logisticSlope(r.value)).rounded(2 * u)
          a[at[1]] = (gh[k] * (Uncertain(h[k]) - n).rounded(u) * logisticSlope(z.value)).rounded(2 * u)
          a[at[2]] = ofN
          (b[at[0]], b[at[1]], b[at[2]]) = (a[at[0]], a[at[1]], (ofN * r).rounded(u))
          direct[k] = (gh[k] * z).rounded(u)
        }
      }
      let through = add(t, a: a, b: b, h: h)
      carried[0] = zip(through, direct).map { through, direct in
        let magnitudes = abs(through.value) + abs(direct.value)
        return Uncertain(through.value + direct.value, through.error + direct.error + u * magnitudes)
      }
    }
    return bounds(states: 1, biases: 2)
  }

  // MARK: - Parts

  /// 1 - y².
  private func slope(_ y: Double) -> Uncertain { Uncertain(1 - y * y, u * (y * y + abs(1 - y * y))) }

  /// s (1 - s).
  private func logisticSlope(_ s: Double) -> Uncertain {
    Uncertain(s * (1 - s), u * (2 * abs(s * (1 - s))))
  }

  /// The gradient of h after step t.
  private func incoming(_ t: Int) -> [Uncertain] {
    let count = batch * hidden
    return (0..<count).map { (carried[0][$0] + Uncertain(gy[t * count + $0])).rounded(u) }
  }

  /// What a state was before the step at place i of the way back.
  private func before(_ i: Int, _ states: [Double], _ state: Int) -> [Double] {
    if i + 1 == order.count { return first[state] }
    let count = batch * hidden
    return Array(states[order[i + 1] * count..<(order[i + 1] + 1) * count])
  }

  private mutating func add(_ t: Int, a: [Uncertain], b: [Uncertain], h: [Double]) -> [Uncertain] {
    let rows = gates * hidden
    var values = Array(repeating: 0.0, count: h.count)
    var through = Sums(h.count)
    for n in 0..<batch {
      let place = (t * batch + n) * width
      for row in 0..<rows {
        let (ga, gb) = (a[n * rows + row], b[n * rows + row])
        for l in 0..<width {
          ofX.add(ga, wi[row * width + l], at: place + l)
          ofWi.add(ga, x[place + l], at: row * width + l)
        }
        for l in 0..<hidden {
          values[n * hidden + l] += gb.value * wh[row * hidden + l]
          through.add(gb, wh[row * hidden + l], at: n * hidden + l)
          ofWh.add(gb, h[n * hidden + l], at: row * hidden + l)
        }
        ofBi.add(ga, 1, at: row)
        ofBh.add(gb, 1, at: row)
      }
    }
    return zip(values, through.bounds(rows, u)).map { Uncertain($0, $1) }
  }

  private func bounds(states: Int, biases: Int) -> Conditioning.Bounds {
    let terms = steps * batch, rows = gates * hidden
    let errors =
      [ofX.bounds(rows, u)] + carried.map { $0.map(\.error) } + [ofWi.bounds(terms, u), ofWh.bounds(terms, u)]
      + [ofBi.bounds(terms, u), ofBh.bounds(terms, u)][..<biases]
    let scales =
      [ofX.magnitudes] + carried.map { $0.map { abs($0.value) } } + [ofWi.magnitudes, ofWh.magnitudes]
      + [ofBi.magnitudes, ofBh.magnitudes][..<biases]
    return Conditioning.Bounds(errors: errors, scales: scales)
  }
}
