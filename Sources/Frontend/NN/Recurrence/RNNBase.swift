/// What ``RNN``, ``LSTM`` and ``GRU`` share: parameters, states and the run over sequences.
///
/// Takes sequences (T, N, in), with `batchFirst` (N, T, in), without a batch (T, in), or packed; gives the last layer's
/// output at each step, of `outputSize` features for each direction, and the state after the last step.
open class RNNBase<State>: Module {
  /// The features of an input.
  public let inputSize: Int
  /// The features of a state.
  public let hiddenSize: Int
  /// How many layers stand one upon the other.
  public let numLayers: Int
  /// Whether the gates have biases.
  public let bias: Bool
  /// Whether batches come before steps in inputs and outputs.
  public let batchFirst: Bool
  /// The probability with which an element of what goes from one layer to the next is dropped in training.
  public let dropout: Double
  /// Whether each layer also runs from the last step to the first.
  public let bidirectional: Bool
  /// The features of an LSTM's hidden state where it is projected, else 0.
  public let projSize: Int

  let cell: RecurrentCell
  private let form: RecurrentState<State>
  /// In the operator's order: layer by layer, direction by direction.
  private var weights: [(name: String, tensor: Tensor)] = []

  init(
    _ cell: RecurrentCell, _ form: RecurrentState<State>, _ inputSize: Int, _ hiddenSize: Int, numLayers: Int,
    bias: Bool, batchFirst: Bool, dropout: Double, bidirectional: Bool, projSize: Int = 0, dtype: DType,
    device: Device?, generator: Generator?
  ) {
    self.cell = cell
    self.form = form
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.numLayers = numLayers
    self.bias = bias
    self.batchFirst = batchFirst
    self.dropout = dropout
    self.bidirectional = bidirectional
    self.projSize = projSize
    super.init()
    weights = funnel(or: []) { () throws(BackplaneError) in
      try requireSizes()
      return try makeWeights(dtype, Ops.context(device))
    }
    resetParameters(generator: generator)
  }

  private func requireSizes() throws(BackplaneError) {
    func require(_ holds: Bool, _ message: String) throws(BackplaneError) {
      if !holds { throw BackplaneError(.value, message) }
    }
    try require(
      dropout >= 0 && dropout <= 1,
      "dropout should be a number in range [0, 1] representing the probability of an element being zeroed")
    try require(inputSize > 0, "input_size must be greater than zero")
    try require(hiddenSize > 0, "hidden_size must be greater than zero")
    try require(numLayers > 0, "num_layers must be greater than zero")
    try require(projSize >= 0, "proj_size should be a positive integer or zero to disable projections")
    try require(projSize < hiddenSize, "proj_size has to be smaller than hidden_size")
    if dropout > 0, numLayers == 1 {
      Log.write(
        .warning,
        "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater "
          + "than 1, but got dropout=\(dropout) and num_layers=\(numLayers)")
    }
  }

  private func makeWeights(
    _ dtype: DType, _ context: DeviceContext
  ) throws(BackplaneError) -> [(name: String, tensor: Tensor)] {
    let name = "\(type(of: self))"
    let gates = try Sizes.multiply(cell.gates, hiddenSize, in: name)
    let wide = try Sizes.multiply(outputSize, directions, in: name)
    let count = try Sizes.multiply(numLayers, 10, in: name)
    // A tensor, its name and its place take up more than this.
    try HostMemory.require(count, of: (UInt128, UInt128, UInt128).self, in: name)
    var result: [(name: String, tensor: Tensor)] = []
    for layer in 0..<numLayers {
      for suffix in bidirectional ? ["", "_reverse"] : [""] {
        func add(_ kind: String, _ shape: [Int]) throws(BackplaneError) {
          let tensor = try Ops.empty(shape, dtype, on: context)
          result.append(("\(kind)_l\(layer)\(suffix)", try Autograd.require(true, of: tensor)))
        }
        try add("weight_ih", [gates, layer == 0 ? inputSize : wide])
        try add("weight_hh", [gates, outputSize])
        if bias {
          try add("bias_ih", [gates])
          try add("bias_hh", [gates])
        }
        if projSize > 0 { try add("weight_hr", [projSize, hiddenSize]) }
      }
    }
    return result
  }

  /// The features of an output in one direction.
  private var outputSize: Int { projSize > 0 ? projSize : hiddenSize }
  private var directions: Int { bidirectional ? 2 : 1 }

  override func members() -> [Member] { weights.map { ($0.name, .parameter($0.tensor)) } + super.members() }

  /// Draws the parameters anew, uniform in ±1/√hiddenSize.
  public func resetParameters(generator: Generator? = nil) {
    let bound = 1 / Double(Swift.max(hiddenSize, 1)).squareRoot()
    for (_, tensor) in weights { Init.uniform_(tensor, a: -bound, b: bound, generator: generator) }
  }

  /// A parameter by its name in ``Module/stateDict()``: `weight_ih_l0`, `bias_hh_l1_reverse`. A name that there is not
  /// is an error.
  ///
  /// ```swift
  /// let lstm = LSTM(10, 20)
  /// Init.xavierUniform_(lstm["weight_hh_l0"])
  /// ```
  public subscript(name: String) -> Tensor {
    get {
      funnel { () throws(BackplaneError) in weights[try position(name)].tensor }
    }
    set {
      funnel(or: ()) { () throws(BackplaneError) in
        let position = try position(name)
        weights[position].tensor = Parameter(wrappedValue: newValue).wrappedValue
      }
    }
  }

  private func position(_ name: String) throws(BackplaneError) -> Int {
    guard let position = weights.firstIndex(where: { $0.name == name }) else {
      throw BackplaneError(.index, "'\(type(of: self))' object has no attribute '\(name)'")
    }
    return position
  }

  /// The parameters of each layer and direction, in the order of their names in ``Module/stateDict()``.
  public var allWeights: [[Tensor]] {
    let each = 2 + (bias ? 2 : 0) + (projSize > 0 ? 1 : 0)
    return stride(from: 0, to: weights.count, by: each).map { i in weights[i..<i + each].map(\.tensor) }
  }

  public override var extraDescription: String {
    var text = "\(inputSize), \(hiddenSize)"
    if projSize != 0 { text += ", proj_size=\(projSize)" }
    if numLayers != 1 { text += ", num_layers=\(numLayers)" }
    if !bias { text += ", bias=False" }
    if batchFirst { text += ", batch_first=True" }
    if dropout != 0 { text += ", dropout=\(dropout)" }
    if bidirectional { text += ", bidirectional=True" }
    return text
  }

  // MARK: Calls

  /// The output at each step, and the state after the last; the state before the first is zero.
  public func callAsFunction(_ x: Tensor) -> (output: Tensor, state: State) { self(x, hx: nil) }

  /// The output at each step, and the state after the last.
  ///
  /// - Parameter hx: The state before the first step, of shape (layers · directions, N, features); zeros where nil.
  public func callAsFunction(_ x: Tensor, _ hx: State?) -> (output: Tensor, state: State) { self(x, hx: hx) }

  /// The output at each step, and the state after the last.
  ///
  /// - Parameter hx: The state before the first step, of shape (layers · directions, N, features); zeros where nil.
  public func callAsFunction(_ x: Tensor, hx: State?) -> (output: Tensor, state: State) {
    let results = hooked(x, hx) { (x, state) throws(BackplaneError) in try self.run(x, state) }
    return (results[0], form.make(Array(results[1...])))
  }

  /// The output at each step of packed sequences, and the state after the last of each; the state before the first is
  /// zero.
  public func callAsFunction(_ x: PackedSequence) -> (output: PackedSequence, state: State) { self(x, hx: nil) }

  /// The output at each step of packed sequences, and the state after the last of each, in the order in which the
  /// sequences were packed.
  ///
  /// - Parameter hx: The state before the first step, of shape (layers · directions, N, features); zeros where nil.
  public func callAsFunction(_ x: PackedSequence, _ hx: State?) -> (output: PackedSequence, state: State) {
    self(x, hx: hx)
  }

  /// The output at each step of packed sequences, and the state after the last of each, in the order in which the
  /// sequences were packed.
  ///
  /// - Parameter hx: The state before the first step, of shape (layers · directions, N, features); zeros where nil.
  public func callAsFunction(_ x: PackedSequence, hx: State?) -> (output: PackedSequence, state: State) {
    let results = hooked(x.data, hx) { (data, state) throws(BackplaneError) in
      try self.run(x.replacing(data: data), state)
    }
    return (x.replacing(data: results[0]), form.make(Array(results[1...])))
  }

  /// Reports that the result is more than one tensor: a recurrent network is called by itself, and not as a part of a
  /// ``Sequential``.
  public override func forward(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      throw BackplaneError(
        .unsupported,
        "\(type(of: self)) gives its output and its last state, which a module that takes one tensor cannot: call it by "
          + "itself, `let (output, state) = lstm(x)`, and give the output to what follows")
    }
  }

  private func hooked(
    _ x: Tensor, _ hx: State?, _ run: (Tensor, [Tensor]?) throws(BackplaneError) -> [Tensor]
  ) -> [Tensor] {
    let state = hx.map(form.tensors)
    return callWithHooks([x] + (state ?? [])) { inputs in
      funnel(or: [Tensor](repeating: .invalid, count: 1 + cell.stateCount)) { () throws(BackplaneError) in
        try run(inputs[0], state == nil ? nil : Array(inputs[1...]))
      }
    }
  }

  // MARK: Running

  private var network: RecurrentNetwork {
    RecurrentNetwork(
      cell: cell, layers: numLayers, hasBiases: bias, isBidirectional: bidirectional, dropout: training ? dropout : 0)
  }

  private func run(_ x: Tensor, _ hx: [Tensor]?) throws(BackplaneError) -> [Tensor] {
    let rank = x.layout.rank
    guard rank == 2 || rank == 3 else {
      throw BackplaneError(
        .shape,
        "\(cell.className): Expected input to be 2D or 3D, got \(rank)D \(cell.className == "RNN" ? "tensor " : "")instead"
      )
    }
    let batch = rank == 2 ? 1 : x.layout.elements[batchFirst ? 0 : 1]
    var state = hx
    if let hx {
      try requireRanks(hx, rank)
      if rank == 2 { state = try hx.map { part throws(BackplaneError) in try Ops.unsqueeze(part, 1) } }
    }
    try requireFeatures(x)
    let (input, first, parameters) = try operands(x, state, batch)
    let steps = try rank == 2 ? Ops.unsqueeze(input, 1) : input
    var (output, last) = try Ops.recurrent(
      network, steps, first, parameters, batchFirst: rank == 3 && batchFirst)
    if rank == 2 {
      output = try Ops.squeeze(output, 1)
      last = try last.map { part throws(BackplaneError) in try Ops.squeeze(part, 1) }
    }
    return [output] + last
  }

  private func run(_ x: PackedSequence, _ hx: [Tensor]?) throws(BackplaneError) -> [Tensor] {
    guard x.data.layout.rank == 2 else {
      throw BackplaneError(.shape, "input must have 2 dimensions, got \(x.data.layout.rank)")
    }
    try requireFeatures(x.data)
    guard let batch = x.batchSizes.first else {
      throw BackplaneError(.shape, "Expected sequence length to be larger than 0 in RNN")
    }
    var state = hx
    if let order = x.sortedIndices {
      state = try hx?.map { part throws(BackplaneError) in try Ops.indexSelect(part, 1, order) }
    }
    let (data, first, parameters) = try operands(x.data, state, batch)
    let (output, last) = try network.run(packed: data, x.batchSizes, first, parameters)
    guard let order = x.unsortedIndices else { return [output] + last }
    return try [output] + last.map { part throws(BackplaneError) in try Ops.indexSelect(part, 1, order) }
  }

  /// What the operator takes: in one type under `autocast`, with a first state in any case.
  private func operands(
    _ x: Tensor, _ hx: [Tensor]?, _ batch: Int
  ) throws(BackplaneError) -> (Tensor, [Tensor], [Tensor]) {
    let parameters = weights.map(\.tensor)
    guard let first = parameters.first else { throw BackplaneError(.internal, "\(cell.className): no parameters") }
    guard x.dtype == first.dtype || Scopes.autocast != nil else {
      throw BackplaneError(
        .dtype,
        "RNN input dtype (torch.\(x.dtype)) does not match weight dtype (torch.\(first.dtype)). Convert input: "
          + "input.to(torch.\(first.dtype)), or convert model: model.to(torch.\(x.dtype))")
    }
    var state = hx ?? []
    let extents = [outputSize, hiddenSize].prefix(cell.stateCount)
    for (i, features) in extents.enumerated() {
      let shape = [numLayers * directions, batch, features]
      if hx == nil {
        state.append(try Ops.zeros(shape, like: x))
      } else if state[i].layout.shape != shape {
        let name = cell == .lstm ? "hidden[\(i)]" : "hidden"
        throw BackplaneError(
          .shape, "Expected \(name) size (\(shape[0]), \(shape[1]), \(shape[2])), got \(state[i].shape)")
      }
    }
    guard Scopes.areOpen else { return (x, state, parameters) }
    let cast = try Autocast.apply(cell.name, [x] + state + parameters).compactMap { $0 }
    return (cast[0], Array(cast[1...state.count]), Array(cast[(1 + state.count)...]))
  }

  private func requireFeatures(_ x: Tensor) throws(BackplaneError) {
    let features = x.layout.elements[x.layout.rank - 1]
    guard features == inputSize else {
      throw BackplaneError(
        .shape, "input.size(-1) must be equal to input_size. Expected \(inputSize), got \(features)")
    }
  }

  private func requireRanks(_ hx: [Tensor], _ rank: Int) throws(BackplaneError) {
    guard hx.contains(where: { $0.layout.rank != rank }) else { return }
    let kind = rank == 3 ? "For batched 3-D input" : "For unbatched 2-D input"
    guard hx.count == 2 else {
      throw BackplaneError(
        .shape, "\(kind), hx should also be \(rank)-D but got \(hx[0].layout.rank)-D tensor")
    }
    throw BackplaneError(
      .shape,
      "\(kind), hx and cx should also be \(rank)-D but got (\(hx[0].layout.rank)-D, \(hx[1].layout.rank)-D) tensors")
  }
}

/// How a network's state is held: as one tensor, or as a pair.
struct RecurrentState<State> {
  let tensors: (State) -> [Tensor]
  let make: ([Tensor]) -> State
}

extension RecurrentState<Tensor> {
  static var hidden: RecurrentState { RecurrentState(tensors: { [$0] }, make: { $0[0] }) }
}

extension RecurrentState<(h: Tensor, c: Tensor)> {
  static var hiddenAndCell: RecurrentState { RecurrentState(tensors: { [$0.h, $0.c] }, make: { ($0[0], $0[1]) }) }
}

extension RecurrentCell {
  /// PyTorch's name of the class.
  var className: String {
    switch self {
    case .tanh, .relu: "RNN"
    case .lstm: "LSTM"
    case .gru: "GRU"
    }
  }
}
