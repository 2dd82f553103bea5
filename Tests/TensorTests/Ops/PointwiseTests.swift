import Backplane
import TestSupport
import Testing

@Suite struct PointwiseTests {
  private let nan = Double.nan, inf = Double.infinity

  @Test(arguments: testDevices) func classification(_ device: Device) {
    let x = Tensor([1, -0.0, nan, inf, -inf], device: device)
    #expect(x.isnan().toArray(Bool.self) == [false, false, true, false, false])
    #expect(x.isinf().toArray(Bool.self) == [false, false, false, true, true])
    #expect(x.isposinf().toArray(Bool.self) == [false, false, false, true, false])
    #expect(x.isfinite().toArray(Bool.self) == [true, true, false, false, false])
    #expect(x[..<2].signbit().toArray(Bool.self) == [false, true])
    #expect(x.nanToNum(nan: 5, posinf: 6, neginf: 7).toArray(Double.self) == [1, 0, 5, 6, 7])
    #expect(Tensor([1, 2], device: device).isfinite().toArray(Bool.self) == [true, true])
  }

  @Test(arguments: testDevices) func closeness(_ device: Device) {
    let a = Tensor([1, inf, nan], device: device)
    let b = Tensor([1.000001, inf, nan], device: device)
    #expect(a.isclose(b).toArray(Bool.self) == [true, true, false])
    #expect(a.allclose(b, equalNan: true) && !a.allclose(b))
    #expect(!a.equal(b) && a[..<2].equal(a[..<2]) && !a.equal(a[..<2]))
    #expect(errorMessage { _ = a.isclose(b.double()) } == "Float did not match Double")
    #expect(errorMessage { _ = a.isclose(b, rtol: -1) }.hasPrefix("rtol must be greater than or equal to zero"))
  }

  @Test(arguments: testDevices) func extremesOfNumbers(_ device: Device) {
    let a = Tensor([1, nan, 3, nan], device: device).requiresGrad_()
    let b = Tensor([1, 2, nan, nan], device: device).requiresGrad_()
    let greater = a.fmax(b)
    #expect(greater.toArray(Double.self)[..<3] == [1, 2, 3])
    greater.sum().backward()
    #expect(a.grad!.toArray(Double.self) == [0.5, 0, 1, 1])
    #expect(b.grad!.toArray(Double.self) == [0.5, 1, 0, 0])
  }

  @Test(arguments: testDevices) func clampAndItsGradient(_ device: Device) {
    let x = Tensor([0.0, 1, 1.5, 2, 3], device: device, requiresGrad: true)
    x.clamp(min: 1, max: 2).sum().backward()
    #expect(x.grad!.toArray(Double.self) == [0, 0, 1, 0, 0])
    x.grad = nil
    let low = Tensor([1.0, 1, 1, 2, 5], device: device, requiresGrad: true)
    x.clamp(min: low).sum().backward()
    #expect(x.grad!.toArray(Double.self) == [0, 0.5, 1, 0.5, 0])
    #expect(low.grad!.toArray(Double.self) == [1, 0.5, 0, 0.5, 1])
    #expect(errorMessage { _ = x.clamp() } == "torch.clamp: At least one of 'min' or 'max' must not be None")
  }

  @Test(arguments: testDevices) func shiftsAndRounding(_ device: Device) {
    let x = Tensor([1, -5, 7, 1], device: device)
    #expect((x << Tensor([3, 1, 64, -1], device: device)).toArray(Int.self) == [8, -10, 0, 0])
    #expect((x >> Tensor([1, 1, 63, 64], device: device)).toArray(Int.self) == [0, -3, 0, 0])
    #expect(x.div(2, roundingMode: .trunc).toArray(Int.self) == [0, -2, 3, 0])
    #expect(x.div(2, roundingMode: .floor).toArray(Int.self) == [0, -3, 3, 0])
    #expect(x.div(2, roundingMode: nil).dtype == .float32)
    #expect(
      errorMessage { _ = try call("div", [.tensor(x), 2], ["rounding_mode": "up"]) }
        == "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found 'up'")
    #expect(errorMessage { _ = x.float() << 1 }.contains("not implemented for 'Float'"))
  }

  @Test(arguments: testDevices) func combinations(_ device: Device) {
    let x = Tensor([1.0, 2], device: device), y = Tensor([3.0, -4], device: device)
    #expect(x.lerp(y, 0.25).toArray(Double.self) == [1.5, 0.5])
    #expect(x.lerp(y, Tensor([0.75, 1], device: device)).toArray(Double.self) == [2.5, -4])
    #expect(x.addcmul(x, y, value: 2).toArray(Double.self) == [7, -14])
    #expect(x.addcdiv(y, x, value: 2).toArray(Double.self) == [7, -2])
    #expect(
      Tensor([3e30, 0], device: device).hypot(Tensor([4e30, 0], device: device)).toArray(Double.self).map { Float($0) }
        == [5e30, 0])
    #expect(areClose(x.logaddexp(y).toArray(), [3.1269280, 2.0024757]))
    #expect(x.copysign(y).toArray(Double.self) == [1, -2])
    #expect(Tensor([0.0, 2], device: device).xlogy(Tensor([0.0, 1], device: device)).toArray(Double.self) == [0, 0])
    #expect(
      Tensor([-1.0, 0], device: device).heaviside(Tensor([5.0, 5], device: device)).toArray(Double.self) == [0, 5])
    #expect(x.floatPower(3).dtype == .float64)
    #expect(Tensor([-1.75, 2.5], device: device).frac().toArray(Double.self) == [-0.75, 0.5])
    #expect(areClose(Tensor([180.0], device: device).deg2rad().toArray(), [3.14159265]))
  }

  @Test func boolsAndIntegersAreRefusedInPyTorchsWords() {
    let truth = Tensor([true, false], device: "cpu"), integers = Tensor([1, 2], device: "cpu")
    #expect(errorMessage { _ = truth - truth }.hasPrefix("Subtraction, the `-` operator, with two bool tensors"))
    #expect(errorMessage { _ = -truth }.hasPrefix("Negation, the `-` operator, on a bool tensor is not supported."))
    #expect(errorMessage { _ = truth.positive() } == "The `+` operator, on a bool tensor is not supported.")
    #expect(errorMessage { _ = integers.pow(-1) } == "Integers to negative integer powers are not allowed.")
    #expect(errorMessage { integers.add_(1.5) } == "result type Float can't be cast to the desired output type Long")
    #expect(errorMessage { _ = integers.addcdiv(integers, integers) }.hasPrefix("Integer division with addcdiv"))
    #expect(truth.square().toArray(Int.self) == [1, 0])
    #expect(
      errorMessage { _ = integers.byte().maskedFill(truth, 300) }
        == "value cannot be converted to type uint8_t without overflow")
  }

  @Test(arguments: testDevices) func noBoolIsSubtracted(_ device: Device) throws {
    let truth = Tensor([true, false], device: device), numbers = Tensor([1, 2], device: device)
    for message in [
      errorMessage { _ = truth - 1 }, errorMessage { _ = 1 - truth }, errorMessage { _ = numbers - truth },
      errorMessage { _ = truth - numbers.float() }, errorMessage { _ = numbers - true },
      errorMessage { numbers.sub_(truth) }, errorMessage { numbers.sub_(true) },
      errorMessage { _ = numbers.sub(truth, alpha: 2) },
    ] {
      #expect(message.hasPrefix("Subtraction, the `-` operator, with a bool tensor is not supported."))
    }
    #expect((numbers + truth).toArray(Int.self) == [2, 2])
  }

  @Test(arguments: testDevices) func theFactorOfASum(_ device: Device) throws {
    let truth = Tensor([true, false], device: device), numbers = Tensor([1, 2], device: device)
    // A factor among bools is a truth.
    #expect(truth.add(truth, alpha: 2).dtype == .bool)
    #expect(truth.add(truth, alpha: 2).toArray(Bool.self) == [true, false])
    #expect(Tensor([false, false], device: device).add(truth, alpha: 0).toArray(Bool.self) == [false, false])
    #expect(try call("add", [.tensor(truth), true], ["alpha": 2]).tensor!.dtype == .bool)
    let whole = "For integral input tensors, argument alpha must not be a floating point number."
    #expect(errorMessage { _ = numbers.add(numbers, alpha: 1.5) } == whole)
    #expect(errorMessage { numbers.sub_(numbers, alpha: 1.0) } == whole)
    #expect(
      errorMessage { _ = numbers.add(numbers, alpha: true) } == "Boolean alpha only supported for Boolean results.")
    #expect(
      errorMessage { _ = numbers.float().add(numbers, alpha: ComplexFloat(1, 2)) }
        == "For non-complex input tensors, argument alpha must not be a complex number.")
    #expect(errorMessage { _ = numbers.char().add(numbers.char(), alpha: 300) }.contains("without overflow"))
    // Whole numbers times a fraction are as exact as the sum.
    let sum = Tensor([0.5], dtype: .float64, device: device).add(Tensor([3], device: device), alpha: 0.1)
    #expect(sum.toArray(Double.self) == [0.5 + 3 * 0.1])
    let z = Tensor([ComplexFloat(0, 1)], device: device)
    #expect(z.add(z, alpha: ComplexFloat(1, 2)).toArray(ComplexFloat.self) == [ComplexFloat(-2, 2)])
  }

  @Test func limits() {
    #expect(finfo(.float32).eps == 0x1p-23)
    #expect(finfo(.float16).max == 65504)
    #expect(finfo(.bfloat16).max == Double(Float(bitPattern: 0x7F7F_0000)))
    #expect(finfo(.complex128).tiny == .leastNormalMagnitude)
    #expect(iinfo(.int8).min == -128 && iinfo(.uint8).max == 255 && iinfo(.int64).max == .max)
    #expect(errorMessage { _ = iinfo(.float32) }.hasPrefix("torch.iinfo() requires an integer input type."))
  }

  @Test(arguments: testDevices) func random(_ device: Device) {
    let generator = Generator(seed: 5)
    let p = Tensor.full([1000], 0.25, device: device)
    let share = p.bernoulli(generator: generator).mean().item()
    #expect(share > 0.2 && share < 0.3)
    let drawn = Tensor([0.0, 10, 3, 0], device: device).multinomial(2, generator: generator).toArray(Int.self)
    #expect(Set(drawn) == [1, 2])
    let many = Tensor([1.0, 3], device: device).multinomial(2000, replacement: true, generator: generator)
    let ones = many.float().mean().item()
    #expect(ones > 0.7 && ones < 0.8)
    #expect(
      errorMessage { _ = Tensor([1.0, 2], device: device).multinomial(3) }
        == "cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    let waits = Tensor.empty([2000], device: device).exponential_(2, generator: generator).mean().item()
    #expect(waits > 0.45 && waits < 0.55)
    #expect(Tensor.randn([3], dtype: .complex64, device: device, generator: generator).dtype == .complex64)
  }

  @Test(arguments: testDevices) func creation(_ device: Device) {
    let x = Tensor([1, 2], dtype: .int32, device: device)
    #expect(x.newZeros([2, 2]).dtype == .int32)
    #expect(x.newFull([1], 7, dtype: .float64).toArray(Double.self) == [7])
    #expect(Tensor.logspace(0, 2, steps: 3, device: device).toArray(Double.self) == [1, 10, 100])
    #expect(
      Tensor.logspace(1.7, 6.9, steps: 4, base: 2, dtype: .int64, device: device).toArray(Int.self) == [2, 6, 20, 64])
    let strided = Tensor.emptyStrided([2, 3], [1, 2], device: device)
    #expect(strided.strides == [1, 2] && !strided.isContiguous)
    #expect(x.typeAs(x.float()).dtype == .float32)
  }
}
