import Backplane
import TestSupport
import Testing

/// Recurrent networks as layers, beside PyTorch's.
@Suite struct RecurrentModuleTests {
  @Test(arguments: testDevices) func rnn(_ device: Device) throws {
    let golden = try SequenceGolden("rnn", on: device)
    let module = RNN(3, 4, numLayers: 2, bidirectional: true)
    try golden.load(module)
    let (x, h) = (try golden.input("x"), try golden.input("h"))
    let (output, state) = module(x, h)
    try golden.check(module, ["x": x, "h": h], [output, state])
  }

  @Test(arguments: testDevices) func rnnWithRectifier(_ device: Device) throws {
    let golden = try SequenceGolden("rnn_relu", on: device)
    let module = RNN(3, 4, nonlinearity: .relu, bias: false, batchFirst: true)
    try golden.load(module)
    let x = try golden.input("x")
    let result = module(x)
    try golden.check(module, ["x": x], [result.output, result.state])
  }

  @Test(arguments: testDevices) func gru(_ device: Device) throws {
    let golden = try SequenceGolden("gru", on: device)
    let module = GRU(3, 4, numLayers: 2, batchFirst: true, bidirectional: true)
    try golden.load(module)
    let (x, h) = (try golden.input("x"), try golden.input("h"))
    let (output, state) = module(x, hx: h)
    try golden.check(module, ["x": x, "h": h], [output, state])
  }

  @Test(arguments: testDevices) func lstm(_ device: Device) throws {
    let golden = try SequenceGolden("lstm", on: device)
    let module = LSTM(3, 4, numLayers: 2, bidirectional: true)
    try golden.load(module)
    let (x, h, c) = (try golden.input("x"), try golden.input("h"), try golden.input("c"))
    let (output, (hn, cn)) = module(x, (h, c))
    try golden.check(module, ["x": x, "h": h, "c": c], [output, hn, cn])
  }

  @Test(arguments: testDevices) func lstmWithProjection(_ device: Device) throws {
    let golden = try SequenceGolden("lstm_projected", on: device)
    let module = LSTM(3, 5, numLayers: 2, batchFirst: true, projSize: 2)
    try golden.load(module)
    let x = try golden.input("x")
    let (output, (hn, cn)) = module(x)
    try golden.check(module, ["x": x], [output, hn, cn])
  }

  @Test(arguments: testDevices) func lstmWithoutBatch(_ device: Device) throws {
    let golden = try SequenceGolden("lstm_unbatched", on: device)
    let module = LSTM(3, 4, batchFirst: true)
    try golden.load(module)
    let (x, h, c) = (try golden.input("x"), try golden.input("h"), try golden.input("c"))
    let (output, (hn, cn)) = module(x, hx: (h, c))
    try golden.check(module, ["x": x, "h": h, "c": c], [output, hn, cn])
  }

  @Test(arguments: testDevices) func cells(_ device: Device) throws {
    for (name, module) in [("rnn_cell", RNNCell(3, 4)), ("gru_cell", GRUCell(3, 4))] as [(String, RNNCellBase)] {
      let golden = try SequenceGolden(name, on: device)
      try golden.load(module)
      let (x, h) = (try golden.input("x"), try golden.input("h"))
      let next = (module as? RNNCell)?(x, h) ?? (module as! GRUCell)(x, h)
      try golden.check(module, ["x": x, "h": h], [next])
    }
    let golden = try SequenceGolden("lstm_cell", on: device)
    let cell = LSTMCell(3, 4, bias: false)
    try golden.load(cell)
    let (x, h, c) = (try golden.input("x"), try golden.input("h"), try golden.input("c"))
    let next = cell(x, (h, c))
    try golden.check(cell, ["x": x, "h": h, "c": c], [next.h, next.c])
    #expect(RNNCell(3, 4, device: device)(x).shape == [4])
    #expect(cell(x).c.shape == [4])
  }

  /// The loss of fifty steps, beside PyTorch's from the same parameters.
  @Test(arguments: oneOfEachKind) func trainsAsPyTorchDoes(_ device: Device) throws {
    final class Reader: Module {
      let body = LSTM(4, 8, batchFirst: true)
      let head = Linear(8, 3)
      override func forward(_ x: Tensor) -> Tensor { head(body(x).output.mean(dim: 1)) }
    }
    let golden = try SequenceGolden("lstm_curve", on: device)
    let model = Reader()
    try golden.load(model)
    let (x, y) = (try golden["in/x"], try golden["in/y"])
    let optimizer = SGD(model.parameters(), lr: 0.1, momentum: 0.9)
    var losses: [Double] = []
    for _ in 0..<50 {
      optimizer.zeroGrad()
      let loss = F.crossEntropy(model(x), y)
      loss.backward()
      optimizer.step()
      losses.append(loss.item())
    }
    #expect(areClose(losses, try golden["losses"].toArray(), tolerance: 1e-4))
  }

  @Test func startsUniform() {
    let lstm = LSTM(3, 16, numLayers: 2, generator: Generator(seed: 3))
    let same = LSTM(3, 16, numLayers: 2, generator: Generator(seed: 3))
    for ((_, a), (_, b)) in zip(lstm.namedParameters(), same.namedParameters()) {
      let values = a.toArray(Double.self)
      #expect(values.allSatisfy { abs($0) <= 0.25 } && values.max()! > 0.15 && values.min()! < -0.15)
      #expect(values == b.toArray(Double.self))
    }
    let cell = GRUCell(3, 16, generator: Generator(seed: 3))
    let values = cell.weightHh.toArray(Double.self)
    #expect(values.allSatisfy { abs($0) <= 0.25 } && values.max()! > 0.24)
  }

  @Test func namesAndDescriptions() {
    let lstm = LSTM(3, 5, numLayers: 2, bias: false, batchFirst: true, dropout: 0.1, bidirectional: true, projSize: 2)
    #expect(
      lstm.stateDict().keys == [
        "weight_ih_l0", "weight_hh_l0", "weight_hr_l0", "weight_ih_l0_reverse", "weight_hh_l0_reverse",
        "weight_hr_l0_reverse", "weight_ih_l1", "weight_hh_l1", "weight_hr_l1", "weight_ih_l1_reverse",
        "weight_hh_l1_reverse", "weight_hr_l1_reverse",
      ])
    #expect(
      "\(lstm)"
        == "LSTM(3, 5, proj_size=2, num_layers=2, bias=False, batch_first=True, dropout=0.1, bidirectional=True)")
    #expect("\(RNN(3, 5, nonlinearity: .relu))" == "RNN(3, 5)")
    #expect("\(RNNCell(3, 5, bias: false, nonlinearity: .relu))" == "RNNCell(3, 5, bias=False, nonlinearity=relu)")
    #expect(lstm["weight_hr_l1"].shape == [2, 5] && lstm["weight_ih_l1"].shape == [20, 4])
    #expect(lstm.allWeights.map(\.count) == [3, 3, 3, 3])
    lstm["weight_hr_l1"] = Tensor.ones([2, 5])
    #expect(lstm.namedParameters().first { $0.name == "weight_hr_l1" }!.parameter.sum().item() == 10)
    #expect(lstm["weight_hr_l1"].requiresGrad)
    #expect(errorMessage { _ = lstm["weight"] } == "'LSTM' object has no attribute 'weight'")
  }

  @Test func dropsBetweenLayersInTraining() {
    let rnn = RNN(2, 64, numLayers: 2, dropout: 1, generator: Generator(seed: 1))
    let x = Tensor.ones([1, 1, 2])
    rnn["bias_ih_l1"] = Tensor.zeros([64])
    rnn["bias_hh_l1"] = Tensor.zeros([64])
    #expect(rnn(x).output.abs().sum().item() == 0)
    #expect(rnn.eval()(x).output.abs().sum().item() > 0)
  }

  @Test func hooksSeeInputsStatesAndResults() {
    let lstm = LSTM(3, 4)
    var seen: [[Int]] = []
    lstm.registerForwardPreHook { _, inputs in
      seen.append(inputs.map(\.shape.count))
      return nil
    }
    lstm.registerForwardHook { _, _, outputs in [outputs[0] * 0, outputs[1], outputs[2]] }
    let (output, (h, _)) = lstm(Tensor.ones([2, 1, 3]), (Tensor.zeros([1, 1, 4]), Tensor.zeros([1, 1, 4])))
    #expect(seen == [[3, 3, 3]] && output.abs().sum().item() == 0 && h.abs().sum().item() > 0)
    let packed = lstm(packSequence([Tensor.ones([2, 3])])).output
    #expect(seen == [[3, 3, 3], [2]] && packed.data.abs().sum().item() == 0)
  }

  @Test func otherTypesAndDevicesOfTheModule() {
    let gru = GRU(3, 4, numLayers: 2).double()
    let (output, h) = gru(Tensor.ones([2, 1, 3], dtype: .float64))
    #expect(output.dtype == .float64 && h.dtype == .float64)
    let moved = LSTM(3, 4).to("reference")
    #expect(moved(Tensor.ones([2, 0, 3], device: "reference")).output.shape == [2, 0, 4])
    autocast("cpu", dtype: .bfloat16) {
      #expect(LSTM(3, 4)(Tensor.ones([2, 1, 3])).output.dtype == .bfloat16)
    }
  }

  @Test func mistakes() {
    func zeros(_ shape: Int...) -> Tensor { Tensor.zeros(shape) }
    let lstm = LSTM(3, 5), gru = GRU(3, 5)
    #expect(
      errorMessage { _ = lstm(zeros(3, 4, 4)) } == "input.size(-1) must be equal to input_size. Expected 3, got 4")
    #expect(errorMessage { _ = lstm(zeros(4)) } == "LSTM: Expected input to be 2D or 3D, got 1D instead")
    #expect(errorMessage { _ = RNN(3, 5)(zeros(4)) } == "RNN: Expected input to be 2D or 3D, got 1D tensor instead")
    #expect(
      errorMessage { _ = lstm(zeros(2, 4, 3), (zeros(1, 4, 4), zeros(1, 4, 5))) }
        == "Expected hidden[0] size (1, 4, 5), got [1, 4, 4]")
    #expect(
      errorMessage { _ = lstm(zeros(2, 4, 3), (zeros(1, 4, 5), zeros(1, 3, 5))) }
        == "Expected hidden[1] size (1, 4, 5), got [1, 3, 5]")
    #expect(
      errorMessage { _ = lstm(zeros(2, 4, 3), (zeros(4, 5), zeros(1, 3, 5))) }
        == "For batched 3-D input, hx and cx should also be 3-D but got (2-D, 3-D) tensors")
    #expect(
      errorMessage { _ = lstm(zeros(2, 3), (zeros(1, 1, 5), zeros(1, 1, 5))) }
        == "For unbatched 2-D input, hx and cx should also be 2-D but got (3-D, 3-D) tensors")
    #expect(
      errorMessage { _ = gru(zeros(2, 4, 3), zeros(2, 3, 5, 1)) }
        == "For batched 3-D input, hx should also be 3-D but got 4-D tensor")
    #expect(errorMessage { _ = gru(zeros(2, 4, 3), zeros(1, 3, 5)) } == "Expected hidden size (1, 4, 5), got [1, 3, 5]")
    #expect(errorMessage { _ = lstm(zeros(0, 4, 3)) } == "Expected sequence length to be larger than 0 in RNN")
    #expect(
      errorMessage { _ = lstm(zeros(2, 4, 3).double()) }
        == "RNN input dtype (torch.float64) does not match weight dtype (torch.float32). Convert input: "
        + "input.to(torch.float32), or convert model: model.to(torch.float64)")
    #expect(
      errorMessage { _ = lstm(packSequence([zeros(2, 3)]), (zeros(1, 2, 5), zeros(1, 2, 5))) }
        == "Expected hidden[0] size (1, 1, 5), got [1, 2, 5]")
    #expect(errorMessage { _ = LSTM(3, 5, projSize: 5) } == "proj_size has to be smaller than hidden_size")
    #expect(
      errorMessage { _ = LSTM(3, 5, projSize: -1) }
        == "proj_size should be a positive integer or zero to disable projections")
    #expect(errorMessage { _ = GRU(0, 5) } == "input_size must be greater than zero")
    #expect(errorMessage { _ = GRU(3, -5) } == "hidden_size must be greater than zero")
    #expect(errorMessage { _ = GRU(3, 5, numLayers: 0) } == "num_layers must be greater than zero")
    #expect(errorKind { _ = GRU(3, 5, numLayers: .max) } != nil)
    #expect(errorKind { _ = GRU(3, .max) } != nil && errorKind { _ = GRUCell(.max, .max) } != nil)
    #expect(
      errorMessage { _ = GRU(3, 5, dropout: 2) }
        == "dropout should be a number in range [0, 1] representing the probability of an element being zeroed")
    #expect(
      errorMessage { _ = Sequential(LSTM(3, 5), Linear(5, 1))(zeros(2, 4, 3)) }.hasPrefix(
        "LSTM gives its output and its last state"))
    let cell = LSTMCell(3, 5)
    #expect(errorMessage { _ = cell(zeros(2, 4)) } == "input has inconsistent input_size: got 4 expected 3")
    #expect(
      errorMessage { _ = cell(zeros(2, 3), (zeros(3, 5), zeros(3, 5))) }
        == "Input batch size 2 doesn't match hidden0 batch size 3")
    #expect(
      errorMessage { _ = cell(zeros(2, 3), (zeros(2, 5), zeros(2, 4))) }
        == "hidden1 has inconsistent hidden_size: got 4, expected 5")
    #expect(errorMessage { _ = cell(zeros(1, 2, 3)) } == "LSTMCell: Expected input to be 1D or 2D, got 3D instead")
    #expect(
      errorMessage { _ = GRUCell(3, 5)(zeros(2, 3), zeros(5)) }
        == "Expected 2D hidden0 (batch x hidden_size), but got 1D tensor")
  }

  @Test func byName() throws {
    let rnn = try module("nn.RNN", [3, 4, 1, "relu"], ["batch_first": true])
    #expect((rnn as? RNN)?.nonlinearity == .relu)
    let results = try rnn.call([.tensor(Tensor.ones([2, 5, 3]))]).flattened
    #expect(results.map { $0.tensor?.shape } == [[2, 5, 4], [1, 2, 4]])
    let lstm = try module("nn.LSTM", [3, 4])
    let packed: Argument = .list([
      .tensor(Tensor.ones([3, 3])), .tensor(Tensor([2, 1])), .tensor(Tensor([1, 0])), nil,
    ])
    let state: Argument = .list([.tensor(Tensor.zeros([1, 2, 4])), .tensor(Tensor.zeros([1, 2, 4]))])
    let parts = try lstm.call([packed], ["hx": state]).flattened
    #expect(parts.map { $0.tensor?.shape } == [[3, 4], [2], [2], [2], [1, 2, 4], [1, 2, 4]])
    func message(_ body: () throws -> Void) -> String { errorMessage(body) }
    #expect(
      message { _ = try module("nn.RNN", [3, 4], ["nonlinearity": "x"]) }
        == "Unknown nonlinearity 'x'. Select from 'tanh' or 'relu'.")
    #expect(message { _ = try module("nn.RNNCell", [3, 4], ["nonlinearity": "x"]) } == "Unknown nonlinearity: x")
    #expect(
      message { try lstm.call([.tensor(Tensor.ones([2, 5, 3])), .tensor(Tensor.ones([1, 5, 4]))]) }
        == "forward(): argument 'hx' must be tuple of two Tensors, not Tensor")
    #expect(message { try lstm.call([3]) } == "forward(): argument 'input' must be Tensor or PackedSequence, not int")
  }
}
