// Functions in place, under their names with an underscore.

extension Tensor {
  private func changed(_ f: BinaryFunction, _ other: Tensor) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.binaryInPlace(f, x, other) }
  }

  private func changed(_ f: BinaryFunction, _ other: some ScalarConvertible) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.binaryInPlace(f, x, other.scalar) }
  }

  private func changed(
    _ other: Tensor, _ f: (Tensor, Tensor) throws(BackplaneError) -> Tensor
  ) -> Tensor {
    change { x throws(BackplaneError) in try f(x, other) }
  }

  // MARK: Of one tensor

  /// Replaces each number by its direction x / |x|, and 0 by 0.
  @discardableResult public func sgn_() -> Tensor { change(Ops.sgn) }
  /// Replaces each element by its fraction, with its sign.
  @discardableResult public func frac_() -> Tensor { change(Ops.frac) }
  /// Replaces each element by sin(πx) / (πx), and 0 by 1.
  @discardableResult public func sinc_() -> Tensor { change(Ops.sinc) }
  /// Replaces each element by its modified Bessel function of the first kind of order 0.
  @discardableResult public func i0_() -> Tensor { change(Ops.i0) }
  /// Converts degrees to radians.
  @discardableResult public func deg2rad_() -> Tensor {
    change { x throws(BackplaneError) in try Ops.scaled("deg2rad_", x, .pi / 180) }
  }
  /// Converts radians to degrees.
  @discardableResult public func rad2deg_() -> Tensor {
    change { x throws(BackplaneError) in try Ops.scaled("rad2deg_", x, 180 / .pi) }
  }
  /// Replaces each element by its log-odds log(x / (1 − x)); with `eps`, of x held within eps … 1 − eps.
  @discardableResult public func logit_(eps: Double? = nil) -> Tensor {
    change { x throws(BackplaneError) in try Ops.logit(x, eps: eps) }
  }
  /// Replaces NaN and infinities, these by default by the greatest and least finite numbers.
  @discardableResult
  public func nanToNum_(nan: Double = 0, posinf: Double? = nil, neginf: Double? = nil) -> Tensor {
    change { x throws(BackplaneError) in try Ops.nanToNum(x, nan, posinf, neginf) }
  }
  /// Sets the elements where `mask` is true to `value`, in place.
  @discardableResult
  public func maskedFill_(_ mask: Tensor, _ value: some ScalarConvertible) -> Tensor {
    change { x throws(BackplaneError) in try Ops.maskedFill(x, mask, value.scalar) }
  }

  // MARK: Of two tensors

  /// Divides each element by the one of `other`, which broadcasts, and rounds down, in place.
  @discardableResult public func floorDivide_(_ other: Tensor) -> Tensor { changed(.floorDivide, other) }
  /// Divides each element by a number and rounds down, in place.
  @discardableResult public func floorDivide_(_ other: some ScalarConvertible) -> Tensor {
    changed(.floorDivide, other)
  }
  /// Replaces each element by its remainder with the divisor's sign; the divisor broadcasts.
  @discardableResult public func remainder_(_ other: Tensor) -> Tensor { changed(.remainder, other) }
  /// Replaces each element by its remainder on division by a number, with the number's sign.
  @discardableResult public func remainder_(_ other: some ScalarConvertible) -> Tensor {
    changed(.remainder, other)
  }
  /// Replaces each element by its remainder, which keeps its sign; the divisor broadcasts.
  @discardableResult public func fmod_(_ other: Tensor) -> Tensor { changed(.fmod, other) }
  /// Replaces each element by its remainder on division by a number, which keeps its sign.
  @discardableResult public func fmod_(_ other: some ScalarConvertible) -> Tensor { changed(.fmod, other) }
  /// Keeps the bits set in both operands, in place.
  @discardableResult public func bitwiseAnd_(_ other: Tensor) -> Tensor { changed(.bitwiseAnd, other) }
  /// Keeps the bits set in either operand, in place.
  @discardableResult public func bitwiseOr_(_ other: Tensor) -> Tensor { changed(.bitwiseOr, other) }
  /// Keeps the bits set in one operand alone, in place.
  @discardableResult public func bitwiseXor_(_ other: Tensor) -> Tensor { changed(.bitwiseXor, other) }
  /// Replaces each element by the angle of the point (other, self).
  @discardableResult public func atan2_(_ other: Tensor) -> Tensor { changed(.atan2, other) }
  /// Moves the bits of each integer up, in place.
  @discardableResult public func bitwiseLeftShift_(_ other: Tensor) -> Tensor { changed(other, Ops.shiftLeft) }
  /// Moves the bits of each integer down, in place; the sign is kept.
  @discardableResult public func bitwiseRightShift_(_ other: Tensor) -> Tensor { changed(other, Ops.shiftRight) }
  /// Replaces each element by √(self² + other²).
  @discardableResult public func hypot_(_ other: Tensor) -> Tensor { changed(other, Ops.hypot) }
  /// Gives each element the sign of that of `other`, in place.
  @discardableResult public func copysign_(_ other: Tensor) -> Tensor { changed(other, Ops.copysign) }
  /// Multiplies each element by log other, in place; 0 stays 0 where other is not NaN.
  @discardableResult public func xlogy_(_ other: Tensor) -> Tensor { changed(other, Ops.xlogy) }
  /// Replaces each element by the step function: 0 below 0, 1 above, and `values` at 0.
  @discardableResult public func heaviside_(_ values: Tensor) -> Tensor { changed(values, Ops.heaviside) }
  /// Replaces each element by whether both elements are not zero: 1 or 0 in the tensor's own type.
  @discardableResult public func logicalAnd_(_ other: Tensor) -> Tensor { change(logically: .bitwiseAnd, other) }
  /// Replaces each element by whether either element is not zero: 1 or 0 in the tensor's own type.
  @discardableResult public func logicalOr_(_ other: Tensor) -> Tensor { change(logically: .bitwiseOr, other) }
  /// Replaces each element by whether one element alone is not zero: 1 or 0 in the tensor's own type.
  @discardableResult public func logicalXor_(_ other: Tensor) -> Tensor { change(logically: .bitwiseXor, other) }

  private func change(logically f: BinaryFunction, _ other: Tensor) -> Tensor {
    change { x throws(BackplaneError) in try Ops.binary(f, Ops.cast(x, .bool), Ops.cast(other, .bool)) }
  }
}

extension Tensor {
  /// The remainders of a / b with the divisor's sign, of a number and a tensor. Integers by zero are an error.
  public static func % (a: some ScalarConvertible, b: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(.remainder, a.scalar, b) }
  }
  /// The bits set in both operands, of integers or bools and a number.
  public static func & (a: Tensor, b: some ScalarConvertible) -> Tensor { a.bitwiseAnd(b) }
  /// The bits set in either operand, of integers or bools and a number.
  public static func | (a: Tensor, b: some ScalarConvertible) -> Tensor { a.bitwiseOr(b) }
  /// The bits set in one operand alone, of integers or bools and a number.
  public static func ^ (a: Tensor, b: some ScalarConvertible) -> Tensor { a.bitwiseXor(b) }
  /// The bits set in both operands, of integers or bools and a number.
  public func bitwiseAnd(_ other: some ScalarConvertible) -> Tensor { bits(.bitwiseAnd, other) }
  /// The bits set in either operand, of integers or bools and a number.
  public func bitwiseOr(_ other: some ScalarConvertible) -> Tensor { bits(.bitwiseOr, other) }
  /// The bits set in one operand alone, of integers or bools and a number.
  public func bitwiseXor(_ other: some ScalarConvertible) -> Tensor { bits(.bitwiseXor, other) }

  private func bits(_ f: BinaryFunction, _ other: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(f, self, other.scalar) }
  }

  /// Replaces each element by its remainder with the divisor's sign; the divisor broadcasts.
  public static func %= (a: inout Tensor, b: Tensor) { a.remainder_(b) }
  /// Replaces each element by its remainder on division by a number, with the number's sign.
  public static func %= (a: inout Tensor, b: some ScalarConvertible) { a.remainder_(b) }
}
