import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func layers() throws {
    let table = try SpellingTable("Layers")
    let x = Tensor([[1.0, 2, 3], [1, 2, 3]])
    let t = Tensor([2, 0])
    let image = Tensor.arange(16.0).view(1, 1, 4, 4)
    table.row("[2, 1]") { Linear(3, 1, bias: false)(x).shape }
    table.row("[2, 2]") { Bilinear(3, 3, 2)(x, x).shape }
    table.row("[4, 3]") { Conv1d(2, 4, 3, padding: .same)(x).shape }
    table.row("[1, 8, 2, 2]") { Conv2d(1, 8, 3, stride: 2, padding: 1)(image).shape }
    table.row("[1, 8, 2, 4]") { Conv2d(1, 8, [3, 1], paddingMode: .reflect)(image).shape }
    table.row("[1, 2, 8, 8]") { ConvTranspose2d(1, 2, 2, stride: 2)(image).shape }
    table.row("[1, 4, 4]") { Unfold(2, stride: 2)(image).shape }
    table.row("tensor([[[[ 5.,  7.],\n          [13., 15.]]]])") { MaxPool2d(2)(image) }
    table.row("tensor([[[[ 5,  7],\n          [13, 15]]]])") {
      MaxPool2d(2, returnIndices: true).withIndices(image).indices
    }
    table.row("1") { AvgPool2d(2, stride: 1).stride[0] }
    table.row("tensor([[[[6., 7., 8., 9.]]]])") { AdaptiveAvgPool2d([1, nil])(image) }
    table.row("[1, 1, 2, 2]") { LPPool2d(2, 2)(image).shape }
    table.row("[1, 1, 4, 4]") { BatchNorm2d(1).eval()(image).shape }
    table.row("[weight, bias, running_mean, running_var, num_batches_tracked]") { BatchNorm1d(3).stateDict().keys }
    table.row("tensor([[-1.2247,  0.0000,  1.2247],\n        [-1.2247,  0.0000,  1.2247]])") {
      LayerNorm(3, elementwiseAffine: false)(x)
    }
    table.row("tensor([[0.4629, 0.9258, 1.3887],\n        [0.4629, 0.9258, 1.3887]])") {
      RMSNorm(3, elementwiseAffine: false)(x)
    }
    table.row("[1, 2, 3]") { GroupNorm(1, 2)(x[.newAxis]).shape }
    table.row("tensor([[[-1.2247,  0.0000,  1.2247],\n         [-1.2247,  0.0000,  1.2247]]])") {
      InstanceNorm1d(2)(x[.newAxis])
    }
    table.row("[2, 3]") { Embedding(10, 3, paddingIdx: 0)(t).shape }
    table.row("tensor([[0., 0., 1.],\n        [1., 0., 0.]])") { Embedding.fromPretrained(Tensor.eye(3))(t) }
    table.row("[1, 3]") { EmbeddingBag(10, 3, mode: .sum)(t[.newAxis]).shape }
    table.row("tensor([[1., 2., 3.],\n        [1., 2., 3.]])") { Dropout(0)(x) }
    table.row("[1, 1, 4, 4]") { Dropout2d(0.2).eval()(image).shape }
    table.row("[1, 16]") { Flatten()(image).shape }
    table.row("[2, 3, 1]") { Unflatten(1, [3, 1])(x).shape }
    table.row("tensor([2, 0])") { Identity()(t) }
    table.row("[1, 1, 4, 5]") { ZeroPad2d([1, 0, 0, 0])(image).shape }
    table.row("tensor([[2., 1., 2., 3., 2.],\n        [2., 1., 2., 3., 2.]])") { ReflectionPad1d(1)(x) }
    table.row("[1, 1, 8, 8]") { Upsample(scaleFactor: 2, mode: .bilinear)(image).shape }
    table.row("[1, 1, 4, 4]") { PixelShuffle(2)(Tensor.ones([1, 4, 2, 2])).shape }
    table.row("tensor([1.0000, 1.0000])") { CosineSimilarity(dim: 1)(x, x) }
    table.row("tensor([[0., 0., 1.],\n        [0., 0., 1.]])") { ReLU()(x - 2) }
    table.row("tensor([[-0.1000, -0.2000, -0.3000],\n        [-0.1000, -0.2000, -0.3000]])") {
      LeakyReLU(negativeSlope: 0.1)(-x)
    }
    table.row("tensor([[-0.2500, -0.5000, -0.7500],\n        [-0.2500, -0.5000, -0.7500]])") { PReLU()(-x).detach() }
    table.row("tensor([[0.8412, 1.9546, 2.9964],\n        [0.8412, 1.9546, 2.9964]])") { GELU(approximate: .tanh)(x) }
    table.row("tensor([[0.7311, 1.7616, 2.8577],\n        [0.7311, 1.7616, 2.8577]])") { SiLU()(x) }
    table.row("tensor([[0.6667, 1.6667, 3.0000],\n        [0.6667, 1.6667, 3.0000]])") { Hardswish()(x) }
    table.row("tensor([[0.7311, 0.8808, 0.9526],\n        [0.7311, 0.8808, 0.9526]])") { Sigmoid()(x) }
    table.row("tensor([[0.7616, 0.9640, 0.9951],\n        [0.7616, 0.9640, 0.9951]])") { Tanh()(x) }
    table.row("tensor([[0.0900, 0.2447, 0.6652],\n        [0.0900, 0.2447, 0.6652]])") { Softmax(dim: 1)(x) }
    table.row("tensor([[-2.4076, -1.4076, -0.4076],\n        [-2.4076, -1.4076, -0.4076]])") { LogSoftmax(dim: 1)(x) }
    table.matchesTheArticle()
  }
}
