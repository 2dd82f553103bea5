import Backplane
import TestSupport
import Testing

@Suite struct IndexingTests {
  private func m(_ device: Device) -> Tensor {
    Tensor(
      [
        [
          [-0.2931, 0.3556, 0.1265], [-0.7482, 0.7546, -0.0431], [-0.5188, -0.4156, -0.7711],
          [-0.5749, 0.6171, -0.1143],
        ],
        [
          [-0.7909, 0.7910, 1.2354], [0.8929, 0.0314, -0.9323], [-0.1592, -0.4843, -1.3688],
          [-0.4190, 0.1871, -0.5563],
        ],
        [
          [-2.9618, 0.2468, -2.4102], [1.1263, -1.2707, -0.3365], [-1.9910, -0.2110, 0.9869],
          [-0.9021, -1.0371, -0.7485],
        ],
      ], device: device)
  }

  @Test(arguments: testDevices) func numbersAndSlicesGiveViews(_ device: Device) {
    let m = m(device)
    #expect(m[0, 1, 0].cpu().description == "tensor(-0.7482)")
    #expect(m[.all, 1, 0].toArray(Float.self) == [-0.7482, 0.8929, 1.1263])
    #expect(m[0..., 1, 0].toArray(Float.self) == [-0.7482, 0.8929, 1.1263])
    #expect(m[0, 0..., -1].toArray(Float.self) == [0.1265, -0.0431, -0.7711, -0.1143])
    #expect(m[..., -1].toArray(Float.self) == m[.all, .all, -1].toArray(Float.self))
    #expect(m[1, ..., -1].toArray(Float.self) == [1.2354, -0.9323, -1.3688, -0.5563])
    #expect(m[0, 2 ..< -1].shape == [1, 3])
    #expect(m[.stride(by: 2)].shape == [2, 4, 3])
    #expect(m[.newAxis, 0].shape == [1, 4, 3])
    #expect(m[1].sharesStorage(with: m))
    let matrix = Tensor.arange(12, device: device).view(3, 4)
    #expect(matrix[1..., 1...].storageOffset == 5)
    #expect(matrix[1..., 1...].strides == [4, 1])
    #expect(matrix[5..<9].shape == [0, 4])
  }

  @Test(arguments: testDevices) func tensorsOfPositionsAndMasksGiveCopies(_ device: Device) {
    let a = Tensor.arange(12, device: device).view(3, 4)
    #expect(a[a .> 8].toArray(Int.self) == [9, 10, 11])
    #expect(a[[0, -1]].toArray(Int.self) == [0, 1, 2, 3, 8, 9, 10, 11])
    #expect(a[[0, 2], [1, 3]].toArray(Int.self) == [1, 11])
    #expect(a[.all, [0, 0]].shape == [3, 2])
    let b = Tensor.arange(24, device: device).view(2, 3, 4)
    // Neighbours stay in place; separated ones go to the front.
    #expect(b[.all, [0, 1], [1, 2]].shape == [2, 2])
    #expect(b[[0, 1], .all, [1, 2]].shape == [2, 3])
    #expect(b[.all, Tensor([[0, 1], [2, 0]], device: device)].shape == [2, 2, 2, 4])
    #expect(!a[[0]].sharesStorage(with: a))
  }

  @Test(arguments: testDevices) func allFormsCanBeAssigned(_ device: Device) {
    let a = Tensor.zeros([3, 4], dtype: .int64, device: device)
    a[0] = Tensor(7, device: device)
    a[1, 1..<3] = Tensor([8, 9], device: device)
    a[[2, 2], [0, 3]] = Tensor([5, 6], device: device)
    #expect(a.toArray(Int.self) == [7, 7, 7, 7, 0, 8, 9, 0, 5, 0, 0, 6])
    a[a .== 7] = Tensor(-1, device: device)
    #expect(a[0].toArray(Int.self) == [-1, -1, -1, -1])
    a.indexPut_([[1, 1]], Tensor(1, device: device), accumulate: true)
    #expect(a[1].toArray(Int.self) == [2, 10, 11, 2])
  }

  @Test(arguments: testDevices) func assignmentIsDifferentiable(_ device: Device) {
    let x = Tensor([1.0, 2, 3], device: device, requiresGrad: true)
    let v = Tensor([10.0], device: device, requiresGrad: true)
    let y = x * 2
    y[0..<1] = v
    (y * y).sum().backward()
    #expect(x.grad!.toArray(Double.self) == [0, 16, 24])
    #expect(v.grad!.toArray(Double.self) == [20])
  }

  @Test(arguments: testDevices) func repeatedPositionsAddTheirGradients(_ device: Device) {
    let x = Tensor([1.0, 2, 3], device: device, requiresGrad: true)
    x[[0, 0, 1]].sum().backward()
    #expect(x.grad!.toArray(Double.self) == [2, 1, 0])
  }

  @Test func misuseIsNamed() {
    let a = Tensor.arange(6).view(2, 3)
    #expect(errorMessage { _ = a[5] } == "index 5 is out of bounds for dimension 0 with size 2")
    #expect(errorMessage { _ = a[0, 3] } == "index 3 is out of bounds for dimension 1 with size 3")
    #expect(errorMessage { _ = a[0, 0, 0] } == "too many indices for tensor of dimension 2")
    #expect(errorMessage { _ = a[[0, 2]] } == "index 2 is out of bounds for dimension 0 with size 2")
    #expect(errorMessage { _ = a[Tensor([true, false, true])] }.hasPrefix("The shape of the mask [3]"))
    #expect(errorMessage { _ = a[Tensor([0.5])] }.contains("must be long, int, byte or bool"))
    #expect(errorMessage { a[0] = Tensor([1, 2]) }.contains("must match"))
  }
}
