/// Steps of Adam's relatives, composed of operators.
enum AdamVariants {
  /// A step of Adam that divides by the root of the greatest mean square so far.
  static func amsgrad(
    _ update: inout Optimizer.Update, _ group: ParameterGroup, isDecoupled: Bool
  ) throws(BackplaneError) {
    let t = Double(update.state.step), betas = group.betas
    try update.change(["exp_avg", "exp_avg_sq", "max_exp_avg_sq"]) { p, grad, state throws(BackplaneError) in
      let g = try decayed(p, grad, group, isDecoupled: isDecoupled)
      try moments(g, state[0], state[1], betas)
      try Ops.copy(Ops.binary(.maximum, state[2], state[1]), into: state[2])
      let correction = (1 - power(betas.1, t)).squareRoot()
      let spread = try Ops.add(Ops.div(Ops.unary(.sqrt, state[2]), correction), .double(group[.eps]))
      try step(p, by: state[0], over: spread, times: group.lr / (1 - power(betas.0, t)))
    }
  }

  /// The gradient with weight decay in it, or weight decay done.
  static func decayed(
    _ p: Tensor, _ grad: Tensor, _ group: ParameterGroup, isDecoupled: Bool
  ) throws(BackplaneError) -> Tensor {
    let decay = group[.weightDecay]
    if decay == 0 { return grad }
    if isDecoupled {
      try Ops.binaryInPlace(.mul, p, .double(1 - group.lr * decay))
      return grad
    }
    return try Ops.add(grad, Ops.mul(p, .double(decay)))
  }

  /// Running means of the gradient and of its square.
  static func moments(
    _ g: Tensor, _ mean: Tensor, _ square: Tensor, _ betas: (Double, Double)
  ) throws(BackplaneError) {
    try approach(mean, g, 1 - betas.0)
    try runningSquare(square, g, betas.1)
  }

  /// mean ← mean + weight (g − mean).
  static func approach(_ mean: Tensor, _ g: Tensor, _ weight: Double) throws(BackplaneError) {
    // From the nearer end, as lerp does.
    if weight < 0.5 {
      try Ops.binaryInPlace(.add, mean, Ops.mul(Ops.sub(g, mean), .double(weight)))
    } else {
      try Ops.copy(Ops.sub(g, Ops.mul(Ops.sub(g, mean), .double(1 - weight))), into: mean)
    }
  }

  /// square ← rho square + (1 − rho) g².
  static func runningSquare(_ square: Tensor, _ g: Tensor, _ rho: Double) throws(BackplaneError) {
    try Ops.binaryInPlace(.mul, square, .double(rho))
    try Ops.binaryInPlace(.add, square, Ops.mul(Ops.mul(g, g), .double(1 - rho)))
  }

  /// p ← p − rate · direction / spread.
  static func step(
    _ p: Tensor, by direction: Tensor, over spread: Tensor, times rate: Double
  ) throws(BackplaneError) {
    try Ops.binaryInPlace(.sub, p, Ops.mul(Ops.div(direction, spread), .double(rate)))
  }
}

extension Ops {
  static func div(_ a: Tensor, _ b: Double) throws(BackplaneError) -> Tensor { try binary(.div, a, .double(b)) }
}
