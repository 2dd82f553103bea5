import BackendAPI

/// How ``Tensor/div(_:roundingMode:)-(Tensor,_)`` makes whole numbers of quotients.
public enum RoundingMode: String, Sendable {
  /// Down, as ``Tensor/floorDivide(_:)-(Tensor)`` does.
  case floor
  /// Toward zero, as integer division in Swift and C.
  case trunc
}

/// Shifts, and division with a rounding mode.
extension Ops {
  /// a · 2ᵇ, wrapped; 0 where b is negative or not below the width.
  static func shiftLeft(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let (x, y) = try integers(a, b, "lshift")
    // Powers of two past the width wrap to 0, and so do negative ones.
    return try mul(x, binary(.pow, .int(2), y))
  }

  /// a / 2ᵇ rounded down; where b is negative or not below the width, only the sign remains.
  static func shiftRight(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let (x, y) = try integers(a, b, "rshift")
    let width = 8 * x.dtype.byteCount - (x.dtype == .uint8 ? 0 : 1)
    let isOutside = try apply(
      .bitwiseOr, compare(.lt, y, .int(0)), compare(.ge, y, .int(Int64(width))), .bool)
    let safe = try select(isOutside, .scalar(.int(0)), .tensor(y), y.dtype)
    let quotient = try apply(.floorDivide, x, binary(.pow, .int(2), safe), x.dtype)
    let sign = try neg(cast(compare(.lt, x, .int(0)), x.dtype))
    return try select(isOutside, .tensor(sign), .tensor(quotient), x.dtype)
  }

  private static func integers(
    _ a: Tensor, _ b: Tensor, _ name: String
  ) throws(BackplaneError) -> (Tensor, Tensor) {
    let dtype = Promotion(a, b).result
    guard dtype.isInteger else {
      throw BackplaneError(.dtype, "\"\(name)_cpu\" not implemented for '\(dtype.scalarName)'")
    }
    return try together(cast(a, dtype), cast(b, dtype))
  }

  /// A number beside a tensor, as a tensor.
  static func wrapped(_ value: Scalar, beside x: Tensor) throws(BackplaneError) -> Tensor {
    try full(.scalar, value, Promotion(x, value).result, on: x.context)
  }

  static func roundingMode(_ name: String?) throws(BackplaneError) -> RoundingMode? {
    guard let name else { return nil }
    guard let mode = RoundingMode(rawValue: name) else {
      throw BackplaneError(
        .value, "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '\(name)'")
    }
    return mode
  }

  /// The quotient as it is, rounded down, or rounded toward zero.
  static func div(_ a: Tensor, _ b: Tensor, _ mode: RoundingMode?) throws(BackplaneError) -> Tensor {
    guard let mode else { return try div(a, b) }
    let promotion = Promotion(a, b).result
    guard promotion != .bool, !promotion.isComplex else {
      throw BackplaneError(
        .dtype, "\"div_\(mode == .floor ? "floor" : "trunc")\" not implemented for '\(promotion.scalarName)'")
    }
    let (x, y) = try together(cast(a, promotion), cast(b, promotion))
    if x.numel > 0 { try requireDivisor(.div, y) }
    let result = try rounded(x.detach(), y.detach(), mode)
    if Autograd.records(x, y) {
      let layouts = (x.layout, y.layout)
      Autograd.record("DivBackward1", [x, y], result, saves: false) { g throws(BackplaneError) in
        [
          try full(layouts.0, .int(0), g.dtype, on: g.context),
          try full(layouts.1, .int(0), g.dtype, on: g.context),
        ]
      }
    }
    return result
  }

  static func div(_ a: Tensor, _ b: Scalar, _ mode: RoundingMode?) throws(BackplaneError) -> Tensor {
    guard let mode else { return try binary(.div, a, b) }
    let divisor = try wrapped(b, beside: a)
    if divisor.dtype.isInteger { try requireDivisor(.div, b, of: cast(a, divisor.dtype)) }
    return try div(a, divisor, mode)
  }

  // MARK: Division by zero

  /// Throws where whole numbers are divided by a number that is zero.
  @inline(__always)
  static func requireDivisor(_ op: Operator, _ divisor: Scalar, of x: Tensor) throws(BackplaneError) {
    if x.dtype.isInteger, op.isDivision, x.numel > 0, divisor.words(as: x.dtype).0 == 0 { throw zeroDivision(op) }
  }

  /// Throws where whole numbers are divided by a tensor with a zero, on devices whose memory the host reaches. On
  /// others the search would wait for all that the device has to do; there the quotient is 0.
  @inline(__always)
  static func requireDivisor(_ op: Operator, _ divisor: Tensor) throws(BackplaneError) {
    if divisor.dtype.isInteger, op.isDivision, divisor.numel > 0, divisor.context.hasHostMemory {
      try requireNoZero(op, divisor)
    }
  }

  @inline(never)
  private static func requireNoZero(_ op: Operator, _ divisor: Tensor) throws(BackplaneError) {
    let isZero = try compare(.eq, divisor.detach(), .int(0))
    if try item(truth(.max, isZero, nil, keepDim: false)).isTrue { throw zeroDivision(op) }
  }

  private static func zeroDivision(_ op: Operator) -> BackplaneError {
    BackplaneError(.value, "ZeroDivisionError: \(op.name) of whole numbers by zero")
  }

  private static func rounded(_ x: Tensor, _ y: Tensor, _ mode: RoundingMode) throws(BackplaneError) -> Tensor {
    if mode == .floor { return try apply(.floorDivide, x, y, x.dtype) }
    if x.dtype.isFloatingPoint { return try unary(.trunc, div(x, y)) }
    // What is left after the remainder of the dividend's sign divides exactly.
    return try apply(.floorDivide, sub(x, apply(.fmod, x, y, x.dtype)), y, x.dtype)
  }
}

extension Operator {
  /// Whether whole numbers cannot be divided by zero.
  fileprivate var isDivision: Bool {
    id == BP_OP_FLOOR_DIVIDE || id == BP_OP_REMAINDER || id == BP_OP_FMOD || id == BP_OP_DIV
  }
}

extension Tensor {
  /// The quotient, rounded down with `roundingMode: .floor`, toward zero with `.trunc`; whole numbers then stay so, and
  /// have no quotient by zero (see ``floorDivide(_:)-(Tensor)``).
  public func div(_ other: Tensor, roundingMode: RoundingMode?) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.div(self, other, roundingMode) }
  }
  /// The quotients of the elements and a number, rounded down with `.floor`, toward zero with `.trunc`.
  public func div(_ other: some ScalarConvertible, roundingMode: RoundingMode?) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.div(self, other.scalar, roundingMode)
    }
  }
  /// Divides the elements by those of `other` and rounds, in place.
  @discardableResult public func div_(_ other: Tensor, roundingMode: RoundingMode?) -> Tensor {
    inPlace { (x) throws(BackplaneError) in
      try InPlace.update(x) { (x) throws(BackplaneError) in try Ops.div(x, other, roundingMode) }
    }
  }
  /// Divides the elements by a number and rounds, in place.
  @discardableResult public func div_(_ other: some ScalarConvertible, roundingMode: RoundingMode?) -> Tensor {
    inPlace { (x) throws(BackplaneError) in
      try InPlace.update(x) { (x) throws(BackplaneError) in try Ops.div(x, other.scalar, roundingMode) }
    }
  }
  /// The true quotients of two tensors, which broadcast: ``div(_:)-(Tensor)`` by its longer name.
  public func trueDivide(_ other: Tensor) -> Tensor { div(other) }
  /// The true quotients of the elements and a number: integers give float32.
  public func trueDivide(_ other: some ScalarConvertible) -> Tensor { div(other) }
  /// The bits of each integer moved up by those of `other`; 0 where that is negative or not below the width.
  public func bitwiseLeftShift(_ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.shiftLeft(self, other) }
  }
  /// The bits of each integer moved up by one number; 0 where that is negative or not below the width.
  public func bitwiseLeftShift(_ other: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.shiftLeft(self, Ops.wrapped(other.scalar, beside: self)) }
  }
  /// The bits of each integer moved down by those of `other`; the sign is kept.
  public func bitwiseRightShift(_ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.shiftRight(self, other) }
  }
  /// The bits of each integer moved down by one number; the sign is kept.
  public func bitwiseRightShift(_ other: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.shiftRight(self, Ops.wrapped(other.scalar, beside: self)) }
  }
  /// The bits of each integer moved up; 0 where `b` is negative or not below the width.
  public static func << (a: Tensor, b: Tensor) -> Tensor { a.bitwiseLeftShift(b) }
  /// The bits of each integer moved up by one number.
  public static func << (a: Tensor, b: Int) -> Tensor { a.bitwiseLeftShift(b) }
  /// The bits of each integer moved down; the sign is kept.
  public static func >> (a: Tensor, b: Tensor) -> Tensor { a.bitwiseRightShift(b) }
  /// The bits of each integer moved down by one number; the sign is kept.
  public static func >> (a: Tensor, b: Int) -> Tensor { a.bitwiseRightShift(b) }
}
