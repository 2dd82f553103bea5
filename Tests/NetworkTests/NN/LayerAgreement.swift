import Backplane
import Glibc
import TestSupport
import Testing

/// An input that two languages can make alike.
enum LayerInput {
  /// Sines, of which gradients are taken.
  case real([Int])
  /// Small positive numbers.
  case positive([Int])
  /// Whole numbers from 0 up to, not including, a bound.
  case whole([Int], below: Int)

  func tensor(_ seed: Int, on device: Device) -> Tensor {
    switch self {
    case .real(let shape):
      Tensor(LayerInput.sines(shape, seed), dtype: .float64, device: device).reshape(shape).requiresGrad_()
    case .positive(let shape):
      Tensor(LayerInput.sines(shape, seed).map { $0 + 1.25 }, dtype: .float64, device: device).reshape(shape)
        .requiresGrad_()
    case .whole(let shape, let bound):
      Tensor((0..<shape.reduce(1, *)).map { ($0 * $0 * 3 + seed) % bound }, device: device).reshape(shape)
    }
  }

  static func sines(_ shape: [Int], _ seed: Int) -> [Double] {
    (0..<shape.reduce(1, *)).map { sin(Double($0) * 0.7 + Double(seed)) }
  }
}

/// Makes a layer by name in float64, fills its state with sines, calls it, and compares what comes out, the gradients of
/// inputs and parameters, and the buffers afterwards with what PyTorch gave for the same: each by one weighted sum.
func expectAgreement(
  _ name: String, _ arguments: [Argument], _ keywords: [String: Argument], _ inputs: [LayerInput],
  training: Bool = true, forward: [String: Argument] = [:], _ expected: [Double], on device: Device,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let layer = try module(name, arguments, keywords).to(.float64).to(device).train(training)
  var state = StateDict()
  for (i, (key, tensor)) in layer.stateDict().enumerated() {
    guard tensor.dtype == .float64 else { continue }
    let offset = key.hasSuffix("running_var") ? 1.5 : key.hasSuffix("_random_samples") ? 1 : 0
    let scale = key.hasSuffix("_random_samples") ? 0.49 : 1
    let values = LayerInput.sines(tensor.shape.extents, i + 10).map { ($0 + offset) * scale }
    state[key] = Tensor(values, dtype: .float64, device: device).reshape(tensor.shape.extents)
  }
  try layer.load(state, strict: false)
  let tensors = inputs.enumerated().map { $1.tensor($0, on: device) }
  let result = try layer.call(tensors.map { .tensor($0) }, forward)
  let outputs: [Tensor] =
    if case .list(let list) = result { list.compactMap(\.tensor) } else { [result.tensor!] }
  let loss = outputs.filter(\.requiresGrad).map(weightedSum).reduce(Tensor.zeros([], dtype: .float64, device: device)) {
    $0 + $1
  }
  if loss.requiresGrad { loss.backward() }
  var sums = outputs.map { weightedSum($0).item() }
  sums += tensors.filter(\.dtype.isFloatingPoint).map { $0.grad.map { weightedSum($0).item() } ?? .nan }
  sums += layer.parameters().map { $0.grad.map { weightedSum($0).item() } ?? .nan }
  sums += layer.buffers().map { weightedSum($0).item() }
  #expect(
    areClose(sums, expected, tolerance: 1e-9), "\(name) \(arguments) \(keywords) on \(device): \(sums)",
    sourceLocation: sourceLocation)
}

/// The sum of all elements, each times the cosine of a multiple of its position.
func weightedSum(_ x: Tensor) -> Tensor {
  let weights = (0..<x.numel).map { cos(Double($0) * 0.3) }
  return (x.to(.float64).reshape([x.numel]) * Tensor(weights, dtype: .float64, device: x.device)).sum()
}
