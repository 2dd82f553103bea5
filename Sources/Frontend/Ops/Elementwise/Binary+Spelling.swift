// The public spellings of `Binary.swift`: methods with PyTorch's names, and Swift's operators.

extension Tensor {
  private func apply(_ f: BinaryFunction, _ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(f, self, other) }
  }

  private func apply(_ f: BinaryFunction, _ other: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(f, self, other.scalar) }
  }

  private func change(_ f: BinaryFunction, _ other: Tensor) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.binaryInPlace(f, x, other) }
  }

  private func apply(_ f: BinaryFunction, _ other: Tensor, _ alpha: Scalar) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(f, self, Ops.scaled(f, other, by: alpha, beside: self)) }
  }

  private func change(_ f: BinaryFunction, _ other: Tensor, _ alpha: Scalar) -> Tensor {
    inPlace { (x) throws(BackplaneError) in
      try Ops.binaryInPlace(f, x, Ops.scaled(f, other, by: alpha, beside: x))
    }
  }

  private func change(_ f: BinaryFunction, _ other: some ScalarConvertible) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.binaryInPlace(f, x, other.scalar) }
  }

  /// self + alpha · other.
  public func add(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    apply(.add, other, alpha.scalar)
  }
  public func add(_ other: some ScalarConvertible) -> Tensor { apply(.add, other) }
  /// self − alpha · other.
  public func sub(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    apply(.sub, other, alpha.scalar)
  }
  public func sub(_ other: some ScalarConvertible) -> Tensor { apply(.sub, other) }
  public func mul(_ other: Tensor) -> Tensor { apply(.mul, other) }
  public func mul(_ other: some ScalarConvertible) -> Tensor { apply(.mul, other) }
  /// The true quotient: integers give float32.
  public func div(_ other: Tensor) -> Tensor { apply(.div, other) }
  public func div(_ other: some ScalarConvertible) -> Tensor { apply(.div, other) }
  /// The quotient rounded down.
  ///
  /// Whole numbers divided by zero, here and in ``remainder(_:)-(Tensor)``, ``fmod(_:)-(Tensor)``, `%` and
  /// ``div(_:roundingMode:)-(Tensor,_)``, are misuse, as in PyTorch: "ZeroDivisionError". Where the divisor is a tensor
  /// on a device whose memory the host does not reach, it is not searched for zeros; elements divided by one are 0.
  /// Floating point numbers divided by zero give an infinity or NaN. The least integer by −1 wraps to itself.
  public func floorDivide(_ other: Tensor) -> Tensor { apply(.floorDivide, other) }
  public func floorDivide(_ other: some ScalarConvertible) -> Tensor { apply(.floorDivide, other) }
  /// The remainder with the divisor's sign, as Python's `%`. A zero of floating point has the dividend's.
  public func remainder(_ other: Tensor) -> Tensor { apply(.remainder, other) }
  public func remainder(_ other: some ScalarConvertible) -> Tensor { apply(.remainder, other) }
  /// The remainder with the dividend's sign, as C's.
  public func fmod(_ other: Tensor) -> Tensor { apply(.fmod, other) }
  public func fmod(_ other: some ScalarConvertible) -> Tensor { apply(.fmod, other) }
  /// self to the power of `exponent`, as C's `pow`. (−∞)^½ is ∞ and (−0)^½ is 0, where PyTorch, which takes the root, has
  /// NaN and −0. Of complex numbers whole powers are products, so that `1j ** 2` is −1.
  public func pow(_ exponent: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.pow(self, exponent) }
  }
  public func pow(_ exponent: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.pow(self, exponent.scalar) }
  }
  /// The greater of each pair; NaN if either is.
  public func maximum(_ other: Tensor) -> Tensor { apply(.maximum, other) }
  /// The lesser of each pair; NaN if either is.
  public func minimum(_ other: Tensor) -> Tensor { apply(.minimum, other) }
  /// The angle of the point (other, self).
  public func atan2(_ other: Tensor) -> Tensor { apply(.atan2, other) }
  public func bitwiseAnd(_ other: Tensor) -> Tensor { apply(.bitwiseAnd, other) }
  public func bitwiseOr(_ other: Tensor) -> Tensor { apply(.bitwiseOr, other) }
  public func bitwiseXor(_ other: Tensor) -> Tensor { apply(.bitwiseXor, other) }

  public func logicalAnd(_ other: Tensor) -> Tensor { logical(.bitwiseAnd, other) }
  public func logicalOr(_ other: Tensor) -> Tensor { logical(.bitwiseOr, other) }
  public func logicalXor(_ other: Tensor) -> Tensor { logical(.bitwiseXor, other) }

  private func logical(_ f: BinaryFunction, _ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(f, Ops.cast(self, .bool), Ops.cast(other, .bool)) }
  }

  // MARK: In place

  /// self += alpha · other.
  @discardableResult
  public func add_(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    change(.add, other, alpha.scalar)
  }
  @discardableResult public func add_(_ other: some ScalarConvertible) -> Tensor { change(.add, other) }
  /// self −= alpha · other.
  @discardableResult
  public func sub_(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    change(.sub, other, alpha.scalar)
  }
  @discardableResult public func sub_(_ other: some ScalarConvertible) -> Tensor { change(.sub, other) }
  @discardableResult public func mul_(_ other: Tensor) -> Tensor { change(.mul, other) }
  @discardableResult public func mul_(_ other: some ScalarConvertible) -> Tensor { change(.mul, other) }
  @discardableResult public func div_(_ other: Tensor) -> Tensor { change(.div, other) }
  @discardableResult public func div_(_ other: some ScalarConvertible) -> Tensor { change(.div, other) }
  @discardableResult public func pow_(_ exponent: Tensor) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.powInPlace(x, exponent) }
  }
  @discardableResult public func pow_(_ exponent: some ScalarConvertible) -> Tensor { change(.pow, exponent) }

  // MARK: Operators

  public static func + (a: Tensor, b: Tensor) -> Tensor { a.apply(.add, b) }
  public static func + (a: Tensor, b: some ScalarConvertible) -> Tensor { a.apply(.add, b) }
  public static func + (a: some ScalarConvertible, b: Tensor) -> Tensor { b.apply(.add, a) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { a.apply(.sub, b) }
  public static func - (a: Tensor, b: some ScalarConvertible) -> Tensor { a.apply(.sub, b) }
  public static func - (a: some ScalarConvertible, b: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(.sub, a.scalar, b) }
  }
  public static func * (a: Tensor, b: Tensor) -> Tensor { a.apply(.mul, b) }
  public static func * (a: Tensor, b: some ScalarConvertible) -> Tensor { a.apply(.mul, b) }
  public static func * (a: some ScalarConvertible, b: Tensor) -> Tensor { b.apply(.mul, a) }
  public static func / (a: Tensor, b: Tensor) -> Tensor { a.apply(.div, b) }
  public static func / (a: Tensor, b: some ScalarConvertible) -> Tensor { a.apply(.div, b) }
  public static func / (a: some ScalarConvertible, b: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(.div, a.scalar, b) }
  }
  /// The remainder with the divisor's sign.
  public static func % (a: Tensor, b: Tensor) -> Tensor { a.apply(.remainder, b) }
  public static func % (a: Tensor, b: some ScalarConvertible) -> Tensor { a.apply(.remainder, b) }
  public static func & (a: Tensor, b: Tensor) -> Tensor { a.apply(.bitwiseAnd, b) }
  public static func | (a: Tensor, b: Tensor) -> Tensor { a.apply(.bitwiseOr, b) }
  public static func ^ (a: Tensor, b: Tensor) -> Tensor { a.apply(.bitwiseXor, b) }

  // `a += b` changes a's memory, which its views share; as in PyTorch, it does not make a new tensor.
  public static func += (a: inout Tensor, b: Tensor) { a.add_(b) }
  public static func += (a: inout Tensor, b: some ScalarConvertible) { a.add_(b) }
  public static func -= (a: inout Tensor, b: Tensor) { a.sub_(b) }
  public static func -= (a: inout Tensor, b: some ScalarConvertible) { a.sub_(b) }
  public static func *= (a: inout Tensor, b: Tensor) { a.mul_(b) }
  public static func *= (a: inout Tensor, b: some ScalarConvertible) { a.mul_(b) }
  public static func /= (a: inout Tensor, b: Tensor) { a.div_(b) }
  public static func /= (a: inout Tensor, b: some ScalarConvertible) { a.div_(b) }
}

infix operator ** : ExponentiationPrecedence

/// Binds tighter than `*` and from the right, as Python's `**`.
precedencegroup ExponentiationPrecedence {
  higherThan: MultiplicationPrecedence
  associativity: right
}

extension Tensor {
  public static func ** (a: Tensor, b: Tensor) -> Tensor { a.pow(b) }
  public static func ** (a: Tensor, b: some ScalarConvertible) -> Tensor { a.pow(b) }
  public static func ** (a: some ScalarConvertible, b: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.pow(a.scalar, b) }
  }
}

/// a + b written into `out`, which has the result's shape and type. Gives `out`.
@discardableResult
public func add(_ a: Tensor, _ b: Tensor, out: Tensor) -> Tensor {
  out.inPlace { (out) throws(BackplaneError) in try Ops.binary(.add, a, b, out: out) }
}

/// a − b written into `out`.
@discardableResult
public func sub(_ a: Tensor, _ b: Tensor, out: Tensor) -> Tensor {
  out.inPlace { (out) throws(BackplaneError) in try Ops.binary(.sub, a, b, out: out) }
}

/// a · b written into `out`.
@discardableResult
public func mul(_ a: Tensor, _ b: Tensor, out: Tensor) -> Tensor {
  out.inPlace { (out) throws(BackplaneError) in try Ops.binary(.mul, a, b, out: out) }
}

/// a / b written into `out`.
@discardableResult
public func div(_ a: Tensor, _ b: Tensor, out: Tensor) -> Tensor {
  out.inPlace { (out) throws(BackplaneError) in try Ops.binary(.div, a, b, out: out) }
}
