/// An operation with a gradient of the program's own: PyTorch's `torch.autograd.Function`.
///
/// ```swift
/// struct Square: CustomFunction {
///   func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
///     context.saveForBackward(inputs[0])
///     return [inputs[0] * inputs[0]]
///   }
///
///   func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
///     [gradOutputs[0]! * 2 * context.savedTensors[0]]
///   }
/// }
/// let y = Square().apply(x)
/// ```
///
/// What is no tensor is a property: `struct Clip: CustomFunction { var limit: Double … }`, `Clip(limit: 1).apply(x)`. A
/// value that ``forward(_:_:)`` finds out is kept in the context, `context["count"] = n`, and so are tensors, which are
/// then checked for change: the function itself should keep none.
///
/// Operations within ``forward(_:_:)`` are not recorded. Those within ``backward(_:_:)`` are where `createGraph` asks for
/// it, so that gradients of gradients come out right if the formula consists of differentiable operations; one that does
/// not says so with ``onceDifferentiable``.
public protocol CustomFunction {
  /// Computes the outputs from the inputs, and keeps what the gradient needs.
  func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor]

  /// Computes the gradients of the inputs, nil for none, from those of the outputs.
  ///
  /// - Parameter gradOutputs: One for each output: zeros where none arrived, or nil after
  ///   ``FunctionContext/setMaterializeGrads(_:)`` with `false`.
  func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?]

  /// Whether ``backward(_:_:)`` is no differentiable function: gradients of its gradients are then an error.
  static var onceDifferentiable: Bool { get }
}

extension CustomFunction {
  public static var onceDifferentiable: Bool { false }

  /// The output for one input.
  public func apply(_ input: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try CustomOperation.applySingle(self, [input]) }
  }

  /// The output for two inputs.
  public func apply(_ a: Tensor, _ b: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try CustomOperation.applySingle(self, [a, b]) }
  }

  /// The output for three inputs.
  public func apply(_ a: Tensor, _ b: Tensor, _ c: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try CustomOperation.applySingle(self, [a, b, c]) }
  }

  /// The outputs for any number of inputs.
  ///
  /// ```swift
  /// struct SumAndDifference: CustomFunction {
  ///   func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
  ///     [inputs[0] + inputs[1], inputs[0] - inputs[1]]
  ///   }
  ///
  ///   func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
  ///     let (sum, difference) = (gradOutputs[0]!, gradOutputs[1]!)
  ///     return [sum + difference, sum - difference]
  ///   }
  /// }
  /// let outputs = SumAndDifference().apply([a, b])
  /// ```
  ///
  /// An integer output, and one that is marked with ``FunctionContext/markNonDifferentiable(_:)``, does not require
  /// gradients. An input that is returned as it is becomes an output that shares its memory.
  public func apply(_ inputs: [Tensor]) -> [Tensor] {
    funnel(or: Placeholder.tensors()) { () throws(BackplaneError) in
      try CustomOperation.apply(self, inputs)
    }
  }
}
