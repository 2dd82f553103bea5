import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func transformers() throws {
    let table = try SpellingTable("Attention and Transformers")
    let x = Tensor.ones([5, 3, 16])
    let mask = Transformer.generateSquareSubsequentMask(5)
    table.row("tensor([[0., -inf],\n        [0., 0.]])") { Transformer.generateSquareSubsequentMask(2) }
    table.row("[5, 3, 16]") { MultiheadAttention(16, 4)(x, x, x).output.shape }
    table.row("[5, 3, 3]") { MultiheadAttention(16, 4, batchFirst: true)(x, x, x).weights!.shape }
    table.row("true") { MultiheadAttention(16, 4)(x, x, x, needWeights: false, attnMask: mask).weights == nil }
    table.row("[5, 3, 16]") { TransformerEncoderLayer(16, 4, dimFeedforward: 32, activation: .gelu)(x).shape }
    table.row("[5, 3, 16]") {
      TransformerEncoder(TransformerEncoderLayer(16, 4), 2)(x, mask: mask, isCausal: true).shape
    }
    table.row("[5, 3, 16]") { TransformerDecoderLayer(16, 4)(x, x).shape }
    table.row("[5, 3, 16]") { TransformerDecoder(TransformerDecoderLayer(16, 4), 1)(x, x, tgtMask: mask).shape }
    table.row("[5, 3, 16]") { Transformer(dModel: 16, nhead: 4, numEncoderLayers: 1, numDecoderLayers: 1)(x, x).shape }
    table.row("[5, 3, 16]") { F.scaledDotProductAttention(x, x, x, isCausal: true).shape }
    table.matchesTheArticle()
  }
}
