/// Numbers as their parts, a fraction and a power of two, and their neighbours.
extension Ops {
  /// The integers of a floating point type's width.
  private static func bits(of dtype: DType) -> DType {
    switch dtype.byteCount {
    case 2: .int16
    case 4: .int32
    default: .int64
    }
  }

  // MARK: Neighbours

  /// The next number after a toward b. Its gradient is that of a, where it differs from b.
  static func nextAfter(_ first: Tensor, _ second: Tensor) throws(BackplaneError) -> Tensor {
    let dtype = Promotion(first, second).result
    let (a, b) = try together(first, second)
    guard dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "\"nextafter_cpu\" not implemented for '\(dtype.scalarName)'")
    }
    let operands = (try cast(a, dtype), try cast(b, dtype))
    let shape = try broadcast(a.layout.shape, b.layout.shape)
    let x = try contiguous(expand(operands.0.detach(), shape)), y = try expand(operands.1.detach(), shape)
    // Of one sign, greater numbers have greater bits.
    let bits = try view(x, self.bits(of: dtype))
    let isAway = try compare(.eq, compare(.lt, x, y), compare(.gt, x, .int(0)))
    let neighbour = try select(
      isAway, .tensor(add(bits, .int(1))), .tensor(sub(bits, .int(1))), bits.dtype)
    let leastNegative = (Int64(-1) << Int64(8 * dtype.byteCount - 1)) | 1
    let least = try select(compare(.lt, y, .int(0)), .scalar(.int(leastNegative)), .scalar(.int(1)), bits.dtype)
    let moved = try view(select(compare(.eq, x, .int(0)), .tensor(least), .tensor(neighbour), bits.dtype), dtype)
    let settled = try select(compare(.eq, x, y), .tensor(y), .tensor(moved), dtype)
    let sum = try add(x, y)
    let isNaN = try apply(.bitwiseOr, compare(.ne, x, x), compare(.ne, y, y), .bool)
    let result = try select(isNaN, .tensor(sum), .tensor(settled), dtype)
    let (p, q) = operands
    if Autograd.records(p, q) {
      let layouts = (p.layout, q.layout), isSame = try compare(.eq, x, y)
      Autograd.record("NextafterBackward0", [p, q], result) { g throws(BackplaneError) in
        let moved = try select(isSame, .scalar(.int(0)), .tensor(g), g.dtype)
        return [try self.sum(moved, to: layouts.0), try full(layouts.1, .int(0), g.dtype, on: g.context)]
      }
    }
    return result
  }

  // MARK: Fractions and exponents

  /// A fraction of ½ … 1 and a power of two whose product is x; of 0, infinities and NaN themselves and 0.
  static func frexp(_ x: Tensor) throws(BackplaneError) -> (mantissa: Tensor, exponent: Tensor) {
    guard x.dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "torch.frexp() only supports floating-point dtypes")
    }
    let wide: DType = x.dtype == .float64 ? .float64 : .float32
    let (digits, bias, field): (Int64, Int64, Int64) = wide == .float64 ? (52, 1022, 0x7ff) : (23, 126, 0xff)
    let value = try contiguous(cast(x.detach(), wide))
    // Subnormal numbers have no exponent of their own.
    let least = wide == .float64 ? 0x1p-1022 : 0x1p-126
    let isSmall = try compare(.lt, unary(.abs, value), .double(least))
    let scaled = try select(isSmall, .tensor(mul(value, .double(0x1p64))), .tensor(value), wide)
    let bits = try view(scaled, self.bits(of: wide))
    let fraction = try view(
      binary(.bitwiseOr, binary(.bitwiseAnd, bits, .int(~(field << digits))), .int(bias << digits)), wide)
    let biased = try binary(.floorDivide, binary(.bitwiseAnd, bits, .int(field << digits)), .int(1 << digits))
    let shift = try select(isSmall, .scalar(.int(bias + 64)), .scalar(.int(bias)), biased.dtype)
    let isPlain = try apply(
      .bitwiseAnd, compare(.ne, value, .int(0)), compare(.eq, sub(value, value), .int(0)), .bool)
    let mantissa = try cast(select(isPlain, .tensor(fraction), .tensor(value), wide), x.dtype)
    let exponent = try cast(
      select(isPlain, .tensor(sub(biased, shift)), .scalar(.int(0)), biased.dtype), .int32)
    if Autograd.records(x) {
      let saved = Saved(result: exponent)
      Autograd.record("FrexpBackward0", [x], mantissa) { g throws(BackplaneError) in
        [try ldexp(g, neg(saved.unpack()))]
      }
    }
    return (mantissa, exponent)
  }

  /// 2 to the power of whole numbers for which that is a normal number, exactly.
  private static func powerOfTwo(_ exponent: Tensor) throws(BackplaneError) -> Tensor {
    let dtype = exponent.dtype
    let (digits, bias): (Int64, Int64) = dtype == .float64 ? (52, 1023) : (23, 127)
    return try view(mul(add(cast(exponent, bits(of: dtype)), .int(bias)), .int(1 << digits)), dtype)
  }

  /// x · 2ᵉ, in three factors so that it overflows or vanishes no sooner than the result does, and a fourth for what is
  /// no whole exponent.
  static func ldexp(_ x: Tensor, _ exponent: Tensor) throws(BackplaneError) -> Tensor {
    let promotion = Promotion(x, exponent).result
    let (x, exponent) = try together(x, exponent)
    let dtype = promotion.category < .floatingPoint ? DType.float32 : promotion
    let operand = try cast(x, dtype)
    if exponent.dtype.isComplex { return try mul(operand, binary(.pow, .double(2), cast(exponent, dtype))) }
    let wide: DType = dtype.realType == .float64 ? .float64 : .float32
    let power = try contiguous(cast(exponent, wide))
    // Beyond the bound every number is infinite, or 0.
    let bound = wide == .float64 ? 3060.0 : 372.0
    let whole = try unary(.trunc, clamp(power.detach(), .double(-bound), .double(bound)))
    let third = try unary(.trunc, binary(.div, whole, .double(3)))
    let factor = try powerOfTwo(third)
    var result = try dtype.byteCount == 2 ? cast(operand, .float32) : operand
    result = try mul(mul(mul(result, factor), factor), powerOfTwo(sub(whole, mul(third, .int(2)))))
    if exponent.dtype.isFloatingPoint { result = try mul(result, unary(.exp2, sub(power, whole))) }
    return try cast(result, dtype)
  }
}

extension Tensor {
  /// The next number of the type after each element, toward `other`.
  ///
  /// ```swift
  /// Tensor([1.0]).nextafter(Tensor([2.0]))  // 1 + 2⁻²³
  /// ```
  public func nextafter(_ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.nextAfter(self, other) }
  }
  /// Replaces each element by the next number of its type toward that of `other`.
  @discardableResult public func nextafter_(_ other: Tensor) -> Tensor {
    change { x throws(BackplaneError) in try Ops.nextAfter(x, other) }
  }
  /// A fraction of ½ … 1 and a power of two (int32) whose product each element is: self = mantissa · 2^exponent.
  public func frexp() -> (mantissa: Tensor, exponent: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in try Ops.frexp(self) }
  }
  /// The products self · 2^other; whole numbers become float32.
  public func ldexp(_ other: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.ldexp(self, other) } }
  /// Multiplies each element by 2^other, in place.
  @discardableResult public func ldexp_(_ other: Tensor) -> Tensor {
    change { x throws(BackplaneError) in try Ops.ldexp(x, other) }
  }
}
