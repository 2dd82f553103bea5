import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func modules() throws {
    let table = try SpellingTable("Modules and losses")
    let layer = Linear(3, 1)
    let net = Sequential(Linear(10, 20), ReLU(), Linear(20, 1))
    let x = Tensor([[1.0, 2, 3], [1, 2, 3]])
    let t = Tensor([2, 0])
    table.row("[2, 1]") { layer(x).shape }
    table.row("[1, 3]") { layer.weight.shape }
    table.row("[4, 1]") { net(Tensor.ones([4, 10])).shape }
    table.row("241") { net.parameters().map(\.numel).reduce(0, +) }
    table.row("[weight, bias]") { layer.namedParameters().map(\.name) }
    table.row("[0.weight, 0.bias, 2.weight, 2.bias]") { net.stateDict().keys }
    table.row("3") { net.children().count }
    table.row("4") { net.modules().count }
    table.row("false") { net.eval().training }
    table.row("true") { net.train().training }
    table.row("[1]", layer.bias!.shape) { net.zeroGrad() }
    table.row("float64") { layer.to(.float64).weight.dtype }
    table.row("tensor([[1., 2., 3.],\n        [1., 2., 3.]])") { Identity()(x) }
    table.row("[2, 3]") { Flatten()(x).shape }
    table.row("tensor([[1., 2., 3.],\n        [1., 2., 3.]])") { Dropout(p: 0)(x) }
    table.row("tensor([[0., 0., 1.],\n        [0., 0., 1.]])") { ReLU()(x - 2) }
    table.row("tensor([[0.7311, 0.8808, 0.9526],\n        [0.7311, 0.8808, 0.9526]])") { Sigmoid()(x) }
    table.row("tensor([[0.7616, 0.9640, 0.9951],\n        [0.7616, 0.9640, 0.9951]])") { Tanh()(x) }
    table.row("tensor([[0.7311, 1.7616, 2.8577],\n        [0.7311, 1.7616, 2.8577]])") { SiLU()(x) }
    table.row("tensor([[0.0900, 0.2447, 0.6652],\n        [0.0900, 0.2447, 0.6652]])") { Softmax(dim: 1)(x) }
    table.row("tensor([[-2.4076, -1.4076, -0.4076],\n        [-2.4076, -1.4076, -0.4076]])") { LogSoftmax(dim: 1)(x) }
    table.row("tensor([[0.7311, 1.7616, 2.8577],\n        [0.7311, 1.7616, 2.8577]])") { F.silu(x) }
    table.row("tensor([[0.0000, 0.8413, 1.9545],\n        [0.0000, 0.8413, 1.9545]])") { F.gelu(x - 1) }
    table.row("tensor([[-0.0100, -0.0200, -0.0300],\n        [-0.0100, -0.0200, -0.0300]])") { F.leakyRelu(-x) }
    table.row("tensor([[-0.6321, -0.8647, -0.9502],\n        [-0.6321, -0.8647, -0.9502]])") { F.elu(-x) }
    table.row("tensor([[1.3133, 2.1269, 3.0486],\n        [1.3133, 2.1269, 3.0486]])") { F.softplus(x) }
    table.row("tensor([[0.6667, 1.6667, 3.0000],\n        [0.6667, 1.6667, 3.0000]])") { F.hardswish(x) }
    table.row("tensor([[-1.2247,  0.0000,  1.2247],\n        [-1.2247,  0.0000,  1.2247]])") { F.layerNorm(x, [3]) }
    table.row("tensor([[0, 0, 1],\n        [1, 0, 0]])") { F.oneHot(t) }
    table.row("tensor([[[ 6., 10.]]])") { F.conv1d(x[.newAxis], Tensor.ones([1, 2, 2])) }
    table.row("tensor([[2.],\n        [2.]])") { F.maxPool1d(x, 2) }
    table.row("tensor([[2.],\n        [2.]])") { F.avgPool1d(x, 3) }
    table.row("tensor([[0., 0., 1.],\n        [1., 0., 0.]])") { F.embedding(t, Tensor.eye(3)) }
    table.row("tensor(1.4076)") { CrossEntropyLoss()(x, t) }
    table.row("tensor(1.4076)") { F.crossEntropy(x, t) }
    table.row("tensor(4.)") { MSELoss()(x, x + 2) }
    table.row("tensor(2.)") { L1Loss()(x, x + 2) }
    table.row("tensor(1.5000)") { F.smoothL1Loss(x, x + 2) }
    table.row("tensor(-2.)") { F.nllLoss(x, t) }
    table.row("tensor(0.9963)") { F.binaryCrossEntropyWithLogits(x, x / 4) }
    table.row("tensor(0.9746)") { F.cosineSimilarity(x[0], x[0] + 3, dim: 0) }
    table.row("tensor(0.5757)") { F.ctcLoss(x.logSoftmax(1), t[..<1], inputLengths: [2], targetLengths: [1]) }
    table.row("tensor([[6.],\n        [6.]])") { F.lpPool1d(x, 1, 3) }
    table.row("tensor([[0., 0., 3.],\n        [3., 0., 0.]])") { F.maxUnpool1d(x[.all, 2...], t.view(2, 1), 3) }
    table.row("tensor([[[[2.]]]])") { F.gridSample(x.view(1, 1, 2, 3), Tensor.zeros([1, 1, 1, 2])) }
    table.row("tensor([[[[-0.5000,  0.0000],\n          [ 0.5000,  0.0000]]]])") {
      F.affineGrid(Tensor.eye(2, 3)[.newAxis], [1, 1, 1, 2])
    }
    table.row("tensor(2.)") { F.gumbelSoftmax(x, hard: true).sum() }
    table.row("tensor([1])") {
      F.nms(Tensor([[0.0, 0, 2, 2], [0, 0, 2, 1.9]]), Tensor([0.5, 0.9]), iouThreshold: 0.5)
    }
    table.row("tensor([3., 3.])") { Init.constant_(Tensor.empty([2]), 3) }
    table.matchesTheArticle()
  }
}
