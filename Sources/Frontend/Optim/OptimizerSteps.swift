import BackendAPI

extension Operator {
  static let adamStep = Operator(BP_OP_ADAM_STEP, "adam_step")
  static let sgdStep = Operator(BP_OP_SGD_STEP, "sgd_step")

  static let rmspropStep = Operator(BP_OP_RMSPROP_STEP, "rmsprop_step")
  static let adagradStep = Operator(BP_OP_ADAGRAD_STEP, "adagrad_step")
  static let sumOfSquares = Operator(BP_OP_SUM_OF_SQUARES, "sum_of_squares")

  static let optimization: [Operator] = [adamStep, sgdStep, rmspropStep, adagradStep, sumOfSquares]
}

/// Optimizer steps: in place, on many parameters of one device and type at once, outside the graph.
extension Ops {
  /// A step of Adam, or with `decoupled` of AdamW. Complex parameters are pairs of real ones, as in PyTorch.
  ///
  /// Kingma and Ba, arXiv:1412.6980; Loshchilov and Hutter, arXiv:1711.05101.
  ///
  /// - Parameter step: Counts from 1.
  static func adamStep(
    _ parameters: [Tensor], _ grads: [Tensor], _ firstMoments: [Tensor], _ secondMoments: [Tensor],
    lr: Double, betas: (Double, Double), eps: Double, weightDecay: Double, decoupled: Bool, step: Int
  ) throws(BackplaneError) {
    guard let first = parameters.first else { return }
    if first.dtype.isComplex {
      return try adamStep(
        parts(parameters), parts(grads), parts(firstMoments), parts(secondMoments), lr: lr, betas: betas, eps: eps,
        weightDecay: weightDecay, decoupled: decoupled, step: step)
    }
    let changed = parameters + firstMoments + secondMoments
    try requireSameDevice(grads + changed)
    let dtype = first.dtype
    guard Dispatcher.supports(.adamStep, on: first.context, dtype, inputs: 1, outputs: 3) else {
      for i in parameters.indices {
        let state = [parameters[i], firstMoments[i], secondMoments[i]]
        try changing(state, by: grads[i]) { (state, grad) throws(BackplaneError) in
          try adam(
            state[0], grad, state[1], state[2], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay,
            decoupled: decoupled, step: step)
        }
      }
      return
    }
    var params = bp_adam_params(
      struct_size: UInt32(MemoryLayout<bp_adam_params>.size), decoupled: decoupled ? 1 : 0, lr: lr,
      beta1: betas.0, beta2: betas.1, eps: eps, weight_decay: weightDecay, step: Int64(step))
    try runStep(.adamStep, grads, changed, &params)
  }

  /// A step of gradient descent, with momentum if `momenta` are given.
  ///
  /// - Parameter isFirst: Whether the momenta are yet to be set.
  static func sgdStep(
    _ parameters: [Tensor], _ grads: [Tensor], _ momenta: [Tensor], lr: Double, momentum: Double,
    dampening: Double, weightDecay: Double, nesterov: Bool, isFirst: Bool
  ) throws(BackplaneError) {
    guard let first = parameters.first else { return }
    if first.dtype.isComplex {
      return try sgdStep(
        parts(parameters), parts(grads), parts(momenta), lr: lr, momentum: momentum, dampening: dampening,
        weightDecay: weightDecay, nesterov: nesterov, isFirst: isFirst)
    }
    let changed = parameters + momenta
    try requireSameDevice(grads + changed)
    let outputs = momenta.isEmpty ? 1 : 2
    guard Dispatcher.supports(.sgdStep, on: first.context, first.dtype, inputs: 1, outputs: outputs) else {
      for i in parameters.indices {
        let state = [parameters[i]] + (momenta.isEmpty ? [] : [momenta[i]])
        try changing(state, by: grads[i]) { (state, grad) throws(BackplaneError) in
          try sgd(
            state[0], grad, momenta.isEmpty ? nil : state[1], lr: lr, momentum: momentum, dampening: dampening,
            weightDecay: weightDecay, nesterov: nesterov, isFirst: isFirst)
        }
      }
      return
    }
    var params = bp_sgd_params(
      struct_size: UInt32(MemoryLayout<bp_sgd_params>.size), nesterov: nesterov ? 1 : 0,
      first_step: isFirst ? 1 : 0, reserved: 0, lr: lr, momentum: momenta.isEmpty ? 0 : momentum,
      dampening: dampening, weight_decay: weightDecay)
    try runStep(.sgdStep, grads, changed, &params)
  }

  /// Complex tensors as pairs of real numbers, each of which is a parameter of its own.
  static func parts(_ tensors: [Tensor]) throws(BackplaneError) -> [Tensor] {
    var result: [Tensor] = []
    for x in tensors { result.append(try viewAsReal(x)) }
    return result
  }

  static func runStep<Params>(
    _ op: Operator, _ grads: [Tensor], _ changed: [Tensor], _ params: inout Params
  ) throws(BackplaneError) {
    for tensor in changed { try InPlace.check(tensor) }
    try withParams(&params) { (p) throws(BackplaneError) in
      try Dispatcher.call(
        op, on: changed[0].context, grads.map { Operand($0) }, to: changed.map { Operand($0) }, params: p)
    }
    for tensor in changed { tensor.storage.version += 1 }
  }

  // From core operators, for devices without the fused ones.

  /// A step in place, of 16-bit types on a copy in float32, so that each result is rounded once.
  static func changing(
    _ state: [Tensor], by grad: Tensor, _ step: ([Tensor], Tensor) throws(BackplaneError) -> Void
  ) throws(BackplaneError) {
    for tensor in state { try InPlace.check(tensor) }
    var wide: [Tensor] = []
    for tensor in state { wide.append(try widened(tensor)) }
    try step(wide, widened(grad))
    for (tensor, result) in zip(state, wide) where tensor !== result { try copy(result, into: tensor) }
  }

  private static func adam(
    _ p: Tensor, _ grad: Tensor, _ m: Tensor, _ v: Tensor, lr: Double, betas: (Double, Double), eps: Double,
    weightDecay: Double, decoupled: Bool, step: Int
  ) throws(BackplaneError) {
    var g = grad
    if weightDecay != 0 {
      if decoupled {
        try binaryInPlace(.mul, p, .double(1 - lr * weightDecay))
      } else {
        g = try add(g, mul(p, .double(weightDecay)))
      }
    }
    let correction1 = 1 - power(betas.0, step)
    let correction2 = 1 - power(betas.1, step)
    try binaryInPlace(.add, m, mul(sub(g, m), .double(1 - betas.0)))
    try binaryInPlace(.mul, v, .double(betas.1))
    try binaryInPlace(.add, v, mul(mul(g, g), .double(1 - betas.1)))
    let spread = try add(mul(unary(.sqrt, v), .double(1 / correction2.squareRoot())), .double(eps))
    try binaryInPlace(.sub, p, mul(div(m, spread), .double(lr / correction1)))
  }

  private static func sgd(
    _ p: Tensor, _ grad: Tensor, _ b: Tensor?, lr: Double, momentum: Double, dampening: Double,
    weightDecay: Double, nesterov: Bool, isFirst: Bool
  ) throws(BackplaneError) {
    var g = grad
    if weightDecay != 0 { g = try add(g, mul(p, .double(weightDecay))) }
    if let b {
      if isFirst {
        try copy(g, into: b)
      } else {
        try binaryInPlace(.mul, b, .double(momentum))
        try binaryInPlace(.add, b, mul(g, .double(1 - dampening)))
      }
      g = nesterov ? try add(g, mul(b, .double(momentum))) : b
    }
    try binaryInPlace(.sub, p, mul(g, .double(lr)))
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    // By squaring: a run has millions of steps.
    var result = 1.0
    var factor = base
    var n = exponent
    while n > 0 {
      if n & 1 == 1 { result *= factor }
      factor *= factor
      n >>= 1
    }
    return result
  }
}
