import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func initialization() throws {
    let table = try SpellingTable("Initialization and parametrizations")
    let w = Tensor.empty([2, 2])
    let layer = Linear(2, 2)
    let generator = Generator(seed: 1)
    table.row("tensor([[3., 3.],\n        [3., 3.]])") { Init.constant_(w, 3) }
    table.row("tensor([[0., 0.],\n        [0., 0.]])") { Init.zeros_(w) }
    table.row("tensor([[1., 1.],\n        [1., 1.]])") { Init.ones_(w) }
    table.row("tensor([[1., 0.],\n        [0., 1.]])") { Init.eye_(w) }
    table.row("tensor([[2., 2.],\n        [2., 2.]])") { Init.uniform_(w, 2, 2) }
    table.row("tensor(True)") { Init.normal_(w, std: 0.02).abs().max() .< 1 }
    table.row("tensor(True)") { Init.truncNormal_(w, std: 0.02).abs().max() .< 2 }
    table.row("[2, 2]") { Init.xavierUniform_(w, gain: Init.calculateGain(.tanh)).shape }
    table.row("[2, 2]") { Init.xavierNormal_(w).shape }
    table.row("[2, 2]") { Init.kaimingUniform_(w, nonlinearity: .relu).shape }
    table.row("[2, 2]") { Init.kaimingNormal_(w, mode: .fanOut, generator: generator).shape }
    table.row("tensor(1.)") { Linalg.det(Init.orthogonal_(w).mT.matmul(w)).round() }
    table.row("tensor([[[0., 1., 0.]]])") { Init.dirac_(Tensor.empty([1, 1, 3])) }
    table.row("tensor(2)") { (Init.sparse_(w, 0.5) .== 0).sum() }
    table.row("1.3867504905630728") { Init.calculateGain(.leakyRelu(negativeSlope: 0.2)) }
    table.row("[bias, parametrizations.weight.original0, parametrizations.weight.original1]") {
      weightNorm(Linear(2, 2)).stateDict().keys
    }
    table.row("[2, 2]") { spectralNorm(Linear(2, 2))(w).shape }
    table.row("true", isParametrized(layer, "weight")) { registerParametrization(layer, "weight", Tanh()) }
    table.row("false", isParametrized(layer)) { removeParametrizations(layer, "weight") }
    table.row("[6]") { parametersToVector(layer.parameters()).shape }
    table.row("tensor([0., 0.])", layer.bias!.detach()) { vectorToParameters(Tensor.zeros([6]), layer.parameters()) }
    table.matchesTheArticle()
  }
}
