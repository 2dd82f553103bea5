import Backplane
import TestSupport
import Testing

/// Zeros with signs, infinities, NaN and subnormal numbers, by C99 and PyTorch.
@Suite struct SpecialValueTests {
  static let floats: [DType] = [.float32, .float64, .float16, .bfloat16]

  private func tensor(_ values: [Double], _ device: Device, _ dtype: DType = .float32) -> Tensor {
    Tensor(values, shape: [values.count], dtype: dtype, device: device)
  }

  /// Equal numbers with equal signs of zeros; NaN equals NaN.
  private func areSame(_ x: Tensor, _ expected: [Double]) -> Bool {
    let values = x.toArray(Double.self)
    return values.count == expected.count
      && zip(values, expected).allSatisfy { $0.isNaN ? $1.isNaN : $0 == $1 && $0.sign == $1.sign }
  }

  @Test(arguments: testDevices, floats) func oddFunctionsKeepTheSignOfZero(_ device: Device, _ dtype: DType) {
    // In whole vectors, in what is left of one, and with steps.
    let zeros = (0..<37).map { $0 % 3 == 0 ? 0.0 : -0.0 }
    let x = tensor(zeros, device, dtype)
    let functions: [(Tensor) -> Tensor] = [
      { $0.sin() }, { $0.tan() }, { $0.tanh() }, { $0.sinh() }, { $0.asin() }, { $0.atan() }, { $0.asinh() },
      { $0.atanh() }, { $0.expm1() }, { $0.log1p() }, { $0.erf() }, { $0.erfinv() }, { $0.sqrt() }, { $0.relu() },
      { $0.trunc() }, { $0.round() }, { $0.ceil() }, { $0.floor() }, { $0.deg2rad() }, { $0.clamp(min: 0) },
      { $0.clamp(max: 0) }, { Functional.relu6($0) }, { Functional.silu($0) }, { Functional.gelu($0) },
    ]
    for f in functions {
      #expect(areSame(f(x), zeros))
      #expect(areSame(f(x[.stride(by: 2)]), (0..<19).map { zeros[2 * $0] }))
      #expect(areSame(f(x[0...0]), [0]))
    }
  }

  @Test(arguments: testDevices, floats) func divisionAndRemainders(_ device: Device, _ dtype: DType) {
    let inf = Double.infinity
    let a = tensor([inf, -inf, inf, 0, inf, 5, -5, -0.0, 5, 1, -1], device, dtype)
    let b = tensor([0, 0, -0.0, 0, 2, -5, 5, 3, inf, -inf, inf], device, dtype)
    #expect(areSame(a.floorDivide(b), [inf, -inf, -inf, .nan, .nan, -1, -1, -0.0, 0, -1, -1]))
    #expect(areSame(a.div(b, roundingMode: .floor), [inf, -inf, -inf, .nan, .nan, -1, -1, -0.0, 0, -1, -1]))
    #expect(areSame(a % b, [.nan, .nan, .nan, .nan, .nan, 0, -0.0, -0.0, 5, -inf, inf]))
    #expect(areSame(a.fmod(b), [.nan, .nan, .nan, .nan, .nan, 0, -0.0, -0.0, 5, 1, -1]))
    let c = tensor([5, -5, -0.0, 0], device, dtype)
    #expect(areSame(c % -5, [0, -0.0, -0.0, 0]))
    #expect(areSame(5 % tensor([-5, 5], device, dtype), [0, 0]))
    #expect(areSame(tensor([inf, -inf], device, dtype).floorDivide(0), [inf, -inf]))
    c.remainder_(5)
    #expect(areSame(c, [0, -0.0, -0.0, 0]))
  }

  @Test(arguments: testDevices, floats) func lengths(_ device: Device, _ dtype: DType) {
    let inf = Double.infinity
    let a = tensor([inf, .nan, -inf, .nan, 0, -3], device, dtype),
      b = tensor([.nan, -inf, 1, 2, -0.0, 4], device, dtype)
    #expect(areSame(a.hypot(b), [inf, inf, inf, .nan, 0, 5]))
    guard dtype == .float32 || dtype == .float64 else { return }
    #expect(areSame(complex(a, b).abs(), [inf, inf, inf, .nan, 0, 5]))
    // Nothing over- or underflows on the way.
    let far = dtype == .float32 ? 1e30 : 1e250
    #expect(
      areClose(
        (complex(tensor([3 * far, 3 / far], device, dtype), tensor([4 * far, 4 / far], device, dtype))
          .abs() / tensor([far, 1 / far], device, dtype)).toArray(), [5, 5]))
    #expect(
      areSame(complex(tensor([-0.0, 0], device, dtype), tensor([2, inf], device, dtype)).sgn().real, [-0.0, 0]))
  }

  @Test(arguments: testDevices, floats) func signs(_ device: Device, _ dtype: DType) {
    let x = tensor([0, -0.0, 1, -1, .nan, -.nan, -.infinity, -1e-45], device, .float64).to(dtype)
    let isNegative = [false, true, false, true, false, true, true, true]
    #expect(x.signbit().toArray(Bool.self) == isNegative)
    #expect(Tensor.onesLike(x).copysign(x).toArray(Double.self) == isNegative.map { $0 ? -1 : 1 })
  }

  /// C's: PyTorch takes the root, which has NaN and −0.
  @Test(arguments: testDevices) func powersOfReals(_ device: Device) {
    let x = tensor([-0.0, -.infinity, 4, .nan], device)
    #expect(areSame(x ** 0.5, [0, .infinity, 2, .nan]))
    #expect(areSame(x ** 2, [0, .infinity, 16, .nan]))
    #expect(areSame(x ** 0, [1, 1, 1, 1]))
    #expect(areSame(1 ** x, [1, 1, 1, 1]))
    #expect((tensor([3, -4], device).long() ** 2).toArray(Int.self) == [9, 16])
    #expect((tensor([3, -4], device).pow_(2)).toArray(Double.self) == [9, 16])
    #expect(errorMessage { Tensor([2]).pow_(-1) } == "Integers to negative integer powers are not allowed.")
  }
}
