import Backplane
import TestSupport
import Testing

/// Powers of complex numbers that need no logarithm.
@Suite struct ComplexPowerTests {
  private func tensor(_ parts: [Double], _ device: Device, _ dtype: DType) -> Tensor {
    let real: DType = dtype == .complex64 ? .float32 : .float64
    return Tensor(parts, shape: [parts.count / 2, 2], dtype: real, device: device).viewAsComplex()
  }

  private func parts(_ z: Tensor) -> [Double] { z.viewAsReal().toArray() }

  static let types: [DType] = [.complex64, .complex128]

  @Test(arguments: testDevices, types) func wholePowersAreProducts(_ device: Device, _ dtype: DType) {
    let z = tensor([0, 1, 1, 2, -2, 0.5, 0, 0], device, dtype)
    let powers: [(Int, [Double])] = [
      (0, [1, 0, 1, 0, 1, 0, 1, 0]), (1, [0, 1, 1, 2, -2, 0.5, 0, 0]), (2, [-1, 0, -3, 4, 3.75, -2, 0, 0]),
      (3, [0, -1, -11, -2, -6.5, 5.875, 0, 0]), (4, [1, 0, -7, -24, 10.0625, -15, 0, 0]),
      (7, [0, -1, 29, 278, 22.71875, 156.6171875, 0, 0]),
    ]
    for (n, expected) in powers {
      #expect(parts(z ** n) == expected, "\(n)")
      #expect(parts(z ** Double(n)) == expected, "\(n)")
      // An exponent that is a tensor.
      #expect(parts(z ** tensor([Double(n), 0], device, dtype)) == expected, "\(n)")
      #expect(parts(z ** Tensor(n, device: device)) == expected, "\(n)")
      #expect(parts(z.clone().pow_(n)) == expected, "\(n)")
      #expect(parts(z.clone().pow_(Tensor(n, device: device))) == expected, "\(n)")
    }
    #expect(parts(z.square()) == powers[2].1)
    let inverse = tensor([0, 2, 2, 0, -0.5, 0, 0, -4], device, dtype)
    #expect(parts(inverse ** -1) == [0, -0.5, 0.5, 0, -2, 0, 0, 0.25])
    #expect(parts(inverse ** -2) == [-0.25, 0, 0.25, 0, 4, 0, -0.0625, 0])
    #expect(parts(inverse ** tensor([-2, 0], device, dtype)) == [-0.25, 0, 0.25, 0, 4, 0, -0.0625, 0])
    #expect(parts(inverse.reciprocal()) == [0, -0.5, 0.5, 0, -2, 0, 0, 0.25])
    #expect(parts(2 ** tensor([2, 0, 0, 0], device, dtype)) == [4, 0, 1, 0])
  }

  @Test(arguments: testDevices, types) func rootsAreRoots(_ device: Device, _ dtype: DType) {
    let z = tensor([-1, 0, -4, 0, -4, -0.0, 3, 4, 0, 0], device, dtype)
    let roots = [0, 1, 0, 2, 0, -2, 2, 1, 0, 0.0]
    #expect(parts(z ** 0.5) == roots)
    #expect(parts(z ** tensor([0.5, 0], device, dtype)) == roots)
    #expect(
      parts(tensor([-4, 0, 3, 4], device, dtype) ** -0.5)
        == [0, -0.5, 0.4, -0.2].map { dtype == .complex64 ? Double(Float($0)) : $0 })
  }

  @Test(arguments: testDevices, types) func limits(_ device: Device, _ dtype: DType) {
    let z = tensor([.nan, 1, .infinity, .nan, 0, -.infinity], device, dtype)
    #expect(parts(z ** 0) == [1, 0, 1, 0, 1, 0])
    #expect(parts(z ** tensor([0, 0], device, dtype)) == [1, 0, 1, 0, 1, 0])
    #expect(parts(1 ** z) == [1, 0, 1, 0, 1, 0])
    #expect(parts(tensor([0, 0], device, dtype) ** 1.5) == [0, 0])
    // A general power goes by way of the logarithm.
    #expect(areClose(parts(tensor([1, 2], device, dtype) ** 1.5), [-0.30028311, 3.33019068], tolerance: 1e-6))
  }

  @Test(arguments: testDevices) func gradients(_ device: Device) {
    // d z² is 2z, conjugated; d z⁻² is −2 z⁻³.
    for (exponent, expected) in [(2.0, [2.0, -4.0]), (3, [-9, -12]), (-2, [0.176, 0.032])] {
      let z = tensor([1, 2], device, .complex128).requiresGrad_()
      (z ** exponent).real.sum().backward()
      #expect(areClose(parts(z.grad!), expected), "\(exponent)")
    }
  }
}
