/// Adam with a running greatest gradient in place of the mean square.
///
/// Kingma and Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980, section 7.1.
///
/// ```swift
/// let optimizer = Adamax(model.parameters(), lr: 2e-3)
/// ```
public final class Adamax: Optimizer {
  /// Makes an optimizer of parameters, or of groups of which each may have settings of its own. Settings out of range are
  /// an error.
  ///
  /// - Parameter maximize: Whether steps go up the gradient.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0, maximize: Bool = false
  ) {
    super.init(
      parameters,
      defaults: [
        .lr: lr, .beta1: betas.0, .beta2: betas.1, .eps: eps, .weightDecay: weightDecay, .maximize: maximize ? 1 : 0,
      ])
  }

  public override func check(_ group: ParameterGroup) throws(BackplaneError) {
    try group.requireRate()
    try group.requireEpsilon()
    try group.requireBetas()
    try group.require(.weightDecay)
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    let betas = group.betas
    try updateEach(of: group) { update throws(BackplaneError) in
      let rate = group.lr / (1 - power(betas.0, Double(update.state.step)))
      try update.change(["exp_avg", "exp_inf"]) { p, grad, state throws(BackplaneError) in
        let g = try AdamVariants.decayed(p, grad, group, isDecoupled: false)
        try AdamVariants.approach(state[0], g, 1 - betas.0)
        try Ops.binaryInPlace(.mul, state[1], .double(betas.1))
        let size = try Ops.add(Ops.abs(g), .double(group[.eps]))
        try Ops.copy(Ops.binary(.maximum, state[1], size), into: state[1])
        try AdamVariants.step(p, by: state[0], over: state[1], times: rate)
      }
    }
  }
}

extension OptimizerRegistry {
  mutating func addAdamax() {
    add(
      "optim.Adamax(Any params, float lr=0.002, float[] betas=[0.9, 0.999], float eps=1e-08, float weight_decay=0, "
        + "bool? foreach=None, *, bool maximize=False, bool differentiable=False, bool capturable=False)"
    ) { groups, a throws(BackplaneError) in
      Adamax(
        groups, lr: a.double("lr"), betas: try a.pair("betas"), eps: a.double("eps"),
        weightDecay: a.double("weight_decay"), maximize: a.bool("maximize"))
    }
  }
}
