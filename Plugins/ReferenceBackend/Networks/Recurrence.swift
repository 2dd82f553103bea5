import BackendAPI
import Glibc

/// Section 6.26 of the header.
let recurrenceOperators: [Operator] = [
  recurrent(BP_OP_RNN, "RNN", inputs: 6, outputs: 2, run: rnn),
  recurrent(BP_OP_LSTM, "LSTM", inputs: 7, outputs: 5, run: lstm),
  recurrent(BP_OP_GRU, "GRU", inputs: 6, outputs: 3, run: gru),
  Operator(
    BP_OP_RNN_BACKWARD, "RNN_BACKWARD", .float, inputs: all(7), outputs: all(5), run: rnnBackward),
  Operator(
    BP_OP_LSTM_BACKWARD, "LSTM_BACKWARD", .float, inputs: all(11), outputs: all(6), run: lstmBackward),
  Operator(
    BP_OP_GRU_BACKWARD, "GRU_BACKWARD", .float, inputs: all(8), outputs: all(6), run: gruBackward),
]

private func all(_ count: Int) -> [Operator.OperandType] { Array(repeating: .common, count: count) }

/// The last two inputs, the biases, may be left out.
private func recurrent(
  _ id: Int32, _ name: String, inputs: Int, outputs: Int, run: @escaping @Sendable (Call) throws(Failure) -> Void
) -> Operator {
  Operator(id, name, .float, run: run) { given, _ in
    Operator.Signature(inputs: all(given == inputs - 2 ? given : inputs), outputs: all(outputs))
  }
}

/// The extents of a sequence, and the order of its steps.
struct RecurrentSequence {
  let steps: Int
  let batch: Int
  let width: Int
  let hidden: Int
  let gates: Int
  let isReversed: Bool
  let hasReLU: Bool

  /// Checks the shapes of x, of the states and of the weights.
  init(_ call: Call, gates: Int, x: View, states: [View], wi: View, wh: View, biases: [View]) throws(Failure) {
    let flags = try call.parameters(bp_recurrent_params()).flags
    try call.requireFlags(flags, among: BP_RECURRENT_REVERSE | (gates == 1 ? BP_RECURRENT_RELU : 0))
    isReversed = flags & BP_RECURRENT_REVERSE != 0
    hasReLU = flags & BP_RECURRENT_RELU != 0
    try call.requireShapes(x.rank == 3 && states[0].rank == 2)
    (steps, batch, width) = (x.shape[0], x.shape[1], x.shape[2])
    (hidden, self.gates) = (states[0].shape[1], gates)
    let (rows, stateShape) = (gates * hidden, [batch, hidden])
    try call.requireShapes(states.allSatisfy { $0.shape == stateShape })
    try call.requireShapes(wi.shape == [rows, width] && wh.shape == [rows, hidden])
    try call.requireShapes(biases.allSatisfy { $0.shape == [rows] })
    guard steps >= 1 else { throw .invalid("\(call.name): a sequence of no steps") }
  }

  /// Fails unless these operands hold so many numbers for each of the sequence's.
  func require(_ call: Call, _ operands: [View], _ numbers: Int) throws(Failure) {
    let shape = [steps, batch, numbers]
    try call.requireShapes(operands.allSatisfy { $0.shape == shape })
  }

  /// Fails unless the gradients of x, of the states, of the weights and of the biases are of their shapes.
  func requireGradients(_ call: Call, states: Int, biases: Int) throws(Failure) {
    let (outputs, rows, stateShape) = (call.outputs, gates * hidden, [batch, hidden])
    try call.requireShapes(outputs[0].shape == [steps, batch, width])
    try call.requireShapes((1...states).allSatisfy { outputs[$0].shape == stateShape })
    try call.requireShapes(
      outputs[states + 1].shape == [rows, width] && outputs[states + 2].shape == [rows, hidden])
    try call.requireShapes((0..<biases).allSatisfy { outputs[states + 3 + $0].shape == [rows] })
  }

  var order: [Int] { isReversed ? (0..<steps).reversed() : Array(0..<steps) }

  /// The rows of one step in a tensor (T, N, numbers).
  func rows(of step: Int, _ numbers: Int) -> Range<Int> { step * batch * numbers..<(step + 1) * batch * numbers }
}

/// w x + b for each row of x, row-major: (batch, rows).
private func affine(_ x: [Double], _ w: [Double], _ bias: [Double], batch: Int, width: Int, rows: Int) -> [Double] {
  var result: [Double] = []
  for n in 0..<batch {
    for row in 0..<rows {
      var sum = bias.isEmpty ? 0 : bias[row]
      for l in 0..<width { sum += w[row * width + l] * x[n * width + l] }
      result.append(sum)
    }
  }
  return result
}

/// Values as the next step reads them.
private func rounded(_ values: [Double], _ dtype: DType) -> [Double] {
  switch dtype {
  case .float16: values.map { Double(Float16($0)) }
  case .bfloat16: values.map { double(bfloat16Bits: bfloat16Bits($0)) }
  case .float32: values.map { Double(Float($0)) }
  default: values
  }
}

// MARK: - Forward

/// Runs the steps: `step` makes the parts a and b of all gates, (N, GH) each, into the next states, h first, and what
/// else is kept of a step, (N, KH) each. Gives h after each step, the last states, and what is kept.
private func run(
  _ call: Call, _ s: RecurrentSequence, states: [View],
  _ step: (_ a: [Double], _ b: [Double], _ states: [[Double]]) -> (states: [[Double]], kept: [[Double]])
) {
  let (inputs, dtype) = (call.inputs, call.outputs[0].dtype)
  let weights = 1 + states.count
  let (x, wi, wh) = (inputs[0].floats(), inputs[weights].floats(), inputs[weights + 1].floats())
  let hasBiases = inputs.count > weights + 2
  let bi = hasBiases ? inputs[weights + 2].floats() : []
  let bh = hasBiases ? inputs[weights + 3].floats() : []
  var current = states.map { $0.floats() }
  // What a step gives, by step: y, and what is kept.
  var made: [[[Double]]] = Array(repeating: [], count: s.steps)
  for t in s.order {
    let xt = Array(x[s.rows(of: t, s.width)])
    let a = affine(xt, wi, bi, batch: s.batch, width: s.width, rows: s.gates * s.hidden)
    let b = affine(current[0], wh, bh, batch: s.batch, width: s.hidden, rows: s.gates * s.hidden)
    let (next, kept) = step(a, b, current)
    current = next.map { rounded($0, dtype) }
    made[t] = [current[0]] + kept
  }
  call.outputs[0].store(made.flatMap { $0[0] })
  for (i, state) in current.enumerated() { call.outputs[1 + i].store(state) }
  for i in made[0].indices.dropFirst() { call.outputs[states.count + i].store(made.flatMap { $0[i] }) }
}

private func rnn(_ call: Call) throws(Failure) {
  let i = call.inputs
  let s = try RecurrentSequence(call, gates: 1, x: i[0], states: [i[1]], wi: i[2], wh: i[3], biases: Array(i[4...]))
  try s.require(call, [call.outputs[0]], s.hidden)
  try call.requireShapes(call.outputs[1].shape == i[1].shape)
  run(call, s, states: [i[1]]) { a, b, _ in
    let h = zip(a, b).map { s.hasReLU ? ($0 + $1 < 0 ? 0 : $0 + $1) : tanh($0 + $1) }
    return ([h], [])
  }
}

private func lstm(_ call: Call) throws(Failure) {
  let ins = call.inputs
  let s = try RecurrentSequence(
    call, gates: 4, x: ins[0], states: [ins[1], ins[2]], wi: ins[3], wh: ins[4], biases: Array(ins[5...]))
  try s.require(call, [call.outputs[0], call.outputs[4]], s.hidden)
  try s.require(call, [call.outputs[3]], 4 * s.hidden)
  try call.requireShapes(call.outputs[1].shape == ins[1].shape && call.outputs[2].shape == ins[1].shape)
  run(call, s, states: [ins[1], ins[2]]) { a, b, states in
    var (h, c, gates) = (states[0], states[1], a)
    for n in 0..<s.batch {
      for j in 0..<s.hidden {
        let at = (0..<4).map { (n * 4 + $0) * s.hidden + j }
        let (i, f) = (sigmoid(a[at[0]] + b[at[0]]), sigmoid(a[at[1]] + b[at[1]]))
        let (g, o) = (tanh(a[at[2]] + b[at[2]]), sigmoid(a[at[3]] + b[at[3]]))
        let cell = f * c[n * s.hidden + j] + i * g
        c[n * s.hidden + j] = cell
        h[n * s.hidden + j] = o * tanh(cell)
        for (place, gate) in zip(at, [i, f, g, o]) { gates[place] = gate }
      }
    }
    return ([h, c], [gates, c])
  }
}

private func gru(_ call: Call) throws(Failure) {
  let ins = call.inputs
  let s = try RecurrentSequence(
    call, gates: 3, x: ins[0], states: [ins[1]], wi: ins[2], wh: ins[3], biases: Array(ins[4...]))
  try s.require(call, [call.outputs[0]], s.hidden)
  try s.require(call, [call.outputs[2]], 4 * s.hidden)
  try call.requireShapes(call.outputs[1].shape == ins[1].shape)
  run(call, s, states: [ins[1]]) { a, b, states in
    var h = states[0]
    var kept = Array(repeating: 0.0, count: 4 * h.count)
    for row in 0..<s.batch {
      for j in 0..<s.hidden {
        let at = (0..<3).map { (row * 3 + $0) * s.hidden + j }
        let (r, z) = (sigmoid(a[at[0]] + b[at[0]]), sigmoid(a[at[1]] + b[at[1]]))
        let n = tanh(a[at[2]] + r * b[at[2]])
        h[row * s.hidden + j] = (1 - z) * n + z * h[row * s.hidden + j]
        for (part, value) in [r, z, n, b[at[2]]].enumerated() { kept[(row * 4 + part) * s.hidden + j] = value }
      }
    }
    return ([h], [kept])
  }
}
