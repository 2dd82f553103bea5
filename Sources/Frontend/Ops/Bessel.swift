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
        try sub(i0e(x), mul(y, add(unary(.sign, x), unary(.reciprocal, x))))
      }
    }
  }

  static func i0(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("I0Backward0", x) { x throws(BackplaneError) in
      try unscaled(scaledBessel(0, x), x)
    } gradient: { g, x, _ throws(BackplaneError) in
      try mul(g, i1(x))
    }
  }

  static func i1(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try composed("SpecialI1Backward0", x) { x throws(BackplaneError) in
      try unscaled(scaledBessel(1, x), x)
    } gradient: { g, x, y throws(BackplaneError) in
      try besselSlope(g, x) { x throws(BackplaneError) in try sub(i0(x), div(y, x)) }
    }
  }

  /// y exp(|x|), in two factors so that it overflows no sooner than it must.
  private static func unscaled(_ y: Tensor, _ x: Tensor) throws(BackplaneError) -> Tensor {
    let root = try unary(.exp, mul(unary(.abs, x), .double(0.5)))
    return try mul(mul(y, root), root)
  }

  /// g times a slope, and times its limit ½ about 0, where y / x would be lost.
  private static func besselSlope(
    _ g: Tensor, _ x: Tensor, _ slope: (Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    let isNear = try compare(.le, unary(.abs, x.detach()), .double(x.dtype.epsilon))
    let safe = try select(isNear, .scalar(.int(1)), .tensor(x), x.dtype)
    return try select(isNear, .tensor(mul(g, .double(0.5))), .tensor(mul(g, slope(safe))), g.dtype)
  }
}

extension Tensor {
  /// The modified Bessel function of the first kind of order 0.
  public func i0() -> Tensor { funnel { () throws(BackplaneError) in try Ops.i0(self) } }
}
