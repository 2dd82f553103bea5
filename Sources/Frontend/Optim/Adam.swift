/// Adam: steps scaled by running means of the gradient and of its square.
///
/// Kingma and Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980. `weightDecay` is added to the
/// gradient; ``AdamW`` keeps it apart. With `amsgrad` the divisor never shrinks: Reddi, Kale and Kumar, "On the convergence
/// of Adam and beyond", arXiv:1904.09237. Complex parameters are taken as pairs of real numbers, as in PyTorch: real and
/// imaginary part have a mean square each.
///
/// ```swift
/// let optimizer = Adam(model.parameters(), lr: 1e-3)
/// ```
public class Adam: Optimizer {
  /// Makes an optimizer of parameters, or of groups of which each may have settings of its own. Settings out of range are
  /// an error.
  ///
  /// - Parameters:
  ///   - amsgrad: Whether to divide by the root of the greatest mean square so far.
  ///   - maximize: Whether steps go up the gradient.
  ///   - decoupledWeightDecay: Whether weight decay acts on the parameters, as in ``AdamW``.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false, decoupledWeightDecay: Bool = false
  ) {
    super.init(
      parameters,
      defaults: [
        .lr: lr, .beta1: betas.0, .beta2: betas.1, .eps: eps, .weightDecay: weightDecay, .amsgrad: amsgrad ? 1 : 0,
        .maximize: maximize ? 1 : 0, .decoupledWeightDecay: decoupledWeightDecay ? 1 : 0,
      ])
  }

  public override func check(_ group: ParameterGroup) throws(BackplaneError) {
    try group.requireRate()
    try group.requireEpsilon()
    try group.requireBetas()
    try group.require(.weightDecay)
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    // What was saved of Adam does not make AdamW another optimizer.
    let isDecoupled = self is AdamW || group.isSet(.decoupledWeightDecay)
    if group.isSet(.amsgrad) {
      return try updateEach(of: group) { update throws(BackplaneError) in
        try AdamVariants.amsgrad(&update, group, isDecoupled: isDecoupled)
      }
    }
    for var batch in try updates(of: group) {
      var firstMoments: [Tensor] = []
      var secondMoments: [Tensor] = []
      for i in batch.indices {
        firstMoments.append(try batch[i].tensor("exp_avg"))
        secondMoments.append(try batch[i].tensor("exp_avg_sq"))
      }
      try Ops.adamStep(
        batch.map(\.parameter), batch.map(\.grad), firstMoments, secondMoments, lr: group.lr,
        betas: group.betas, eps: group[.eps], weightDecay: group[.weightDecay],
        decoupled: isDecoupled, step: batch[0].state.step)
      commit(batch)
    }
  }
}

/// Adam with weight decay that does not pass through the running means.
///
/// Loshchilov and Hutter, "Decoupled weight decay regularization", arXiv:1711.05101.
///
/// ```swift
/// let optimizer = AdamW(model.parameters(), lr: 3e-4, weightDecay: 0.1)
/// ```
public final class AdamW: Adam {
  /// Makes an optimizer of parameters, or of groups of which each may have settings of its own. Settings out of range are
  /// an error.
  ///
  /// - Parameters:
  ///   - amsgrad: Whether to divide by the root of the greatest mean square so far.
  ///   - maximize: Whether steps go up the gradient.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false
  ) {
    super.init(
      parameters, lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad, maximize: maximize,
      decoupledWeightDecay: true)
  }
}

extension OptimizerRegistry {
  mutating func addAdam() {
    add(
      "optim.Adam(Any params, float lr=0.001, float[] betas=[0.9, 0.999], float eps=1e-08, float weight_decay=0, "
        + "bool amsgrad=False, *, bool? foreach=None, bool maximize=False, bool capturable=False, "
        + "bool differentiable=False, bool? fused=None, bool decoupled_weight_decay=False)"
    ) { groups, a throws(BackplaneError) in
      Adam(
        groups, lr: a.double("lr"), betas: try a.pair("betas"), eps: a.double("eps"),
        weightDecay: a.double("weight_decay"), amsgrad: a.bool("amsgrad"), maximize: a.bool("maximize"),
        decoupledWeightDecay: a.bool("decoupled_weight_decay"))
    }
    add(
      "optim.AdamW(Any params, float lr=0.001, float[] betas=[0.9, 0.999], float eps=1e-08, float weight_decay=0.01, "
        + "bool amsgrad=False, *, bool maximize=False, bool? foreach=None, bool capturable=False, "
        + "bool differentiable=False, bool? fused=None)"
    ) { groups, a throws(BackplaneError) in
      AdamW(
        groups, lr: a.double("lr"), betas: try a.pair("betas"), eps: a.double("eps"),
        weightDecay: a.double("weight_decay"), amsgrad: a.bool("amsgrad"), maximize: a.bool("maximize"))
    }
  }
}
