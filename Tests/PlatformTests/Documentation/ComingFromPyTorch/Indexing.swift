import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func indexing() throws {
    let table = try SpellingTable("Indexing")
    let x = Tensor.arange(12).view(3, 4)
    let i = Tensor([[0, 1]])
    let w = Tensor.zeros([2, 2])
    table.row("tensor([4, 5, 6, 7])") { x[1] }
    table.row("tensor(8)") { x[-1, 0] }
    table.row("tensor([1, 5, 9])") { x[.all, 1] }
    table.row("tensor([[ 4,  5,  6,  7],\n        [ 8,  9, 10, 11]])") { x[1...] }
    table.row("tensor([3, 7])") { x[..<2, -1] }
    table.row("tensor([ 6, 10])") { x[1..<3, 2] }
    table.row("tensor([[ 0,  1,  2,  3],\n        [ 8,  9, 10, 11]])") { x[.stride(by: 2)] }
    table.row("tensor([0, 4, 8])") { x[..., 0] }
    table.row("[1, 3, 4]") { x[.newAxis].shape }
    table.row("tensor([[ 0,  1,  2,  3],\n        [ 8,  9, 10, 11]])") { x[[0, 2]] }
    table.row("tensor([ 1, 11])") { x[[0, 2], [1, 3]] }
    table.row("tensor([ 9, 10, 11])") { x[x .> 8] }
    table.row("1") { x[0, 1].item(Int.self) }
    table.row("tensor([[5., 5.],\n        [0., 0.]])", w) { w[0] = Tensor(5.0) }
    table.row("tensor([[3., 3.],\n        [0., 0.]])", w) { w[0] = 3 }
    table.row("tensor([[-1., -1.],\n        [ 0.,  0.]])", w) { w[w .> 2] = Tensor(-1.0) }
    table.row("tensor([[-1., -1.],\n        [ 2.,  2.]])") { w.indexPut_([[1, 1]], Tensor(1.0), accumulate: true) }
    table.row("tensor([[0, 5]])") { x.gather(0, i) }
    table.row("tensor([[1., 1.],\n        [2., 2.]])") { w.scatter(1, i, Tensor.ones([1, 2])) }
    table.row("tensor([[ 0., -1.],\n        [ 2.,  3.]])") { w.scatterAdd(0, i, Tensor.ones([1, 2])) }
    table.row("tensor([[0, 1],\n        [4, 5],\n        [8, 9]])") { x.indexSelect(1, i[0]) }
    table.row("tensor([[0., 0.],\n        [3., 3.]])") { w.indexAdd(0, i[0], Tensor.ones([2, 2])) }
    table.row("tensor([[0, 1]])") { x.take(i) }
    table.row("tensor([[1., 1.],\n        [2., 2.]])") { w.put(i, Tensor.ones([1, 2])) }
    table.row("tensor([0, 1])") { x.maskedSelect(x .< 2) }
    table.row("tensor([[2, 2],\n        [2, 3]])") { (x .> 9).nonzero() }
    table.row("(tensor([2, 2]), tensor([2, 3]))") { `where`(x .> 9) }
    table.row("tensor([[2, 2],\n        [2, 3]])") { (x .> 9).argwhere() }
    table.row("[0, 1, 2, 3]") { x[0].toArray(Int.self) }
    table.row("(tensor(1), tensor(3))") { unravelIndex(Tensor(7), [3, 4]) }
    table.matchesTheArticle()
  }
}
