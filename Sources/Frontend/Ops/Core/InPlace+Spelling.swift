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

  @discardableResult public func sgn_() -> Tensor { change(Ops.sgn) }
  @discardableResult public func frac_() -> Tensor { change(Ops.frac) }
  @discardableResult public func sinc_() -> Tensor { change(Ops.sinc) }
  @discardableResult public func i0_() -> Tensor { change(Ops.i0) }
  @discardableResult public func deg2rad_() -> Tensor {
    change { x throws(BackplaneError) in try Ops.scaled("deg2rad_", x, .pi / 180) }
  }
  @discardableResult public func rad2deg_() -> Tensor {
    change { x throws(BackplaneError) in try Ops.scaled("rad2deg_", x, 180 / .pi) }
  }
  @discardableResult public func logit_(eps: Double? = nil) -> Tensor {
    change { x throws(BackplaneError) in try Ops.logit(x, eps: eps) }
  }
  @discardableResult
  public func nanToNum_(nan: Double = 0, posinf: Double? = nil, neginf: Double? = nil) -> Tensor {
    change { x throws(BackplaneError) in try Ops.nanToNum(x, nan, posinf, neginf) }
  }
  @discardableResult
  public func maskedFill_(_ mask: Tensor, _ value: some ScalarConvertible) -> Tensor {
    change { x throws(BackplaneError) in try Ops.maskedFill(x, mask, value.scalar) }
  }

  // MARK: Of two tensors

  @discardableResult public func floorDivide_(_ other: Tensor) -> Tensor { changed(.floorDivide, other) }
  @discardableResult public func floorDivide_(_ other: some ScalarConvertible) -> Tensor {
    changed(.floorDivide, other)
  }
  @discardableResult public func remainder_(_ other: Tensor) -> Tensor { changed(.remainder, other) }
  @discardableResult public func remainder_(_ other: some ScalarConvertible) -> Tensor {
    changed(.remainder, other)
  }
  @discardableResult public func fmod_(_ other: Tensor) -> Tensor { changed(.fmod, other) }
  @discardableResult public func fmod_(_ other: some ScalarConvertible) -> Tensor { changed(.fmod, other) }
  @discardableResult public func bitwiseAnd_(_ other: Tensor) -> Tensor { changed(.bitwiseAnd, other) }
  @discardableResult public func bitwiseOr_(_ other: Tensor) -> Tensor { changed(.bitwiseOr, other) }
  @discardableResult public func bitwiseXor_(_ other: Tensor) -> Tensor { changed(.bitwiseXor, other) }
  @discardableResult public func atan2_(_ other: Tensor) -> Tensor { changed(.atan2, other) }
  @discardableResult public func bitwiseLeftShift_(_ other: Tensor) -> Tensor { changed(other, Ops.shiftLeft) }
  @discardableResult public func bitwiseRightShift_(_ other: Tensor) -> Tensor { changed(other, Ops.shiftRight) }
  @discardableResult public func hypot_(_ other: Tensor) -> Tensor { changed(other, Ops.hypot) }
  @discardableResult public func copysign_(_ other: Tensor) -> Tensor { changed(other, Ops.copysign) }
  @discardableResult public func xlogy_(_ other: Tensor) -> Tensor { changed(other, Ops.xlogy) }
  @discardableResult public func heaviside_(_ values: Tensor) -> Tensor { changed(values, Ops.heaviside) }
  @discardableResult public func logicalAnd_(_ other: Tensor) -> Tensor { change(logically: .bitwiseAnd, other) }
  @discardableResult public func logicalOr_(_ other: Tensor) -> Tensor { change(logically: .bitwiseOr, other) }
  @discardableResult public func logicalXor_(_ other: Tensor) -> Tensor { change(logically: .bitwiseXor, other) }

  private func change(logically f: BinaryFunction, _ other: Tensor) -> Tensor {
    change { x throws(BackplaneError) in try Ops.binary(f, Ops.cast(x, .bool), Ops.cast(other, .bool)) }
  }
}

extension Tensor {
  public static func % (a: some ScalarConvertible, b: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(.remainder, a.scalar, b) }
  }
  public static func & (a: Tensor, b: some ScalarConvertible) -> Tensor { a.bitwiseAnd(b) }
  public static func | (a: Tensor, b: some ScalarConvertible) -> Tensor { a.bitwiseOr(b) }
  public static func ^ (a: Tensor, b: some ScalarConvertible) -> Tensor { a.bitwiseXor(b) }
  public func bitwiseAnd(_ other: some ScalarConvertible) -> Tensor { bits(.bitwiseAnd, other) }
  public func bitwiseOr(_ other: some ScalarConvertible) -> Tensor { bits(.bitwiseOr, other) }
  public func bitwiseXor(_ other: some ScalarConvertible) -> Tensor { bits(.bitwiseXor, other) }

  private func bits(_ f: BinaryFunction, _ other: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(f, self, other.scalar) }
  }

  public static func %= (a: inout Tensor, b: Tensor) { a.remainder_(b) }
  public static func %= (a: inout Tensor, b: some ScalarConvertible) { a.remainder_(b) }
}
