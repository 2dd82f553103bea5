import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func networkFunctions() throws {
    let table = try SpellingTable("Functions of networks")
    let x = Tensor([[1.0, 2, 3], [1, 2, 3]])
    let t = Tensor([2, 0])
    table.row("tensor([[0., 0., 1.],\n        [0., 0., 1.]])") { F.relu(x - 2) }
    table.row("tensor([[0.7311, 1.7616, 2.8577],\n        [0.7311, 1.7616, 2.8577]])") { F.silu(x) }
    table.row("tensor([[0.0000, 0.8413, 1.9545],\n        [0.0000, 0.8413, 1.9545]])") { F.gelu(x - 1) }
    table.row("tensor([[-0.0100, -0.0200, -0.0300],\n        [-0.0100, -0.0200, -0.0300]])") { F.leakyRelu(-x) }
    table.row("tensor([[-0.6321, -0.8647, -0.9502],\n        [-0.6321, -0.8647, -0.9502]])") { F.elu(-x) }
    table.row("tensor([[1.3133, 2.1269, 3.0486],\n        [1.3133, 2.1269, 3.0486]])") { F.softplus(x) }
    table.row("tensor([[0.6667, 1.6667, 3.0000],\n        [0.6667, 1.6667, 3.0000]])") { F.hardswish(x) }
    table.row("tensor([[0.0900, 0.2447, 0.6652],\n        [0.0900, 0.2447, 0.6652]])") { F.softmax(x, dim: 1) }
    table.row("tensor([[1., 2., 3.],\n        [1., 2., 3.]])") { F.linear(x, Tensor.eye(3)) }
    table.row("tensor([[-1.2247,  0.0000,  1.2247],\n        [-1.2247,  0.0000,  1.2247]])") { F.layerNorm(x, [3]) }
    table.row("tensor([[0.2673, 0.5345, 0.8018],\n        [0.2673, 0.5345, 0.8018]])") { F.normalize(x) }
    table.row("tensor([[1., 2., 3.],\n        [1., 2., 3.]])") { F.dropout(x, p: 0) }
    table.row("tensor([[0, 0, 1],\n        [1, 0, 0]])") { F.oneHot(t) }
    table.row("tensor([[[ 6., 10.]]])") { F.conv1d(x[.newAxis], Tensor.ones([1, 2, 2])) }
    table.row("tensor([[0., 1., 2., 3.],\n        [0., 1., 2., 3.]])") { F.pad(x, [1, 0]) }
    table.row("tensor([[[1., 1., 2., 2., 3., 3.],\n         [1., 1., 2., 2., 3., 3.]]])") {
      F.interpolate(x[.newAxis], scaleFactor: 2)
    }
    table.row("tensor([[2.],\n        [2.]])") { F.maxPool1d(x, 2) }
    table.row("tensor([[2.],\n        [2.]])") { F.avgPool1d(x, 3) }
    table.row("tensor([[0., 0., 1.],\n        [1., 0., 0.]])") { F.embedding(t, Tensor.eye(3)) }
    table.row("tensor(1.4076)") { F.crossEntropy(x, t) }
    table.row("tensor(4.)") { F.mseLoss(x, x + 2) }
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
    table.matchesTheArticle()
  }
}
