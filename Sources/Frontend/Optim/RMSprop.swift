/// RMSprop: steps divided by the root of a running mean of the gradient's square.
///
/// Tieleman and Hinton, "RMSprop: divide the gradient by a running average of its recent magnitude", 2012; centered, with
/// the mean gradient's square taken off the mean square: Graves, arXiv:1308.0850. As in PyTorch the root is taken before
/// `eps` is added, and complex parameters are pairs of real numbers.
///
/// ```swift
/// let optimizer = RMSprop(model.parameters(), lr: 1e-3, momentum: 0.9)
/// ```
public final class RMSprop: Optimizer {
  /// Makes an optimizer of parameters, or of groups of which each may have settings of its own. Settings out of range are
  /// an error.
  ///
  /// - Parameter maximize: Whether steps go up the gradient.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8, weightDecay: Double = 0,
    momentum: Double = 0, centered: Bool = false, maximize: Bool = false
  ) {
    super.init(
      parameters,
      defaults: [
        .lr: lr, .alpha: alpha, .eps: eps, .weightDecay: weightDecay, .momentum: momentum, .centered: centered ? 1 : 0,
        .maximize: maximize ? 1 : 0,
      ])
  }

  public override func check(_ group: ParameterGroup) throws(BackplaneError) {
    try group.requireRate()
    try group.requireEpsilon()
    try group.require(.momentum)
    try group.require(.weightDecay)
    try group.require(.alpha)
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    for var batch in try updates(of: group) {
      var (squares, momenta, means): ([Tensor], [Tensor], [Tensor]) = ([], [], [])
      for i in batch.indices {
        squares.append(try batch[i].tensor("square_avg"))
        if group[.momentum] > 0 { momenta.append(try batch[i].tensor("momentum_buffer")) }
        if group.isSet(.centered) { means.append(try batch[i].tensor("grad_avg")) }
      }
      try Ops.rmspropStep(
        batch.map(\.parameter), batch.map(\.grad), squares: squares, momenta: momenta, means: means, lr: group.lr,
        alpha: group[.alpha], eps: group[.eps], weightDecay: group[.weightDecay], momentum: group[.momentum])
      commit(batch)
    }
  }
}

extension OptimizerRegistry {
  mutating func addRMSprop() {
    add(
      "optim.RMSprop(Any params, float lr=0.01, float alpha=0.99, float eps=1e-08, float weight_decay=0, "
        + "float momentum=0, bool centered=False, bool capturable=False, bool? foreach=None, bool maximize=False, "
        + "bool differentiable=False)"
    ) { groups, a in
      RMSprop(
        groups, lr: a.double("lr"), alpha: a.double("alpha"), eps: a.double("eps"),
        weightDecay: a.double("weight_decay"), momentum: a.double("momentum"), centered: a.bool("centered"),
        maximize: a.bool("maximize"))
    }
  }
}
