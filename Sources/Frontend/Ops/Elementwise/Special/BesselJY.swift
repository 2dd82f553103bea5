/// The Bessel functions of the first and second kind of orders 0 and 1: rational up to 5, and beyond by amplitude and
/// phase (S. Moshier's Cephes).
extension Ops {
  private static let twoByPi = 0.6366197723675814

  private static func rational(
    _ x: Tensor, _ numerator: [Double], _ denominator: [Double]
  ) throws(BackplaneError) -> Tensor {
    try div(polynomial(x, numerator), polynomial(x, denominator))
  }

  /// J₀ or J₁ of 0 … 5.
  private static func nearBessel(_ order: Int, _ x: Tensor) throws(BackplaneError) -> Tensor {
    let square = try mul(x, x)
    let zeros = order == 0 ? (5.783185962946784, 30.471262343662087) : (14.681970642123893, 49.2184563216946)
    let ratio =
      try order == 0
      ? rational(square, BesselTable.j0Numerator, BesselTable.j0Denominator)
      : mul(rational(square, BesselTable.j1Numerator, BesselTable.j1Denominator), x)
    return try mul(mul(ratio, sub(square, .double(zeros.0))), sub(square, .double(zeros.1)))
  }

  /// Of x ≥ 5: √(2/πx) (p cos θ − q sin θ) with θ = x − π/4 − order · π/2, or of the second kind
  /// √(2/πx) (p sin θ + q cos θ).
  private static func farBessel(_ order: Int, _ x: Tensor, second: Bool) throws(BackplaneError) -> Tensor {
    let inverse = try binary(.div, .double(5), x), z = try mul(inverse, inverse)
    let p =
      try order == 0
      ? rational(z, BesselTable.modulus0Numerator, BesselTable.modulus0Denominator)
      : rational(z, BesselTable.modulus1Numerator, BesselTable.modulus1Denominator)
    let ratio =
      try order == 0
      ? rational(z, BesselTable.phase0Numerator, BesselTable.phase0Denominator)
      : rational(z, BesselTable.phase1Numerator, BesselTable.phase1Denominator)
    let q = try mul(ratio, inverse)
    let angle = try sub(x, .double(order == 0 ? 0.7853981633974483 : 2.356194490192345))
    let (sine, cosine) = (try unary(.sin, angle), try unary(.cos, angle))
    let wave = try second ? add(mul(p, sine), mul(q, cosine)) : sub(mul(p, cosine), mul(q, sine))
    return try mul(wave, mul(unary(.rsqrt, x), .double(0.7978845608028654)))
  }

  /// Where x is beyond 5, x in place of smaller numbers, and in place of greater ones.
  private static func parts(_ x: Tensor) throws(BackplaneError) -> (isFar: Tensor, near: Tensor, far: Tensor) {
    let isFar = try compare(.gt, x, .int(5))
    return (
      isFar, try select(isFar, .scalar(.int(1)), .tensor(x), x.dtype),
      try select(isFar, .tensor(x), .scalar(.int(5)), x.dtype)
    )
  }

  private static func bessel(_ order: Int, _ x: Tensor) throws(BackplaneError) -> Tensor {
    let (isFar, near, far) = try parts(unary(.abs, x))
    let result = try select(
      isFar, .tensor(farBessel(order, far, second: false)), .tensor(nearBessel(order, near)), x.dtype)
    return try order == 0 ? result : select(compare(.lt, x, .int(0)), .tensor(neg(result)), .tensor(result), x.dtype)
  }

  /// Y₀ or Y₁: −∞ at 0, and NaN below.
  private static func besselOfSecondKind(_ order: Int, _ x: Tensor) throws(BackplaneError) -> Tensor {
    let (isFar, near, far) = try parts(x)
    let square = try mul(near, near), logarithm = try unary(.log, near)
    var singular = try mul(logarithm, nearBessel(order, near))
    let regular: Tensor
    if order == 0 {
      regular = try rational(square, BesselTable.y0Numerator, BesselTable.y0Denominator)
    } else {
      singular = try sub(singular, unary(.reciprocal, near))
      regular = try mul(rational(square, BesselTable.y1Numerator, BesselTable.y1Denominator), near)
    }
    let small = try add(regular, mul(singular, .double(twoByPi)))
    let result = try select(isFar, .tensor(farBessel(order, far, second: true)), .tensor(small), x.dtype)
    return try select(compare(.eq, x, .int(0)), .scalar(.double(-.infinity)), .tensor(result), x.dtype)
  }

  // The derivatives: NIST Digital Library of Mathematical Functions, 10.6.2 and 10.6.3.

  static func besselJ0(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialBesselJ0Backward0", x, seen: .operand) { x throws(BackplaneError) in
      try bessel(0, x)
    } gradient: { g, x, _ throws(BackplaneError) in
      try neg(mul(g, besselJ1(x)))
    }
  }

  static func besselJ1(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialBesselJ1Backward0", x) { x throws(BackplaneError) in
      try bessel(1, x)
    } gradient: { g, x, y throws(BackplaneError) in
      try besselSlope(g, x) { x throws(BackplaneError) in
        try besselSlopeSeries(x, alternating: true)
      } far: { x throws(BackplaneError) in
        try sub(besselJ0(x), div(y, x))
      }
    }
  }

  static func besselY0(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialBesselY0Backward0", x, seen: .operand) { x throws(BackplaneError) in
      try besselOfSecondKind(0, x)
    } gradient: { g, x, _ throws(BackplaneError) in
      try neg(mul(g, besselY1(x)))
    }
  }

  static func besselY1(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialBesselY1Backward0", x) { x throws(BackplaneError) in
      try besselOfSecondKind(1, x)
    } gradient: { g, x, y throws(BackplaneError) in
      try mul(g, sub(besselY0(x), div(y, x)))
    }
  }

  /// sin(x)/x.
  static func sphericalBesselJ0(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialSphericalBesselJ0Backward0", x) { x throws(BackplaneError) in
      let isSmall = try compare(.lt, unary(.abs, x), .double(0.5))
      let small = try select(isSmall, .tensor(x), .scalar(.int(0)), x.dtype)
      let large = try select(isSmall, .scalar(.int(1)), .tensor(x), x.dtype)
      let series = try polynomial(
        mul(small, small), [1, -1 / 6.0, 1 / 120.0, -1 / 5040.0, 1 / 362880.0, -1 / 39916800.0, 1 / 6227020800.0])
      let ratio = try select(isSmall, .tensor(series), .tensor(div(unary(.sin, large), large)), x.dtype)
      return try select(compare(.eq, unary(.abs, x), .double(.infinity)), .scalar(.int(0)), .tensor(ratio), x.dtype)
    } gradient: { g, x, y throws(BackplaneError) in
      try neg(mul(g, sphericalBesselJ1(x, y)))
    }
  }

  /// (j₀(x) − cos x)/x, near 0 by its series.
  private static func sphericalBesselJ1(_ x: Tensor, _ j0: Tensor) throws(BackplaneError) -> Tensor {
    let isSmall = try compare(.lt, unary(.abs, x.detach()), .double(0.5))
    let small = try select(isSmall, .tensor(x), .scalar(.int(0)), x.dtype)
    let large = try select(isSmall, .scalar(.int(1)), .tensor(x), x.dtype)
    let series = try mul(
      small,
      polynomial(
        mul(small, small), [1 / 3.0, -1 / 30.0, 1 / 840.0, -1 / 45360.0, 1 / 3991680.0, -1 / 518918400.0]))
    return try select(isSmall, .tensor(series), .tensor(div(sub(j0, unary(.cos, large)), large)), x.dtype)
  }
}
