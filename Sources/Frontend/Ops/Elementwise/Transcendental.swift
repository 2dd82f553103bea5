import BackendAPI

/// The extended functions: what they are made of on devices that lack them, and their gradients (g is the incoming
/// gradient, x the operand, y the result).
extension UnaryFunction {
  static let transcendental: [UnaryFunction] = [
    tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh, exp2, log2, log10, erfc, erfinv, lgamma, digamma,
  ]

  /// 1 + tan².
  static let tan: UnaryFunction = .init(BP_OP_TAN, "tan", .floats, saves: .result, from: Decomposition.tan) {
    (g, y) throws(BackplaneError) in try Ops.mul(g, Ops.add(Ops.mul(y, y), .double(1)))
  }
  static let asin: UnaryFunction = .init(
    BP_OP_ASIN, "asin", .floats, saves: .operand, also: ["arcsin"], from: Decomposition.asin
  ) { (g, x) throws(BackplaneError) in try Ops.mul(g, Ops.unary(.rsqrt, Ops.sub(.double(1), Ops.mul(x, x)))) }
  static let acos: UnaryFunction = .init(
    BP_OP_ACOS, "acos", .floats, saves: .operand, also: ["arccos"], from: Decomposition.acos
  ) { (g, x) throws(BackplaneError) in
    try Ops.neg(Ops.mul(g, Ops.unary(.rsqrt, Ops.sub(.double(1), Ops.mul(x, x)))))
  }
  static let atan: UnaryFunction = .init(
    BP_OP_ATAN, "atan", .floats, saves: .operand, also: ["arctan"], from: Decomposition.atan
  ) { (g, x) throws(BackplaneError) in
    if x.dtype.isComplex { return try Ops.div(g, Ops.add(Ops.mul(x, x), .double(1))) }
    let length = try Ops.hypot(x, Ops.onesLike(x))
    return try Ops.div(Ops.div(g, length), length)
  }
  static let sinh: UnaryFunction = .init(BP_OP_SINH, "sinh", .floats, saves: .operand, from: Decomposition.sinh) {
    (g, x) throws(BackplaneError) in try Ops.mul(g, Ops.unary(.cosh, x))
  }
  static let cosh: UnaryFunction = .init(BP_OP_COSH, "cosh", .floats, saves: .operand, from: Decomposition.cosh) {
    (g, x) throws(BackplaneError) in try Ops.mul(g, Ops.unary(.sinh, x))
  }
  static let asinh: UnaryFunction = .init(
    BP_OP_ASINH, "asinh", .floats, saves: .operand, also: ["arcsinh"], from: Decomposition.asinh
  ) { (g, x) throws(BackplaneError) in
    if x.dtype.isComplex { return try Ops.mul(g, Ops.unary(.rsqrt, Ops.add(Ops.mul(x, x), .double(1)))) }
    return try Ops.div(g, Ops.hypot(x, Ops.onesLike(x)))
  }
  static let acosh: UnaryFunction = .init(
    BP_OP_ACOSH, "acosh", .floats, saves: .operand, also: ["arccosh"], from: Decomposition.acosh
  ) { (g, x) throws(BackplaneError) in
    // In two roots: of complex numbers (x² − 1)^½ lies on the other branch.
    let roots = try Ops.mul(
      Ops.unary(.rsqrt, Ops.sub(x, .double(1))), Ops.unary(.rsqrt, Ops.add(x, .double(1))))
    return try Ops.mul(g, roots)
  }
  static let atanh: UnaryFunction = .init(
    BP_OP_ATANH, "atanh", .floats, saves: .operand, also: ["arctanh"], from: Decomposition.atanh
  ) { (g, x) throws(BackplaneError) in try Ops.div(g, Ops.sub(.double(1), Ops.mul(x, x))) }
  static let exp2: UnaryFunction = .init(
    BP_OP_EXP2, "exp2", .floats, saves: .result, also: ["special.exp2"], from: Decomposition.exp2
  ) { (g, y) throws(BackplaneError) in try Ops.mul(g, Ops.mul(y, .double(0.6931471805599453))) }
  static let log2: UnaryFunction = .init(BP_OP_LOG2, "log2", .floats, saves: .operand, from: Decomposition.log2) {
    (g, x) throws(BackplaneError) in try Ops.div(g, Ops.mul(x, .double(0.6931471805599453)))
  }
  static let log10: UnaryFunction = .init(BP_OP_LOG10, "log10", .floats, saves: .operand, from: Decomposition.log10) {
    (g, x) throws(BackplaneError) in try Ops.div(g, Ops.mul(x, .double(2.302585092994046)))
  }
  /// −2/√π · exp(−x²).
  static let erfc: UnaryFunction = .init(
    BP_OP_ERFC, "erfc", .floats, saves: .operand, takesComplex: false, also: ["special.erfc"],
    from: Decomposition.erfc
  ) { (g, x) throws(BackplaneError) in
    try Ops.mul(g, Ops.mul(Ops.unary(.exp, Ops.neg(Ops.mul(x, x))), .double(-1.1283791670955126)))
  }
  /// √π/2 · exp(y²).
  static let erfinv: UnaryFunction = .init(
    BP_OP_ERFINV, "erfinv", .floats, saves: .operand, takesComplex: false, also: ["special.erfinv"],
    from: Decomposition.erfinv
  ) { (g, x) throws(BackplaneError) in
    let y = try Ops.unary(.erfinv, x)
    return try Ops.mul(g, Ops.mul(Ops.unary(.exp, Ops.mul(y, y)), .double(0.886226925452758)))
  }
  static let lgamma: UnaryFunction = .init(
    BP_OP_LGAMMA, "lgamma", .floats, saves: .operand, takesComplex: false, also: ["special.gammaln"],
    from: Decomposition.lgamma
  ) { (g, x) throws(BackplaneError) in try Ops.mul(g, Ops.unary(.digamma, x)) }
  static let digamma: UnaryFunction = .init(
    BP_OP_DIGAMMA, "digamma", .floats, saves: .operand, takesComplex: false, also: ["special.digamma", "special.psi"],
    from: Decomposition.digamma
  ) { (g, x) throws(BackplaneError) in try Ops.mul(g, Ops.polygamma(1, x)) }
}

extension Tensor {
  /// The tangent of each element, in radians.
  public func tan() -> Tensor { unary(.tan) }
  /// Replaces each element by its tangent.
  @discardableResult public func tan_() -> Tensor { unaryInPlace(.tan) }
  /// The inverse sine of each element, in radians; NaN beyond ±1.
  public func asin() -> Tensor { unary(.asin) }
  /// Replaces each element by its inverse sine.
  @discardableResult public func asin_() -> Tensor { unaryInPlace(.asin) }
  /// The inverse cosine of each element, in radians; NaN beyond ±1.
  public func acos() -> Tensor { unary(.acos) }
  /// Replaces each element by its inverse cosine.
  @discardableResult public func acos_() -> Tensor { unaryInPlace(.acos) }
  /// The inverse tangent of each element, in radians from −π/2 to π/2.
  public func atan() -> Tensor { unary(.atan) }
  /// Replaces each element by its inverse tangent.
  @discardableResult public func atan_() -> Tensor { unaryInPlace(.atan) }
  /// The hyperbolic sine of each element.
  public func sinh() -> Tensor { unary(.sinh) }
  /// Replaces each element by its hyperbolic sine.
  @discardableResult public func sinh_() -> Tensor { unaryInPlace(.sinh) }
  /// The hyperbolic cosine of each element.
  public func cosh() -> Tensor { unary(.cosh) }
  /// Replaces each element by its hyperbolic cosine.
  @discardableResult public func cosh_() -> Tensor { unaryInPlace(.cosh) }
  /// The inverse hyperbolic sine of each element.
  public func asinh() -> Tensor { unary(.asinh) }
  /// Replaces each element by its inverse hyperbolic sine.
  @discardableResult public func asinh_() -> Tensor { unaryInPlace(.asinh) }
  /// The inverse hyperbolic cosine of each element; NaN below 1.
  public func acosh() -> Tensor { unary(.acosh) }
  /// Replaces each element by its inverse hyperbolic cosine.
  @discardableResult public func acosh_() -> Tensor { unaryInPlace(.acosh) }
  /// The inverse hyperbolic tangent of each element; NaN beyond ±1.
  public func atanh() -> Tensor { unary(.atanh) }
  /// Replaces each element by its inverse hyperbolic tangent.
  @discardableResult public func atanh_() -> Tensor { unaryInPlace(.atanh) }
  /// The power of two, 2ˣ, of each element.
  public func exp2() -> Tensor { unary(.exp2) }
  /// Replaces each element by 2ˣ.
  @discardableResult public func exp2_() -> Tensor { unaryInPlace(.exp2) }
  /// The logarithm to base 2 of each element; NaN of negative numbers.
  public func log2() -> Tensor { unary(.log2) }
  /// Replaces each element by its logarithm to base 2.
  @discardableResult public func log2_() -> Tensor { unaryInPlace(.log2) }
  /// The logarithm to base 10 of each element; NaN of negative numbers.
  public func log10() -> Tensor { unary(.log10) }
  /// Replaces each element by its logarithm to base 10.
  @discardableResult public func log10_() -> Tensor { unaryInPlace(.log10) }
  /// The complementary error function 1 − erf(x), without cancellation.
  public func erfc() -> Tensor { unary(.erfc) }
  /// Replaces each element by its complementary error function 1 − erf(x).
  @discardableResult public func erfc_() -> Tensor { unaryInPlace(.erfc) }
  /// The inverse of the error function: the y with erf(y) = x; ±∞ at ±1 and NaN beyond.
  public func erfinv() -> Tensor { unary(.erfinv) }
  /// Replaces each element by the inverse of the error function.
  @discardableResult public func erfinv_() -> Tensor { unaryInPlace(.erfinv) }
  /// The logarithm of the gamma function's magnitude, log |Γ(x)|.
  public func lgamma() -> Tensor { unary(.lgamma) }
  /// Replaces each element by log |Γ(x)|.
  @discardableResult public func lgamma_() -> Tensor { unaryInPlace(.lgamma) }
  /// The digamma function, the derivative of log Γ(x).
  public func digamma() -> Tensor { unary(.digamma) }
  /// Replaces each element by its digamma function.
  @discardableResult public func digamma_() -> Tensor { unaryInPlace(.digamma) }
  /// The inverse sine of each element: ``asin()`` by its longer name.
  public func arcsin() -> Tensor { asin() }
  /// The inverse cosine of each element: ``acos()`` by its longer name.
  public func arccos() -> Tensor { acos() }
  /// The inverse tangent of each element: ``atan()`` by its longer name.
  public func arctan() -> Tensor { atan() }
  /// The inverse hyperbolic sine of each element: ``asinh()`` by its longer name.
  public func arcsinh() -> Tensor { asinh() }
  /// The inverse hyperbolic cosine of each element: ``acosh()`` by its longer name.
  public func arccosh() -> Tensor { acosh() }
  /// The inverse hyperbolic tangent of each element: ``atanh()`` by its longer name.
  public func arctanh() -> Tensor { atanh() }
}
