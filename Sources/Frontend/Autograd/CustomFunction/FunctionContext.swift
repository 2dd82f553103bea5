/// What ``CustomFunction/forward(_:_:)`` hands on to ``CustomFunction/backward(_:_:)``.
public final class FunctionContext {
  /// Whether each input requires a gradient. For one that does not, none need be computed.
  public let needsInputGrad: [Bool]

  private(set) var toSave: [Tensor] = []
  private(set) var nonDifferentiable: [Tensor] = []
  private(set) var dirty: [Tensor] = []
  private(set) var materializesGrads = true
  private var values: [String: Any] = [:]
  private var saved: [Saved] = []
  private weak var node: Node?

  init(needsInputGrad: [Bool]) { self.needsInputGrad = needsInputGrad }

  /// Keeps tensors for the gradient: inputs, outputs, or what was computed on the way. A change in place of one of them
  /// before the gradient is computed is an error.
  ///
  /// A second call takes the place of the first.
  public func saveForBackward(_ tensors: Tensor...) { toSave = tensors }

  /// Keeps a list of tensors for the gradient.
  public func saveForBackward(_ tensors: [Tensor]) { toSave = tensors }

  /// The tensors that ``saveForBackward(_:)-(Tensor...)`` kept. Inputs and outputs among them are in their places in the
  /// graph, for gradients of gradients.
  public var savedTensors: [Tensor] {
    funnel(or: Placeholder.tensors(toSave.count)) { () throws(BackplaneError) in
      try saved.map { saved throws(BackplaneError) in try saved.unpack(node) }
    }
  }

  /// Keeps a value that is no tensor, or gives it back.
  ///
  /// ```swift
  /// func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
  ///   context["shape"] = inputs[0].shape
  ///   return [inputs[0].sum()]
  /// }
  ///
  /// func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
  ///   let shape: Shape = context["shape"]!
  ///   return [gradOutputs[0]!.expand(shape.extents)]
  /// }
  /// ```
  ///
  /// It is nil where there is none of that name, or one of another type.
  public subscript<Value>(name: String) -> Value? {
    get { values[name] as? Value }
    set { values[name] = newValue }
  }

  /// Says which outputs have no gradient, such as positions.
  public func markNonDifferentiable(_ outputs: Tensor...) { nonDifferentiable = outputs }

  /// Says which inputs have been changed in place. They have to be outputs too.
  public func markDirty(_ inputs: Tensor...) { dirty = inputs }

  /// Says whether zeros stand in place of gradients that did not arrive; they do until this says otherwise.
  public func setMaterializeGrads(_ value: Bool) { materializesGrads = value }

  /// Keeps what was to be saved, for a node.
  func save(for node: Node, outputs: [Tensor]) throws(BackplaneError) {
    self.node = node
    saved = try toSave.map { tensor throws(BackplaneError) in
      if let index = outputs.firstIndex(where: { $0 === tensor }) { return Saved(result: tensor, index: index) }
      return try Saved(tensor)
    }
    // The graph would keep itself alive.
    (toSave, nonDifferentiable, dirty) = ([], [], [])
  }
}
