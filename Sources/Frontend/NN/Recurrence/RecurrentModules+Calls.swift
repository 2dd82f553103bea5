// Recurrent networks by name.

extension ModuleRegistry {
  mutating func addRecurrence() {
    let sizes = "int input_size, int hidden_size, int num_layers=1"
    let options = "bool bias=True, bool batch_first=False, float dropout=0.0, bool bidirectional=False"
    let place = "Device? device=None, ScalarType? dtype=None"
    add(
      "nn.RNN(\(sizes), str nonlinearity='tanh', \(options), \(place))", forward: "forward(Any input, Tensor? hx=None)"
    ) { a in
      RNN(
        a.int("input_size"), a.int("hidden_size"), numLayers: a.int("num_layers"),
        nonlinearity: try a.nonlinearity {
          "Unknown nonlinearity '\($0)'. Select from 'tanh' or 'relu'."
        }, bias: a.bool("bias"), batchFirst: a.bool("batch_first"), dropout: a.double("dropout"),
        bidirectional: a.bool("bidirectional"), dtype: a.dtype() ?? .float32, device: a.device())
    } _: { module, a in
      try a.results(of: module, a.optionalTensor("hx")) { [.tensor($0)] }
    }
    add("nn.GRU(\(sizes), \(options), \(place))", forward: "forward(Any input, Tensor? hx=None)") { a in
      GRU(
        a.int("input_size"), a.int("hidden_size"), numLayers: a.int("num_layers"), bias: a.bool("bias"),
        batchFirst: a.bool("batch_first"), dropout: a.double("dropout"), bidirectional: a.bool("bidirectional"),
        dtype: a.dtype() ?? .float32, device: a.device())
    } _: { module, a in
      try a.results(of: module, a.optionalTensor("hx")) { [.tensor($0)] }
    }
    add("nn.LSTM(\(sizes), \(options), int proj_size=0, \(place))", forward: "forward(Any input, Any? hx=None)") { a in
      LSTM(
        a.int("input_size"), a.int("hidden_size"), numLayers: a.int("num_layers"), bias: a.bool("bias"),
        batchFirst: a.bool("batch_first"), dropout: a.double("dropout"), bidirectional: a.bool("bidirectional"),
        projSize: a.int("proj_size"), dtype: a.dtype() ?? .float32, device: a.device())
    } _: { module, a in
      try a.results(of: module, a.pairOfStates()) { [[$0.h, $0.c].argument] }
    }
    add(
      "nn.RNNCell(int input_size, int hidden_size, bool bias=True, str nonlinearity='tanh', \(place))",
      forward: "forward(Tensor input, Tensor? hx=None)"
    ) { a in
      RNNCell(
        a.int("input_size"), a.int("hidden_size"), bias: a.bool("bias"),
        nonlinearity: try a.nonlinearity { "Unknown nonlinearity: \($0)" }, dtype: a.dtype() ?? .float32,
        device: a.device())
    } _: { module, a in
      module(a.tensor("input"), hx: a.optionalTensor("hx"))
    }
    add(
      "nn.GRUCell(int input_size, int hidden_size, bool bias=True, \(place))",
      forward: "forward(Tensor input, Tensor? hx=None)"
    ) { a in
      GRUCell(
        a.int("input_size"), a.int("hidden_size"), bias: a.bool("bias"), dtype: a.dtype() ?? .float32,
        device: a.device())
    } _: { module, a in
      module(a.tensor("input"), hx: a.optionalTensor("hx"))
    }
    add(
      "nn.LSTMCell(int input_size, int hidden_size, bool bias=True, \(place))",
      forward: "forward(Tensor input, Any? hx=None)"
    ) { a in
      LSTMCell(
        a.int("input_size"), a.int("hidden_size"), bias: a.bool("bias"), dtype: a.dtype() ?? .float32,
        device: a.device())
    } _: { module, a in
      let (h, c) = module(a.tensor("input"), hx: try a.pairOfStates())
      return [h, c]
    }
  }
}

extension BoundArguments {
  fileprivate func nonlinearity(_ message: (String) -> String) throws(BackplaneError) -> RNN.Nonlinearity {
    let name = string("nonlinearity")
    guard let nonlinearity = RNN.Nonlinearity(rawValue: name) else { throw BackplaneError(.value, message(name)) }
    return nonlinearity
  }

  /// The hidden and the cell state that an LSTM takes as a pair.
  fileprivate func pairOfStates() throws(BackplaneError) -> (h: Tensor, c: Tensor)? {
    if case .null = self["hx"] { return nil }
    guard case .list(let parts) = self["hx"], parts.count == 2, case .tensor(let h) = parts[0],
      case .tensor(let c) = parts[1]
    else {
      throw BackplaneError(.value, "forward(): argument 'hx' must be tuple of two Tensors, not \(self["hx"].typeName)")
    }
    return (h, c)
  }

  /// The output and the state of a network, whose input is a tensor, or what a packed sequence is made of: data and batch
  /// sizes, and the indices of sorting.
  fileprivate func results<State>(
    of network: RNNBase<State>, _ hx: State?, _ state: (State) -> [Argument]
  ) throws(BackplaneError) -> Argument {
    if case .tensor(let x) = self["input"] {
      let (output, last) = network(x, hx: hx)
      return .list([.tensor(output)] + state(last))
    }
    let (output, last) = network(try packedSequence(), hx: hx)
    func place(_ indices: Tensor?) -> Argument { indices.map { .tensor($0) } ?? .null }
    let sizes = try Ops.fromHost(
      output.batchSizes, [output.batchSizes.count], .int64, on: output.data.context)
    return .list(
      [[.tensor(output.data), .tensor(sizes), place(output.sortedIndices), place(output.unsortedIndices)]]
        + state(last))
  }

  private func packedSequence() throws(BackplaneError) -> PackedSequence {
    let error = BackplaneError(
      .value, "forward(): argument 'input' must be Tensor or PackedSequence, not \(self["input"].typeName)")
    guard case .list(let parts) = self["input"], 2...4 ~= parts.count, case .tensor(let data) = parts[0],
      case .tensor(let sizes) = parts[1]
    else { throw error }
    var indices: [Tensor?] = []
    for part in parts.dropFirst(2) {
      switch part {
      case .tensor(let tensor): indices.append(tensor)
      case .null: indices.append(nil)
      default: throw error
      }
    }
    guard sizes.layout.rank == 1, sizes.dtype == .int64 else {
      throw BackplaneError(
        .shape,
        "packed sequences have int64 sizes of the steps, but got \(sizes.dtype.scalarName) \(sizes.shape)")
    }
    return PackedSequence(
      data, try Ops.toHost(sizes, Int.self), sortedIndices: indices.first ?? nil,
      unsortedIndices: indices.count > 1 ? indices[1] : nil)
  }
}
