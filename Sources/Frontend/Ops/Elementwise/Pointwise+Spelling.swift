// The public spellings of `Pointwise.swift`.

extension Tensor {
  private func apply(
    _ other: Tensor, _ f: (Tensor, Tensor) throws(BackplaneError) -> Tensor
  ) -> Tensor { funnel { () throws(BackplaneError) in try f(self, other) } }

  private func apply(
    _ other: some ScalarConvertible, _ f: (Tensor, Tensor) throws(BackplaneError) -> Tensor
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try f(self, Ops.wrapped(other.scalar, beside: self)) }
  }

  /// √(self² + other²), without overflow in between.
  public func hypot(_ other: Tensor) -> Tensor { apply(other, Ops.hypot) }
  /// log(exp self + exp other).
  public func logaddexp(_ other: Tensor) -> Tensor {
    apply(other) { x, y throws(BackplaneError) in try Ops.logAddExp(x, y, base2: false) }
  }
  /// log₂(2^self + 2^other).
  public func logaddexp2(_ other: Tensor) -> Tensor {
    apply(other) { x, y throws(BackplaneError) in try Ops.logAddExp(x, y, base2: true) }
  }
  /// The greater of each pair; of a number and NaN the number.
  public func fmax(_ other: Tensor) -> Tensor {
    apply(other) { x, y throws(BackplaneError) in try Ops.extremeOfNumbers(greater: true, x, y) }
  }
  /// The lesser of each pair; of a number and NaN the number.
  public func fmin(_ other: Tensor) -> Tensor {
    apply(other) { x, y throws(BackplaneError) in try Ops.extremeOfNumbers(greater: false, x, y) }
  }
  /// self · log other, and 0 where self is 0 and other is not NaN.
  public func xlogy(_ other: Tensor) -> Tensor { apply(other, Ops.xlogy) }
  public func xlogy(_ other: some ScalarConvertible) -> Tensor { apply(other, Ops.xlogy) }
  /// The magnitude of self with the sign of `other`.
  public func copysign(_ other: Tensor) -> Tensor { apply(other, Ops.copysign) }
  public func copysign(_ other: some ScalarConvertible) -> Tensor { apply(other, Ops.copysign) }
  /// 0 below 0, 1 above, and `values` at 0.
  public func heaviside(_ values: Tensor) -> Tensor { apply(values, Ops.heaviside) }

  /// self + weight · (end − self).
  public func lerp(_ end: Tensor, _ weight: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.lerp(self, end, weight) }
  }
  public func lerp(_ end: Tensor, _ weight: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.lerp(self, end, weight.scalar) }
  }
  /// self + value · a · b.
  public func addcmul(_ a: Tensor, _ b: Tensor, value: some ScalarConvertible = 1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.addcmul(self, a, b, value.scalar) }
  }
  /// self + value · a / b.
  public func addcdiv(_ a: Tensor, _ b: Tensor, value: some ScalarConvertible = 1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.addcdiv(self, a, b, value.scalar) }
  }
  @discardableResult
  public func lerp_(_ end: Tensor, _ weight: some ScalarConvertible) -> Tensor {
    change { x throws(BackplaneError) in try Ops.lerp(x, end, weight.scalar) }
  }
  @discardableResult
  public func addcmul_(_ a: Tensor, _ b: Tensor, value: some ScalarConvertible = 1) -> Tensor {
    change { x throws(BackplaneError) in try Ops.addcmul(x, a, b, value.scalar) }
  }
  @discardableResult
  public func addcdiv_(_ a: Tensor, _ b: Tensor, value: some ScalarConvertible = 1) -> Tensor {
    change { x throws(BackplaneError) in try Ops.addcdiv(x, a, b, value.scalar) }
  }

  /// self to the power of `exponent` in float64, or complex128.
  public func floatPower(_ exponent: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.floatPower(self, exponent) }
  }
  public func floatPower(_ exponent: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.floatPower(self, exponent.scalar) }
  }
  /// other − alpha · self.
  public func rsub(_ other: Tensor) -> Tensor { other.sub(self) }
  public func rsub(_ other: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(.sub, other.scalar, self) }
  }

  /// The fraction, with the number's sign.
  public func frac() -> Tensor { funnel { () throws(BackplaneError) in try Ops.frac(self) } }
  /// The tensor itself; an error for bool.
  public func positive() -> Tensor { funnel { () throws(BackplaneError) in try Ops.positive(self) } }
  /// Degrees in radians.
  public func deg2rad() -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.scaled("deg2rad", self, .pi / 180) }
  }
  /// Radians in degrees.
  public func rad2deg() -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.scaled("rad2deg", self, 180 / .pi) }
  }
  /// NaN and infinities replaced, these by default by the greatest and least finite numbers.
  public func nanToNum(nan: Double = 0, posinf: Double? = nil, neginf: Double? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.nanToNum(self, nan, posinf, neginf) }
  }
  /// Rounded to a number of decimals, which may be negative.
  public func round(decimals: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.round(self, decimals: decimals) }
  }

  /// Changes the tensor to a function of itself.
  func change(_ f: (Tensor) throws(BackplaneError) -> Tensor) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try InPlace.update(x, f) }
  }
}
