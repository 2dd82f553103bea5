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
    guard !x.isInference || Scopes.infers else {
      throw BackplaneError(
        .autograd,
        "Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get a normal "
          + "tensor before doing inplace update.")
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
    if state.isView, let function = state.node?.extras?.functionName {
      throw BackplaneError(
        .autograd,
        "Output \(state.resultIndex) of \(function) is a view and is being modified inplace. This view was created inside "
          + "a custom Function (or because an input was returned as-is) and the autograd logic to handle view+inplace "
          + "would override the custom backward associated with the custom Function, leading to incorrect gradients. "
          + "This behavior is forbidden. You can fix this by cloning the output of the custom Function.")
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
  ///   shape and a type that its type can take.
  static func update(
    _ x: Tensor, _ compute: (Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) {
    try check(x)
    let y = try beforeChange(of: x, compute)
    try Ops.requireSameDevice([x, y])
    guard y.dtype.category <= x.dtype.category else {
      throw BackplaneError(
        .dtype, "result type \(y.dtype.scalarName) can't be cast to the desired output type \(x.dtype.scalarName)")
    }
    guard y.layout.hasSameShape(as: x.layout) else {
      throw BackplaneError(.shape, "output with shape \(x.shape) doesn't match the broadcast shape \(y.shape)")
    }
    try replace(x, with: Ops.cast(y, x.dtype))
  }

  /// What `compute` makes of a tensor with the elements and the history of `x`. Gradients that need these elements keep
  /// a copy, and only they.
  static func beforeChange(
    of x: Tensor, _ compute: (Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    let wasBeingChanged = x.storage.isBeingChanged
    x.storage.isBeingChanged = true
    defer { x.storage.isBeingChanged = wasBeingChanged }
    return try compute(x.alias(with: x.autograd))
  }

  /// Copies a value into `x`, which takes over its place in the graph.
  static func replace(_ x: Tensor, with y: Tensor) throws(BackplaneError) {
    try Dispatcher.unary(.copy, on: x.context, Operand(separate(y, from: x)), to: Operand(x))
    x.storage.version += 1
    rebase(x, on: y.autograd)
  }

  /// Gives `x`, whose elements have been changed, a new place in the graph; a view takes its base along.
  ///
  /// Where nothing is recorded all stays as it was: a leaf goes on wanting its gradient, and a result keeps its history.
  static func rebase(_ x: Tensor, on state: AutogradState?) {
    guard Scopes.recordsGradients else { return }
    if let base = x.base {
      if state != nil || base.requiresGrad { ViewHistory.replace(x, in: base, with: state) }
    } else if let state, state !== x.autograd {
      place(x, at: state)
    } else if let old = x.autograd, old.node != nil, state == nil {
      // Nothing of the old value is left that a gradient could reach.
      let changed = x.alias()
      Autograd.record("ZeroBackward0", [x], changed, saves: false) { g throws(BackplaneError) in
        [try Ops.zerosLike(g)]
      }
      place(x, at: changed.autograd!)
    }
  }

  /// Puts a changed tensor in its new place. That its gradient is to be kept goes with it.
  static func place(_ x: Tensor, at state: AutogradState) {
    let old = x.autograd
    if state.node == nil, state.requiresGrad {
      // The place of a leaf is that of the leaf alone.
      let source = x.alias(with: state)
      Autograd.record("CopyBackwards", [source], x, saves: false) { g throws(BackplaneError) in [g] }
    } else {
      x.autograd = state
    }
    if let old, old.retainsGrad, let new = x.autograd, let node = new.node {
      new.retainsGrad = true
      new.grad = old.grad
      node.observe(new)
    }
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
