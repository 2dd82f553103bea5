/// A hook that was registered, to remove it again.
///
/// ```swift
/// let handle = model.registerForwardHook { _, _, outputs in
///   print(outputs[0].shape)
///   return nil
/// }
/// model(x)
/// handle.remove()
/// ```
///
/// A hook stays when its handle is gone.
public final class RemovableHandle {
  private var removal: (() -> Void)?

  init(_ removal: @escaping () -> Void) { self.removal = removal }

  /// Removes the hook. A second call does nothing.
  public func remove() {
    removal?()
    removal = nil
  }
}

/// Functions in the order in which they were registered.
struct HookList<Hook> {
  private var entries: [(id: Int, hook: Hook)] = []
  private var nextID = 0

  var isEmpty: Bool { entries.isEmpty }
  var hooks: [Hook] { entries.map(\.hook) }

  /// - Returns: What ``remove(_:)`` takes.
  mutating func add(_ hook: Hook) -> Int {
    defer { nextID += 1 }
    entries.append((nextID, hook))
    return nextID
  }

  mutating func remove(_ id: Int) { entries.removeAll { $0.id == id } }
}

/// What few nodes have.
final class NodeExtras {
  /// Called with the gradients of single results. They stay when the tensors that they were registered on are gone.
  var tensorHooks = HookList<(index: Int, body: Node.Hook)>()
  /// Called with the gradients of all results, before the node.
  var preHooks = HookList<Node.PreHook>()
  /// Called with the gradients of the operands and of the results, after the node.
  var hooks = HookList<Node.PostHook>()
  /// Results that keep their gradients although they are no leaves.
  var observers: [(index: Int, state: WeakState)] = []
  /// Where the operation was called, if that was to be noted.
  var trace: CallTrace?
  /// The program's own function that the node is of.
  var functionName: String?

  struct WeakState { weak var state: AutogradState? }
}

/// The hooks of a leaf.
final class LeafHooks {
  /// Called with the gradient, before it is added to what the leaf has.
  var gradient = HookList<Node.Hook>()
  /// Called when the gradient has been added.
  var afterAccumulation = HookList<() -> Void>()
}

extension Node {
  /// Sees the gradients of an operation's results, nil where none arrived, before it is run, and may give others in their
  /// place.
  public typealias PreHook = (_ gradOutputs: [Tensor?]) -> [Tensor?]?

  /// Sees the gradients of an operation's operands and of its results, and may give others for the former.
  public typealias PostHook = (_ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) -> [Tensor?]?

  /// Registers a function that is called with the gradients of the operation's operands and results when `backward()`
  /// has gone through it.
  ///
  /// ```swift
  /// let loss = (model(x) - y).square().mean()
  /// loss.gradFn?.registerHook { gradInputs, gradOutputs in
  ///   print(gradInputs, gradOutputs)
  ///   return nil
  /// }
  /// ```
  ///
  /// - Parameter hook: Gives nil, or gradients that take the place of the operands', as many as there are.
  @discardableResult
  public func registerHook(_ hook: @escaping PostHook) -> RemovableHandle {
    let id = withExtras { $0.hooks.add(hook) }
    return RemovableHandle { [weak self] in self?.extras?.hooks.remove(id) }
  }

  /// Registers a function that is called with the gradients of the operation's results before `backward()` goes through
  /// it.
  ///
  /// - Parameter hook: Gives nil, or gradients that take the place of the results', as many as there are.
  @discardableResult
  public func registerPrehook(_ hook: @escaping PreHook) -> RemovableHandle {
    let id = withExtras { $0.preHooks.add(hook) }
    return RemovableHandle { [weak self] in self?.extras?.preHooks.remove(id) }
  }

  /// Calls a function with the gradient of one result.
  func addHook(_ index: Int, _ body: @escaping Hook) -> RemovableHandle {
    let id = withExtras { $0.tensorHooks.add((index, body)) }
    return RemovableHandle { [weak self] in self?.extras?.tensorHooks.remove(id) }
  }

  /// Lets a result keep its gradient.
  func observe(_ state: AutogradState) {
    withExtras { $0.observers.append((state.resultIndex, .init(state: state))) }
  }

  func withExtras<Result>(_ change: (NodeExtras) -> Result) -> Result {
    let own = extras ?? NodeExtras()
    extras = own
    return change(own)
  }
}

extension Tensor {
  /// Calls `hook` with the gradient of this tensor when it is known; a tensor it returns takes its place.
  ///
  /// ```swift
  /// let handle = weight.registerHook { $0.clamp(min: -1, max: 1) }
  /// model(x).sum().backward()
  /// handle.remove()
  /// ```
  ///
  /// Of a result the graph keeps the hook: it is called even when the tensor itself is gone by then. After a change in
  /// place it sees the gradient of what the tensor was before.
  ///
  /// - Parameter hook: Gives nil, or a gradient of the same shape and type.
  @discardableResult
  public func registerHook(_ hook: @escaping (Tensor) -> Tensor?) -> RemovableHandle {
    funnel(or: RemovableHandle {}) { () throws(BackplaneError) in
      let state = try stateForHook()
      if let node = state.node { return node.addHook(state.resultIndex, hook) }
      let hooks = state.hooks ?? LeafHooks()
      state.hooks = hooks
      let id = hooks.gradient.add(hook)
      return RemovableHandle { [weak hooks] in hooks?.gradient.remove(id) }
    }
  }

  /// Calls `hook` with this tensor, a leaf, each time that `backward()` has added to its ``grad``.
  ///
  /// It is called as soon as the gradient is complete, while others are still to come: an optimizer's step inside it
  /// lets each gradient be freed before the next ones are there.
  ///
  /// ```swift
  /// for parameter in model.parameters() {
  ///   let optimizer = SGD([parameter], lr: 0.1)
  ///   parameter.registerPostAccumulateGradHook { parameter in
  ///     optimizer.step()
  ///     parameter.grad = nil
  ///   }
  /// }
  /// ```
  @discardableResult
  public func registerPostAccumulateGradHook(_ hook: @escaping (Tensor) -> Void) -> RemovableHandle {
    funnel(or: RemovableHandle {}) { () throws(BackplaneError) in
      let state = try stateForHook()
      guard state.node == nil else {
        throw BackplaneError(.autograd, "post accumulate grad hooks cannot be registered on non-leaf tensors")
      }
      let hooks = state.hooks ?? LeafHooks()
      state.hooks = hooks
      let id = hooks.afterAccumulation.add { [weak self] in
        if let self { hook(self) }
      }
      return RemovableHandle { [weak hooks] in hooks?.afterAccumulation.remove(id) }
    }
  }

  private func stateForHook() throws(BackplaneError) -> AutogradState {
    guard let state = autograd, state.requiresGrad else {
      throw BackplaneError(.autograd, "cannot register a hook on a tensor that doesn't require gradient")
    }
    return state
  }
}

/// What hooks give is checked before it goes on.
enum HookResults {
  /// The gradient that takes the place of `gradient`.
  static func apply(_ hook: Node.Hook, to gradient: Tensor) throws(BackplaneError) -> Tensor {
    let replaced = hook(gradient)
    try checkFailures()
    guard let replaced else { return gradient }
    guard replaced.dtype == gradient.dtype else {
      throw BackplaneError(
        .autograd,
        "hook has changed the type of value (was \(gradient.dtype.scalarName)Tensor got "
          + "\(replaced.dtype.scalarName)Tensor)")
    }
    guard replaced.context === gradient.context else {
      throw BackplaneError(
        .autograd, "hook has changed the device of value (was \(gradient.device) got \(replaced.device))")
    }
    guard replaced.layout.hasSameShape(as: gradient.layout) else {
      throw BackplaneError(
        .autograd, "hook has changed the size of value (was \(gradient.shape) got \(replaced.shape))")
    }
    return replaced
  }

  /// The gradients that take the place of `gradients`, which must be as many.
  static func checked(
    _ replaced: [Tensor?]?, for gradients: [Tensor?], _ hook: @autoclosure () -> String, _ what: String
  ) throws(BackplaneError) -> [Tensor?] {
    try checkFailures()
    guard let replaced else { return gradients }
    guard replaced.count == gradients.count else {
      throw BackplaneError(
        .autograd,
        "\(hook()) returned an invalid number of \(what), got \(replaced.count), but expected \(gradients.count)")
    }
    return replaced
  }

  /// Throws what a hook or another function of the program did wrong, where that did not end the program.
  static func checkFailures() throws(BackplaneError) {
    if let error = ErrorScope.current?.first { throw error }
  }
}
