extension Tensor {
  /// Whether gradients of this tensor are computed by `backward()`.
  ///
  /// Setting it is for leaves of floating point and complex type.
  public var requiresGrad: Bool {
    @inline(__always)
    get { autograd.map { $0.requiresGrad } ?? false }
    set { _ = requiresGrad_(newValue) }
  }

  /// Sets ``requiresGrad`` and returns the tensor.
  @discardableResult
  public func requiresGrad_(_ value: Bool = true) -> Tensor {
    funnel { () throws(BackplaneError) in try Autograd.require(value, of: self) }
  }

  /// Whether the tensor was not made by a recorded operation; tensors without ``requiresGrad`` are leaves too.
  public var isLeaf: Bool { autograd?.node == nil }

  /// The operation that made the tensor, or nil for a leaf.
  public var gradFn: Node? { autograd?.node ?? (context.isInvalid ? Node.invalid : nil) }

  /// The gradient that `backward()` collected. Of a tensor that is no leaf it is nil, with a warning, unless
  /// ``retainGrad()`` asked for it.
  ///
  /// What is assigned has the tensor's shape and type and is on its device; anything else is misuse.
  public var grad: Tensor? {
    get {
      if let autograd, autograd.node != nil, !autograd.retainsGrad {
        Log.write(
          .warning,
          "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
            + "populated during autograd.backward(). Use .retainGrad() on the non-leaf Tensor.")
        return nil
      }
      // After an error there is none where there would have been one.
      return autograd?.grad ?? (Placeholder.isInUse ? Tensor.invalid : nil)
    }
    set {
      funnel(or: ()) { () throws(BackplaneError) in
        if let newValue { try requireOwnKind(newValue) }
        if autograd == nil {
          guard newValue != nil else { return }
          autograd = AutogradState(requiresGrad: false)
        }
        autograd!.grad = newValue
      }
    }
  }

  /// A gradient is of the tensor's shape and type, and on its device.
  private func requireOwnKind(_ gradient: Tensor) throws(BackplaneError) {
    guard gradient !== self else { throw BackplaneError(.autograd, "can't assign Variable as its own grad") }
    guard !gradient.context.isInvalid else {
      throw BackplaneError(.internal, "the assigned grad is the result of a failed call")
    }
    guard gradient.dtype == dtype else {
      throw BackplaneError(
        .dtype,
        "attempting to assign a gradient with dtype '\(gradient.dtype)' to a tensor with dtype '\(dtype)'. The gradient "
          + "must match the tensor's dtype.")
    }
    guard gradient.context === context else {
      throw BackplaneError(
        .device,
        "attempting to assign a gradient with device type '\(gradient.device)' to a tensor with device type "
          + "'\(device)'. Please ensure that the gradient and the tensor are on the same device")
    }
    guard gradient.layout.hasSameShape(as: layout) else {
      throw BackplaneError(
        .shape,
        "attempting to assign a gradient of size '\(gradient.shape)' to a tensor of size '\(shape)'. Please ensure that "
          + "the gradient and the tensor are the same size")
    }
  }

  /// Keeps the gradient of a tensor that is no leaf.
  public func retainGrad() {
    funnel(or: ()) { () throws(BackplaneError) in
      guard let state = autograd, state.requiresGrad else {
        throw BackplaneError(.autograd, "can't retain_grad on Tensor that has requires_grad=False")
      }
      guard let node = state.node, !state.retainsGrad else { return }
      state.retainsGrad = true
      node.observe(state)
    }
  }

  /// A tensor of the same elements that stands apart from the graph. It shares storage with this one.
  public func detach() -> Tensor { alias() }

  /// Computes the gradients of this tensor with respect to the leaves it was made from, and adds them to
  /// their ``grad``.
  ///
  /// ```swift
  /// let x = Tensor([2.0, 3.0], requiresGrad: true)
  /// (x * x).sum().backward()
  /// x.grad  // tensor([4., 6.])
  /// ```
  ///
  /// - Parameters:
  ///   - gradient: The gradient of what follows with respect to this tensor; may be left out for a scalar.
  ///   - retainGraph: Keep what a second `backward()` through the same operations needs. Operations that saved nothing
  ///     for their gradients, such as `+`, `cat` and views, can be gone through again without.
  ///   - createGraph: Record the computation of the gradients, for gradients of gradients.
  ///   - inputs: Leaves, to whose ``grad`` alone is added; by default all.
  public func backward(
    gradient: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false, inputs: [Tensor]? = nil
  ) {
    funnel(or: ()) { () throws(BackplaneError) in
      try Autograd.backward([self], [gradient], retainGraph ?? createGraph, createGraph, inputs)
    }
  }
}

/// Computes the gradients of several tensors with respect to the leaves they were made from, and adds them to their
/// `.grad`: in one walk, so that what they have in common is gone through once.
///
/// ```swift
/// backward([model(x).sum(), model(y).mean()])
/// ```
///
/// - Parameters:
///   - tensors: Results that require gradients.
///   - gradTensors: The gradients with respect to the tensors; may be nil for scalars.
///   - retainGraph: Keep what a second walk through the same operations needs.
///   - createGraph: Record the computation of the gradients, for gradients of gradients.
///   - inputs: Leaves, to whose `.grad` alone is added; by default all.
public func backward(
  _ tensors: [Tensor], gradTensors: [Tensor?]? = nil, retainGraph: Bool? = nil, createGraph: Bool = false,
  inputs: [Tensor]? = nil
) {
  funnel(or: ()) { () throws(BackplaneError) in
    try Autograd.backward(
      tensors, Autograd.seeds(gradTensors, tensors), retainGraph ?? createGraph, createGraph, inputs)
  }
}

/// The gradients of `outputs` with respect to `inputs`, without touching the `.grad` of any leaf.
///
/// Only the operations that lead from the outputs to the inputs are run, and freed; others can still be gone through.
/// Hooks on the way are called, those of the inputs too.
///
/// ```swift
/// let loss = model(x).sum()
/// let gradients = grad([loss], model.parameters())
/// ```
///
/// - Parameters:
///   - gradOutputs: The gradients with respect to the outputs; may be nil for scalars.
///   - retainGraph: Keep what a second walk through the same operations needs.
///   - createGraph: Record the computation of the gradients, for gradients of gradients.
///   - allowUnused: Give nil for an input that the outputs do not depend on, instead of an error.
///   - materializeGrads: Give zeros for an input that the outputs do not depend on.
public func grad(
  _ outputs: [Tensor], _ inputs: [Tensor], gradOutputs: [Tensor?]? = nil, retainGraph: Bool? = nil,
  createGraph: Bool = false, allowUnused: Bool = false, materializeGrads: Bool = false
) -> [Tensor?] {
  funnel(or: inputs.map { _ in Tensor.invalid }) { () throws(BackplaneError) in
    guard !inputs.isEmpty else { throw BackplaneError(.autograd, "`inputs` argument to `grad()` cannot be empty.") }
    guard inputs.allSatisfy(\.requiresGrad) else {
      throw BackplaneError(.autograd, "One of the differentiated Tensors does not require grad")
    }
    let grads = try Engine.run(
      outputs, Autograd.seeds(gradOutputs, outputs), retainGraph: retainGraph ?? createGraph,
      createGraph: createGraph, inputs: inputs)
    if materializeGrads {
      return try inputs.indices.map { i throws(BackplaneError) in
        if let grad = grads[i] { grad } else { try Ops.zerosLike(inputs[i]) }
      }
    }
    if !allowUnused, let unused = grads.firstIndex(where: { $0 == nil }) {
      throw BackplaneError(
        .autograd,
        "The differentiated Tensor at index \(unused) appears to not have been used in the graph. Set allowUnused: true "
          + "if this is the desired behavior.")
    }
    return grads
  }
}

/// The gradient of one scalar with respect to one tensor.
public func grad(_ output: Tensor, _ input: Tensor, createGraph: Bool = false) -> Tensor {
  grad([output], [input], createGraph: createGraph)[0] ?? Tensor.invalid
}

extension Autograd {
  /// The gradients that a walk begins with, one for each output.
  static func seeds(_ gradients: [Tensor?]?, _ outputs: [Tensor]) throws(BackplaneError) -> [Tensor?] {
    guard let gradients else { return outputs.map { _ in nil } }
    guard gradients.count == outputs.count else {
      throw BackplaneError(
        .autograd, "got \(outputs.count) tensors and \(gradients.count) gradients")
    }
    return gradients
  }

  /// Adds to the `.grad` of the leaves, or of `inputs` alone.
  static func backward(
    _ tensors: [Tensor], _ gradients: [Tensor?], _ retainGraph: Bool, _ createGraph: Bool, _ inputs: [Tensor]?
  ) throws(BackplaneError) {
    guard let inputs else {
      try Engine.run(tensors, gradients, retainGraph: retainGraph, createGraph: createGraph, inputs: nil)
      return
    }
    guard !inputs.isEmpty else {
      throw BackplaneError(.autograd, "`inputs` argument to `backward()` cannot be empty.")
    }
    guard inputs.allSatisfy({ $0.isLeaf && $0.requiresGrad }) else {
      throw BackplaneError(.autograd, "backward: the inputs have to be leaves that require gradients")
    }
    let grads = try Engine.run(
      tensors, gradients, retainGraph: retainGraph, createGraph: createGraph, inputs: inputs)
    try Engine.collect(grads, of: inputs, createGraph: createGraph)
  }

  /// Sets whether gradients of a tensor are computed, and returns it.
  static func require(_ value: Bool, of x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.isLeaf || value else {
      throw BackplaneError(
        .autograd,
        "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in "
          + "a subgraph that doesn't require differentiation use detach().")
    }
    guard !value || x.dtype.isFloatingPoint || x.dtype.isComplex else {
      throw BackplaneError(
        .autograd, "Only Tensors of floating point and complex dtype can require gradients")
    }
    guard !value || !x.isInference else {
      throw BackplaneError(
        .autograd, "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
    }
    if x.autograd == nil {
      if value { x.autograd = AutogradState(requiresGrad: true) }
    } else if x.isLeaf {
      x.autograd!.requiresGrad = value
    }
    return x
  }
}
