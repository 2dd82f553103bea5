import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func modules() throws {
    let table = try SpellingTable("Modules")
    final class Affine: Module {
      @Parameter var weight: Tensor = Tensor.ones([3])
      @Buffer var runningMean: Tensor = Tensor.zeros([3])

      override func forward(_ x: Tensor) -> Tensor { x * weight + runningMean }
    }
    let affine = Affine()
    let net = Sequential(Linear(10, 20), ReLU(), Linear(20, 1))
    let x = Tensor([[1.0, 2, 3], [1, 2, 3]])
    table.row("tensor([[1., 2., 3.],\n        [1., 2., 3.]])") { affine(x).detach() }
    table.row("[4, 1]") { net(Tensor.ones([4, 10])).shape }
    table.row(
      "Sequential(\n  (0): Linear(in_features=10, out_features=20, bias=True)\n  (1): ReLU()\n  (2): Linear(in_features=20, out_features=1, bias=True)\n)"
    ) { net }
    table.row("[weight, running_mean]") { affine.stateDict().keys }
    try table.row("4", net.stateDict().count) { try net.load(net.stateDict()) }
    try table.row("[0.weight, 2.weight, 2.bias]") { try net.load(["0.bias": Tensor.ones([20])], strict: false).missing }
    table.row("241") { net.parameters().map(\.numel).reduce(0, +) }
    table.row("[0.weight, 0.bias, 2.weight, 2.bias]") { net.namedParameters().map(\.name) }
    table.row("[running_mean]") { affine.namedBuffers().map(\.name) }
    table.row("[0, 1, 2]") { net.namedChildren().map(\.name) }
    table.row("4") { net.modules().count }
    table.row("false") { net.eval().training }
    table.row("true") { net.train().training }
    table.row("false", net.parameters()[0].requiresGrad) { net.requiresGrad_(false) }
    table.row("true", net.parameters()[0].grad == nil) { net.zeroGrad() }
    table.row("false", net[1].training) { net.apply { $0.train(false) } }
    table.row("float64") { affine.to(.float64).weight.dtype }
    table.row("float16") { affine.half().weight.dtype }
    table.row("cpu") { affine.to("cpu").weight.device }
    table.row("Linear(in_features=10, out_features=20, bias=True)") { net[0] }
    table.row("2") { net[1...].count }
    table.row("4", net.count) { net.append(Tanh()) }
    table.row("false") { net.map { layer in layer.training }[0] }
    table.row("[b.weight, b.bias]") { Sequential(["a": Tanh(), "b": Linear(2, 2)]).stateDict().keys }
    table.row("3") { ModuleList((0..<3).map { _ in Linear(2, 2) }).count }
    table.row("[b, a]") { ModuleDict(["b": ReLU(), "a": Tanh()]).keys }
    table.row("[0, 1]") { ParameterList([Tensor.zeros([2]), Tensor.ones([1])]).stateDict().keys }
    table.row("[k]") { ParameterDict(["k": Tensor.ones([2])]).stateDict().keys }
    table.matchesTheArticle()
  }
}
