/// The gamma function's relatives.
extension Decomposition {
  /// Reflected below ½.
  @Sendable static func lgamma(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let isLow = try Ops.compare(.lt, x, .double(0.5))
    let z = try Ops.select(isLow, .tensor(Ops.sub(.double(1), x)), .tensor(x), x.dtype)
    let high = try Ops.select(
      Ops.compare(.lt, z, .int(8)), .tensor(lgammaBelow8(z)), .tensor(lgammaFrom8(z)), x.dtype)
    // log(π / |sin πx|) − lgamma(1 − x), the sine of what is beyond the nearest integer.
    let rest = try Ops.sub(x, Ops.unary(.round, x))
    let distance = try Ops.unary(.abs, rest)
    let sine = try Ops.unary(.abs, Ops.unary(.sin, Ops.mul(rest, .double(.pi))))
    // Of a subnormal distance the product with π has too few digits; the sine is that product there.
    let ratio = try Ops.select(
      Ops.compare(.lt, distance, .double(1e-9)), .tensor(Ops.neg(Ops.unary(.log, distance))),
      .tensor(Ops.sub(.double(1.1447298858494002), Ops.unary(.log, sine))), x.dtype)
    let either = try Ops.select(isLow, .tensor(Ops.sub(ratio, high)), .tensor(high), x.dtype)
    // At the poles, and at both infinities.
    let isInfinite = try Ops.apply(
      .bitwiseOr, Ops.apply(.bitwiseAnd, isLow, Ops.compare(.eq, rest, .int(0)), .bool), Ops.isInf(x), .bool)
    return try Ops.select(isInfinite, .scalar(.double(.infinity)), .tensor(either), x.dtype)
  }

  /// Stirling's series.
  private static func lgammaFrom8(_ z: Tensor) throws(BackplaneError) -> Tensor {
    let inverse = try Ops.unary(.reciprocal, z)
    let series = try Ops.polynomial(
      Ops.mul(inverse, inverse),
      [1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156])
    // The logarithm less 1 before the product, which would overflow too early, and cancel.
    let power = try Ops.mul(Ops.sub(z, .double(0.5)), Ops.sub(Ops.unary(.log, z), .double(1)))
    return try Ops.add(power, Ops.add(Ops.mul(series, inverse), .double(0.4189385332046727)))
  }

  /// Of ½ ≤ z < 8½: integers are taken off until z lies within ½ of 1 or of 2, where Taylor's series of
  /// log Γ(2 + w) = log(1 + w) + log Γ(1 + w) keeps every digit, near the zeros too.
  private static func lgammaBelow8(_ z: Tensor) throws(BackplaneError) -> Tensor {
    var (near, product) = (z, try Ops.onesLike(z))
    for k in 1...6 {
      let isAbove = try Ops.compare(.ge, z, .double(Double(k) + 1.5))
      near = try Ops.select(isAbove, .tensor(Ops.sub(z, .double(Double(k)))), .tensor(near), z.dtype)
      product = try Ops.select(isAbove, .tensor(Ops.mul(product, near)), .tensor(product), z.dtype)
    }
    let isNearOne = try Ops.compare(.lt, near, .double(1.5))
    let w = try Ops.sub(near, Ops.select(isNearOne, .scalar(.int(1)), .scalar(.int(2)), z.dtype))
    let coefficients = z.dtype == .float64 ? lgammaSeries : Array(lgammaSeries.prefix(14))
    let taken = try Ops.select(
      isNearOne, .tensor(Ops.neg(Ops.unary(.log1p, w))), .tensor(Ops.unary(.log, product)), z.dtype)
    return try Ops.add(taken, Ops.mul(w, Ops.polynomial(w, coefficients)))
  }

  /// 1 − γ, and (−1)ᵏ (ζ(k) − 1)/k from k = 2 on: Abramowitz and Stegun, 6.1.33.
  private static let lgammaSeries = [
    0.42278433509846713939, 0.32246703342411321824, -0.067352301053198095133, 0.020580808427784547879,
    -0.0073855510286739852663, 0.0028905103307415232858, -0.0011927539117032609771, 0.00050966952474304242234,
    -0.00022315475845357937976, 9.9457512781808533715e-5, -4.49262367381331417e-5, 2.0507212775670691553e-5,
    -9.439488275268395904e-6, 4.3748667899074878042e-6, -2.0392157538013662368e-6, 9.5514121304074198329e-7,
    -4.4924691987645660433e-7, 2.1207184805554665869e-7, -1.0043224823968099609e-7, 4.7698101693639805658e-8,
    -2.271109460894316491e-8, 1.0838659214896954091e-8, -5.1834750419700466551e-9, 2.4836745438024783172e-9,
    -1.1921401405860912074e-9, 5.7313672416788620133e-10,
  ]

  /// The asymptotic series ten steps up, reflected below 0.
  @Sendable static func digamma(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let isNegative = try Ops.compare(.lt, x, .int(0))
    let z = try Ops.select(isNegative, .tensor(Ops.sub(.double(1), x)), .tensor(x), x.dtype)
    var steps = try Ops.unary(.reciprocal, z)
    for k in 1..<10 { steps = try Ops.add(steps, Ops.unary(.reciprocal, Ops.add(z, .double(Double(k))))) }
    let y = try Ops.add(z, .double(10))
    let inverse = try Ops.unary(.reciprocal, y)
    let series = try Ops.polynomial(
      Ops.mul(inverse, inverse),
      [0, 1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12])
    let asymptotic = try Ops.sub(Ops.sub(Ops.unary(.log, y), Ops.mul(inverse, .double(0.5))), series)
    let above = try Ops.sub(asymptotic, steps)
    // ψ(1 − x) − π / tan(πx).
    let rest = try Ops.mul(Ops.sub(x, Ops.unary(.round, x)), .double(.pi))
    let cotangent = try Ops.div(Ops.unary(.cos, rest), Ops.unary(.sin, rest))
    let below = try Ops.sub(above, Ops.mul(cotangent, .double(.pi)))
    let isPole = try Ops.apply(.bitwiseAnd, isNegative, Ops.compare(.eq, x, Ops.unary(.floor, x)), .bool)
    let either = try Ops.select(isNegative, .tensor(below), .tensor(above), x.dtype)
    return try Ops.select(isPole, .scalar(.double(.nan)), .tensor(either), x.dtype)
  }
}

extension Ops {
  /// The nth derivative of the digamma function.
  static func polygamma(_ n: Int, _ x: Tensor) throws(BackplaneError) -> Tensor {
    guard n >= 0 else {
      throw BackplaneError(.value, "polygamma(n, x) does not support negative n.")
    }
    if n == 0 { return try unary(.digamma, x) }
    return try composed("PolygammaBackward0", x, seen: .operand) { x throws(BackplaneError) in
      let sign = n % 2 == 0 ? -1.0 : 1.0
      // Beyond 170! there are no finite ones.
      let factorial = n > 170 ? .infinity : (1...n).reduce(1.0) { $0 * Double($1) }
      if n > 1 { return try mul(hurwitzZeta(Double(n) + 1, x), .double(sign * factorial)) }
      // π²/sin²(πx) − ψ′(1 − x) below ½.
      let isLow = try compare(.lt, x, .double(0.5))
      let above = try hurwitzZeta(2, select(isLow, .tensor(sub(.double(1), x)), .tensor(x), x.dtype))
      let sine = try unary(.sin, mul(sub(x, unary(.round, x)), .double(.pi)))
      let below = try sub(binary(.div, .double(.pi * .pi), mul(sine, sine)), above)
      return try select(isLow, .tensor(below), .tensor(above), x.dtype)
    } gradient: { g, x, _ throws(BackplaneError) in
      try mul(g, polygamma(Sizes.add(n, 1, in: "polygamma"), x))
    }
  }

  /// Σ (x + k)⁻ˢ over k ≥ 0, by Euler's and Maclaurin's formula after twelve terms; infinite at the poles.
  ///
  /// Arguments below −2 lose digits: the terms that are summed one by one no longer reach the series' good range.
  private static func hurwitzZeta(_ s: Double, _ x: Tensor) throws(BackplaneError) -> Tensor {
    let count = 12
    var sum = try pow(x, .double(-s))
    for k in 1..<count { sum = try add(sum, pow(add(x, .double(Double(k))), .double(-s))) }
    // Of steeper powers the first terms alone count, and what is left would be made of infinities.
    if s > 1e4 { return try withPoles(x, sum) }
    let y = try add(x, .double(Double(count)))
    sum = try add(sum, mul(pow(y, .double(1 - s)), .double(1 / (s - 1))))
    sum = try add(sum, mul(pow(y, .double(-s)), .double(0.5)))
    // B₂ₖ/(2k)! · s (s+1) … (s+2k−2) · y^(1−s−2k)
    let bernoulli = [1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730]
    var factor = s / 2
    for (i, number) in bernoulli.enumerated() {
      let k = Double(i + 1)
      sum = try add(sum, mul(pow(y, .double(1 - s - 2 * k)), .double(number * factor)))
      factor *= (s + 2 * k - 1) * (s + 2 * k) / ((2 * k + 1) * (2 * k + 2))
    }
    return try withPoles(x, sum)
  }

  /// Infinity where x is 0 or a negative integer.
  private static func withPoles(_ x: Tensor, _ y: Tensor) throws(BackplaneError) -> Tensor {
    let isPole = try apply(.bitwiseAnd, compare(.le, x, .int(0)), compare(.eq, x, unary(.floor, x)), .bool)
    return try select(isPole, .scalar(.double(.infinity)), .tensor(y), x.dtype)
  }
}

extension Tensor {
  /// The nth derivative of the digamma function; n ≥ 0.
  public func polygamma(_ n: Int) -> Tensor { funnel { () throws(BackplaneError) in try Ops.polygamma(n, self) } }
}

/// The logarithm of the multivariate gamma function of dimension p; x must be above (p − 1)/2.
public func mvlgamma(_ x: Tensor, _ p: Int) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.mvlgamma(x, p) }
}

extension Ops {
  static func mvlgamma(_ x: Tensor, _ p: Int) throws(BackplaneError) -> Tensor {
    guard p >= 1 else { throw BackplaneError(.value, "p has to be greater than or equal to 1") }
    let operand = try floating(x)
    // p (p − 1)/4 log π
    let constant = Double(p) * (Double(p) - 1) / 4 * 1.1447298858494002
    // Σ log Γ(x − k/2) over k < p, along a dimension of its own.
    let halves = try arithmeticSequence(.int(0), .double(-0.5), p, operand.dtype, on: x.context)
    let terms = try unary(.lgamma, add(unsqueeze(operand, -1), halves))
    return try add(sum(terms, [-1], keepDim: false), .double(constant))
  }
}
