import Backplane
import TestSupport
import Testing

/// Values are PyTorch's.
@Suite struct FloatingPointPartsTests {
  private static let inf = Double.infinity, nan = Double.nan

  @Test(arguments: testDevices) func neighbours(_ device: Device) {
    let x = Tensor(
      [1.0, 1, 0, 0, -0.0, -1, 3.4028234663852886e38, .infinity, 2, .nan, 1], dtype: .float64, device: device)
    let y = Tensor([2.0, 0, 1, -1, 0, 0, .infinity, 0, 2, 1, .nan], dtype: .float64, device: device)
    let double = x.nextafter(y).toArray(Double.self)
    #expect(
      areClose(
        double,
        [
          Double(1).nextUp, Double(1).nextDown, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 0, Double(-1).nextUp,
          Double(3.4028234663852886e38).nextUp, .greatestFiniteMagnitude, 2, .nan, .nan,
        ], tolerance: 0))
    #expect(double[4].sign == .plus)
    let float = x.float().nextafter(y.float()).toArray(Float.self)
    #expect(float[0] == Float(1).nextUp && float[2] == .leastNonzeroMagnitude && float[6] == .infinity)
    #expect(float[5] == Float(-1).nextUp && float[7] == .greatestFiniteMagnitude)
  }

  @Test(arguments: testDevices) func neighboursInNarrowTypes(_ device: Device) {
    for (dtype, step) in [(DType.float16, 0x1p-10), (.bfloat16, 0x1p-7)] {
      let x = Tensor([1.0, 0], dtype: dtype, device: device)
      let next = x.nextafter(Tensor(2.0, dtype: dtype, device: device))
      #expect(next.dtype == dtype)
      #expect(next.toArray(Double.self) == [1 + step, dtype == .float16 ? 0x1p-24 : 0x1p-133])
    }
    #expect(Tensor([1, 2], device: device).nextafter(Tensor([1.0, 3], device: device)).dtype == .float32)
    let broadcast = Tensor([[1.0], [2]], device: device).t().nextafter(Tensor([[5.0], [0]], device: device))
    #expect(broadcast.shape == [2, 2])
    #expect(broadcast.toArray(Float.self) == [Float(1).nextUp, Float(2).nextUp, Float(1).nextDown, Float(2).nextDown])
  }

  @Test func gradientOfANeighbour() {
    let x = Tensor([1.0, 2], requiresGrad: true), y = Tensor([3.0, 2], requiresGrad: true)
    x.nextafter(y).backward(gradient: Tensor([5.0, 7]))
    #expect(x.grad!.toArray(Double.self) == [5, 0])
    #expect(y.grad!.toArray(Double.self) == [0, 0])
  }

  @Test(arguments: testDevices) func fractionsAndExponents(_ device: Device) {
    let values = [
      0, -0.0, 1, -3.7, .infinity, -.infinity, .nan, 0x1.27p-1030, .leastNonzeroMagnitude, 1.7976931348623157e308,
    ]
    let (mantissa, exponent) = Tensor(values, dtype: .float64, device: device).frexp()
    let expected = [0, -0.0, 0.5, -0.925, .infinity, -.infinity, .nan, 0.576171875, 0.5, 0.9999999999999999]
    #expect(areClose(mantissa.toArray(), expected, tolerance: 1e-15), "\(mantissa)")
    #expect(mantissa.toArray(Double.self)[1].sign == .minus)
    #expect(exponent.dtype == .int32)
    #expect(exponent.toArray(Int.self) == [0, 0, 1, 2, 0, 0, 0, -1029, -1073, 1024])
    let small = Tensor([1e-45, -1e-40, 0.75], device: device).frexp()
    #expect(small.exponent.toArray(Int.self) == [-148, -132, 0])
    for dtype in [DType.float16, .bfloat16] {
      let (m, e) = Tensor([48.0, -0.375], dtype: dtype, device: device).frexp()
      #expect(m.dtype == dtype && m.toArray(Double.self) == [0.75, -0.75])
      #expect(e.toArray(Int.self) == [6, -1])
    }
  }

  @Test(arguments: testDevices) func productsWithPowersOfTwo(_ device: Device) {
    let x = Tensor([1.0, 3, 0, 1e-30, 1, 1e30], device: device)
    let e = Tensor([3, -1, 2000, 200, -149, -400], device: device)
    #expect(
      areClose(x.ldexp(e).toArray(), [8, 1.5, 0, 1.606938044258990e30, 1.401298464324817e-45, 0], tolerance: 1e-6))
    #expect(
      Tensor([1.0], device: device).ldexp(Tensor([-149], device: device)).item(Float.self) == .leastNonzeroMagnitude)
    #expect(
      Tensor([1.0], dtype: .float64, device: device).ldexp(Tensor([-1074], device: device)).item()
        == Double.leastNonzeroMagnitude)
    let whole = Tensor([1, 2], device: device)
    #expect(whole.ldexp(whole).dtype == .float32)
    #expect(whole.ldexp(whole).toArray(Double.self) == [2, 8])
    #expect(areClose(x[..<2].ldexp(Tensor([0.5, 1 / 3.0], device: device)).toArray(), [1.4142135, 3.7797631]))
    let half = Tensor([1.0, 2], dtype: .float16, device: device).ldexp(Tensor([15, 40], device: device))
    #expect(half.dtype == .float16 && half.toArray(Double.self) == [32768, .infinity])
    let complex = Tensor([ComplexFloat(1, 2)], device: device).ldexp(Tensor([2], device: device))
    #expect(complex.real.item() == 4 && complex.imag.item() == 8)
  }

  @Test func fractionsAndProductsUndoEachOther() {
    let x = Tensor([0x1.27p-1030, 3.5, -1e300, 0.1], dtype: .float64)
    let (m, e) = x.frexp()
    #expect(m.ldexp(e).equal(x))
  }

  @Test func gradients() throws {
    let x = Tensor([0.7, -3.1], dtype: .float64, requiresGrad: true)
    let e = Tensor([1.5, -2.25], dtype: .float64, requiresGrad: true)
    try gradcheck({ $0[0].ldexp($0[1]) }, [x, e])
    try gradcheck({ grad([$0[0].ldexp($0[1]).sum()], [$0[1]], createGraph: true)[0]! }, [x, e])
    try gradcheck({ $0[0].frexp().mantissa }, [x])
  }

  @Test(arguments: testDevices) func errors(_ device: Device) {
    let n = Tensor([1, 2], device: device), z = Tensor([ComplexFloat(1, 2)], device: device)
    #expect(errorMessage { _ = n.nextafter(n) } == "\"nextafter_cpu\" not implemented for 'Long'")
    #expect(errorMessage { _ = z.nextafter(z) } == "\"nextafter_cpu\" not implemented for 'ComplexFloat'")
    #expect(errorMessage { _ = n.frexp() } == "torch.frexp() only supports floating-point dtypes")
    #expect(errorMessage { n.ldexp_(n) }.contains("can't be cast to the desired output type Long"))
  }
}
