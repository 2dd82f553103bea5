import Backplane
import TestSupport
import Testing

@Suite struct LossModuleTests {
  /// PyTorch's results.
  @Test(arguments: testDevices) func lossesAgree(_ device: Device) {
    let a = Tensor([[0.5, -1.25, 2], [-0.75, 0.25, 1.5]], device: device)
    let b = Tensor([[0.25, 0.5, 1], [0, 0.75, 0.125]], device: device)
    let c = Tensor([[1.0, -1, 1], [-1, 1, -1]], device: device)
    let l = Tensor([2, 0], device: device), w = Tensor([1, 2, 0.5], device: device)
    func check(_ loss: Tensor, _ expected: [Double], line: Int = #line) {
      #expect(areClose(loss.toArray(), expected), "line \(line): \(loss)")
    }
    check(MSELoss()(a, b), [1.1380208])
    check(L1Loss(reduction: .sum)(a, b), [5.625])
    check(SmoothL1Loss(beta: 0.5)(a, b), [0.69791667])
    check(HuberLoss(delta: 0.5)(a, b), [0.34895833])
    check(NLLLoss(weight: w)(a, l), [-0.16666667])
    check(NLLLoss(ignoreIndex: 0, reduction: .none)(a, l), [-2, 0])
    check(PoissonNLLLoss()(a, b), [2.2812272])
    check(PoissonNLLLoss(logInput: false, full: true)(b + 1, b * 4), [1.4422916])
    check(GaussianNLLLoss(full: true)(a, b, b + 0.5), [1.5306282])
    check(GaussianNLLLoss()(a, b, 2.0), [0.6310788])
    check(KLDivLoss(reduction: .batchmean)(a.logSoftmax(1), b.softmax(1)), [0.45808367])
    check(KLDivLoss(reduction: .sum, logTarget: true)(a.logSoftmax(1), b.logSoftmax(1)), [0.91616734])
    check(BCELoss(weight: w)(a.sigmoid(), b), [0.84785094])
    check(BCEWithLogitsLoss(weight: w, posWeight: w * 2)(a, b), [2.0505233])
    check(SoftMarginLoss()(a, c), [0.58619296])
    check(MultiLabelSoftMarginLoss(weight: w, reduction: .none)(a, b), [0.88879972, 0.80690216])
    check(HingeEmbeddingLoss(margin: 0.75)(a, c), [1.0416667])
    check(MultiMarginLoss(p: 2, margin: 0.5, weight: w)(a, l), [1.6354167])
    check(MultiLabelMarginLoss(reduction: .none)(a, Tensor([[0, 2, -1], [1, -1, 0]], device: device)), [0, 0.75])
    check(MarginRankingLoss(margin: 0.5)(a, b, c), [0.52083333])
    check(
      CosineEmbeddingLoss(margin: 0.25, reduction: .none)(a, b, Tensor([1, -1], device: device)),
      [0.45692461, 0.040871699])
    check(TripletMarginLoss(margin: 2, p: 1, swap: true)(a, b, c), [2.75])
    check(TripletMarginWithDistanceLoss(reduction: .none)(a, b, c), [1.8853652, 0.022095498])
    check(CrossEntropyLoss(weight: w, labelSmoothing: 0.1)(a, l), [1.9453353])
  }

  /// Losses of two inputs and of three.
  private static var losses: [(Module, String, Int)] {
    [
      (MSELoss(), "nn.MSELoss", 2), (L1Loss(), "nn.L1Loss", 2), (SmoothL1Loss(), "nn.SmoothL1Loss", 2),
      (HuberLoss(), "nn.HuberLoss", 2), (PoissonNLLLoss(), "nn.PoissonNLLLoss", 2), (KLDivLoss(), "nn.KLDivLoss", 2),
      (BCELoss(), "nn.BCELoss", 2), (BCEWithLogitsLoss(), "nn.BCEWithLogitsLoss", 2),
      (SoftMarginLoss(), "nn.SoftMarginLoss", 2), (MultiLabelSoftMarginLoss(), "nn.MultiLabelSoftMarginLoss", 2),
      (HingeEmbeddingLoss(), "nn.HingeEmbeddingLoss", 2), (CrossEntropyLoss(), "nn.CrossEntropyLoss", 2),
      (MarginRankingLoss(), "nn.MarginRankingLoss", 3), (GaussianNLLLoss(), "nn.GaussianNLLLoss", 3),
      (TripletMarginLoss(), "nn.TripletMarginLoss", 3),
      (TripletMarginWithDistanceLoss(), "nn.TripletMarginWithDistanceLoss", 3),
    ]
  }

  @Test func lossesRunHooksAndPrintTheirNames() throws {
    let x = Tensor([[0.25, 0.5], [0.125, 0.75]], device: "cpu")
    for (loss, name, count) in LossModuleTests.losses {
      #expect("nn.\(loss)" == name + "()")
      let inputs = [Argument](repeating: .tensor(x), count: count)
      let plain = try loss.call(inputs).tensor!
      let handle = loss.registerForwardHook { _, inputs, outputs in
        #expect(inputs.count == count)
        return [outputs[0] + 1]
      }
      #expect(areClose(try loss.call(inputs).tensor!.toArray(), (plain + 1).toArray()), "\(name)")
      handle.remove()
      #expect(try loss.call(inputs).tensor!.equal(plain) && module(name).call(inputs).tensor!.equal(plain), "\(name)")
    }
  }

  @Test func weightsAreBuffers() throws {
    let w = Tensor([1.0, 2], device: "cpu")
    let losses: [Module] = [
      NLLLoss(weight: w), BCELoss(weight: w), MultiMarginLoss(weight: w), MultiLabelSoftMarginLoss(weight: w),
      CrossEntropyLoss(weight: w),
    ]
    for loss in losses {
      #expect(loss.stateDict().keys == ["weight"] && loss.parameters().isEmpty)
      #expect(loss.to(.float64).stateDict()["weight"]!.dtype == .float64)
    }
    #expect(BCEWithLogitsLoss(weight: w, posWeight: w).stateDict().keys == ["weight", "pos_weight"])
    #expect(BCEWithLogitsLoss(posWeight: w).stateDict().keys == ["pos_weight"])
    #expect(NLLLoss().stateDict().isEmpty)
  }

  @Test(arguments: testDevices) func sequences(_ device: Device) throws {
    let x = (Tensor.arange(30, dtype: .float32, device: device).view(5, 2, 3) * 0.7).sin().logSoftmax(2)
    let labels = Tensor([[1, 2], [2, 2]], device: device)
    #expect(areClose(CTCLoss()(x, labels, [5, 4], [2, 2]).toArray(), [1.4407027]))
    let lengths = (Tensor([5, 4], device: device), Tensor([2, 2], device: device))
    #expect(areClose(CTCLoss()(x, labels, lengths.0, lengths.1).toArray(), [1.4407027]))
    let loss = CTCLoss(blank: 2, reduction: .none)
    #expect(areClose(loss(x, Tensor([1, 0, 1], device: device), [5, 4], [1, 2]).toArray(), [2.5313547, 1.885427]))
    let named = try module("nn.CTCLoss", [2, "none"])
    let result = try named.call([.tensor(x), .tensor(Tensor([1, 0, 1], device: device)), [5, 4], [1, 2]]).tensor!
    #expect(areClose(result.toArray(), [2.5313547, 1.885427]))
    #expect(
      errorMessage { _ = CTCLoss()(x, labels, [5], [2, 2]) } == "input_lengths must be of size batch_size")
  }

  /// `values` are sin(0.9 i + shift).
  private func sines(_ shape: [Int], _ shift: Double = 0, _ device: Device) -> Tensor {
    let count = shape.reduce(1, *)
    return (Tensor.arange(count, dtype: .float64, device: device) * 0.9 + shift).sin().reshape(shape).to(.float32)
  }

  @Test(arguments: testDevices) func linearCrossEntropy(_ device: Device) throws {
    let loss = LinearCrossEntropyLoss(3, 4, outFeatures: [2], bias: true, device: device)
    #expect(
      loss.description == """
        LinearCrossEntropyLoss(
          in_features=3, num_classes=4, out_features=(2,), bias=True, reduction=mean, ignore_index=None, \
        label_smoothing=0.0, options=None
          (linear): Linear(in_features=3, out_features=8, bias=True)
        )
        """)
    let bias = Tensor.arange(8, dtype: .float32, device: device).cos()
    try loss.load(["linear.weight": sines([8, 3], 0, device), "linear.bias": bias])
    let a = Tensor([[0.5, -1.25, 2], [-0.75, 0.25, 1.5]], device: device)
    let labels = Tensor([[0, 3], [1, 2]], device: device)
    #expect(areClose(loss(a, labels).toArray(), [1.1168647]))
    let named = try module(
      "nn.LinearCrossEntropyLoss", [3, 4], ["out_features": [2], "bias": true, "device": .device(device)])
    try named.load(loss.stateDict())
    #expect(areClose(try named.call([.tensor(a), .tensor(labels)]).tensor!.toArray(), [1.1168647]))
    loss(a, labels).backward()
    #expect(loss.linear.weight.grad!.shape == [8, 3])
  }

  @Test func mistakesOfLinearCrossEntropy() {
    let x = Tensor.zeros([2, 3], device: "cpu"), w = Tensor.ones([3], device: "cpu")
    func message(
      _ x: Tensor, _ target: Tensor, out: [Int] = [], weight: Tensor? = nil, ignore: Int? = nil, smooth: Double = 0
    ) -> String {
      errorMessage {
        let loss = LinearCrossEntropyLoss(
          3, 4, outFeatures: out, weight: weight, ignoreIndex: ignore, labelSmoothing: smooth, device: "cpu")
        _ = loss(x, target)
      }
    }
    let labels = Tensor([0, 1], device: "cpu")
    #expect(message(x, labels) == "(no error)")
    #expect(message(x, labels, weight: w) == "expected weight shape to be (4,), got (3,)")
    #expect(message(x, labels, smooth: 2) == "expected label_smoothing to be in range [0, 1], got 2.0")
    #expect(message(x[0][0], labels) == "expected input with dimensionality 1 or 2, got 0")
    #expect(
      message(Tensor.zeros([2, 5], device: "cpu"), labels)
        == "expected equal input and linear_weight last dimensions (in_features), got 5 and 3, respectively")
    #expect(
      message(x[0], labels, out: [2])
        == "K-dimensional loss defined by linear_weight shape (4, 2, 3) requires batched input, (N, 3), got unbatched "
        + "input with shape (3,)")
    #expect(
      message(x, Tensor.zeros([2, 4], device: "cpu"), ignore: 1)
        == "ignore_index cannot be specified when target contains probabilities")
  }

  @Test(arguments: testDevices) func adaptiveSoftmax(_ device: Device) throws {
    let loss = AdaptiveLogSoftmaxWithLoss(4, 9, cutoffs: [3, 6], divValue: 2, headBias: true, device: device)
    let state = loss.stateDict()
    #expect(
      state.keys == [
        "head.weight", "head.bias", "tail.0.0.weight", "tail.0.1.weight", "tail.1.0.weight", "tail.1.1.weight",
      ])
    #expect(state.values.map(\.shape) == [[5, 4], [5], [2, 4], [3, 2], [1, 4], [3, 1]])
    for (i, (_, value)) in state.enumerated() { value.copy_(sines(value.shape.extents, Double(i), device)) }
    let x = (Tensor.arange(20, dtype: .float32, device: device).view(5, 4) * 0.37).cos().requiresGrad_()
    let labels = Tensor([0, 4, 8, 2, 6], device: device)
    let expected = [-0.59072645, -5.1465818, -4.6985082, -2.2116769, -4.4700139]
    let (output, mean) = loss(x, labels)
    #expect(areClose(output.toArray(), expected) && areClose(mean.toArray(), [3.4235014]))
    #expect(loss.predict(x).toArray(Int.self) == [0, 1, 1, 0, 0])
    let all = loss.logProb(x)
    #expect(areClose(all.gather(1, labels.unsqueeze(1)).toArray(), expected))
    #expect(areClose(all.exp().sum(1).toArray(), [1, 1, 1, 1, 1]))
    let one = loss(x[1], labels[1])
    #expect(one.output.shape == [] && areClose(one.output.toArray(), [expected[1]]))
    // As the gradient of the same numbers by way of all classes.
    mean.backward()
    let grads = loss.parameters().map { $0.grad!.toArray(Double.self) } + [x.grad!.toArray(Double.self)]
    loss.zeroGrad()
    x.grad = nil
    (-loss.logProb(x).gather(1, labels.unsqueeze(1))).mean().backward()
    for (a, b) in zip(grads, loss.parameters().map { $0.grad! } + [x.grad!]) { #expect(areClose(a, b.toArray())) }
    let named = try module("nn.AdaptiveLogSoftmaxWithLoss", [4, 9, [3, 6], 2.0, true], ["device": .device(device)])
    try named.load(state)
    let results = try named.call([.tensor(x), .tensor(labels)])
    #expect(areClose(results.tensor!.toArray(), expected))
  }

  @Test func mistakesOfTheAdaptiveSoftmax() {
    #expect(
      errorMessage { _ = AdaptiveLogSoftmaxWithLoss(4, 9, cutoffs: []) }
        == "cutoffs should be a sequence of length larger than 0")
    for cutoffs in [[0, 3], [3, 3], [5, 3], [3, 9]] {
      #expect(
        errorMessage { _ = AdaptiveLogSoftmaxWithLoss(4, 9, cutoffs: cutoffs) }
          == "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value "
          + "is between 1 and n_classes-1")
    }
    let loss = AdaptiveLogSoftmaxWithLoss(4, 9, cutoffs: [3], device: "cpu")
    let x = Tensor.zeros([2, 4], device: "cpu")
    func message(_ x: Tensor, _ target: Tensor) -> String { errorMessage { _ = loss(x, target).loss } }
    #expect(
      message(x, Tensor([-1, 9], device: "cpu"))
        == "Target values should be in [0, 8], but values in range [-1, 9] were found. ")
    #expect(
      message(x, Tensor([1], device: "cpu")) == "Input and target should have the same size in the batch dimension.")
    #expect(
      message(x, Tensor(1, device: "cpu"))
        == "0D target tensor expects 1D input tensors, but found inputs with size [2, 4]")
    #expect(
      message(x, Tensor([[1, 2]], device: "cpu"))
        == "0D or 1D target tensor expected, multi-target not supported")
  }

  @Test func mistakes() {
    let x = Tensor.zeros([2, 3], device: "cpu")
    let cases: [(String, () throws -> Void)] = [
      ("only p == 1 and p == 2 supported", { _ = MultiMarginLoss(p: 3) }),
      ("MultiMarginLoss: expected weight to be None or 1D tensor, got 2D instead", { _ = MultiMarginLoss(weight: x) }),
      (
        "TripletMarginLoss: expected margin to be greater than 0, got 0.0 instead", { _ = TripletMarginLoss(margin: 0) }
      ),
      (
        "TripletMarginWithDistanceLoss: expected margin to be greater than 0, got -1.0 instead",
        { _ = TripletMarginWithDistanceLoss(margin: -1) }
      ),
      ("target out of range", { _ = MultiMarginLoss()(x, Tensor([0, 3], device: "cpu")) }),
      ("argument #2 'target' is out of range", { _ = MultiLabelMarginLoss()(x[0], Tensor([0, 3, 1], device: "cpu")) }),
      ("bad is not a valid value for reduction", { _ = try module("nn.MSELoss", [], ["reduction": "bad"]) }),
      ("all elements of input should be between 0 and 1", { _ = BCELoss()(x + 2, x) }),
      ("var has negative entry/entries", { _ = GaussianNLLLoss()(x, x, -1.0) }),
      ("Target 7 is out of bounds.", { _ = NLLLoss()(x, Tensor([0, 7], device: "cpu")) }),
      ("huber_loss does not support non-positive values for delta.", { _ = HuberLoss(delta: 0)(x, x) }),
      (
        "forward(): argument 'var' must be Tensor or float, not str",
        { _ = try module("nn.GaussianNLLLoss").call([.tensor(x), .tensor(x), "one"]) }
      ),
    ]
    for (message, mistake) in cases { #expect(errorMessage(mistake) == message) }
  }

  /// The options of old versions of PyTorch by name.
  @Test func reductionsOfOldVersions() throws {
    let x = Argument.tensor(Tensor([1.0, 2], device: "cpu")), y = Argument.tensor(Tensor([2.0, 4], device: "cpu"))
    func loss(_ keywords: [String: Argument]) throws -> [Double] {
      try module("nn.MSELoss", [], keywords).call([x, y]).tensor!.toArray()
    }
    #expect(try loss(["size_average": false]) == [5])
    #expect(try loss(["reduce": false]) == [1, 4])
    #expect(try loss(["size_average": true, "reduction": "sum"]) == [2.5])
  }
}
