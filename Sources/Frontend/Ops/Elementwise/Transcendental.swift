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
  /// The tangent of x, in radians.
  public func tan() -> Tensor { unary(.tan) }
  /// Changes the tensor to its ``tan()``.
  @discardableResult public func tan_() -> Tensor { unaryInPlace(.tan) }
  /// The inverse sine, in radians; NaN beyond ±1.
  public func asin() -> Tensor { unary(.asin) }
  /// Changes the tensor to its ``asin()``.
  @discardableResult public func asin_() -> Tensor { unaryInPlace(.asin) }
  /// The inverse cosine, in radians; NaN beyond ±1.
  public func acos() -> Tensor { unary(.acos) }
  /// Changes the tensor to its ``acos()``.
  @discardableResult public func acos_() -> Tensor { unaryInPlace(.acos) }
  /// The inverse tangent, in radians.
  public func atan() -> Tensor { unary(.atan) }
  /// Changes the tensor to its ``atan()``.
  @discardableResult public func atan_() -> Tensor { unaryInPlace(.atan) }
  /// The hyperbolic sine.
  public func sinh() -> Tensor { unary(.sinh) }
  /// Changes the tensor to its ``sinh()``.
  @discardableResult public func sinh_() -> Tensor { unaryInPlace(.sinh) }
  /// The hyperbolic cosine.
  public func cosh() -> Tensor { unary(.cosh) }
  /// Changes the tensor to its ``cosh()``.
  @discardableResult public func cosh_() -> Tensor { unaryInPlace(.cosh) }
  /// The inverse hyperbolic sine.
  public func asinh() -> Tensor { unary(.asinh) }
  /// Changes the tensor to its ``asinh()``.
  @discardableResult public func asinh_() -> Tensor { unaryInPlace(.asinh) }
  /// The inverse hyperbolic cosine; NaN below 1.
  public func acosh() -> Tensor { unary(.acosh) }
  /// Changes the tensor to its ``acosh()``.
  @discardableResult public func acosh_() -> Tensor { unaryInPlace(.acosh) }
  /// The inverse hyperbolic tangent; NaN beyond ±1.
  public func atanh() -> Tensor { unary(.atanh) }
  /// Changes the tensor to its ``atanh()``.
  @discardableResult public func atanh_() -> Tensor { unaryInPlace(.atanh) }
  /// 2 to the power of x.
  public func exp2() -> Tensor { unary(.exp2) }
  /// Changes the tensor to its ``exp2()``.
  @discardableResult public func exp2_() -> Tensor { unaryInPlace(.exp2) }
  /// The logarithm to base 2.
  public func log2() -> Tensor { unary(.log2) }
  /// Changes the tensor to its ``log2()``.
  @discardableResult public func log2_() -> Tensor { unaryInPlace(.log2) }
  /// The logarithm to base 10.
  public func log10() -> Tensor { unary(.log10) }
  /// Changes the tensor to its ``log10()``.
  @discardableResult public func log10_() -> Tensor { unaryInPlace(.log10) }
  /// 1 − erf(x), without cancellation.
  public func erfc() -> Tensor { unary(.erfc) }
  /// Changes the tensor to its ``erfc()``.
  @discardableResult public func erfc_() -> Tensor { unaryInPlace(.erfc) }
  /// The inverse of ``erf()``.
  public func erfinv() -> Tensor { unary(.erfinv) }
  /// Changes the tensor to its ``erfinv()``.
  @discardableResult public func erfinv_() -> Tensor { unaryInPlace(.erfinv) }
  /// log |Γ(x)|.
  public func lgamma() -> Tensor { unary(.lgamma) }
  /// Changes the tensor to its ``lgamma()``.
  @discardableResult public func lgamma_() -> Tensor { unaryInPlace(.lgamma) }
  /// The derivative of log Γ(x).
  public func digamma() -> Tensor { unary(.digamma) }
  /// Changes the tensor to its ``digamma()``.
  @discardableResult public func digamma_() -> Tensor { unaryInPlace(.digamma) }
  /// ``asin()`` under its other name.
  public func arcsin() -> Tensor { asin() }
  /// ``acos()`` under its other name.
  public func arccos() -> Tensor { acos() }
  /// ``atan()`` under its other name.
  public func arctan() -> Tensor { atan() }
  /// ``asinh()`` under its other name.
  public func arcsinh() -> Tensor { asinh() }
  /// ``acosh()`` under its other name.
  public func arccosh() -> Tensor { acosh() }
  /// ``atanh()`` under its other name.
  public func arctanh() -> Tensor { atanh() }
}
