/// The modified Bessel functions of the second kind of orders 0 and 1, by Chebyshev series (S. Moshier's Cephes): ∞ at 0,
/// and NaN below.
extension Ops {
  /// exp(x) K₀(x), or K₁.
  private static func scaledBesselK(_ order: Int, _ x: Tensor, scaled: Bool) throws(BackplaneError) -> Tensor {
    let isFar = try compare(.gt, x, .int(2))
    let near = try select(isFar, .scalar(.int(1)), .tensor(x), x.dtype)
    let far = try select(isFar, .tensor(x), .scalar(.int(2)), x.dtype)
    let logarithm = try unary(.log, mul(near, .double(0.5)))
    let variable = try sub(mul(mul(near, near), .double(0.5)), .double(1))
    var small: Tensor
    if order == 0 {
      small = try sub(chebyshev(variable, BesselTable.k0Small), mul(logarithm, i0(near)))
    } else {
      small = try add(div(chebyshev(variable, BesselTable.k1Small), near), mul(logarithm, i1(near)))
    }
    let series = try chebyshev(
      sub(binary(.div, .double(4), far), .double(1)), order == 0 ? BesselTable.k0Large : BesselTable.k1Large)
    var large = try mul(series, unary(.rsqrt, far))
    if scaled {
      small = try mul(small, unary(.exp, near))
    } else {
      large = try mul(large, unary(.exp, neg(far)))
    }
    let result = try select(isFar, .tensor(large), .tensor(small), x.dtype)
    return try select(compare(.eq, x, .int(0)), .scalar(.double(.infinity)), .tensor(result), x.dtype)
  }

  // The derivatives: NIST Digital Library of Mathematical Functions, 10.29.3.

  static func besselK0(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialModifiedBesselK0Backward0", x, seen: .operand) { x throws(BackplaneError) in
      try scaledBesselK(0, x, scaled: false)
    } gradient: { g, x, _ throws(BackplaneError) in
      try neg(mul(g, besselK1(x)))
    }
  }

  static func besselK1(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialModifiedBesselK1Backward0", x) { x throws(BackplaneError) in
      try scaledBesselK(1, x, scaled: false)
    } gradient: { g, x, y throws(BackplaneError) in
      try neg(mul(g, add(besselK0(x), div(y, x))))
    }
  }

  /// exp(x) K₀(x).
  static func scaledBesselK0(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialScaledModifiedBesselK0Backward0", x) { x throws(BackplaneError) in
      try scaledBesselK(0, x, scaled: true)
    } gradient: { g, x, y throws(BackplaneError) in
      try mul(g, sub(y, scaledBesselK1(x)))
    }
  }

  /// exp(x) K₁(x).
  static func scaledBesselK1(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialScaledModifiedBesselK1Backward0", x) { x throws(BackplaneError) in
      try scaledBesselK(1, x, scaled: true)
    } gradient: { g, x, y throws(BackplaneError) in
      try mul(g, sub(sub(y, scaledBesselK0(x)), div(y, x)))
    }
  }
}
