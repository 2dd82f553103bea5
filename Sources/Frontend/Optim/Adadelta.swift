/// Adadelta: steps in the proportion of past steps to past gradients, for which no learning rate has to be found.
///
/// Zeiler, "ADADELTA: an adaptive learning rate method", arXiv:1212.5701.
///
/// ```swift
/// let optimizer = Adadelta(model.parameters(), rho: 0.95)
/// ```
public final class Adadelta: Optimizer {
  /// Makes an optimizer of parameters, or of groups of which each may have settings of its own. Settings out of range are
  /// an error.
  ///
  /// - Parameters:
  ///   - lr: What the steps are multiplied by.
  ///   - rho: How much of the running mean squares is kept at each step.
  ///   - maximize: Whether steps go up the gradient.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 1, rho: Double = 0.9, eps: Double = 1e-6, weightDecay: Double = 0,
    maximize: Bool = false
  ) {
    super.init(
      parameters,
      defaults: [.lr: lr, "rho": rho, .eps: eps, .weightDecay: weightDecay, .maximize: maximize ? 1 : 0])
  }

  public override func check(_ group: ParameterGroup) throws(BackplaneError) {
    try group.requireRate()
    try group.require("rho") { $0 >= 0 && $0 <= 1 }
    try group.requireEpsilon()
    try group.require(.weightDecay)
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    let rho = group["rho"], eps = Scalar.double(group[.eps])
    try updateEach(of: group) { update throws(BackplaneError) in
      try update.change(["square_avg", "acc_delta"]) { p, grad, state throws(BackplaneError) in
        let g = try AdamVariants.decayed(p, grad, group, isDecoupled: false)
        try AdamVariants.runningSquare(state[0], g, rho)
        let spread = try Ops.unary(.sqrt, Ops.add(state[0], eps))
        let delta = try Ops.mul(Ops.div(Ops.unary(.sqrt, Ops.add(state[1], eps)), spread), g)
        try AdamVariants.runningSquare(state[1], delta, rho)
        try Ops.binaryInPlace(.sub, p, Ops.mul(delta, .double(group.lr)))
      }
    }
  }
}

extension OptimizerRegistry {
  mutating func addAdadelta() {
    add(
      "optim.Adadelta(Any params, float lr=1.0, float rho=0.9, float eps=1e-06, float weight_decay=0, "
        + "bool? foreach=None, *, bool capturable=False, bool maximize=False, bool differentiable=False)"
    ) { groups, a in
      Adadelta(
        groups, lr: a.double("lr"), rho: a.double("rho"), eps: a.double("eps"), weightDecay: a.double("weight_decay"),
        maximize: a.bool("maximize"))
    }
  }
}
