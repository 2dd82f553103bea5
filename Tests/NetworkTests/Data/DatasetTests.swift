import Backplane
import TestSupport
import Testing

/// Datasets as sequences.
@Suite struct DatasetTests {
  private struct Noise: Dataset, Sequence {
    let count: Int
    subscript(position: Int) -> (Tensor, Tensor) {
      // Without the module's name this would be the sequence's iterator.
      let generator = Backplane.Generator(seed: UInt64(position))
      return (Tensor.rand([2], device: "cpu", generator: generator), Tensor(position, device: "cpu"))
    }
  }

  @Test func itemsComeInOrder() {
    var labels: [Int] = []
    for (x, y) in Noise(count: 4) {
      #expect(x.equal(Tensor.rand([2], device: "cpu", generator: Generator(seed: UInt64(labels.count)))))
      labels.append(y.item(Int.self))
    }
    #expect(labels == [0, 1, 2, 3])
    #expect(Array(Noise(count: 0)).isEmpty)
  }

  @Test func ofTensorsAndOfParts() {
    let data = TensorDataset(Tensor.arange(6, device: "cpu"), Tensor.arange(6, device: "cpu") * 10)
    #expect(data.map { x, y in x.item(Int.self) + y.item(Int.self) } == [0, 11, 22, 33, 44, 55])
    #expect(Subset(data, [4, 1]).map { $0.0.item(Int.self) } == [4, 1])
  }
}
