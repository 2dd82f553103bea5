import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func autogradFunctions() throws {
    let table = try SpellingTable("Custom functions, hooks and functional transforms")
    struct Square: CustomFunction {
      func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
        context.saveForBackward(inputs[0])
        return [inputs[0] * inputs[0]]
      }

      func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
        [gradOutputs[0]! * 2 * context.savedTensors[0]]
      }
    }
    let x = Tensor([2.0, 3], requiresGrad: true)
    let v = Tensor([1.0, 2])
    let m = Tensor([[3.0, 4], [6, 8]])
    let layer = Linear(2, 2, bias: false)
    let net = Sequential(Linear(2, 4), ReLU(), Linear(4, 1))
    Init.eye_(layer.weight)
    table.row("tensor([4., 9.], grad_fn=<SquareBackward>)") { Square().apply(x) }
    table.row("tensor([4., 6.])", x.grad!) { Square().apply(x).sum().backward() }
    table.row("[2]", x.shape) { x.registerHook { $0 * 10 }.remove() }
    table.row("[2]", x.shape) { x.registerPostAccumulateGradHook { $0.grad!.zero_() }.remove() }
    table.row("[2]", x.shape) { (x * 2).gradFn!.registerHook { inputs, outputs in nil } }
    table.row("tensor([2., 3.])", layer(v).detach()) {
      layer.registerForwardPreHook { module, inputs in [inputs[0] + 1] }
    }
    table.row("tensor([4., 6.])", layer(v).detach()) {
      layer.registerForwardHook { module, inputs, outputs in [outputs[0] * 2] }
    }
    table.row("tensor([0., 0.])", grad(layer(x).sum(), x)) {
      layer.registerFullBackwardHook { module, inputs, outputs in [inputs[0]! * 0] }
    }
    table.row("tensor(5., grad_fn=<SumBackward0>)") { checkpoint(x) { $0.exp().log().sum() } }
    table.row("[1]") { checkpointSequential(net, 2, x).shape }
    table.row("tensor([5., 7.])", x.grad!) { detectAnomaly { x.sum().backward() } }
    table.row("tensor([2., 8.])") { vjp({ $0 ** 2 }, v, v).vjp }
    table.row("tensor([2., 8.])") { jvp({ $0 ** 2 }, v, v).jvp }
    table.row("tensor([[2., 0.],\n        [0., 4.]])") { jacobian({ $0 ** 2 }, v) }
    table.row("tensor([[ 6.,  0.],\n        [ 0., 12.]])") { hessian({ ($0 ** 3).sum() }, v) }
    table.row("tensor([ 6., 24.])") { hvp({ ($0 ** 3).sum() }, v, v).hvp }
    table.row("tensor([ 6., 24.])") { vhp({ ($0 ** 3).sum() }, v, v).vhp }
    table.row("tensor([ 3., 12.])") { grad { (x: Tensor) in (x ** 3).sum() }(v) }
    table.row("(tensor([ 3., 12.]), tensor(9.))") { gradAndValue { (x: Tensor) in (x ** 3).sum() }(v) }
    table.row("tensor([ 5., 10.])") { vmap { (row: Tensor) in row.norm() }(m) }
    table.row("tensor([ 25., 100.])") { vmap { (a: Tensor, b: Tensor) in a.dot(b) }(m, m) }
    table.row("tensor([[ 3.,  8.],\n        [ 6., 16.]])") {
      vmap({ (a: Tensor, b: Tensor) in a * b }, inDims: (0, nil))(m, v)
    }
    table.row("tensor([[ 27.,  48.],\n        [108., 192.]])") { vmap(grad { (x: Tensor) in (x ** 3).sum() })(m) }
    table.matchesTheArticle()
  }
}
