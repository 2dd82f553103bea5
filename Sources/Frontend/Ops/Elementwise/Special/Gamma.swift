/// The gamma function's relatives.
extension Decomposition {
  /// Lanczos' approximation with g = 7 and nine terms, reflected below ½.
  ///
  /// The coefficients are Godfrey's, from his "A note on the computation of the convergent Lanczos complex gamma
  /// approximation", 2001.
  @Sendable static func lgamma(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let isLow = try Ops.compare(.lt, x, .double(0.5))
    let z = try Ops.sub(Ops.select(isLow, .tensor(Ops.sub(.double(1), x)), .tensor(x), x.dtype), .double(1))
    let coefficients = [
      676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
      -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ]
    var sum = try Ops.full(z.layout, .double(0.99999999999980993), z.dtype, on: z.context)
    for (k, coefficient) in coefficients.enumerated() {
      sum = try Ops.add(sum, Ops.binary(.div, .double(coefficient), Ops.add(z, .double(Double(k + 1)))))
    }
    let t = try Ops.add(z, .double(7.5))
    let power = try Ops.mul(Ops.add(z, .double(0.5)), Ops.unary(.log, t))
    let above = try Ops.add(Ops.add(Ops.sub(power, t), Ops.unary(.log, sum)), .double(0.9189385332046727))
    let isInfinite = try Ops.compare(.eq, Ops.unary(.abs, x), .double(.infinity))
    let high = try Ops.select(isInfinite, .scalar(.double(.infinity)), .tensor(above), x.dtype)
    // log(π / |sin πx|) − lgamma(1 − x), the sine of what is beyond the nearest integer.
    let rest = try Ops.sub(x, Ops.unary(.round, x))
    let distance = try Ops.unary(.abs, rest)
    let sine = try Ops.unary(.abs, Ops.unary(.sin, Ops.mul(rest, .double(.pi))))
    // Of a subnormal distance the product with π has too few digits; the sine is that product there.
    let ratio = try Ops.select(
      Ops.compare(.lt, distance, .double(1e-9)), .tensor(Ops.neg(Ops.unary(.log, distance))),
      .tensor(Ops.sub(.double(1.1447298858494002), Ops.unary(.log, sine))), x.dtype)
    let isPole = try Ops.compare(.eq, rest, .int(0))
    let below = try Ops.select(isPole, .scalar(.double(.infinity)), .tensor(Ops.sub(ratio, high)), x.dtype)
    let either = try Ops.select(
      Ops.apply(.bitwiseAnd, isLow, Ops.apply(.bitwiseNot, isInfinite), .bool), .tensor(below), .tensor(high), x.dtype)
    let isRoot = try Ops.apply(
      .bitwiseOr, Ops.compare(.eq, x, .int(1)), Ops.compare(.eq, x, .int(2)), .bool)
    return try Ops.select(isRoot, .scalar(.int(0)), .tensor(either), x.dtype)
  }

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
