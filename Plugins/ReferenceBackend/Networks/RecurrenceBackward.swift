import BackendAPI
import Glibc

/// The gradients of what is summed over all steps, and those that go from step to step, in float64.
private struct Gradients {
  let s: RecurrentSequence
  let x: [Double]
  let wi: [Double]
  let wh: [Double]
  var ofX: [Double]
  var ofWi: [Double]
  var ofWh: [Double]
  /// Of the biases of the input's and of the state's part.
  var ofBi: [Double]
  var ofBh: [Double]

  init(_ s: RecurrentSequence, x: View, wi: View, wh: View) {
    self.s = s
    (self.x, self.wi, self.wh) = (x.floats(), wi.floats(), wh.floats())
    ofX = self.x.map { _ in 0 }
    ofWi = self.wi.map { _ in 0 }
    ofWh = self.wh.map { _ in 0 }
    ofBi = Array(repeating: 0, count: s.gates * s.hidden)
    ofBh = ofBi
  }

  /// Adds a step, whose gates have the gradients `a` (of the input's part) and `b` (of the state's), (N, GH) each, and
  /// which began with the state h. Gives what goes to h through the weights.
  mutating func add(step t: Int, a: [Double], b: [Double], h: [Double]) -> [Double] {
    let (rows, width, hidden) = (s.gates * s.hidden, s.width, s.hidden)
    let first = s.rows(of: t, width).lowerBound
    var ofH = h.map { _ in 0.0 }
    for n in 0..<s.batch {
      for row in 0..<rows {
        let (ga, gb) = (a[n * rows + row], b[n * rows + row])
        for l in 0..<width {
          ofX[first + n * width + l] += ga * wi[row * width + l]
          ofWi[row * width + l] += ga * x[first + n * width + l]
        }
        for l in 0..<hidden {
          ofH[n * hidden + l] += gb * wh[row * hidden + l]
          ofWh[row * hidden + l] += gb * h[n * hidden + l]
        }
        ofBi[row] += ga
        ofBh[row] += gb
      }
    }
    return ofH
  }

  /// Writes them to the outputs: of x, the states, wi, wh, bi and bh as far as there is room.
  func store(_ call: Call, states: [[Double]]) {
    for (output, values) in zip(call.outputs, [ofX] + states + [ofWi, ofWh, ofBi, ofBh]) { output.store(values) }
  }
}

/// The order in which gradients go through the steps, with the step before each; nil before the first.
private func backwardOrder(_ s: RecurrentSequence) -> [(step: Int, before: Int?)] {
  let order = s.order
  return order.indices.reversed().map { (order[$0], $0 == 0 ? nil : order[$0 - 1]) }
}

private func plus(_ x: [Double], _ y: ArraySlice<Double>) -> [Double] { zip(x, y).map { $0 + $1 } }

/// In: gy, gh, x, h, wi, wh, y.
func rnnBackward(_ call: Call) throws(Failure) {
  let i = call.inputs
  let s = try RecurrentSequence(call, gates: 1, x: i[2], states: [i[1], i[3]], wi: i[4], wh: i[5], biases: [])
  try s.require(call, [i[0], i[6]], s.hidden)
  try s.requireGradients(call, states: 1, biases: 1)
  let (gy, y, first) = (i[0].floats(), i[6].floats(), i[3].floats())
  var sums = Gradients(s, x: i[2], wi: i[4], wh: i[5])
  var gh = i[1].floats()
  for (t, before) in backwardOrder(s) {
    let rows = s.rows(of: t, s.hidden)
    gh = plus(gh, gy[rows])
    let g = zip(gh, y[rows]).map { g, y in s.hasReLU ? (y <= 0 ? 0 : g) : g * (1 - y * y) }
    let h = before.map { Array(y[s.rows(of: $0, s.hidden)]) } ?? first
    gh = sums.add(step: t, a: g, b: g, h: h)
  }
  sums.store(call, states: [gh])
}

/// In: gy, gh, gc, x, h, c, wi, wh, y, gates, c after each step.
func lstmBackward(_ call: Call) throws(Failure) {
  let ins = call.inputs
  let s = try RecurrentSequence(
    call, gates: 4, x: ins[3], states: [ins[1], ins[2], ins[4], ins[5]], wi: ins[6], wh: ins[7], biases: [])
  try s.require(call, [ins[0], ins[8], ins[10]], s.hidden)
  try s.require(call, [ins[9]], 4 * s.hidden)
  try s.requireGradients(call, states: 2, biases: 1)
  let (gy, y, gates, cells) = (ins[0].floats(), ins[8].floats(), ins[9].floats(), ins[10].floats())
  let (firstH, firstC) = (ins[4].floats(), ins[5].floats())
  var sums = Gradients(s, x: ins[3], wi: ins[6], wh: ins[7])
  var (gh, gc) = (ins[1].floats(), ins[2].floats())
  for (t, before) in backwardOrder(s) {
    let (rows, four) = (s.rows(of: t, s.hidden), s.rows(of: t, 4 * s.hidden))
    let h = before.map { Array(y[s.rows(of: $0, s.hidden)]) } ?? firstH
    let cBefore = before.map { Array(cells[s.rows(of: $0, s.hidden)]) } ?? firstC
    gh = plus(gh, gy[rows])
    var ga = Array(repeating: 0.0, count: four.count)
    for n in 0..<s.batch {
      for j in 0..<s.hidden {
        let k = n * s.hidden + j
        let at = (0..<4).map { (n * 4 + $0) * s.hidden + j }
        let (i, f, g, o) = (
          gates[four.lowerBound + at[0]], gates[four.lowerBound + at[1]], gates[four.lowerBound + at[2]],
          gates[four.lowerBound + at[3]]
        )
        let c = tanh(cells[rows.lowerBound + k])
        let ofC = gc[k] + gh[k] * o * (1 - c * c)
        ga[at[0]] = ofC * g * i * (1 - i)
        ga[at[1]] = ofC * cBefore[k] * f * (1 - f)
        ga[at[2]] = ofC * i * (1 - g * g)
        ga[at[3]] = gh[k] * c * o * (1 - o)
        gc[k] = ofC * f
      }
    }
    gh = sums.add(step: t, a: ga, b: ga, h: h)
  }
  sums.store(call, states: [gh, gc])
}

/// In: gy, gh, x, h, wi, wh, y, and r, z, n and b2 of each step.
func gruBackward(_ call: Call) throws(Failure) {
  let ins = call.inputs
  let s = try RecurrentSequence(
    call, gates: 3, x: ins[2], states: [ins[1], ins[3]], wi: ins[4], wh: ins[5], biases: [])
  try s.require(call, [ins[0], ins[6]], s.hidden)
  try s.require(call, [ins[7]], 4 * s.hidden)
  try s.requireGradients(call, states: 1, biases: 2)
  let (gy, y, kept, first) = (ins[0].floats(), ins[6].floats(), ins[7].floats(), ins[3].floats())
  var sums = Gradients(s, x: ins[2], wi: ins[4], wh: ins[5])
  var gh = ins[1].floats()
  for (t, before) in backwardOrder(s) {
    let (rows, four) = (s.rows(of: t, s.hidden), s.rows(of: t, 4 * s.hidden).lowerBound)
    let h = before.map { Array(y[s.rows(of: $0, s.hidden)]) } ?? first
    gh = plus(gh, gy[rows])
    var (ga, gb) = (Array(repeating: 0.0, count: 3 * gh.count), Array(repeating: 0.0, count: 3 * gh.count))
    var direct = gh
    for row in 0..<s.batch {
      for j in 0..<s.hidden {
        let k = row * s.hidden + j
        let at = (0..<3).map { (row * 3 + $0) * s.hidden + j }
        let value = (0..<4).map { kept[four + (row * 4 + $0) * s.hidden + j] }
        let (r, z, n, b2) = (value[0], value[1], value[2], value[3])
        let ofN = gh[k] * (1 - z) * (1 - n * n)
        ga[at[0]] = ofN * b2 * r * (1 - r)
        ga[at[1]] = gh[k] * (h[k] - n) * z * (1 - z)
        ga[at[2]] = ofN
        (gb[at[0]], gb[at[1]], gb[at[2]]) = (ga[at[0]], ga[at[1]], ofN * r)
        direct[k] = gh[k] * z
      }
    }
    gh = plus(sums.add(step: t, a: ga, b: gb, h: h), direct[...])
  }
  sums.store(call, states: [gh])
}
