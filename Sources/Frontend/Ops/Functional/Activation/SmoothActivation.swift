import BackendAPI

extension Operator {
  static let gelu = Operator(BP_OP_GELU, "gelu")
  static let geluTanh = Operator(BP_OP_GELU_TANH, "gelu_tanh")
  static let geluBackward = Operator(BP_OP_GELU_BACKWARD, "gelu_backward")
  static let geluTanhBackward = Operator(BP_OP_GELU_TANH_BACKWARD, "gelu_tanh_backward")
  static let siluBackward = Operator(BP_OP_SILU_BACKWARD, "silu_backward")
  static let sigmoidBackward = Operator(BP_OP_SIGMOID_BACKWARD, "sigmoid_backward")
  static let tanhBackward = Operator(BP_OP_TANH_BACKWARD, "tanh_backward")
  static let reluBackward = Operator(BP_OP_RELU_BACKWARD, "relu_backward")

  static let activations: [Operator] = [
    gelu, geluTanh, geluBackward, geluTanhBackward, siluBackward, sigmoidBackward, tanhBackward, reluBackward,
  ]
}

/// Smooth activations.
extension Ops {
  /// log(1 + exp(β x)) / β, which is x where β x exceeds the threshold.
  static func softplus(_ x: Tensor, beta: Double, threshold: Double) throws(BackplaneError) -> Tensor {
    try activation("softplus_cpu", "SoftplusBackward0", x) { x throws(BackplaneError) in
      let scaled = try mul(x, .double(beta))
      // log1p(exp(z)) as max(z, 0) + log1p(exp(−|z|)), which cannot overflow.
      let tail = try unary(.log1p, unary(.exp, neg(unary(.abs, scaled))))
      let smooth = try binary(.div, add(binary(.maximum, scaled, .double(0)), tail), .double(beta))
      return try select(compare(.gt, scaled, .double(threshold)), .tensor(x), .tensor(smooth), x.dtype)
    } gradient: { g, x throws(BackplaneError) in
      let scaled = try mul(x, .double(beta))
      let sloped = try mul(g, unary(.sigmoid, scaled))
      return try select(compare(.gt, scaled, .double(threshold)), .tensor(g), .tensor(sloped), g.dtype)
    }
  }

  /// log(sigmoid(x)) = min(x, 0) − log1p(exp(−|x|)).
  static func logsigmoid(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try activation("log_sigmoid_forward_cpu", "LogSigmoidBackward0", x) { x throws(BackplaneError) in
      try sub(binary(.minimum, x, .double(0)), unary(.log1p, unary(.exp, neg(unary(.abs, x)))))
    } gradient: { g, x throws(BackplaneError) in
      try mul(g, unary(.sigmoid, neg(x)))
    }
  }

  /// x tanh(softplus(x)).
  static func mish(_ x: Tensor) throws(BackplaneError) -> Tensor {
    func gate(_ x: Tensor) throws(BackplaneError) -> Tensor {
      try unary(.tanh, softplus(x, beta: 1, threshold: 20))
    }
    return try activation("mish_cpu", "MishBackward0", x) { x throws(BackplaneError) in
      try mul(x, gate(x))
    } gradient: { g, x throws(BackplaneError) in
      let t = try gate(x)
      let bend = try mul(mul(x, unary(.sigmoid, x)), sub(.double(1), mul(t, t)))
      return try mul(g, add(t, bend))
    }
  }

  /// x Φ(x), with Φ the normal distribution; or its approximation by tanh.
  ///
  /// Hendrycks and Gimpel, "Gaussian error linear units", arXiv:1606.08415, 2016.
  static func gelu(_ x: Tensor, _ approximation: Functional.GELUApproximation) throws(BackplaneError) -> Tensor {
    approximation == .none ? try exactGELU(x) : try tanhGELU(x)
  }

  private static func exactGELU(_ x: Tensor) throws(BackplaneError) -> Tensor {
    func distribution(_ x: Tensor) throws(BackplaneError) -> Tensor {
      try mul(add(unary(.erf, mul(x, .double(0.5.squareRoot()))), .double(1)), .double(0.5))
    }
    return try activation(
      "GeluKernelImpl", "GeluBackward0", x, inOnePass: (.gelu, .geluBackward)
    ) { x throws(BackplaneError) in
      try mul(x, distribution(x))
    } gradient: { g, x throws(BackplaneError) in
      let density = try mul(unary(.exp, mul(mul(x, x), .double(-0.5))), .double(1 / (2 * Double.pi).squareRoot()))
      return try mul(g, add(distribution(x), mul(x, density)))
    }
  }

  private static func tanhGELU(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let scale = (2 / Double.pi).squareRoot()
    let cubic = 0.044715
    func inner(_ x: Tensor) throws(BackplaneError) -> Tensor {
      try mul(add(x, mul(mul(mul(x, x), x), .double(cubic))), .double(scale))
    }
    return try activation(
      "GeluKernelImpl", "GeluBackward0", x, inOnePass: (.geluTanh, .geluTanhBackward)
    ) { x throws(BackplaneError) in
      try mul(mul(x, .double(0.5)), add(unary(.tanh, inner(x)), .double(1)))
    } gradient: { g, x throws(BackplaneError) in
      let t = try unary(.tanh, inner(x))
      // Far out the slope is level, and a square would be infinite.
      let x = try binary(.minimum, binary(.maximum, x, .double(-100)), .double(100))
      let slope = try mul(add(mul(mul(x, x), .double(3 * cubic)), .double(1)), .double(scale))
      let bend = try mul(mul(mul(x, .double(0.5)), sub(.double(1), mul(t, t))), slope)
      return try mul(g, add(mul(add(t, .double(1)), .double(0.5)), bend))
    }
  }

  /// a · sigmoid(b), a and b the halves of a dimension.
  static func glu(_ x: Tensor, _ dim: Int) throws(BackplaneError) -> Tensor {
    guard x.layout.rank > 0 else {
      throw BackplaneError(.shape, "glu does not support 0-dimensional tensors")
    }
    let d = try normalize(dim, rank: x.layout.rank)
    let extent = x.layout.elements[d]
    guard extent % 2 == 0 else {
      throw BackplaneError(.shape, "Halving dimension must be even, but dimension \(d) is size \(extent)")
    }
    guard x.dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "\"glu_cpu\" not implemented for '\(x.dtype.scalarName)'")
    }
    let wide = try widened(x)
    let a = try narrow(wide, d, 0, extent / 2)
    let b = try narrow(wide, d, extent / 2, extent / 2)
    return try cast(mul(a, unary(.sigmoid, b)), x.dtype)
  }

  /// x / (1 + |x|).
  static func softsign(_ x: Tensor) throws(BackplaneError) -> Tensor {
    if x.dtype.isComplex { return try div(x, add(abs(x), .int(1))) }
    return try composed("SoftsignBackward0", x, seen: .operand) { x throws(BackplaneError) in
      try div(x, add(abs(x), .int(1)))
    } gradient: { g, x, _ throws(BackplaneError) in
      // One root of the slope at a time: its square leaves the range of 16 bits.
      let root = try add(abs(x), .int(1))
      return try div(div(g, root), root)
    }
  }

  /// x − tanh(x).
  static func tanhshrink(_ x: Tensor) throws(BackplaneError) -> Tensor { try sub(x, unary(.tanh, x)) }
}
