import Backplane
import TestSupport
import Testing

/// Gradients that lie in their type's range though the squares and powers they are made of do not. Values computed in
/// float64 with PyTorch.
@Suite struct RangeGradientTests {
  private func gradient(
    _ values: [Double], _ dtype: DType, _ device: Device, _ f: (Tensor) -> Tensor
  ) -> [Double] {
    let x = Tensor(values, dtype: dtype, device: device).requiresGrad_()
    f(x).sum().backward()
    return x.grad!.toArray(Double.self)
  }

  private func areRelativelyClose(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
    zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * abs($1) }
  }

  @Test(arguments: testDevices, [DType.float32, .bfloat16]) func norms(_ device: Device, _ dtype: DType) {
    let tolerance = dtype == .float32 ? 1e-5 : 1.6e-2
    for scale in [1e20, 1, 1e-30] {
      let values = [scale, 1.5 * scale, -scale]
      for (p, expected) in [
        (3.0, [0.3258975, 0.7332693, -0.3258975]), (4, [0.2308241, 0.7790313, -0.2308241]),
        (-1, [0.140625, 0.0625, -0.140625]), (2.5, [0.3923491, 0.7207913, -0.3923491]),
        (2, [0.4850713, 0.7276069, -0.4850713]),
      ] {
        let found = gradient(values, dtype, device) { Linalg.vectorNorm($0, p) }
        #expect(areRelativelyClose(found, expected, tolerance), "\(p) \(scale) \(found)")
      }
      #expect(
        areRelativelyClose(
          gradient(values, dtype, device) { $0.dist(Tensor.zeros([3], dtype: dtype, device: device), 3) },
          [0.3258975, 0.7332693, -0.3258975], tolerance))
    }
  }

  @Test(arguments: testDevices) func cosines(_ device: Device) {
    let b = Tensor([1.0, 2, 3], device: device)
    for scale in [1e20, 1, 1e-6] {
      let found = gradient([scale, 1.5 * scale, -scale], .float32, device) {
        F.cosineSimilarity($0, b, dim: 0, eps: 1e-30)
      }
      #expect(areRelativelyClose(found.map { $0 * scale }, [0.09913704, 0.2135259, 0.4194259], 1e-4), "\(found)")
    }
    let far = Tensor([[1e20, 1e20], [1e20, 0]], device: device), near = Tensor([[1.0, 1], [0, 1]], device: device)
    let target = Tensor([1, 1], device: device)
    let losses = F.cosineEmbeddingLoss(far, near, target, reduction: .none)
    #expect(areClose(losses.toArray(), [0, 1], tolerance: 1e-6))
  }

  @Test(arguments: testDevices) func correlations(_ device: Device) {
    let rows = Tensor([[1.0, 1.5, -1], [0.5, 1, 0.25]], dtype: .float64, device: device)
    for (scale, dtype) in [(1e20, DType.float32), (1e-30, .float32), (2e4, .float16), (1e20, .bfloat16), (1, .float64)]
    {
      let found = (rows * scale).to(dtype).corrcoef()
      let expected = [1, 0.8660254, 0.8660254, 1]
      #expect(found.dtype == dtype)
      #expect(areClose(found.flatten().toArray(), expected, tolerance: dtype.byteCount > 2 ? 1e-6 : 4e-3), "\(found)")
    }
  }

  @Test(arguments: testDevices) func inverseFunctions(_ device: Device) {
    #expect(areRelativelyClose(gradient([1e20, -4e20], .float32, device) { $0.asinh() }, [1e-20, 2.5e-21], 1e-5))
    #expect(areRelativelyClose(gradient([2e4], .float16, device) { $0.asinh() }, [5e-5], 1e-2))
    #expect(areRelativelyClose(gradient([300, -300], .float16, device) { $0.atan() }, [1.11e-5, 1.11e-5], 1e-2))
    #expect(
      areRelativelyClose(gradient([300, -300], .bfloat16, device) { F.softsign($0) }, [1.104e-5, 1.104e-5], 2e-2))
    #expect(gradient([0, 1, -1], .float64, device) { F.softsign($0) } == [1, 0.25, 0.25])
    #expect(
      areRelativelyClose(
        gradient([400], .float16, device) {
          Tensor.zeros([1], dtype: .float16, device: device).addcdiv($0 * 0 + 400, $0)
        },
        [-0.0025], 1e-2))
    #expect(gradient([2e4, 3e4, -2e4], .float16, device) { $0.logcumsumexp(0) } == [1, 2, 0])
    #expect(
      Tensor([Double](repeating: 18000, count: 10) + [.nan], dtype: .float16, device: device).nanmean().item() == 18000)
  }

  private func named(_ name: String, _ x: Tensor) -> Tensor {
    (try? call("special.\(name)", [.tensor(x)]).tensor) ?? Tensor([Double.nan])
  }

  /// J₁″ = −3x/8 + 5x³/96 …, I₁″ = 3x/8 + …, and I₁ e^(−|x|) bends by −1 on the way from 0.
  @Test(arguments: testDevices) func besselFunctionsNearZero(_ device: Device) {
    func derivatives(_ values: [Double], _ f: (Tensor) -> Tensor) -> (second: [Double], third: [Double]) {
      let x = Tensor(values, dtype: .float64, device: device).requiresGrad_()
      let first = grad([f(x).sum()], [x], createGraph: true)[0]!
      let second = grad([first.sum()], [x], createGraph: true)[0]!
      let third = grad([second.sum()], [x])[0]!
      return (second.toArray(), third.toArray())
    }
    let points = [0, 1e-40, 1e-8, -1e-8, 1e-3]
    let j = derivatives(points, { named("bessel_j1", $0) }), i = derivatives(points, { named("i1", $0) })
    #expect(areRelativelyClose(j.second, [0, -3.75e-41, -3.75e-9, 3.75e-9, -3.7499994791667e-4], 1e-12), "\(j.second)")
    #expect(areRelativelyClose(i.second, [0, 3.75e-41, 3.75e-9, -3.75e-9, 3.7500005208334e-4], 1e-12), "\(i.second)")
    #expect(areClose(j.third, [-0.375, -0.375, -0.375, -0.375, -0.37499984375], tolerance: 1e-10))
    #expect(areClose(i.third, [0.375, 0.375, 0.375, 0.375, 0.37500015625], tolerance: 1e-10))
    #expect(areClose(derivatives([1e-40, -1e-40], { named("i1e", $0) }).second, [-1, 1], tolerance: 1e-12))
  }
}
