import Backplane
import TestSupport
import Testing

@Suite struct ScheduleTests {
  private func optimizer(_ lr: Double = 1) -> SGD {
    SGD([Tensor([1.0], device: "cpu", requiresGrad: true)], lr: lr, momentum: 0.9)
  }

  private func rates(_ count: Int, _ make: (Optimizer) -> LRScheduler) -> [Double] {
    let optimizer = optimizer()
    let schedule = make(optimizer)
    return (0..<count).map { step in
      if step > 0 {
        optimizer.step()
        schedule.step()
      }
      return optimizer.parameterGroups[0].lr
    }
  }

  @Test func goldenValues() {
    #expect(areClose(rates(6) { StepLR($0, 2, gamma: 0.5) }, [1, 1, 0.5, 0.5, 0.25, 0.25]))
    #expect(areClose(rates(5) { CosineAnnealingLR($0, 4) }, [1, 0.853553, 0.5, 0.146447, 0]))
    #expect(
      areClose(
        rates(10) { OneCycleLR($0, 1, totalSteps: 10) },
        [0.04, 0.52, 1, 0.950485, 0.811746, 0.611262, 0.388742, 0.188258, 0.049519, 0.000004]))
    #expect(areClose(rates(4) { LambdaLR($0) { 1 / Double(1 << $0) } }, [1, 0.5, 0.25, 0.125]))
  }

  /// By PyTorch.
  @Test func plateaus() {
    let optimizer = optimizer(0.8)
    let schedule = ReduceLROnPlateau(optimizer, factor: 0.5, patience: 1, threshold: 0.1, cooldown: 1, minLr: 0.15)
    let metrics = [1, 0.95, 0.95, 0.5, 0.5, 0.49, 0.48, 0.48, 0.48, 0.48, 0.48, .nan]
    var rates: [Double] = []
    for metric in metrics {
      optimizer.step()
      schedule.step(Tensor(metric, device: "cpu"))
      rates.append(optimizer.parameterGroups[0].lr)
    }
    #expect(rates == [0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.15, 0.15, 0.15, 0.15])
    #expect(schedule.getLastLr() == [0.15] && schedule.lastEpoch == metrics.count)
    #expect(errorMessage { schedule.step() }.contains("missing 1 required positional argument: 'metrics'"))
  }

  @Test func aPlateauGoesOn() throws {
    let metrics = [1, 0.9, 0.95, 0.99, 0.8, 0.81, 0.82, 0.83]
    func run(stopAt: Int?) throws -> [Double] {
      var optimizer = optimizer()
      var schedule = ReduceLROnPlateau(optimizer, factor: 0.5, patience: 1, cooldown: 1)
      var rates: [Double] = []
      for (i, metric) in metrics.enumerated() {
        if i == stopAt {
          let (a, b) = (optimizer.stateDict(), schedule.stateDict())
          optimizer = self.optimizer(9)
          schedule = ReduceLROnPlateau(optimizer, factor: 0.1, patience: 7)
          try optimizer.load(a)
          try schedule.load(b)
        }
        schedule.step(metric)
        rates.append(optimizer.parameterGroups[0].lr)
      }
      return rates
    }
    let unbroken = try run(stopAt: nil)
    #expect(Set(unbroken).count == 3)
    for i in 0..<metrics.count { #expect(try run(stopAt: i) == unbroken) }
  }

  @Test func restartsWithinAnEpoch() {
    let optimizer = optimizer()
    let schedule = CosineAnnealingWarmRestarts(optimizer, t0: 4, tMult: 2)
    // By PyTorch.
    for (epoch, rate) in [
      (0.5, 0.9619397662556), (3.75, 0.0096073597984), (4, 1), (13.5, 0.9784701678661), (30, 0.9903926402016),
    ] {
      schedule.step(epoch)
      #expect(areClose([optimizer.parameterGroups[0].lr], [rate], tolerance: 1e-9), "\(epoch)")
    }
    #expect(errorMessage { schedule.step(-1) } == "Expected non-negative epoch, but got -1.0")
    #expect(errorKind { schedule.step(.nan) } == .value)
  }

  @Test func onesPastTheEnd() {
    let optimizer = optimizer()
    let schedule = OneCycleLR(optimizer, 1, totalSteps: 3)
    for _ in 0..<3 {
      optimizer.step()
      schedule.step()
    }
    let last = optimizer.parameterGroups[0].lr
    for _ in 0..<2 {
      #expect(
        errorMessage { schedule.step() } == "Tried to step 4 times. The specified number of total steps is 3")
    }
    #expect(schedule.lastEpoch == 3 && optimizer.parameterGroups[0].lr == last)
  }

  /// β₁ takes the place of momentum.
  @Test func cyclesOfAdam() {
    let adam = Adam([Tensor([1.0], device: "cpu", requiresGrad: true)], lr: 1)
    let schedule = OneCycleLR(adam, 1, totalSteps: 10)
    #expect(adam.parameterGroups[0][.beta1] == 0.95)
    for _ in 0..<2 {
      adam.step()
      schedule.step()
    }
    #expect(areClose([adam.parameterGroups[0][.beta1], adam.parameterGroups[0][.beta2]], [0.85, 0.999]))
    #expect(
      errorMessage { _ = CyclicLR(Adadelta(adam.parameterGroups[0].parameters), 0.1, 1) }
        == "optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
  }

  @Test func misuse() {
    let two = ScheduleGoldenTests.optimizer()
    let cases: [(String, () -> Void)] = [
      ("Expected positive integer step_size, but got 0", { _ = StepLR(two, 0) }),
      ("Constant multiplicative factor expected to be between 0 and 1.", { _ = ConstantLR(two, factor: 1.5) }),
      ("Ending multiplicative factor expected to be between 0 and 1.", { _ = LinearLR(two, endFactor: -1) }),
      (
        "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.",
        { _ = LinearLR(two, startFactor: 0) }
      ),
      ("Expected positive integer T_max, but got 0", { _ = CosineAnnealingLR(two, 0) }),
      ("Expected positive integer T_0, but got 0", { _ = CosineAnnealingWarmRestarts(two, 0) }),
      ("Expected integer T_mult >= 1, but got 0", { _ = CosineAnnealingWarmRestarts(two, 1, tMult: 0) }),
      ("Expected 2 lr_lambdas, but got 1", { _ = LambdaLR(two, [{ _ in 1 }]) }),
      ("You must define either total_steps OR (epochs AND steps_per_epoch)", { _ = OneCycleLR(two, 1, epochs: 3) }),
      ("Expected positive integer total_steps, but got -1", { _ = OneCycleLR(two, 1, totalSteps: -1) }),
      (
        "Expected positive integer epochs, but got \(Int.min)",
        { _ = OneCycleLR(two, 1, epochs: .min, stepsPerEpoch: 2) }
      ),
      (
        "Expected float between 0 and 1 pct_start, but got 1.5",
        { _ = OneCycleLR(two, 1, totalSteps: 9, pctStart: 1.5) }
      ),
      (
        "max_lr must have the same length as optimizer.param_groups. max_lr has 3 values, param_groups has 2.",
        { _ = OneCycleLR(two, [1, 2, 3], totalSteps: 9) }
      ),
      ("Factor should be < 1.0.", { _ = ReduceLROnPlateau(two, factor: 1) }),
      ("expected 2 min_lrs, got 1", { _ = ReduceLROnPlateau(two, minLr: [0.1]) }),
      ("anneal_epochs must be equal or greater than 0, got -1", { _ = SWALR(two, 0.1, annealEpochs: -1) }),
      (
        "ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.",
        { _ = ChainedScheduler([]) }
      ),
      ("SequentialLR expects at least one scheduler, but got no scheduler.", { _ = SequentialLR(two, [], []) }),
      ("float division by zero", { _ = OneCycleLR(two, 1, totalSteps: 10, pctStart: 0.1) }),
    ]
    for (message, make) in cases { #expect(errorMessage(make) == message) }
    #expect(
      errorMessage { _ = SequentialLR(two, [StepLR(two, 1)], [1, 2]) }.hasPrefix(
        "Sequential Schedulers expects number of schedulers provided to be one more"))
    #expect(
      errorMessage { _ = ChainedScheduler([StepLR(two, 1), StepLR(optimizer(), 1)]) }.contains(
        "expects all schedulers to belong to the same optimizer"))
    #expect(
      errorMessage { _ = SequentialLR(two, [ReduceLROnPlateau(two)], []) }.contains(
        "does not support `ReduceLROnPlateau` scheduler"))
    #expect(
      errorMessage { _ = StepLR(optimizer(), 1, lastEpoch: 3) }.hasPrefix(
        "param 'initial_lr' is not specified in param_groups[0] when resuming scheduler"))
  }

  /// Numbers beyond all epochs are errors, and not the end of the process.
  @Test func extremes() {
    for n in [Int.min, Int.min + 1, -1, Int.max] {
      let makers: [(Optimizer) -> LRScheduler] = [
        { StepLR($0, n) }, { MultiStepLR($0, [n]) }, { ConstantLR($0, totalIters: n) }, { LinearLR($0, totalIters: n) },
        { PolynomialLR($0, totalIters: n) }, { CosineAnnealingLR($0, n) }, { CosineAnnealingWarmRestarts($0, n) },
        { CosineAnnealingWarmRestarts($0, 1, tMult: n) }, { CyclicLR($0, 0.1, 1, stepSizeUp: n) },
        { OneCycleLR($0, 1, totalSteps: n) }, { OneCycleLR($0, 1, epochs: n, stepsPerEpoch: n) },
        { SWALR($0, 0.1, annealEpochs: n) }, { StepLR($0, 3, lastEpoch: n) },
        { SequentialLR($0, [StepLR($0, 1), StepLR($0, 2)], [n]) },
        { SequentialLR($0, [StepLR($0, 1)], [], lastEpoch: n) },
      ]
      for make in makers {
        let optimizer = optimizer()
        _ = errorMessage {
          let schedule = make(optimizer)
          _ = schedule.stateDict()
          for _ in 0..<3 {
            optimizer.step()
            schedule.step()
          }
        }
      }
    }
  }

  @Test func groupsThatCameLater() {
    let optimizer = optimizer()
    let (step, cosine) = (StepLR(optimizer, 1, gamma: 0.5), CosineAnnealingWarmRestarts(optimizer, 5))
    optimizer.addParameterGroup(ParameterGroup([Tensor([1.0], device: "cpu", requiresGrad: true)], [.lr: 8]))
    optimizer.step()
    step.step()
    #expect(optimizer.parameterGroups.map(\.lr) == [0.5, 4])
    #expect(errorMessage { cosine.step() }.contains("1 parameter groups, and the optimizer has 2"))
    #expect(optimizer.parameterGroups.map(\.lr) == [0.5, 4])
  }

  @Test func aStateThatDoesNotFit() {
    let optimizer = optimizer()
    let schedule = StepLR(optimizer, 2)
    optimizer.step()
    schedule.step()
    let state = schedule.stateDict()
    #expect(state.keys == ["last_epoch", "_step_count", "base_lrs", "_last_lr", "step_size", "gamma"])
    func message(_ change: (inout StateDict) -> Void) -> String {
      var changed = state
      change(&changed)
      return errorMessage { try schedule.load(changed) }
    }
    let number = Tensor(1.5, device: "cpu")
    #expect(message { _ in } == "(no error)")
    #expect(message { $0["gamma"] = nil } == "Missing key in loaded state dict: \"gamma\"")
    #expect(message { $0["T_max"] = number } == "Unexpected key in loaded state dict: \"T_max\"")
    #expect(message { $0["last_epoch"] = number } == "last_epoch: 1.5 is no whole number")
    #expect(message { $0["last_epoch"] = Tensor(Double.nan, device: "cpu") }.contains("no whole number"))
    #expect(message { $0["base_lrs"] = Tensor([1.0, 2], device: "cpu") }.contains("size mismatch for base_lrs"))
    #expect(message { $0["base_lrs"] = Tensor([[1.0]], device: "cpu") }.contains("no list of numbers"))
    #expect(message { $0["step_size"] = Tensor(0.0, device: "cpu") }.contains("Expected positive integer step_size"))
    #expect(zip(schedule.stateDict(), state).allSatisfy { $0.key == $1.key && $0.value.equal($1.value) })
  }

  /// A step before the optimizer's first warns.
  @Test func theOrderOfSteps() {
    func warns(_ body: (Optimizer, LRScheduler) -> Void) -> Bool {
      let optimizer = optimizer()
      // What the optimizer did before there was a schedule does not count.
      optimizer.step()
      let schedule = StepLR(optimizer, 2)
      body(optimizer, schedule)
      return schedule.hasWarned
    }
    #expect(!warns { _, _ in })
    #expect(warns { $1.step() })
    #expect(
      !warns {
        $0.step()
        $1.step()
        $1.step()
      })
    #expect(
      !warns { optimizer, schedule in
        optimizer.step { Tensor(0.0, device: "cpu") }
        schedule.step()
      })
  }
}
