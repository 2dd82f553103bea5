import Backplane
import TestSupport
import Testing

@Suite struct ElementwiseTests {
  @Test(arguments: testDevices) func promotion(_ device: Device) {
    let i = Tensor([1, 2], device: device)
    let f = Tensor([0.5, 1.5], device: device)
    #expect((i + 0.5).dtype == .float32)
    #expect((i / i).dtype == .float32)
    #expect((i + f).dtype == .float32)
    #expect((i.int() + 1).dtype == .int32)
    #expect((i.byte() + i.to(.int8)).dtype == .int16)
    #expect((f.half() + f.bfloat16()).dtype == .float32)
    #expect((f.half() + 2.5).dtype == .float16)
    #expect((i + Tensor(0.5, device: device)).dtype == .float32)
    #expect((f + Tensor(0.5, dtype: .float64, device: device)).dtype == .float32)
    #expect((f + Tensor([0.5], dtype: .float64, device: device)).dtype == .float64)
    #expect(i.bool().sum().dtype == .int64)
    #expect((i ** i).dtype == .int64)
    #expect(i.exp().dtype == .float32)
    #expect(i.abs().dtype == .int64)
    #expect((i.bool() + i.bool()).dtype == .bool)
  }

  @Test(arguments: testDevices) func values(_ device: Device) {
    let a = Tensor([7, -7, 7, -7], device: device)
    let b = Tensor([3, 3, -3, -3], device: device)
    #expect((a % b).toArray(Int.self) == [1, 2, -2, -1])
    #expect(a.fmod(b).toArray(Int.self) == [1, -1, 1, -1])
    #expect(a.floorDivide(b).toArray(Int.self) == [2, -3, -3, 2])
    #expect((2 ** Tensor([3, 0], device: device)).toArray(Int.self) == [8, 1])
    let x = Tensor([-1.5, 0.5, 2.5], device: device)
    #expect(x.round().toArray(Double.self) == [-2, 0, 2])
    #expect(x.clamp(min: -1, max: 1).toArray(Double.self) == [-1, 0.5, 1])
    #expect(x.relu().toArray(Double.self) == [0, 0.5, 2.5])
    #expect(areClose(x.silu().toArray(), [-0.2736383, 0.3112297, 2.3103545]))
    #expect((1 - x).toArray(Double.self) == [2.5, 0.5, -1.5])
    #expect((x .> 0).toArray(Bool.self) == [false, true, true])
    let poisoned = x.maximum(Tensor(Double.nan, device: device)).toArray(Double.self)
    #expect(poisoned.filter { $0.isNaN }.count == 3)
    #expect(x.where(x .> 0, Tensor(0.0, device: device)).toArray(Double.self) == [0, 0.5, 2.5])
    #expect(x.maskedFill(x .< 0, 9).toArray(Double.self) == [9, 0.5, 2.5])
    #expect(
      (Tensor([[1], [2]], device: device) + Tensor([10, 20], device: device)).toArray(Int.self) == [11, 21, 12, 22])
  }

  @Test(arguments: testDevices) func inPlaceChangesTheStorage(_ device: Device) {
    let x = Tensor([1.0, 2.0, 3.0], device: device)
    let view = x[1...]
    view.mul_(10)
    #expect(x.toArray(Double.self) == [1, 20, 30])
    x.add_(Tensor([1, 1, 1], device: device)).sub_(0.5)
    #expect(x.toArray(Double.self) == [1.5, 20.5, 30.5])
    // The operand overlaps what is written: it is read before.
    x[1...].copy_(x[..<2])
    #expect(x.toArray(Double.self) == [1.5, 1.5, 20.5])
    let out = Tensor.empty([3], device: device)
    add(x, x, out: out)
    #expect(out.toArray(Double.self) == [3, 3, 41])
  }

  @Test func misuseIsNamed() {
    #expect(
      errorMessage { _ = Tensor.ones([2, 3]) + Tensor.ones([2, 2]) }
        == "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1")
    #expect(
      errorMessage { Tensor([1, 2]).add_(1.5) }
        == "result type Float can't be cast to the desired output type Long")
    #expect(
      errorMessage { _ = Tensor([1.0], device: "cpu") + Tensor([1.0], device: "reference") }
        == "Expected all tensors to be on the same device, but found at least two devices, cpu and reference!")
    #expect(errorMessage { Tensor.ones([3]).add_(Tensor.ones([2, 3])) }.contains("doesn't match the broadcast shape"))
    #expect(errorMessage { _ = Tensor([true]) - Tensor([true]) }.contains("two bool tensors is not supported"))
    #expect(errorMessage { _ = Tensor([2]) ** -1 } == "Integers to negative integer powers are not allowed.")
    #expect(errorMessage { _ = Tensor([1, 2]).item() } == "a Tensor with 2 elements cannot be converted to Scalar")
  }

  @Test func theFirstErrorIsThrownAndNothingElseHappens() {
    let parameter = Tensor([1.0, 2.0])
    let message = errorMessage {
      let bad = parameter + Tensor([1.0, 2.0, 3.0])
      parameter.sub_(bad)
      _ = (bad * 2).sum().item()
      _ = bad.shape[1]
    }
    #expect(message.hasPrefix("The size of tensor a (2)"))
    #expect(parameter.toArray(Double.self) == [1, 2])
  }
}
