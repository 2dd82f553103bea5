import BackendAPI

/// Powers of which one operand is a number.
extension Ops {
  static func pow(_ a: Tensor, _ b: Scalar) throws(BackplaneError) -> Tensor {
    try requirePower(a, b)
    if case .bool(let exponent) = b, a.dtype == .bool {
      return try exponent ? clone(a) : full(a.layout, .bool(true), .bool, on: a.context)
    }
    if case .int = b, a.dtype.isInteger { try b.requireFits(a.dtype) }
    return try binary(.pow, a, b)
  }

  static func pow(_ a: Scalar, _ b: Tensor) throws(BackplaneError) -> Tensor {
    if case .bool(let base) = a, b.dtype == .bool {
      return try base ? full(b.layout, .bool(true), .bool, on: b.context) : apply(.bitwiseNot, b)
    }
    return try binary(.pow, a, b)
  }

  static func powInPlace(_ a: Tensor, _ b: Tensor) throws(BackplaneError) {
    if a.dtype == .bool { return try InPlace.update(a) { a throws(BackplaneError) in try pow(a, b) } }
    try binaryInPlace(.pow, a, b)
  }

  static func requirePower(_ a: Tensor, _ b: Scalar) throws(BackplaneError) {
    if case .int(let exponent) = b, exponent < 0, a.dtype.isInteger {
      throw BackplaneError(.value, "Integers to negative integer powers are not allowed.")
    }
    if case .int = b, a.dtype.isInteger { try b.requireFits(a.dtype) }
  }

  /// Writes the powers that need no general function: squares, which are one product; and of complex numbers, where that
  /// function may go by way of the logarithm, small whole ones and roots. False where it is none of them.
  ///
  /// - Parameter result: May be `x` itself.
  static func writePower(_ x: Tensor, _ exponent: Scalar, to result: Tensor) throws(BackplaneError) -> Bool {
    guard exponent.imaginary == 0 else { return false }
    let (context, out) = (x.context, Operand(result))
    func multiply(_ a: Tensor, _ b: Tensor) throws(BackplaneError) {
      try Dispatcher.binary(.mul, on: context, Operand(a), Operand(b), to: out)
    }
    func finish(_ op: Operator, _ a: Tensor) throws(BackplaneError) {
      try Dispatcher.unary(op, on: context, Operand(a), to: out)
    }
    switch exponent.double {
    case 2: try multiply(x, x)
    case _ where !x.dtype.isComplex: return false
    case 0: try fill(result, .int(1))
    case 1: try finish(.copy, x)
    case 3: try multiply(apply(.mul, x, x, x.dtype), x)
    case -1: try finish(.reciprocal, x)
    case -2: try finish(.reciprocal, apply(.mul, x, x, x.dtype))
    case 0.5: try finish(.sqrt, x)
    case -0.5: try finish(.rsqrt, x)
    default: return false
    }
    return true
  }

  /// x².
  static func square(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try x.dtype == .bool ? pow(cast(x, .int64), .int(2)) : pow(x, .int(2))
  }

  /// a to the power of b in float64, or complex128.
  static func floatPower(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let dtype: DType = a.dtype.isComplex || b.dtype.isComplex ? .complex128 : .float64
    return try pow(cast(a, dtype), cast(b, dtype))
  }

  static func floatPower(_ a: Tensor, _ b: Scalar) throws(BackplaneError) -> Tensor {
    let dtype: DType = a.dtype.isComplex || b.defaultDType.isComplex ? .complex128 : .float64
    return try binary(.pow, cast(a, dtype), b)
  }

  static func floatPower(_ a: Scalar, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let dtype: DType = b.dtype.isComplex || a.defaultDType.isComplex ? .complex128 : .float64
    return try binary(.pow, a, cast(b, dtype))
  }
}
