import Backplane
import TestSupport
import Testing

/// Complex numbers seen as real ones and the other way round: a change of either is one of the other, in the graph too.
/// Values from PyTorch.
@Suite struct PartViewTests {
  private func leaf(_ device: Device) -> Tensor {
    Tensor([Complex<Double>(1, 2), Complex<Double>(3, -1)], device: device).requiresGrad_()
  }

  /// The parts' weighted sum, and the gradient as pairs.
  private func pairs(_ x: Tensor) -> [Double] { x.viewAsReal().flatten().toArray(Double.self) }

  private func gradient(_ a: Tensor, _ s: Tensor) -> [Double] {
    let weights = Tensor([[1.25, 1.5], [1.75, 2]], dtype: .float64, device: a.device)
    (s.viewAsReal() * weights).sum().backward()
    return pairs(a.grad!)
  }

  @Test(arguments: testDevices) func partsCopiedIntoOneAnother(_ device: Device) {
    for form in 0..<3 {
      let a = leaf(device)
      let s = a * a
      switch form {
      case 0: s.imag.copy_(s.real)
      case 1:
        let parts = s.viewAsReal()
        parts[0..., 1].copy_(parts[0..., 0])
      default: s.viewAsReal().select(1, 1).copy_(s.view(2).real)
      }
      #expect(pairs(s) == [-3, -3, 8, 8])
      #expect(gradient(a, s) == [5.5, -11, 22.5, 7.5])
    }
  }

  @Test(arguments: testDevices) func aPartChangedAlone(_ device: Device) {
    let a = leaf(device)
    let s = a * 2
    s.real.zero_()
    s.imag[1] = 7
    #expect(pairs(s) == [0, 4, 0, 7])
    #expect(gradient(a, s) == [0, 3, 0, 0])
  }

  @Test(arguments: testDevices) func aPartFollowsItsBase(_ device: Device) {
    let a = leaf(device)
    let s = a * 2
    let real = s.real, parts = s.viewAsReal()
    s.mul_(3)
    (real.sum() + parts.select(1, 1).sum()).backward()
    #expect(pairs(a.grad!) == [6, 6, 6, 6])
  }

  @Test(arguments: testDevices) func realNumbersChangedAsComplexOnes(_ device: Device) {
    let a = Tensor([[1.0, 2], [3, 4], [5, 6]], dtype: .float64, device: device).requiresGrad_()
    let s = a * 1
    let z = s[1...].viewAsComplex()
    z.mul_(Tensor(Complex<Double>(0, 2), device: device))
    #expect(s.flatten().toArray(Double.self) == [1, 2, -8, 6, -12, 10])
    (s * Tensor.arange(6, dtype: .float64, device: device).view(3, 2)).sum().backward()
    #expect(a.grad!.flatten().toArray(Double.self) == [0, 1, 6, -4, 10, -8])
  }

  @Test(arguments: testDevices) func partsOfLeavesAreNotChanged(_ device: Device) {
    let a = leaf(device)
    #expect(errorMessage { a.real.mul_(2) }.hasPrefix("a view of a leaf Variable that requires grad"))
    noGrad { _ = a.imag.mul_(2) }
    #expect(pairs(a.detach()) == [1, 4, 3, -2] && a.requiresGrad)
  }

  @Test(arguments: testDevices) func theWholeOfATensorIsAViewOfIt(_ device: Device) {
    let x = Tensor([[1.0, 2], [3, 4], [5, 6]], device: device)
    let w = x * 1
    w.requiresGrad_()
    for whole in [x[.all], x[0...], x[0..<3, 0..<2], x[.ellipsis], x[.stride(by: 1)]] {
      #expect(whole !== x && whole.sharesStorage(with: x))
      whole.t_()
      #expect(x.shape == [3, 2] && whole.shape == [2, 3])
    }
    noGrad {
      let v = w[.all]
      v.unsqueeze_(0)
      v.add_(1)
    }
    #expect(w.shape == [3, 2] && w.requiresGrad && w.detach().flatten().toArray(Int.self) == [2, 3, 4, 5, 6, 7])
  }
}
