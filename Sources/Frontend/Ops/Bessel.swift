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
      try mul(g, besselSlope(x, i0e(x), mul(y, add(unary(.sign, x), unary(.reciprocal, x)))))
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
      try mul(g, besselSlope(x, i0(x), div(y, x)))
    }
  }

  /// y exp(|x|), in two factors so that it overflows no sooner than it must.
  private static func unscaled(_ y: Tensor, _ x: Tensor) throws(BackplaneError) -> Tensor {
    let root = try unary(.exp, mul(unary(.abs, x), .double(0.5)))
    return try mul(mul(y, root), root)
  }

  /// a − b, and its limit ½ at 0.
  private static func besselSlope(_ x: Tensor, _ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    try select(compare(.eq, x, .int(0)), .scalar(.double(0.5)), .tensor(sub(a, b)), a.dtype)
  }
}

extension Tensor {
  /// The modified Bessel function of the first kind of order 0.
  public func i0() -> Tensor { funnel { () throws(BackplaneError) in try Ops.i0(self) } }
}
