/// Adam with Nesterov's momentum.
///
/// Dozat, "Incorporating Nesterov momentum into Adam", ICLR 2016 workshop, in PyTorch's form: the momentum grows over the
/// steps from β₁/2 to β₁, at a pace that `momentumDecay` sets.
///
/// ```swift
/// let optimizer = NAdam(model.parameters(), lr: 2e-3)
/// ```
public final class NAdam: Optimizer {
  /// Makes an optimizer of parameters, or of groups of which each may have settings of its own. Settings out of range are
  /// an error.
  ///
  /// - Parameters:
  ///   - momentumDecay: How fast the momentum grows to its full value.
  ///   - decoupledWeightDecay: Whether weight decay acts on the parameters, as in ``AdamW``.
  ///   - maximize: Whether steps go up the gradient.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0, momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) {
    super.init(
      parameters,
      defaults: [
        .lr: lr, .beta1: betas.0, .beta2: betas.1, .eps: eps, .weightDecay: weightDecay,
        "momentum_decay": momentumDecay, .decoupledWeightDecay: decoupledWeightDecay ? 1 : 0,
        .maximize: maximize ? 1 : 0,
      ])
  }

  public override func check(_ group: ParameterGroup) throws(BackplaneError) {
    try group.requireRate()
    try group.requireEpsilon()
    try group.requireBetas()
    try group.require(.weightDecay)
    try group.require("momentum_decay")
  }

  public override func memory(_ name: String, of parameter: Tensor) -> Memory {
    name == "mu_product" ? .number : super.memory(name, of: parameter)
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    let betas = group.betas, lr = group.lr
    try updateEach(of: group) { update throws(BackplaneError) in
      let t = Double(update.state.step)
      func momentum(_ t: Double) -> Double { betas.0 * (1 - 0.5 * power(0.96, t * group["momentum_decay"])) }
      let mu = momentum(t), next = momentum(t + 1)
      // PyTorch keeps the product in float32.
      let product = Float(update.state.numbers["mu_product"] ?? 1) * Float(mu)
      try update.change(["exp_avg", "exp_avg_sq"]) { p, grad, state throws(BackplaneError) in
        let g = try AdamVariants.decayed(p, grad, group, isDecoupled: group.isSet(.decoupledWeightDecay))
        try AdamVariants.moments(g, state[0], state[1], betas)
        let square = try Ops.div(state[1], 1 - power(betas.1, t))
        let spread = try Ops.add(Ops.unary(.sqrt, square), .double(group[.eps]))
        try AdamVariants.step(p, by: g, over: spread, times: lr * (1 - mu) / (1 - Double(product)))
        try AdamVariants.step(p, by: state[0], over: spread, times: lr * next / (1 - Double(product) * next))
      }
      update.state.numbers["mu_product"] = Double(product)
    }
  }
}

extension OptimizerRegistry {
  mutating func addNAdam() {
    add(
      "optim.NAdam(Any params, float lr=0.002, float[] betas=[0.9, 0.999], float eps=1e-08, float weight_decay=0, "
        + "float momentum_decay=0.004, bool decoupled_weight_decay=False, *, bool? foreach=None, bool maximize=False, "
        + "bool capturable=False, bool differentiable=False)"
    ) { groups, a throws(BackplaneError) in
      NAdam(
        groups, lr: a.double("lr"), betas: try a.pair("betas"), eps: a.double("eps"),
        weightDecay: a.double("weight_decay"), momentumDecay: a.double("momentum_decay"),
        decoupledWeightDecay: a.bool("decoupled_weight_decay"), maximize: a.bool("maximize"))
    }
  }
}
