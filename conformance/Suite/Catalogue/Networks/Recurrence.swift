import BackendAPI

extension OperatorCatalogue {
  /// Section 6.26 of the header.
  static let recurrence: [OperatorEntry] =
    [
      forward("RNN", BP_OP_RNN, .rnn), forward("LSTM", BP_OP_LSTM, .lstm), forward("GRU", BP_OP_GRU, .gru),
      backward("RNN_BACKWARD", BP_OP_RNN_BACKWARD, .rnn), backward("LSTM_BACKWARD", BP_OP_LSTM_BACKWARD, .lstm),
      backward("GRU_BACKWARD", BP_OP_GRU_BACKWARD, .gru),
    ]

  private typealias Cell = RecurrentLayer.Cell

  private static func forward(_ name: String, _ id: Int32, _ cell: Cell) -> OperatorEntry {
    let (inputs, outputs) = (3 + cell.states, 1 + cell.states + (cell == .rnn ? 0 : cell == .lstm ? 2 : 1))
    let signatures = DType.floats.flatMap { dtype in
      [("", inputs + 2), ("-unbiased", inputs)].map { label, count in
        Signature(
          dtype.name + label, Array(repeating: dtype, count: count), Array(repeating: dtype, count: outputs))
      }
    }
    return OperatorEntry(
      name, id, .recurrence, signatures,
      drawn: { signature, size, random in
        let plan = drawn(cell, size, isForward: true, &random)
        return plan.forward(cell, signature, &random)
      },
      cases: { signature in
        plans(cell, signature).map { plan in
          OperatorCase(plan.label) { random in plan.forward(cell, signature, &random) }
        }
      })
  }

  private static func backward(_ name: String, _ id: Int32, _ cell: Cell) -> OperatorEntry {
    let (inputs, outputs) = (cell == .rnn ? 7 : cell == .lstm ? 11 : 8, cell == .rnn ? 5 : 6)
    let signatures = DType.floats.map { dtype in
      Signature(dtype.name, Array(repeating: dtype, count: inputs), Array(repeating: dtype, count: outputs))
    }
    return OperatorEntry(
      name, id, .recurrence, signatures,
      drawn: { signature, size, random in
        let plan = drawn(cell, size, isForward: false, &random)
        return plan.backward(cell, signature, &random)
      },
      cases: { signature in
        plans(cell, signature).filter { !$0.isSpecial }.map { plan in
          OperatorCase(plan.label) { random in plan.backward(cell, signature, &random) }
        } + [notANumber(cell, signature)]
      })
  }

  /// A gradient of NaN, of one sequence of the batch.
  private static func notANumber(_ cell: Cell, _ signature: Signature) -> OperatorCase {
    OperatorCase("nan") { random in
      var operation = RecurrentPlan("nan", 4, 3, 5, 7).backward(cell, signature, &random)
      var elements = operation.inputs[0].elements.doubles
      elements[(2 * 3 + 1) * 7 + 4] = .nan
      operation.inputs[0] = Operand(operation.inputs[0].layout, ElementArray(signature.dtype, doubles: elements))
      return operation
    }
  }

  private static func plans(_ cell: Cell, _ signature: Signature) -> [RecurrentPlan] {
    let extents = [
      (1, 1, 1, 1), (3, 2, 3, 5), (4, 3, 7, 8), (5, 1, 17, 33), (2, 5, 33, 17), (7, 4, 16, 16), (3, 9, 1, 7),
      (2, 0, 3, 4), (2, 3, 0, 4), (2, 3, 4, 0), (11, 2, 31, 15), (1, 3, 5, 64), (2, 17, 8, 65),
    ]
    var plans = extents.map { RecurrentPlan("\($0)x\($1)x\($2)x\($3)", $0, $1, $2, $3) }
    func add(_ label: String, _ change: (inout RecurrentPlan) -> Void) {
      var plan = RecurrentPlan(label, 4, 3, 5, 7)
      change(&plan)
      plans.append(plan)
    }
    add("reverse") { $0.flags = BP_RECURRENT_REVERSE }
    add("reverse-one-step") { ($0.steps, $0.flags) = (1, BP_RECURRENT_REVERSE) }
    add("batch-first") {
      $0.x = Layout([4, 3, 5], strides: [5, 20, 1])
      $0.y = Layout([4, 3, 7], strides: [7, 28, 1])
      $0.states = Layout([3, 7], strides: [1, 3])
    }
    add("transposed-weights") {
      $0.wi = Layout([cell.gates * 7, 5], strides: [1, cell.gates * 7])
      $0.wh = Layout([cell.gates * 7, 7], strides: [1, cell.gates * 7])
    }
    add("sliced") {
      $0.x = Layout([4, 3, 5], strides: [40, 11, 1], lead: 3)
      $0.wi = Layout([cell.gates * 7, 5], strides: [9, 1], lead: 1)
      $0.wh = Layout([cell.gates * 7, 7], strides: [12, 1], lead: 2)
      $0.states = Layout([3, 7], strides: [10, 1], lead: 1)
      $0.bias = Layout([cell.gates * 7], strides: [2])
    }
    add("one-of-two-directions") {
      $0.flags = BP_RECURRENT_REVERSE
      $0.y = Layout([4, 3, 7], strides: [42, 14, 1], lead: 7)
    }
    add("step2") {
      $0.x = Layout([4, 3, 5], strides: [60, 20, 2])
      $0.y = Layout([4, 3, 7], strides: [84, 28, 2])
      $0.kept = Layout([4, 3, cell.kept * 7], strides: [cell.kept * 42, cell.kept * 14, 2])
    }
    add("negative") {
      $0.x = Layout([4, 3, 5], strides: [-15, 5, -1])
      $0.states = Layout([3, 7], strides: [-7, 1])
      $0.wh = Layout([cell.gates * 7, 7], strides: [7, -1])
      $0.bias = Layout([cell.gates * 7], strides: [-1])
    }
    add("broadcast") {
      $0.x = Layout([4, 3, 5], strides: [0, 5, 1])
      $0.states = Layout([3, 7], strides: [0, 1])
      $0.bias = Layout([cell.gates * 7], strides: [0])
      $0.wi = Layout([cell.gates * 7, 5], strides: [1, 0])
    }
    add("large-weights") { ($0.range, $0.weights) = (8, 3) }
    add("special") { $0.isSpecial = true }
    if cell == .rnn {
      add("relu") { $0.flags = BP_RECURRENT_RELU }
      add("relu-reverse") { $0.flags = BP_RECURRENT_RELU | BP_RECURRENT_REVERSE }
      add("relu-special") { ($0.flags, $0.isSpecial) = (BP_RECURRENT_RELU, true) }
    }
    if signature.isCore {
      plans += [RecurrentPlan("large", 6, 33, 40, 70), RecurrentPlan("long", 65, 4, 9, 33)]
    }
    return plans
  }

  private static func drawn(
    _ cell: Cell, _ size: Int, isForward: Bool, _ random: inout RandomSource
  ) -> RecurrentPlan {
    let limit = max(1, min(size, 12))
    func extent(_ random: inout RandomSource) -> Int { random.int((random.oneIn(16) ? 0 : 1)...limit) }
    var plan = RecurrentPlan(
      "", random.int(1...limit), extent(&random), extent(&random), extent(&random))
    plan.flags = random.oneIn(2) ? BP_RECURRENT_REVERSE : 0
    if cell == .rnn && random.oneIn(2) { plan.flags |= BP_RECURRENT_RELU }
    let rows = cell.gates * plan.hidden
    plan.x = .scattered([plan.steps, plan.batch, plan.width], isInput: true, &random)
    plan.states = .scattered([plan.batch, plan.hidden], isInput: false, &random)
    plan.wi = .scattered([rows, plan.width], isInput: true, &random)
    plan.wh = .scattered([rows, plan.hidden], isInput: true, &random)
    plan.bias = .scattered([rows], isInput: isForward, &random)
    plan.y = .scattered([plan.steps, plan.batch, plan.hidden], isInput: false, &random)
    plan.kept = .scattered([plan.steps, plan.batch, cell.kept * plan.hidden], isInput: false, &random)
    return plan
  }
}

/// The extents, layouts and values of a call. A layout left out is contiguous.
private struct RecurrentPlan {
  let label: String
  var steps: Int
  let batch: Int
  let width: Int
  let hidden: Int
  var flags: UInt32 = 0
  var x: Layout?
  var states: Layout?
  var wi: Layout?
  var wh: Layout?
  var bias: Layout?
  var y: Layout?
  var kept: Layout?
  /// The magnitudes of x and of the weights; else such that errors of gradients do not grow from step to step.
  var range = 2.0
  var weights: Double?
  /// NaN and infinities in x.
  var isSpecial = false

  init(_ label: String, _ steps: Int, _ batch: Int, _ width: Int, _ hidden: Int) {
    (self.label, self.steps, self.batch, self.width, self.hidden) = (label, steps, batch, width, hidden)
  }

  private var params: Parameters { .recurrent(bp_recurrent_params(struct_size: 0, flags: flags)) }

  private func drawX(_ dtype: DType, _ random: inout RandomSource) -> Operand {
    let range = range
    let isSpecial = isSpecial
    let values = ValueSet.each("x") { _, random in
      if isSpecial && random.oneIn(16) { return [.nan, .infinity, -.infinity].randomElement(using: &random)! }
      return random.double(-range...range)
    }
    return Operand(dtype, x ?? Layout(contiguous: [steps, batch, width]), values, &random)
  }

  private func drawStates(_ cell: RecurrentLayer.Cell, _ dtype: DType, _ random: inout RandomSource) -> [Operand] {
    (0..<cell.states).map { _ in
      Operand(dtype, states ?? Layout(contiguous: [batch, hidden]), .uniform("states", -1...1), &random)
    }
  }

  /// wi, wh, and the biases.
  private func drawWeights(
    _ cell: RecurrentLayer.Cell, _ dtype: DType, biases: Int, _ random: inout RandomSource
  ) -> [Operand] {
    let rows = cell.gates * hidden, limit = weights ?? min(1, 4 / Double(max(hidden, 1)))
    let narrow = weights ?? min(1, 4 / Double(max(width, 1)).squareRoot())
    return [
      Operand(dtype, wi ?? Layout(contiguous: [rows, width]), .uniform("wi", -narrow...narrow), &random),
      Operand(dtype, wh ?? Layout(contiguous: [rows, hidden]), .uniform("wh", -limit...limit), &random),
    ]
      + (0..<biases).map { _ in
        Operand(dtype, bias ?? Layout(contiguous: [rows]), .uniform("biases", -1...1), &random)
      }
  }

  func forward(_ cell: RecurrentLayer.Cell, _ signature: Signature, _ random: inout RandomSource) -> Operation {
    let dtype = signature.dtype
    let inputs =
      [drawX(dtype, &random)] + drawStates(cell, dtype, &random)
      + drawWeights(cell, dtype, biases: signature.inputs.count - 3 - cell.states, &random)
    let last = Layout(contiguous: [batch, hidden])
    let kept = self.kept ?? Layout(contiguous: [steps, batch, cell.kept * hidden])
    let y = self.y ?? Layout(contiguous: [steps, batch, hidden])
    let layouts =
      [y] + Array(repeating: last, count: cell.states) + (cell == .rnn ? [] : [kept]) + (cell == .lstm ? [y] : [])
    return Operation(inputs, layouts.map { Operand(dtype, $0) }, params)
  }

  /// With what the forward operator gives, so that the operands are those of its definition.
  func backward(_ cell: RecurrentLayer.Cell, _ signature: Signature, _ random: inout RandomSource) -> Operation {
    let dtype = signature.dtype
    let x = drawX(dtype, &random), states = drawStates(cell, dtype, &random)
    let weights = drawWeights(cell, dtype, biases: 2, &random)
    let values = weights.map(\.elements.doubles)
    let layer = RecurrentLayer(
      cell: cell, steps: steps, batch: batch, width: width, hidden: hidden, flags: flags, x: x.elements.doubles,
      wi: values[0], wh: values[1], bi: values[2], bh: values[3], u: 0)
    let made = layer.run(states.map(\.elements.doubles)) { ElementArray(dtype, doubles: $0).doubles }
    let y = self.y ?? Layout(contiguous: [steps, batch, hidden])
    let kept = self.kept ?? Layout(contiguous: [steps, batch, cell.kept * hidden])
    func given(_ layout: Layout, _ values: [Double]) -> Operand {
      Operand(layout, ElementArray(dtype, doubles: values))
    }
    var inputs = [Operand(dtype, y, .uniform("gradients", -1...1), &random)]
    inputs += drawStates(cell, dtype, &random) + [x] + states + weights[..<2]
    inputs.append(given(y, made.y))
    if cell != .rnn { inputs.append(given(kept, made.kept)) }
    if cell == .lstm { inputs.append(given(y, made.cells)) }

    let rows = cell.gates * hidden
    let outputs =
      [dense(self.x, [steps, batch, width])] + states.map { _ in Layout(contiguous: [batch, hidden]) }
      + [dense(wi, [rows, width]), dense(wh, [rows, hidden])]
      + (0..<(cell == .gru ? 2 : 1)).map { _ in Layout(contiguous: [rows]) }
    return Operation(inputs, outputs.map { Operand(dtype, $0) }, params)
  }

  /// The layout of an input, for its gradient: without broadcast and negative strides.
  private func dense(_ layout: Layout?, _ shape: [Int]) -> Layout {
    guard let layout, zip(layout.strides, shape).allSatisfy({ $0.0 > 0 || $0.1 < 2 }) else {
      return Layout(contiguous: shape)
    }
    return layout
  }
}
