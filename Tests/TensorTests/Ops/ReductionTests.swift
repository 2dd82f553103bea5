import Backplane
import TestSupport
import Testing

@Suite struct ReductionTests {
  @Test(arguments: testDevices) func values(_ device: Device) {
    let x = Tensor([[1.0, 5, 3], [4, 2, 6]], device: device)
    #expect(x.sum().item() == 21)
    #expect(x.sum(0).toArray(Double.self) == [5, 7, 9])
    #expect(x.sum([0, 1], keepDim: true).shape == [1, 1])
    #expect(x.mean(1, keepDim: true).toArray(Double.self) == [3, 4])
    #expect(x.prod(1).toArray(Double.self) == [15, 48])
    #expect(x.max().item() == 6)
    let (values, indices) = x.max(1)
    #expect(values.toArray(Double.self) == [5, 6])
    #expect(indices.toArray(Int.self) == [1, 2])
    #expect(x.argmax().item(Int.self) == 5)
    #expect(x.argmin(0).toArray(Int.self) == [0, 1, 0])
    #expect(x.amin([1]).toArray(Double.self) == [1, 2])
    #expect((x .> 1).all(1).toArray(Bool.self) == [false, true])
    #expect((x .> 5).any().item(Bool.self))
    #expect(abs(Tensor([1.0, 2, 3, 4], device: device).std().item() - 1.2909944) < 1e-6)
    #expect(abs(Tensor([1.0, 2, 3, 4], device: device).var(correction: 0).item() - 1.25) < 1e-6)
    #expect(x.t().sum(1).toArray(Double.self) == [5, 7, 9])
    #expect(Tensor.zeros([0, 3], device: device).sum(0).toArray(Double.self) == [0, 0, 0])
    #expect(Tensor([true, true], device: device).sum().item(Int.self) == 2)
  }

  @Test(arguments: testDevices) func softmaxAndProducts(_ device: Device) {
    let x = Tensor([[1.0, 2, 3], [1000, 1000, 1000]], device: device)
    #expect(
      areClose(x.softmax(1).toArray(), [0.09003057, 0.24472848, 0.66524094] + [Double](repeating: 1.0 / 3.0, count: 3)))
    #expect(areClose(x.logSoftmax(-1)[0].toArray(), [-2.407606, -1.407606, -0.407606]))
    let a = Tensor([[1.0, 2], [3, 4]], device: device)
    let b = Tensor([[5.0, 6], [7, 8]], device: device)
    #expect(a.matmul(b).toArray(Double.self) == [19, 22, 43, 50])
    #expect(a.t().mm(b).toArray(Double.self) == [26, 30, 38, 44])
    #expect(a.mv(Tensor([1.0, 1], device: device)).toArray(Double.self) == [3, 7])
    #expect(a.matmul(stack([b, b])).shape == [2, 2, 2])
    #expect(stack([a, a]).matmul(b)[1].toArray(Double.self) == [19, 22, 43, 50])
    #expect(a[0].dot(b[0]).item() == 17)
    #expect(a.long().matmul(b.long()).toArray(Int.self) == [19, 22, 43, 50])
    #expect(
      Tensor.zeros([2, 0], device: device).matmul(Tensor.zeros([0, 3], device: device)).toArray(Double.self) == [
        0, 0, 0, 0, 0, 0,
      ])
  }

  @Test(arguments: testDevices) func gatherAndScatter(_ device: Device) {
    let x = Tensor([[1.0, 2], [3, 4]], device: device)
    let index = Tensor([[0, 0], [1, 0]], device: device)
    #expect(x.gather(1, index).toArray(Double.self) == [1, 1, 4, 3])
    #expect(x.indexSelect(0, Tensor([1, 1], device: device)).toArray(Double.self) == [3, 4, 3, 4])
    let zeros = Tensor.zeros([2, 2], device: device)
    #expect(zeros.scatter(1, Tensor([[1], [0]], device: device), x).toArray(Double.self) == [0, 1, 3, 0])
    #expect(zeros.scatterAdd(0, index, x).toArray(Double.self) == [1, 6, 3, 0])
    #expect(errorMessage { _ = x.gather(1, Tensor([[2]], device: device)) }.contains("2"))
  }

  @Test func misuseIsNamed() {
    #expect(
      errorMessage { _ = Tensor([1, 2]).mean() }.contains(
        "Input dtype must be either a floating point or complex dtype. Got: Long"))
    #expect(errorMessage { _ = Tensor.zeros([0]).max() }.contains("Expected reduction dim"))
    #expect(errorMessage { _ = Tensor.zeros([2]).sum(1) }.hasPrefix("Dimension out of range"))
    #expect(
      errorMessage { _ = Tensor.zeros([2, 3]).matmul(Tensor.zeros([2, 3])) }
        == "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")
    #expect(errorMessage { _ = Tensor([1]).matmul(Tensor([1.0])) }.contains("same dtype"))
  }
}
