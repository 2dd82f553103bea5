import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func autograd() throws {
    let table = try SpellingTable("Autograd")
    let x = Tensor([2.0, 3], requiresGrad: true)
    let y = (x ** 2).sum()
    var z = x * 2
    table.row("true") { x.requiresGrad }
    table.row("true") { x.isLeaf }
    table.row("SumBackward0") { y.gradFn!.name }
    table.row("tensor(13., grad_fn=<SumBackward0>)") { y }
    table.row("tensor([4., 6.])", x.grad!) { y.backward(retainGraph: true) }
    table.row("tensor([ 8., 12.])", x.grad!) { y.backward() }
    table.row("true", x.requiresGrad) { x.grad = nil }
    table.row("tensor([12., 27.])") { grad((x ** 3).sum(), x) }
    table.row("tensor([4., 6.])") { grad([(x * x).sum()], [x])[0]! }
    table.row("tensor([2., 3.])") { x.detach() }
    table.row("false", z.isLeaf) { z.retainGrad() }
    table.row("[2]", z.shape) { z.registerHook { $0 * 10 } }
    table.row("tensor([20., 20.])", x.grad!) { z.sum().backward() }
    table.row("tensor([23., 20.])", x.grad!) { (x * 3).backward(gradient: Tensor([1.0, 0])) }
    table.row("tensor([4., 6.])", z) { z = noGrad { x * 2 } }
    table.row("false", z.requiresGrad) { z = inferenceMode { x * 2 } }
    table.row("true") { isGradEnabled }
    try table.row("true", x.isLeaf) { try gradcheck({ $0[0].exp().sum() }, [x.detach().double().requiresGrad_()]) }
    table.row("tensor([1.], requires_grad=True)") { Tensor([1.0]).requiresGrad_() }
    table.matchesTheArticle()
  }
}
