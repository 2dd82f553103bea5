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

  /// The sums self + alpha · other, of two tensors, which broadcast.
  public func add(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    apply(.add, other, alpha.scalar)
  }
  /// The sums of the elements and a number.
  public func add(_ other: some ScalarConvertible) -> Tensor { apply(.add, other) }
  /// The differences self − alpha · other, of two tensors, which broadcast.
  public func sub(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    apply(.sub, other, alpha.scalar)
  }
  /// The differences of the elements and a number.
  public func sub(_ other: some ScalarConvertible) -> Tensor { apply(.sub, other) }
  /// The products of two tensors, which broadcast, element by element.
  public func mul(_ other: Tensor) -> Tensor { apply(.mul, other) }
  /// The products of the elements and a number.
  public func mul(_ other: some ScalarConvertible) -> Tensor { apply(.mul, other) }
  /// The true quotients of two tensors, which broadcast: integers give float32.
  public func div(_ other: Tensor) -> Tensor { apply(.div, other) }
  /// The true quotients of the elements and a number: integers give float32.
  public func div(_ other: some ScalarConvertible) -> Tensor { apply(.div, other) }
  /// The quotients of two tensors, which broadcast, rounded down.
  ///
  /// Whole numbers divided by zero, here and in ``remainder(_:)-(Tensor)``, ``fmod(_:)-(Tensor)``, `%` and
  /// ``div(_:roundingMode:)-(Tensor,_)``, are misuse, as in PyTorch: "ZeroDivisionError". Where the divisor is a tensor
  /// on a device whose memory the host does not reach, it is not searched for zeros; elements divided by one are 0.
  /// Floating point numbers divided by zero give an infinity or NaN. The least integer by −1 wraps to itself.
  public func floorDivide(_ other: Tensor) -> Tensor { apply(.floorDivide, other) }
  /// The quotients of the elements and a number, rounded down. Integers by zero are an error.
  public func floorDivide(_ other: some ScalarConvertible) -> Tensor { apply(.floorDivide, other) }
  /// The remainders with the divisor's sign, as Python's `%`; the two broadcast. A zero of floating point has the
  /// dividend's.
  public func remainder(_ other: Tensor) -> Tensor { apply(.remainder, other) }
  /// The remainders on division by a number, with the number's sign, as Python's `%`.
  public func remainder(_ other: some ScalarConvertible) -> Tensor { apply(.remainder, other) }
  /// The remainders with the dividend's sign, as C's; the two broadcast.
  public func fmod(_ other: Tensor) -> Tensor { apply(.fmod, other) }
  /// The remainders on division by a number, with the dividend's sign, as C's.
  public func fmod(_ other: some ScalarConvertible) -> Tensor { apply(.fmod, other) }
  /// The powers self^exponent of two tensors, which broadcast, as C's `pow`.
  ///
  /// (−∞)^½ is ∞ and (−0)^½ is 0, where PyTorch, which takes the root, has NaN and −0. Of complex numbers whole powers
  /// are products, so that `1j ** 2` is −1.
  public func pow(_ exponent: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.pow(Autocast.cast("pow", self), Autocast.cast("pow", exponent)) }
  }
  /// The powers of the elements to one exponent, as C's `pow`. Integers to a negative power are an error.
  public func pow(_ exponent: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.pow(Autocast.cast("pow", self), exponent.scalar) }
  }
  /// The greater of each pair of elements; NaN if either is. The two broadcast.
  public func maximum(_ other: Tensor) -> Tensor { apply(.maximum, other) }
  /// The lesser of each pair of elements; NaN if either is. The two broadcast.
  public func minimum(_ other: Tensor) -> Tensor { apply(.minimum, other) }
  /// The angles of the points (other, self), in radians from −π to π.
  public func atan2(_ other: Tensor) -> Tensor { apply(.atan2, other) }
  /// The bits set in both operands, of integers or bools; the two broadcast.
  public func bitwiseAnd(_ other: Tensor) -> Tensor { apply(.bitwiseAnd, other) }
  /// The bits set in either operand, of integers or bools; the two broadcast.
  public func bitwiseOr(_ other: Tensor) -> Tensor { apply(.bitwiseOr, other) }
  /// The bits set in one operand alone, of integers or bools; the two broadcast.
  public func bitwiseXor(_ other: Tensor) -> Tensor { apply(.bitwiseXor, other) }

  /// Whether both elements are not zero, as a bool tensor; the two broadcast.
  public func logicalAnd(_ other: Tensor) -> Tensor { logical(.bitwiseAnd, other) }
  /// Whether either element is not zero, as a bool tensor; the two broadcast.
  public func logicalOr(_ other: Tensor) -> Tensor { logical(.bitwiseOr, other) }
  /// Whether one element alone is not zero, as a bool tensor; the two broadcast.
  public func logicalXor(_ other: Tensor) -> Tensor { logical(.bitwiseXor, other) }

  private func logical(_ f: BinaryFunction, _ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(f, Ops.cast(self, .bool), Ops.cast(other, .bool)) }
  }

  // MARK: In place

  /// Adds `alpha · other` to the elements, in place; `other` broadcasts.
  @discardableResult
  public func add_(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    change(.add, other, alpha.scalar)
  }
  /// Adds a number to each element, in place.
  @discardableResult public func add_(_ other: some ScalarConvertible) -> Tensor { change(.add, other) }
  /// Subtracts `alpha · other` from the elements, in place; `other` broadcasts.
  @discardableResult
  public func sub_(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    change(.sub, other, alpha.scalar)
  }
  /// Subtracts a number from each element, in place.
  @discardableResult public func sub_(_ other: some ScalarConvertible) -> Tensor { change(.sub, other) }
  /// Multiplies each element by the one of `other`, which broadcasts, in place.
  @discardableResult public func mul_(_ other: Tensor) -> Tensor { change(.mul, other) }
  /// Multiplies each element by a number, in place.
  @discardableResult public func mul_(_ other: some ScalarConvertible) -> Tensor { change(.mul, other) }
  /// Divides each element by the one of `other`, which broadcasts, in place. Integers are an error, since the quotient
  /// is a float.
  @discardableResult public func div_(_ other: Tensor) -> Tensor { change(.div, other) }
  /// Divides each element by a number, in place. Integers are an error, since the quotient is a float.
  @discardableResult public func div_(_ other: some ScalarConvertible) -> Tensor { change(.div, other) }
  /// Raises each element to the power of `exponent`, which broadcasts, in place.
  @discardableResult public func pow_(_ exponent: Tensor) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.powInPlace(x, exponent) }
  }
  /// Raises each element to one power, in place.
  @discardableResult public func pow_(_ exponent: some ScalarConvertible) -> Tensor { change(.pow, exponent) }

  // MARK: Operators

  /// The sums a + b of two tensors, which broadcast.
  ///
  /// The type is that which both promote to; shapes that do not broadcast are an error.
  ///
  /// ```swift
  /// Tensor([[1, 2], [3, 4]]) + Tensor([10, 20])  // [[11, 22], [13, 24]]
  /// ```
  public static func + (a: Tensor, b: Tensor) -> Tensor { a.apply(.add, b) }
  /// The sums a + b of a tensor and a number.
  public static func + (a: Tensor, b: some ScalarConvertible) -> Tensor { a.apply(.add, b) }
  /// The sums a + b of a number and a tensor.
  public static func + (a: some ScalarConvertible, b: Tensor) -> Tensor { b.apply(.add, a) }
  /// The differences a − b of two tensors, which broadcast.
  public static func - (a: Tensor, b: Tensor) -> Tensor { a.apply(.sub, b) }
  /// The differences a − b of a tensor and a number.
  public static func - (a: Tensor, b: some ScalarConvertible) -> Tensor { a.apply(.sub, b) }
  /// The differences a − b of a number and a tensor.
  public static func - (a: some ScalarConvertible, b: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(.sub, a.scalar, b) }
  }
  /// The products a · b of two tensors, which broadcast, element by element.
  ///
  /// Matrices are multiplied by ``matmul(_:)``.
  public static func * (a: Tensor, b: Tensor) -> Tensor { a.apply(.mul, b) }
  /// The products a · b of a tensor and a number.
  public static func * (a: Tensor, b: some ScalarConvertible) -> Tensor { a.apply(.mul, b) }
  /// The products a · b of a number and a tensor.
  public static func * (a: some ScalarConvertible, b: Tensor) -> Tensor { b.apply(.mul, a) }
  /// The true quotients a / b of two tensors, which broadcast: integers give float32.
  public static func / (a: Tensor, b: Tensor) -> Tensor { a.apply(.div, b) }
  /// The true quotients a / b of a tensor and a number: integers give float32.
  public static func / (a: Tensor, b: some ScalarConvertible) -> Tensor { a.apply(.div, b) }
  /// The true quotients a / b of a number and a tensor: integers give float32.
  public static func / (a: some ScalarConvertible, b: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.binary(.div, a.scalar, b) }
  }
  /// The remainders of a / b with the divisor's sign, of two tensors, which broadcast. Integers by zero are an error.
  public static func % (a: Tensor, b: Tensor) -> Tensor { a.apply(.remainder, b) }
  /// The remainders of a / b with the divisor's sign, of a tensor and a number. Integers by zero are an error.
  public static func % (a: Tensor, b: some ScalarConvertible) -> Tensor { a.apply(.remainder, b) }
  /// The bits set in both operands, of integers or bools; the two broadcast.
  public static func & (a: Tensor, b: Tensor) -> Tensor { a.apply(.bitwiseAnd, b) }
  /// The bits set in either operand, of integers or bools; the two broadcast.
  public static func | (a: Tensor, b: Tensor) -> Tensor { a.apply(.bitwiseOr, b) }
  /// The bits set in one operand alone, of integers or bools; the two broadcast.
  public static func ^ (a: Tensor, b: Tensor) -> Tensor { a.apply(.bitwiseXor, b) }

  // `a += b` changes a's memory, which its views share; as in PyTorch, it does not make a new tensor.
  /// Adds the one of `b`, which broadcasts, to each element in place.
  public static func += (a: inout Tensor, b: Tensor) { a.add_(b) }
  /// Adds a number to each element, in place.
  public static func += (a: inout Tensor, b: some ScalarConvertible) { a.add_(b) }
  /// Subtracts the one of `b`, which broadcasts, from each element in place.
  public static func -= (a: inout Tensor, b: Tensor) { a.sub_(b) }
  /// Subtracts a number from each element, in place.
  public static func -= (a: inout Tensor, b: some ScalarConvertible) { a.sub_(b) }
  /// Multiplies each element by the one of `b`, which broadcasts, in place.
  public static func *= (a: inout Tensor, b: Tensor) { a.mul_(b) }
  /// Multiplies each element by a number, in place.
  public static func *= (a: inout Tensor, b: some ScalarConvertible) { a.mul_(b) }
  /// Divides each element by the one of `b`, which broadcasts, in place. Integers are an error, since the quotient is a
  /// float.
  public static func /= (a: inout Tensor, b: Tensor) { a.div_(b) }
  /// Divides each element by a number, in place. Integers are an error, since the quotient is a float.
  public static func /= (a: inout Tensor, b: some ScalarConvertible) { a.div_(b) }
}

infix operator ** : ExponentiationPrecedence

/// Binds tighter than `*` and from the right, as Python's `**`.
precedencegroup ExponentiationPrecedence {
  higherThan: MultiplicationPrecedence
  associativity: right
}

extension Tensor {
  /// The powers aᵇ of two tensors, which broadcast: ``pow(_:)-(Tensor)``.
  ///
  /// ```swift
  /// 2 * x ** 2  // twice the squares
  /// ```
  public static func ** (a: Tensor, b: Tensor) -> Tensor { a.pow(b) }
  /// The powers aᵇ of a tensor and a number.
  public static func ** (a: Tensor, b: some ScalarConvertible) -> Tensor { a.pow(b) }
  /// The powers aᵇ of a number and a tensor.
  public static func ** (a: some ScalarConvertible, b: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.pow(a.scalar, b) }
  }
}

/// Writes the sums a + b into `out`, which has the result's shape and type, and gives it.
@discardableResult
public func add(_ a: Tensor, _ b: Tensor, out: Tensor) -> Tensor {
  out.inPlace { (out) throws(BackplaneError) in try Ops.binary(.add, a, b, out: out) }
}

/// Writes the differences a − b into `out`, which has the result's shape and type, and gives it.
@discardableResult
public func sub(_ a: Tensor, _ b: Tensor, out: Tensor) -> Tensor {
  out.inPlace { (out) throws(BackplaneError) in try Ops.binary(.sub, a, b, out: out) }
}

/// Writes the products a · b into `out`, which has the result's shape and type, and gives it.
@discardableResult
public func mul(_ a: Tensor, _ b: Tensor, out: Tensor) -> Tensor {
  out.inPlace { (out) throws(BackplaneError) in try Ops.binary(.mul, a, b, out: out) }
}

/// Writes the quotients a / b into `out`, which has the result's shape and type, and gives it.
@discardableResult
public func div(_ a: Tensor, _ b: Tensor, out: Tensor) -> Tensor {
  out.inPlace { (out) throws(BackplaneError) in try Ops.binary(.div, a, b, out: out) }
}
