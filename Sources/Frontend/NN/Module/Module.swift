/// The base of layers and models: finds the parameters and modules among its stored properties.
///
/// ```swift
/// final class Net: Module {
///   let hidden = Linear(64, 128)
///   let output = Linear(128, 10)
///   override func forward(_ x: Tensor) -> Tensor { output(hidden(x).relu()) }
/// }
/// let net = Net()
/// net.namedParameters().map(\.name)  // ["hidden.weight", "hidden.bias", "output.weight", "output.bias"]
/// ```
///
/// Parameters are properties marked ``Parameter``, other state is marked ``Buffer``. Modules need no mark: they are found
/// as properties and inside optionals, arrays, dictionaries (in the order of their keys), structs and tuples of
/// modules, also those of superclasses. Names are PyTorch's, `layers.0.weight`, so that its checkpoints load.
/// A property in camel case has a name with underscores, `runningMean` is `running_mean`; another name is given by
/// ``keyNames``. Nothing is cached: what is assigned later is found later.
open class Module {
  /// The names under which properties are found, where their own would be another.
  ///
  /// ```swift
  /// final class Perceptron: Module {
  ///   let hidden = Linear(64, 32)
  ///   let output = Linear(32, 10)
  ///   override class var keyNames: [String: String] { ["hidden": "fc1", "output": "fc2"] }
  /// }
  /// ```
  open class var keyNames: [String: String] { [:] }

  /// What ``registerForwardHook(_:)`` and its like added; nil without any.
  final var hooks: ModuleHooks?

  /// What computes parameters from others, by their names; nil without any.
  public internal(set) final var parametrizations: ModuleDict?

  /// Whether layers such as ``Dropout`` behave as in training; set by ``train(_:)`` and ``eval()``.
  public private(set) var training = true

  /// Makes a module in training mode.
  public init() {}

  /// The result for an input; what subclasses override.
  ///
  /// A `forward` with a label, `forward(x:)`, or of other parameters compiles too, but is another function, of which
  /// ``callAsFunction(_:)`` knows nothing. A module of other inputs declares a `callAsFunction` of its own, made of
  /// ``callWithHooks(_:_:)``.
  open func forward(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      throw BackplaneError(
        .unsupported,
        "Module [\(type(of: self))] is missing the required \"forward\" function: it does not override "
          + "forward(_ x: Tensor) -> Tensor. A forward that is declared without `override`, such as forward(x:) with a "
          + "label or forward(_:_:) with another parameter, is a function of its own: add the underscore, "
          + "`override func forward(_ x: Tensor) -> Tensor`, or call it by its own name")
    }
  }

  /// The result for an input: `model(x)` calls ``forward(_:)``, and the hooks before and after it.
  @_disfavoredOverload  // A recurrent network has one of its own, which differs in what it gives alone.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    guard hooks != nil else { return forward(x) }
    return callWithHooks([x]) { [forward($0[0])] }[0]
  }

  /// What is shown of the module between the parentheses of its description, such as `p=0.5`.
  open var extraDescription: String { "" }

  /// What the module holds; overridden by containers that name what they hold themselves.
  func members() -> [Member] { Reflection.members(of: self) }

  // MARK: Mode

  /// Puts the module and all within it into training mode, or out of it.
  @discardableResult
  public func train(_ mode: Bool = true) -> Self {
    for module in modules() { module.training = mode }
    return self
  }

  /// Takes the module and all within it out of training mode.
  @discardableResult
  public func eval() -> Self { train(false) }

  /// Calls a function with every module within this one, then with the module itself.
  ///
  /// ```swift
  /// net.apply { module in
  ///   if let linear = module as? Linear { Init.zeros_(linear.weight) }
  /// }
  /// ```
  @discardableResult
  public func apply(_ function: (Module) -> Void) -> Self {
    var path = Set<ObjectIdentifier>()
    apply(function, &path)
    return self
  }

  /// - Parameter path: The modules that this one is in, so that one that holds its owner ends the walk.
  private func apply(_ function: (Module) -> Void, _ path: inout Set<ObjectIdentifier>) {
    guard path.insert(ObjectIdentifier(self)).inserted else { return }
    for child in children() { child.apply(function, &path) }
    path.remove(ObjectIdentifier(self))
    function(self)
  }

  // MARK: Gradients

  /// Forgets the gradients of all parameters, or sets them to zero.
  public func zeroGrad(setToNil: Bool = true) {
    for parameter in parameters() { parameter.clearGrad(setToNil: setToNil) }
  }

  /// Sets whether the parameters require gradients: `false` freezes them.
  @discardableResult
  public func requiresGrad_(_ value: Bool = true) -> Self {
    for parameter in parameters() { parameter.requiresGrad_(value) }
    return self
  }
}

extension Tensor {
  /// Forgets the gradient, or sets it to zero.
  func clearGrad(setToNil: Bool) {
    guard let state = autograd, let grad = state.grad else { return }
    if setToNil {
      state.grad = nil
    } else {
      grad.autograd = nil
      grad.zero_()
    }
  }
}
