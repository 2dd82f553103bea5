import Backplane
import TestSupport
import Testing

@Suite struct CreationTests {
  @Test(arguments: testDevices) func literalsTakePyTorchsTypes(_ device: Device) {
    #expect(Tensor([1, 2], device: device).dtype == .int64)
    #expect(Tensor([1.5], device: device).dtype == .float32)
    #expect(Tensor([true], device: device).dtype == .bool)
    #expect(Tensor([[[1], [2]]], device: device).shape == [1, 2, 1])
    #expect(Tensor(3.5, device: device).dim == 0)
    #expect(Tensor([1, 2], dtype: .float64, device: device).toArray(Double.self) == [1, 2])
  }

  @Test func raggedLiteralsAreErrors() {
    #expect(errorMessage { _ = Tensor([[1, 2], [3]]) } == "expected sequence of length 2 at dim 1 (got 1)")
  }

  @Test(arguments: testDevices) func sequences(_ device: Device) {
    #expect(Tensor.arange(4, device: device).toArray(Int.self) == [0, 1, 2, 3])
    #expect(Tensor.arange(1, 10, 4, device: device).toArray(Int.self) == [1, 5, 9])
    #expect(Tensor.arange(5, 1, -2, device: device).toArray(Int.self) == [5, 3])
    #expect(Tensor.arange(0, 1, 0.25, device: device).toArray(Double.self) == [0, 0.25, 0.5, 0.75])
    #expect(Tensor.linspace(0, 1, steps: 5, device: device).toArray(Double.self) == [0, 0.25, 0.5, 0.75, 1])
    #expect(Tensor.eye(2, 3, device: device).toArray(Int.self) == [1, 0, 0, 0, 1, 0])
    #expect(errorMessage { _ = Tensor.arange(0, 3, 0) } == "step must be nonzero")
    #expect(errorMessage { _ = Tensor.zeros([2, -1]) }.contains("negative dimension -1"))
    #expect(errorKind { _ = Tensor.zeros([1 << 40, 1 << 40]) } == .shape)
  }

  @Test(arguments: testDevices) func conversions(_ device: Device) {
    let x = Tensor([-1.7, 300.0, 0.0], device: device)
    #expect(x.int().toArray(Int.self) == [-1, 300, 0])
    #expect(x.bool().toArray(Bool.self) == [true, true, false])
    #expect(Tensor([300, -1], device: device).byte().toArray(Int.self) == [44, 255])
    #expect(Tensor([65519.0, 65520.0], device: device).half().toArray(Double.self) == [65504, .infinity])
    #expect(
      Tensor([1 + 1.0 / 256, 65504.0], device: device).bfloat16().toArray(Double.self) == [1, 65536])
    #expect(x.to(.float32) === x)
  }

  @Test(arguments: testDevices) func oneSeedGivesOneStreamOnEveryDevice(_ device: Device) {
    for dtype in [DType.float32, .float64, .float16, .bfloat16] {
      func stream(_ device: Device) -> [Double] {
        let generator = Generator(seed: 42)
        let uniform = Tensor.rand([1000], dtype: dtype, device: device, generator: generator)
        let normal = Tensor.randn([1001], dtype: dtype, device: device, generator: generator)
        return uniform.toArray() + normal.toArray()
      }
      let isSame = stream(device) == stream("reference")
      #expect(isSame, "\(dtype)")
    }
    let generator = Generator(seed: 3)
    let dice = Tensor.randint(1, 7, [6000], device: device, generator: generator).toArray(Int.self)
    #expect(Set(dice) == Set(1...6))
  }

  @Test func normalNumbersAreNormal() {
    let x = Tensor.randn([100_000], generator: Generator(seed: 5))
    #expect(abs(x.mean().item()) < 0.02)
    #expect(abs(x.std().item() - 1) < 0.02)
  }
}
