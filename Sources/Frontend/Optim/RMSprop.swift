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
  /// Makes an optimizer of groups, of which each may have settings of its own. Settings out of range are an error.
  public init(
    _ groups: [ParameterGroup], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8, weightDecay: Double = 0,
    momentum: Double = 0, centered: Bool = false
  ) {
    super.init(
      groups,
      defaults: [
        .lr: lr, .alpha: alpha, .eps: eps, .weightDecay: weightDecay, .momentum: momentum, .centered: centered ? 1 : 0,
      ])
    funnel(or: ()) { () throws(BackplaneError) in
      for group in parameterGroups { try RMSprop.check(group) }
    }
  }

  /// Makes an optimizer of parameters that are all treated alike. Settings out of range are an error.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8, weightDecay: Double = 0,
    momentum: Double = 0, centered: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters)], lr: lr, alpha: alpha, eps: eps, weightDecay: weightDecay, momentum: momentum,
      centered: centered)
  }

  private static func check(_ group: ParameterGroup) throws(BackplaneError) {
    guard group.lr >= 0 else { throw BackplaneError(.value, "Invalid learning rate: \(group.lr)") }
    guard group[.eps] >= 0 else { throw BackplaneError(.value, "Invalid epsilon value: \(group[.eps])") }
    guard group[.momentum] >= 0 else {
      throw BackplaneError(.value, "Invalid momentum value: \(group[.momentum])")
    }
    guard group[.weightDecay] >= 0 else {
      throw BackplaneError(.value, "Invalid weight_decay value: \(group[.weightDecay])")
    }
    guard group[.alpha] >= 0 else { throw BackplaneError(.value, "Invalid alpha value: \(group[.alpha])") }
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    for var batch in try updates(of: group) {
      var (squares, momenta, means): ([Tensor], [Tensor], [Tensor]) = ([], [], [])
      for i in batch.indices {
        squares.append(try batch[i].tensor("square_avg"))
        if group[.momentum] > 0 { momenta.append(try batch[i].tensor("momentum_buffer")) }
        if group[.centered] != 0 { means.append(try batch[i].tensor("grad_avg")) }
      }
      try Ops.rmspropStep(
        batch.map(\.parameter), batch.map(\.grad), squares: squares, momenta: momenta, means: means, lr: group.lr,
        alpha: group[.alpha], eps: group[.eps], weightDecay: group[.weightDecay], momentum: group[.momentum])
      commit(batch)
    }
  }
}
