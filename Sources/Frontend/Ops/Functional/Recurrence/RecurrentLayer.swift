import BackendAPI

extension Operator {
  static let rnn = Operator(BP_OP_RNN, "rnn")
  static let lstm = Operator(BP_OP_LSTM, "lstm")
  static let gru = Operator(BP_OP_GRU, "gru")
  static let rnnBackward = Operator(BP_OP_RNN_BACKWARD, "rnn_backward")
  static let lstmBackward = Operator(BP_OP_LSTM_BACKWARD, "lstm_backward")
  static let gruBackward = Operator(BP_OP_GRU_BACKWARD, "gru_backward")

  static let recurrence: [Operator] = [rnn, lstm, gru, rnnBackward, lstmBackward, gruBackward]
}

/// One layer in one direction.
struct RecurrentLayer {
  let cell: RecurrentCell
  let steps: Int
  let weights: RecurrentWeights
  let isReversed: Bool

  /// Over sequences that all have all steps: rows x (steps · N, features), those of one step together, and the states
  /// (N, H). One operator where the device has it, else step by step.
  func run(_ x: Tensor, _ first: [Tensor]) throws(BackplaneError) -> (output: Tensor, state: [Tensor]) {
    let batch = first[0].layout.elements[0]
    guard isOneOperator(x, first) else { return try pass(x, repeatElement(batch, count: steps), first) }
    let operands = [x] + first + weights.all
    let records = Autograd.records(operands)
    let hidden = first[0].layout.elements[1]
    let y = try Ops.empty([steps * batch, hidden], x.dtype, on: x.context)
    var states: [Tensor] = []
    for state in first { states.append(try Ops.empty(state.layout.shape, x.dtype, on: x.context)) }
    var kept: [Tensor] = []
    if cell.keptCount > 0 { kept.append(try Ops.empty([steps * batch, 4 * hidden], x.dtype, on: x.context)) }
    if cell.keptCount > 1 { kept.append(try Ops.empty([steps * batch, hidden], x.dtype, on: x.context)) }
    try call(
      cell.forward, [sequence(x, batch)] + (first + weights.all).map { Operand($0) },
      to: [sequence(y, batch)] + states.map { Operand($0) }
        + kept.map { kept throws(BackplaneError) in
          try sequence(kept, batch)
        }, on: x.context)
    // Without a gradient nothing else holds what is kept for it until the call is over.
    withExtendedLifetime(kept) {}
    if records { try record(operands, batch, y, states, kept) }
    return (y, states)
  }

  /// Whether the device has the whole sequence as one operator, and its gradient where one is wanted.
  private func isOneOperator(_ x: Tensor, _ first: [Tensor]) -> Bool {
    guard weights.projection == nil, x.dtype.isFloatingPoint else { return false }
    let operands = [x] + first + weights.all
    guard
      Dispatcher.supports(
        cell.forward, on: x.context, x.dtype, inputs: operands.count, outputs: 1 + first.count + cell.keptCount)
    else { return false }
    return !Autograd.records(operands)
      || Dispatcher.supports(
        cell.backward, on: x.context, x.dtype, inputs: cell.backwardInputs, outputs: cell.backwardOutputs)
  }

  /// Over packed sequences, of which fewer and fewer have a step: one operator for as many steps as have equally many,
  /// where the device has it, else step by step.
  ///
  /// - Parameters:
  ///   - x: (Σ sizes, features).
  ///   - sizes: How many sequences have each step.
  ///   - first: The states (N, H).
  func run(
    packed x: Tensor, _ sizes: some BidirectionalCollection<Int>, _ first: [Tensor]
  ) throws(BackplaneError) -> (output: Tensor, state: [Tensor]) {
    guard isOneOperator(x, first) else { return try pass(x, sizes, first) }
    var stretches: [(size: Int, steps: Int)] = []
    for size in sizes {
      if let last = stretches.last, last.size == size {
        stretches[stretches.count - 1].steps += 1
      } else {
        stretches.append((size, 1))
      }
    }
    if isReversed { stretches.reverse() }
    var states = PackedStates(first)
    var outputs: [Tensor] = []
    var start = isReversed ? x.layout.elements[0] : 0
    for (size, steps) in stretches {
      try states.resize(to: size)
      if isReversed { start -= size * steps }
      let layer = RecurrentLayer(cell: cell, steps: steps, weights: weights, isReversed: isReversed)
      let output: Tensor
      (output, states.current) = try layer.run(Ops.narrow(x, 0, start, size * steps), states.current)
      if !isReversed { start += size * steps }
      outputs.append(output)
    }
    if isReversed { outputs.reverse() }
    return (try outputs.count == 1 ? outputs[0] : Ops.cat(outputs, 0), try states.last())
  }

  /// Rows of all steps as (steps, N, …).
  private func sequence(_ rows: Tensor, _ batch: Int) throws(BackplaneError) -> Operand {
    let (columns, row, column) = (rows.layout.elements[1], rows.layout.elements[2], rows.layout.elements[3])
    return Operand(rows, as: try .strided([steps, batch, columns], [batch * row, row, column]))
  }

  private func call(
    _ op: Operator, _ inputs: [Operand], to outputs: [Operand], on context: DeviceContext
  ) throws(BackplaneError) {
    var flags: UInt32 = isReversed ? BP_RECURRENT_REVERSE : 0
    if cell == .relu { flags |= BP_RECURRENT_RELU }
    var params = bp_recurrent_params(struct_size: UInt32(MemoryLayout<bp_recurrent_params>.size), flags: flags)
    try Ops.withParams(&params) { (p) throws(BackplaneError) in
      try Dispatcher.call(op, on: context, inputs, to: outputs, params: p)
    }
  }

  // MARK: - Gradients

  private func record(
    _ operands: [Tensor], _ batch: Int, _ y: Tensor, _ states: [Tensor], _ kept: [Tensor]
  ) throws(BackplaneError) {
    var saved: [Saved] = []
    for operand in operands { saved.append(try Saved(operand)) }
    let savedResult = Saved(result: y)
    let wanted = operands.map(\.requiresGrad), layer = self
    let node = Autograd.makeNode(cell.nodeName, operands, resultCount: 1 + states.count) {
      _, grads throws(BackplaneError) in
      var operands: [Tensor] = []
      for operand in saved { operands.append(try operand.unpack()) }
      let gradients =
        try Scopes.recordsGradients
        ? layer.recordedGradients(operands, wanted, batch, grads)
        : layer.gradients(operands, batch, grads, savedResult.unpack(), kept)
      return zip(gradients, wanted).map { $1 ? $0 : nil }
    }
    for (i, result) in ([y] + states).enumerated() { Autograd.attach(node, to: result, index: i) }
  }

  /// By the device's operator.
  private func gradients(
    _ operands: [Tensor], _ batch: Int, _ grads: [Tensor?], _ y: Tensor, _ kept: [Tensor]
  ) throws(BackplaneError) -> [Tensor?] {
    let x = operands[0], first = Array(operands[1...cell.stateCount])
    let (wi, wh) = (operands[1 + first.count], operands[2 + first.count])
    var incoming: [Tensor] = []
    for (gradient, result) in zip(grads, [y] + first) {
      if let gradient { incoming.append(gradient) } else { incoming.append(try Ops.zerosLike(result)) }
    }
    var inputs = [try sequence(incoming[0], batch)] + incoming.dropFirst().map { Operand($0) }
    inputs.append(try sequence(x, batch))
    inputs += first.map { Operand($0) } + [Operand(wi), Operand(wh), try sequence(y, batch)]
    for kept in kept { inputs.append(try sequence(kept, batch)) }
    var results: [Tensor] = []
    for like in [x] + first + [wi, wh] { results.append(try Ops.empty(like.layout.shape, x.dtype, on: x.context)) }
    for _ in results.count..<cell.backwardOutputs {
      results.append(try Ops.empty([wi.layout.elements[0]], x.dtype, on: x.context))
    }
    let outputs = [try sequence(results[0], batch)] + results.dropFirst().map { Operand($0) }
    try call(cell.backward, inputs, to: outputs, on: x.context)
    withExtendedLifetime(incoming) {}
    // Both biases of a gate have one gradient, but in a GRU.
    if operands.count > results.count { results.append(results[results.count - 1]) }
    return Array(results[..<operands.count])
  }

  /// By those of the steps, which can be differentiated again.
  private func recordedGradients(
    _ operands: [Tensor], _ wanted: [Bool], _ batch: Int, _ grads: [Tensor?]
  ) throws(BackplaneError) -> [Tensor?] {
    let first = Array(operands[1...cell.stateCount]), own = Array(operands[(1 + first.count)...])
    var weights = RecurrentWeights(input: own[0], hidden: own[1])
    if own.count > 2 { (weights.inputBias, weights.hiddenBias) = (own[2], own[3]) }
    let layer = RecurrentLayer(cell: cell, steps: steps, weights: weights, isReversed: isReversed)
    let (output, states) = try layer.pass(operands[0], repeatElement(batch, count: steps), first)
    let given = zip([output] + states, grads).filter { $1 != nil && $0.requiresGrad }
    let inputs = zip(operands, wanted).filter { $1 }.map(\.0)
    var found = try Engine.run(
      given.map(\.0), given.map(\.1), retainGraph: true, createGraph: true, inputs: inputs)[...]
    return wanted.map { $0 ? found.removeFirst() : nil }
  }

  // MARK: - Step by step

  /// Step by step, over rows of which not all steps need have as many.
  ///
  /// - Parameters:
  ///   - x: (Σ sizes, features).
  ///   - sizes: How many sequences have each step.
  ///   - first: The states (N, H).
  func pass(
    _ x: Tensor, _ sizes: some BidirectionalCollection<Int>, _ first: [Tensor]
  ) throws(BackplaneError) -> (output: Tensor, state: [Tensor]) {
    let w = weights
    guard x.layout.elements[0] > 0 else {
      return (try Ops.zeros([0, first[0].layout.elements[1]], like: x), first)
    }
    // All steps at once: only the hidden state has to wait.
    let contributions = try Ops.linear(x, w.input, w.inputBias)
    var outputs: [Tensor] = []
    var states = PackedStates(first)
    var start = isReversed ? x.layout.elements[0] : 0
    func step(_ size: Int) throws(BackplaneError) {
      try states.resize(to: size)
      if isReversed { start -= size }
      let own = try Ops.narrow(contributions, 0, start, size)
      if !isReversed { start += size }
      let hidden = try Ops.linear(states.current[0], w.hidden, w.hiddenBias)
      states.current = try cell.step(own, hidden, states.current)
      if let projection = w.projection { states.current[0] = try Ops.linear(states.current[0], projection, nil) }
      outputs.append(states.current[0])
    }
    if isReversed {
      for size in sizes.reversed() { try step(size) }
      outputs.reverse()
    } else {
      for size in sizes { try step(size) }
    }
    return (try Ops.cat(outputs, 0), try states.last())
  }
}

/// The states of sequences of which the first ones are at a step, the longer before the shorter.
private struct PackedStates {
  private let first: [Tensor]
  /// Those of the sequences at the step.
  var current: [Tensor]
  /// Those of sequences that have ended, the shortest first.
  private var ended: [[Tensor]]
  private var isBeforeAll = true

  /// - Parameter first: The states (N, H) of all sequences before their first step, or, backwards, their last.
  init(_ first: [Tensor]) {
    self.first = first
    current = first
    ended = [[Tensor]](repeating: [], count: first.count)
  }

  /// Goes to a step that `size` sequences have: others have ended, or begin there.
  mutating func resize(to size: Int) throws(BackplaneError) {
    defer { isBeforeAll = false }
    let active = current[0].layout.elements[0]
    for k in current.indices where size != active {
      if size > active {
        current[k] = try Ops.cat([current[k], Ops.narrow(first[k], 0, active, size - active)], 0)
      } else {
        if !isBeforeAll { ended[k].append(try Ops.narrow(current[k], 0, size, active - size)) }
        current[k] = try Ops.narrow(current[k], 0, 0, size)
      }
    }
  }

  /// The last state of each sequence.
  func last() throws(BackplaneError) -> [Tensor] {
    var states: [Tensor] = []
    for (part, ended) in zip(current, ended) {
      states.append(try ended.isEmpty ? part : Ops.cat([part] + ended.reversed(), 0))
    }
    return states
  }
}

extension RecurrentCell {
  fileprivate var forward: Operator { self == .lstm ? .lstm : self == .gru ? .gru : .rnn }
  fileprivate var backward: Operator { self == .lstm ? .lstmBackward : self == .gru ? .gruBackward : .rnnBackward }

  /// The results that are kept for the gradient.
  fileprivate var keptCount: Int { self == .lstm ? 2 : self == .gru ? 1 : 0 }
  fileprivate var backwardInputs: Int { self == .lstm ? 11 : self == .gru ? 8 : 7 }
  fileprivate var backwardOutputs: Int { self == .lstm || self == .gru ? 6 : 5 }

  fileprivate var nodeName: String {
    switch self {
    case .tanh: "RnnTanhBackward0"
    case .relu: "RnnReluBackward0"
    case .lstm: "LstmBackward0"
    case .gru: "GruBackward0"
    }
  }
}

extension RecurrentWeights {
  /// In the operator's order.
  fileprivate var all: [Tensor] { [input, hidden] + [inputBias, hiddenBias].compactMap { $0 } }
}
