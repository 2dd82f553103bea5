import BackendAPI
import Glibc

/// Section 6.17 of the header.
let activationOperators: [Operator] = [
  unary(BP_OP_GELU, "GELU", float: { $0 * normalDistribution($0) }),
  unary(BP_OP_GELU_TANH, "GELU_TANH", float: { geluTanh($0) }),
  binary(BP_OP_GELU_BACKWARD, "GELU_BACKWARD", float: { g, x in g * (normalDistribution(x) + x * normalDensity(x)) }),
  binary(BP_OP_GELU_TANH_BACKWARD, "GELU_TANH_BACKWARD", float: { g, x in g * geluTanhDerivative(x) }),
  binary(
    BP_OP_SILU_BACKWARD, "SILU_BACKWARD",
    float: { g, x in
      let s = sigmoid(x)
      return g * s * (1 + x * (1 - s))
    }),
  binary(BP_OP_SIGMOID_BACKWARD, "SIGMOID_BACKWARD", float: { g, y in g * y * (1 - y) }),
  binary(BP_OP_TANH_BACKWARD, "TANH_BACKWARD", float: { g, y in g * (1 - y * y) }),
  binary(BP_OP_RELU_BACKWARD, "RELU_BACKWARD", float: { g, y in y <= 0 ? 0 : g }),
]

/// PHI of the header.
private func normalDistribution(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

/// phi of the header.
private func normalDensity(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }

/// Twice what GELU_TANH takes the hyperbolic tangent t of. (1 + t)/2 is the sigmoid of that, whose digits 1 + t loses
/// where t is near -1, and 1 - t² is four times its product with the sigmoid of the opposite.
private func geluArgument(_ x: Double) -> Double { 2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x) }

/// The exponential that makes a sigmoid loses its digits to underflow before the result does; its square root does not.
private func geluTanh(_ x: Double) -> Double {
  let root = exp(-abs(geluArgument(x)) / 2)
  return (x < 0 ? x * root * root : x) / (1 + root * root)
}

private func geluTanhDerivative(_ x: Double) -> Double {
  // From 40 on the tangent is level, and the square of a large x would overflow.
  if abs(x) > 40 { return x < 0 ? 0 : 1 }
  let root = exp(-abs(geluArgument(x)) / 2), greater = 1 / (1 + root * root)
  let slope = 2 * x * (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
  if x < 0 { return root * (1 + slope * greater) * (root * greater) }
  return greater + slope * greater * (root * root * greater)
}
