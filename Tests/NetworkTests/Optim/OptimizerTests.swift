import Backplane
import TestSupport
import Testing

@Suite struct OptimizerTests {
  /// Three steps down Σw² from [1, −2].
  private func descend(_ device: Device, _ make: ([Tensor]) -> Optimizer) -> [Double] {
    let w = Tensor([1.0, -2], device: device, requiresGrad: true)
    let optimizer = make([w])
    for _ in 0..<3 {
      optimizer.zeroGrad()
      (w ** 2).sum().backward()
      optimizer.step()
    }
    return w.toArray()
  }

  @Test(arguments: testDevices) func goldenValues(_ device: Device) {
    #expect(areClose(descend(device) { SGD($0, lr: 0.1) }, [0.512, -1.024]))
    #expect(areClose(descend(device) { SGD($0, lr: 0.1, momentum: 0.9) }, [0.062, -0.124]))
    #expect(areClose(descend(device) { Adam($0, lr: 0.1) }, [0.7015863, -1.7006234], tolerance: 1e-6))
    #expect(areClose(descend(device) { Adagrad($0, lr: 0.1) }, [0.7804562, -1.7758214], tolerance: 1e-6))
    #expect(areClose(descend(device) { RMSprop($0, lr: 0.1) }, [0, -0.3096873], tolerance: 1e-6))
  }

  struct Case: Sendable {
    let make: @Sendable ([Tensor]) -> Optimizer
    let expected: [Double]
  }

  /// Four steps down Σ p² + p³/3, by PyTorch.
  static let cases = [
    Case(make: { SGD($0, lr: 0.1) }, expected: [0.2915053, -2, 0.1715939]),
    Case(
      make: { SGD($0, lr: 0.05, momentum: 0.9, dampening: 0.3, weightDecay: 0.1) },
      expected: [0.0885628, -1.9179628, 0.0990762]),
    Case(
      make: { SGD($0, lr: 0.05, momentum: 0.8, weightDecay: 0.01, nesterov: true) },
      expected: [0.0208553, -1.9863074, 0.0503888]),
    Case(make: { Adam($0, lr: 0.1) }, expected: [0.605615, -2, 0.1156974]),
    Case(
      make: { Adam($0, lr: 0.1, betas: (0.8, 0.9), eps: 1e-3, weightDecay: 0.1) },
      expected: [0.6061398, -1.6082728, 0.1172253]),
    Case(make: { AdamW($0, lr: 0.1) }, expected: [0.6022981, -1.7755916, 0.1144185]),
    Case(
      make: { AdamW($0, lr: 0.1, betas: (0.7, 0.95), weightDecay: 0.5) },
      expected: [0.4622862, -1.3678576, 0.0726038]),
    Case(make: { RMSprop($0) }, expected: [0.7397947, -2, 0.257644]),
    Case(
      make: { RMSprop($0, lr: 0.05, alpha: 0.9, weightDecay: 0.1) }, expected: [0.59537, -1.4515437, 0.1460662]),
    Case(
      make: { RMSprop($0, lr: 0.05, alpha: 0.8, momentum: 0.9, centered: true) },
      expected: [0.1285275, -2, -0.2333717]),
    Case(make: { RMSprop($0, lr: 0.05, eps: 0.1, centered: true) }, expected: [0.2373825, -2, 0.0353956]),
    Case(make: { Adagrad($0) }, expected: [0.9723349, -2, 0.4724812]),
    Case(
      make: { Adagrad($0, lr: 0.1, lrDecay: 0.1, weightDecay: 0.1) }, expected: [0.7639838, -1.7041388, 0.2779296]),
    Case(
      make: { Adagrad($0, lr: 0.5, initialAccumulatorValue: 0.5, eps: 1e-3) },
      expected: [0.1440669, -2, 0.0017044]),
  ]

  private func step(_ optimizer: Optimizer, _ p: Tensor) {
    optimizer.zeroGrad()
    ((p ** 2).sum() + (p ** 3).sum() / 3).backward()
    optimizer.step()
  }

  @Test(arguments: testDevices, cases) func settings(_ device: Device, _ c: Case) {
    let p = Tensor([1.0, -2, 0.5], device: device, requiresGrad: true)
    let optimizer = c.make([p])
    for _ in 0..<4 { step(optimizer, p) }
    #expect(areClose(p.toArray(), c.expected, tolerance: 2e-6))
  }

  /// Three steps down 2 |p| |p₀| by PyTorch, which takes complex parameters as pairs of reals.
  @Test(arguments: testDevices) func complexParameters(_ device: Device) throws {
    let makers: [(([Tensor]) -> Optimizer, [Double], [Double])] = [
      (
        { Adam($0, lr: 0.1) }, [0.7015863, 2.7003815, -1.7006234, 0.2048713],
        [0.0097914, 0.1008967, 0.0433560, 0.0020002]
      ),
      (
        { AdamW($0, lr: 0.1) }, [0.6989112, 2.6917036, -1.6949445, 0.2037124],
        [0.0097721, 0.1006953, 0.0432696, 0.0019965]
      ),
    ]
    for (make, expected, squares) in makers {
      let start = Tensor([1.0, 3, -2, 0.5], dtype: .float64, device: device)
      let p = start.reshape(2, 2).viewAsComplex().clone().requiresGrad_()
      let optimizer = make([p])
      for _ in 0..<3 {
        optimizer.zeroGrad()
        (p * p.detach().conj() * 2).abs().sum().backward()
        optimizer.step()
      }
      #expect(areClose(p.detach().viewAsReal().toArray(), expected, tolerance: 1e-6))
      let state = optimizer.stateDict()
      #expect(state["state.0.exp_avg_sq"]!.dtype == .complex128)
      #expect(areClose(state["state.0.exp_avg_sq"]!.viewAsReal().toArray(), squares, tolerance: 1e-6))
    }
  }

  /// Likewise of optimizers whose state is named otherwise.
  @Test(arguments: testDevices) func complexParametersOfFurtherOptimizers(_ device: Device) throws {
    let makers: [(([Tensor]) -> Optimizer, [Double], String, [Double])] = [
      (
        { RMSprop($0, lr: 0.1, momentum: 0.5, centered: true) }, [-0.2981907, 0.1440856, 0.4544751, 0.1961084],
        "grad_avg", [0.0094529, 0.1169341, -0.0597280, -0.0061017]
      ),
      (
        { Adagrad($0, lr: 0.1, initialAccumulatorValue: 0.1) }, [0.7822992, 2.7745720, -1.7762966, 0.2975196], "sum",
        [10.1359860, 101.7943150, 43.9629275, 2.2271199]
      ),
    ]
    for (make, expected, name, values) in makers {
      let start = Tensor([1.0, 3, -2, 0.5], dtype: .float64, device: device)
      let p = start.reshape(2, 2).viewAsComplex().clone().requiresGrad_()
      let optimizer = make([p])
      for _ in 0..<3 {
        optimizer.zeroGrad()
        (p * p.detach().conj() * 2).abs().sum().backward()
        optimizer.step()
      }
      #expect(areClose(p.detach().viewAsReal().toArray(), expected, tolerance: 1e-6))
      #expect(areClose(optimizer.stateDict()["state.0.\(name)"]!.viewAsReal().toArray(), values, tolerance: 1e-6))
    }
  }

  @Test func settingsOutOfRange() {
    let p = Tensor([1.0], device: "reference", requiresGrad: true)
    #expect(errorMessage { _ = RMSprop([p], alpha: -1) } == "Invalid alpha value: -1.0")
    #expect(errorMessage { _ = RMSprop([p], momentum: -0.5) } == "Invalid momentum value: -0.5")
    #expect(errorMessage { _ = RMSprop([p], eps: -1) } == "Invalid epsilon value: -1.0")
    #expect(errorMessage { _ = Adagrad([p], lr: -1) } == "Invalid learning rate: -1.0")
    #expect(errorMessage { _ = Adagrad([p], lrDecay: -1) } == "Invalid lr_decay value: -1.0")
    #expect(errorMessage { _ = Adagrad([p], weightDecay: -1) } == "Invalid weight_decay value: -1.0")
    #expect(
      errorMessage { _ = Adagrad([p], initialAccumulatorValue: -1) }
        == "Invalid initial_accumulator_value value: -1.0")
  }

  /// Steps of 16 bits are rounded once: from the same numbers as in float32.
  @Test(arguments: testDevices, [DType.float16, .bfloat16]) func halfPrecision(_ device: Device, _ dtype: DType) {
    let makers: [([Tensor]) -> Optimizer] = [
      { RMSprop($0, lr: 0.1, momentum: 0.5, centered: true) }, { Adagrad($0, lr: 0.1, weightDecay: 0.1) },
    ]
    for make in makers {
      let p = Tensor([1.0, -2, 0.5], dtype: dtype, device: device).requiresGrad_()
      let wide = p.detach().to(.float32).clone().requiresGrad_()
      let (first, second) = (make([p]), make([wide]))
      p.grad = Tensor([0.5, 1, -0.25], dtype: dtype, device: device)
      wide.grad = p.grad!.to(.float32)
      first.step()
      second.step()
      #expect(p.detach().equal(wide.detach().to(dtype)))
    }
  }

  /// A step on complex parameters is the one on their parts, of every optimizer and from a state that was loaded.
  @Test(arguments: testDevices, cases) func complexIsTwiceReal(_ device: Device, _ c: Case) throws {
    let parts = Tensor([[1.0, -2], [0.5, 0.25], [-1, 3]], device: device).requiresGrad_()
    let p = parts.detach().viewAsComplex().clone().requiresGrad_()
    var (first, second) = (c.make([p]), c.make([parts]))
    for i in 0..<4 {
      if i == 2 {
        let (a, b) = (first.stateDict(), second.stateDict())
        (first, second) = (c.make([p]), c.make([parts]))
        try first.load(a)
        try second.load(b)
      }
      parts.grad = parts.detach() * 2 + 1
      p.grad = (p.detach().viewAsReal() * 2 + 1).viewAsComplex()
      first.step()
      second.step()
    }
    #expect(areClose(p.detach().viewAsReal().toArray(), parts.toArray(), tolerance: 1e-6))
  }

  /// A run that is interrupted, saved and continued by another optimizer takes the same way.
  @Test(arguments: cases.indices, testDevices) func theStateContinuesARun(_ index: Int, _ device: Device) throws {
    let c = OptimizerTests.cases[index]
    let folder = try TemporaryFolder()
    let p = Tensor([1.0, -2, 0.5], device: device, requiresGrad: true)
    let first = c.make([p])
    for _ in 0..<2 { step(first, p) }
    try save(first.stateDict(), to: folder.path("optimizer.safetensors"))
    let second = c.make([p])
    second.parameterGroups[0].lr = 99
    try second.load(load(folder.path("optimizer.safetensors"), device: device))
    for _ in 0..<2 { step(second, p) }
    #expect(areClose(p.toArray(), c.expected, tolerance: 2e-6))
  }

  @Test func namesOfTheState() throws {
    let p = Tensor([1.0], device: "reference", requiresGrad: true)
    let optimizer = Adam([p], lr: 0.5)
    #expect(optimizer.stateDict().keys.filter { $0.hasPrefix("state") }.isEmpty)
    step(optimizer, p)
    let state = optimizer.stateDict()
    #expect(
      state.keys.filter { $0.hasPrefix("state") } == [
        "state.0.step", "state.0.exp_avg", "state.0.exp_avg_sq",
      ])
    #expect(state["param_groups.0.lr"]?.item() == 0.5 && state["state.0.step"]?.item() == 1)
  }

  @Test func aStateThatDoesNotFit() {
    let p = Tensor([1.0], device: "reference", requiresGrad: true)
    let optimizer = Adam([p])
    step(optimizer, p)
    let state = optimizer.stateDict()
    func message(_ change: (inout StateDict) -> Void) -> String {
      var changed = state
      change(&changed)
      return errorMessage { try optimizer.load(changed) }
    }
    let number = Tensor(1.0, device: "reference")
    #expect(message { _ in } == "(no error)")
    #expect(message { $0["param_groups.0.lr"] = nil }.contains("param_groups.0.lr"))
    #expect(message { $0["param_groups.1.lr"] = number }.contains("number of parameter groups"))
    #expect(message { $0["param_groups.0.momentum"] = number }.contains("Unexpected key"))
    #expect(message { $0["state.1.step"] = number }.contains("state.1.step"))
    #expect(
      message { $0["state.0.exp_avg"] = Tensor([1.0, 2], device: "reference") }.contains("size mismatch"))
    #expect(message { $0["state.0.step"] = Tensor(-1.0, device: "reference") }.contains("number of steps"))
    #expect(message { $0["nonsense"] = number }.contains("nonsense"))
    #expect(optimizer.stateDict().keys == state.keys)
  }

  @Test(arguments: testDevices) func groupsHaveSettingsOfTheirOwn(_ device: Device) {
    let a = Tensor([1.0], device: device, requiresGrad: true)
    let b = Tensor([[1.0, 1]], device: device, requiresGrad: true)
    let c = Tensor([1.0], device: device, requiresGrad: true)
    let optimizer = SGD([ParameterGroup([a]), ParameterGroup([b, c], [.lr: 0.5])], lr: 0.1)
    (a.sum() + b.sum()).backward()
    optimizer.step()
    #expect(areClose(a.toArray() + b.toArray() + c.toArray(), [0.9, 0.5, 0.5, 1]))
    optimizer.parameterGroups[0].lr = 0.2
    optimizer.step()
    #expect(areClose(a.toArray(), [0.7]))
    optimizer.zeroGrad(setToNil: false)
    #expect(a.grad?.item() == 0 && c.grad == nil)
  }

  /// Types, counts of steps and strides differ among the parameters of one call.
  @Test(arguments: testDevices) func parametersOfSeveralKinds(_ device: Device) {
    let a = Tensor([1.0, -2], device: device, requiresGrad: true)
    let b = Tensor([[1.0, -2], [1, -2]], dtype: .float64, device: device).t().requiresGrad_()
    let late = Tensor([1.0, -2], device: device, requiresGrad: true)
    let optimizer = Adam([a, b, late], lr: 0.1)
    for i in 0..<5 {
      optimizer.zeroGrad()
      if i < 3 { ((a ** 2).sum().to(.float64) + (b ** 2).sum()).backward() }
      if i >= 2 { (late ** 2).sum().backward() }
      optimizer.step()
    }
    let expected = [0.7015863, -1.7006234]
    #expect(areClose(a.toArray(), expected, tolerance: 1e-6))
    #expect(areClose(late.toArray(), expected, tolerance: 1e-6))
    #expect(areClose(b.toArray(), [expected[0], expected[0], expected[1], expected[1]], tolerance: 1e-6))
  }

  @Test(arguments: testDevices) func aStepInvalidatesWhatTheGraphSaved(_ device: Device) {
    let w = Tensor([1.0, -2], device: device, requiresGrad: true)
    let loss = (w * w).sum()
    loss.backward(retainGraph: true)
    SGD([w], lr: 0.1).step()
    #expect(errorMessage { loss.backward() }.contains("modified by an inplace operation"))
    #expect(w.isLeaf && w.requiresGrad && w.gradFn == nil)
  }

  @Test func closures() {
    let w = Tensor([1.0], device: "reference", requiresGrad: true)
    let optimizer = SGD([w], lr: 0.1)
    let loss = noGrad {
      optimizer.step {
        optimizer.zeroGrad()
        let loss = (w ** 2).sum()
        loss.backward()
        return loss
      }
    }
    #expect(loss.item() == 1 && areClose(w.toArray(), [0.8]))
  }

  @Test func misuse() {
    let w = Tensor([1.0], device: "reference", requiresGrad: true)
    #expect(errorMessage { _ = SGD([Tensor]()) } == "optimizer got an empty parameter list")
    #expect(errorMessage { _ = SGD([w * 2]) } == "can't optimize a non-leaf Tensor")
    #expect(errorMessage { _ = SGD([w], lr: -1) } == "Invalid learning rate: -1.0")
    #expect(errorMessage { _ = SGD([w], momentum: -1) } == "Invalid momentum value: -1.0")
    #expect(
      errorMessage { _ = SGD([w], nesterov: true) }
        == "Nesterov momentum requires a momentum and zero dampening")
    #expect(errorMessage { _ = Adam([w], betas: (1, 0.9)) } == "Invalid beta parameter at index 0: 1.0")
    #expect(errorMessage { _ = AdamW([w], eps: -1) } == "Invalid epsilon value: -1.0")
    #expect(errorMessage { _ = Adam([ParameterGroup([w]), ParameterGroup([w])]) }.contains("more than one"))
    #expect(errorKind { w.grad = Tensor([1.0, 2], device: "reference") } == .shape)
    SGD([w]).step()
    #expect(w.toArray(Float.self) == [1])
  }
}
