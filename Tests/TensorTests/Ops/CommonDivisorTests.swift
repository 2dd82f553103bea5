import Backplane
import TestSupport
import Testing

/// Values are PyTorch's.
@Suite struct CommonDivisorTests {
  @Test(arguments: testDevices) func values(_ device: Device) {
    let a = Tensor([-6, 0, 0, 5, 12], device: device), b = Tensor([4, 0, -5, 0, 18], device: device)
    #expect(a.gcd(b).toArray(Int.self) == [2, 0, 5, 5, 6])
    #expect(a.lcm(b).toArray(Int.self) == [12, 0, 0, 0, 36])
    #expect(a.gcd(Tensor([[2], [9]], device: device)).toArray(Int.self) == [2, 2, 2, 1, 2, 3, 9, 9, 1, 3])
    #expect(a.clone().gcd_(b).toArray(Int.self) == [2, 0, 5, 5, 6])
    #expect(a.clone().lcm_(b).toArray(Int.self) == [12, 0, 0, 0, 36])
    #expect(Tensor.empty([0, 3], dtype: .int32, device: device).gcd(Tensor(4, device: device)).shape == [0, 3])
  }

  @Test(arguments: testDevices) func theLongestWayEnds(_ device: Device) {
    // Neighbours in Fibonacci's sequence take the most steps.
    let a = Tensor([7_540_113_804_746_346_429, 102_334_155], device: device)
    let b = Tensor([4_660_046_610_375_530_309, 63_245_986], device: device)
    #expect(a.gcd(b).toArray(Int.self) == [1, 1])
    let least = Tensor([Int.min, Int.min, Int.min, Int.min], device: device)
    #expect(least.gcd(Tensor([6, -1, 0, Int.min], device: device)).toArray(Int.self) == [2, 1, .min, .min])
  }

  @Test(arguments: testDevices) func typesPromote(_ device: Device) {
    let bytes = Tensor([12, 255], dtype: .uint8, device: device)
    #expect(bytes.gcd(Tensor([-8, 51], dtype: .int8, device: device)).dtype == .int16)
    #expect(bytes.gcd(Tensor([200, 85], dtype: .uint8, device: device)).toArray(Int.self) == [4, 85])
    for dtype in [DType.int8, .int16, .int32] {
      let result = Tensor([-128, 84], dtype: dtype, device: device).gcd(
        Tensor([96, 126], dtype: dtype, device: device))
      #expect(result.dtype == dtype)
      #expect(result.toArray(Int.self) == [32, 42])
    }
  }

  @Test(arguments: testDevices) func numbersThatAreNotWholeAreErrors(_ device: Device) {
    let x = Tensor([1.0], device: device), isTrue = Tensor([true], device: device)
    #expect(errorMessage { _ = x.gcd(x) } == "\"gcd_cpu\" not implemented for 'Float'")
    #expect(errorMessage { _ = isTrue.lcm(isTrue) } == "\"lcm_cpu\" not implemented for 'Bool'")
    #expect(
      errorMessage { _ = Tensor([1, 2], device: device).gcd(Tensor([1, 2, 3], device: device)) }.contains(
        "size of tensor a (2)"))
  }

  @Test func byName() throws {
    let a = Tensor([4, 6])
    #expect(try call("gcd", [.tensor(a), .tensor(Tensor([6, 9]))]).tensor!.toArray(Int.self) == [2, 3])
    try call("lcm_", [.tensor(a), .tensor(Tensor([6, 9]))])
    #expect(a.toArray(Int.self) == [12, 18])
  }
}
