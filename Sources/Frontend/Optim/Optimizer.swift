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
    /// Tensors of the parameter's shape, by PyTorch's names.
    public var tensors: [String: Tensor] = [:]

    /// Makes the state of a parameter that has taken no step.
    public init() {}
  }

  /// The parameters with their settings, which may be changed between steps.
  public var parameterGroups: [ParameterGroup]

  private var states: [ObjectIdentifier: ParameterState] = [:]

  /// Makes an optimizer of groups. Groups without a parameter, or that share one, are an error.
  ///
  /// - Parameter defaults: The settings that a group does not give itself, and all that there are.
  public init(_ groups: [ParameterGroup], defaults: [ParameterGroup.Option: Double]) {
    parameterGroups = groups.map { group in
      ParameterGroup(group.parameters, defaults.merging(group.options) { _, own in own })
    }
    funnel(or: ()) { () throws(BackplaneError) in try Optimizer.check(groups) }
  }

  private static func check(_ groups: [ParameterGroup]) throws(BackplaneError) {
    guard groups.contains(where: { !$0.parameters.isEmpty }) else {
      throw BackplaneError(.value, "optimizer got an empty parameter list")
    }
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

  /// What is remembered of a parameter.
  public subscript(state parameter: Tensor) -> ParameterState {
    get { states[ObjectIdentifier(parameter)] ?? ParameterState() }
    set { states[ObjectIdentifier(parameter)] = newValue }
  }

  /// Changes every parameter that has a gradient.
  public func step() {
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
  public func step(_ closure: () throws -> Tensor) rethrows -> Tensor {
    let loss = try enableGrad(closure)
    step()
    return loss
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

  // MARK: For the optimizers

  /// A parameter with its gradient and state, while a step is being taken.
  struct Update {
    let parameter: Tensor
    let grad: Tensor
    var state: ParameterState

    /// A remembered tensor; zeros at first.
    mutating func tensor(_ name: String) throws(BackplaneError) -> Tensor {
      if let tensor = state.tensors[name] { return tensor }
      let zeros = try Ops.zerosLike(parameter)
      state.tensors[name] = zeros
      return zeros
    }
  }

  /// The parameters of a group that have a gradient, in batches that one call to a device can take: of one device, type
  /// and number of steps. Their step is already counted.
  func updates(of group: ParameterGroup) throws(BackplaneError) -> [[Update]] {
    struct Key: Hashable {
      let context: ObjectIdentifier
      let dtype: DType
      let step: Int
    }
    var positions: [Key: Int] = [:]
    var batches: [[Update]] = []
    for parameter in group.parameters {
      guard let grad = parameter.autograd?.grad else { continue }
      guard grad.layout.hasSameShape(as: parameter.layout), grad.dtype == parameter.dtype else {
        throw BackplaneError(
          .shape,
          "a parameter of shape \(parameter.shape) and type \(parameter.dtype) has a gradient of shape \(grad.shape) and "
            + "type \(grad.dtype)")
      }
      var state = self[state: parameter]
      state.step = try Sizes.add(state.step, 1, in: "step")
      let key = Key(context: ObjectIdentifier(parameter.context), dtype: parameter.dtype, step: state.step)
      let update = Update(parameter: parameter, grad: grad, state: state)
      if let position = positions[key] {
        batches[position].append(update)
      } else {
        positions[key] = batches.count
        batches.append([update])
      }
    }
    return batches
  }

  /// Remembers the states of a batch whose step has been taken.
  func commit(_ batch: [Update]) {
    for update in batch { self[state: update.parameter] = update.state }
  }
}
