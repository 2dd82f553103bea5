import BackendAPI
import Glibc

/// Section 6.17 of the header.
let activationOperators: [Operator] = [
  unary(BP_OP_GELU, "GELU", float: { $0 * normalDistribution($0) }),
  unary(BP_OP_GELU_TANH, "GELU_TANH", float: { $0 / 2 * (1 + tanh(geluArgument($0))) }),
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

/// What GELU_TANH takes the hyperbolic tangent of.
private func geluArgument(_ x: Double) -> Double { (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x) }

private func geluTanhDerivative(_ x: Double) -> Double {
  let t = tanh(geluArgument(x))
  // From 20 on the tangent is level, and the square of a large x would overflow.
  if abs(x) > 20 { return (1 + t) / 2 }
  let slope = (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
  return (1 + t) / 2 + x / 2 * (1 - t * t) * slope
}
