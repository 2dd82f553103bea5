/// Recurrent networks over whole sequences.
///
/// Formulas are those of PyTorch's RNN, LSTM (Hochreiter and Schmidhuber, 1997; with projections, Sak et al., 2014) and
/// GRU (Cho et al., 2014; with the reset gate after the product).
enum RecurrentCell: Sendable {
  case tanh, relu, lstm, gru

  /// PyTorch's name of the function.
  var name: String {
    switch self {
    case .tanh: "rnn_tanh"
    case .relu: "rnn_relu"
    case .lstm: "lstm"
    case .gru: "gru"
    }
  }

  /// How many vectors of the hidden size a step computes.
  var gates: Int {
    switch self {
    case .tanh, .relu: 1
    case .lstm: 4
    case .gru: 3
    }
  }

  var stateCount: Int { self == .lstm ? 2 : 1 }

  /// The next state, from what the input and the last hidden state contribute to the gates.
  ///
  /// - Parameters:
  ///   - x: W x + b of the input: (N, gates · H).
  ///   - h: W h + b of the hidden state.
  ///   - state: The last hidden state, and the cell state of an LSTM.
  func step(_ x: Tensor, _ h: Tensor, _ state: [Tensor]) throws(BackplaneError) -> [Tensor] {
    switch self {
    case .tanh: return [try Ops.unary(.tanh, Ops.add(x, h))]
    case .relu: return [try Ops.unary(.relu, Ops.add(x, h))]
    case .lstm:
      let gates = try Ops.chunk(Ops.add(x, h), 4, 1)
      let input = try Ops.unary(.sigmoid, gates[0]), forget = try Ops.unary(.sigmoid, gates[1])
      let cell = try Ops.add(Ops.mul(forget, state[1]), Ops.mul(input, Ops.unary(.tanh, gates[2])))
      return [try Ops.mul(Ops.unary(.sigmoid, gates[3]), Ops.unary(.tanh, cell)), cell]
    case .gru:
      let own = try Ops.chunk(x, 3, 1), last = try Ops.chunk(h, 3, 1)
      let reset = try Ops.unary(.sigmoid, Ops.add(own[0], last[0]))
      let update = try Ops.unary(.sigmoid, Ops.add(own[1], last[1]))
      let new = try Ops.unary(.tanh, Ops.add(own[2], Ops.mul(reset, last[2])))
      return [try Ops.add(Ops.mul(Ops.sub(state[0], new), update), new)]
    }
  }
}

/// The parameters of one layer in one direction.
struct RecurrentWeights {
  let input: Tensor
  let hidden: Tensor
  var inputBias: Tensor?
  var hiddenBias: Tensor?
  /// What makes an LSTM's hidden state smaller.
  var projection: Tensor?
}

/// A recurrent network: its options.
struct RecurrentNetwork {
  let cell: RecurrentCell
  let layers: Int
  let hasBiases: Bool
  let isBidirectional: Bool
  /// Between layers, in training.
  let dropout: Double

  var directions: Int { isBidirectional ? 2 : 1 }

  /// The parameters, layer by layer and direction by direction.
  func weights(_ parameters: [Tensor], isProjected: Bool) throws(BackplaneError) -> [RecurrentWeights] {
    let each = 2 + (hasBiases ? 2 : 0) + (isProjected ? 1 : 0)
    guard layers >= 1 else {
      throw BackplaneError(.value, "\(cell.name): num_layers must be greater than zero, but got \(layers)")
    }
    let count = try Sizes.multiply(Sizes.multiply(layers, directions, in: cell.name), each, in: cell.name)
    guard parameters.count == count else {
      throw BackplaneError(
        .value,
        "\(cell.name): got an incorrect number of RNN parameters: expected \(count), but got \(parameters.count)")
    }
    return (0..<layers * directions).map { i in
      let own = Array(parameters[i * each..<(i + 1) * each])
      return RecurrentWeights(
        input: own[0], hidden: own[1], inputBias: hasBiases ? own[2] : nil, hiddenBias: hasBiases ? own[3] : nil,
        projection: isProjected ? own[each - 1] : nil)
    }
  }

  /// Runs over packed sequences, whose numbers at each step are given.
  func run(
    packed x: Tensor, _ sizes: Tensor, _ state: [Tensor], _ parameters: [Tensor]
  ) throws(BackplaneError) -> (output: Tensor, state: [Tensor]) {
    guard x.layout.rank == 2, sizes.layout.rank == 1, sizes.dtype == .int64 else {
      throw BackplaneError(
        .shape,
        "\(cell.name): packed sequences are rows of shape (Σ lengths, features) with int64 sizes of the steps, but got "
          + "\(x.shape) and \(sizes.dtype.scalarName) \(sizes.shape)")
    }
    return try run(packed: x, Ops.toHost(sizes, Int.self), state, parameters)
  }

  /// Runs over the rows (Σ lengths, features) of packed sequences.
  ///
  /// - Parameter steps: How many sequences have each step.
  func run(
    packed x: Tensor, _ steps: [Int], _ state: [Tensor], _ parameters: [Tensor]
  ) throws(BackplaneError) -> (output: Tensor, state: [Tensor]) {
    guard let batch = steps.first, steps.allSatisfy({ $0 > 0 }), zip(steps, steps.dropFirst()).allSatisfy(>=) else {
      throw BackplaneError(.value, "\(cell.name): batch_sizes must be positive and must not grow, but are \(steps)")
    }
    guard try Sizes.sum(steps, in: cell.name) == x.layout.elements[0] else {
      throw BackplaneError(
        .shape, "\(cell.name): batch_sizes do not add up to the \(x.layout.elements[0]) rows of the data")
    }
    try requireBatch(batch, state)
    return try run(x, steps, state, parameters, isPacked: true)
  }

  /// Throws unless there is a state for each sequence.
  fileprivate func requireBatch(_ batch: Int, _ state: [Tensor]) throws(BackplaneError) {
    for part in state where part.layout.rank == 3 && part.layout.elements[1] != batch {
      throw BackplaneError(
        .shape,
        "Expected hidden size (\(part.layout.elements[0]), \(batch), \(part.layout.elements[2])), got \(part.shape)")
    }
  }

  /// Runs over rows of time steps: those of step 0 for all sequences that have it, then those of step 1, ….
  ///
  /// - Parameters:
  ///   - x: (Σ sizes, features).
  ///   - sizes: How many sequences have each step; never more than have the one before.
  ///   - state: The hidden state (layers · directions, N, H), and the cell state of an LSTM.
  ///   - isPacked: Whether not all sequences have all steps.
  /// - Returns: The output (Σ sizes, directions · H), and the last state in the form of the first.
  func run(
    _ x: Tensor, _ sizes: some BidirectionalCollection<Int>, _ state: [Tensor], _ parameters: [Tensor], isPacked: Bool
  ) throws(BackplaneError) -> (output: Tensor, state: [Tensor]) {
    let weights = try requireNetwork(x, state, parameters)
    var rows = x
    var last = [[Tensor]](repeating: [], count: cell.stateCount)
    for layer in 0..<layers {
      if layer > 0, dropout > 0 { rows = try Ops.dropped(rows, dropout, nil) }
      var outputs: [Tensor] = []
      for direction in 0..<directions {
        let i = layer * directions + direction
        var first: [Tensor] = []
        for part in state { first.append(try Ops.select(part, 0, i)) }
        let layer = RecurrentLayer(cell: cell, steps: sizes.count, weights: weights[i], isReversed: direction == 1)
        let (output, end) =
          try isPacked ? layer.run(packed: rows, sizes, first) : layer.run(rows, first)
        outputs.append(output)
        for (k, part) in end.enumerated() { last[k].append(part) }
      }
      rows = try outputs.count == 1 ? outputs[0] : Ops.cat(outputs, 1)
    }
    var result: [Tensor] = []
    for parts in last { result.append(try parts.count == 1 ? Ops.unsqueeze(parts[0], 0) : Ops.stack(parts, 0)) }
    return (rows, result)
  }

  private func requireNetwork(
    _ x: Tensor, _ state: [Tensor], _ parameters: [Tensor]
  ) throws(BackplaneError) -> [RecurrentWeights] {
    let name = cell.name
    guard state.count == cell.stateCount else {
      throw BackplaneError(.value, "\(name) expects \(cell.stateCount == 2 ? "two hidden states" : "a hidden state")")
    }
    try Ops.requireSameDevice([x] + state + parameters)
    try Ops.requireFloating(x, name)
    for other in state + parameters where other.dtype != x.dtype {
      throw BackplaneError(
        .dtype,
        "Input and parameter tensors are not the same dtype, found input tensor with \(x.dtype.scalarName) and "
          + "parameter tensor with \(other.dtype.scalarName)")
    }
    for part in state where part.layout.rank != 3 {
      throw BackplaneError(.shape, "\(name): Expected hx to be a 3D tensor, but got shape \(part.shape)")
    }
    let isProjected = cell == .lstm && state[0].layout.elements[2] != state[1].layout.elements[2]
    let weights = try weights(parameters, isProjected: isProjected)
    let batch = state[0].layout.elements[1], out = state[0].layout.elements[2]
    let hidden = state[state.count - 1].layout.elements[2]
    for part in state {
      guard part.layout.elements[0] == weights.count, part.layout.elements[1] == batch else {
        throw BackplaneError(
          .shape, "Expected hidden size (\(weights.count), \(batch), \(part.layout.elements[2])), got \(part.shape)")
      }
    }
    guard dropout >= 0, dropout <= 1 else {
      throw BackplaneError(.value, "dropout probability has to be between 0 and 1, but got \(dropout)")
    }
    var features = x.layout.elements[1]
    for (i, w) in weights.enumerated() {
      if i > 0, i % directions == 0 { features = out * directions }
      try requireShape(w.input, [cell.gates * hidden, features], "weight_ih")
      try requireShape(w.hidden, [cell.gates * hidden, out], "weight_hh")
      if let bias = w.inputBias { try requireShape(bias, [cell.gates * hidden], "bias_ih") }
      if let bias = w.hiddenBias { try requireShape(bias, [cell.gates * hidden], "bias_hh") }
      if let projection = w.projection { try requireShape(projection, [out, hidden], "weight_hr") }
    }
    return weights
  }

  private func requireShape(_ x: Tensor, _ shape: [Int], _ what: String) throws(BackplaneError) {
    guard x.layout.shape == shape else {
      throw BackplaneError(.shape, "\(cell.name): \(what) must have shape \(shape), but has \(x.shape)")
    }
  }
}

extension Ops {
  /// A network over sequences of one length: x (T, N, features), or (N, T, features) with the batch first.
  static func recurrent(
    _ network: RecurrentNetwork, _ x: Tensor, _ state: [Tensor], _ parameters: [Tensor], batchFirst: Bool
  ) throws(BackplaneError) -> (output: Tensor, state: [Tensor]) {
    guard x.layout.rank == 3 else {
      throw BackplaneError(.shape, "\(network.cell.name): Expected input to be 3-D, but got \(x.layout.rank)-D instead")
    }
    let steps = try batchFirst ? transpose(x, 0, 1) : x
    let (time, batch) = (steps.layout.elements[0], steps.layout.elements[1])
    guard time > 0 else {
      throw BackplaneError(.shape, "Expected sequence length to be larger than 0 in RNN")
    }
    try network.requireBatch(batch, state)
    let rows = try reshape(steps, [time * batch, steps.layout.elements[2]])
    let (output, end) = try network.run(
      rows, repeatElement(batch, count: time), state, parameters, isPacked: false)
    let result = try reshape(output, [time, batch, output.layout.elements[1]])
    return (try batchFirst ? transpose(result, 0, 1) : result, end)
  }

  /// One step of a network of one layer: x (N, features), the states (N, H).
  static func recurrentStep(
    _ cell: RecurrentCell, _ x: Tensor, _ state: [Tensor], _ w: RecurrentWeights
  ) throws(BackplaneError) -> [Tensor] {
    let name = "\(cell.name)_cell"
    guard state.count == cell.stateCount else {
      throw BackplaneError(.value, "\(name) expects \(cell.stateCount == 2 ? "two hidden states" : "a hidden state")")
    }
    try requireSameDevice([x, w.input, w.hidden] + state)
    for operand in [x] + state where operand.layout.rank != 2 {
      throw BackplaneError(
        .shape, "\(name): Expected 2D input (batch x feature), but got \(operand.layout.rank)D input")
    }
    guard w.input.layout.rank == 2, x.layout.elements[1] == w.input.layout.elements[1] else {
      throw BackplaneError(
        .shape, "input has inconsistent input_size: got \(x.layout.elements[1]) expected \(w.input.shape.last ?? 0)")
    }
    let hidden = w.input.layout.elements[0] / cell.gates
    for (i, part) in state.enumerated() {
      guard part.layout.elements[0] == x.layout.elements[0] else {
        throw BackplaneError(
          .shape,
          "Input batch size \(x.layout.elements[0]) doesn't match hidden\(i) batch size \(part.layout.elements[0])")
      }
      guard part.layout.elements[1] == hidden else {
        throw BackplaneError(
          .shape, "hidden\(i) has inconsistent hidden_size: got \(part.layout.elements[1]), expected \(hidden)")
      }
    }
    return try cell.step(
      linear(x, w.input, w.inputBias), linear(state[0], w.hidden, w.hiddenBias), state)
  }
}
