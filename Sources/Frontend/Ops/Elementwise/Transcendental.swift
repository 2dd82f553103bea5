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
  private func apply(_ f: UnaryFunction) -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(f, self) } }
  private func change(_ f: UnaryFunction) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.unaryInPlace(f, x) }
  }

  public func tan() -> Tensor { apply(.tan) }
  /// The inverse sine, in radians; NaN beyond ±1.
  public func asin() -> Tensor { apply(.asin) }
  /// The inverse cosine, in radians; NaN beyond ±1.
  public func acos() -> Tensor { apply(.acos) }
  /// The inverse tangent, in radians.
  public func atan() -> Tensor { apply(.atan) }
  public func sinh() -> Tensor { apply(.sinh) }
  public func cosh() -> Tensor { apply(.cosh) }
  public func asinh() -> Tensor { apply(.asinh) }
  public func acosh() -> Tensor { apply(.acosh) }
  public func atanh() -> Tensor { apply(.atanh) }
  public func arcsin() -> Tensor { asin() }
  public func arccos() -> Tensor { acos() }
  public func arctan() -> Tensor { atan() }
  public func arcsinh() -> Tensor { asinh() }
  public func arccosh() -> Tensor { acosh() }
  public func arctanh() -> Tensor { atanh() }
  /// 2 to the power of x.
  public func exp2() -> Tensor { apply(.exp2) }
  public func log2() -> Tensor { apply(.log2) }
  public func log10() -> Tensor { apply(.log10) }
  /// 1 − erf(x), without cancellation.
  public func erfc() -> Tensor { apply(.erfc) }
  /// The inverse of ``erf()``.
  public func erfinv() -> Tensor { apply(.erfinv) }
  /// log |Γ(x)|.
  public func lgamma() -> Tensor { apply(.lgamma) }
  /// The derivative of log Γ(x).
  public func digamma() -> Tensor { apply(.digamma) }

  @discardableResult public func tan_() -> Tensor { change(.tan) }
  @discardableResult public func asin_() -> Tensor { change(.asin) }
  @discardableResult public func acos_() -> Tensor { change(.acos) }
  @discardableResult public func atan_() -> Tensor { change(.atan) }
  @discardableResult public func sinh_() -> Tensor { change(.sinh) }
  @discardableResult public func cosh_() -> Tensor { change(.cosh) }
  @discardableResult public func asinh_() -> Tensor { change(.asinh) }
  @discardableResult public func acosh_() -> Tensor { change(.acosh) }
  @discardableResult public func atanh_() -> Tensor { change(.atanh) }
  @discardableResult public func exp2_() -> Tensor { change(.exp2) }
  @discardableResult public func log2_() -> Tensor { change(.log2) }
  @discardableResult public func log10_() -> Tensor { change(.log10) }
  @discardableResult public func erfc_() -> Tensor { change(.erfc) }
  @discardableResult public func erfinv_() -> Tensor { change(.erfinv) }
  @discardableResult public func lgamma_() -> Tensor { change(.lgamma) }
  @discardableResult public func digamma_() -> Tensor { change(.digamma) }
}
