import Backplane
import TestSupport
import Testing

/// Reading and writing by positions and masks. Expected numbers are PyTorch's.
@Suite struct IndexedMovementTests {
  private func m(_ device: Device) -> Tensor { Tensor([[0, 1, 2], [3, 4, 5]], device: device) }

  @Test(arguments: testDevices) func reading(_ device: Device) {
    let m = m(device)
    func index(_ values: [Int]) -> Tensor { Tensor(values, device: device) }
    #expect(m.take(index([0, -1])).toArray(Int.self) == [0, 5])
    #expect(m.takeAlongDim(m.flip(1) % 3, dim: 1).toArray(Int.self) == [2, 1, 0, 5, 4, 3])
    #expect(m.nonzero().toArray(Int.self) == [0, 1, 0, 2, 1, 0, 1, 1, 1, 2])
    #expect(m.nonzeroTuple().map { $0.toArray(Int.self) } == [[0, 0, 1, 1, 1], [1, 2, 0, 1, 2]])
    #expect(Tensor(3, device: device).nonzero().shape == [1, 0])
    #expect(Tensor.zeros([0, 4], device: device).argwhere().shape == [0, 2])
    #expect(m.maskedSelect(m .> 2).toArray(Int.self) == [3, 4, 5])
    #expect(m.maskedSelect(Tensor([true, false, true], device: device)).toArray(Int.self) == [0, 2, 3, 5])
    #expect(`where`(m .== 4).map { $0.toArray(Int.self) } == [[1], [1]])
  }

  @Test(arguments: testDevices) func subscripts(_ device: Device) {
    let x = Tensor.arange(24, device: device).view(2, 3, 4)
    #expect(x[.all, [0, 1], [2, 3]].shape == [2, 2])
    #expect(x[[0, 1], .all, [2, 3]].toArray(Int.self) == [2, 6, 10, 15, 19, 23])
    #expect(x[.all, [-1]].toArray(Int.self) == [8, 9, 10, 11, 20, 21, 22, 23])
    #expect(x[Tensor([[0], [1]], device: device), [0, 2]].shape == [2, 2, 4])
    #expect(x[.all, Tensor([true, false, true], device: device), 1].toArray(Int.self) == [1, 9, 13, 21])
    #expect(x[x .> 20].toArray(Int.self) == [21, 22, 23])
    #expect(x[Tensor([[true, false, false], [false, false, true]], device: device), 0].toArray(Int.self) == [0, 20])
    #expect(x[true].shape == [1, 2, 3, 4])
    #expect(x[false].shape == [0, 2, 3, 4])
  }

  @Test(arguments: testDevices) func assignment(_ device: Device) {
    let m = m(device)
    m[m .> 3] = Tensor(9, device: device)
    #expect(m.toArray(Int.self) == [0, 1, 2, 3, 9, 9])
    m[.all, [0, 2]] = Tensor([[7, 8]], device: device)
    #expect(m.toArray(Int.self) == [7, 1, 8, 7, 9, 8])
    m[0] += 1
    #expect(m.toArray(Int.self) == [8, 2, 9, 7, 9, 8])
    m[[1, 1]] += 1
    #expect(m.toArray(Int.self) == [8, 2, 9, 8, 10, 9])
    m.indexPut_([[0, 0], [1, 1]], Tensor(5, device: device), accumulate: true)
    #expect(m.toArray(Int.self) == [8, 12, 9, 8, 10, 9])
    // The named dimensions do not lie side by side in memory, and the value is what is written over.
    let x = Tensor.arange(8, device: device).view(2, 2, 2)
    x[[0, 1], .all, [0, 1]] = x[[1, 0], .all, [1, 0]]
    #expect(x.toArray(Int.self) == [5, 1, 7, 3, 4, 0, 6, 2])
    let y = Tensor.arange(3, device: device)
    y[[1, 2, 0]] = y
    #expect(y.toArray(Int.self) == [2, 0, 1])
  }

  @Test(arguments: testDevices) func writing(_ device: Device) {
    let m = m(device)
    let rows = Tensor([1, 1], device: device)
    let source = Tensor([[10, 20, 30], [1, 2, 3]], device: device)
    #expect(m.indexAdd(0, rows, source, alpha: 2).toArray(Int.self) == [0, 1, 2, 25, 48, 71])
    #expect(m.indexCopy(0, Tensor([1, 0], device: device), source).toArray(Int.self) == [1, 2, 3, 10, 20, 30])
    #expect(m.indexFill(1, Tensor([-1], device: device), 7).toArray(Int.self) == [0, 1, 7, 3, 4, 7])
    #expect(m.put(rows, Tensor([5, 6], device: device), accumulate: true).toArray(Int.self) == [0, 12, 2, 3, 4, 5])
    #expect(m.maskedScatter(m .> 3, source).toArray(Int.self) == [0, 1, 2, 3, 10, 20])
    #expect(m.clone().scatter_(1, Tensor([[2], [0]], device: device), 9).toArray(Int.self) == [0, 1, 9, 9, 4, 5])
  }

  private static let reductions: [(ScatterReduction, Bool, [Double])] = [
    (.sum, true, [6.0, 2, 15]), (.sum, false, [5, 2, 12]), (.prod, true, [6, 2, 105]), (.mean, true, [2, 2, 5]),
    (.mean, false, [2.5, 2, 6]), (.amax, true, [3, 2, 7]), (.amin, true, [1, 2, 3]), (.amin, false, [2, 2, 5]),
  ]

  @Test(
    arguments: testDevices, reductions)
  func scatterReduction(_ device: Device, _ example: (ScatterReduction, Bool, [Double])) {
    let x = Tensor([1.0, 2, 3], device: device)
    let index = Tensor([0, 0, 2, 2], device: device), source = Tensor([2.0, 3, 5, 7], device: device)
    let y = x.scatterReduce(0, index, source, reduce: example.0, includeSelf: example.1)
    #expect(y.toArray(Double.self) == example.2)
  }

  @Test(arguments: testDevices) func gradients(_ device: Device) throws {
    let index = Tensor([0, 0, 2], device: device)
    func doubles(_ values: [Double], _ shape: [Int]) -> Tensor {
      Tensor(values, shape: shape, dtype: .float64, device: device).requiresGrad_()
    }
    let x = doubles([1.5, -2, 3, 0.5, 4, -1], [2, 3]), s = doubles([0.3, 0.7, -1.2, 2.5, -3, 0.9], [2, 3])
    let rows = Tensor([1, 1], device: device)
    let columns = index.expand(2, 3)
    for reduction in [ScatterReduction.sum, .prod, .mean, .amax, .amin] {
      for includesSelf in [true, false] {
        try gradcheck(
          { $0[0].scatterReduce(1, columns, $0[1], reduce: reduction, includeSelf: includesSelf) }, [x, s])
      }
    }
    try gradcheck({ $0[0].indexAdd(0, rows, $0[1], alpha: 0.5) }, [x, s])
    try gradcheck({ $0[0].take(index) * $0[1].maskedSelect(rows.view(2, 1) .== 1).sum() }, [x, s])
    try gradcheck({ $0[0].maskedScatter($0[0].detach() .> 0, $0[1]) }, [x, s])
    try gradcheck({ $0[0][rows, [0, 2]] * $0[1][[0, 1], [1, 1]] }, [x, s])
  }

  @Test(arguments: testDevices) func misuseIsNamed(_ device: Device) {
    let m = Tensor.ones([2, 2], device: device)
    func index(_ values: Int...) -> Tensor { Tensor(values, device: device) }
    let outOfBounds = "index 5 is out of bounds for dimension 0 with size 2"
    #expect(
      errorMessage { _ = m[Tensor([true, false, true], device: device)] }
        == "The shape of the mask [3] at index 0 does not match the shape of the indexed tensor [2, 2] at index 0")
    #expect(errorMessage { _ = m[index(5)] } == outOfBounds)
    #expect(errorMessage { _ = m[index(-3)] } == "index -3 is out of bounds for dimension 0 with size 2")
    #expect(errorMessage { _ = m.gather(0, index(5).view(1, 1)) } == outOfBounds)
    #expect(errorMessage { _ = m.indexSelect(0, index(5)) } == "index out of range in self")
    #expect(errorMessage { _ = m.indexAdd(0, index(5), Tensor.ones([1, 2], device: device)) } == outOfBounds)
    #expect(
      errorMessage { _ = m.indexCopy(0, index(5), Tensor.ones([1, 2], device: device)) }
        == "index_copy_(): \(outOfBounds)")
    #expect(errorMessage { _ = m.indexFill(0, index(5), 1) } == outOfBounds)
    #expect(
      errorMessage { _ = m.take(index(5)) } == "out of range: tried to access index 5 on a tensor of 4 elements.")
    #expect(
      errorMessage { m[index(0, 1)] = Tensor.ones([3], device: device) }
        == "shape mismatch: value tensor of shape [3] cannot be broadcast to indexing result of shape [2, 2]")
    #expect(
      errorMessage { _ = m[index(0, 1), index(0, 1, 0)] }
        == "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]")
    #expect(errorMessage { _ = m[0, 0, 0] } == "too many indices for tensor of dimension 2")
    #expect(errorMessage { _ = m[m] } == "tensors used as indices must be long, int, byte or bool tensors")
    #expect(
      errorMessage { _ = m.maskedScatter(m .> 0, Tensor.ones([2], device: device)) }
        == "Number of elements of source < number of ones in mask")
    #expect(m.toArray(Double.self) == [1, 1, 1, 1])
  }
}
