/// The modified Bessel functions of the first kind, by Chebyshev series.
extension Ops {
  /// exp(−|x|) I₀(x), or I₁.
  private static func scaledBessel(_ order: Int, _ x: Tensor) throws(BackplaneError) -> Tensor {
    let modulus = try unary(.abs, x)
    let isLarge = try compare(.gt, modulus, .int(8))
    let near = try select(isLarge, .scalar(.int(8)), .tensor(modulus), x.dtype)
    let far = try select(isLarge, .tensor(modulus), .scalar(.int(8)), x.dtype)
    var small = try chebyshev(
      sub(mul(near, .double(0.25)), .double(1)), order == 0 ? ChebyshevTable.i0Small : ChebyshevTable.i1Small)
    if order == 1 { small = try mul(small, near) }
    let series = try chebyshev(
      sub(binary(.div, .double(16), far), .double(1)), order == 0 ? ChebyshevTable.i0Large : ChebyshevTable.i1Large)
    let large = try mul(series, unary(.rsqrt, far))
    let result = try select(isLarge, .tensor(large), .tensor(small), x.dtype)
    let even = try order == 0 ? result : mul(unary(.sign, x), result)
    return try select(compare(.ne, x, x), .tensor(x), .tensor(even), x.dtype)
  }

  static func i0e(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialI0EBackward0", x) { x throws(BackplaneError) in
      try scaledBessel(0, x)
    } gradient: { g, x, y throws(BackplaneError) in
      try mul(g, sub(i1e(x), mul(unary(.sign, x), y)))
    }
  }

  static func i1e(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialI1EBackward0", x) { x throws(BackplaneError) in
      try scaledBessel(1, x)
    } gradient: { g, x, y throws(BackplaneError) in
      try besselSlope(g, x) { x throws(BackplaneError) in
        let scaled = try mul(besselSlopeSeries(x, alternating: false), unary(.exp, neg(unary(.abs, x))))
        return try sub(scaled, mul(unary(.sign, x), i1e(x)))
      } far: { x throws(BackplaneError) in
        try sub(i0e(x), mul(y, add(unary(.sign, x), unary(.reciprocal, x))))
      }
    }
  }

  static func i0(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("I0Backward0", x, seen: .operand) { x throws(BackplaneError) in
      try unscaled(scaledBessel(0, x), x)
    } gradient: { g, x, _ throws(BackplaneError) in
      try mul(g, i1(x))
    }
  }

  static func i1(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialI1Backward0", x) { x throws(BackplaneError) in
      try unscaled(scaledBessel(1, x), x)
    } gradient: { g, x, y throws(BackplaneError) in
      try besselSlope(g, x) { x throws(BackplaneError) in
        try besselSlopeSeries(x, alternating: false)
      } far: { x throws(BackplaneError) in
        try sub(i0(x), div(y, x))
      }
    }
  }

  /// y exp(|x|), in two factors so that it overflows no sooner than it must.
  private static func unscaled(_ y: Tensor, _ x: Tensor) throws(BackplaneError) -> Tensor {
    let root = try unary(.exp, mul(unary(.abs, x), .double(0.5)))
    return try mul(mul(y, root), root)
  }

  /// g times the slope of a function of order 1. Near 0 the quotient of which the slope is made has lost its digits, and
  /// more of them with each derivative.
  static func besselSlope(
    _ g: Tensor, _ x: Tensor, near: (Tensor) throws(BackplaneError) -> Tensor,
    far: (Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    let isNear = try compare(.lt, unary(.abs, x.detach()), .double(0.5))
    let small = try select(isNear, .tensor(x), .scalar(.int(0)), x.dtype)
    let large = try select(isNear, .scalar(.int(1)), .tensor(x), x.dtype)
    return try mul(g, select(isNear, .tensor(near(small)), .tensor(far(large)), x.dtype))
  }

  /// The slope of I₁, or with alternating signs of J₁, for |x| < ½: Σ ± (2k + 1) (x/2)²ᵏ / (2 k! (k + 1)!).
  static func besselSlopeSeries(_ x: Tensor, alternating: Bool) throws(BackplaneError) -> Tensor {
    let coefficients: [Double] = [
      1 / 2.0, 3 / 16.0, 5 / 384.0, 7 / 18432.0, 9 / 1_474_560.0, 11 / 176_947_200.0, 13 / 29_727_129_600.0,
      15 / 6_658_877_030_400.0,
    ]
    let square = try mul(x, x)
    return try polynomial(alternating ? neg(square) : square, coefficients)
  }
}

extension Tensor {
  /// The modified Bessel function of the first kind of order 0.
  public func i0() -> Tensor { funnel { () throws(BackplaneError) in try Ops.i0(self) } }
}
