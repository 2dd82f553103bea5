import BackendAPI

/// An elementwise function of one tensor: a row of the table from which everything is made that the frontend knows of
/// it: the operators by name with their forms in place, the names in recordings, and the tests of gradients.
///
/// A row stands in ``all``; beside it a function needs its methods of `Tensor` alone.
package final class UnaryFunction: Sendable {
  /// Which types the function takes.
  enum Domain: Sendable {
    /// Any number; the result has the operand's type.
    case numbers
    /// Floating point; integers and bool are converted to float32 first.
    case floats
    /// Floating point; integers are returned as they are.
    case roundings
    /// Integers and bool.
    case bits
  }

  /// What the gradient needs.
  enum Needs: Sendable { case operand, result, nothing }

  /// What an operator by name does.
  enum Calls: Sendable {
    /// The function.
    case plain
    /// A function that is this one and takes more types.
    case through(Function)
    /// It has further parameters: its signature is written out.
    case own
  }

  typealias Function = @Sendable (Tensor) throws(BackplaneError) -> Tensor
  /// From the incoming gradient and what was saved; of complex tensors the conjugate of what was saved, so that the
  /// formula of the derivative gives the conjugate of the derivative.
  typealias Gradient = @Sendable (Tensor, Tensor) throws(BackplaneError) -> Tensor

  package let op: Operator
  /// The function in PyTorch, as ``call(_:_:_:)`` takes it, in recordings by the first of its names. A name without a dot
  /// is that of a method too, and has a form in place.
  package let names: [String]
  let domain: Domain
  let needs: Needs
  /// Whether complex numbers are taken too.
  let takesComplex: Bool
  let calls: Calls
  /// Whether the name in `nn.functional` has the option `inplace`.
  let hasInPlaceOption: Bool
  let gradientName: String
  let gradient: Gradient
  /// The gradient as an operator of its own, for devices that have it.
  let gradientInOnePass: Operator?
  /// The function made of core operators, for devices without an extended one.
  let decomposition: Function?

  /// - Parameters:
  ///   - name: The operator's, in messages too.
  ///   - prefix: What stands before the name in PyTorch.
  ///   - others: PyTorch's other names, with what stands before them.
  ///   - gradientName: PyTorch's, where it is not the operator's name with `Backward0`.
  init(
    _ id: Int32, _ name: StaticString, _ domain: Domain, saves needs: Needs, takesComplex: Bool? = nil,
    within prefix: String = "", also others: [String] = [], calls: Calls = .plain, hasInPlaceOption: Bool = false,
    gradientName: String? = nil, gradientInOnePass: Operator? = nil,
    from decomposition: Function? = nil, _ gradient: @escaping Gradient
  ) {
    op = Operator(id, name)
    self.domain = domain
    self.takesComplex = takesComplex ?? (domain == .floats)
    names = ["\(prefix)\(name)"] + others
    self.calls = calls
    self.hasInPlaceOption = hasInPlaceOption
    self.decomposition = decomposition
    self.needs = needs
    self.gradientName = gradientName ?? Autograd.nodeName(of: name)
    self.gradient = gradient
    self.gradientInOnePass = gradientInOnePass
  }
}

/// The core functions and SILU: g is the incoming gradient, x the operand, y the result.
extension UnaryFunction {
  /// Every row.
  package static let all: [UnaryFunction] =
    [
      neg, abs, sign, bitwiseNot, floor, ceil, round, trunc, sqrt, rsqrt, reciprocal, exp, expm1, log, log1p, sin, cos,
      tanh, sigmoid, erf, relu, silu,
    ] + transcendental

  static let neg: UnaryFunction = .init(
    BP_OP_NEG, "neg", .numbers, saves: .nothing, takesComplex: true, also: ["negative"]
  ) {
    (g, _) throws(BackplaneError) in try Ops.neg(g)
  }
  static let abs: UnaryFunction = .init(
    BP_OP_ABS, "abs", .numbers, saves: .operand, also: ["absolute"], calls: .through(Ops.abs)
  ) {
    (g, x) throws(BackplaneError) in try Ops.mul(g, Ops.unary(.sign, x))
  }
  static let sign: UnaryFunction = .init(BP_OP_SIGN, "sign", .numbers, saves: .nothing, calls: .through(Ops.sign), zero)
  static let bitwiseNot: UnaryFunction = .init(
    BP_OP_BITWISE_NOT, "bitwise_not", .bits, saves: .nothing, zero)
  static let floor: UnaryFunction = .init(BP_OP_FLOOR, "floor", .roundings, saves: .nothing, zero)
  static let ceil: UnaryFunction = .init(BP_OP_CEIL, "ceil", .roundings, saves: .nothing, zero)
  static let round: UnaryFunction = .init(
    BP_OP_ROUND, "round", .roundings, saves: .nothing, also: ["special.round"], calls: .own, zero)
  static let trunc: UnaryFunction = .init(BP_OP_TRUNC, "trunc", .roundings, saves: .nothing, also: ["fix"], zero)
  static let sqrt: UnaryFunction = .init(BP_OP_SQRT, "sqrt", .floats, saves: .result) {
    (g, y) throws(BackplaneError) in try Ops.div(g, Ops.mul(y, .double(2)))
  }
  static let rsqrt: UnaryFunction = .init(BP_OP_RSQRT, "rsqrt", .floats, saves: .result) {
    (g, y) throws(BackplaneError) in
    try Ops.mul(g, Ops.mul(Ops.mul(y, Ops.mul(y, y)), .double(-0.5)))
  }
  static let reciprocal: UnaryFunction = .init(BP_OP_RECIPROCAL, "reciprocal", .floats, saves: .result) {
    (g, y) throws(BackplaneError) in try Ops.neg(Ops.mul(g, Ops.mul(y, y)))
  }
  static let exp: UnaryFunction = .init(BP_OP_EXP, "exp", .floats, saves: .result) {
    (g, y) throws(BackplaneError) in try Ops.mul(g, y)
  }
  static let expm1: UnaryFunction = .init(BP_OP_EXPM1, "expm1", .floats, saves: .result, also: ["special.expm1"]) {
    (g, y) throws(BackplaneError) in try Ops.mul(g, Ops.add(y, .double(1)))
  }
  static let log: UnaryFunction = .init(BP_OP_LOG, "log", .floats, saves: .operand) {
    (g, x) throws(BackplaneError) in try Ops.div(g, x)
  }
  static let log1p: UnaryFunction = .init(
    BP_OP_LOG1P, "log1p", .floats, saves: .operand, also: ["special.log1p"], gradientName: "Log1PBackward0"
  ) {
    (g, x) throws(BackplaneError) in try Ops.div(g, Ops.add(x, .double(1)))
  }
  static let sin: UnaryFunction = .init(BP_OP_SIN, "sin", .floats, saves: .operand) {
    (g, x) throws(BackplaneError) in try Ops.mul(g, Ops.unary(.cos, x))
  }
  static let cos: UnaryFunction = .init(BP_OP_COS, "cos", .floats, saves: .operand) {
    (g, x) throws(BackplaneError) in try Ops.neg(Ops.mul(g, Ops.unary(.sin, x)))
  }
  static let tanh: UnaryFunction = .init(
    BP_OP_TANH, "tanh", .floats, saves: .result, also: ["nn.functional.tanh"], gradientInOnePass: .tanhBackward
  ) {
    (g, y) throws(BackplaneError) in try Ops.mul(g, Ops.sub(.double(1), Ops.mul(y, y)))
  }
  static let sigmoid: UnaryFunction = .init(
    BP_OP_SIGMOID, "sigmoid", .floats, saves: .result, also: ["special.expit", "nn.functional.sigmoid"],
    gradientInOnePass: .sigmoidBackward
  ) {
    (g, y) throws(BackplaneError) in try Ops.mul(g, Ops.mul(y, Ops.sub(.double(1), y)))
  }
  /// 2/√π · exp(−x²).
  static let erf: UnaryFunction = .init(
    BP_OP_ERF, "erf", .floats, saves: .operand, takesComplex: false, also: ["special.erf"]
  ) {
    (g, x) throws(BackplaneError) in
    try Ops.mul(g, Ops.mul(Ops.unary(.exp, Ops.neg(Ops.mul(x, x))), .double(1.1283791670955126)))
  }
  static let relu: UnaryFunction = .init(
    BP_OP_RELU, "relu", .numbers, saves: .result, also: ["nn.functional.relu"], hasInPlaceOption: true,
    gradientInOnePass: .reluBackward
  ) {
    (g, y) throws(BackplaneError) in try Ops.zeroed(g, where: Ops.compare(.le, y, .int(0)))
  }
  /// With s = sigmoid(x): s (1 + x (1 − s)).
  static let silu: UnaryFunction = .init(
    BP_OP_SILU, "silu", .floats, saves: .operand, within: "nn.functional.", hasInPlaceOption: true,
    gradientInOnePass: .siluBackward, from: Decomposition.silu
  ) {
    (g, x) throws(BackplaneError) in
    let wide = try Ops.widened(x), s = try Ops.unary(.sigmoid, wide)
    let slope = try Ops.mul(s, Ops.add(Ops.mul(wide, Ops.sub(.double(1), s)), .double(1)))
    return try Ops.cast(Ops.mul(Ops.widened(g), slope), g.dtype)
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
    return try cast(decomposition(widened(x.detach())), x.dtype)
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
      let seen = try saved.unpack(node)
      if let direct = try gradientInOnePass(f.gradientInOnePass, g, seen) { return [direct] }
      return [try f.gradient(g, conj(seen))]
    }
    Autograd.attach(node, to: y)
  }

  /// The operand in a type that the function takes, or nil where the function leaves it as it is.
  @inline(__always)
  private static func prepare(_ f: UnaryFunction, _ x: Tensor) throws(BackplaneError) -> Tensor? {
    if x.dtype.isFloatingPoint, f.domain != .bits { return x }
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
    case .bits:
      guard x.dtype.isInteger || x.dtype == .bool else {
        throw BackplaneError(.dtype, "\(f.op.name): not implemented for '\(x.dtype.scalarName)'")
      }
      return x
    }
  }

  private static func refusal(ofComplex f: UnaryFunction, _ dtype: DType) -> BackplaneError {
    let text =
      switch f.domain {
      case .bits: "\(f.op.name): not implemented for '\(dtype.scalarName)'"
      case .roundings: "\(f.op.name) is not supported for complex inputs"
      case .numbers where f.op.id == BP_OP_ABS: "In-place abs is not supported for complex tensors."
      case .numbers where f.op.id == BP_OP_SIGN:
        "Unlike NumPy, sign is not intended to support complex numbers. Please use sgn instead."
      default: "\"\(f.op.name)\" not implemented for '\(dtype.scalarName)'"
      }
    return BackplaneError(.dtype, text)
  }

  /// The bare operator: no conversion, no gradient.
  static func apply(_ op: Operator, _ x: Tensor) throws(BackplaneError) -> Tensor {
    let layout = x.isContiguous ? x.layout : try Layout.contiguous(x.layout.shape)
    let y = try Tensor(elementwise: layout, x.dtype, on: x.context)
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
  static func logicalNot(_ x: Tensor) throws(BackplaneError) -> Tensor { try unary(.bitwiseNot, cast(x, .bool)) }
}

extension Tensor {
  @inline(__always)
  func unary(_ f: UnaryFunction) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.unary(f, Scopes.areOpen ? Autocast.apply(f.names[0], [self])[0] ?? self : self)
    }
  }

  @inline(__always)
  func unaryInPlace(_ f: UnaryFunction) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.unaryInPlace(f, x) }
  }

  /// Runs a change in place through the funnel and returns the tensor.
  func inPlace(_ body: (Tensor) throws(BackplaneError) -> Void) -> Tensor {
    funnel { () throws(BackplaneError) in
      try body(self)
      return self
    }
  }
}

extension Tensor {
  /// The negative of each element, −x. Bools are an error.
  public func neg() -> Tensor { unary(.neg) }
  /// Replaces each element by its negative.
  @discardableResult public func neg_() -> Tensor { unaryInPlace(.neg) }
  /// The absolute value of each element. Integers stay integers; of complex numbers it is the modulus, which is real.
  public func abs() -> Tensor { funnel { () throws(BackplaneError) in try Ops.abs(self) } }
  /// Replaces each element by its absolute value. Complex tensors are an error, since the result is real.
  @discardableResult public func abs_() -> Tensor { unaryInPlace(.abs) }
  /// The sign of each element: −1, 0 or 1.
  public func sign() -> Tensor { funnel { () throws(BackplaneError) in try Ops.sign(self) } }
  /// Replaces each element by its sign: −1, 0 or 1.
  @discardableResult public func sign_() -> Tensor { change(Ops.sign) }
  /// The greatest integer that is not above each element.
  public func floor() -> Tensor { unary(.floor) }
  /// Rounds each element down to an integer.
  @discardableResult public func floor_() -> Tensor { unaryInPlace(.floor) }
  /// The least integer that is not below each element.
  public func ceil() -> Tensor { unary(.ceil) }
  /// Rounds each element up to an integer.
  @discardableResult public func ceil_() -> Tensor { unaryInPlace(.ceil) }
  /// The integer nearest to each element; halves go to the even one.
  public func round() -> Tensor { unary(.round) }
  /// Rounds each element to the nearest integer; halves go to the even one.
  @discardableResult public func round_() -> Tensor { unaryInPlace(.round) }
  /// The integer part of each element.
  public func trunc() -> Tensor { unary(.trunc) }
  /// Rounds each element toward zero.
  @discardableResult public func trunc_() -> Tensor { unaryInPlace(.trunc) }
  /// The square root of each element; NaN of negative numbers.
  public func sqrt() -> Tensor { unary(.sqrt) }
  /// Replaces each element by its square root.
  @discardableResult public func sqrt_() -> Tensor { unaryInPlace(.sqrt) }
  /// The reciprocal square root 1/√x of each element.
  public func rsqrt() -> Tensor { unary(.rsqrt) }
  /// Replaces each element by its reciprocal square root 1/√x.
  @discardableResult public func rsqrt_() -> Tensor { unaryInPlace(.rsqrt) }
  /// The reciprocal 1/x of each element.
  public func reciprocal() -> Tensor { unary(.reciprocal) }
  /// Replaces each element by its reciprocal 1/x.
  @discardableResult public func reciprocal_() -> Tensor { unaryInPlace(.reciprocal) }
  /// The exponential eˣ of each element.
  public func exp() -> Tensor { unary(.exp) }
  /// Replaces each element by its exponential.
  @discardableResult public func exp_() -> Tensor { unaryInPlace(.exp) }
  /// The exponential minus 1, eˣ − 1, accurate near 0.
  public func expm1() -> Tensor { unary(.expm1) }
  /// Replaces each element by eˣ − 1.
  @discardableResult public func expm1_() -> Tensor { unaryInPlace(.expm1) }
  /// The natural logarithm of each element; NaN of negative numbers.
  public func log() -> Tensor { unary(.log) }
  /// Replaces each element by its natural logarithm.
  @discardableResult public func log_() -> Tensor { unaryInPlace(.log) }
  /// The logarithm log(1 + x), accurate near 0.
  public func log1p() -> Tensor { unary(.log1p) }
  /// Replaces each element by log(1 + x).
  @discardableResult public func log1p_() -> Tensor { unaryInPlace(.log1p) }
  /// The sine of each element, in radians.
  public func sin() -> Tensor { unary(.sin) }
  /// Replaces each element by its sine.
  @discardableResult public func sin_() -> Tensor { unaryInPlace(.sin) }
  /// The cosine of each element, in radians.
  public func cos() -> Tensor { unary(.cos) }
  /// Replaces each element by its cosine.
  @discardableResult public func cos_() -> Tensor { unaryInPlace(.cos) }
  /// The hyperbolic tangent of each element.
  public func tanh() -> Tensor { unary(.tanh) }
  /// Replaces each element by its hyperbolic tangent.
  @discardableResult public func tanh_() -> Tensor { unaryInPlace(.tanh) }
  /// The sigmoid 1/(1 + e⁻ˣ) of each element.
  public func sigmoid() -> Tensor { unary(.sigmoid) }
  /// Replaces each element by its sigmoid 1/(1 + e⁻ˣ).
  @discardableResult public func sigmoid_() -> Tensor { unaryInPlace(.sigmoid) }
  /// The error function 2/√π ∫₀ˣ exp(−t²) dt of each element.
  public func erf() -> Tensor { unary(.erf) }
  /// Replaces each element by its error function.
  @discardableResult public func erf_() -> Tensor { unaryInPlace(.erf) }
  /// The rectifier max(x, 0) of each element.
  public func relu() -> Tensor { unary(.relu) }
  /// Replaces each element by max(x, 0).
  @discardableResult public func relu_() -> Tensor { unaryInPlace(.relu) }
  /// The product x · sigmoid(x) for each element, also called swish.
  public func silu() -> Tensor { unary(.silu) }
  /// The square x² of each element.
  public func square() -> Tensor { funnel { () throws(BackplaneError) in try Ops.square(self) } }
  /// Replaces each element by its square.
  @discardableResult public func square_() -> Tensor { change(Ops.square) }
  /// The complement of each bit; of bools, not.
  public func bitwiseNot() -> Tensor { unary(.bitwiseNot) }
  /// Replaces each bit by its complement; of bools, not.
  @discardableResult public func bitwiseNot_() -> Tensor { unaryInPlace(.bitwiseNot) }
  /// Whether each element is zero, as a bool tensor.
  public func logicalNot() -> Tensor { funnel { () throws(BackplaneError) in try Ops.logicalNot(self) } }
  /// Replaces each element by whether it is zero: 1 or 0 in the tensor's own type.
  @discardableResult public func logicalNot_() -> Tensor { change(Ops.logicalNot) }

  /// The negative of each element. Bools are an error.
  public static prefix func - (x: Tensor) -> Tensor { x.neg() }
  /// The complement of each bit; of bools, not.
  public static prefix func ~ (x: Tensor) -> Tensor { x.bitwiseNot() }
}
