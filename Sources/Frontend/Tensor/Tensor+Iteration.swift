/// The elements of the first dimension, one by one.
///
/// ```swift
/// for row in Tensor([[1, 2], [3, 4]]) { print(row) }   // tensor([1, 2]), tensor([3, 4])
/// for (row, target) in zip(x, y) { … }
/// let norms = x.map { $0.norm() }
/// ```
///
/// Each is a view, as `x[i]` is: what changes in it changes in the tensor, and gradients flow back. A tensor without
/// dimensions has no elements to go over: that is an error.
extension Tensor: Sequence {
  /// The source of random numbers: every sequence has an old alias of this name, which would hide it in extensions.
  public typealias Generator = Backplane.Generator
  /// A tensor of one dimension less.
  public typealias Element = Tensor

  /// The elements of the first dimension, as views.
  public func makeIterator() -> [Tensor].Iterator {
    // After an error there is nothing to go over.
    let elements =
      context.isInvalid
      ? []
      : funnel(or: []) { () throws(BackplaneError) -> [Tensor] in
        guard layout.rank > 0 else { throw BackplaneError(.shape, "iteration over a 0-d tensor") }
        return try Ops.unbind(self, 0)
      }
    return elements.makeIterator()
  }

  /// The extent of the first dimension.
  public var underestimatedCount: Int { layout.rank > 0 ? layout.elements[0] : 0 }
}
