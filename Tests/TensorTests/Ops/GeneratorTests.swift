import Backplane
import TestSupport
import Testing

/// The stream of random numbers can be saved and taken up again.
@Suite struct GeneratorTests {
  @Test(arguments: testDevices) func aStateIsTakenUpAgain(_ device: Device) throws {
    let generator = Generator(seed: 11)
    _ = Tensor.randn([5], device: device, generator: generator)
    let state = generator.getState()
    let first = Tensor.rand([7], device: device, generator: generator).toArray(Float.self)
    #expect(first != Tensor.rand([7], device: device, generator: generator).toArray(Float.self))
    generator.setState(state)
    #expect(generator.initialSeed == 11)
    #expect(first == Tensor.rand([7], device: device, generator: generator).toArray(Float.self))
    let other = Generator(seed: 0)
    other.setState(state)
    #expect(first == Tensor.rand([7], device: device, generator: other).toArray(Float.self))
  }

  @Test func whatIsNoStateIsRefused() {
    let generator = Generator(seed: 3)
    let before = generator.getState().toArray(UInt8.self)
    #expect(
      errorMessage { generator.setState(Tensor.zeros([16])) }
        == "RNG state must be a torch.ByteTensor, but got a tensor of type float32")
    #expect(
      errorMessage { generator.setState(Tensor.zeros([8], dtype: .uint8)) }
        == "RNG state is wrong size: 8 bytes, not 16")
    #expect(generator.getState().toArray(UInt8.self) == before)
  }
}
