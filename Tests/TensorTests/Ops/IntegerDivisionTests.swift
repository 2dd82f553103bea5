import Backplane
import TestSupport
import Testing

/// Whole numbers have no quotient by zero.
@Suite struct IntegerDivisionTests {
  static let integers: [DType] = [.uint8, .int8, .int16, .int32, .int64]

  private static let tensors: [@Sendable (Tensor, Tensor) -> Tensor] = [
    { $0.floorDivide($1) }, { $0 % $1 }, { $0.fmod($1) }, { $0.div($1, roundingMode: .floor) },
    { $0.div($1, roundingMode: .trunc) }, { $0.floorDivide_($1) }, { $0.remainder_($1) }, { $0.fmod_($1) },
  ]

  private static let numbers: [@Sendable (Tensor, Int) -> Tensor] = [
    { $0.floorDivide($1) }, { $0 % $1 }, { $0.fmod($1) }, { $0.div($1, roundingMode: .floor) },
    { $0.div($1, roundingMode: .trunc) }, { $0.floorDivide_($1) }, { $0.remainder_($1) }, { $0.fmod_($1) },
  ]

  @Test(arguments: testDevices, integers) func byZeroIsMisuse(_ device: Device, _ dtype: DType) {
    func tensor(_ values: [Int]) -> Tensor { Tensor(values, shape: [values.count], dtype: dtype, device: device) }
    for f in IntegerDivisionTests.tensors {
      let x = tensor([7, 5])
      #expect(errorMessage { _ = f(x, tensor([2, 0])) }.hasPrefix("ZeroDivisionError: "))
      #expect(errorMessage { _ = f(x, tensor([0])[0]) }.hasPrefix("ZeroDivisionError: "))
      // What was to be changed is as it was.
      #expect(x.toArray(Int.self) == [7, 5])
      #expect(f(tensor([]), tensor([0])).shape == [0])
    }
    for f in IntegerDivisionTests.numbers {
      #expect(errorKind { _ = f(tensor([7]), 0) } == .value)
      #expect(f(tensor([]), 0).shape == [0])
    }
    #expect(errorKind { _ = 7 % tensor([1, 0]) } == .value)
    for name in ["floor_divide", "remainder", "fmod", "floor_divide_", "remainder_", "fmod_"] {
      #expect(errorKind { try call(name, [.tensor(tensor([7])), 0]) } == .value)
      #expect(errorKind { try call(name, [.tensor(tensor([7])), .tensor(tensor([0]))]) } == .value)
    }
    #expect(errorKind { try call("div", [.tensor(tensor([7])), 0], ["rounding_mode": "trunc"]) } == .value)
    #expect(errorKind { try call("remainder", [7, .tensor(tensor([0]))]) } == .value)
    // A true quotient is of floating point, and so is one by 0.0.
    #expect((tensor([7]) / 0).item() == .infinity)
    #expect(tensor([7]).floorDivide(0.0).item() == .infinity)
  }

  @Test(arguments: testDevices) func theLeastByMinusOneWraps(_ device: Device) {
    for dtype in IntegerDivisionTests.integers.dropFirst() {
      let least = iinfo(dtype).min
      let x = Tensor([least, 7], dtype: dtype, device: device), y = Tensor([-1, -1], dtype: dtype, device: device)
      #expect(x.floorDivide(y).toArray(Int.self) == [least, -7])
      #expect(x.floorDivide(-1).toArray(Int.self) == [least, -7])
      #expect(x.div(-1, roundingMode: .trunc).toArray(Int.self) == [least, -7])
      #expect((x % y).toArray(Int.self) == [0, 0])
      #expect(x.fmod(-1).toArray(Int.self) == [0, 0])
    }
  }

  @Test(arguments: testDevices) func shiftsDivideByNoZero(_ device: Device) {
    let x = Tensor([-8, 8, -1], device: device)
    #expect((x >> Tensor([1, 62, 63], device: device)).toArray(Int.self) == [-4, 0, -1])
  }
}
