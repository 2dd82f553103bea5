/// The base of optimizers: changes parameters by their gradients.
///
/// ```swift
/// let optimizer = Adam(model.parameters(), lr: 1e-3)
/// for (x, y) in loader {
///   optimizer.zeroGrad()
///   F.crossEntropy(model(x), y).backward()
///   optimizer.step()
/// }
/// ```
///
/// Parameters without a gradient are left alone. Move a model to its device before the first step: what an optimizer
/// remembers of a parameter stays where the parameter was. A subclass overrides ``update(_:)``.
open class Optimizer {
  /// What an optimizer remembers of one parameter.
  public struct ParameterState {
    /// How many steps the parameter has taken.
    public var step = 0
    /// Tensors by PyTorch's names, mostly of the parameter's shape.
    public var tensors: [String: Tensor] = [:]
    /// Numbers by PyTorch's names.
    public var numbers: [String: Double] = [:]

    /// Makes the state of a parameter that has taken no step.
    public init() {}
  }

  /// What an optimizer remembers of a parameter under one name.
  public enum Memory {
    /// A number, kept in ``ParameterState/numbers``.
    case number
    /// A tensor of a shape and type, kept in ``ParameterState/tensors``.
    case tensor([Int], DType)
  }

  /// The parameters with their settings, which may be changed between steps.
  public var parameterGroups: [ParameterGroup]
  /// The settings of groups that do not give them themselves.
  public let defaults: [ParameterGroup.Option: Double]

  private var states: [ObjectIdentifier: ParameterState] = [:]

  /// Whether a schedule is waiting to see a step, and whether there has been one since.
  var (isScheduled, hasStepped) = (false, false)

  /// Makes an optimizer of parameters or groups. Groups without a parameter, or that share one, are an error, and so are
  /// settings that ``check(_:)`` does not accept.
  ///
  /// - Parameter defaults: The settings that a group does not give itself, and all that there are.
  public init<P: Optimizable>(_ parameters: [P], defaults: [ParameterGroup.Option: Double]) {
    let groups = P._groups(parameters)
    self.defaults = defaults
    parameterGroups = groups.map { $0.completed(by: defaults) }
    funnel(or: ()) { () throws(BackplaneError) in
      for group in [ParameterGroup([], defaults)] + parameterGroups { try check(group) }
      guard groups.contains(where: { !$0.parameters.isEmpty }) else {
        throw BackplaneError(.value, "optimizer got an empty parameter list")
      }
      try Optimizer.requireDistinctLeaves(groups)
    }
  }

  /// What has no parameters, and stands where an error has left none.
  static var ofNothing: Optimizer { Optimizer() }

  private init() {
    (parameterGroups, defaults) = ([], [:])
  }

  /// Adds parameters with settings of their own, such as those of layers that are no longer frozen.
  ///
  /// ```swift
  /// optimizer.addParameterGroup(ParameterGroup([Tensor.ones([3], requiresGrad: true)], [.lr: 1e-3]))
  /// ```
  public func addParameterGroup(_ group: ParameterGroup) {
    funnel(or: ()) { () throws(BackplaneError) in
      let group = group.completed(by: defaults)
      try check(group)
      try Optimizer.requireDistinctLeaves(parameterGroups + [group])
      parameterGroups.append(group)
    }
  }

  private static func requireDistinctLeaves(_ groups: [ParameterGroup]) throws(BackplaneError) {
    var owners: [ObjectIdentifier: Int] = [:]
    for (number, group) in groups.enumerated() {
      for parameter in group.parameters {
        guard parameter.isLeaf else { throw BackplaneError(.value, "can't optimize a non-leaf Tensor") }
        if let owner = owners.updateValue(number, forKey: ObjectIdentifier(parameter)) {
          throw BackplaneError(
            .value,
            owner == number
              ? "a parameter appears twice in a parameter group"
              : "some parameters appear in more than one parameter group")
        }
      }
    }
  }

  /// Throws where the settings of a group are none that the optimizer can have.
  open func check(_ group: ParameterGroup) throws(BackplaneError) {}

  /// What is remembered of a parameter under a name; a tensor like the parameter, if not overridden.
  open func memory(_ name: String, of parameter: Tensor) -> Memory { .tensor(parameter.layout.shape, parameter.dtype) }

  /// What is remembered of a parameter.
  public subscript(state parameter: Tensor) -> ParameterState {
    get { states[ObjectIdentifier(parameter)] ?? ParameterState() }
    set { states[ObjectIdentifier(parameter)] = newValue }
  }

  /// Changes every parameter that has a gradient.
  public func step() {
    hasStepped = isScheduled
    funnel(or: ()) { () throws(BackplaneError) in
      try withoutGradients { () throws(BackplaneError) in
        for group in parameterGroups { try update(group) }
      }
    }
  }

  /// Computes the loss anew by `closure`, which calls `backward()`, and then changes the parameters.
  ///
  /// - Returns: The loss.
  @discardableResult
  public func step<Failure: Error>(_ closure: () throws(Failure) -> Tensor) throws(Failure) -> Tensor {
    let loss = try Optimizer.evaluate(closure).get()
    step()
    return loss
  }

  /// The loss, with gradients being recorded.
  static func evaluate<Failure: Error>(_ closure: () throws(Failure) -> Tensor) -> Result<Tensor, Failure> {
    enableGrad { Result { () throws(Failure) in try closure() } }
  }

  /// Changes the parameters of a group that have a gradient. No gradients are being recorded.
  open func update(_ group: ParameterGroup) throws(BackplaneError) {
    throw BackplaneError(
      .unsupported, "Optimizer [\(type(of: self))] is missing the required \"update\" function")
  }

  /// Forgets the gradients of all parameters, or sets them to zero.
  public func zeroGrad(setToNil: Bool = true) {
    for parameter in parameterGroups.lazy.flatMap(\.parameters) { parameter.clearGrad(setToNil: setToNil) }
  }
}

extension ParameterGroup {
  /// The group with the settings that it does not give itself.
  fileprivate func completed(by defaults: [Option: Double]) -> ParameterGroup {
    ParameterGroup(parameters, defaults.merging(options) { _, own in own })
  }
}
