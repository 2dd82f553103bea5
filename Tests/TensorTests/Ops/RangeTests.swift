import Backplane
import TestSupport
import Testing

/// Results within a type's range whose squares are not.
@Suite struct RangeTests {
  private func tensor(_ values: [Double], _ device: Device, _ dtype: DType = .float32) -> Tensor {
    Tensor(values, shape: [values.count], dtype: dtype, device: device)
  }

  /// Magnitudes whose squares overflow or underflow, and 1.
  static let scales: [(DType, Double)] = [
    (.float32, 1e20), (.float32, 1e-30), (.float32, 1), (.float64, 1e200), (.float64, 1e-200), (.bfloat16, 0x1p100),
    (.bfloat16, 0x1p-100), (.float16, 0x1p-12), (.float16, 0x1p7),
  ]

  /// x / scale, in float64 and without rounding again.
  private func inUnits(_ x: Tensor, _ scale: Double) -> [Double] { x.toArray(Double.self).map { $0 / scale } }

  @Test(arguments: testDevices, scales) func deviations(_ device: Device, _ range: (DType, Double)) {
    let (dtype, scale) = range
    let tolerance = dtype == .bfloat16 ? 1e-2 : dtype == .float16 ? 1e-3 : 1e-6
    func close(_ x: Tensor, _ expected: [Double]) -> Bool {
      areClose(inUnits(x, scale), expected, tolerance: tolerance)
    }
    let x = tensor([1, 1.5, -1].map { $0 * scale }, device, dtype)
    #expect(close(x.std(), [1.3228757]))
    #expect(close(x.std(correction: 0), [1.0801234]))
    #expect(close(x.stdMean().std, [1.3228757]))
    #expect(close(stack([x, x * 2, x * 0]).std(1), [1.3228757, 2.6457513, 0]))
    #expect(close(stack([x, x * 2]).std([0, 1]), [1.8907670]))
  }

  @Test(arguments: testDevices, scales) func norms(_ device: Device, _ range: (DType, Double)) {
    let (dtype, scale) = range
    let tolerance = dtype == .bfloat16 ? 1e-2 : dtype == .float16 ? 2e-3 : 1e-5
    func close(_ x: Tensor, _ expected: [Double]) -> Bool {
      areClose(inUnits(x, scale), expected, tolerance: tolerance)
    }
    let x = tensor([3, -4].map { $0 * scale }, device, dtype)
    #expect(close(x.norm(), [5]))
    #expect(close(Linalg.vectorNorm(x), [5]))
    #expect(close(Linalg.vectorNorm(x, 3), [4.4979414]))
    #expect(close(Linalg.vectorNorm(x, 0.5), [13.9282032]))
    #expect(close(Linalg.vectorNorm(x, -1), [1.7142857]))
    #expect(close(Linalg.norm(x.unsqueeze(0)), [5]))
    #expect(close(x.dist(tensor([0, 0], device, dtype)), [5]))
    #expect(close(x.hypot(x.flip([0])), [5, 5]))
    #expect(close(cdist(x.unsqueeze(0), x.neg().unsqueeze(0)).squeeze(), [10]))
    #expect(close(Functional.pairwiseDistance(x.unsqueeze(0), x.unsqueeze(0) * 0, eps: 0), [5]))
    #expect(areClose(Functional.normalize(x, dim: 0, eps: 0).toArray(), [0.6, -0.8], tolerance: tolerance))
    #expect(areClose(Functional.cosineSimilarity(x, x, dim: 0, eps: 0).toArray(), [1], tolerance: tolerance))
    guard dtype == .float32 || dtype == .float64 else { return }
    let z = complex(x, x.flip([0]))
    #expect(close(z.norm(), [7.0710678]))
    #expect(close(z.std(), [7]))
    #expect(close(z.abs(), [5, 5]))
  }

  @Test(arguments: testDevices, scales) func normalizations(_ device: Device, _ range: (DType, Double)) {
    let (dtype, scale) = range
    let tolerance = dtype == .bfloat16 ? 1e-2 : dtype == .float16 ? 2e-3 : 1e-5
    let x = tensor([1, 1.5, -1].map { $0 * scale }, device, dtype), expected = [0.4629100, 0.9258201, -1.3887301]
    // An eps of no weight beside the variance.
    let eps = scale < 1 ? 0 : 1e-6
    func close(_ x: Tensor, _ expected: [Double]) -> Bool { areClose(x.toArray(), expected, tolerance: tolerance) }
    #expect(close(Functional.layerNorm(x, [3], eps: eps), expected))
    #expect(close(Functional.groupNorm(x.reshape(1, 3), 1, eps: eps), expected))
    #expect(close(Functional.instanceNorm(x.reshape(1, 1, 3), eps: eps), expected))
    #expect(close(Functional.rmsNorm(x, [3], eps: eps), [0.8401681, 1.2602521, -0.8401681]))
    guard eps > 0 else { return }
    #expect(close(Functional.batchNorm(x.reshape(3, 1), nil, nil, training: true, eps: eps), expected))
  }

  @Test(arguments: testDevices) func epsilonCounts(_ device: Device) {
    let x = tensor([1e-25, 2e-25, 3e-25], device)
    #expect(areClose(inUnits(Functional.layerNorm(x, [3]), 1e-23), [-3.1622777, 0, 3.1622777], tolerance: 1e-4))
    #expect(Functional.layerNorm(tensor([5, 5, 5], device), [3]).toArray(Double.self) == [0, 0, 0])
    #expect(Functional.layerNorm(tensor([0, 0], device), [2]).toArray(Double.self) == [0, 0])
  }

  /// The mean is rounded, the deviations from it are not to be.
  @Test(arguments: testDevices) func meansThatAreRounded(_ device: Device) {
    #expect(tensor([1e8, 1e8 + 8], device).`var`().item() == 32)
    #expect(tensor([0.1, 0.1, 0.1], device).std().item() == 0)
    #expect(tensor([0.1, 0.1, 0.1], device, .float64).std().item() == 0)
  }

  @Test(arguments: testDevices) func limits(_ device: Device) {
    #expect(tensor([1e20, -1e20], device).`var`().item() == .infinity)
    #expect(tensor([1e-30, -1e-30], device).`var`().item() == 0)
    for values in [[Double.infinity, 1], [.nan, 1], [1], []] { #expect(tensor(values, device).std().item().isNaN) }
    #expect(tensor([.infinity, 1], device).norm().item() == .infinity)
    #expect(tensor([.nan, 1], device).norm().item().isNaN)
    #expect(tensor([0, 1], device).norm(-1).item() == 0)
    #expect(tensor([], device).norm().item() == 0)
    #expect(Tensor.zeros([0, 3], device: device).norm(2, dim: [0]).toArray(Double.self) == [0, 0, 0])
  }

  @Test(arguments: testDevices) func gradients(_ device: Device) throws {
    let x = tensor([1, 2, 4, 7, 3, 3], device, .float64).reshape(2, 3).requiresGrad_()
    let functions: [([Tensor]) -> Tensor] = [
      { $0[0].std([1]) }, { $0[0].`var`([0], correction: 0, keepDim: true) }, { $0[0].std() },
      { Functional.layerNorm($0[0], [3]) }, { Functional.rmsNorm($0[0], [3]) }, { $0[0].norm(3, dim: [1]) },
      { grad([$0[0].std([1]).sum()], [$0[0]], createGraph: true)[0]! },
      { grad([($0[0].`var`([0]) ** 2).sum()], [$0[0]], createGraph: true)[0]! },
    ]
    for f in functions { try gradcheck(f, [x]) }
    // By PyTorch: of large numbers too, and 0 where nothing deviates.
    for (scale, values) in [(1.0, [1.0, 1.5, -1]), (1e20, [1e20, 1.5e20, -1e20])] {
      let y = tensor(values, device).requiresGrad_()
      y.std().backward()
      #expect(areClose(y.grad!.toArray(), [0.1889822, 0.3779645, -0.5669467]), "\(scale)")
      y.grad = nil
      y.norm().backward()
      #expect(areClose(y.grad!.toArray(), [0.4850713, 0.7276069, -0.4850713]), "\(scale)")
    }
    let flat = tensor([2, 2], device).requiresGrad_()
    flat.std().backward()
    #expect(flat.grad!.toArray(Double.self) == [0, 0])
    let z = complex(tensor([1, 2, 4], device), tensor([0, 1, -3], device)).requiresGrad_()
    z.std().backward()
    #expect(
      areClose(z.grad!.viewAsReal().toArray(), [-0.2581989, 0.1290994, -0.0645497, 0.3227486, 0.3227486, -0.4518481]))
  }
}
