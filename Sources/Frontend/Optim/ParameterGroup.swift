/// Parameters that an optimizer treats alike, and how.
///
/// ```swift
/// let optimizer = SGD(
///   [ParameterGroup(body.parameters()), ParameterGroup(head.parameters(), [.lr: 1e-3])], lr: 1e-2)
/// optimizer.parameterGroups[0].lr = 1e-3
/// optimizer.parameterGroups[0][.momentum] = 0.9
/// ```
public struct ParameterGroup {
  /// The name of a setting, PyTorch's.
  public struct Option: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// PyTorch's name of the setting, such as `weight_decay`.
    public let name: String
    /// Makes a setting of any name.
    public init(_ name: String) { self.name = name }
    public init(stringLiteral value: String) { name = value }
    public var description: String { name }

    /// The learning rate.
    public static let lr = Option("lr")
    /// How much of the step before is kept in SGD and RMSprop.
    public static let momentum = Option("momentum")
    /// The part of the gradient that does not enter the momentum of SGD.
    public static let dampening = Option("dampening")
    /// How strongly parameters are drawn towards 0.
    public static let weightDecay = Option("weight_decay")
    /// Whether SGD takes Nesterov's momentum: 1 or 0.
    public static let nesterov = Option("nesterov")
    /// How much of the running mean of gradients Adam keeps at each step.
    public static let beta1 = Option("beta1")
    /// How much of the running mean of squared gradients Adam keeps at each step.
    public static let beta2 = Option("beta2")
    /// What Adam and its like add to the divisor, so that it is never 0.
    public static let eps = Option("eps")
    /// How much of the running means RMSprop keeps at each step.
    public static let alpha = Option("alpha")
    /// Whether RMSprop takes the square of the mean gradient off the mean square: 1 or 0.
    public static let centered = Option("centered")
    /// How fast the learning rate of Adagrad falls with the steps.
    public static let lrDecay = Option("lr_decay")
    /// What the sums of squares of Adagrad begin with.
    public static let initialAccumulatorValue = Option("initial_accumulator_value")
    /// Whether steps go up the gradient, not down: 1 or 0.
    public static let maximize = Option("maximize")
    /// Whether Adam divides by the root of the greatest mean square so far: 1 or 0.
    public static let amsgrad = Option("amsgrad")
    /// Whether weight decay acts on the parameters and not through the gradient: 1 or 0.
    public static let decoupledWeightDecay = Option("decoupled_weight_decay")
  }

  /// The parameters that share the settings.
  public let parameters: [Tensor]
  /// The settings, of which those not given are the optimizer's.
  public var options: [Option: Double]

  /// Groups parameters, with the settings in which they differ from the optimizer's.
  public init(_ parameters: [Tensor], _ options: [Option: Double] = [:]) {
    self.parameters = parameters
    self.options = options
  }

  /// A setting; 0 where the optimizer has none of that name.
  public subscript(option: Option) -> Double {
    get { options[option] ?? 0 }
    set { options[option] = newValue }
  }

  /// The learning rate.
  public var lr: Double {
    get { self[.lr] }
    set { self[.lr] = newValue }
  }

  // MARK: For the optimizers

  var betas: (Double, Double) { (self[.beta1], self[.beta2]) }

  func isSet(_ option: Option) -> Bool { self[option] != 0 }

  /// Throws in PyTorch's words where a setting is not at least 0, or not what else it has to be.
  func require(
    _ option: Option, as name: String? = nil, _ isValid: (Double) -> Bool = { $0 >= 0 }
  ) throws(BackplaneError) {
    guard isValid(self[option]) else {
      throw BackplaneError(.value, "Invalid \(name ?? "\(option) value"): \(self[option])")
    }
  }

  func requireRate() throws(BackplaneError) { try require(.lr, as: "learning rate") }

  func requireEpsilon() throws(BackplaneError) { try require(.eps, as: "epsilon value") }

  func requireBetas() throws(BackplaneError) {
    for (index, option) in [Option.beta1, .beta2].enumerated() {
      try require(option, as: "beta parameter at index \(index)") { $0 >= 0 && $0 < 1 }
    }
  }
}

/// What an optimizer can be made of: tensors that are all treated alike, or groups of them.
public protocol Optimizable {
  /// The groups that a list stands for.
  static func _groups(_ list: [Self]) -> [ParameterGroup]
}

extension Tensor: Optimizable {
  public static func _groups(_ list: [Tensor]) -> [ParameterGroup] { [ParameterGroup(list)] }
}

extension ParameterGroup: Optimizable {
  public static func _groups(_ list: [ParameterGroup]) -> [ParameterGroup] { list }
}
