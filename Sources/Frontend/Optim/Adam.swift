/// Adam: steps scaled by running means of the gradient and of its square.
///
/// Kingma and Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980. `weightDecay` is added to the
/// gradient; ``AdamW`` keeps it apart. Complex parameters are taken as pairs of real numbers, as in PyTorch: real and
/// imaginary part have a mean square each.
///
/// ```swift
/// let optimizer = Adam(model.parameters(), lr: 1e-3)
/// ```
public class Adam: Optimizer {
  private let isDecoupled: Bool

  fileprivate init(
    _ groups: [ParameterGroup], _ lr: Double, _ betas: (Double, Double), _ eps: Double, _ weightDecay: Double,
    isDecoupled: Bool
  ) {
    self.isDecoupled = isDecoupled
    super.init(
      groups, defaults: [.lr: lr, .beta1: betas.0, .beta2: betas.1, .eps: eps, .weightDecay: weightDecay])
    funnel(or: ()) { () throws(BackplaneError) in
      for group in parameterGroups { try Adam.check(group) }
    }
  }

  /// Makes an optimizer of groups, of which each may have settings of its own. Settings out of range are an error.
  public convenience init(
    _ groups: [ParameterGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0
  ) { self.init(groups, lr, betas, eps, weightDecay, isDecoupled: false) }

  /// Makes an optimizer of parameters that are all treated alike. Settings out of range are an error.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0
  ) { self.init([ParameterGroup(parameters)], lr, betas, eps, weightDecay, isDecoupled: false) }

  private static func check(_ group: ParameterGroup) throws(BackplaneError) {
    guard group.lr >= 0 else { throw BackplaneError(.value, "Invalid learning rate: \(group.lr)") }
    guard group[.eps] >= 0 else { throw BackplaneError(.value, "Invalid epsilon value: \(group[.eps])") }
    for (index, beta) in [group[.beta1], group[.beta2]].enumerated() where !(beta >= 0 && beta < 1) {
      throw BackplaneError(.value, "Invalid beta parameter at index \(index): \(beta)")
    }
    guard group[.weightDecay] >= 0 else {
      throw BackplaneError(.value, "Invalid weight_decay value: \(group[.weightDecay])")
    }
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    for var batch in try updates(of: group) {
      var firstMoments: [Tensor] = []
      var secondMoments: [Tensor] = []
      for i in batch.indices {
        firstMoments.append(try batch[i].tensor("exp_avg"))
        secondMoments.append(try batch[i].tensor("exp_avg_sq"))
      }
      try Ops.adamStep(
        batch.map(\.parameter), batch.map(\.grad), firstMoments, secondMoments, lr: group.lr,
        betas: (group[.beta1], group[.beta2]), eps: group[.eps], weightDecay: group[.weightDecay],
        decoupled: isDecoupled, step: batch[0].state.step)
      commit(batch)
    }
  }
}

/// Adam with weight decay that does not pass through the running means.
///
/// Loshchilov and Hutter, "Decoupled weight decay regularization", arXiv:1711.05101.
public final class AdamW: Adam {
  /// Makes an optimizer of groups, of which each may have settings of its own. Settings out of range are an error.
  public convenience init(
    _ groups: [ParameterGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 1e-2
  ) { self.init(groups, lr, betas, eps, weightDecay, isDecoupled: true) }

  /// Makes an optimizer of parameters that are all treated alike. Settings out of range are an error.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 1e-2
  ) { self.init([ParameterGroup(parameters)], lr, betas, eps, weightDecay, isDecoupled: true) }
}
