import BackendAPI

/// An elementwise function of two tensors: a row of the table from which everything is made that the frontend knows of it:
/// the operators by name with their forms in place, and the names in recordings.
///
/// A row stands in ``all``; beside it a function needs its methods of `Tensor` alone.
package final class BinaryFunction: Sendable {
  enum Domain: Sendable {
    /// Any type.
    case all
    /// Any type but bool.
    case numbers
    /// Floating point; two integers are converted to float32 first.
    case floats
    /// Integers and bool.
    case bits
  }

  /// From the incoming gradient and the operands a and b: the gradient of one operand, before it is summed back to the
  /// operand's shape. Complex operands come conjugated, so that the formula of the derivative gives its conjugate.
  typealias Gradient =
    @Sendable (_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor

  package let op: Operator
  /// The function in PyTorch, as ``call(_:_:_:)`` takes it, in recordings by the first of its names. Each is that of a
  /// method too.
  package let names: [String]
  let domain: Domain
  let gradientName: String
  /// Whether complex numbers are taken too.
  let takesComplex: Bool
  /// Which operands of an operator by name may be numbers; nil if it has further parameters: its signature is written
  /// out.
  let numbers: Numbers?
  /// Whether there is a method that changes its tensor.
  package let hasInPlaceForm: Bool
  let gradientA: Gradient?
  let gradientB: Gradient?
  /// What the gradient of a looks at, and that of b: it is saved if that gradient is wanted.
  let seenByA: Operands
  let seenByB: Operands

  struct Operands: OptionSet, Sendable {
    let rawValue: UInt8
    static let a = Operands(rawValue: 1)
    static let b = Operands(rawValue: 2)
  }

  struct Numbers: OptionSet, Sendable {
    let rawValue: UInt8
    static let first = Numbers(rawValue: 1)
    static let second = Numbers(rawValue: 2)
    /// Both at once, which PyTorch takes of the four kinds of arithmetic alone.
    static let both = Numbers(rawValue: 4)
    static let either: Numbers = [.first, .second]
  }

  /// - Parameters:
  ///   - name: The operator's, in messages too, and PyTorch's.
  ///   - others: PyTorch's other names.
  ///   - gradientName: PyTorch's, where it is not the operator's name with `Backward0`.
  init(
    _ id: Int32, _ name: StaticString, _ domain: Domain, also others: [String] = [], numbers: Numbers?,
    hasInPlaceForm: Bool = true, gradientName: String? = nil, sees: (a: Operands, b: Operands) = ([], []),
    takesComplex: Bool = false, _ gradientA: Gradient?, _ gradientB: Gradient?
  ) {
    op = Operator(id, name)
    names = ["\(name)"] + others
    self.domain = domain
    self.numbers = numbers
    self.hasInPlaceForm = hasInPlaceForm
    self.takesComplex = takesComplex
    self.gradientName = gradientName ?? Autograd.nodeName(of: name)
    (seenByA, seenByB) = sees
    self.gradientA = gradientA
    self.gradientB = gradientB
  }

  /// A function whose result does not vary smoothly with its operands.
  convenience init(_ id: Int32, _ name: StaticString, _ domain: Domain, numbers: Numbers?) {
    self.init(id, name, domain, numbers: numbers, gradientName: "NotImplemented", nil, nil)
  }
}

/// The table.
extension BinaryFunction {
  /// Every row.
  package static let all: [BinaryFunction] = [
    add, sub, mul, div, floorDivide, remainder, fmod, pow, maximum, minimum, atan2, bitwiseAnd, bitwiseOr, bitwiseXor,
  ]

  static let add: BinaryFunction = .init(
    BP_OP_ADD, "add", .all, numbers: nil, takesComplex: true,
    { (g, _, _) throws(BackplaneError) in g },
    { (g, _, _) throws(BackplaneError) in g })
  static let sub: BinaryFunction = .init(
    BP_OP_SUB, "sub", .numbers, also: ["subtract"], numbers: nil, takesComplex: true,
    { (g, _, _) throws(BackplaneError) in g },
    { (g, _, _) throws(BackplaneError) in try Ops.neg(g) })
  static let mul: BinaryFunction = .init(
    BP_OP_MUL, "mul", .all, also: ["multiply"], numbers: [.either, .both], sees: (.b, .a), takesComplex: true,
    { (g, _, b) throws(BackplaneError) in try Ops.mul(g, b) },
    { (g, a, _) throws(BackplaneError) in try Ops.mul(g, a) })
  static let div: BinaryFunction = .init(
    BP_OP_DIV, "div", .floats, also: ["divide", "true_divide"], numbers: nil, sees: (.b, [.a, .b]), takesComplex: true,
    { (g, _, b) throws(BackplaneError) in try Ops.div(g, b) },
    { (g, a, b) throws(BackplaneError) in try Ops.neg(Ops.mul(g, Ops.div(Ops.div(a, b), b))) })
  /// b aᵇ⁻¹ (0 where b is 0), and aᵇ log a (0 where a is 0 and b is not negative).
  static let pow: BinaryFunction = .init(
    BP_OP_POW, "pow", .numbers, numbers: nil, gradientName: "PowBackward1", sees: ([.a, .b], [.a, .b]),
    takesComplex: true,
    { (g, a, b) throws(BackplaneError) in
      let slope = try Ops.mul(b, Ops.pow(a, Ops.sub(b, .double(1))))
      return try Ops.zeroed(Ops.mul(g, slope), where: Ops.compare(.eq, b, .int(0)))
    },
    { (g, a, b) throws(BackplaneError) in
      let slope = try Ops.mul(Ops.pow(a, b), Ops.unary(.log, a))
      let isFlat = try Ops.apply(
        .bitwiseAnd, Ops.compare(.eq, a, .int(0)), Ops.compare(.ge, Ops.real(b), .int(0)), .bool)
      return try Ops.zeroed(Ops.mul(g, slope), where: isFlat)
    })
  static let maximum: BinaryFunction = .init(
    BP_OP_MAXIMUM, "maximum", .all, numbers: [], hasInPlaceForm: false, sees: ([.a, .b], [.a, .b]),
    { (g, a, b) throws(BackplaneError) in try Ops.share(g, .lt, a, b) },
    { (g, a, b) throws(BackplaneError) in try Ops.share(g, .lt, b, a) })
  static let minimum: BinaryFunction = .init(
    BP_OP_MINIMUM, "minimum", .all, numbers: [], hasInPlaceForm: false, sees: ([.a, .b], [.a, .b]),
    { (g, a, b) throws(BackplaneError) in try Ops.share(g, .gt, a, b) },
    { (g, a, b) throws(BackplaneError) in try Ops.share(g, .gt, b, a) })
  static let atan2: BinaryFunction = .init(
    BP_OP_ATAN2, "atan2", .floats, also: ["arctan2"], numbers: [], sees: ([.a, .b], [.a, .b]),
    { (g, a, b) throws(BackplaneError) in try Ops.turn(g, a, b, over: b) },
    { (g, a, b) throws(BackplaneError) in try Ops.neg(Ops.turn(g, a, b, over: a)) })
  static let remainder: BinaryFunction = .init(
    BP_OP_REMAINDER, "remainder", .numbers, numbers: .either, sees: ([], [.a, .b]),
    { (g, _, _) throws(BackplaneError) in g },
    { (g, a, b) throws(BackplaneError) in try Ops.neg(Ops.mul(g, Ops.div(a, b, .floor))) })
  static let fmod: BinaryFunction = .init(
    BP_OP_FMOD, "fmod", .numbers, numbers: .second, sees: ([], [.a, .b]),
    { (g, _, _) throws(BackplaneError) in g },
    { (g, a, b) throws(BackplaneError) in try Ops.neg(Ops.mul(g, Ops.div(a, b, .trunc))) })
  static let floorDivide: BinaryFunction = .init(
    BP_OP_FLOOR_DIVIDE, "floor_divide", .numbers, numbers: [.either, .both])
  static let bitwiseAnd: BinaryFunction = .init(BP_OP_BITWISE_AND, "bitwise_and", .bits, numbers: .either)
  static let bitwiseOr: BinaryFunction = .init(BP_OP_BITWISE_OR, "bitwise_or", .bits, numbers: .either)
  static let bitwiseXor: BinaryFunction = .init(BP_OP_BITWISE_XOR, "bitwise_xor", .bits, numbers: .either)
}

/// Operators of the tables that others execute by themselves, without promotion and gradient.
extension Operator {
  static var add: Operator { BinaryFunction.add.op }
  static var div: Operator { BinaryFunction.div.op }
  static var floorDivide: Operator { BinaryFunction.floorDivide.op }
  static var fmod: Operator { BinaryFunction.fmod.op }
  static var mul: Operator { BinaryFunction.mul.op }
  static var bitwiseAnd: Operator { BinaryFunction.bitwiseAnd.op }
  static var bitwiseOr: Operator { BinaryFunction.bitwiseOr.op }
  static var bitwiseNot: Operator { UnaryFunction.bitwiseNot.op }
  static var exp: Operator { UnaryFunction.exp.op }
  static var neg: Operator { UnaryFunction.neg.op }
  static var reciprocal: Operator { UnaryFunction.reciprocal.op }
  static var rsqrt: Operator { UnaryFunction.rsqrt.op }
  static var sqrt: Operator { UnaryFunction.sqrt.op }
}

// MARK: - The rule

extension Ops {
  /// Applies a function of the table: promotion, broadcasting, gradient.
  static func binary(_ f: BinaryFunction, _ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    // Most calls are of two like tensors without gradients.
    if a.hasSameShape(as: b), a.isContiguous, b.isContiguous, a.dtype == b.dtype, a.context === b.context,
      a.dtype.isFloatingPoint, f.domain != .bits
    {
      let result = try Tensor(elementwise: a.layout, a.dtype, on: a.context)
      try Dispatcher.binary(f.op, on: a.context, a.descriptor, b.descriptor, to: result.descriptor)
      withExtendedLifetime((a, b)) {}
      if Autograd.records(a, b) { try record(f, a, b, result) }
      return result
    }
    return try binaryOfAny(f, a, b)
  }

  @inline(never)
  private static func binaryOfAny(_ f: BinaryFunction, _ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let dtype = try resultType(f, a, b)
    // Converted first, for the other device may not have the type of a number that comes to it.
    let (x, y) = try together(cast(a, dtype), cast(b, dtype))
    if x.numel > 0 { try requireDivisor(f.op, y) }
    let result = try apply(f.op, x, y, dtype)
    if Autograd.records(x, y) { try record(f, x, y, result) }
    return result
  }

  /// The bare operator on tensors of one type: broadcasting, but no gradient.
  static func apply(
    _ op: Operator, _ a: Tensor, _ b: Tensor, _ resultType: DType
  ) throws(BackplaneError) -> Tensor {
    let shape = try broadcast(a.layout.shape, b.layout.shape)
    let result = try Tensor(elementwise: .contiguous(shape), resultType, on: a.context)
    try Dispatcher.binary(
      op, on: a.context, Operand(a, as: expanded(a, shape)), Operand(b, as: expanded(b, shape)), to: Operand(result))
    return result
  }

  static func expanded(_ x: Tensor, _ shape: [Int]) throws(BackplaneError) -> Layout {
    x.layout.shape == shape ? x.layout : try x.layout.broadcast(to: shape)
  }

  /// A layout of zero strides: the shape that an immediate stands for.
  static func immediateLayout(_ shape: [Int]) throws(BackplaneError) -> Layout {
    try .strided(shape, [Int](repeating: 0, count: shape.count))
  }

  /// Tensor and scalar; the scalar travels inside the call.
  static func binary(_ f: BinaryFunction, _ a: Tensor, _ b: Scalar) throws(BackplaneError) -> Tensor {
    let dtype = try resultType(f, a, b)
    let x = try cast(a, dtype)
    try requireDivisor(f.op, b, of: x)
    let result = try Tensor(elementwise: denseLayout(x), dtype, on: x.context)
    try write(f.op, x, b, to: result)
    if Autograd.records(x), let gradient = f.gradientA {
      let name = f.op.id == BP_OP_POW ? "PowBackward0" : f.gradientName
      let saved = f.seenByA.contains(.a) ? try Saved(x) : nil
      Autograd.record(name, [x], result, saves: !f.seenByA.isEmpty) { g throws(BackplaneError) in
        let x = try saved.map { saved throws(BackplaneError) in try conj(saved.unpack()) } ?? g
        return [try scalarGradient(f, g, x, b.conjugate, gradient)]
      }
    }
    return result
  }

  /// The bare operator on a tensor and a scalar.
  @inline(__always)
  private static func write(
    _ op: Operator, _ x: Tensor, _ b: Scalar, to result: Tensor
  ) throws(BackplaneError) {
    if op.id == BP_OP_POW, try writePower(x, b, to: result) { return }
    try Dispatcher.binary(
      op, on: x.context, Operand(x), Operand(b, x.dtype, as: immediateLayout(x.layout.shape)), to: Operand(result))
  }

  /// Scalar and tensor.
  static func binary(_ f: BinaryFunction, _ a: Scalar, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let dtype = try resultType(f, b, a)
    let y = try cast(b, dtype)
    try requireDivisor(f.op, y)
    let result = try Tensor(elementwise: denseLayout(y), dtype, on: y.context)
    try Dispatcher.binary(
      f.op, on: y.context, Operand(a, dtype, as: immediateLayout(y.layout.shape)), Operand(y), to: Operand(result))
    if Autograd.records(y), let gradient = f.gradientB {
      let saved = f.seenByB.contains(.b) ? try Saved(y) : nil
      Autograd.record(f.gradientName, [y], result, saves: !f.seenByB.isEmpty) { g throws(BackplaneError) in
        let y = try saved.map { saved throws(BackplaneError) in try conj(saved.unpack()) } ?? g
        return [try gradient(g, full(.scalar, a.conjugate, dtype, on: g.context), y)]
      }
    }
    return result
  }

  /// The gradient of tensor-and-scalar functions, which for the common ones needs no tensor of the scalar.
  private static func scalarGradient(
    _ f: BinaryFunction, _ g: Tensor, _ a: Tensor, _ b: Scalar, _ gradient: BinaryFunction.Gradient
  ) throws(BackplaneError) -> Tensor {
    switch f.op.id {
    case BP_OP_ADD, BP_OP_SUB: return g
    case BP_OP_MUL: return try mul(g, b)
    case BP_OP_DIV: return try binary(.div, g, b)
    case BP_OP_POW:
      if !b.isTrue { return try zerosLike(g) }
      if b.double == 2, b.imaginary == 0 { return try mul(g, mul(a, .double(2))) }
      return try mul(g, mul(pow(a, b.minusOne), b))
    default: return try gradient(g, a, full(.scalar, b, a.dtype, on: g.context))
    }
  }

  private static func denseLayout(_ x: Tensor) throws(BackplaneError) -> Layout {
    x.isContiguous ? x.layout : try .contiguous(x.layout.shape)
  }

  /// The type of what `f` makes of both, which refuses types that `f` does not take.
  static func resultType(_ f: BinaryFunction, _ a: Tensor, _ b: Tensor) throws(BackplaneError) -> DType {
    try resultType(f, Promotion(a, b).result, a.dtype == .bool || b.dtype == .bool)
  }

  static func resultType(
    _ f: BinaryFunction, _ tensor: Tensor, _ scalar: Scalar
  ) throws(BackplaneError) -> DType {
    var promotion = Promotion()
    promotion.add(tensor.dtype, rank: tensor.layout.rank)
    promotion.add(scalar)
    var hasBool = tensor.dtype == .bool
    if case .bool = scalar { hasBool = true }
    return try resultType(f, promotion.result, hasBool)
  }

  private static func resultType(
    _ f: BinaryFunction, _ promoted: DType, _ hasBool: Bool
  ) throws(BackplaneError) -> DType {
    if f.op.id == BP_OP_FLOOR_DIVIDE, promoted == .bool || promoted.isComplex {
      throw BackplaneError(.dtype, "\"div_floor\" not implemented for '\(promoted.scalarName)'")
    }
    guard f.takesComplex || !promoted.isComplex else {
      if f.op.id == BP_OP_MAXIMUM || f.op.id == BP_OP_MINIMUM {
        throw BackplaneError(.dtype, "\(f.op.name) not implemented for complex tensors.")
      }
      throw BackplaneError(.dtype, "\"\(f.op.name)\" not implemented for '\(promoted.scalarName)'")
    }
    switch f.domain {
    case .all: break
    case .numbers where promoted == .bool:
      if f.op.id == BP_OP_SUB {
        throw BackplaneError(
          .dtype,
          "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logicalXor()` "
            + "operator instead.")
      }
      throw BackplaneError(.dtype, "\(f.op.name): not implemented for 'Bool'")
    case .numbers where hasBool && f.op.id == BP_OP_SUB:
      throw BackplaneError(
        .dtype,
        "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the "
          + "`~` or `logicalNot()` operator instead.")
    case .numbers: break
    case .floats where promoted.category < .floatingPoint: return .float32
    case .floats: break
    case .bits where !(promoted.isInteger || promoted == .bool):
      throw BackplaneError(.dtype, "\(f.op.name): not implemented for '\(promoted.scalarName)'")
    case .bits: break
    }
    return promoted
  }

  @inline(never)
  private static func record(
    _ f: BinaryFunction, _ a: Tensor, _ b: Tensor, _ result: Tensor
  ) throws(BackplaneError) {
    let needsA = a.requiresGrad
    let needsB = b.requiresGrad
    var seen: BinaryFunction.Operands = needsA ? f.seenByA : []
    if needsB { seen.formUnion(f.seenByB) }
    let savedA = seen.contains(.a) ? try Saved(a) : nil
    let savedB = seen.contains(.b) ? try Saved(b) : nil
    let shapeA = a.layout
    let shapeB = b.layout
    Autograd.record(f.gradientName, [a, b], result, saves: !seen.isEmpty) { g throws(BackplaneError) in
      let a = try savedA.map { saved throws(BackplaneError) in try conj(saved.unpack()) } ?? g
      let b = try savedB.map { saved throws(BackplaneError) in try conj(saved.unpack()) } ?? g
      var grads: [Tensor?] = [nil, nil]
      if needsA, let gradient = f.gradientA { grads[0] = try sum(gradient(g, a, b), to: shapeA) }
      if needsB, let gradient = f.gradientB { grads[1] = try sum(gradient(g, a, b), to: shapeB) }
      return grads
    }
  }

  /// What of the gradient of maximum and minimum is a's: 0 where a loses to b, half where they are equal, else all, NaN
  /// included.
  static func share(_ g: Tensor, _ loses: Operator, _ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let even = try `where`(compare(.eq, a, b), mul(g, .double(0.5)), g)
    return try zeroed(even, where: compare(loses, a, b))
  }

  /// x, and 0 where a condition holds: whatever x is there, NaN included.
  static func zeroed(_ x: Tensor, where condition: Tensor) throws(BackplaneError) -> Tensor {
    try select(condition, .scalar(.int(0)), .tensor(x), x.dtype)
  }

  /// g c / (a² + b²), and 0 at the origin.
  fileprivate static func turn(
    _ g: Tensor, _ a: Tensor, _ b: Tensor, over c: Tensor
  ) throws(BackplaneError) -> Tensor {
    // Scaled, so that no square leaves the type's range; the scale cancels out of value and derivatives.
    let size = try binary(.maximum, unary(.abs, a.detach()), unary(.abs, b.detach()))
    let isOrigin = try compare(.eq, size, .int(0))
    let isUnscaled = try apply(.bitwiseOr, isOrigin, compare(.eq, size, .double(.infinity)), .bool)
    let scale = try select(isUnscaled, .scalar(.int(1)), .tensor(size), size.dtype)
    let (u, v) = (try div(a, scale), try div(b, scale))
    let squares = try add(mul(u, u), mul(v, v))
    let safe = try select(isOrigin, .scalar(.int(1)), .tensor(squares), squares.dtype)
    return try zeroed(mul(g, div(div(div(c, scale), safe), scale)), where: isOrigin)
  }
}

// MARK: - In place, and into a given tensor

extension Ops {
  /// a = f(a, b).
  static func binaryInPlace(_ f: BinaryFunction, _ a: Tensor, _ b: Tensor) throws(BackplaneError) {
    try InPlace.check(a)
    let b = try near(b, a)
    try requireCast(resultType(f, a, b), to: a.dtype)
    let shape = try broadcast(a.layout.shape, b.layout.shape)
    guard shape == a.layout.shape else {
      throw BackplaneError(
        .shape, "output with shape \(a.shape) doesn't match the broadcast shape \(shape)")
    }
    if Autograd.records(a, b) {
      let result = try InPlace.beforeChange(of: a) { a throws(BackplaneError) in try cast(binary(f, a, b), a.dtype) }
      return try InPlace.replace(a, with: result)
    }
    let y = try InPlace.separate(cast(b, a.dtype), from: a)
    if a.numel > 0 { try requireDivisor(f.op, y) }
    try Dispatcher.binary(f.op, on: a.context, Operand(a), Operand(y, as: expanded(y, shape)), to: Operand(a))
    a.storage.version += 1
  }

  /// a = f(a, scalar).
  static func binaryInPlace(_ f: BinaryFunction, _ a: Tensor, _ b: Scalar) throws(BackplaneError) {
    try InPlace.check(a)
    try requireCast(resultType(f, a, b), to: a.dtype)
    try requireDivisor(f.op, b, of: a)
    if f.op.id == BP_OP_POW { try requirePower(a, b) }
    if Autograd.records(a) {
      let result = try InPlace.beforeChange(of: a) { a throws(BackplaneError) in try cast(binary(f, a, b), a.dtype) }
      return try InPlace.replace(a, with: result)
    }
    try write(f.op, a, b, to: a)
    a.storage.version += 1
  }

  private static func requireCast(_ from: DType, to: DType) throws(BackplaneError) {
    guard from.category <= to.category else {
      throw BackplaneError(
        .dtype, "result type \(from.scalarName) can't be cast to the desired output type \(to.scalarName)")
    }
  }

  /// out = f(a, b), without gradient.
  static func binary(
    _ f: BinaryFunction, _ a: Tensor, _ b: Tensor, out: Tensor
  ) throws(BackplaneError) {
    let (a, b) = (try near(a, out), try near(b, out))
    try InPlace.check(out)
    guard !Autograd.records([a, b, out]) else {
      throw BackplaneError(
        .autograd,
        "\(f.op.name)(): functions with out=... arguments don't support automatic differentiation, but one of the "
          + "arguments requires grad.")
    }
    let dtype = try resultType(f, a, b)
    guard dtype == out.dtype else {
      try requireCast(dtype, to: out.dtype)
      return try copy(binary(f, a, b), into: out)
    }
    let shape = try broadcast(a.layout.shape, b.layout.shape)
    guard shape == out.layout.shape else {
      throw BackplaneError(.shape, "\(f.op.name)(): out has shape \(out.shape), the result has shape \(shape)")
    }
    let x = try InPlace.separate(cast(a, dtype), from: out)
    let y = try InPlace.separate(cast(b, dtype), from: out)
    try Dispatcher.binary(
      f.op, on: out.context, Operand(x, as: expanded(x, shape)), Operand(y, as: expanded(y, shape)),
      to: Operand(out))
    out.storage.version += 1
  }

  // The names that gradients and other operators use.
  static func add(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor { try binary(.add, a, b) }
  static func add(_ a: Tensor, _ b: Scalar) throws(BackplaneError) -> Tensor { try binary(.add, a, b) }
  static func sub(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor { try binary(.sub, a, b) }
  static func sub(_ a: Tensor, _ b: Scalar) throws(BackplaneError) -> Tensor { try binary(.sub, a, b) }
  static func sub(_ a: Scalar, _ b: Tensor) throws(BackplaneError) -> Tensor { try binary(.sub, a, b) }
  static func mul(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor { try binary(.mul, a, b) }
  static func mul(_ a: Tensor, _ b: Scalar) throws(BackplaneError) -> Tensor { try binary(.mul, a, b) }
  static func div(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor { try binary(.div, a, b) }
  static func pow(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    // A truth to the power of a truth is false only where false is raised to true.
    guard a.dtype == .bool, b.dtype == .bool else { return try binary(.pow, a, b) }
    return try binary(.bitwiseOr, a, apply(.bitwiseNot, b))
  }
  static func addInPlace(_ a: Tensor, _ b: Tensor) throws(BackplaneError) { try binaryInPlace(.add, a, b) }
}
