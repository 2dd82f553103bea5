import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func creation() throws {
    let table = try SpellingTable("Creation")
    let x = Tensor([[1.0, 2], [3, 4]])
    table.row("tensor([[2, 4],\n        [4, 6]])") { Tensor([[2, 4], [4, 6]]) }
    table.row("tensor([1.5000, 2.0000])") { Tensor([1.5, 2]) }
    table.row("tensor([ True, False])") { Tensor([true, false]) }
    table.row("tensor([1.+2.j])") { Tensor([ComplexFloat(1, 2)]) }
    table.row("tensor(3.)") { Tensor(3.0) }
    table.row("tensor([1., 2.], dtype=float64)") { Tensor([1, 2], dtype: .float64) }
    table.row("tensor([1., 2.], requires_grad=True)") { Tensor([1.0, 2], requiresGrad: true) }
    table.row("tensor([[1, 2],\n        [3, 4]])") { Tensor([1, 2, 3, 4], shape: [2, 2]) }
    table.row("tensor([[0., 0., 0.],\n        [0., 0., 0.]])") { Tensor.zeros([2, 3]) }
    table.row("tensor([1, 1])") { Tensor.ones([2], dtype: .int64) }
    table.row("tensor([[7., 7.],\n        [7., 7.]])") { Tensor.full([2, 2], 7.0) }
    table.row("tensor([7, 7])") { Tensor.full([2], 7) }
    table.row("[2, 3]") { Tensor.empty([2, 3]).shape }
    table.row("tensor([[0., 0.],\n        [0., 0.]])") { Tensor.zerosLike(x) }
    table.row("tensor([[1., 1.],\n        [1., 1.]])") { Tensor.onesLike(x) }
    table.row("tensor([[3., 3.],\n        [3., 3.]])") { Tensor.fullLike(x, 3) }
    table.row("[2, 2]") { Tensor.emptyLike(x).shape }
    table.row("tensor([0., 0.])") { x.newZeros([2]) }
    table.row("tensor([1., 1.])") { x.newOnes([2]) }
    table.row("tensor([5., 5.])") { x.newFull([2], 5) }
    table.row("tensor([0, 1, 2, 3])") { Tensor.arange(4) }
    table.row("tensor([0., 1., 2., 3.])") { Tensor.arange(4.0) }
    table.row("tensor([1, 5, 9])") { Tensor.arange(1, 10, 4) }
    table.row("tensor([0.0000, 0.2500, 0.5000, 0.7500])") { Tensor.arange(0, 1, 0.25) }
    table.row("tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])") { Tensor.linspace(0, 1, steps: 5) }
    table.row("tensor([  1.,  10., 100.])") { Tensor.logspace(0, 2, steps: 3) }
    table.row("tensor([[1., 0., 0.],\n        [0., 1., 0.]])") { Tensor.eye(2, 3) }
    table.row("[2, 3]") { Tensor.rand([2, 3]).shape }
    table.row("[2, 3]") { Tensor.randn([2, 3]).shape }
    table.row("tensor([3, 3])") { Tensor.randint(3, 4, [2]) }
    table.row("tensor(3.)") { scalarTensor(3) }
    table.row("tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])") { Signal.Windows.hann(5) }
    table.row("tensor([0.0000, 0.5000, 1.0000, 0.5000])") { hannWindow(4) }
    table.matchesTheArticle()
  }
}
