import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func losses() throws {
    let table = try SpellingTable("Losses")
    let x = Tensor([[1.0, 2, 3], [1, 2, 3]])
    let y = Tensor([[0.0, 2, 5], [1, 1, 3]])
    let t = Tensor([2, 0])
    let p = Tensor([0.25, 0.5])
    let ends = Tensor([1.0, -1])
    table.row("tensor(1.4076)") { CrossEntropyLoss()(x, t) }
    table.row("tensor([0.5076, 2.3076])") { CrossEntropyLoss(reduction: .none, labelSmoothing: 0.1)(x, t) }
    table.row("tensor(0.4076)") { CrossEntropyLoss(weight: Tensor([1.0, 2, 3]), ignoreIndex: 0)(x, t) }
    table.row("tensor(1.4076)") { NLLLoss()(x.logSoftmax(1), t) }
    table.row("tensor(6.)") { MSELoss(reduction: .sum)(x, y) }
    table.row("tensor(0.6667)") { L1Loss()(x, y) }
    table.row("tensor(0.2500)") { SmoothL1Loss(beta: 2)(x, y) }
    table.row("tensor(0.2708)") { HuberLoss(delta: 0.5)(x, y) }
    table.row("tensor(1.0397)") { BCELoss()(p, Tensor.ones([2])) }
    table.row("tensor(1.0500)") { BCEWithLogitsLoss(posWeight: Tensor(2.0))(p, Tensor.ones([2])) }
    table.row("tensor(0.1504)") { KLDivLoss(reduction: .batchmean)(x.logSoftmax(1), y.softmax(1)) }
    table.row("tensor(4.8976)") { PoissonNLLLoss()(x, y) }
    table.row("tensor(0.5000)") { GaussianNLLLoss()(x, y, Tensor.ones([2, 3])) }
    table.row("tensor(1.3333)") { MarginRankingLoss(margin: 1)(x[0], y[0], Tensor.ones([3])) }
    table.row("tensor(0.3750)") { HingeEmbeddingLoss()(p, ends) }
    table.row("tensor(0.5120)") { CosineEmbeddingLoss()(x, y, ends) }
    table.row("tensor(0.)") { TripletMarginLoss(p: 1)(x, y, -x) }
    table.row("tensor(0.8333)") { MultiMarginLoss()(x, t) }
    table.row("tensor(0.7750)") { SoftMarginLoss()(p, ends) }
    table.row("tensor(0.5757)") { CTCLoss()(x.logSoftmax(1), t[..<1], [2], [1]) }
    table.matchesTheArticle()
  }
}
