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

  /// The lengths √(self² + other²), without overflow in between.
  public func hypot(_ other: Tensor) -> Tensor { apply(other, Ops.hypot) }
  /// The logarithms log(exp self + exp other), without overflow in between.
  public func logaddexp(_ other: Tensor) -> Tensor {
    apply(other) { x, y throws(BackplaneError) in try Ops.logAddExp(x, y, base2: false) }
  }
  /// The logarithms log₂(2^self + 2^other), without overflow in between.
  public func logaddexp2(_ other: Tensor) -> Tensor {
    apply(other) { x, y throws(BackplaneError) in try Ops.logAddExp(x, y, base2: true) }
  }
  /// The greater of each pair of elements; of a number and NaN the number.
  public func fmax(_ other: Tensor) -> Tensor {
    apply(other) { x, y throws(BackplaneError) in try Ops.extremeOfNumbers(greater: true, x, y) }
  }
  /// The lesser of each pair of elements; of a number and NaN the number.
  public func fmin(_ other: Tensor) -> Tensor {
    apply(other) { x, y throws(BackplaneError) in try Ops.extremeOfNumbers(greater: false, x, y) }
  }
  /// The products self · log other, and 0 where self is 0 and other is not NaN.
  public func xlogy(_ other: Tensor) -> Tensor { apply(other, Ops.xlogy) }
  /// The products of the elements and the logarithm of a number, and 0 where an element is 0 and the number is not NaN.
  public func xlogy(_ other: some ScalarConvertible) -> Tensor { apply(other, Ops.xlogy) }
  /// The magnitudes of the elements with the signs of `other`, which broadcasts.
  public func copysign(_ other: Tensor) -> Tensor { apply(other, Ops.copysign) }
  /// The magnitudes of the elements with the sign of a number.
  public func copysign(_ other: some ScalarConvertible) -> Tensor { apply(other, Ops.copysign) }
  /// The step function: 0 below 0, 1 above, and `values` at 0.
  public func heaviside(_ values: Tensor) -> Tensor { apply(values, Ops.heaviside) }

  /// The points self + weight · (end − self) on the way to `end`.
  public func lerp(_ end: Tensor, _ weight: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.lerp(self, end, weight) }
  }
  /// The points self + weight · (end − self) on the way to `end`, with one weight for all.
  public func lerp(_ end: Tensor, _ weight: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.lerp(self, end, weight.scalar) }
  }
  /// The sums self + value · a · b.
  public func addcmul(_ a: Tensor, _ b: Tensor, value: some ScalarConvertible = 1) -> Tensor {
    funnel { () throws(BackplaneError) in
      let operands = try Autocast.cast("addcmul", [self, a, b])
      return try Ops.addcmul(operands[0], operands[1], operands[2], value.scalar)
    }
  }
  /// The sums self + value · a / b.
  public func addcdiv(_ a: Tensor, _ b: Tensor, value: some ScalarConvertible = 1) -> Tensor {
    funnel { () throws(BackplaneError) in
      let operands = try Autocast.cast("addcdiv", [self, a, b])
      return try Ops.addcdiv(operands[0], operands[1], operands[2], value.scalar)
    }
  }
  /// Moves each element by the part `weight` of the way to `end`, in place.
  @discardableResult
  public func lerp_(_ end: Tensor, _ weight: some ScalarConvertible) -> Tensor {
    change { x throws(BackplaneError) in try Ops.lerp(x, end, weight.scalar) }
  }
  /// Adds value · a · b to the elements, in place.
  @discardableResult
  public func addcmul_(_ a: Tensor, _ b: Tensor, value: some ScalarConvertible = 1) -> Tensor {
    change { x throws(BackplaneError) in try Ops.addcmul(x, a, b, value.scalar) }
  }
  /// Adds value · a / b to the elements, in place.
  @discardableResult
  public func addcdiv_(_ a: Tensor, _ b: Tensor, value: some ScalarConvertible = 1) -> Tensor {
    change { x throws(BackplaneError) in try Ops.addcdiv(x, a, b, value.scalar) }
  }

  /// The powers self^exponent in float64, or complex128.
  public func floatPower(_ exponent: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.floatPower(self, exponent) }
  }
  /// The powers of the elements to one exponent, in float64, or complex128.
  public func floatPower(_ exponent: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.floatPower(self, exponent.scalar) }
  }
  /// The differences other − self, of two tensors, which broadcast.
  public func rsub(_ other: Tensor) -> Tensor { other.sub(self) }
  /// The differences of a number and the elements.
  public func rsub(_ other: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(.sub, other.scalar, self) }
  }

  /// The fraction of each element, with its sign.
  public func frac() -> Tensor { funnel { () throws(BackplaneError) in try Ops.frac(self) } }
  /// The tensor itself; an error for bool.
  public func positive() -> Tensor { funnel { () throws(BackplaneError) in try Ops.positive(self) } }
  /// Angles in degrees, converted to radians.
  public func deg2rad() -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.scaled("deg2rad", self, .pi / 180) }
  }
  /// Angles in radians, converted to degrees.
  public func rad2deg() -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.scaled("rad2deg", self, 180 / .pi) }
  }
  /// The tensor with NaN and infinities replaced, these by default by the greatest and least finite numbers.
  public func nanToNum(nan: Double = 0, posinf: Double? = nil, neginf: Double? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.nanToNum(self, nan, posinf, neginf) }
  }
  /// The elements rounded to a number of decimals, which may be negative.
  public func round(decimals: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.round(self, decimals: decimals) }
  }

  /// Changes the tensor to a function of itself.
  func change(_ f: (Tensor) throws(BackplaneError) -> Tensor) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try InPlace.update(x, f) }
  }
}
