/// Products of a function's derivatives with vectors, and whole matrices of them, as in `torch.autograd.functional`.
///
/// The inputs stand apart from their graph, unless one of the results is asked for.
enum Derivatives {
  /// The inputs as leaves of their own; where a graph is to be created, as results of the ones given.
  static func prepared(_ inputs: [Tensor], createGraph: Bool) throws(BackplaneError) -> [Tensor] {
    try inputs.map { input throws(BackplaneError) in
      guard !input.context.isInvalid else {
        throw BackplaneError(.internal, "the input of the function is the result of a failed call")
      }
      if createGraph, input.requiresGrad { return input.asResult() }
      return try Autograd.require(true, of: input.detach())
    }
  }

  /// The outputs of a function, with a graph.
  static func outputs(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor]
  ) throws(BackplaneError) -> [Tensor] {
    let outputs = enableGrad { function(inputs) }
    try HookResults.checkFailures()
    return outputs
  }

  static func checkOutputs(_ outputs: [Tensor], strict: Bool) throws(BackplaneError) {
    guard strict, let i = outputs.firstIndex(where: { !$0.requiresGrad }) else { return }
    throw BackplaneError(
      .autograd,
      "Output \(i) of the user-provided function does not require gradients. The outputs must be computed in a "
        + "differentiable manner from the input when running in strict mode.")
  }

  /// What a product is taken with: as many tensors as `like`, in their shapes; ones where there is one number.
  static func vectors(
    _ v: [Tensor]?, like tensors: [Tensor], _ missing: String
  ) throws(BackplaneError) -> [Tensor] {
    guard let v else {
      guard tensors.count == 1, tensors[0].numel == 1 else { throw BackplaneError(.value, missing) }
      return [try Ops.full(.contiguous(tensors[0].layout.shape), .int(1), tensors[0].dtype, on: tensors[0].context)]
    }
    guard v.count == tensors.count else {
      throw BackplaneError(
        .value,
        tensors.count == 1
          ? "The given v should contain a single Tensor."
          : "v is a tuple of invalid length: should be \(tensors.count) but got \(v.count).")
    }
    for (i, (vector, tensor)) in zip(v, tensors).enumerated() where !vector.layout.hasSameShape(as: tensor.layout) {
      let entry = tensors.count == 1 ? "" : "Entry \(i) in "
      throw BackplaneError(
        .shape, "\(entry)v has invalid size: should be \(tensor.shape) but got \(vector.shape).")
    }
    return v
  }

  /// Which part of the computation found that something depends on nothing.
  enum Stage { case function, jacobian }

  /// Gradients where those that are missing are zero, or an error in strict mode.
  static func gradients(
    _ outputs: [Tensor], _ inputs: [Tensor], _ seeds: [Tensor], createGraph: Bool, strict: Bool, _ stage: Stage,
    output: Int = 0
  ) throws(BackplaneError) -> [Tensor] {
    let learning = outputs.indices.filter { outputs[$0].requiresGrad }
    var found: [Tensor?] = inputs.map { _ in nil }
    if !learning.isEmpty {
      found = try Engine.run(
        learning.map { outputs[$0] }, learning.map { seeds[$0] }, retainGraph: true, createGraph: createGraph,
        inputs: inputs)
    }
    return try inputs.indices.map { i throws(BackplaneError) in
      let isLost = found[i] == nil || strict && createGraph && stage == .jacobian && found[i]?.requiresGrad == false
      guard strict, isLost else {
        if let gradient = found[i] { return gradient }
        return try Ops.zerosLike(inputs[i].detach())
      }
      switch stage {
      case .function:
        throw BackplaneError(
          .autograd,
          "Output \(output) of the user-provided function is independent of input \(i). This is not allowed in strict "
            + "mode.")
      case .jacobian: throw independentJacobian(of: i)
      }
    }
  }

  static func independentJacobian(of input: Int) -> BackplaneError {
    BackplaneError(
      .autograd,
      "While computing the hessian, found that the jacobian of the user-provided function with respect to input \(input) "
        + "is independent of the input. This is not allowed in strict mode. You should ensure that your function is twice "
        + "differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for "
        + "example).")
  }

  static func requireSingleNumber(_ outputs: [Tensor], in name: String) throws(BackplaneError) {
    guard outputs.count == 1 else {
      throw BackplaneError(.value, "The function given to \(name) should return a single Tensor")
    }
    guard outputs[0].numel == 1 else {
      throw BackplaneError(
        .value, "The Tensor returned by the function given to \(name) should contain a single element")
    }
  }

  /// Results as they are given out.
  static func finished(_ tensors: [Tensor], createGraph: Bool) -> [Tensor] {
    createGraph ? tensors : tensors.map { $0.requiresGrad ? $0.detach() : $0 }
  }

  // MARK: Products

  static func vjp(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ v: [Tensor]?, _ createGraph: Bool, _ strict: Bool
  ) throws(BackplaneError) -> (outputs: [Tensor], products: [Tensor]) {
    let inputs = try prepared(inputs, createGraph: createGraph)
    let outputs = try outputs(function, inputs)
    try checkOutputs(outputs, strict: strict)
    let v = try vectors(
      v, like: outputs,
      "The vector v can only be None if the user-provided function returns a single Tensor with a single element.")
    let products = try gradients(
      outputs, inputs, v, createGraph: createGraph, strict: strict, .function)
    return (finished(outputs, createGraph: createGraph), finished(products, createGraph: createGraph))
  }

  /// By the gradient of the gradient, which is linear in what it is multiplied with.
  static func jvp(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ v: [Tensor]?, _ createGraph: Bool, _ strict: Bool
  ) throws(BackplaneError) -> (outputs: [Tensor], products: [Tensor]) {
    let v = try vectors(
      v, like: inputs,
      "The vector v can only be None if the input to the user-provided function is a single Tensor with a single "
        + "element.")
    let inputs = try prepared(inputs, createGraph: createGraph)
    let outputs = try outputs(function, inputs)
    try checkOutputs(outputs, strict: strict)
    let seeds = try outputs.map { output throws(BackplaneError) in
      try Autograd.require(true, of: Ops.zerosLike(output.detach()))
    }
    let transposed = try gradients(outputs, inputs, seeds, createGraph: true, strict: strict, .function)
    let products = try gradients(
      transposed, seeds, v, createGraph: createGraph, strict: false, .jacobian)
    return (finished(outputs, createGraph: createGraph), finished(products, createGraph: createGraph))
  }

  static func vhp(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ v: [Tensor]?, _ createGraph: Bool, _ strict: Bool
  ) throws(BackplaneError) -> (output: Tensor, products: [Tensor]) {
    let v = try vectors(
      v, like: inputs,
      "The vector v can only be None if the input to the user-provided function is a single Tensor with a single "
        + "element.")
    let inputs = try prepared(inputs, createGraph: createGraph)
    let (output, jacobian) = try slope(function, inputs, strict, "vhp")
    let products = try gradients(
      jacobian, inputs, v, createGraph: createGraph, strict: strict, .jacobian)
    return (finished([output], createGraph: createGraph)[0], finished(products, createGraph: createGraph))
  }

  static func hvp(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ v: [Tensor]?, _ createGraph: Bool, _ strict: Bool
  ) throws(BackplaneError) -> (output: Tensor, products: [Tensor]) {
    let v = try vectors(
      v, like: inputs,
      "The vector v can only be None if the input to the user-provided function is a single Tensor with a single "
        + "element.")
    let inputs = try prepared(inputs, createGraph: createGraph)
    let (output, jacobian) = try slope(function, inputs, strict, "hvp")
    let seeds = try inputs.map { input throws(BackplaneError) in
      try Autograd.require(true, of: Ops.zerosLike(input.detach()))
    }
    let transposed = try gradients(jacobian, inputs, seeds, createGraph: true, strict: strict, .jacobian)
    let products = try gradients(
      transposed, seeds, v, createGraph: createGraph, strict: false, .jacobian)
    return (finished([output], createGraph: createGraph)[0], finished(products, createGraph: createGraph))
  }

  /// The output of a function of one number, and its gradient with a graph.
  private static func slope(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ strict: Bool, _ name: String
  ) throws(BackplaneError) -> (output: Tensor, gradient: [Tensor]) {
    let outputs = try outputs(function, inputs)
    try requireSingleNumber(outputs, in: name)
    try checkOutputs(outputs, strict: strict)
    let one = try Ops.full(.contiguous(outputs[0].layout.shape), .int(1), outputs[0].dtype, on: outputs[0].context)
    let gradient = try gradients(outputs, inputs, [one], createGraph: true, strict: strict, .function)
    guard strict else { return (outputs[0], gradient) }
    if let i = gradient.firstIndex(where: { !$0.requiresGrad }) { throw independentJacobian(of: i) }
    return (outputs[0], gradient)
  }

  // MARK: Matrices

  /// For each output and each input, a tensor of the output's shape and then the input's.
  static func jacobian(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ createGraph: Bool, _ strict: Bool
  ) throws(BackplaneError) -> [[Tensor]] {
    let inputs = try prepared(inputs, createGraph: createGraph)
    let outputs = try outputs(function, inputs)
    try checkOutputs(outputs, strict: strict)
    var result: [[Tensor]] = []
    for (i, output) in outputs.enumerated() {
      result.append(try matrices(output, inputs, createGraph, strict, i))
    }
    return result
  }

  private static func matrices(
    _ output: Tensor, _ inputs: [Tensor], _ createGraph: Bool, _ strict: Bool, _ number: Int
  ) throws(BackplaneError) -> [Tensor] {
    let count = output.numel
    var rows: [[Tensor]] = inputs.map { _ in [] }
    for i in 0..<count {
      let seed = try Ops.full(.contiguous([count]), .int(0), output.dtype, on: output.context)
      try Ops.fill(seed.view(.scalar, offset: i), .int(1))
      let gradients = try gradients(
        [output], inputs, [Ops.reshape(seed, output.layout.shape)], createGraph: createGraph, strict: strict, .function,
        output: number)
      if strict, createGraph, let lost = gradients.firstIndex(where: { !$0.requiresGrad }) {
        throw BackplaneError(
          .autograd,
          "The jacobian of the user-provided function is independent of input \(lost). This is not allowed in strict "
            + "mode when create_graph=True.")
      }
      for (j, gradient) in gradients.enumerated() { rows[j].append(gradient) }
    }
    return try inputs.indices.map { j throws(BackplaneError) in
      let shape = output.layout.shape + inputs[j].layout.shape
      guard count > 0 else { return try Ops.full(.contiguous(shape), .int(0), inputs[j].dtype, on: inputs[j].context) }
      let all = createGraph ? rows[j] : rows[j].map { $0.detach() }
      return try Ops.reshape(Ops.stack(all, 0), shape)
    }
  }

  static func hessian(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ createGraph: Bool, _ strict: Bool
  ) throws(BackplaneError) -> [[Tensor]] {
    var failure: BackplaneError?
    let blocks = try jacobian(
      { (inputs: [Tensor]) -> [Tensor] in
        do throws(BackplaneError) {
          return try slope(function, inputs, strict, "hessian").gradient
        } catch {
          failure = failure ?? error
          return []
        }
      }, inputs, createGraph, strict)
    if let failure { throw failure }
    return blocks
  }
}

extension Tensor {
  /// The same elements, as the result of an operation.
  fileprivate func asResult() -> Tensor {
    let result = alias()
    Autograd.record("ViewBackward0", [self], result, saves: false) { g throws(BackplaneError) in [g] }
    return result
  }
}
