extension Module {
  /// Sees the gradients of the tensors that went into a module and came out of it, and may give others for the former.
  public typealias FullBackwardHook = (
    _ module: Module, _ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]
  ) -> [Tensor?]?

  /// Sees the gradients of the tensors that came out of a module, and may give others in their place.
  public typealias FullBackwardPreHook = (_ module: Module, _ gradOutputs: [Tensor?]) -> [Tensor?]?

  /// Registers a function that is called each time that the gradients with respect to the module's inputs have been
  /// computed.
  ///
  /// ```swift
  /// let handle = layer.registerFullBackwardHook { module, gradInputs, gradOutputs in
  ///   print(gradOutputs[0]?.norm())
  ///   return nil
  /// }
  /// ```
  ///
  /// It is of calls after this one. What goes into the module and comes out of it then must not be changed in place.
  ///
  /// - Parameter hook: The gradients are nil for tensors that need none. Where no input needs one, it is called when
  ///   those of the outputs are known. It gives nil, or gradients that take the place of the inputs', as many.
  @discardableResult
  public func registerFullBackwardHook(_ hook: @escaping FullBackwardHook) -> RemovableHandle {
    let id = withHookLists { $0.backward.add(hook) }
    return RemovableHandle { [weak self] in self?.withHookLists { $0.backward.remove(id) } }
  }

  /// Registers a function that is called each time that the gradients with respect to the module's outputs are known,
  /// before those of its inputs and parameters are computed.
  ///
  /// ```swift
  /// layer.registerFullBackwardPreHook { _, gradOutputs in gradOutputs.map { $0.map { $0 / 2 } } }
  /// ```
  ///
  /// - Parameter hook: Gives nil, or gradients that take the place of the outputs', as many as there are.
  @discardableResult
  public func registerFullBackwardPreHook(_ hook: @escaping FullBackwardPreHook) -> RemovableHandle {
    let id = withHookLists { $0.backwardPre.add(hook) }
    return RemovableHandle { [weak self] in self?.withHookLists { $0.backwardPre.remove(id) } }
  }
}

/// The backward hooks of one call of a module: an operation that does nothing stands before the module and one behind
/// it, and sees the gradients.
final class BackwardHookCall {
  private let module: Module
  private let preHooks: [Module.FullBackwardPreHook]
  private let hooks: [Module.FullBackwardHook]
  private var inputCount = 0
  private var seesInputs = false
  /// Those of the walk that is under way.
  private var gradOutputs: [Tensor?] = []

  init(_ module: Module, _ hooks: ModuleHooks) {
    self.module = module
    preHooks = hooks.backwardPre.hooks
    self.hooks = hooks.backward.hooks
  }

  /// The inputs behind an operation that calls the hooks.
  func watch(inputs: [Tensor]) throws(BackplaneError) -> [Tensor] {
    inputCount = inputs.count
    guard !hooks.isEmpty, Autograd.records(inputs) else { return inputs }
    seesInputs = true
    return watch(inputs) { [self] (gradInputs) throws(BackplaneError) in
      defer { gradOutputs = [] }
      return try called(gradInputs)
    }
  }

  /// The outputs behind an operation that calls the hooks of their gradients.
  func watch(outputs: [Tensor]) throws(BackplaneError) -> [Tensor] {
    guard Autograd.records(outputs) else { return outputs }
    return watch(outputs) { [self] (gradients) throws(BackplaneError) in
      var gradients = gradients
      for hook in preHooks {
        gradients = try HookResults.checked(hook(module, gradients), for: gradients, "Backward pre hook", "grad_output")
      }
      if seesInputs {
        gradOutputs = gradients
      } else if !hooks.isEmpty {
        gradOutputs = gradients
        defer { gradOutputs = [] }
        _ = try called(Array(repeating: nil, count: inputCount))
      }
      return gradients
    }
  }

  private func called(_ gradInputs: [Tensor?]) throws(BackplaneError) -> [Tensor?] {
    var gradInputs = gradInputs
    for hook in hooks {
      gradInputs = try HookResults.checked(
        hook(module, gradInputs, gradOutputs), for: gradInputs, "Backward hook", "grad_input")
    }
    return gradInputs
  }

  /// Tensors of the same elements behind an operation whose gradients are what `body` makes of theirs.
  private func watch(
    _ tensors: [Tensor], _ body: @escaping ([Tensor?]) throws(BackplaneError) -> [Tensor?]
  ) -> [Tensor] {
    let node = Autograd.makeNode(
      "BackwardHookFunctionBackward", tensors, resultCount: tensors.count, saves: false
    ) { _, grads throws(BackplaneError) in try body(grads) }
    node.withExtras { $0.functionName = "BackwardHookFunction" }
    return tensors.enumerated().map { i, tensor in
      guard tensor.requiresGrad else { return tensor }
      let result = tensor.alias()
      Autograd.attach(node, to: result, index: i)
      result.autograd?.isView = true
      return result
    }
  }
}
