/// Activations that are pieces of simple functions, with their slopes.
extension Ops {
  /// An elementwise function with a gradient of its own; 16-bit types are computed in float32 and rounded once.
  ///
  /// - Parameters:
  ///   - operators: The function and its gradient as operators of their own, for devices that have them.
  ///   - value: The function of x; what it records is dropped.
  ///   - gradient: From the gradient of the result and x, the gradient of x; it may be differentiated again.
  static func activation(
    _ name: String, _ gradientName: String, _ x: Tensor, takesIntegers: Bool = false,
    inOnePass operators: (function: Operator, gradient: Operator)? = nil,
    _ value: (Tensor) throws(BackplaneError) -> Tensor,
    gradient: @escaping (Tensor, Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    guard x.dtype.isFloatingPoint || (takesIntegers && x.dtype.isInteger) else {
      throw BackplaneError(.dtype, "\"\(name)\" not implemented for '\(x.dtype.scalarName)'")
    }
    let result: Tensor
    if let operators, Dispatcher.supports(operators.function, on: x.context, x.dtype, inputs: 1, outputs: 1) {
      result = try apply(operators.function, x)
    } else {
      result = try cast(value(widened(x.detach())), x.dtype)
    }
    if Autograd.records(x) {
      let saved = try Saved(x)
      Autograd.record(gradientName, [x], result) { g throws(BackplaneError) in
        let x = try saved.unpack()
        if let direct = try gradientInOnePass(operators?.gradient, g, x) { return [direct] }
        return [try cast(gradient(widened(g), widened(x)), x.dtype)]
      }
    }
    return result
  }

  /// The gradient by an operator of its own, of the incoming one and the operand or the result; nil where the device has
  /// none. Gradients of this gradient go through its formula.
  static func gradientInOnePass(_ op: Operator?, _ g: Tensor, _ seen: Tensor) throws(BackplaneError) -> Tensor? {
    guard let op, g.dtype == seen.dtype, g.dtype.isFloatingPoint, !Autograd.records(g, seen),
      g.layout.hasSameShape(as: seen.layout),
      Dispatcher.supports(op, on: g.context, g.dtype, inputs: 2, outputs: 1)
    else { return nil }
    let result = try Tensor(elementwise: .contiguous(g.layout.shape), g.dtype, on: g.context)
    try Dispatcher.binary(op, on: g.context, Operand(g), Operand(seen), to: Operand(result))
    return result
  }

  /// `g` where a condition holds, else 0.
  static func gated(_ g: Tensor, _ condition: Tensor) throws(BackplaneError) -> Tensor {
    try select(condition, .tensor(g), .scalar(.int(0)), g.dtype)
  }

  /// x where x > 0, else `negative`.
  private static func positivePart(_ x: Tensor, else negative: Tensor) throws(BackplaneError) -> Tensor {
    try select(compare(.gt, x, .int(0)), .tensor(x), .tensor(negative), x.dtype)
  }

  /// scale · x where x > 0, else scale · alpha · (exp(x · inputScale) − 1).
  static func exponentialLinear(
    _ x: Tensor, alpha: Double, scale: Double = 1, inputScale: Double = 1, _ name: String = "elu_cpu"
  ) throws(BackplaneError) -> Tensor {
    try activation(name, "EluBackward0", x) { x throws(BackplaneError) in
      let negative = try mul(unary(.expm1, mul(x, .double(inputScale))), .double(alpha * scale))
      return try select(
        compare(.gt, x, .int(0)), .tensor(scale == 1 ? x : mul(x, .double(scale))), .tensor(negative), x.dtype)
    } gradient: { g, x throws(BackplaneError) in
      let isPositive = try compare(.gt, x, .int(0))
      let below = try mul(
        unary(.exp, mul(zeroed(x, where: compare(.ge, x, .int(0))), .double(inputScale))),
        .double(alpha * scale * inputScale))
      return try mul(g, select(isPositive, .scalar(.double(scale)), .tensor(below), x.dtype))
    }
  }

  static func leakyRelu(_ x: Tensor, _ slope: Double) throws(BackplaneError) -> Tensor {
    try activation("leaky_relu_cpu", "LeakyReluBackward0", x) { x throws(BackplaneError) in
      try positivePart(x, else: mul(x, .double(slope)))
    } gradient: { g, x throws(BackplaneError) in
      try select(compare(.gt, x, .int(0)), .tensor(g), .tensor(mul(g, .double(slope))), g.dtype)
    }
  }

  static func prelu(_ x: Tensor, _ weight: Tensor) throws(BackplaneError) -> Tensor {
    guard weight.layout.rank <= 1 else {
      throw BackplaneError(
        .shape, "prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = \(weight.layout.rank)")
    }
    guard weight.dtype == x.dtype else {
      throw BackplaneError(
        .dtype, "prelu: Type promoting not supported. Got \(x.dtype.scalarName) and \(weight.dtype.scalarName)")
    }
    var slopes = weight
    if weight.numel != 1 {
      guard x.layout.rank > 0 else { throw BackplaneError(.shape, "Not allow zero-dim input tensor.") }
      let channels = x.layout.rank > 1 ? x.layout.elements[1] : 1
      guard channels == weight.numel else {
        throw BackplaneError(
          .shape,
          "Mismatch of parameter numbers and input channel size. Found parameter numbers = \(weight.numel) and channel "
            + "size = \(channels).")
      }
      var shape = [Int](repeating: 1, count: x.layout.rank)
      shape[x.layout.rank > 1 ? 1 : 0] = channels
      slopes = try reshape(weight, shape)
    } else {
      slopes = try reshape(weight, [Int](repeating: 1, count: x.layout.rank))
    }
    return try positivePart(x, else: mul(x, slopes))
  }

  static func hardtanh(
    _ x: Tensor, _ low: Scalar, _ high: Scalar, _ name: String = "hardtanh"
  ) throws(BackplaneError) -> Tensor {
    guard x.dtype != .bool, !x.dtype.isComplex else {
      throw BackplaneError(.dtype, "Bool inputs not supported for \(name)")
    }
    guard low.double <= high.double else {
      throw BackplaneError(.value, "min_val cannot be greater than max_val")
    }
    // The bounds are of x's type: an integer tensor stays one.
    for bound in [low, high] where x.dtype.isInteger { try bound.requireFits(x.dtype) }
    let (low, high) = x.dtype.isInteger ? (Scalar.int(low.int64), Scalar.int(high.int64)) : (low, high)
    return try activation(name, "HardtanhBackward0", x, takesIntegers: true) { x throws(BackplaneError) in
      try binary(.minimum, binary(.maximum, x, low), high)
    } gradient: { g, x throws(BackplaneError) in
      try gated(gated(g, compare(.gt, x, low)), compare(.lt, x, high))
    }
  }

  static func hardsigmoid(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try activation("hardsigmoid_cpu", "HardsigmoidBackward0", x) { x throws(BackplaneError) in
      let shifted = try binary(.minimum, binary(.maximum, add(x, .double(3)), .double(0)), .double(6))
      return try binary(.div, shifted, .double(6))
    } gradient: { g, x throws(BackplaneError) in
      let slope = try binary(.div, g, .double(6))
      return try gated(gated(slope, compare(.gt, x, .double(-3))), compare(.lt, x, .double(3)))
    }
  }

  static func hardswish(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try activation("hardswish_cpu", "HardswishBackward0", x) { x throws(BackplaneError) in
      let gate = try binary(.minimum, binary(.maximum, add(x, .double(3)), .double(0)), .double(6))
      return try binary(.div, mul(x, gate), .double(6))
    } gradient: { g, x throws(BackplaneError) in
      let middle = try mul(g, add(binary(.div, x, .double(3)), .double(0.5)))
      let above = try select(compare(.lt, x, .double(3)), .tensor(middle), .tensor(g), g.dtype)
      return try zeroed(above, where: compare(.le, x, .double(-3)))
    }
  }

  static func hardshrink(_ x: Tensor, _ lambda: Double) throws(BackplaneError) -> Tensor {
    try activation("hardshrink_cpu", "HardshrinkBackward0", x) { x throws(BackplaneError) in
      try select(compare(.le, unary(.abs, x), .double(lambda)), .scalar(.int(0)), .tensor(x), x.dtype)
    } gradient: { g, x throws(BackplaneError) in
      try select(compare(.le, unary(.abs, x), .double(lambda)), .scalar(.int(0)), .tensor(g), g.dtype)
    }
  }

  static func softshrink(_ x: Tensor, _ lambda: Double) throws(BackplaneError) -> Tensor {
    guard lambda >= 0, lambda <= (x.dtype == .float64 ? Double.greatestFiniteMagnitude : 0x1.fffffep127) else {
      throw BackplaneError(
        .value,
        "lambda must be in range [0, \(x.dtype == .float64 ? "1.79769e+308" : "3.40282e+38")] for input dtype "
          + "\(x.dtype.scalarName), but found \(lambda)")
    }
    return try activation("softshrink_cpu", "SoftshrinkBackward0", x) { x throws(BackplaneError) in
      let shrunk = try sub(x, mul(unary(.sign, x), .double(lambda)))
      return try select(compare(.le, unary(.abs, x), .double(lambda)), .scalar(.int(0)), .tensor(shrunk), x.dtype)
    } gradient: { g, x throws(BackplaneError) in
      try select(compare(.le, unary(.abs, x), .double(lambda)), .scalar(.int(0)), .tensor(g), g.dtype)
    }
  }

  static func threshold(_ x: Tensor, _ threshold: Scalar, _ value: Scalar) throws(BackplaneError) -> Tensor {
    if x.dtype.isInteger { for number in [threshold, value] { try number.requireFits(x.dtype) } }
    return try activation("threshold_cpu", "ThresholdBackward0", x, takesIntegers: true) { x throws(BackplaneError) in
      try select(compare(.le, x, threshold), .scalar(value), .tensor(x), x.dtype)
    } gradient: { g, x throws(BackplaneError) in
      try select(compare(.le, x, threshold), .scalar(.int(0)), .tensor(g), g.dtype)
    }
  }

  /// `exponentialLinear` of x / α, which is smooth at 0.
  static func celu(_ x: Tensor, alpha: Double) throws(BackplaneError) -> Tensor {
    guard alpha != 0 else { throw BackplaneError(.value, "ZeroDivisionError: alpha cannot be 0 for CELU") }
    return try exponentialLinear(x, alpha: alpha, inputScale: 1 / alpha)
  }

  /// The exponential linear unit that keeps mean 0 and variance 1.
  static func selu(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try exponentialLinear(x, alpha: 1.6732632423543772848, scale: 1.0507009873554804934)
  }

  /// x where positive, else x times a random slope, or the middle one unless `training`.
  static func rrelu(
    _ x: Tensor, lower: Double, upper: Double, training: Bool, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    guard lower <= upper else {
      throw BackplaneError(.value, "Lower bound should be less than or equal to the upper bound")
    }
    guard training else { return try leakyRelu(x, (lower + upper) / 2) }
    let draw = try random(.randomUniform, x.layout.shape, x.dtype, generator, on: x.context)
    let slopes = try add(mul(draw, .double(upper - lower)), .double(lower))
    let isPositive = try compare(.gt, x, .int(0))
    return try mul(x, select(isPositive, .scalar(.int(1)), .tensor(slopes), x.dtype))
  }

  /// x held between 0 and 6.
  static func relu6(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try hardtanh(x, .int(0), .int(6), "relu6")
  }
}
