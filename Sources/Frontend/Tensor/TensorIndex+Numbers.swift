/// A number on the right of `x[mask] = 0`.
///
/// It is written as a literal, or made of a number: `x[0] = .init(threshold)`, for which ``Tensor/fill(_:with:)`` is the
/// longer word. A type without arithmetic keeps `x[0] + 1` what it is, a tensor plus a number.
public struct AssignedNumber: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral {
  let scalar: Scalar

  public init(_ value: some ScalarConvertible) { scalar = value.scalar }
  public init(integerLiteral value: Int64) { scalar = .int(value) }
  public init(floatLiteral value: Double) { scalar = .double(value) }
  public init(booleanLiteral value: Bool) { scalar = .bool(value) }

  public static var infinity: AssignedNumber { AssignedNumber(Double.infinity) }
  public static var nan: AssignedNumber { AssignedNumber(Double.nan) }
  public static var pi: AssignedNumber { AssignedNumber(Double.pi) }

  /// For `x[mask] = -.infinity`.
  public static prefix func - (number: AssignedNumber) -> AssignedNumber {
    AssignedNumber(Scalar.int(0).minus(number.scalar))
  }
}

// Swift knows no subscript that can only be set. Reading is marked unavailable, and all of these as second choice, so that
// `x[0]` is a tensor wherever it is read.

extension Tensor {
  /// Sets part of the tensor to a number; see ``TensorIndex``.
  @_disfavoredOverload
  public subscript(_ indices: any TensorIndex...) -> AssignedNumber {
    @available(*, unavailable, message: "x[…] is a tensor: x[…].item(Float.self) is its number")
    get { fatalError("unavailable") }
    set { fill(indices, newValue) }
  }

  @_disfavoredOverload
  public subscript(_ all: UnboundedRange, _ rest: any TensorIndex...) -> AssignedNumber {
    @available(*, unavailable, message: "x[…] is a tensor: x[…].item(Float.self) is its number")
    get { fatalError("unavailable") }
    set { fill([.ellipsis] + rest, newValue) }
  }

  @_disfavoredOverload
  public subscript(_ first: any TensorIndex, _ all: UnboundedRange, _ rest: any TensorIndex...) -> AssignedNumber {
    @available(*, unavailable, message: "x[…] is a tensor: x[…].item(Float.self) is its number")
    get { fatalError("unavailable") }
    set { fill([first, .ellipsis] + rest, newValue) }
  }

  @_disfavoredOverload
  public subscript(
    _ first: any TensorIndex, _ second: any TensorIndex, _ all: UnboundedRange, _ rest: any TensorIndex...
  ) -> AssignedNumber {
    @available(*, unavailable, message: "x[…] is a tensor: x[…].item(Float.self) is its number")
    get { fatalError("unavailable") }
    set { fill([first, second, .ellipsis] + rest, newValue) }
  }

  private func fill(_ indices: [any TensorIndex], _ value: AssignedNumber) {
    set(indices, Tensor.full([], value.scalar, dtype: dtype, device: device))
  }
}
