/// Adam that takes the variance of its divisor into account, and so needs no warming up.
///
/// Liu et al., "On the variance of the adaptive learning rate and beyond", arXiv:1908.03265: as long as too few gradients
/// are known, steps are those of momentum alone.
///
/// ```swift
/// let optimizer = RAdam(model.parameters(), lr: 1e-3)
/// ```
public final class RAdam: Optimizer {
  /// Makes an optimizer of parameters, or of groups of which each may have settings of its own. Settings out of range are
  /// an error.
  ///
  /// - Parameters:
  ///   - decoupledWeightDecay: Whether weight decay acts on the parameters, as in ``AdamW``.
  ///   - maximize: Whether steps go up the gradient.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0, decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) {
    super.init(
      parameters,
      defaults: [
        .lr: lr, .beta1: betas.0, .beta2: betas.1, .eps: eps, .weightDecay: weightDecay,
        .decoupledWeightDecay: decoupledWeightDecay ? 1 : 0, .maximize: maximize ? 1 : 0,
      ])
  }

  public override func check(_ group: ParameterGroup) throws(BackplaneError) {
    try group.requireRate()
    try group.requireEpsilon()
    try group.requireBetas()
    try group.require(.weightDecay)
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    let betas = group.betas, limit = 2 / (1 - betas.1) - 1
    try updateEach(of: group) { update throws(BackplaneError) in
      let t = Double(update.state.step)
      let correction = 1 - power(betas.1, t)
      // For how many gradients the mean square stands.
      let length = limit - 2 * t * power(betas.1, t) / correction
      let rate = group.lr / (1 - power(betas.0, t))
      try update.change(["exp_avg", "exp_avg_sq"]) { p, grad, state throws(BackplaneError) in
        let g = try AdamVariants.decayed(p, grad, group, isDecoupled: group.isSet(.decoupledWeightDecay))
        try AdamVariants.moments(g, state[0], state[1], betas)
        guard length > 5 else { return try Ops.binaryInPlace(.sub, p, Ops.mul(state[0], .double(rate))) }
        let rectification =
          (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)
        let spread = try Ops.add(Ops.unary(.sqrt, state[1]), .double(group[.eps]))
        try AdamVariants.step(p, by: state[0], over: spread, times: rate * (correction * rectification).squareRoot())
      }
    }
  }
}

extension OptimizerRegistry {
  mutating func addRAdam() {
    add(
      "optim.RAdam(Any params, float lr=0.001, float[] betas=[0.9, 0.999], float eps=1e-08, float weight_decay=0, "
        + "bool decoupled_weight_decay=False, *, bool? foreach=None, bool maximize=False, bool capturable=False, "
        + "bool differentiable=False)"
    ) { groups, a throws(BackplaneError) in
      RAdam(
        groups, lr: a.double("lr"), betas: try a.pair("betas"), eps: a.double("eps"),
        weightDecay: a.double("weight_decay"), decoupledWeightDecay: a.bool("decoupled_weight_decay"),
        maximize: a.bool("maximize"))
    }
  }
}
