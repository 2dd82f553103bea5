import Backplane
import TestSupport
import Testing

/// Changes in place of views and of what they are views of, under autograd. Expected numbers are PyTorch's.
@Suite(.serialized) struct ViewHistoryTests {
  private func leaf(_ values: [Double], _ shape: [Int], _ device: Device) -> Tensor {
    Tensor(values, shape: shape, device: device).requiresGrad_()
  }

  @Test(arguments: testDevices) func aChangedViewChangesItsBase(_ device: Device) {
    let x = leaf([1, 2, 3, 4], [2, 2], device)
    let y = x * 2
    y[0].mul_(3)
    #expect(y.toArray(Double.self) == [6, 12, 6, 8])
    #expect(y.gradFn?.name == "CopySlices")
    (y * y).sum().backward()
    #expect(x.grad?.toArray(Double.self) == [72, 144, 24, 32])
  }

  @Test(arguments: testDevices) func anAssignedSliceTakesItsGradient(_ device: Device) {
    let x = leaf([1, 2, 3, 4], [4], device)
    let z = leaf([5, 6], [2], device)
    let y = x * 2
    y[1..<3] = z
    (y * Tensor([1.0, 10, 100, 1000], device: device)).sum().backward()
    #expect(x.grad?.toArray(Double.self) == [2, 0, 0, 2000])
    #expect(z.grad?.toArray(Double.self) == [10, 100])
  }

  @Test(arguments: testDevices) func aBaseJoinsTheGraphThroughItsView(_ device: Device) {
    let z = leaf([5, 6], [2], device)
    let base = Tensor.zeros([4], device: device)
    let view = base[1..<3]
    view.copy_(z * z)
    #expect(base.requiresGrad)
    #expect(view.requiresGrad)
    base.sum().backward()
    #expect(z.grad?.toArray(Double.self) == [10, 12])
  }

  @Test(arguments: testDevices) func otherViewsSeeTheChange(_ device: Device) {
    let x = leaf([0, 1, 2, 3, 4, 5], [2, 3], device)
    let y = x * 1
    let column = y.t()[1]
    let row = y[1]
    column.mul_(10)
    (row * Tensor([1.0, 2, 3], device: device)).sum().backward()
    #expect(row.toArray(Double.self) == [3, 40, 5])
    #expect(row.gradFn?.name == "AsStridedBackward0")
    #expect(x.grad?.toArray(Double.self) == [0, 0, 0, 1, 20, 3])
  }

  @Test(arguments: testDevices) func aViewFollowsItsBase(_ device: Device) {
    let x = leaf([1, 2, 3], [3], device)
    let y = x * 1
    let view = y[1...]
    y.mul_(5)
    (view * view).sum().backward()
    #expect(x.grad?.toArray(Double.self) == [0, 100, 150])
  }

  @Test(arguments: testDevices) func aBroadcastViewFollowsItsBase(_ device: Device) {
    let x = leaf([1, 2], [2], device)
    let y = x * 1
    let wide = y.expand(3, 2)
    y.mul_(2)
    (wide * Tensor([[1.0, 2], [3, 4], [5, 6]], device: device)).sum().backward()
    #expect(x.grad?.toArray(Double.self) == [18, 24])
  }

  @Test(arguments: testDevices) func neighboursAndZeros(_ device: Device) {
    let x = leaf([1, 2, 3], [3], device)
    let y = x * 1
    y[1...].mul_(y[..<2].clone())
    y.sum().backward()
    #expect(y.toArray(Double.self) == [1, 2, 6])
    #expect(x.grad?.toArray(Double.self) == [3, 4, 2])

    let u = leaf([1, 2, 3], [3], device)
    let v = u * 2
    v[1].zero_()
    v.sum().backward()
    #expect(u.grad?.toArray(Double.self) == [2, 0, 2])
  }

  @Test(arguments: testDevices) func positionsInAView(_ device: Device) {
    let x = leaf([0, 1, 2, 3, 4, 5], [2, 3], device)
    let y = x * 2
    y[.all, 1...][[0], [1]] = Tensor(7.0, device: device)
    y.sum().backward()
    #expect(y.toArray(Double.self) == [0, 2, 7, 6, 8, 10])
    #expect(x.grad?.toArray(Double.self) == [2, 2, 0, 2, 2, 2])
  }

  @Test(arguments: testDevices) func aDetachedTransposeIsABaseToo(_ device: Device) {
    let z = leaf([5, 6], [2], device)
    let base = Tensor.zeros([3, 2], device: device).t().detach()
    base[0, 1...].copy_(z)
    (base * Tensor([[1.0, 2, 3], [4, 5, 6]], device: device)).sum().backward()
    #expect(z.grad?.toArray(Double.self) == [2, 3])
  }

  @Test(arguments: testDevices) func secondDerivatives(_ device: Device) {
    let x = leaf([2, 3], [2], device)
    let y = x * x
    y[0].mul_(x[1])
    let first = grad(y.sum(), x, createGraph: true)
    #expect(first.toArray(Double.self) == [12, 10])
    #expect(grad(first.sum(), x).toArray(Double.self) == [10, 6])
  }

  @Test func savedTensorsNoticeAChangedView() {
    let x = leaf([1, 2, 3], [3], "cpu")
    let y = x * 1
    let total = (y * y).sum()
    y[0].add_(1)
    #expect(errorMessage { total.backward() }.contains("is at version 1; expected version 0 instead"))
  }

  @Test func whatMayNotChange() {
    let x = leaf([1, 2], [2], "cpu")
    let message = "a view of a leaf Variable that requires grad is being used in an in-place operation."
    #expect(errorMessage { x[0].mul_(2) } == message)
    #expect(errorMessage { x[0] = Tensor(1.0) } == message)
    #expect(x.toArray(Double.self) == [1, 2])
    noGrad { _ = x[0].mul_(2) }
    #expect(x.toArray(Double.self) == [2, 2])

    let y = x * 1
    let untracked = noGrad { y[0] }
    #expect(errorMessage { untracked.mul_(2) }.hasPrefix("A view was created in no_grad mode"))
  }

  /// Overlapping windows, storage seen across, and a tensor that is itself broadcast.
  @Test(arguments: testDevices) func gradientsOfStridedViews(_ device: Device) {
    let x = leaf([1, 2, 3, 4], [4], device)
    (x.asStrided([3, 2], [1, 1]) * Tensor.arange(6.0, device: device).view(3, 2)).sum().backward()
    #expect(x.grad?.toArray(Double.self) == [0, 3, 7, 5])

    let m = leaf([0, 1, 2, 3, 4, 5], [2, 3], device)
    let weights = Tensor([[1.0, 2], [3, 4]], device: device)
    (m.t().asStrided([2, 2], [1, 1], storageOffset: 1) * weights).sum().backward()
    #expect(m.grad?.toArray(Double.self) == [0, 1, 5, 4, 0, 0])

    let w = leaf([1, 2], [2], device)
    ((w * 1).expand(3, 2).asStrided([2], [1], storageOffset: 0) * Tensor([1.0, 10], device: device)).sum().backward()
    #expect(w.grad?.toArray(Double.self) == [1, 10])

    let u = leaf([0, 1, 2, 3, 4], [5], device)
    (u.unfold(0, 3, 1) * Tensor.arange(9.0, device: device).view(3, 3)).sum().backward()
    #expect(u.grad?.toArray(Double.self) == [0, 4, 12, 12, 8])
  }

  @Test func nothingIsKeptAlive() {
    weak var kept: Tensor?
    do {
      let x = leaf([1, 2, 3], [3], "cpu")
      let y = x * 1
      kept = y
      let v = y[0]
      y[1].mul_(v * v)
    }
    #expect(kept == nil)
  }
}
