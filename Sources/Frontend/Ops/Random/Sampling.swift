/// Random numbers of other distributions, made from the uniform and the normal one.
extension Ops {
  /// Uniform numbers in [0, 1) of a tensor's shape and type.
  private static func uniform(_ x: Tensor, _ generator: Generator?) throws(BackplaneError) -> Tensor {
    try random(.randomUniform, x.layout.shape, x.dtype, generator, on: x.context)
  }

  /// −log(1 − u), of mean 1 and never 0: in float64, or in float32 for all narrower types.
  static func exponential(
    _ shape: [Int], _ dtype: DType, _ generator: Generator?, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    let wide: DType = dtype == .float64 ? .float64 : .float32
    let times = try neg(unary(.log1p, neg(random(.randomUniform, shape, wide, generator, on: context))))
    // A draw of 0 stands for all numbers up to the next: for half of that.
    return try binary(.maximum, times, .double(wide == .float64 ? 0x1p-54 : 0x1p-25))
  }

  /// 1 with probability p, else 0, in the type of `like`.
  static func bernoulli(_ p: Tensor, like x: Tensor, _ generator: Generator?) throws(BackplaneError) -> Tensor {
    guard p.dtype.isFloatingPoint else {
      throw BackplaneError(
        .dtype, "expected probabilities tensor to have floating type, got \(p.dtype.scalarName)")
    }
    // Uniform numbers of 16 bits are too coarse to meet a small probability.
    let p = try cast(p.detach(), p.dtype.accumulationType)
    let isInside = try apply(.bitwiseAnd, compare(.ge, p, .int(0)), compare(.le, p, .int(1)), .bool)
    guard try item(truth(.min, isInside, nil, keepDim: false)).isTrue else {
      throw BackplaneError(.value, "Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    }
    let unit = try random(.randomUniform, x.layout.shape, p.dtype, generator, on: x.context)
    let result = try cast(compare(.lt, unit, p), x.dtype)
    guard result.layout.hasSameShape(as: x.layout) else {
      throw BackplaneError(.shape, "bernoulli: probabilities of shape \(p.shape) for a tensor of shape \(x.shape)")
    }
    if Autograd.records(x), x.dtype.isFloatingPoint {
      Autograd.record("BernoulliBackward0", [x], result, saves: false) { g throws(BackplaneError) in [try zerosLike(g)]
      }
    }
    return result
  }

  /// mean + std · z, of tensors or numbers.
  static func normal(_ mean: Tensor, _ std: Tensor, _ generator: Generator?) throws(BackplaneError) -> Tensor {
    guard !std.dtype.isComplex else {
      throw BackplaneError(.dtype, "normal expects standard deviation to be non-complex")
    }
    let std = std.detach()
    if std.numel > 0 {
      guard try item(truth(.min, compare(.ge, std, .int(0)), nil, keepDim: false)).isTrue else {
        throw BackplaneError(.value, "normal expects all elements of std >= 0.0")
      }
    }
    let shape = try broadcast(mean.layout.shape, std.layout.shape)
    let dtype = try floating(mean.layout.rank == 0 && std.layout.rank > 0 ? std : mean).dtype
    let unit = try random(.randomNormal, shape, dtype, generator, on: mean.context)
    let result = try cast(add(mul(unit, std), mean.detach()), dtype)
    let operands = [mean, std]
    if Autograd.records(operands) {
      let layouts = operands.map(\.layout)
      Autograd.record("NormalBackward", operands, result, saves: false) { g throws(BackplaneError) in
        [
          try full(layouts[0], .int(0), g.dtype, on: g.context), try full(layouts[1], .int(0), g.dtype, on: g.context),
        ]
      }
    }
    return result
  }

  /// Uniform numbers between two bounds, the upper one exclusive, of a tensor's shape and type.
  static func uniform(
    like x: Tensor, _ low: Double, _ high: Double, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    guard low <= high else {
      throw BackplaneError(
        .value, "uniform_ expects to return a [from, to) range, but found from=\(low) > to=\(high)")
    }
    if x.dtype.isComplex { return try viewAsComplex(uniform(like: viewAsReal(x), low, high, generator)) }
    guard x.dtype.isFloatingPoint else { return try uniform(x, generator) }
    let limits = try FInfo(checking: x.dtype)
    for (bound, name) in [(low, "from"), (high, "to")] where !(bound.magnitude <= limits.max) {
      throw BackplaneError(.value, "\(name) is out of bounds for \(x.dtype.randomName)")
    }
    guard high - low <= limits.max else {
      throw BackplaneError(
        .value,
        "uniform_ expects to-from <= std::numeric_limits<\(x.dtype.scalarName)>::max(), but found to=\(high) and "
          + "from=\(low) which result in to-from to exceed the limit")
    }
    let unit = try uniform(x, generator)
    if low == 0, high == 1 { return unit }
    let result = try add(mul(unit, .double(high - low)), .double(low))
    // Rounding reaches the upper bound.
    let last = high - Swift.max(high.magnitude * limits.eps, limits.tiny)
    return try binary(.minimum, result, .double(Swift.max(last, low)))
  }

  /// Normal numbers of a tensor's shape and type.
  static func normal(
    like x: Tensor, _ mean: Double, _ std: Double, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    guard std >= 0 else { throw BackplaneError(.value, "normal expects std >= 0.0, but found std \(std)") }
    let unit = try randomOfAny(.randomNormal, x.layout.shape, x.dtype, generator, on: x.context)
    return try add(mul(unit, .double(std)), .double(mean))
  }

  /// Uniform or normal numbers, of complex types too: a part each, and of variance ½ where the whole has variance 1.
  static func randomOfAny(
    _ op: Operator, _ shape: [Int], _ dtype: DType, _ generator: Generator?, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    guard dtype.isComplex else { return try random(op, shape, dtype, generator, on: context) }
    let parts = try random(op, shape + [2], dtype.realType, generator, on: context)
    return try viewAsComplex(op.id == Operator.randomNormal.id ? mul(parts, .double(0.7071067811865476)) : parts)
  }

  static func exponential(
    like x: Tensor, rate: Double, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    guard rate > 0 else { throw BackplaneError(.value, "exponential_ expects lambda > 0.0, but found lambda=\(rate)") }
    guard x.dtype.isFloatingPoint else {
      throw BackplaneError(
        .dtype,
        "Exponential distribution is a continuous probability distribution. dtype must be a floating point but you "
          + "specified \(x.dtype.scalarName)")
    }
    let times = try binary(.div, exponential(x.layout.shape, x.dtype, generator, on: x.context), .double(rate))
    guard x.dtype == .float16, rate.isFinite else { return try cast(times, x.dtype) }
    // What float16 would round to 0.
    return try cast(binary(.maximum, times, .double(0x1p-24)), x.dtype)
  }

  static func cauchy(
    like x: Tensor, _ median: Double, _ sigma: Double, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    guard sigma > 0 else { throw BackplaneError(.value, "cauchy_ expects sigma > 0.0, but found sigma=\(sigma)") }
    let wide = try random(.randomUniform, x.layout.shape, x.dtype.accumulationType, generator, on: x.context)
    let angle = try mul(sub(wide, .double(0.5)), .double(.pi))
    return try cast(add(mul(unary(.tan, angle), .double(sigma)), .double(median)), x.dtype)
  }

  static func logNormal(
    like x: Tensor, _ mean: Double, _ std: Double, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    guard std > 0 else { throw BackplaneError(.value, "log_normal_ expects std > 0.0, but found std=\(std)") }
    return try unary(.exp, normal(like: x, mean, std, generator))
  }

  static func geometric(like x: Tensor, _ p: Double, _ generator: Generator?) throws(BackplaneError) -> Tensor {
    guard p > 0, p < 1 else { throw BackplaneError(.value, "geometric_ expects p to be in (0, 1), but got p=\(p)") }
    let dtype = x.dtype.isFloatingPoint ? x.dtype : .float32
    let times = try exponential(x.layout.shape, dtype, generator, on: x.context)
    let trials = try add(unary(.floor, binary(.div, times, .double(-logOfOneMinus(p)))), .int(1))
    guard x.dtype.isInteger else { return try cast(trials, x.dtype) }
    // More than the type holds would wrap. Its greatest number may be rounded up in float32.
    let most = Float(try IInfo(checking: x.dtype).max)
    return try cast(binary(.minimum, trials, .double(Double(most < 0x1p24 ? most : most.nextDown))), x.dtype)
  }

  /// 1 with probability p, else 0.
  static func bernoulli(
    _ p: Double, like x: Tensor, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    guard p >= 0, p <= 1 else {
      throw BackplaneError(.value, "bernoulli_ expects p to be in [0, 1], but got p=\(p)")
    }
    let probability = try full(.scalar, .double(p), x.dtype == .float64 ? .float64 : .float32, on: x.context)
    return try bernoulli(probability, like: x, generator)
  }
}

extension Tensor {
  /// 1 with the probability that each element gives, else 0.
  public func bernoulli(generator: Generator? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.bernoulli(self, like: self, generator) }
  }
  /// Fills the tensor with 1 with probability p, else 0.
  @discardableResult
  public func bernoulli_(p: Double = 0.5, generator: Generator? = nil) -> Tensor {
    sampled { x throws(BackplaneError) in try Ops.bernoulli(p, like: x, generator) }
  }
  /// Indices drawn by the weights along the last dimension: `count` for each row. What has weight 0 is not drawn, unless
  /// without replacement nothing else is left.
  ///
  /// ```swift
  /// Tensor([0.0, 10, 3, 0]).multinomial(2)  // [1, 2] or [2, 1]
  /// ```
  public func multinomial(_ count: Int, replacement: Bool = false, generator: Generator? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.multinomial(self, count, replacement: replacement, generator)
    }
  }
  /// Numbers of normal distributions with these means and standard deviations, which broadcast.
  public static func normal(_ mean: Tensor, _ std: Tensor, generator: Generator? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.normal(mean, std, generator) }
  }
  /// Numbers of normal distributions with these means and one standard deviation.
  public static func normal(_ mean: Tensor, std: Double = 1, generator: Generator? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.normal(mean, Ops.wrapped(.double(std), beside: mean), generator) }
  }
  /// Numbers of normal distributions with one mean and these standard deviations.
  public static func normal(_ mean: Double, _ std: Tensor, generator: Generator? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.normal(Ops.wrapped(.double(mean), beside: std), std, generator) }
  }
  /// Numbers of one normal distribution, in a shape.
  public static func normal(
    _ mean: Double, _ std: Double, _ shape: [Int], dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) -> Tensor {
    Tensor.empty(shape, dtype: dtype, device: device).normal_(mean, std, generator: generator)
  }
  /// Integers from `low` up to but without `high`, in the shape, type and on the device of another tensor.
  public static func randintLike(_ other: Tensor, _ low: Int, _ high: Int, dtype: DType? = nil) -> Tensor {
    randint(low, high, other.layout.shape, dtype: dtype ?? other.dtype, device: other.device)
  }

  /// Numbers of the exponential distribution, in place.
  @discardableResult
  public func exponential_(lambd: Double = 1, generator: Generator? = nil) -> Tensor {
    sampled { x throws(BackplaneError) in try Ops.exponential(like: x, rate: lambd, generator) }
  }
  /// Numbers of a Cauchy distribution, in place.
  @discardableResult
  public func cauchy_(median: Double = 0, sigma: Double = 1, generator: Generator? = nil) -> Tensor {
    sampled { x throws(BackplaneError) in try Ops.cauchy(like: x, median, sigma, generator) }
  }
  /// Numbers whose logarithm is normal, in place.
  @discardableResult
  public func logNormal_(mean: Double = 1, std: Double = 2, generator: Generator? = nil) -> Tensor {
    sampled { x throws(BackplaneError) in try Ops.logNormal(like: x, mean, std, generator) }
  }
  /// How many trials of probability p it takes to the first success, in place.
  @discardableResult
  public func geometric_(_ p: Double, generator: Generator? = nil) -> Tensor {
    sampled { x throws(BackplaneError) in try Ops.geometric(like: x, p, generator) }
  }

  private func sampled(_ draw: (Tensor) throws(BackplaneError) -> Tensor) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.copy(draw(x.detach()), into: x) }
  }
}
