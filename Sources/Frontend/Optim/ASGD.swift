/// Gradient descent that also keeps the mean of the parameters over the steps.
///
/// Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control Optim. 30, 1992. The mean
/// of a parameter is in the state under the name `ax`.
///
/// ```swift
/// let optimizer = ASGD(model.parameters(), lr: 1e-2, t0: 1000)
/// ```
public final class ASGD: Optimizer {
  /// Makes an optimizer of parameters, or of groups of which each may have settings of its own. Settings out of range are
  /// an error.
  ///
  /// - Parameters:
  ///   - lambd: How strongly parameters are drawn towards 0, and how fast the learning rate falls.
  ///   - alpha: The power by which the learning rate falls: lr / (1 + lambd · lr · t)^alpha.
  ///   - t0: The step at which averaging begins.
  ///   - maximize: Whether steps go up the gradient.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 1e-2, lambd: Double = 1e-4, alpha: Double = 0.75, t0: Double = 1e6,
    weightDecay: Double = 0, maximize: Bool = false
  ) {
    super.init(
      parameters,
      defaults: [
        .lr: lr, "lambd": lambd, .alpha: alpha, "t0": t0, .weightDecay: weightDecay, .maximize: maximize ? 1 : 0,
      ])
  }

  public override func check(_ group: ParameterGroup) throws(BackplaneError) {
    try group.requireRate()
    try group.require("lambd")
    try group.require(.alpha)
    try group.require(.weightDecay)
  }

  public override func memory(_ name: String, of parameter: Tensor) -> Memory {
    name == "eta" || name == "mu" ? .number : super.memory(name, of: parameter)
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    let lr = group.lr, lambd = group["lambd"]
    try updateEach(of: group) { update throws(BackplaneError) in
      let t = Double(update.state.step)
      // PyTorch keeps both in float32.
      let eta = update.state.numbers["eta"] ?? Double(Float(lr)), mu = update.state.numbers["mu"] ?? 1
      try update.change(["ax"]) { p, grad, state throws(BackplaneError) in
        let g = try AdamVariants.decayed(p, grad, group, isDecoupled: false)
        try Ops.binaryInPlace(.mul, p, .double(1 - lambd * eta))
        try Ops.binaryInPlace(.sub, p, Ops.mul(g, .double(eta)))
        if mu == 1 {
          try Ops.copy(p, into: state[0])
        } else {
          try Ops.binaryInPlace(.add, state[0], Ops.mul(Ops.sub(p, state[0]), .double(mu)))
        }
      }
      update.state.numbers["eta"] = Double(Float(lr / power(1 + lambd * lr * t, group[.alpha])))
      update.state.numbers["mu"] = Double(Float(1 / max(1, t - group["t0"])))
    }
  }
}

extension OptimizerRegistry {
  mutating func addASGD() {
    add(
      "optim.ASGD(Any params, float lr=0.01, float lambd=0.0001, float alpha=0.75, float t0=1000000.0, "
        + "float weight_decay=0, bool? foreach=None, bool maximize=False, bool differentiable=False, "
        + "bool capturable=False)"
    ) { groups, a in
      ASGD(
        groups, lr: a.double("lr"), lambd: a.double("lambd"), alpha: a.double("alpha"), t0: a.double("t0"),
        weightDecay: a.double("weight_decay"), maximize: a.bool("maximize"))
    }
  }
}
