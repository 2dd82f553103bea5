import Backplane
import TestSupport
import Testing

/// Derivatives of samples, and matrices of powers. Values are PyTorch's.
@Suite struct NumericalGradientTests {
  private static let samples = [1.0, 2, 4, 8, 3]

  @Test(arguments: testDevices) func equallyFarApart(_ device: Device) {
    let f = Tensor(NumericalGradientTests.samples, device: device)
    #expect(gradient(f)[0].toArray(Double.self) == [1, 1.5, 3, -0.5, -5])
    #expect(gradient(f, spacing: 2)[0].toArray(Double.self) == [0.5, 0.75, 1.5, -0.25, -2.5])
    #expect(gradient(f, spacing: 2.0, edgeOrder: 2)[0].toArray(Double.self) == [0.25, 0.75, 1.5, -0.25, -4.75])
    let whole = f.long()
    #expect(gradient(whole)[0].dtype == .float32)
    #expect(gradient(whole, edgeOrder: 2)[0].toArray(Double.self) == [0.5, 1.5, 3, -0.5, -9.5])
    #expect(gradient(f.half())[0].dtype == .float16)
    #expect(gradient(Tensor([1.0, 2], device: device))[0].toArray(Double.self) == [1, 1])
    #expect(
      gradient(f, spacing: 0)[0].toArray(Double.self) == [.infinity, .infinity, .infinity, -.infinity, -.infinity])
    #expect(gradient(Tensor(1.0, device: device)).isEmpty)
    #expect(gradient(f, dim: []).isEmpty)
  }

  @Test(arguments: testDevices) func atCoordinates(_ device: Device) {
    let f = Tensor(NumericalGradientTests.samples, dtype: .float64, device: device)
    let x = Tensor([0.0, 1, 3, 4, 8], dtype: .float64, device: device)
    #expect(areClose(gradient(f, spacing: [x])[0].toArray(), [1, 1, 3, 2.95, -1.25], tolerance: 1e-12))
    #expect(areClose(gradient(f, spacing: [x], edgeOrder: 2)[0].toArray(), [1, 1, 3, 2.95, -5.45], tolerance: 1e-12))
    // A parabola's slope is found exactly, wherever the samples lie.
    let slopes = gradient(x * x, spacing: [x], edgeOrder: 2)[0]
    #expect(areClose(slopes.toArray(), (x * 2).toArray(), tolerance: 1e-12))
    #expect(gradient(f.float(), spacing: [x])[0].dtype == .float64)
  }

  @Test(arguments: testDevices) func alongDimensions(_ device: Device) {
    let m = Tensor.arange(12.0, device: device).view(3, 4).square()
    let both = gradient(m, spacing: [2.0, 3.0])
    #expect(both.count == 2)
    #expect(both[0].toArray(Double.self) == [8, 12, 16, 20, 16, 20, 24, 28, 24, 28, 32, 36])
    #expect(areClose(both[1][0].toArray(), [0.333333333, 0.666666667, 1.333333333, 1.666666667]))
    let swapped = gradient(m, dim: [-1, 0])
    #expect(swapped[0][0].toArray(Double.self) == [1, 2, 4, 5])
    #expect(swapped[1][0].toArray(Double.self) == [16, 24, 32, 40])
    #expect(gradient(Tensor.empty([0, 4], device: device), dim: [1])[0].shape == [0, 4])
  }

  @Test func differentiable() throws {
    let f = Tensor([0.3, -1, 2.5, 0.7], dtype: .float64, requiresGrad: true)
    let x = Tensor([0.0, 0.5, 2, 2.25], dtype: .float64, requiresGrad: true)
    for order in [1, 2] {
      try gradcheck({ gradient($0[0], spacing: 0.5, edgeOrder: order)[0] }, [f])
      try gradcheck({ gradient($0[0], spacing: [$0[1]], edgeOrder: order)[0] }, [f, x])
    }
  }

  @Test func misuse() {
    let m = Tensor.ones([3, 4]), f = Tensor([1.0, 2])
    #expect(errorMessage { _ = gradient(m.byte()) } == "torch.gradient does not support uint8 input.")
    #expect(errorMessage { _ = gradient(m.bool()) }.contains("Subtraction, the `-` operator, with two bool tensors"))
    #expect(
      errorMessage { _ = gradient(m, edgeOrder: 3) } == "torch.gradient only supports edge_order=1 and edge_order=2.")
    #expect(
      errorMessage { _ = gradient(f, edgeOrder: 2) }
        == "torch.gradient expected each dimension size to be at least edge_order+1")
    #expect(errorMessage { _ = gradient(m, dim: [0, 0]) } == "dim 0 appears multiple times in the list of dims")
    #expect(errorMessage { _ = gradient(m, dim: [5]) }.hasPrefix("Dimension out of range"))
    #expect(errorMessage { _ = gradient(m, spacing: [2.0, 3, 4]) }.contains("'self.dim() = 2'"))
    #expect(errorMessage { _ = gradient(m, spacing: [1.0, 2], dim: [0]) }.contains("a spacing argument of length 2"))
    #expect(
      errorMessage { _ = gradient(m, spacing: [Tensor.ones([2, 2])], dim: [0]) }.contains("to have one dimension"))
    #expect(errorKind { _ = gradient(m, spacing: [Tensor.ones([7])], dim: [0]) } == .shape)
    #expect(errorKind { _ = gradient(Tensor(1.0), dim: [0]) } == .index)
  }

  @Test(arguments: testDevices) func powers(_ device: Device) {
    let x = Tensor([1, 2], device: device)
    #expect(vander(x).toArray(Int.self) == [1, 1, 2, 1])
    #expect(vander(x, 3, increasing: true).toArray(Int.self) == [1, 1, 1, 1, 2, 4])
    #expect(vander(x, 0).shape == [2, 0])
    #expect(vander(Tensor([true], device: device)).dtype == .int64)
    #expect(Linalg.vander(x, n: 4).toArray(Int.self) == [1, 1, 1, 1, 1, 2, 4, 8])
    #expect(Linalg.vander(Tensor.ones([2, 3], device: device)).shape == [2, 3, 3])
    #expect(Linalg.vander(Tensor(3.0, device: device), n: 3).toArray(Double.self) == [1, 3, 9])
    #expect(errorMessage { _ = vander(x, -1) } == "N must be non-negative.")
    #expect(errorMessage { _ = vander(Tensor.ones([2, 2])) } == "x must be a one-dimensional tensor.")
    #expect(errorMessage { _ = Linalg.vander(x, n: 1) } == "N must be greater than 1.")
    #expect(
      errorMessage { _ = Linalg.vander(Tensor([true])) }
        == "linalg.vander supports floating point, complex, and integer tensors, but got Bool")
    #expect(errorKind { _ = vander(x, .max) } == .shape)
    #expect(errorKind { _ = Linalg.vander(Tensor.ones([0, 2]), n: .max) } == .shape)
  }

  @Test func gradientsOfPowers() throws {
    let x = Tensor([0.5, -2, 0], dtype: .float64, requiresGrad: true)
    try gradcheck({ vander($0[0], 4) }, [x])
    try gradcheck({ Linalg.vander($0[0], n: 3) }, [x])
  }

  @Test func byName() throws {
    let f = Tensor(NumericalGradientTests.samples)
    #expect(try call("gradient", [.tensor(f)], ["spacing": 2]).tensor!.toArray(Double.self)[0] == 0.5)
    #expect(try call("gradient", [.tensor(f)], ["spacing": [2], "dim": 0]).tensor!.toArray(Double.self)[0] == 0.5)
    #expect(try call("gradient", [.tensor(f)], ["spacing": [.tensor(f)], "edge_order": 1]).tensor!.shape == [5])
    #expect(try call("vander", [.tensor(f)], ["N": 2]).tensor!.shape == [5, 2])
    #expect(try call("linalg.vander", [.tensor(f)], ["N": 2]).tensor!.shape == [5, 2])
  }
}
