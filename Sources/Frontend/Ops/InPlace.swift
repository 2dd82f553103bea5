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
    guard let state = x.autograd, state.requiresGrad, Scopes.recordsGradients else { return }
    if state.node == nil {
      throw BackplaneError(.autograd, "a leaf Variable that requires grad is being used in an in-place operation.")
    }
    if state.isView {
      throw BackplaneError(
        .autograd,
        "a view of a tensor that requires grad is being changed in place; change the tensor itself, as in "
          + "x[index] = value, or a clone() of the view")
    }
  }

  /// Copies a freshly computed value into `x` and takes over its place in the graph.
  static func replace(_ x: Tensor, with y: Tensor) throws(BackplaneError) {
    try Dispatcher.unary(.copy, on: x.context, Operand(y), to: Operand(x))
    x.storage.version += 1
    x.autograd = y.autograd
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
