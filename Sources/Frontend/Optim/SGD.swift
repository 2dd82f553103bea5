/// Gradient descent, with momentum if asked for.
///
/// g ← g + weightDecay·p; b ← momentum·b + (1 − dampening)·g, at first b ← g; p ← p − lr·b, with Nesterov's momentum
/// p ← p − lr·(g + momentum·b). Sutskever et al., "On the importance of initialization and momentum in deep learning",
/// ICML 2013, in PyTorch's form.
///
/// ```swift
/// let optimizer = SGD(model.parameters(), lr: 0.1, momentum: 0.9)
/// ```
public final class SGD: Optimizer {
  /// Makes an optimizer of groups, of which each may have settings of its own. Settings out of range are an error.
  public init(
    _ groups: [ParameterGroup], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0,
    weightDecay: Double = 0, nesterov: Bool = false
  ) {
    super.init(
      groups,
      defaults: [
        .lr: lr, .momentum: momentum, .dampening: dampening, .weightDecay: weightDecay,
        .nesterov: nesterov ? 1 : 0,
      ])
    funnel(or: ()) { () throws(BackplaneError) in
      for group in parameterGroups { try SGD.check(group) }
    }
  }

  /// Makes an optimizer of parameters that are all treated alike. Settings out of range are an error.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0,
    weightDecay: Double = 0, nesterov: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters)], lr: lr, momentum: momentum, dampening: dampening,
      weightDecay: weightDecay,
      nesterov: nesterov)
  }

  private static func check(_ group: ParameterGroup) throws(BackplaneError) {
    guard group.lr >= 0 else { throw BackplaneError(.value, "Invalid learning rate: \(group.lr)") }
    guard group[.momentum] >= 0 else {
      throw BackplaneError(.value, "Invalid momentum value: \(group[.momentum])")
    }
    guard group[.weightDecay] >= 0 else {
      throw BackplaneError(.value, "Invalid weight_decay value: \(group[.weightDecay])")
    }
    guard group[.nesterov] == 0 || (group[.momentum] > 0 && group[.dampening] == 0) else {
      throw BackplaneError(.value, "Nesterov momentum requires a momentum and zero dampening")
    }
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    let hasMomentum = group[.momentum] != 0
    for batch in try updates(of: group) {
      // Momentum may have been switched on, or loaded, for some of the parameters only.
      let known = batch.filter { $0.state.tensors["momentum_buffer"] != nil }
      let new = batch.filter { $0.state.tensors["momentum_buffer"] == nil }
      for (part, isFirst) in hasMomentum ? [(known, false), (new, true)] : [(batch, false)] {
        var part = part
        var momenta: [Tensor] = []
        if hasMomentum {
          for i in part.indices { momenta.append(try part[i].tensor("momentum_buffer")) }
        }
        try Ops.sgdStep(
          part.map(\.parameter), part.map(\.grad), momenta, lr: group.lr, momentum: group[.momentum],
          dampening: group[.dampening], weightDecay: group[.weightDecay], nesterov: group[.nesterov] != 0,
          isFirst: isFirst)
        commit(part)
      }
    }
  }
}
