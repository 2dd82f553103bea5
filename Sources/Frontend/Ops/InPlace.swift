/// What a change in place must respect: leaves, views, overlap, and the graph.
enum InPlace {
  /// Throws where a tensor must not be changed.
  static func check(_ x: Tensor) throws(BackplaneError) {
    guard !x.context.isInvalid else {
      throw BackplaneError(.internal, "the tensor to change is the result of a failed call")
    }
    if hasInternalOverlap(x) {
      throw BackplaneError(
        .value,
        "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
          + "Please clone() the tensor before performing the operation.")
    }
    guard Scopes.recordsGradients else { return }
    if x.isUntrackedView {
      throw BackplaneError(
        .autograd,
        "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use "
          + "case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and "
          + "the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both "
          + "outside (if you want the inplace to be tracked).")
    }
    if let base = x.base, base.isLeaf, base.requiresGrad {
      throw BackplaneError(
        .autograd, "a view of a leaf Variable that requires grad is being used in an in-place operation.")
    }
    guard let state = x.autograd, state.requiresGrad else { return }
    if state.node == nil {
      throw BackplaneError(.autograd, "a leaf Variable that requires grad is being used in an in-place operation.")
    }
    if state.isView {
      throw BackplaneError(
        .autograd,
        "a view of another type of a tensor that requires grad is being changed in place; change the tensor itself")
    }
  }

  /// Changes `x` to what `compute` makes of it, in the graph too.
  ///
  /// - Parameter compute: From a tensor with the elements and the history of `x`, the new elements, which must have its
  ///   shape.
  static func update(
    _ x: Tensor, _ compute: (Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) {
    try check(x)
    let y = try compute(x.alias(with: x.autograd))
    try Ops.requireSameDevice([x, y])
    guard y.layout.hasSameShape(as: x.layout) else {
      throw BackplaneError(.shape, "output with shape \(x.shape) doesn't match the broadcast shape \(y.shape)")
    }
    try replace(x, with: Ops.cast(y, x.dtype))
  }

  /// Copies a freshly computed value into `x` and takes over its place in the graph.
  static func replace(_ x: Tensor, with y: Tensor) throws(BackplaneError) {
    try Dispatcher.unary(.copy, on: x.context, Operand(y), to: Operand(x))
    x.storage.version += 1
    rebase(x, on: y.autograd)
  }

  /// Gives `x`, whose elements have been changed, a new place in the graph; a view takes its base along.
  static func rebase(_ x: Tensor, on state: AutogradState?) {
    guard let base = x.base else {
      x.autograd = state
      return
    }
    if state != nil || base.requiresGrad { ViewHistory.replace(x, in: base, with: state) }
  }

  /// Whether a broadcast view would be written through.
  private static func hasInternalOverlap(_ x: Tensor) -> Bool {
    let layout = x.layout
    for d in 0..<layout.rank where layout.elements[d] > 1 && layout.elements[layout.rank + d] == 0 { return true }
    return false
  }

  /// `operand`, or a copy of it where writing `target` would change elements that have yet to be read.
  static func separate(_ operand: Tensor, from target: Tensor) throws(BackplaneError) -> Tensor {
    guard operand.storage === target.storage else { return operand }
    let isSameView =
      operand.storageOffset == target.storageOffset && operand.layout.hasSameShape(as: target.layout)
      && operand.layout.strides == target.layout.strides
    return isSameView ? operand : try Ops.copy(operand)
  }
}
