import Backplane
import TestSupport
import Testing

@Suite struct ViewTests {
  @Test(arguments: testDevices) func viewsShareStorage(_ device: Device) {
    let points = Tensor([[1, 4], [2, 1], [3, 5]], device: device)
    let t = points.t()
    #expect(t.toArray(Int.self) == [1, 2, 3, 4, 1, 5])
    #expect(t.strides == [1, 2])
    #expect(!t.isContiguous)
    #expect(t.sharesStorage(with: points))
    let dense = t.contiguous()
    #expect(dense.strides == [3, 1])
    #expect(!dense.sharesStorage(with: points))
    points.view(6)[0] = Tensor(9, device: device)
    #expect(t[0, 0].item(Int.self) == 9)
  }

  @Test(arguments: testDevices) func shapes(_ device: Device) {
    let x = Tensor.arange(24, device: device).view(2, 3, 4)
    #expect(x.reshape(-1, 6).shape == [4, 6])
    #expect(x.flatten(1).shape == [2, 12])
    #expect(x.permute(2, 0, 1).shape == [4, 2, 3])
    #expect(x.permute(2, 0, 1)[1].toArray(Int.self) == [1, 5, 9, 13, 17, 21])
    #expect(x.transpose(0, -1).reshape(24).toArray(Int.self)[1] == 12)
    #expect(x.unsqueeze(-1).squeeze(-1).shape == [2, 3, 4])
    #expect(x.squeeze(0).shape == [2, 3, 4])
    #expect(x.narrow(2, 1, 2).shape == [2, 3, 2])
    #expect(Tensor([[1], [2]], device: device).expand(2, 3).toArray(Int.self) == [1, 1, 1, 2, 2, 2])
    #expect(x.permute(0, 2, 1).view(2, 2, 2, 3).shape == [2, 2, 2, 3])
    #expect(x.T.shape == [4, 3, 2])
  }

  @Test(arguments: testDevices) func joiningAndSplitting(_ device: Device) {
    let a = Tensor([[1, 2]], device: device)
    let b = Tensor([[3.5, 4.5]], device: device)
    #expect(cat([a, b]).toArray(Double.self) == [1, 2, 3.5, 4.5])
    #expect(cat([a, a], dim: 1).shape == [1, 4])
    #expect(stack([a, a], dim: -1).shape == [1, 2, 2])
    let x = Tensor.arange(5, device: device)
    #expect(x.chunk(4).map { $0.numel } == [2, 2, 1])
    #expect(x.split(2).map { $0.numel } == [2, 2, 1])
    #expect(x.split([1, 4]).map { $0.numel } == [1, 4])
  }

  @Test func misuseIsNamed() {
    let x = Tensor.arange(6).view(2, 3)
    #expect(errorMessage { _ = x.view(4, 2) } == "shape '[4, 2]' is invalid for input of size 6")
    #expect(errorMessage { _ = x.t().view(6) }.hasPrefix("view size is not compatible"))
    #expect(errorMessage { _ = x.expand(2, 4) }.contains("must match the existing size (3)"))
    #expect(
      errorMessage { _ = x.transpose(0, 2) }.hasPrefix(
        "Dimension out of range (expected to be in range of [-2, 1], but got 2)"))
    #expect(errorMessage { _ = x.split([1, 2, 3]) }.contains("sum exactly to 2"))
    #expect(errorMessage { _ = cat([x, Tensor.arange(4).view(2, 2)]) }.contains("Sizes of tensors must match"))
    #expect(errorMessage { _ = x.expand(3, 2, 3).fill_(0) }.contains("single memory location"))
  }
}
