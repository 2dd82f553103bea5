import Backplane
import TestSupport
import Testing

@Suite struct ComplexTests {
  private static let z: [ComplexDouble] = [.init(1, 2), .init(-3, -0.5), .init(0, 2)]

  private func areNear(_ x: Tensor, _ values: [(Double, Double)]) -> Bool {
    let numbers = x.toArray(ComplexDouble.self)
    return numbers.count == values.count
      && zip(numbers, values).allSatisfy { a, b in
        areClose([a.real, a.imaginary], [b.0, b.1], tolerance: 1e-12)
      }
  }

  @Test(arguments: testDevices) func makingAndReading(_ device: Device) {
    let x = Tensor([ComplexFloat(1, 2), ComplexFloat(3, -1)], device: device)
    #expect(x.dtype == .complex64)
    #expect(x.isComplex && !x.isFloatingPoint)
    #expect(x[1].item(ComplexFloat.self) == ComplexFloat(3, -1))
    #expect(x.toArray(ComplexDouble.self) == [ComplexDouble(1, 2), ComplexDouble(3, -1)])
    #expect(errorMessage { _ = x[0].item() } == "value cannot be converted to type double without overflow")
    #expect(
      Tensor([1.0, 2.0], device: device).cfloat().toArray(ComplexFloat.self) == [ComplexFloat(1), ComplexFloat(2)])
    #expect(Tensor.full([2], ComplexFloat(0, 1), device: device).dtype == .complex64)
    #expect(
      errorMessage { _ = Tensor.full([2], ComplexFloat(0, 1), dtype: .float32, device: device) }
        == "value cannot be converted to type float without overflow")
  }

  @Test func printing() {
    func text(_ values: [ComplexDouble], _ dtype: DType = .complex64) -> String {
      "\(Tensor(values, shape: [values.count], dtype: dtype, device: "cpu"))"
    }
    #expect(text([.init(1, 2), .init(3, -1)]) == "tensor([1.+2.j, 3.-1.j])")
    #expect(text([.init(0.1, 2), .init(3e5, -1)]) == "tensor([1.0000e-01+2.j, 3.0000e+05-1.j])")
    #expect(
      text([.init(1, 0), .init(2, -0.5)], .complex128) == "tensor([1.+0.0000j, 2.-0.5000j], dtype=complex128)")
    #expect("\(Tensor(ComplexFloat(0, 1), device: "cpu"))" == "tensor(0.+1.j)")
    #expect(text([.init(.nan, 0), .init(.infinity, 0)]) == "tensor([nan+0.j, inf+0.j])")
  }

  @Test(arguments: testDevices) func partsAreViews(_ device: Device) {
    let x = Tensor([[ComplexFloat(1, 2), ComplexFloat(3, 4)]], device: device)
    #expect(x.real.sharesStorage(with: x) && x.imag.sharesStorage(with: x))
    x.imag.fill_(7)
    #expect(x.toArray(ComplexFloat.self) == [ComplexFloat(1, 7), ComplexFloat(3, 7)])
    #expect(x.viewAsReal().shape == [1, 2, 2])
    #expect(x.viewAsReal().strides == [4, 2, 1])
    let parts = Tensor([[1.0, 2], [3, 4]], device: device)
    let y = parts.viewAsComplex()
    #expect(y.sharesStorage(with: parts))
    #expect(y.toArray(ComplexFloat.self) == [ComplexFloat(1, 2), ComplexFloat(3, 4)])
    #expect(x.transpose(0, 1).real.toArray(Double.self) == [1, 3])
    #expect(errorMessage { _ = Tensor([1.0], device: device).imag.fill_(0) }.contains("imag is not implemented"))
    #expect(
      errorMessage { _ = Tensor([1.0, 2, 3], device: device).viewAsComplex() }
        == "Tensor must have a last dimension of size 2")
  }

  /// A part of −0 tells the side of a branch cut.
  @Test(arguments: testDevices) func signsOfZeroParts(_ device: Device) {
    func parts(_ re: Double, _ im: Double, _ function: (Tensor) -> Tensor) -> [Double] {
      let y = function(Tensor(ComplexDouble(re, im), device: device)).item(ComplexDouble.self)
      return [y.real, y.imaginary]
    }
    for sign in [1.0, -1] {
      #expect(areClose(parts(2, sign * 0, { $0.asin() }), [1.5707963267948966, sign * 1.3169578969248166]))
      #expect(areClose(parts(-2, sign * 0, { $0.acos() }), [3.141592653589793, -sign * 1.3169578969248166]))
      #expect(areClose(parts(sign * 0, 2, { $0.asinh() }), [sign * 1.3169578969248166, 1.5707963267948966]))
      #expect(areClose(parts(-2, sign * 0, { $0.acosh() }), [1.3169578969248166, sign * 3.141592653589793]))
      #expect(areClose(parts(2, sign * 0, { $0.atanh() }), [0.5493061443340549, sign * 1.5707963267948966]))
      #expect(areClose(parts(sign * 0, 2, { $0.atan() }), [sign * 1.5707963267948966, 0.5493061443340549]))
      for function in [{ $0.atanh() }, { $0.atan() }, { $0.asin() }, { $0.asinh() }] as [(Tensor) -> Tensor] {
        #expect(parts(sign * 0, 0, function).map(\.sign) == [sign.sign, .plus])
        #expect(parts(0, sign * 0, function).map(\.sign) == [.plus, sign.sign])
      }
    }
  }

  /// Infinite parts are no reason for the other part to become NaN.
  @Test(arguments: testDevices) func infiniteParts(_ device: Device) {
    func parts(_ re: Double, _ im: Double, _ function: (Tensor) -> Tensor) -> [Double] {
      let y = function(Tensor(ComplexDouble(re, im), device: device)).item(ComplexDouble.self)
      return [y.real, y.imaginary]
    }
    let inf = Double.infinity
    #expect(parts(0, 0, { $0.log2() }) == [-inf, 0] && parts(0, 0, { $0.log10() }) == [-inf, 0])
    #expect(parts(-inf, 1, { $0.exp2() }) == [0, 0])
    #expect(parts(1, 0, { $0.atanh() }) == [inf, 0] && parts(0, -1, { $0.atan() }) == [0, -inf])
    // Where the header leaves the result open [BP-6.3], the decomposition gives C's.
    if coreDevices.contains(device) { #expect(areClose(parts(inf, -1, { $0.atanh() }), [0, -1.5707963267948966])) }
  }

  @Test(arguments: testDevices) func arithmetic(_ device: Device) {
    let x = Tensor(ComplexTests.z, device: device)
    let y = Tensor([ComplexDouble(2, -1), ComplexDouble(0, 0.5), ComplexDouble(-1, 1)], device: device)
    #expect(areNear(x * y, [(4, 3), (0.25, -1.5), (-2, -2)]))
    #expect(areNear(x / y, [(0, 1), (-1, 6), (1, -1)]))
    #expect(
      areNear(
        x ** y,
        [
          (2.42844774768307, 14.9324148696446), (3.76169005840379, 2.33829393704661),
          (0.0664134997123103, -0.079954528464034),
        ]))
    #expect(areNear(x.conj(), [(1, -2), (-3, 0.5), (0, -2)]))
    #expect(areNear(x * ComplexDouble(0, 1), [(-2, 1), (0.5, -3), (-2, 0)]))
    #expect(areClose(x.abs().toArray(), [2.23606797749979, 3.04138126514911, 2], tolerance: 1e-13))
    #expect(areClose(x.angle().toArray(), [1.10714871779409, -2.97644397617517, 1.5707963267949], tolerance: 1e-13))
    #expect(areNear(polar(x.abs(), x.angle()), ComplexTests.z.map { ($0.real, $0.imaginary) }))
    #expect((x .== x.conj()).toArray(Bool.self) == [false, false, false])
    #expect(errorMessage { _ = x.lt(y) } == "\"lt\" not implemented for 'ComplexDouble'")
    #expect(errorMessage { _ = x.floor() } == "floor is not supported for complex inputs")
    #expect(errorMessage { _ = x.maximum(y) } == "maximum not implemented for complex tensors.")
  }

  @Test(arguments: testDevices) func functions(_ device: Device) {
    let x = Tensor(ComplexTests.z, device: device)
    #expect(
      areNear(
        x.tan(),
        [(0.0338128260798967, 1.01479361614663), (0.111621050771583, -0.469469993425885), (0, 0.964027580075817)]))
    #expect(
      areNear(
        x.asin(), [(0.427078586392476, 1.528570919481), (-1.39614986170945, -1.77899049382677), (0, 1.44363547517881)]))
    #expect(
      areNear(
        x.acos(),
        [
          (1.14371774040242, -1.528570919481), (2.96694618850434, 1.77899049382677),
          (1.5707963267949, -1.44363547517881),
        ]))
    #expect(
      areNear(
        x.asinh(),
        [
          (1.46935174436819, 1.06344002357775), (-1.83019476233751, -0.157004594788942),
          (1.31695789692482, 1.5707963267949),
        ]))
    #expect(
      areNear(
        x.acosh(),
        [
          (1.528570919481, 1.14371774040242), (1.77899049382677, -2.96694618850434),
          (1.44363547517881, 1.5707963267949),
        ]))
    #expect(
      areNear(
        x.atanh(),
        [(0.173286795139986, 1.17809724509617), (-0.335293481459855, -1.51048449250485), (0, 1.10714871779409)]))
    #expect(
      areNear(
        x.sinh(),
        [(-0.489056259041294, 1.40311925062204), (-8.79151234349371, -4.82669427481082), (0, 0.909297426825682)]))
    #expect(
      areNear(
        x.cosh(),
        [(-0.64214812471552, 1.06860742138278), (8.83520460650099, 4.80282508274303), (-0.416146836547142, 0)]))
    #expect(
      areNear(x.sgn(), [(0.447213595499958, 0.894427190999916), (-0.986393923832144, -0.164398987305357), (0, 1)]))
  }

  @Test func promotion() {
    #expect(promoteTypes(.float64, .complex64) == .complex128)
    #expect(promoteTypes(.int64, .complex64) == .complex64)
    let x = Tensor([1.0, 2], dtype: .float64, device: "cpu")
    #expect(resultType(x, ComplexFloat(0, 1)) == .complex128)
    #expect(resultType(x.float(), ComplexDouble(0, 1)) == .complex64)
    #expect(resultType(x.long(), ComplexFloat(0, 1)) == .complex64)
    #expect(canCast(.float32, .complex64) && !canCast(.complex64, .float32))
    #expect(
      errorMessage { x.add_(ComplexFloat(0, 1)) }
        == "result type ComplexDouble can't be cast to the desired output type Double")
  }

  /// PyTorch's convention: of a real function the conjugate Wirtinger derivative, of a real operand the real part.
  @Test(arguments: testDevices) func gradients(_ device: Device) {
    let a = Tensor([ComplexDouble(1, 2), ComplexDouble(-3, -0.5)], device: device).requiresGrad_()
    let r = Tensor([0.5, -1.5], dtype: .float64, device: device, requiresGrad: true)
    let y = (a * r * ComplexDouble(1, 1)).exp()
    let loss = (y.abs() ** 2).sum() + (a.conj() / (r + ComplexDouble(0, 2))).real.sum()
    loss.backward()
    #expect(areNear(a.grad!, [(0.485526499994972, -0.83846767646556), (-5424.36724336819, 5423.80724336819)]))
    #expect(r.grad!.dtype == .float64)
    #expect(areClose(r.grad!.toArray(), [-0.306693138398248, -9040.26967228032], tolerance: 1e-12))
    #expect(errorMessage { (a * a).sum().backward() }.contains("only for real scalar outputs"))
  }
}
