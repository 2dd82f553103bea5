import BackendAPI

/// Steps that divide by roots of mean or summed squares, in place and outside the graph.
extension Ops {
  /// A step of RMSprop: with momentum if `momenta` are given, centered if `means` are.
  static func rmspropStep(
    _ parameters: [Tensor], _ grads: [Tensor], squares: [Tensor], momenta: [Tensor], means: [Tensor], lr: Double,
    alpha: Double, eps: Double, weightDecay: Double, momentum: Double
  ) throws(BackplaneError) {
    guard let first = parameters.first else { return }
    if first.dtype.isComplex {
      return try rmspropStep(
        parts(parameters), parts(grads), squares: parts(squares), momenta: parts(momenta), means: parts(means), lr: lr,
        alpha: alpha, eps: eps, weightDecay: weightDecay, momentum: momentum)
    }
    let changed = parameters + squares + momenta + means
    try requireSameDevice(grads + changed)
    let outputs = changed.count / parameters.count
    guard Dispatcher.supports(.rmspropStep, on: first.context, first.dtype, inputs: 1, outputs: outputs) else {
      for i in parameters.indices {
        let state = [parameters, squares, momenta, means].filter { !$0.isEmpty }.map { $0[i] }
        try changing(state, by: grads[i]) { (state, grad) throws(BackplaneError) in
          try rmsprop(
            state[0], grad, state[1], momenta.isEmpty ? nil : state[2], means.isEmpty ? nil : state[state.count - 1],
            lr: lr, alpha: alpha, eps: eps, weightDecay: weightDecay, momentum: momentum)
        }
      }
      return
    }
    var params = bp_rmsprop_params(
      struct_size: UInt32(MemoryLayout<bp_rmsprop_params>.size), centered: means.isEmpty ? 0 : 1, lr: lr, alpha: alpha,
      eps: eps, weight_decay: weightDecay, momentum: momenta.isEmpty ? 0 : momentum)
    try runStep(.rmspropStep, grads, changed, &params)
  }

  /// A step of Adagrad.
  ///
  /// - Parameter step: Counts from 1.
  static func adagradStep(
    _ parameters: [Tensor], _ grads: [Tensor], sums: [Tensor], lr: Double, lrDecay: Double, eps: Double,
    weightDecay: Double, step: Int
  ) throws(BackplaneError) {
    guard let first = parameters.first else { return }
    if first.dtype.isComplex {
      return try adagradStep(
        parts(parameters), parts(grads), sums: parts(sums), lr: lr, lrDecay: lrDecay, eps: eps,
        weightDecay: weightDecay, step: step)
    }
    let changed = parameters + sums
    try requireSameDevice(grads + changed)
    guard Dispatcher.supports(.adagradStep, on: first.context, first.dtype, inputs: 1, outputs: 2) else {
      for i in parameters.indices {
        try changing([parameters[i], sums[i]], by: grads[i]) { (state, grad) throws(BackplaneError) in
          try adagrad(
            state[0], grad, state[1], lr: lr / (1 + Double(step - 1) * lrDecay), eps: eps, weightDecay: weightDecay)
        }
      }
      return
    }
    var params = bp_adagrad_params(
      struct_size: UInt32(MemoryLayout<bp_adagrad_params>.size), reserved: 0, lr: lr, lr_decay: lrDecay, eps: eps,
      weight_decay: weightDecay, step: Int64(step))
    try runStep(.adagradStep, grads, changed, &params)
  }

  // From core operators, for devices without the fused ones.

  private static func rmsprop(
    _ p: Tensor, _ grad: Tensor, _ v: Tensor, _ b: Tensor?, _ a: Tensor?, lr: Double, alpha: Double, eps: Double,
    weightDecay: Double, momentum: Double
  ) throws(BackplaneError) {
    let g = try weightDecay == 0 ? grad : add(grad, mul(p, .double(weightDecay)))
    try binaryInPlace(.mul, v, .double(alpha))
    try binaryInPlace(.add, v, mul(mul(g, g), .double(1 - alpha)))
    var spread = v
    if let a {
      try binaryInPlace(.add, a, mul(sub(g, a), .double(1 - alpha)))
      spread = try sub(v, mul(a, a))
    }
    let direction = try div(g, add(unary(.sqrt, spread), .double(eps)))
    guard let b else { return try binaryInPlace(.sub, p, mul(direction, .double(lr))) }
    try binaryInPlace(.mul, b, .double(momentum))
    try binaryInPlace(.add, b, direction)
    try binaryInPlace(.sub, p, mul(b, .double(lr)))
  }

  private static func adagrad(
    _ p: Tensor, _ grad: Tensor, _ s: Tensor, lr: Double, eps: Double, weightDecay: Double
  ) throws(BackplaneError) {
    let g = try weightDecay == 0 ? grad : add(grad, mul(p, .double(weightDecay)))
    try binaryInPlace(.add, s, mul(g, g))
    try binaryInPlace(.sub, p, mul(div(g, add(unary(.sqrt, s), .double(eps))), .double(lr)))
  }
}
