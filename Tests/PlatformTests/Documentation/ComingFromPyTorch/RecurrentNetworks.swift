import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func recurrentNetworks() throws {
    let table = try SpellingTable("Recurrent networks")
    let x = Tensor.ones([5, 3, 10])
    let h = Tensor.zeros([2, 3, 20])
    let a = Tensor([1.0, 2, 3])
    let b = Tensor([4.0])
    table.row("[5, 3, 20]") { RNN(10, 20, nonlinearity: .relu)(x).output.shape }
    table.row("[2, 3, 20]") { LSTM(10, 20, numLayers: 2)(x, (h, h)).state.h.shape }
    table.row("[5, 3, 40]") { LSTM(10, 20, batchFirst: true, bidirectional: true)(x).output.shape }
    table.row("[1, 3, 5]") { LSTM(10, 20, projSize: 5)(x).state.h.shape }
    table.row("[2, 3, 20]") { GRU(10, 20, numLayers: 2, dropout: 0.1)(x, h).state.shape }
    table.row("[80, 20]") { LSTM(10, 20)["weight_hh_l0"].shape }
    table.row("[3, 20]") { GRUCell(10, 20)(x[0], h[0]).shape }
    table.row("[3, 20]") { LSTMCell(10, 20)(x[0]).c.shape }
    table.row("tensor([[1., 2., 3.],\n        [4., 0., 0.]])") { padSequence([a, b], batchFirst: true) }
    table.row("tensor([1., 4., 2., 3.])") { packSequence([a, b]).data }
    table.row("[2, 1, 1]") { packSequence([a, b]).batchSizes }
    table.row("tensor([3, 1])") { padPackedSequence(packSequence([a, b])).lengths }
    table.row("[11, 20]") { GRU(10, 20)(packPaddedSequence(x, [5, 4, 2])).output.data.shape }
    table.matchesTheArticle()
  }
}
