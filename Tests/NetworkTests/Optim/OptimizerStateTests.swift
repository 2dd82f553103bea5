import Backplane
import TestSupport
import Testing

/// What optimizers remember, saved and loaded; groups that are added; and the scaler of gradients.
@Suite struct OptimizerStateTests {
  typealias Curves = OptimizerCurveTests

  /// A perceptron on a device, and one step of it.
  private struct Run {
    let parameters: [Tensor]
    var optimizer: Optimizer

    init(_ device: Device, _ make: ([Tensor]) -> Optimizer) {
      parameters = [
        Curves.wave([4, 3], 2.3, device), Curves.wave([4], 0.7, device), Curves.wave([1, 4], 3.1, device),
      ]
      for tensor in parameters { tensor.requiresGrad_() }
      optimizer = make(parameters)
    }

    var values: [[Double]] { parameters.map { $0.detach().toArray() } }

    func step(_ count: Int) {
      let device = parameters[0].device, x = Curves.wave([8, 3], 1.7, device), y = Curves.wave([8, 1], 0.9, device)
      for _ in 0..<count {
        optimizer.step {
          optimizer.zeroGrad()
          let hidden = F.linear(x, parameters[0], parameters[1]).tanh()
          let loss = F.mseLoss(F.linear(hidden, parameters[2]), y)
          loss.backward()
          return loss
        }
      }
    }
  }

  static let makers: [@Sendable ([Tensor]) -> Optimizer] =
    Curves.curves.map(\.make) + [
      { SGD($0, lr: 0.1, maximize: true) }, { ASGD($0, t0: 2) }, { LBFGS($0, lr: 0.5, maxIter: 3, historySize: 2) },
    ]

  /// A run that is saved after some steps, and gone on with by an optimizer made anew, ends at the same weights, bit for
  /// bit.
  @Test(arguments: makers.indices, oneOfEachKind) func goingOn(_ index: Int, _ device: Device) throws {
    let make = OptimizerStateTests.makers[index]
    let unbroken = Run(device, make)
    unbroken.step(7)
    for stop in [0, 1, 4] {
      let folder = try TemporaryFolder()
      var run = Run(device, make)
      run.step(stop)
      try save(run.optimizer.stateDict(), to: folder.path("optimizer.safetensors"))
      run.optimizer = make(run.parameters)
      run.optimizer.parameterGroups[0].lr = 99
      try run.optimizer.load(load(folder.path("optimizer.safetensors"), device: device))
      run.step(7 - stop)
      #expect(run.values == unbroken.values, "stopped after \(stop)")
    }
  }

  @Test(arguments: makers) func namesOfTheState(_ make: @Sendable ([Tensor]) -> Optimizer) {
    let run = Run("cpu", make)
    run.step(2)
    let names = Set(run.optimizer.stateDict().keys.filter { $0.hasPrefix("state.0.") }.map { String($0.dropFirst(8)) })
    // PyTorch's.
    let expected: Set<String>? =
      switch run.optimizer {
      case is NAdam: ["step", "exp_avg", "exp_avg_sq", "mu_product"]
      case is RAdam: ["step", "exp_avg", "exp_avg_sq"]
      case is Adam:
        run.optimizer.parameterGroups[0][.amsgrad] == 1
          ? ["step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"] : ["step", "exp_avg", "exp_avg_sq"]
      case is Adamax: ["step", "exp_avg", "exp_inf"]
      case is Adadelta: ["step", "square_avg", "acc_delta"]
      case is Adagrad: ["step", "sum"]
      case is ASGD: ["step", "ax", "eta", "mu"]
      case is Rprop: ["step", "prev", "step_size"]
      case is Adafactor: ["step", "row_var", "col_var"]
      case is LBFGS: nil
      default: nil
      }
    if let expected { #expect(names == expected) }
    if run.optimizer is LBFGS {
      #expect(
        names.isSuperset(of: ["func_evals", "n_iter", "d", "t", "H_diag", "prev_flat_grad", "old_dirs.0", "ro.0"]))
    }
  }

  /// A failed load leaves the optimizer as it was.
  @Test(arguments: makers) func aStateThatDoesNotFit(_ make: @Sendable ([Tensor]) -> Optimizer) {
    let run = Run("cpu", make)
    run.step(2)
    let state = run.optimizer.stateDict()
    func kind(_ change: (inout StateDict) -> Void) -> BackplaneError.Kind? {
      var changed = state
      // What fits comes first, and must not be taken over either.
      changed["param_groups.0.lr"] = Tensor(3.0, device: "cpu")
      change(&changed)
      return errorKind { try run.optimizer.load(changed) }
    }
    #expect(kind { $0["param_groups.0.lr"] = Tensor(-1.0, device: "cpu") } == .state)
    #expect(kind { $0["param_groups.0.nonsense"] = Tensor(1.0, device: "cpu") } == .state)
    #expect(kind { $0["param_groups.1.lr"] = Tensor(1.0, device: "cpu") } == .state)
    #expect(kind { $0["state.7.step"] = Tensor(1.0, device: "cpu") } == .state)
    for (key, tensor) in state where key.hasPrefix("state.") {
      #expect(kind { $0[key] = Tensor.zeros([7, 7, 7], device: "cpu") } == .state, "\(key) of \(tensor.shape)")
    }
    let after = run.optimizer.stateDict()
    #expect(after.keys == state.keys && zip(after, state).allSatisfy { $0.value.equal($1.value) })
  }

  /// AdamW stays what it is, and Adam takes over what it was.
  @Test func decoupledDecayOfAState() throws {
    let p = Tensor([1.0], device: "cpu", requiresGrad: true)
    let (adam, adamW) = (Adam([p], weightDecay: 0.5), AdamW([p], weightDecay: 0.5))
    let (a, b) = (adam.stateDict(), adamW.stateDict())
    try adam.load(b)
    try adamW.load(a)
    func decayed(_ optimizer: Optimizer) -> Double {
      let start: Double = p.item()
      p.grad = Tensor([0.0], device: "cpu")
      optimizer.step()
      return p.item() / start
    }
    #expect(areClose([decayed(adam), decayed(adamW)], [1 - 0.5e-3, 1 - 0.5e-3]))
  }

  /// What schedules note in groups is saved, and may be missing where there is no schedule yet, or no longer.
  @Test func settingsOfSchedules() throws {
    let p = Tensor([1.0], device: "cpu", requiresGrad: true)
    let (first, second) = (SGD([p], lr: 2), SGD([p], lr: 3))
    let bare = second.stateDict()
    _ = StepLR(first, 3)
    try second.load(first.stateDict())
    #expect(second.parameterGroups[0].options["initial_lr"] == 2)
    try first.load(bare)
    #expect(first.parameterGroups[0].lr == 3 && first.parameterGroups[0][.initialLr] == 2)
  }

  @Test func groupsThatAreAdded() {
    let p = Tensor([1.0], device: "cpu", requiresGrad: true), q = Tensor([1.0], device: "cpu", requiresGrad: true)
    let optimizer = SGD([p], lr: 0.5, momentum: 0.9)
    optimizer.addParameterGroup(ParameterGroup([q], [.lr: 0.25]))
    #expect(optimizer.parameterGroups[1][.momentum] == 0.9)
    (p.sum() + q.sum()).backward()
    optimizer.step()
    #expect(p.toArray(Double.self) == [0.5] && q.toArray(Double.self) == [0.75])
    func message(_ group: ParameterGroup) -> String { errorMessage { optimizer.addParameterGroup(group) } }
    #expect(message(ParameterGroup([q])) == "some parameters appear in more than one parameter group")
    #expect(message(ParameterGroup([q * 2])) == "can't optimize a non-leaf Tensor")
    let r = Tensor([1.0], device: "cpu", requiresGrad: true)
    #expect(message(ParameterGroup([r], [.lr: -1])) == "Invalid learning rate: -1.0")
    #expect(optimizer.parameterGroups.count == 2)
    #expect(
      errorMessage { LBFGS([p]).addParameterGroup(ParameterGroup([q])) }
        == "LBFGS doesn't support per-parameter options (parameter groups)")
  }

  /// The gradients that a scaler has made greater give the steps that others give.
  @Test(arguments: makers) func scaled(_ make: @Sendable ([Tensor]) -> Optimizer) {
    func steps(_ scaler: GradScaler) -> [Double] {
      let p = Tensor([1.0, -2, 0.5], device: "cpu", requiresGrad: true)
      let optimizer = make([p])
      for i in 0..<4 {
        optimizer.zeroGrad()
        // The second gradient overflows, and its step is left out where a scaler sees to it.
        let factor = i == 1 && scaler.isEnabled ? Double.infinity : 1
        if i == 1, !scaler.isEnabled { continue }
        scaler.scale((p ** 2).sum() * factor).backward()
        scaler.step(optimizer)
        scaler.update()
      }
      return p.toArray()
    }
    let p = Tensor([1.0], device: "cpu", requiresGrad: true)
    if make([p]) is LBFGS {
      #expect(errorMessage { _ = steps(GradScaler()) }.contains("missing 1 required positional argument: 'closure'"))
      return
    }
    #expect(areClose(steps(GradScaler(initScale: 64)), steps(GradScaler(enabled: false)), tolerance: 1e-12))
  }

  @Test func settingsOutOfRange() {
    let p = [Tensor([1.0], device: "reference", requiresGrad: true)]
    let cases: [(String, () -> Void)] = [
      ("Invalid learning rate: -1.0", { _ = NAdam(p, lr: -1) }),
      ("Invalid momentum_decay value: -0.2", { _ = NAdam(p, momentumDecay: -0.2) }),
      ("Invalid beta parameter at index 0: 1.0", { _ = NAdam(p, betas: (1, 0)) }),
      ("Invalid beta parameter at index 1: -1.0", { _ = RAdam(p, betas: (0, -1)) }),
      ("Invalid weight_decay value: -1.0", { _ = RAdam(p, weightDecay: -1) }),
      ("Invalid rho value: 1.1", { _ = Adadelta(p, rho: 1.1) }),
      ("Invalid epsilon value: -1.0", { _ = Adamax(p, eps: -1) }),
      ("Invalid lambd value: -1.0", { _ = ASGD(p, lambd: -1) }),
      ("Invalid weight_decay value: -0.5", { _ = ASGD(p, weightDecay: -0.5) }),
      ("Invalid eta values: 1.0, 0.5", { _ = Rprop(p, etas: (1, 0.5)) }),
      ("Learning rate should be >= 0 but is: -1.0", { _ = Adafactor(p, lr: -1) }),
      ("beta2_decay should be <= 0 but is: 0.8", { _ = Adafactor(p, beta2Decay: 0.8) }),
      ("epsilon1 should be >= 0 but is: -1.0", { _ = Adafactor(p, eps: (-1, 0)) }),
      ("Clipping threshold d should be >= 1 but is: 0.0", { _ = Adafactor(p, d: 0) }),
      ("Invalid learning rate: -1.0", { _ = LBFGS(p, lr: -1) }),
      ("Invalid learning rate: nan", { _ = Adam(p, lr: .nan) }),
      ("Invalid learning rate: -1.0", { _ = SGD([Tensor](), lr: -1) }),
      ("optimizer got an empty parameter list", { _ = LBFGS([Tensor]()) }),
    ]
    for (message, make) in cases { #expect(errorMessage(make) == message) }
    let two = [ParameterGroup(p), ParameterGroup([Tensor([1.0], device: "reference", requiresGrad: true)])]
    #expect(errorMessage { _ = LBFGS(two) } == "LBFGS doesn't support per-parameter options (parameter groups)")
  }
}
