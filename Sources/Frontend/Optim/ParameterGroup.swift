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
    public let name: String
    public init(_ name: String) { self.name = name }
    public init(stringLiteral value: String) { name = value }
    public var description: String { name }

    public static let lr = Option("lr")
    public static let momentum = Option("momentum")
    public static let dampening = Option("dampening")
    public static let weightDecay = Option("weight_decay")
    /// 1 or 0.
    public static let nesterov = Option("nesterov")
    public static let beta1 = Option("beta1")
    public static let beta2 = Option("beta2")
    public static let eps = Option("eps")
  }

  public let parameters: [Tensor]
  /// The settings. Those not given are the optimizer's.
  public var options: [Option: Double]

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
}
