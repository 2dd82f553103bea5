import Backplane
import TestSupport
import Testing

@Suite struct InitializationTests {
  private func values(_ x: Tensor) -> [Double] { x.toArray(Double.self) }

  @Test(arguments: testDevices) func normalSchemesHaveTheirDeviations(_ device: Device) {
    let x = Tensor.empty([200, 50], device: device, requiresGrad: true)
    let generator = Generator(seed: 9)
    func deviation(_ x: Tensor) -> Double { x.std().item() }
    #expect(abs(deviation(Init.xavierNormal_(x, gain: 2, generator: generator)) - 2 * (2.0 / 250).squareRoot()) < 0.005)
    #expect(abs(deviation(Init.kaimingNormal_(x, generator: generator)) - (2.0 / 50).squareRoot()) < 0.005)
    let outward = Init.kaimingNormal_(x, mode: .fanOut, nonlinearity: .linear, generator: generator)
    #expect(abs(deviation(outward) - (1.0 / 200).squareRoot()) < 0.005)
    #expect(abs(x.mean().item()) < 0.005 && x.isLeaf && x.requiresGrad)
    let kernel = Tensor.empty([8, 4, 5, 5], device: device)
    #expect(
      abs(deviation(Init.kaimingNormal_(kernel, nonlinearity: .relu, generator: generator)) - 0.02.squareRoot()) < 0.02)
    #expect(Init.kaimingNormal_(Tensor.empty([0, 4], device: device)).shape == [0, 4])
    let message = "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
    #expect(errorMessage { Init.xavierNormal_(Tensor.ones([3], device: device)) } == message)
    #expect(errorMessage { Init.kaimingNormal_(Tensor.ones([3], device: device)) } == message)
  }

  @Test func gains() {
    let gains: [(Init.Nonlinearity, Double)] = [
      (.linear, 1), (.conv1d, 1), (.conv2d, 1), (.conv3d, 1), (.convTranspose1d, 1), (.convTranspose2d, 1),
      (.convTranspose3d, 1), (.sigmoid, 1), (.tanh, 1.6666666666666667), (.relu, 1.4142135623730951),
      (.selu, 0.75), (.leakyRelu(), 1.4141428569978354), (.leakyRelu(negativeSlope: 0.2), 1.3867504905630728),
    ]
    for (function, gain) in gains { #expect(abs(Init.calculateGain(function) - gain) < 1e-15) }
  }

  @Test(arguments: testDevices) func truncatedNormalStaysWithin(_ device: Device) {
    let x = Tensor.empty([5000], device: device, requiresGrad: true)
    let generator = Generator(seed: 11)
    Init.truncNormal_(x, generator: generator)
    #expect(values(x).allSatisfy { (-2...2).contains($0) })
    // Of the standard normal distribution between -2 and 2.
    #expect(abs(x.mean().item()) < 0.05 && abs(x.std().item() - 0.8796) < 0.03)
    Init.truncNormal_(x, mean: 1, std: 0.5, a: 1, b: 3, generator: generator)
    #expect(values(x).allSatisfy { (1...3).contains($0) } && abs(x.mean().item() - 1.3989) < 0.03)
    // Far out, where few normal numbers lie: the tail beyond 4 has mean 4.2256.
    Init.truncNormal_(x, a: 4, b: 8, generator: generator)
    #expect(values(x).allSatisfy { (4...8).contains($0) } && abs(x.mean().item() - 4.2256) < 0.02)
    #expect(values(Init.truncNormal_(x, a: 1, b: 1, generator: generator)).allSatisfy { $0 == 1 })
    #expect(x.isLeaf && x.requiresGrad)
    #expect(errorKind { Init.truncNormal_(x, std: 0) } == .value)
    #expect(errorKind { Init.truncNormal_(x, a: 2, b: -2) } == .value)
    #expect(errorKind { Init.truncNormal_(x, mean: .nan) } == .value)
  }

  @Test(arguments: testDevices) func identities(_ device: Device) {
    let matrix = Tensor.empty([2, 3], device: device, requiresGrad: true)
    #expect(values(Init.eye_(matrix)) == [1, 0, 0, 0, 1, 0] && matrix.requiresGrad && matrix.isLeaf)
    for n in 1...3 {
      let kernel = Tensor.empty([4, 4] + [Int](repeating: 3, count: n), device: device)
      Init.dirac_(kernel)
      let x = Tensor.rand([2, 4] + [Int](repeating: 5, count: n), device: device)
      let y =
        n == 1
        ? F.conv1d(x, kernel, padding: 1) : n == 2 ? F.conv2d(x, kernel, padding: 1) : F.conv3d(x, kernel, padding: 1)
      #expect(areClose(values(y), values(x)))
    }
    let grouped = Init.dirac_(Tensor.empty([4, 3, 2], device: device), groups: 2)
    #expect(
      values(grouped) == [0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0])
    #expect(errorMessage { Init.eye_(Tensor.ones([3])) } == "Only tensors with 2 dimensions are supported")
    #expect(
      errorMessage { Init.dirac_(Tensor.ones([3, 3])) } == "Only tensors with 3, 4, or 5 dimensions are supported")
    #expect(
      errorMessage { Init.dirac_(Tensor.ones([5, 1, 3]), groups: 2) } == "dim 0 must be divisible by groups")
  }

  @Test(arguments: factorizationDevices) func orthogonalMatrices(_ device: Device) {
    for shape in [[4, 4], [3, 8], [8, 3], [4, 2, 3]] {
      let x = Init.orthogonal_(
        Tensor.empty(shape, dtype: .float64, device: device), gain: 2, generator: Generator(seed: 12))
      let flat = x.reshape([shape[0], x.numel / shape[0]])
      let product = flat.size(0) <= flat.size(1) ? flat.matmul(flat.t()) : flat.t().matmul(flat)
      let expected = Tensor.eye(product.size(0), dtype: .float64, device: device) * 4
      #expect(areClose(values(product), values(expected), tolerance: 1e-12))
    }
    #expect(Init.orthogonal_(Tensor.empty([0, 3], device: device)).shape == [0, 3])
    #expect(
      errorMessage { Init.orthogonal_(Tensor.ones([3], device: device)) }
        == "Only tensors with 2 or more dimensions are supported")
  }

  @Test(arguments: testDevices) func sparseColumns(_ device: Device) {
    let x = Init.sparse_(
      Tensor.empty([10, 50], device: device), 0.25, std: 0.5, generator: Generator(seed: 13))
    let rows = values(x)
    for column in 0..<50 { #expect((0..<10).count { rows[$0 * 50 + column] == 0 } == 3) }
    // Not always the same rows.
    #expect((0..<10).allSatisfy { row in (0..<50).contains { rows[row * 50 + $0] == 0 } })
    #expect(abs(x.std().item() - 0.5 * 0.7.squareRoot()) < 0.04)
    #expect(values(Init.sparse_(x, 1)).allSatisfy { $0 == 0 })
    #expect(errorKind { Init.sparse_(x, 1.5) } == .value)
    #expect(
      errorMessage { Init.sparse_(Tensor.ones([3]), 0.1) } == "Only tensors with 2 dimensions are supported")
  }
}
