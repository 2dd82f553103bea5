// Numbers that are assigned to a part of a tensor: `x[mask] = 0`, `x[0, 1] = threshold`, `x[...] = true`.
//
// Swift knows no subscript that can only be set. Reading is marked unavailable, and all of these as second choice, so that
// `x[0]` is a tensor wherever it is read. The numbers are existentials, for those of one type would have arithmetic, by
// which the compiler would take `x[0] + 1` for a number.

extension Tensor {
  /// Sets part of the tensor to a number; see ``TensorIndex``.
  ///
  /// ```swift
  /// x[mask] = 0
  /// x[0, 1] = threshold
  /// ```
  @_disfavoredOverload
  public subscript(_ indices: any TensorIndex...) -> any ScalarConvertible {
    @available(*, unavailable, message: "x[…] is a tensor: x[…].item(Float.self) is its number")
    get { fatalError("unavailable") }
    set { fill(indices, newValue.scalar) }
  }

  /// Sets to a number the part that `x[..., rest]` names; see ``TensorIndex``.
  @_disfavoredOverload
  public subscript(_ all: UnboundedRange, _ rest: any TensorIndex...) -> any ScalarConvertible {
    @available(*, unavailable, message: "x[…] is a tensor: x[…].item(Float.self) is its number")
    get { fatalError("unavailable") }
    set { fill([.ellipsis] + rest, newValue.scalar) }
  }

  /// Sets to a number the part that `x[first, ..., rest]` names; see ``TensorIndex``.
  @_disfavoredOverload
  public subscript(
    _ first: any TensorIndex, _ all: UnboundedRange, _ rest: any TensorIndex...
  ) -> any ScalarConvertible {
    @available(*, unavailable, message: "x[…] is a tensor: x[…].item(Float.self) is its number")
    get { fatalError("unavailable") }
    set { fill([first, .ellipsis] + rest, newValue.scalar) }
  }

  /// Sets to a number the part that `x[first, second, ..., rest]` names; see ``TensorIndex``.
  @_disfavoredOverload
  public subscript(
    _ first: any TensorIndex, _ second: any TensorIndex, _ all: UnboundedRange, _ rest: any TensorIndex...
  ) -> any ScalarConvertible {
    @available(*, unavailable, message: "x[…] is a tensor: x[…].item(Float.self) is its number")
    get { fatalError("unavailable") }
    set { fill([first, second, .ellipsis] + rest, newValue.scalar) }
  }

  private func fill(_ indices: [any TensorIndex], _ value: Scalar) {
    set(indices, Tensor.full([], value, dtype: dtype, device: device))
  }
}
