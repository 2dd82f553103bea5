/// Rprop: a step size for each element, which grows while the sign of its gradient stays and shrinks where it changes.
///
/// Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm", ICNN 1993.
/// It is meant for gradients of all the data, not of batches.
///
/// ```swift
/// let optimizer = Rprop(model.parameters(), lr: 1e-2)
/// ```
public final class Rprop: Optimizer {
  /// Makes an optimizer of parameters, or of groups of which each may have settings of its own. Settings out of range are
  /// an error.
  ///
  /// - Parameters:
  ///   - lr: The first step size.
  ///   - etas: What a step size is multiplied by where the sign changes, and where it stays.
  ///   - stepSizes: The least and the greatest step size.
  ///   - maximize: Whether steps go up the gradient.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 1e-2, etas: (Double, Double) = (0.5, 1.2),
    stepSizes: (Double, Double) = (1e-6, 50), maximize: Bool = false
  ) {
    super.init(
      parameters,
      defaults: [
        .lr: lr, "etaminus": etas.0, "etaplus": etas.1, "step_size_min": stepSizes.0, "step_size_max": stepSizes.1,
        .maximize: maximize ? 1 : 0,
      ])
  }

  public override func check(_ group: ParameterGroup) throws(BackplaneError) {
    try group.requireRate()
    let etas = (group["etaminus"], group["etaplus"])
    guard etas.0 > 0, etas.0 < 1, etas.1 > 1 else {
      throw BackplaneError(.value, "Invalid eta values: \(etas.0), \(etas.1)")
    }
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    let bounds = (Scalar.double(group["step_size_min"]), Scalar.double(group["step_size_max"]))
    try updateEach(of: group) { update throws(BackplaneError) in
      let parameter = update.parameter
      _ = try update.tensor("step_size") { () throws(BackplaneError) in
        let sizes = try Ops.zerosLike(parameter)
        // Of a complex parameter both parts begin with it.
        try Ops.fill(sizes.dtype.isComplex ? Ops.viewAsReal(sizes) : sizes, .double(group.lr))
        return sizes
      }
      try update.change(["prev", "step_size"]) { p, grad, state throws(BackplaneError) in
        let agreement = try Ops.mul(grad, state[0])
        let turned = try Ops.compare(.lt, agreement, .int(0)), kept = try Ops.compare(.gt, agreement, .int(0))
        let grown = try Ops.select(kept, .scalar(.double(group["etaplus"])), .scalar(.int(1)), p.dtype)
        let factors = try Ops.select(turned, .scalar(.double(group["etaminus"])), .tensor(grown), p.dtype)
        try Ops.copy(Ops.clamp(Ops.mul(state[1], factors), bounds.0, bounds.1), into: state[1])
        // Where the sign changed, the step waits for the next gradient.
        try Ops.copy(Ops.select(turned, .scalar(.int(0)), .tensor(grad), p.dtype), into: state[0])
        try Ops.binaryInPlace(.sub, p, Ops.mul(Ops.sign(state[0]), state[1]))
      }
    }
  }
}

extension OptimizerRegistry {
  mutating func addRprop() {
    add(
      "optim.Rprop(Any params, float lr=0.01, float[] etas=[0.5, 1.2], float[] step_sizes=[1e-06, 50], *, "
        + "bool capturable=False, bool? foreach=None, bool maximize=False, bool differentiable=False)"
    ) { groups, a throws(BackplaneError) in
      Rprop(
        groups, lr: a.double("lr"), etas: try a.pair("etas"), stepSizes: try a.pair("step_sizes"),
        maximize: a.bool("maximize"))
    }
  }
}
