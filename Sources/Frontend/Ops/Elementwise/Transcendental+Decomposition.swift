/// The extended functions of `Transcendental.swift` made of core operators, without gradient.
///
/// The complex ones follow W. Kahan, "Branch cuts for complex elementary functions", 1987.
enum Decomposition {
  @Sendable static func tan(_ x: Tensor) throws(BackplaneError) -> Tensor {
    if x.dtype.isComplex { return try turned(x, back: true) { x throws(BackplaneError) in try Ops.unary(.tanh, x) } }
    return try Ops.div(Ops.unary(.sin, x), Ops.unary(.cos, x))
  }

  @Sendable static func asin(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype.isComplex else { return try Ops.binary(.atan2, x, cosine(x)) }
    let (low, high) = try roots(x)
    return try Ops.complex(
      Ops.binary(.atan2, Ops.contiguous(Ops.real(x)), Ops.real(Ops.mul(low, high))),
      asinh(Ops.imag(Ops.mul(Ops.conj(low), high))))
  }

  @Sendable static func acos(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype.isComplex else { return try Ops.binary(.atan2, cosine(x), x) }
    let (low, high) = try roots(x)
    return try Ops.complex(
      Ops.mul(Ops.binary(.atan2, Ops.real(low), Ops.real(high)), .double(2)),
      asinh(Ops.imag(Ops.mul(Ops.conj(high), low))))
  }

  @Sendable static func atan(_ x: Tensor) throws(BackplaneError) -> Tensor {
    if x.dtype.isComplex { return try turned(x, back: true, atanh) }
    return try Ops.binary(.atan2, x, .double(1))
  }

  @Sendable static func sinh(_ x: Tensor) throws(BackplaneError) -> Tensor {
    if x.dtype.isComplex { return try turned(x, back: true) { x throws(BackplaneError) in try Ops.unary(.sin, x) } }
    // Half of e + e/(e+1) with e = exp(|x|) − 1; where exp(−|x|) no longer counts, half of exp(|x|/2)².
    let modulus = try Ops.unary(.abs, x)
    let e = try Ops.unary(.expm1, modulus)
    let near = try Ops.mul(Ops.add(e, Ops.div(e, Ops.add(e, .double(1)))), .double(0.5))
    return try odd(x, choose(Ops.compare(.gt, modulus, .double(20)), halfOfSquare(modulus), near))
  }

  @Sendable static func cosh(_ x: Tensor) throws(BackplaneError) -> Tensor {
    if x.dtype.isComplex { return try turned(x, back: false) { x throws(BackplaneError) in try Ops.unary(.cos, x) } }
    let modulus = try Ops.unary(.abs, x)
    let e = try Ops.unary(.exp, modulus)
    let near = try Ops.mul(Ops.add(e, Ops.unary(.reciprocal, e)), .double(0.5))
    return try choose(Ops.compare(.gt, modulus, .double(20)), halfOfSquare(modulus), near)
  }

  @Sendable static func asinh(_ x: Tensor) throws(BackplaneError) -> Tensor {
    if x.dtype.isComplex { return try turned(x, back: true, asin) }
    // log1p(a + a²/(1 + √(a² + 1))); beyond the square root of the greatest number log 2a.
    let modulus = try Ops.unary(.abs, x)
    let square = try Ops.mul(modulus, modulus)
    let root = try Ops.unary(.sqrt, Ops.add(square, .double(1)))
    let near = try Ops.unary(.log1p, Ops.add(modulus, Ops.div(square, Ops.add(root, .double(1)))))
    let isFar = try Ops.compare(.gt, modulus, .double(1e9))
    return try odd(x, choose(isFar, logOfTwice(modulus), near))
  }

  @Sendable static func acosh(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype.isComplex else {
      // With t = x − 1: log1p(t + √t √(t + 2)), which is NaN below 1.
      let t = try Ops.sub(x, .double(1))
      let root = try Ops.mul(Ops.unary(.sqrt, t), Ops.unary(.sqrt, Ops.add(t, .double(2))))
      let near = try Ops.unary(.log1p, Ops.add(t, root))
      return try choose(Ops.compare(.gt, x, .double(1e9)), logOfTwice(x), near)
    }
    let low = try Ops.unary(.sqrt, shifted(x, by: -1)), high = try Ops.unary(.sqrt, shifted(x, by: 1))
    return try Ops.complex(
      asinh(Ops.real(Ops.mul(Ops.conj(low), high))),
      Ops.mul(Ops.binary(.atan2, Ops.imag(low), Ops.real(high)), .double(2)))
  }

  @Sendable static func atanh(_ x: Tensor) throws(BackplaneError) -> Tensor {
    if x.dtype.isComplex { return try complexAtanh(x) }
    let modulus = try Ops.unary(.abs, x)
    let ratio = try Ops.div(Ops.mul(modulus, .double(2)), Ops.sub(.double(1), modulus))
    return try odd(x, Ops.mul(Ops.unary(.log1p, ratio), .double(0.5)))
  }

  /// Half of log(1 + x) − log(1 − x), each part with the sign of the operand's; of infinite x ±i π/2.
  private static func complexAtanh(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let (re, im) = (try Ops.real(x), try Ops.imag(x))
    let twice = try Ops.sub(Ops.unary(.log1p, x), Ops.unary(.log1p, Ops.neg(x)))
    let isInfinite = try Ops.apply(.bitwiseOr, Ops.isInf(re), Ops.isInf(im), .bool)
    func part(_ twice: Tensor, ofInfinite value: Double, _ sign: Tensor) throws(BackplaneError) -> Tensor {
      let half = try Ops.mul(twice, .double(0.5))
      return try Ops.copysign(Ops.select(isInfinite, .scalar(.double(value)), .tensor(half), half.dtype), sign)
    }
    return try Ops.complex(part(Ops.real(twice), ofInfinite: 0, re), part(Ops.imag(twice), ofInfinite: .pi / 2, im))
  }

  @Sendable static func exp2(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype.isComplex else { return try Ops.binary(.pow, .double(2), x) }
    let power = try inParts(x) { y throws(BackplaneError) in try Ops.mul(y, .double(0.6931471805599453)) }
    return try Ops.unary(.exp, power)
  }

  @Sendable static func log2(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try inParts(Ops.unary(.log, x)) { y throws(BackplaneError) in try Ops.binary(.div, y, .double(0.6931471805599453)) }
  }

  @Sendable static func log10(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try inParts(Ops.unary(.log, x)) { y throws(BackplaneError) in try Ops.binary(.div, y, .double(2.302585092994046)) }
  }

  /// exp(−x²) erfcx(x) where x is above ½, else 1 − erf(x).
  @Sendable static func erfc(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let isTail = try Ops.compare(.gt, x, .double(0.5))
    // Beyond 30 all is 0.
    let safe = try Ops.select(isTail, .tensor(Ops.binary(.minimum, x, .double(30))), .scalar(.int(1)), x.dtype)
    // The rounding of x² would be magnified x² times: x² = s² + (x − s)(x + s), where s has so few digits that s² is exact.
    let short = try Ops.mul(Ops.unary(.round, Ops.mul(safe, .double(16))), .double(0.0625))
    let rest = try Ops.mul(Ops.sub(safe, short), Ops.add(safe, short))
    let factor = try Ops.mul(Ops.unary(.exp, Ops.neg(rest)), Ops.scaledErfcOfPositive(safe))
    let tail = try Ops.mul(Ops.unary(.exp, Ops.neg(Ops.mul(short, short))), factor)
    return try choose(isTail, tail, Ops.sub(.double(1), Ops.unary(.erf, x)))
  }

  /// x / (1 + exp(−x)), below 0 as x exp(x) / (1 + exp(x)) with exp(x) in two halves, so that nothing overflows and a
  /// result that is not too small is not lost on the way.
  @Sendable static func silu(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let root = try Ops.unary(.exp, Ops.mul(Ops.unary(.abs, x), .double(-0.5)))
    let above = try choose(Ops.compare(.lt, x, .int(0)), Ops.mul(Ops.mul(x, root), root), x)
    return try Ops.div(above, Ops.add(Ops.mul(root, root), .double(1)))
  }

  /// The normal distribution's quantile of (1 + x)/2, over √2.
  @Sendable static func erfinv(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let tail = try Ops.mul(Ops.sub(.double(1), Ops.unary(.abs, x)), .double(0.5))
    return try Ops.mul(Ops.normalQuantile(Ops.mul(x, .double(0.5)), tail: tail), .double(0.7071067811865476))
  }

  // MARK: Parts

  /// An odd function from its values at |x|: with the sign of x, also of a zero.
  private static func odd(_ x: Tensor, _ value: Tensor) throws(BackplaneError) -> Tensor {
    try choose(Ops.compare(.eq, x, .int(0)), x, Ops.mul(Ops.unary(.sign, x), value))
  }

  private static func choose(_ mask: Tensor, _ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    try Ops.select(mask, .tensor(a), .tensor(b), a.dtype)
  }

  /// −i f(ix), or f(ix).
  private static func turned(
    _ x: Tensor, back: Bool, _ f: (Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    let y = try f(Ops.complex(Ops.neg(Ops.imag(x)), Ops.real(x)))
    return try back ? Ops.complex(Ops.imag(y), Ops.neg(Ops.real(y))) : y
  }

  /// √(1 − x) and √(1 + x).
  private static func roots(_ x: Tensor) throws(BackplaneError) -> (Tensor, Tensor) {
    (try Ops.unary(.sqrt, shifted(Ops.neg(x), by: 1)), try Ops.unary(.sqrt, shifted(x, by: 1)))
  }

  /// A complex x plus a real number: an imaginary part of −0, which tells the side of a branch cut, stays.
  private static func shifted(_ x: Tensor, by number: Double) throws(BackplaneError) -> Tensor {
    try Ops.complex(Ops.add(Ops.real(x), .double(number)), Ops.imag(x))
  }

  /// A function of real numbers of each part: a complex product would make NaN of infinities.
  private static func inParts(
    _ x: Tensor, _ function: (Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    try x.dtype.isComplex ? Ops.complex(function(Ops.real(x)), function(Ops.imag(x))) : function(x)
  }

  /// √(1 − x²), as a product that keeps its digits near ±1.
  private static func cosine(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try Ops.unary(.sqrt, Ops.mul(Ops.sub(.double(1), x), Ops.add(x, .double(1))))
  }

  private static func halfOfSquare(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let root = try Ops.unary(.exp, Ops.mul(x, .double(0.5)))
    return try Ops.mul(Ops.mul(root, .double(0.5)), root)
  }

  private static func logOfTwice(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try Ops.add(Ops.unary(.log, x), .double(0.6931471805599453))
  }
}
