import Backplane
import TestSupport
import Testing

@Suite struct OptimizerRegistryTests {
  private func parameter() -> Tensor { Tensor([1.0, -2, 0.5], device: "cpu", requiresGrad: true) }

  private func steps(_ optimizer: Optimizer, _ p: Tensor) -> [Double] {
    for _ in 0..<3 {
      p.grad = p.detach() * 2 + p.detach() ** 2
      optimizer.step()
    }
    return p.toArray()
  }

  /// A name with arguments makes what the class makes of them.
  @Test func namesAndArguments() throws {
    let cases: [(String, [String: Argument], ([Tensor]) -> Optimizer)] = [
      (
        "optim.SGD", ["lr": 0.1, "momentum": 0.9, "dampening": 0.1, "weight_decay": 0.2, "maximize": true],
        { SGD($0, lr: 0.1, momentum: 0.9, dampening: 0.1, weightDecay: 0.2, maximize: true) }
      ),
      (
        "optim.SGD", ["lr": 0.1, "momentum": 0.9, "nesterov": true], { SGD($0, lr: 0.1, momentum: 0.9, nesterov: true) }
      ),
      (
        "optim.Adam", ["lr": 0.1, "betas": [0.5, 0.6], "eps": 0.1, "weight_decay": 1, "amsgrad": true, "fused": true],
        { Adam($0, lr: 0.1, betas: (0.5, 0.6), eps: 0.1, weightDecay: 1, amsgrad: true) }
      ),
      ("optim.Adam", ["decoupled_weight_decay": true, "weight_decay": 9], { AdamW($0, weightDecay: 9) }),
      ("optim.AdamW", ["foreach": nil, "maximize": true], { AdamW($0, maximize: true) }),
      (
        "optim.RMSprop", ["alpha": 0.8, "momentum": 0.5, "centered": true, "capturable": true],
        { RMSprop($0, alpha: 0.8, momentum: 0.5, centered: true) }
      ),
      (
        "optim.Adagrad", ["lr_decay": 0.5, "initial_accumulator_value": 2],
        { Adagrad($0, lrDecay: 0.5, initialAccumulatorValue: 2) }
      ),
      (
        "optim.NAdam", ["momentum_decay": 0.5, "weight_decay": 0.5, "decoupled_weight_decay": true],
        { NAdam($0, weightDecay: 0.5, momentumDecay: 0.5, decoupledWeightDecay: true) }
      ),
      ("optim.RAdam", ["betas": [0.5, 0.6], "weight_decay": 0.5], { RAdam($0, betas: (0.5, 0.6), weightDecay: 0.5) }),
      ("optim.Adadelta", ["rho": 0.5, "eps": 0.1], { Adadelta($0, rho: 0.5, eps: 0.1) }),
      ("optim.Adamax", ["betas": [0.5, 0.6], "maximize": true], { Adamax($0, betas: (0.5, 0.6), maximize: true) }),
      (
        "optim.ASGD", ["lambd": 0.5, "alpha": 0.5, "t0": 1, "weight_decay": 0.1],
        { ASGD($0, lambd: 0.5, alpha: 0.5, t0: 1, weightDecay: 0.1) }
      ),
      (
        "optim.Rprop", ["etas": [0.3, 2], "step_sizes": [0.1, 1]],
        { Rprop($0, etas: (0.3, 2), stepSizes: (0.1, 1)) }
      ),
      (
        "optim.Adafactor", ["eps": [0.1, 0.2], "d": 3, "beta2_decay": -0.5],
        { Adafactor($0, beta2Decay: -0.5, eps: (0.1, 0.2), d: 3) }
      ),
      ("optim.Adafactor", ["eps": [nil, 0.5]], { Adafactor($0, eps: (nil, 0.5)) }),
    ]
    for (name, keywords, make) in cases {
      let (p, q) = (parameter(), parameter())
      let (first, second) = (try optimizer(name, [p], keywords), make([q]))
      #expect(name == "optim.Adam" || type(of: first) == type(of: second))
      #expect(steps(first, p) == steps(second, q), "\(name) \(keywords)")
    }
    #expect(Set(cases.map(\.0)).union(["optim.LBFGS"]) == Set(optimizerNames))
    let lbfgs = try optimizer(
      "optim.LBFGS", [parameter()],
      ["max_iter": 3, "max_eval": 7, "history_size": 5, "line_search_fn": "strong_wolfe", "tolerance_grad": 0.5])
    let same = LBFGS(
      [parameter()], maxIter: 3, maxEval: 7, toleranceGrad: 0.5, historySize: 5, lineSearchFn: .strongWolfe)
    #expect(lbfgs.parameterGroups[0].options == same.parameterGroups[0].options)
    #expect(try optimizer("optim.LBFGS", [parameter()]).parameterGroups[0]["max_eval"] == 25)
  }

  @Test func groups() throws {
    let adam = try optimizer("optim.Adam", [ParameterGroup([parameter()], [.lr: 0.5])], ["eps": 0.25])
    #expect(adam.parameterGroups[0].lr == 0.5 && adam.parameterGroups[0][.eps] == 0.25)
  }

  @Test func errors() {
    func message(_ name: String, _ keywords: [String: Argument] = [:]) -> String {
      errorMessage { _ = try optimizer(name, [parameter()], keywords) }
    }
    #expect(message("optim.Nadam") == "there is no optimizer 'optim.Nadam'")
    #expect(message("optim.SGD", ["lr": -1]) == "Invalid learning rate: -1.0")
    #expect(message("optim.SGD", ["betas": [0.9, 0.9]]) == "SGD() got an unexpected keyword argument 'betas'")
    #expect(message("optim.SGD", ["lr": "fast"]) == "SGD(): argument 'lr' must be float, not str")
    #expect(message("optim.Adam", ["betas": [0.9]]).contains("'betas' must be a tuple of 2 floats"))
    #expect(message("optim.Adam", ["differentiable": true]).contains("differentiable=True is not supported"))
    #expect(message("optim.Adafactor", ["eps": 0.1]).contains("'eps' must be a tuple"))
    #expect(message("optim.LBFGS", ["line_search_fn": "armijo"]) == "only 'strong_wolfe' is supported")
    #expect(errorMessage { _ = try optimizer("optim.Rprop", [Tensor]()) } == "optimizer got an empty parameter list")
  }

  @Test func signatures() throws {
    for name in optimizerNames {
      let signature = try #require(optimizerSignature(name))
      #expect(signature.name == name && signature.description.hasPrefix("\(name)(Any params"))
      #expect(try signature.checksDefaults())
    }
    #expect(optimizerSignature("optim.None") == nil)
  }
}
