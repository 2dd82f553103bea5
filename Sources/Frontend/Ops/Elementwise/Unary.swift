import BackendAPI

/// Elementwise functions of one tensor: what they take, what they save, and their gradients.
final class UnaryFunction: Sendable {
  /// Which types the function takes.
  enum Domain: Sendable {
    /// Any number; the result has the operand's type.
    case numbers
    /// Floating point; integers and bool are converted to float32 first.
    case floats
    /// Floating point; integers are returned as they are.
    case roundings
  }

  /// What the gradient needs.
  enum Needs: Sendable { case operand, result, nothing }

  let op: Operator
  let domain: Domain
  let needs: Needs
  /// Whether complex numbers are taken too.
  let takesComplex: Bool
  let gradientName: String
  /// From the incoming gradient and what was saved; of complex tensors the conjugate of what was saved, so that the
  /// formula of the derivative gives the conjugate of the derivative.
  let gradient: @Sendable (Tensor, Tensor) throws(BackplaneError) -> Tensor
  /// The function made of core operators, for devices without an extended one.
  let decomposition: (@Sendable (Tensor) throws(BackplaneError) -> Tensor)?

  init(
    _ op: Operator, _ domain: Domain, _ gradientName: String, saves needs: Needs, takesComplex: Bool? = nil,
    from decomposition: (@Sendable (Tensor) throws(BackplaneError) -> Tensor)? = nil,
    _ gradient: @escaping @Sendable (Tensor, Tensor) throws(BackplaneError) -> Tensor
  ) {
    self.op = op
    self.domain = domain
    self.takesComplex = takesComplex ?? (domain == .floats)
    self.decomposition = decomposition
    self.needs = needs
    self.gradientName = gradientName
    self.gradient = gradient
  }
}

extension Operator {
  static let neg = Operator(BP_OP_NEG, "neg")
  static let abs = Operator(BP_OP_ABS, "abs")
  static let sign = Operator(BP_OP_SIGN, "sign")
  static let bitwiseNot = Operator(BP_OP_BITWISE_NOT, "bitwise_not")
  static let floor = Operator(BP_OP_FLOOR, "floor")
  static let ceil = Operator(BP_OP_CEIL, "ceil")
  static let round = Operator(BP_OP_ROUND, "round")
  static let trunc = Operator(BP_OP_TRUNC, "trunc")
  static let sqrt = Operator(BP_OP_SQRT, "sqrt")
  static let rsqrt = Operator(BP_OP_RSQRT, "rsqrt")
  static let reciprocal = Operator(BP_OP_RECIPROCAL, "reciprocal")
  static let exp = Operator(BP_OP_EXP, "exp")
  static let expm1 = Operator(BP_OP_EXPM1, "expm1")
  static let log = Operator(BP_OP_LOG, "log")
  static let log1p = Operator(BP_OP_LOG1P, "log1p")
  static let sin = Operator(BP_OP_SIN, "sin")
  static let cos = Operator(BP_OP_COS, "cos")
  static let tanh = Operator(BP_OP_TANH, "tanh")
  static let sigmoid = Operator(BP_OP_SIGMOID, "sigmoid")
  static let erf = Operator(BP_OP_ERF, "erf")
  static let relu = Operator(BP_OP_RELU, "relu")
  static let silu = Operator(BP_OP_SILU, "silu")

  static let unary: [Operator] = [
    neg, abs, sign, bitwiseNot, floor, ceil, round, trunc, sqrt, rsqrt, reciprocal, exp, expm1, log, log1p, sin,
    cos, tanh, sigmoid, erf, relu, silu,
  ]
}

/// The table of gradients: g is the incoming gradient, x the operand, y the result.
extension UnaryFunction {
  static let neg: UnaryFunction = .init(.neg, .numbers, "NegBackward0", saves: .nothing, takesComplex: true) {
    (g, _) throws(BackplaneError) in try Ops.neg(g)
  }
  static let abs: UnaryFunction = .init(.abs, .numbers, "AbsBackward0", saves: .operand) {
    (g, x) throws(BackplaneError) in try Ops.mul(g, Ops.unary(.sign, x))
  }
  static let sign: UnaryFunction = .init(.sign, .numbers, "SignBackward0", saves: .nothing, zero)
  static let floor: UnaryFunction = .init(.floor, .roundings, "FloorBackward0", saves: .nothing, zero)
  static let ceil: UnaryFunction = .init(.ceil, .roundings, "CeilBackward0", saves: .nothing, zero)
  static let round: UnaryFunction = .init(.round, .roundings, "RoundBackward0", saves: .nothing, zero)
  static let trunc: UnaryFunction = .init(.trunc, .roundings, "TruncBackward0", saves: .nothing, zero)
  static let sqrt: UnaryFunction = .init(.sqrt, .floats, "SqrtBackward0", saves: .result) {
    (g, y) throws(BackplaneError) in try Ops.div(g, Ops.mul(y, .double(2)))
  }
  static let rsqrt: UnaryFunction = .init(.rsqrt, .floats, "RsqrtBackward0", saves: .result) {
    (g, y) throws(BackplaneError) in
    try Ops.mul(g, Ops.mul(Ops.mul(y, Ops.mul(y, y)), .double(-0.5)))
  }
  static let reciprocal: UnaryFunction = .init(.reciprocal, .floats, "ReciprocalBackward0", saves: .result) {
    (g, y) throws(BackplaneError) in try Ops.neg(Ops.mul(g, Ops.mul(y, y)))
  }
  static let exp: UnaryFunction = .init(.exp, .floats, "ExpBackward0", saves: .result) {
    (g, y) throws(BackplaneError) in try Ops.mul(g, y)
  }
  static let expm1: UnaryFunction = .init(.expm1, .floats, "Expm1Backward0", saves: .result) {
    (g, y) throws(BackplaneError) in try Ops.mul(g, Ops.add(y, .double(1)))
  }
  static let log: UnaryFunction = .init(.log, .floats, "LogBackward0", saves: .operand) {
    (g, x) throws(BackplaneError) in try Ops.div(g, x)
  }
  static let log1p: UnaryFunction = .init(.log1p, .floats, "Log1PBackward0", saves: .operand) {
    (g, x) throws(BackplaneError) in try Ops.div(g, Ops.add(x, .double(1)))
  }
  static let sin: UnaryFunction = .init(.sin, .floats, "SinBackward0", saves: .operand) {
    (g, x) throws(BackplaneError) in try Ops.mul(g, Ops.unary(.cos, x))
  }
  static let cos: UnaryFunction = .init(.cos, .floats, "CosBackward0", saves: .operand) {
    (g, x) throws(BackplaneError) in try Ops.neg(Ops.mul(g, Ops.unary(.sin, x)))
  }
  static let tanh: UnaryFunction = .init(.tanh, .floats, "TanhBackward0", saves: .result) {
    (g, y) throws(BackplaneError) in try Ops.mul(g, Ops.sub(.double(1), Ops.mul(y, y)))
  }
  static let sigmoid: UnaryFunction = .init(.sigmoid, .floats, "SigmoidBackward0", saves: .result) {
    (g, y) throws(BackplaneError) in try Ops.mul(g, Ops.mul(y, Ops.sub(.double(1), y)))
  }
  /// 2/√π · exp(−x²).
  static let erf: UnaryFunction = .init(
    .erf, .floats, "ErfBackward0", saves: .operand, takesComplex: false
  ) {
    (g, x) throws(BackplaneError) in
    try Ops.mul(g, Ops.mul(Ops.unary(.exp, Ops.neg(Ops.mul(x, x))), .double(1.1283791670955126)))
  }
  static let relu: UnaryFunction = .init(.relu, .numbers, "ReluBackward0", saves: .result) {
    (g, y) throws(BackplaneError) in try Ops.zeroed(g, where: Ops.compare(.le, y, .int(0)))
  }
  /// With s = sigmoid(x): s (1 + x (1 − s)).
  static let silu: UnaryFunction = .init(
    .silu, .floats, "SiluBackward0", saves: .operand, takesComplex: false
  ) {
    (g, x) throws(BackplaneError) in
    let s = try Ops.unary(.sigmoid, x)
    return try Ops.mul(g, Ops.mul(s, Ops.add(Ops.mul(x, Ops.sub(.double(1), s)), .double(1))))
  }

  @Sendable
  private static func zero(_ g: Tensor, _ x: Tensor) throws(BackplaneError) -> Tensor { try Ops.zerosLike(g) }
}

extension Ops {
  /// Applies a function of the table.
  static func unary(_ f: UnaryFunction, _ x: Tensor) throws(BackplaneError) -> Tensor {
    guard let operand = try prepare(f, x) else { return x }
    let y = try evaluate(f, operand)
    if Autograd.records(operand) { try record(f, operand, y) }
    return y
  }

  /// The function by the device's operator, or by its decomposition where the device has none.
  private static func evaluate(_ f: UnaryFunction, _ x: Tensor) throws(BackplaneError) -> Tensor {
    guard let decomposition = f.decomposition,
      !Dispatcher.supports(f.op, on: x.context, x.dtype, inputs: 1, outputs: 1)
    else { return try apply(f.op, x) }
    // Of several steps the result is still rounded once.
    let isNarrow = x.dtype == .float16 || x.dtype == .bfloat16
    let operand = x.detach()
    return try isNarrow ? cast(decomposition(cast(operand, .float32)), x.dtype) : decomposition(operand)
  }

  @inline(never)
  private static func record(_ f: UnaryFunction, _ x: Tensor, _ y: Tensor) throws(BackplaneError) {
    let saved: Saved?
    switch f.needs {
    case .operand: saved = try Saved(x)
    case .result: saved = Saved(result: y)
    case .nothing: saved = nil
    }
    let node = Autograd.makeNode(f.gradientName, [x], saves: saved != nil) { node, grads throws(BackplaneError) in
      guard let g = grads[0] else { return [nil] }
      guard let saved else { return [try f.gradient(g, g)] }
      return [try f.gradient(g, conj(saved.unpack(node)))]
    }
    Autograd.attach(node, to: y)
  }

  /// The operand in a type that the function takes, or nil where the function leaves it as it is.
  @inline(__always)
  private static func prepare(_ f: UnaryFunction, _ x: Tensor) throws(BackplaneError) -> Tensor? {
    if x.dtype.isFloatingPoint { return x }
    guard f.takesComplex || !x.dtype.isComplex else { throw refusal(ofComplex: f, x.dtype) }
    switch f.domain {
    case .numbers:
      guard x.dtype != .bool else {
        if f.op.id == BP_OP_NEG {
          throw BackplaneError(
            .dtype,
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the "
              + "`~` or `logicalNot()` operator instead.")
        }
        throw BackplaneError(
          .dtype, "\"\(f.op.name)\" not implemented for 'Bool'; convert the tensor first, as in x.int()")
      }
      return x
    case .floats: return x.dtype.isComplex ? x : try cast(x, .float32)
    case .roundings: return nil
    }
  }

  private static func refusal(ofComplex f: UnaryFunction, _ dtype: DType) -> BackplaneError {
    let text =
      switch f.domain {
      case .roundings: "\(f.op.name) is not supported for complex inputs"
      case .numbers where f.op.id == BP_OP_SIGN:
        "Unlike NumPy, sign is not intended to support complex numbers. Please use sgn instead."
      default: "\"\(f.op.name)\" not implemented for '\(dtype.scalarName)'"
      }
    return BackplaneError(.dtype, text)
  }

  /// The bare operator: no conversion, no gradient.
  static func apply(_ op: Operator, _ x: Tensor) throws(BackplaneError) -> Tensor {
    let layout = x.isContiguous ? x.layout : try Layout.contiguous(x.layout.shape)
    let y = try Tensor(empty: layout, x.dtype, on: x.context)
    try Dispatcher.unary(op, on: x.context, Operand(x), to: Operand(y))
    return y
  }

  /// Applies a function of the table in place.
  static func unaryInPlace(_ f: UnaryFunction, _ x: Tensor) throws(BackplaneError) {
    guard try prepare(f, x) === x else {
      if f.domain == .roundings { return }
      throw BackplaneError(
        .dtype, "result type Float can't be cast to the desired output type \(x.dtype.scalarName)")
    }
    try InPlace.check(x)
    let isDirect =
      f.decomposition == nil || Dispatcher.supports(f.op, on: x.context, x.dtype, inputs: 1, outputs: 1)
    guard Autograd.records(x) || !isDirect else {
      try Dispatcher.unary(f.op, on: x.context, Operand(x), to: Operand(x))
      x.storage.version += 1
      return
    }
    let y = try InPlace.beforeChange(of: x) { x throws(BackplaneError) in try unary(f, x) }
    try InPlace.replace(x, with: y)
  }

  static func neg(_ x: Tensor) throws(BackplaneError) -> Tensor { try unary(.neg, x) }

  /// x sigmoid(x), in one pass where the device has it.
  static func silu(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let operand = try x.dtype.category < .floatingPoint ? cast(x, .float32) : x
    let isFused = Dispatcher.supports(.silu, on: operand.context, operand.dtype, inputs: 1, outputs: 1)
    return try isFused ? unary(.silu, operand) : mul(operand, unary(.sigmoid, operand))
  }

  static func bitwiseNot(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype.isInteger || x.dtype == .bool else {
      throw BackplaneError(.dtype, "bitwise_not: not implemented for '\(x.dtype.scalarName)'")
    }
    return try apply(.bitwiseNot, x)
  }
}

extension Tensor {
  /// −x.
  public func neg() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.neg, self) } }
  /// |x|. Keeps integers; of complex numbers the modulus, which is real.
  public func abs() -> Tensor { funnel { () throws(BackplaneError) in try Ops.abs(self) } }
  /// −1, 0 or 1.
  public func sign() -> Tensor { funnel { () throws(BackplaneError) in try Ops.sign(self) } }
  /// The greatest integer not above x.
  public func floor() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.floor, self) } }
  /// The least integer not below x.
  public func ceil() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.ceil, self) } }
  /// The nearest integer, ties to even.
  public func round() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.round, self) } }
  /// The integer part.
  public func trunc() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.trunc, self) } }
  public func sqrt() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.sqrt, self) } }
  /// 1/√x.
  public func rsqrt() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.rsqrt, self) } }
  /// 1/x.
  public func reciprocal() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.reciprocal, self) } }
  public func exp() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.exp, self) } }
  /// exp(x) − 1, accurate near 0.
  public func expm1() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.expm1, self) } }
  /// The natural logarithm.
  public func log() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.log, self) } }
  /// log(1 + x), accurate near 0.
  public func log1p() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.log1p, self) } }
  public func sin() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.sin, self) } }
  public func cos() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.cos, self) } }
  public func tanh() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.tanh, self) } }
  /// 1/(1 + exp(−x)).
  public func sigmoid() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.sigmoid, self) } }
  /// The error function 2/√π ∫₀ˣ exp(−t²) dt.
  public func erf() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.erf, self) } }
  /// max(x, 0).
  public func relu() -> Tensor { funnel { () throws(BackplaneError) in try Ops.unary(.relu, self) } }
  /// x · sigmoid(x), also called swish.
  public func silu() -> Tensor { funnel { () throws(BackplaneError) in try Ops.silu(self) } }
  /// x².
  public func square() -> Tensor { funnel { () throws(BackplaneError) in try Ops.square(self) } }
  /// The complement of each bit; of bool, not.
  public func bitwiseNot() -> Tensor { funnel { () throws(BackplaneError) in try Ops.bitwiseNot(self) } }
  /// True where x is zero.
  public func logicalNot() -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.apply(.bitwiseNot, Ops.cast(self, .bool)) }
  }

  @discardableResult public func neg_() -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.unaryInPlace(.neg, x) }
  }
  @discardableResult public func abs_() -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.unaryInPlace(.abs, x) }
  }
  @discardableResult public func sqrt_() -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.unaryInPlace(.sqrt, x) }
  }
  @discardableResult public func exp_() -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.unaryInPlace(.exp, x) }
  }
  @discardableResult public func log_() -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.unaryInPlace(.log, x) }
  }
  @discardableResult public func sin_() -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.unaryInPlace(.sin, x) }
  }
  @discardableResult public func cos_() -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.unaryInPlace(.cos, x) }
  }
  @discardableResult public func tanh_() -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.unaryInPlace(.tanh, x) }
  }
  @discardableResult public func sigmoid_() -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.unaryInPlace(.sigmoid, x) }
  }
  @discardableResult public func relu_() -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.unaryInPlace(.relu, x) }
  }

  public static prefix func - (x: Tensor) -> Tensor { x.neg() }
  public static prefix func ~ (x: Tensor) -> Tensor { x.bitwiseNot() }
}

extension Tensor {
  /// Runs a change in place through the funnel and returns the tensor.
  func inPlace(_ body: (Tensor) throws(BackplaneError) -> Void) -> Tensor {
    funnel { () throws(BackplaneError) in
      try body(self)
      return self
    }
  }
}
