import Backplane
import Foundation
import TestSupport
import Testing

@Suite struct ScanTests {
  @Test(arguments: testDevices) func running(_ device: Device) {
    let x = Tensor([[1.0, 2, 3], [4, 5, 6]], device: device)
    #expect(x.cumsum(1).toArray(Double.self) == [1, 3, 6, 4, 9, 15])
    #expect(x.cumprod(0).toArray(Double.self) == [1, 2, 3, 4, 10, 18])
    #expect(Tensor([true, true], device: device).cumsum(0).toArray(Int.self) == [1, 2])
    #expect(Tensor([200, 100], dtype: .uint8, device: device).cumsum(0).dtype == .int64)
    #expect(Tensor(3.0, device: device).cumsum(-1).item() == 3)
    let (values, indices) = Tensor([1.0, 3, 3, .nan, 5], device: device).cummax(0)
    #expect(areClose(values.toArray(), [1, 3, 3, .nan, .nan]))
    #expect(indices.toArray(Int.self) == [0, 1, 2, 3, 3])
    #expect(Tensor([2, 1, 3], device: device).cummin(0).indices.toArray(Int.self) == [0, 1, 1])
    let logs = Tensor([1000.0, 1000, -.infinity], device: device).logcumsumexp(0)
    #expect(areClose(logs.toArray(), [1000, 1000.6931471805599, 1000.6931471805599], tolerance: 1e-7))
    #expect(errorMessage { _ = x.cumsum(2) }.hasPrefix("Dimension out of range"))
  }

  @Test(arguments: testDevices) func differences(_ device: Device) {
    let x = Tensor([1, 4, 9, 16], device: device)
    #expect(x.diff().toArray(Int.self) == [3, 5, 7])
    #expect(x.diff(2).toArray(Int.self) == [2, 2])
    #expect(x.diff(prepend: Tensor([0], device: device)).toArray(Int.self) == [1, 3, 5, 7])
    #expect(Tensor([true, false], device: device).diff().toArray() == [true])
    #expect(trapezoid(x).item() == 21.5)
    #expect(trapezoid(x, Tensor([0, 2, 4, 6], device: device)).item() == 43)
    #expect(cumulativeTrapezoid(x.to(.float32), dx: 2).toArray(Double.self) == [5, 18, 43])
    #expect(errorMessage { _ = x.diff(-1) } == "order must be non-negative but got -1")
  }

  @Test(arguments: testDevices) func reductions(_ device: Device) {
    let x = Tensor([[1.0, .nan], [3, 5]], device: device)
    #expect(x.nansum().item() == 9)
    #expect(x.nanmean(1).toArray(Double.self) == [1, 4])
    let (low, high) = Tensor([3, 1, 2], device: device).aminmax()
    #expect(low.item(Int.self) == 1 && high.item(Int.self) == 3)
    let (std, mean) = Tensor([1.0, 2, 3, 4], device: device).stdMean()
    #expect(areClose([std.item(), mean.item()], [1.2909944, 2.5]))
    #expect(areClose([Tensor([1000.0, 1000], device: device).logsumexp(0).item()], [1000.6931]))
    #expect(Tensor([-Double.infinity, -.infinity], device: device).logsumexp(0).item() == -.infinity)
    #expect(
      errorMessage { _ = Tensor.zeros([0]).aminmax() }
        == "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.")
  }
}
