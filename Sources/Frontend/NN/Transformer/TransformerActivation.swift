/// The function between the two linear maps of a Transformer's layer.
///
/// ```swift
/// TransformerEncoderLayer(64, 8, activation: .gelu)
/// TransformerEncoderLayer(64, 8, activation: .function { $0.silu() })
/// ```
public enum TransformerActivation {
  /// PyTorch's names.
  case relu, gelu
  /// Any function of each element.
  case function((Tensor) -> Tensor)

  /// - Parameter name: PyTorch's.
  init(named name: String) throws(BackplaneError) {
    switch name {
    case "relu": self = .relu
    case "gelu": self = .gelu
    default: throw BackplaneError(.value, "activation should be relu/gelu, not \(name)")
    }
  }

  /// The function of a linear map's result: one operator with it where the device has that.
  func callAsFunction(_ linear: Linear, _ x: Tensor) -> Tensor {
    switch self {
    case .relu:
      // What hooks look at has to be there.
      guard linear.hooks == nil, type(of: linear) == Linear.self else { return linear(x).relu() }
      return funnel { () throws(BackplaneError) in
        let name: StaticString = "linear"
        return try Ops.linear(
          Autocast.cast(name, x), Autocast.cast(name, linear.weight), Autocast.cast(name, linear.bias),
          activation: .relu)
      }
    case .gelu: return Functional.gelu(linear(x))
    case .function(let function): return function(linear(x))
    }
  }
}
