import Backplane
import TestSupport
import Testing

@Suite struct ScheduleRegistryTests {
  private func rates(_ make: (Optimizer) throws -> LRScheduler) throws -> [[Double]] {
    let optimizer = ScheduleGoldenTests.optimizer()
    let schedule = try make(optimizer)
    return (0..<8).map { step in
      optimizer.step()
      if let plateau = schedule as? ReduceLROnPlateau { plateau.step(Double(step)) } else { schedule.step() }
      return optimizer.parameterGroups.map(\.lr) + optimizer.parameterGroups.map { $0[.momentum] }
    }
  }

  /// A name with arguments makes what the class makes of them.
  @Test func namesAndArguments() throws {
    let cases: [(String, [Argument], [String: Argument], (Optimizer) -> LRScheduler)] = [
      ("StepLR", [3], ["gamma": 0.5], { StepLR($0, 3, gamma: 0.5) }),
      ("MultiStepLR", [[2, 4]], [:], { MultiStepLR($0, [2, 4]) }),
      ("ConstantLR", [], ["factor": 0.25, "total_iters": 2], { ConstantLR($0, factor: 0.25, totalIters: 2) }),
      ("ConstantLR", [], [:], { ConstantLR($0) }),
      ("LinearLR", [0.2, 0.8], ["total_iters": 4], { LinearLR($0, startFactor: 0.2, endFactor: 0.8, totalIters: 4) }),
      ("LinearLR", [], [:], { LinearLR($0) }),
      ("ExponentialLR", [], ["gamma": 0.7], { ExponentialLR($0, 0.7) }),
      ("PolynomialLR", [4], ["power": 2], { PolynomialLR($0, totalIters: 4, power: 2) }),
      ("CosineAnnealingLR", [3], ["eta_min": 0.1], { CosineAnnealingLR($0, 3, etaMin: 0.1) }),
      ("CosineAnnealingWarmRestarts", [2], ["T_mult": 2], { CosineAnnealingWarmRestarts($0, 2, tMult: 2) }),
      (
        "CyclicLR", [[0.1, 0.2], 1], ["step_size_up": 3, "mode": "exp_range", "gamma": 0.9, "max_momentum": 0.95],
        { CyclicLR($0, [0.1, 0.2], 1, stepSizeUp: 3, mode: .expRange, gamma: 0.9, maxMomentum: 0.95) }
      ),
      (
        "OneCycleLR", [],
        ["max_lr": 2, "epochs": 2, "steps_per_epoch": 4, "anneal_strategy": "linear", "three_phase": true],
        { OneCycleLR($0, 2, epochs: 2, stepsPerEpoch: 4, annealStrategy: .linear, threePhase: true) }
      ),
      (
        "ReduceLROnPlateau", ["max"], ["patience": 1, "threshold_mode": "abs", "threshold": 5, "min_lr": [0.1, 0.2]],
        { ReduceLROnPlateau($0, mode: .max, patience: 1, threshold: 5, thresholdMode: .abs, minLr: [0.1, 0.2]) }
      ),
      ("optim.swa_utils.SWALR", [0.05], ["anneal_strategy": "linear"], { SWALR($0, 0.05, annealStrategy: .linear) }),
    ]
    for (name, arguments, keywords, make) in cases {
      let name = name.hasPrefix("optim.") ? name : "optim.lr_scheduler." + name
      #expect(try rates { try schedule(name, $0, arguments, keywords) } == rates(make), "\(name)")
    }
    let names = Set(cases.map { $0.0.hasPrefix("optim.") ? $0.0 : "optim.lr_scheduler." + $0.0 })
    #expect(names == Set(scheduleNames))
  }

  @Test func errors() {
    let optimizer = ScheduleGoldenTests.optimizer()
    func message(_ name: String, _ arguments: [Argument] = [], _ keywords: [String: Argument] = [:]) -> String {
      errorMessage { _ = try schedule("optim.lr_scheduler." + name, optimizer, arguments, keywords) }
    }
    #expect(message("Step") == "there is no schedule 'optim.lr_scheduler.Step'")
    #expect(message("StepLR") == "StepLR() missing 1 required positional argument: \"step_size\"")
    #expect(message("StepLR", [0]) == "Expected positive integer step_size, but got 0")
    #expect(message("CyclicLR", [0.1, 1], ["mode": "square"]) == "mode is invalid and scale_fn is None")
    #expect(message("CyclicLR", ["a", 1]).contains("'base_lr' must be float or a list of floats, not str"))
    #expect(message("ReduceLROnPlateau", ["least"]) == "mode least is unknown!")
    #expect(
      message("OneCycleLR", [1, 5], ["anneal_strategy": "cubic"])
        == "anneal_strategy must be one of 'cos' or 'linear', instead got cubic")
  }

  @Test func signatures() throws {
    for name in scheduleNames {
      let signature = try #require(scheduleSignature(name))
      #expect(signature.name == name && signature.description.hasPrefix("\(name)(Any optimizer"))
      #expect(try signature.checksDefaults())
    }
    #expect(scheduleSignature("optim.lr_scheduler.None") == nil)
  }
}
