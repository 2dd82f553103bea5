import Backplane
import TestSupport
import Testing

/// A tensor's shape changed in place; the diagonal filled.
@Suite struct InPlaceViewTests {
  @Test(arguments: testDevices) func shapesChange(_ device: Device) {
    let x = Tensor([[1.0, 2, 3]], device: device)
    let same = x.squeeze_()
    #expect(same === x && x.shape == [3])
    x.unsqueeze_(1)
    #expect(x.shape == [3, 1] && x.toArray(Double.self) == [1, 2, 3])
    let m = Tensor([[1.0, 2], [3, 4], [5, 6]], device: device)
    m.t_()
    #expect(m.shape == [2, 3] && m.strides == [1, 2] && !m.isContiguous)
    #expect(m.toArray(Double.self) == [1, 3, 5, 2, 4, 6])
    m.transpose_(0, 1)
    #expect(m.isContiguous && (m * 2).toArray(Double.self) == [2, 4, 6, 8, 10, 12])
    #expect(Tensor([1.0, 2], device: device).expand(2, 2).t_().strides == [1, 0])
    #expect(Tensor.ones([1, 2], device: device).squeeze_(1).shape == [1, 2])
    #expect(errorKind { m.unsqueeze_(7) } == .index)
    #expect(m.shape == [3, 2])
  }

  @Test func theGraphGoesAlong() {
    let w = Tensor([[1.0, 2], [3, 4]], requiresGrad: true)
    let y = w * Tensor([[1.0, 10], [100, 1000]])
    y.t_()
    y.unsqueeze_(0)
    #expect(y.gradFn?.name == "UnsqueezeBackward0")
    (y * Tensor([[1.0, 2], [3, 4]])).sum().backward()
    #expect(w.grad!.toArray(Double.self) == [1, 30, 200, 4000])
  }

  @Test func aViewStaysAView() {
    let w = Tensor([1.0, 2, 3, 4], requiresGrad: true), y = w * 1
    let part = y[..<2]
    part.unsqueeze_(0)
    part.mul_(5)
    #expect(y.detach().toArray(Double.self) == [5, 10, 3, 4])
    y.sum().backward()
    #expect(w.grad!.toArray(Double.self) == [5, 5, 1, 1])
  }

  @Test func leavesAndDetaching() {
    let leaf = Tensor([[1.0, 2]], requiresGrad: true)
    #expect(
      errorMessage { leaf.squeeze_() } == "a leaf Variable that requires grad is being used in an in-place operation.")
    noGrad { _ = leaf.squeeze_() }
    #expect(leaf.shape == [2] && leaf.requiresGrad)
    let y = leaf * 2
    #expect(y.detach_() === y && !y.requiresGrad && y.gradFn == nil)
    #expect(errorMessage { Tensor.ones([2, 2])[0].detach_() }.hasPrefix("Can't detach views in-place."))
  }

  @Test func byName() throws {
    let x = Tensor.ones([1, 2])
    try call("squeeze_", [.tensor(x)])
    try call("unsqueeze_", [.tensor(x), -1])
    try call("transpose_", [.tensor(x), 0, 1])
    #expect(x.shape == [1, 2])
    try call("t_", [.tensor(x)])
    #expect(x.shape == [2, 1])
  }

  @Test(arguments: testDevices) func diagonals(_ device: Device) {
    let tall = Tensor.zeros([7, 3], device: device)
    #expect(tall.clone().fillDiagonal_(1).nonzero().toArray(Int.self) == [0, 0, 1, 1, 2, 2])
    #expect(
      tall.clone().fillDiagonal_(1, wrap: true).nonzero().toArray(Int.self) == [0, 0, 1, 1, 2, 2, 4, 0, 5, 1, 6, 2])
    #expect(Tensor.zeros([2, 5], device: device).fillDiagonal_(1, wrap: true).sum().item() == 2)
    #expect(Tensor.zeros([2, 2, 2], device: device).fillDiagonal_(3).toArray(Double.self) == [3, 0, 0, 0, 0, 0, 0, 3])
    #expect(Tensor.zeros([0, 0], device: device).fillDiagonal_(1).shape == [0, 0])
    #expect(errorMessage { tall[0].fillDiagonal_(1) } == "dimensions must larger than 1")
    #expect(
      errorMessage { Tensor.zeros([2, 3, 2], device: device).fillDiagonal_(1) }
        == "all dimensions of input must be of equal length")
    #expect(errorKind { Tensor.zeros([2, 2], dtype: .int8, device: device).fillDiagonal_(300) } == .value)
  }
}
