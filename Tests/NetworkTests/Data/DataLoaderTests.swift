import Backplane
import TestSupport
import Testing

private struct Squares: Dataset {
  let count = 10
  subscript(position: Int) -> (Tensor, Tensor) {
    (Tensor([Float(position)], device: "reference"), Tensor(position * position, device: "reference"))
  }
}

private struct Words: Dataset {
  let words = ["a", "bc", "def"]
  var count: Int { words.count }
  subscript(position: Int) -> String { words[position] }
  func batch(_ positions: [Int]) -> [String] { positions.map { self[$0] } }
}

@Suite struct DataLoaderTests {
  private func numbers(_ count: Int, _ device: Device = "reference") -> TensorDataset<(Tensor, Tensor)> {
    TensorDataset(
      Tensor.arange(2 * count, device: device).reshape(count, 2).to(.float32),
      Tensor.arange(count, device: device))
  }

  @Test(arguments: testDevices) func batchesInOrder(_ device: Device) {
    let loader = DataLoader(numbers(5, device), batchSize: 2)
    #expect(loader.count == 3)
    var labels: [[Int]] = []
    for (x, y) in loader {
      #expect(x.device == device && x.shape == [y.numel, 2])
      #expect(x.select(1, 0).toArray(Int.self) == y.toArray(Int.self).map { 2 * $0 })
      labels.append(y.toArray())
    }
    #expect(labels == [[0, 1], [2, 3], [4]])
    let dropping = DataLoader(numbers(5, device), batchSize: 2, dropLast: true)
    #expect(dropping.count == 2 && dropping.map { $0.1.numel } == [2, 2])
    #expect(DataLoader(numbers(2, device)).map { $0.1.toArray(Int.self) } == [[0], [1]])
  }

  @Test func shufflesAnewEachPassAndByTheSeed() {
    func passes(_ seed: UInt64) -> [[Int]] {
      let loader = DataLoader(numbers(50), batchSize: 7, shuffle: true, generator: Generator(seed: seed))
      return (0..<2).map { _ in loader.flatMap { $0.1.toArray(Int.self) } }
    }
    let first = passes(1)
    #expect(first[0] != first[1] && first[0] != Array(0..<50))
    #expect(first.allSatisfy { $0.sorted() == Array(0..<50) })
    #expect(passes(1) == first && passes(2) != first)
  }

  @Test func itemsOfOneBatchBelongTogether() {
    for (x, y) in DataLoader(numbers(20), batchSize: 6, shuffle: true, generator: Generator(seed: 4)) {
      #expect(x.select(1, 1).toArray(Int.self) == y.toArray(Int.self).map { 2 * $0 + 1 })
    }
  }

  @Test func collation() {
    let squares = DataLoader(Squares(), batchSize: 4)
    #expect(squares.map { $0.0.shape } == [[4, 1], [4, 1], [2, 1]])
    #expect(squares.map { $0.1.toArray(Int.self) } == [[0, 1, 4, 9], [16, 25, 36, 49], [64, 81]])
    #expect(Array(DataLoader(Words(), batchSize: 2)) == [["a", "bc"], ["def"]])
    let lengths = DataLoader(Words(), batchSize: 2) { (words: [String]) in words.map(\.count) }
    #expect(Array(lengths) == [[1, 2], [3]])
    let single = TensorDataset(Tensor([[1.0], [2]], device: "reference"))
    #expect(single[1].toArray(Float.self) == [2])
    let many = TensorDataset([single.tensors[0], single.tensors[0]])
    #expect(many[0].count == 2 && many.batch([1, 0])[1].toArray(Float.self) == [2, 1])
  }

  @Test func subsets() {
    let data = numbers(10)
    let subset = Subset(data, [7, 3])
    #expect(subset.count == 2 && subset[1].1.item() == 3)
    #expect(DataLoader(subset, batchSize: 2).map { $0.1.toArray(Int.self) } == [[7, 3]])
    let parts = randomSplit(data, [7, 3], generator: Generator(seed: 1))
    #expect(parts.map(\.count) == [7, 3])
    #expect((parts[0].indices + parts[1].indices).sorted() == Array(0..<10))
    #expect(randomSplit(data, [7, 3], generator: Generator(seed: 1))[0].indices == parts[0].indices)
    #expect(
      errorMessage { _ = randomSplit(data, [7, 2]) }
        == "Sum of input lengths does not equal the length of the input dataset! [7, 2] of 10")
  }

  @Test func nothingToLoad() {
    let empty = TensorDataset(Tensor.zeros([0, 2], device: "reference"))
    #expect(DataLoader(empty, batchSize: 3, shuffle: true).map { $0 }.isEmpty)
    #expect(DataLoader(Subset(numbers(3), []), batchSize: 3).count == 0)
  }

  /// As many items as there are integers.
  private struct Endless: Dataset {
    var count = Int.max
    subscript(position: Int) -> Tensor { Tensor(position) }
  }

  @Test func lengthsThatNoMemoryHolds() {
    let x = TensorDataset(Tensor.arange(3))
    #expect(DataLoader(x, batchSize: .max).map { $0.toArray(Int.self) } == [[0, 1, 2]])
    #expect(DataLoader(Endless(), batchSize: 2).prefix(2).map { $0.toArray(Int.self) } == [[0, 1], [2, 3]])
    for loader in [DataLoader(Endless(), shuffle: true), DataLoader(Endless(), batchSize: .max)] {
      #expect(errorKind { for _ in loader { break } } == .outOfMemory)
    }
    #expect(errorKind { for _ in DataLoader(Endless(count: -1)) { break } } == .value)
    #expect(errorMessage { _ = randomSplit(x, [.max, 1]) }.hasPrefix("Sum of input lengths does not equal"))
    #expect(errorKind { _ = randomSplit(Endless(), [.max]) } == .outOfMemory)
  }

  @Test func misuse() {
    let x = Tensor.zeros([2, 1], device: "reference")
    #expect(
      errorMessage { _ = DataLoader(TensorDataset(x), batchSize: 0) }
        == "batch_size should be a positive integer value, but got batch_size=0")
    #expect(
      errorMessage { _ = TensorDataset(x, Tensor.zeros([3], device: "reference")) }.hasPrefix("Size mismatch")
    )
    #expect(errorKind { _ = TensorDataset(x, Tensor(1.0, device: "reference")) } == .shape)
    #expect(errorKind { _ = TensorDataset([]) } == .value)
    #expect(errorKind { _ = TensorDataset(x)[2] } == .index)
    #expect(errorKind { _ = TensorDataset(x).batch([0, 2]) } != nil)
  }
}
