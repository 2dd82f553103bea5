/// The hooks of one module.
struct ModuleHooks {
  var forwardPre = HookList<Module.ForwardPreHook>()
  var forward = HookList<Module.ForwardHook>()
  var backwardPre = HookList<Module.FullBackwardPreHook>()
  var backward = HookList<Module.FullBackwardHook>()

  var isEmpty: Bool { forwardPre.isEmpty && forward.isEmpty && !watchGradients }
  var watchGradients: Bool { !backwardPre.isEmpty || !backward.isEmpty }
}

extension Module {
  /// Sees the tensors that go into a module, and may give others in their place.
  public typealias ForwardPreHook = (_ module: Module, _ inputs: [Tensor]) -> [Tensor]?

  /// Sees the tensors that went into a module and came out of it, and may give others for the latter.
  public typealias ForwardHook = (_ module: Module, _ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor]?

  /// Registers a function that is called before each forward of the module.
  ///
  /// ```swift
  /// layer.registerForwardPreHook { _, inputs in [inputs[0] * 2] }
  /// ```
  ///
  /// - Parameter hook: Gives nil, or tensors that take the place of the inputs, as many as there were.
  @discardableResult
  public func registerForwardPreHook(_ hook: @escaping ForwardPreHook) -> RemovableHandle {
    let id = withHookLists { $0.forwardPre.add(hook) }
    return RemovableHandle { [weak self] in self?.withHookLists { $0.forwardPre.remove(id) } }
  }

  /// Registers a function that is called after each forward of the module.
  ///
  /// ```swift
  /// var features: [Tensor] = []
  /// head.registerForwardHook { _, _, outputs in
  ///   features.append(outputs[0])
  ///   return nil
  /// }
  /// ```
  ///
  /// - Parameter hook: Gives nil, or tensors that take the place of the outputs, as many as there were.
  @discardableResult
  public func registerForwardHook(_ hook: @escaping ForwardHook) -> RemovableHandle {
    let id = withHookLists { $0.forward.add(hook) }
    return RemovableHandle { [weak self] in self?.withHookLists { $0.forward.remove(id) } }
  }

  /// Changes the hooks; a module without any keeps no lists.
  func withHookLists<Result>(_ change: (inout ModuleHooks) -> Result) -> Result {
    var lists = hooks ?? ModuleHooks()
    let result = change(&lists)
    hooks = lists.isEmpty ? nil : lists
    return result
  }

  // MARK: For modules of other inputs than one tensor

  /// Computes a module's outputs from its inputs, with the hooks before and after: what a `callAsFunction` of a module
  /// of several inputs or outputs is made of.
  ///
  /// ```swift
  /// final class Distance: Module {
  ///   func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor {
  ///     callWithHooks([a, b]) { [($0[0] - $0[1]).abs().sum()] }[0]
  ///   }
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - inputs: The tensors that go in.
  ///   - forward: From the inputs, or what a hook put in their place, the outputs.
  public final func callWithHooks(_ inputs: [Tensor], _ forward: ([Tensor]) -> [Tensor]) -> [Tensor] {
    guard let hooks else { return forward(inputs) }
    var inputs = inputs
    for hook in hooks.forwardPre.hooks {
      guard let replaced = hook(self, inputs) else { continue }
      inputs = sameCount(replaced, inputs, "forward pre-hook", "inputs")
    }
    let call = hooks.watchGradients && Scopes.recordsGradients ? BackwardHookCall(self, hooks) : nil
    if let call { inputs = funnel(or: inputs) { () throws(BackplaneError) in try call.watch(inputs: inputs) } }
    var outputs = forward(inputs)
    for hook in hooks.forward.hooks {
      guard let replaced = hook(self, inputs, outputs) else { continue }
      outputs = sameCount(replaced, outputs, "forward hook", "outputs")
    }
    if let call { outputs = funnel(or: outputs) { () throws(BackplaneError) in try call.watch(outputs: outputs) } }
    return outputs
  }

  /// Computes the output of a module of two inputs, with the hooks before and after.
  public final func callWithHooks(_ a: Tensor, _ b: Tensor, _ forward: (Tensor, Tensor) -> Tensor) -> Tensor {
    guard hooks != nil else { return forward(a, b) }
    return callWithHooks([a, b]) { [forward($0[0], $0[1])] }[0]
  }

  private func sameCount(_ replaced: [Tensor], _ tensors: [Tensor], _ hook: String, _ what: String) -> [Tensor] {
    funnel(or: tensors) { () throws(BackplaneError) in
      guard replaced.count == tensors.count else {
        throw BackplaneError(
          .value,
          "a \(hook) of \(type(of: self)) gave \(replaced.count) tensors in place of \(tensors.count) \(what)")
      }
      return replaced
    }
  }
}
