import Backplane
import TestSupport
import Testing

/// Networks learn as they do in PyTorch: fifty steps from the same weights on the same data, on every device.
@Suite struct TrainingCurveTests {
  private static func mixed(_ index: Int, _ seed: Int) -> UInt32 {
    var h = UInt32(truncatingIfNeeded: index &* 2_654_435_761 &+ seed &* 40503)
    h ^= h >> 16
    h = h &* 2_246_822_519
    return h ^ (h >> 13)
  }

  /// Numbers within ±scale / 2, as `curves.py` makes them.
  private static func numbers(_ shape: [Int], _ seed: Int, _ scale: Double, _ device: Device) -> Tensor {
    let values = (0..<shape.reduce(1, *)).map { Float((Double(mixed($0, seed)) / 0x1p32 - 0.5) * scale) }
    return Tensor(values, shape: shape, device: device)
  }

  /// The losses of a model's steps, whose weights are set.
  private static func losses(
    _ model: Module, _ shape: [Int], _ device: Device, steps: Int = 50, _ makeOptimizer: ([Tensor]) -> Optimizer
  ) -> [Double] {
    model.to(device)
    noGrad {
      for (i, (name, p)) in model.namedParameters().enumerated() {
        let fan = Double(p.numel / p.size(0)), isVector = p.dim == 1
        let values = numbers(Array(p.shape), i + 1, isVector ? 0.2 : 2 / fan.squareRoot(), device)
        p.copy_(isVector && name.hasSuffix("weight") ? values + 1 : values)
      }
    }
    let optimizer = makeOptimizer(model.parameters())
    let schedule = CosineAnnealingLR(optimizer, tMax: 50)
    let x = numbers(shape, 101, 2, device)
    let labels = Tensor((0..<shape[0]).map { Int(mixed($0, 202) % 4) }, device: device)
    return (0..<steps).map { _ in
      optimizer.zeroGrad()
      let loss = F.crossEntropy(model(x), labels)
      loss.backward()
      optimizer.step()
      schedule.step()
      return loss.item()
    }
  }

  private final class Averaging: Module {
    let layer = TransformerEncoderLayer(16, 4, dimFeedforward: 32, dropout: 0, batchFirst: true)
    let head = Linear(16, 4)
    override func forward(_ x: Tensor) -> Tensor { head(layer(x).mean(1)) }
  }

  private final class Recurrent: Module {
    let lstm = LSTM(8, 16, numLayers: 2, batchFirst: true)
    let head = Linear(16, 4)
    override func forward(_ x: Tensor) -> Tensor { head(lstm(x).output[.all, -1]) }
  }

  private static func cnn() -> Module {
    Sequential(
      Conv2d(1, 8, 3, padding: 1), BatchNorm2d(8), ReLU(), MaxPool2d(2), Conv2d(8, 16, 3, stride: 2, padding: 1),
      BatchNorm2d(16), ReLU(), Flatten(), Linear(64, 4))
  }

  private static func curve(_ network: String, _ device: Device, steps: Int = 50) -> [Double] {
    switch network {
    case "mlp":
      losses(Sequential(Linear(20, 32), Tanh(), Linear(32, 32), ReLU(), Linear(32, 4)), [32, 20], device, steps: steps)
      {
        AdamW($0, lr: 1e-2, weightDecay: 0.1)
      }
    case "cnn":
      losses(cnn(), [32, 1, 8, 8], device, steps: steps) { SGD($0, lr: 0.05, momentum: 0.9, nesterov: true) }
    case "transformer": losses(Averaging(), [16, 6, 16], device, steps: steps) { Adam($0, lr: 3e-3) }
    default: losses(Recurrent(), [16, 5, 8], device, steps: steps) { RMSprop($0, lr: 3e-3) }
    }
  }

  private static let curves: [(String, [Double])] = [
    ("mlp", Curves.mlp), ("cnn", Curves.cnn), ("transformer", Curves.transformer), ("lstm", Curves.lstm),
  ]

  @Test(arguments: curves.map(\.0), testDevices) func lossesAreThoseOfPyTorch(
    _ network: String, _ device: Device
  ) throws {
    let expected = try #require(TrainingCurveTests.curves.first { $0.0 == network }).1
    let got = TrainingCurveTests.curve(network, device)
    #expect(got.count == expected.count)
    for (step, (a, b)) in zip(got, expected).enumerated() where !((a - b).magnitude <= 1e-4) {
      Issue.record("\(network) on \(device), step \(step): \(a), PyTorch \(b)")
      break
    }
  }

  @Test(arguments: curves.map(\.0)) func trainingTwiceIsBitIdentical(_ network: String) {
    let first = TrainingCurveTests.curve(network, "cpu", steps: 12)
    #expect(first == TrainingCurveTests.curve(network, "cpu", steps: 12))
  }
}
