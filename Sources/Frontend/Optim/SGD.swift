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
  /// Makes an optimizer of parameters, or of groups of which each may have settings of its own. Settings out of range are
  /// an error.
  ///
  /// - Parameter maximize: Whether steps go up the gradient.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
    nesterov: Bool = false, maximize: Bool = false
  ) {
    super.init(
      parameters,
      defaults: [
        .lr: lr, .momentum: momentum, .dampening: dampening, .weightDecay: weightDecay,
        .nesterov: nesterov ? 1 : 0, .maximize: maximize ? 1 : 0,
      ])
  }

  public override func check(_ group: ParameterGroup) throws(BackplaneError) {
    try group.requireRate()
    try group.require(.momentum)
    try group.require(.weightDecay)
    guard !group.isSet(.nesterov) || (group[.momentum] > 0 && group[.dampening] == 0) else {
      throw BackplaneError(.value, "Nesterov momentum requires a momentum and zero dampening")
    }
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    let hasMomentum = group.isSet(.momentum)
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
          dampening: group[.dampening], weightDecay: group[.weightDecay], nesterov: group.isSet(.nesterov),
          isFirst: isFirst)
        commit(part)
      }
    }
  }
}

extension OptimizerRegistry {
  mutating func addSGD() {
    add(
      "optim.SGD(Any params, float lr=0.001, float momentum=0, float dampening=0, float weight_decay=0, "
        + "bool nesterov=False, *, bool maximize=False, bool? foreach=None, bool differentiable=False, "
        + "bool? fused=None)"
    ) { groups, a in
      SGD(
        groups, lr: a.double("lr"), momentum: a.double("momentum"), dampening: a.double("dampening"),
        weightDecay: a.double("weight_decay"), nesterov: a.bool("nesterov"), maximize: a.bool("maximize"))
    }
  }
}
