import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func data() throws {
    let table = try SpellingTable("Data")
    let data = TensorDataset(Tensor.arange(5), Tensor.arange(5))
    table.row("5") { data.count }
    table.row("(tensor(3), tensor(3))") { data[3] }
    table.row("(tensor(0), tensor(1), tensor(2), tensor(3), tensor(4))") { data.map { x, y in x } }
    table.row("3") { DataLoader(data, batchSize: 2).count }
    table.row("(tensor([0, 1]), tensor([2, 3]))") { DataLoader(data, batchSize: 2, dropLast: true).map { $0.0 } }
    table.row("3") { randomSplit(data, [3, 2])[0].count }
    table.row("2") { Subset(data, [0, 4]).count }
    table.matchesTheArticle()
  }
}
