/// What kind of number each element is, and whether tensors are equal or close.
extension Ops {
  static func isNaN(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let x = x.detach()
    if x.dtype.isComplex {
      return try apply(.bitwiseOr, isNaN(real(x)), isNaN(imag(x)), .bool)
    }
    return try x.dtype.isFloatingPoint ? compare(.ne, x, x) : none(x)
  }

  /// Whether |x| is infinite; with a sign, whether x is that infinity.
  static func isInf(_ x: Tensor, sign: Double? = nil) throws(BackplaneError) -> Tensor {
    let x = x.detach()
    if x.dtype.isComplex {
      if sign != nil {
        throw BackplaneError(
          .dtype, "\(sign! > 0 ? "isposinf" : "isneginf") does not support complex inputs.")
      }
      return try apply(.bitwiseOr, isInf(real(x)), isInf(imag(x)), .bool)
    }
    guard x.dtype.isFloatingPoint else { return try none(x) }
    if let sign { return try compare(.eq, x, .double(sign * .infinity)) }
    return try compare(.eq, unary(.abs, x), .double(.infinity))
  }

  static func isFinite(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let x = x.detach()
    if x.dtype.isComplex {
      return try apply(.bitwiseAnd, isFinite(real(x)), isFinite(imag(x)), .bool)
    }
    guard x.dtype.isFloatingPoint else { return try full(x.layout, .bool(true), .bool, on: x.context) }
    return try compare(.lt, unary(.abs, x), .double(.infinity))
  }

  private static func none(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try full(x.layout, .bool(false), .bool, on: x.context)
  }

  /// Whether x is negative, −0 and NaN with a sign included.
  static func signbit(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let x = x.detach()
    guard !x.dtype.isComplex else {
      throw BackplaneError(.dtype, "signbit is not implemented for complex tensors.")
    }
    if x.dtype == .bool { return try none(x) }
    guard x.dtype.isFloatingPoint else { return try compare(.lt, x, .int(0)) }
    // The sign is the highest bit, as an integer's is.
    let bits: DType = x.dtype.byteCount == 2 ? .int16 : x.dtype == .float32 ? .int32 : .int64
    if Dispatcher.supports(.lt, on: x.context, bits, inputs: 2, result: .bool) {
      return try compare(.lt, view(x, bits), .int(0))
    }
    // 1 / −0 is −∞.
    return try apply(
      .bitwiseOr, compare(.lt, x, .int(0)), compare(.eq, unary(.reciprocal, x), .double(-.infinity)), .bool)
  }

  /// |a − b| ≤ atol + rtol |b|, element by element; infinities are close to themselves.
  static func isClose(
    _ a: Tensor, _ b: Tensor, relative: Double, absolute: Double, equalNan: Bool
  ) throws(BackplaneError) -> Tensor {
    guard a.dtype == b.dtype else {
      throw BackplaneError(.dtype, "\(a.dtype.scalarName) did not match \(b.dtype.scalarName)")
    }
    guard relative >= 0 else {
      throw BackplaneError(.value, "rtol must be greater than or equal to zero, but got \(relative)")
    }
    guard absolute >= 0 else {
      throw BackplaneError(.value, "atol must be greater than or equal to zero, but got \(absolute)")
    }
    let (x, y) = (a.detach(), b.detach())
    var close = try compare(.eq, x, y)
    if equalNan, x.dtype.category >= .floatingPoint {
      close = try apply(.bitwiseOr, close, apply(.bitwiseAnd, isNaN(x), isNaN(y), .bool), .bool)
    }
    if relative == 0, absolute == 0 { return close }
    let (u, v) = (try floating(x), try floating(y))
    let allowed = try add(mul(abs(v), .double(relative)), .double(absolute))
    let distance = try abs(sub(u, v))
    let isNear = try apply(.bitwiseAnd, isFinite(distance), compare(.le, distance, allowed), .bool)
    return try apply(.bitwiseOr, close, isNear, .bool)
  }

  static func allClose(
    _ a: Tensor, _ b: Tensor, relative: Double, absolute: Double, equalNan: Bool
  ) throws(BackplaneError) -> Bool {
    try item(
      truth(.min, isClose(a, b, relative: relative, absolute: absolute, equalNan: equalNan), nil, keepDim: false)
    ).isTrue
  }

  /// Whether shapes and all elements are equal.
  static func equal(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Bool {
    try requireSameDevice([a, b])
    guard a.hasSameShape(as: b) else { return false }
    return try item(truth(.min, compare(.eq, a.detach(), b.detach()), nil, keepDim: false)).isTrue
  }
}

extension Tensor {
  /// Whether each element is NaN; of a complex number, whether a part is.
  public func isnan() -> Tensor { funnel { () throws(BackplaneError) in try Ops.isNaN(self) } }
  /// Whether each element is infinite; of a complex number, whether a part is.
  public func isinf() -> Tensor { funnel { () throws(BackplaneError) in try Ops.isInf(self) } }
  /// Whether each element is neither infinite nor NaN.
  public func isfinite() -> Tensor { funnel { () throws(BackplaneError) in try Ops.isFinite(self) } }
  /// Whether each element is ∞.
  public func isposinf() -> Tensor { funnel { () throws(BackplaneError) in try Ops.isInf(self, sign: 1) } }
  /// Whether each element is −∞.
  public func isneginf() -> Tensor { funnel { () throws(BackplaneError) in try Ops.isInf(self, sign: -1) } }
  /// Whether each element has a negative sign, −0 and NaN with a sign included.
  public func signbit() -> Tensor { funnel { () throws(BackplaneError) in try Ops.signbit(self) } }

  /// Whether each pair of elements is close: |self − other| ≤ atol + rtol · |other|.
  public func isclose(
    _ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNan: Bool = false
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.isClose(self, other, relative: rtol, absolute: atol, equalNan: equalNan)
    }
  }

  /// Whether all elements are close, as ``isclose(_:rtol:atol:equalNan:)`` tells.
  public func allclose(_ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNan: Bool = false) -> Bool {
    funnel(or: false) { () throws(BackplaneError) in
      try Ops.allClose(self, other, relative: rtol, absolute: atol, equalNan: equalNan)
    }
  }

  /// Whether both tensors have one shape and equal elements.
  public func equal(_ other: Tensor) -> Bool {
    funnel(or: false) { () throws(BackplaneError) in try Ops.equal(self, other) }
  }
}
