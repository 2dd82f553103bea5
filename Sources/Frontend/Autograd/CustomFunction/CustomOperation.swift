/// The recording of a ``CustomFunction``.
enum CustomOperation {
  /// What a gradient of a tensor must be like.
  private struct Kind {
    let layout: Layout
    let dtype: DType
    let context: DeviceContext

    init(_ tensor: Tensor) {
      layout = tensor.layout
      dtype = tensor.dtype
      context = tensor.context
    }

    func zeros() throws(BackplaneError) -> Tensor {
      try Ops.full(.contiguous(layout.shape), .int(0), dtype, on: context)
    }
  }

  private struct Marks {
    let nonDifferentiable: [Tensor]
    let dirty: [Tensor]
  }

  /// The one output of a function.
  static func applySingle(_ function: some CustomFunction, _ inputs: [Tensor]) throws(BackplaneError) -> Tensor {
    let outputs = try apply(function, inputs)
    guard outputs.count == 1 else {
      throw BackplaneError(
        .value,
        "\(type(of: function)) gave \(outputs.count) outputs where one is taken; apply([…]) takes any number of them")
    }
    return outputs[0]
  }

  static func apply(_ function: some CustomFunction, _ inputs: [Tensor]) throws(BackplaneError) -> [Tensor] {
    let name = "\(type(of: function))"
    guard !inputs.contains(where: { $0.context.isInvalid }) else {
      throw BackplaneError(.internal, "\(name): an operand is the result of a failed call")
    }
    let context = FunctionContext(needsInputGrad: inputs.map(\.requiresGrad))
    var outputs = noGrad { function.forward(context, inputs) }
    try HookResults.checkFailures()
    guard context.dirty.allSatisfy({ tensor in outputs.contains { $0 === tensor } }) else {
      throw BackplaneError(
        .autograd,
        "Some elements marked as dirty during the forward method were not returned as output. The inputs that are "
          + "modified inplace must all be outputs of the Function.")
    }
    guard Autograd.records(inputs) else { return outputs }
    for tensor in context.dirty { try InPlace.check(tensor) }

    let node = makeNode(function, name, context, inputs, outputs)
    let marks = Marks(nonDifferentiable: context.nonDifferentiable, dirty: context.dirty)
    try context.save(for: node, outputs: outputs)
    for i in outputs.indices { outputs[i] = place(outputs[i], i, of: node, marks, inputs) }
    return outputs
  }

  private static func makeNode(
    _ function: some CustomFunction, _ name: String, _ context: FunctionContext, _ inputs: [Tensor], _ outputs: [Tensor]
  ) -> Node {
    let inputKinds = inputs.map(Kind.init), outputKinds = outputs.map(Kind.init)
    let node = Autograd.makeNode("\(name)Backward", inputs, resultCount: outputs.count) {
      _, grads throws(BackplaneError) in
      var grads = grads
      if context.materializesGrads {
        for i in grads.indices where grads[i] == nil { grads[i] = try outputKinds[i].zeros() }
      }
      let results = try gradients(function, name, context, grads)
      return try checked(results, name, context.needsInputGrad, inputKinds)
    }
    node.withExtras { $0.functionName = name }
    return node
  }

  private static func gradients<Function: CustomFunction>(
    _ function: Function, _ name: String, _ context: FunctionContext, _ grads: [Tensor?]
  ) throws(BackplaneError) -> [Tensor?] {
    guard Function.onceDifferentiable, Scopes.recordsGradients else {
      let results = function.backward(context, grads)
      try HookResults.checkFailures()
      return results
    }
    let results = noGrad { function.backward(context, grads) }
    try HookResults.checkFailures()
    let learning = grads.compactMap { $0 }.filter(\.requiresGrad)
    guard !learning.isEmpty else { return results }
    return results.map { result in
      guard let result else { return nil }
      let delayed = result.alias()
      Autograd.record("DelayedError", learning, delayed, saves: false) { _ throws(BackplaneError) in
        throw BackplaneError(
          .autograd, "trying to differentiate twice a function that was marked with onceDifferentiable")
      }
      return delayed
    }
  }

  /// Puts an output in its place in the graph.
  private static func place(
    _ output: Tensor, _ index: Int, of node: Node, _ marks: Marks, _ inputs: [Tensor]
  ) -> Tensor {
    let isView = inputs.contains { $0.sharesStorage(with: output) }
    guard output.dtype.isFloatingPoint || output.dtype.isComplex,
      !marks.nonDifferentiable.contains(where: { $0 === output })
    else { return output.autograd == nil ? output : output.alias() }
    if marks.dirty.contains(where: { $0 === output }) {
      let state = AutogradState(requiresGrad: true, node: node)
      state.resultIndex = index
      InPlace.rebase(output, on: state)
      return output
    }
    // What has a place in the graph already keeps it.
    let result = isView || output.autograd != nil ? output.alias() : output
    Autograd.attach(node, to: result, index: index)
    result.autograd?.isView = isView
    return result
  }

  /// The gradients as those of the inputs must be.
  private static func checked(
    _ results: [Tensor?], _ name: String, _ needed: [Bool], _ kinds: [Kind]
  ) throws(BackplaneError) -> [Tensor?] {
    guard
      results.count == kinds.count || results.count > kinds.count && results[kinds.count...].allSatisfy({ $0 == nil })
    else {
      throw BackplaneError(
        .autograd,
        "function \(name)Backward returned an incorrect number of gradients (expected \(kinds.count), got "
          + "\(results.count))")
    }
    var gradients: [Tensor?] = []
    for (i, kind) in kinds.enumerated() {
      guard needed[i], let result = results[i] else {
        gradients.append(nil)
        continue
      }
      gradients.append(
        try fitted(result, to: kind) { "Function \(name)Backward returned an invalid gradient at index \(i) - \($0)" })
    }
    return gradients
  }

  private static func fitted(
    _ gradient: Tensor, to kind: Kind, _ message: (String) -> String
  ) throws(BackplaneError) -> Tensor {
    guard gradient.context === kind.context else {
      throw BackplaneError(
        .autograd, message("expected device \(kind.context.device) but got \(gradient.device)"))
    }
    var result = gradient
    if !result.layout.hasSameShape(as: kind.layout) {
      guard isExpandable(kind.layout.shape, to: result.layout.shape) else {
        throw BackplaneError(
          .autograd, message("got \(result.shape) but expected shape compatible with \(Shape(kind.layout.shape))"))
      }
      result = try Ops.sumToSize(result, kind.layout.shape)
    }
    if result.dtype != kind.dtype {
      guard result.dtype.isFloatingPoint || result.dtype.isComplex == kind.dtype.isComplex else {
        throw BackplaneError(
          .autograd, message("expected type \(kind.dtype) but got \(result.dtype)"))
      }
      result = try Ops.cast(result, kind.dtype)
    }
    return result
  }

  private static func isExpandable(_ shape: [Int], to wide: [Int]) -> Bool {
    let lead = wide.count - shape.count
    return lead >= 0 && shape.indices.allSatisfy { shape[$0] == 1 || shape[$0] == wide[lead + $0] }
  }
}
