import BackendAPI
import Glibc

/// Section 6.20 of the header.
let affineOperators: [Operator] = [
  Operator(BP_OP_LINEAR, "LINEAR", .float, run: linear) { inputCount, _ in
    Operator.Signature(
      inputs: Array(repeating: .common, count: min(max(inputCount, 2), 3)), outputs: [.common])
  }
]

private func linear(_ call: Call) throws(Failure) {
  let params = try call.parameters(bp_linear_params())
  let (x, w, out) = (call.inputs[0], call.inputs[1], call.outputs[0])
  let bias = call.inputs.count > 2 ? call.inputs[2] : nil
  try call.requireShapes(x.rank == 2 && w.rank == 2 && out.rank == 2)
  let (m, k, n) = (x.shape[0], x.shape[1], w.shape[0])
  try call.requireShapes(w.shape[1] == k && out.shape == [m, n] && (bias == nil || bias!.shape == [n]))
  let f = try activation(params.activation, call)
  let (xs, ws, bs) = (x.floats(), w.floats(), bias?.floats() ?? Array(repeating: 0, count: n))
  var results: [Double] = []
  for i in 0..<m {
    for j in 0..<n {
      var sum = bs[j]
      for l in 0..<k { sum += xs[i * k + l] * ws[j * k + l] }
      results.append(f(sum))
    }
  }
  out.store(results)
}

private func activation(_ number: Int32, _ call: Call) throws(Failure) -> (Double) -> Double {
  switch number {
  case BP_ACTIVATION_NONE: { $0 }
  case BP_ACTIVATION_RELU: { $0 < 0 ? 0 : $0 }
  case BP_ACTIVATION_SIGMOID: { 1 / (1 + exp(-$0)) }
  case BP_ACTIVATION_TANH: { tanh($0) }
  case BP_ACTIVATION_SILU: { $0 / (1 + exp(-$0)) }
  case BP_ACTIVATION_GELU: { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) }
  case BP_ACTIVATION_GELU_TANH:
    { $0 / 2 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
  default: throw .unsupported("\(call.name): activation \(number) is not known here")
  }
}
