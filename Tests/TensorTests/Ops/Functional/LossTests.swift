import Backplane
import TestSupport
import Testing

/// The expected numbers are PyTorch's.
@Suite struct LossTests {
  private func logits(_ device: Device) -> Tensor {
    Tensor([[1.0, 2, 3], [0.5, -1, 2], [3, 0, -2], [0, 0, 1]], device: device, requiresGrad: true)
  }

  struct Case: Sendable {
    var targets = [2, 0, 1, -100]
    var isWeighted = false
    var labelSmoothing = 0.0
    var ignoreIndex = -100
    let mean: Double
    let sum: Double
    let none: [Double]
    let gradOfMean: [Double]
  }

  static let cases = [
    Case(
      mean: 1.7346343, sum: 5.2039027, none: [0.4076059, 1.7413113, 3.0549853, 0],
      gradOfMean: [
        0.03001, 0.081576, -0.111586, -0.274903, 0.013038, 0.261866, 0.3155, -0.317626, 0.002126, 0, 0, 0,
      ]),
    Case(
      isWeighted: true, mean: 2.3014529, sum: 8.0550852, none: [0.2038030, 1.7413113, 6.1099706, 0],
      gradOfMean: [
        0.012862, 0.034961, -0.047823, -0.235631, 0.011175, 0.224456, 0.540857, -0.544501, 0.003644, 0, 0, 0,
      ]),
    Case(
      isWeighted: true, labelSmoothing: 0.2, mean: 2.2690415, sum: 7.9416456,
      none: [0.5248171, 1.9493551, 5.4674730, 0],
      gradOfMean: [
        -0.002756, 0.006189, -0.003433, -0.195867, -0.026548, 0.222414, 0.476738, -0.470554, -0.006183, 0, 0,
        0,
      ]),
    Case(
      targets: [2, 0, 1, 2], ignoreIndex: 0, mean: 1.3380121, sum: 4.0140363,
      none: [0.4076059, 0, 3.0549853, 0.5514447],
      gradOfMean: [
        0.03001, 0.081576, -0.111586, 0, 0, 0, 0.3155, -0.317626, 0.002126, 0.070647, 0.070647, -0.141294,
      ]),
  ]

  @Test(arguments: testDevices, cases) func crossEntropyOfIndices(_ device: Device, _ c: Case) {
    let target = Tensor(c.targets, device: device)
    let weight = c.isWeighted ? Tensor([1.0, 2, 0.5], device: device) : nil
    func loss(_ reduction: F.Reduction, _ x: Tensor) -> Tensor {
      CrossEntropyLoss(
        weight: weight, ignoreIndex: c.ignoreIndex, reduction: reduction, labelSmoothing: c.labelSmoothing)(
          x, target)
    }
    let x = logits(device)
    let mean = loss(.mean, x)
    #expect(areClose([mean.item()], [c.mean]))
    #expect(areClose([loss(.sum, x).item()], [c.sum]))
    #expect(areClose(loss(.none, x).toArray(), c.none))
    mean.backward()
    #expect(areClose(x.grad!.toArray(), c.gradOfMean, tolerance: 2e-6))
  }

  /// (softmax − one-hot) / N, for a batch larger than any vector of the machine.
  @Test(arguments: testDevices) func gradientOfAWholeBatch(_ device: Device) {
    let count = 100
    let x = Tensor.randn([count, 10], device: device, requiresGrad: true, generator: Generator(seed: 2))
    let classes = (0..<count).map { ($0 * 7) % 10 }
    F.crossEntropy(x, Tensor(classes, device: device)).backward()
    var expected: [Double] = noGrad { x.softmax(1) }.toArray()
    for (row, label) in classes.enumerated() { expected[row * 10 + label] -= 1 }
    #expect(areClose(x.grad!.toArray(), expected.map { $0 / Double(count) }, tolerance: 1e-7))
  }

  @Test(arguments: testDevices) func crossEntropyOfProbabilities(_ device: Device) {
    let target = Tensor([[0.2, 0.3, 0.5], [1, 0, 0], [0, 0.5, 0.5], [0.1, 0.1, 0.8]], device: device)
    let x = logits(device)
    let weight = Tensor([1.0, 2, 0.5], device: device)
    #expect(areClose([F.crossEntropy(x, target).item()], [1.9138367]))
    #expect(areClose([F.crossEntropy(x, target, labelSmoothing: 0.1).item()], [1.8996701]))
    let loss = F.crossEntropy(x, target, weight: weight)
    #expect(areClose([loss.item()], [2.0435100]))
    loss.backward()
    #expect(
      areClose(
        x.grad!.toArray(),
        [
          -0.026367, -0.085759, 0.112126, -0.206177, 0.009778, 0.196399, 0.295781, -0.235274, -0.060507,
          0.01209,
          -0.01291, 0.00082,
        ], tolerance: 2e-6))
  }

  @Test(arguments: testDevices) func shapesOfCrossEntropy(_ device: Device) {
    let golden = F.crossEntropy(
      Tensor([[1.0, 2, 3], [1, 2, 3]], device: device), Tensor([2, 0], device: device))
    #expect(areClose([golden.item()], [1.4076], tolerance: 1e-4))
    let row = Tensor([1.0, 2, 3], device: device)
    #expect(areClose([F.crossEntropy(row, Tensor(2, device: device)).item()], [0.4076059]))
    #expect(areClose([F.crossEntropy(row, Tensor([2], device: device)).item()], [0.4076059]))
    let x = (Tensor.arange(12.0, device: device) / 5).sin().reshape(2, 3, 2)
    let target = Tensor([[0, 2], [1, -100]], device: device)
    #expect(areClose([F.crossEntropy(x, target).item()], [1.1274413]))
    let weight = Tensor([1.0, 2, 0.5], device: device)
    #expect(areClose([F.crossEntropy(x, target, weight: weight, labelSmoothing: 0.1).item()], [1.1470919]))
    #expect(F.crossEntropy(logits(device), Tensor([-100, -100, -100, -100], device: device)).item().isNaN)
    #expect(
      areClose(
        [F.crossEntropy(logits(device), Tensor([2, 0, 1, 1], device: device).to(.uint8)).item()],
        [F.crossEntropy(logits(device), Tensor([2, 0, 1, 1], device: device)).item()]))
    let log = F.logSoftmax(logits(device), dim: 1)
    #expect(areClose([F.nllLoss(log, Tensor([2, 0, 1, -100], device: device)).item()], [1.7346343]))
  }

  @Test(arguments: testDevices) func misuseOfCrossEntropy(_ device: Device) {
    let x = Tensor.ones([4, 3], device: device)
    func message(_ x: Tensor, _ target: Tensor, weight: Tensor? = nil, smoothing: Double = 0) -> String {
      errorMessage { _ = F.crossEntropy(x, target, weight: weight, labelSmoothing: smoothing) }
    }
    let good = Tensor([0, 1, 2, 1], device: device)
    #expect(message(x, good) == "(no error)")
    #expect(
      message(x, Tensor([0, 1, 2], device: device))
        == "Expected input batch_size (4) to match target batch_size (3).")
    #expect(message(x, Tensor([0, 1, 2, 5], device: device)) == "Target 5 is out of bounds.")
    #expect(message(x, Tensor([0, 1, 2, -1], device: device)) == "Target -1 is out of bounds.")
    #expect(
      message(x, Tensor([[0], [1], [2], [1]], device: device))
        == "0D or 1D target tensor expected, multi-target not supported")
    #expect(message(x, good.to(.int32)).contains("expected target dtype to be Long or Byte, but got Int"))
    #expect(
      message(x, Tensor.zeros([4, 3], dtype: .int64, device: device))
        == "Expected floating point type for target with class probabilities, got Long")
    #expect(message(x, Tensor.ones([4, 2], device: device)).contains("[4, 3] and [4, 2]"))
    #expect(
      message(Tensor.ones([4, 3, 2], device: device), Tensor.zeros([4, 3], dtype: .int64, device: device))
        == "Expected target size [4, 2], got [4, 3]")
    #expect(
      message(x, good, weight: Tensor.ones([2], device: device))
        == "weight tensor should be defined either for all 3 classes or no classes but got weight tensor of shape: [2]"
    )
    #expect(message(x, good, smoothing: 1.5) == "label_smoothing must be between 0.0 and 1.0. Got: 1.5")
    #expect(
      message(Tensor.ones([3], device: device), Tensor([1, 2], device: device))
        == "For 1D input, 1D target must have size 1, but got target size: 2")
    #expect(message(Tensor(1.0, device: device), Tensor(0, device: device)) != "(no error)")
  }

  @Test(arguments: testDevices) func regressionLosses(_ device: Device) {
    let a = Tensor([1.0, 2, 4], device: device, requiresGrad: true)
    let b = Tensor([2.0, 2, 1], device: device)
    #expect(areClose([MSELoss()(a, b).item(), MSELoss(reduction: .sum)(a, b).item()], [10 / 3.0, 10]))
    #expect(L1Loss(reduction: .none)(a, b).toArray(Float.self) == [1, 0, 3])
    #expect(areClose([L1Loss()(a, b).item()], [4 / 3.0]))
    MSELoss()(a, b).backward()
    #expect(areClose(a.grad!.toArray(), [-2 / 3.0, 0, 2]))
    #expect(errorKind { _ = F.mseLoss(a, Tensor([1.0, 2], device: device)) } == .shape)
  }
}
