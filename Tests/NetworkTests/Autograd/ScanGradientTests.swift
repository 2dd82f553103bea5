import Backplane
import TestSupport
import Testing

/// Gradients of scans, sorting and order statistics against central differences, and where they are chosen by rule.
@Suite struct ScanGradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let function: @Sendable (Tensor) -> Tensor

    init(_ name: String, _ function: @escaping @Sendable (Tensor) -> Tensor) {
      testDescription = name
      self.function = function
    }
  }

  static let cases: [Case] = [
    Case("cumsum") { $0.cumsum(1) }, Case("cumprod") { $0.cumprod(1) }, Case("cummax") { $0.cummax(1).values },
    Case("cummin") { $0.cummin(0).values }, Case("logcumsumexp") { $0.logcumsumexp(1) },
    Case("logsumexp") { $0.logsumexp([0, 1]) }, Case("diff") { $0.diff(2) }, Case("trapezoid") { trapezoid($0) },
    Case("sort") { $0.sort(1, descending: true).values }, Case("topk") { $0.topk(2).values },
    Case("kthvalue") { $0.kthvalue(3, keepDim: true).values }, Case("median") { $0.median(1).values },
    Case("mode") { $0.mode().values }, Case("quantile") { $0.quantile(0.3, dim: 1) },
    Case("midpoint") { $0.quantile(0.3, interpolation: .midpoint) }, Case("nansum") { $0.nansum(0) },
    Case("nanmean") { $0.nanmean() }, Case("varMean") { $0.varMean([1]).var }, Case("std") { $0.std([0]) },
  ]

  @Test(arguments: testDevices, cases) func first(_ device: Device, _ test: Case) throws {
    let x = Tensor(
      [[0.3, -1.2, 0.8, 2.1], [1.4, 0.2, -0.5, 0.9]], dtype: .float64, device: device, requiresGrad: true)
    try gradcheck({ test.function($0[0]) }, [x])
  }

  @Test(arguments: testDevices, cases) func second(_ device: Device, _ test: Case) throws {
    let x = Tensor(
      [[0.3, -1.2, 0.8, 2.1], [1.4, 0.2, -0.5, 0.9]], dtype: .float64, device: device, requiresGrad: true)
    try gradcheck({ grad(test.function($0[0]).square().sum(), $0[0], createGraph: true).square().sum() }, [x])
  }

  /// Beside great operands float32 has no digits left for the logarithms of gradients.
  @Test(arguments: testDevices) func gradientsBesideGreatOperands(_ device: Device) {
    let x = Tensor([60_000.0, 60_000], dtype: .float16, device: device, requiresGrad: true)
    let g = Tensor([0.7, 0.3], dtype: .float16, device: device)
    #expect(areClose(grad([x.logcumsumexp(0)], [x], gradOutputs: [g])[0]!.toArray(), [1, 0.3], tolerance: 1e-3))
  }

  /// The results of PyTorch.
  @Test(arguments: testDevices) func atZerosAndTies(_ device: Device) {
    func gradient(_ values: [Double], _ function: (Tensor) -> Tensor) -> [Double] {
      let x = Tensor(values, device: device, requiresGrad: true)
      function(x).backward()
      return x.grad!.toArray()
    }
    #expect(gradient([2, 0, 3, 4]) { $0.cumprod(0).sum() } == [1, 32, 0, 0])
    #expect(gradient([2, 0, 3, 0]) { $0.cumprod(0).sum() } == [1, 8, 0, 0])
    #expect(gradient([1, 1]) { $0.std() } == [0, 0])
    #expect(gradient([3, 3, 1]) { $0.aminmax().max } == [0.5, 0.5, 0])
    #expect(gradient([2, 2, 5]) { $0.median() } == [0.5, 0.5, 0])
    #expect(gradient([0, 2, 3]) { $0.prod() } == [6, 0, 0])
  }
}
