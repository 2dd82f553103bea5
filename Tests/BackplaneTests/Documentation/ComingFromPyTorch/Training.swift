import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func training() throws {
    let table = try SpellingTable("Optimizers, data and saving")
    let folder = try TemporaryFolder()
    let path = folder.path("w.safetensors")
    let w = Tensor([1.0, -2], requiresGrad: true)
    let optimizer = SGD([w], lr: 0.1, momentum: 0.9)
    let data = TensorDataset(Tensor.arange(5), Tensor.arange(5))
    table.row("tensor([ 2., -4.])", w.grad!) { (w ** 2).sum().backward() }
    table.row("tensor([ 0.8000, -1.6000])", w.detach()) { optimizer.step() }
    table.row("true", w.grad == nil) { optimizer.zeroGrad() }
    table.row("0.1") { Adam([w], lr: 0.1).parameterGroups[0].lr }
    table.row("0.01") { AdamW([w]).parameterGroups[0]["weight_decay"] }
    table.row("0.01", optimizer.parameterGroups[0].lr) { optimizer.parameterGroups[0].lr = 0.01 }
    table.row("5") { data.count }
    table.row("(tensor(3), tensor(3))") { data[3] }
    table.row("3") { DataLoader(data, batchSize: 2).count }
    table.row("(tensor([0, 1]), tensor([2, 3]))") { DataLoader(data, batchSize: 2, dropLast: true).map { $0.0 } }
    table.row("3") { randomSplit(data, [3, 2])[0].count }
    table.row("2") { Subset(data, [0, 4]).count }
    try table.row("[2]", w.shape) { try save(["w": w] as StateDict, to: path) }
    try table.row("tensor([ 0.8000, -1.6000])") { try load(path)["w"]! }
    table.matchesTheArticle()
  }
}
