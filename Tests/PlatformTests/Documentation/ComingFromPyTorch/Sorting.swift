import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func sorting() throws {
    let table = try SpellingTable("Sorting and searching")
    let n = Tensor([3, 1, 3, 0])
    let x = Tensor([[1.0, 5], [4, 2]])
    let s = Tensor([1, 3, 5])
    table.row("(tensor([0, 1, 3, 3]), tensor([3, 1, 0, 2]))") { n.sort() }
    table.row("(tensor([[4., 5.],\n        [1., 2.]]), tensor([[1, 0],\n        [0, 1]]))") {
      x.sort(0, descending: true)
    }
    table.row("tensor([0, 2, 1, 3])") { n.argsort(descending: true) }
    table.row("(tensor([[5.],\n        [4.]]), tensor([[1],\n        [0]]))") { x.topk(1) }
    table.row("(tensor([[1., 2.]]), tensor([[0, 1]]))") { x.topk(1, dim: 0, largest: false) }
    table.row("(tensor(3), tensor(1))") { s.kthvalue(2) }
    table.row("tensor([0, 1, 3])") { n.unique() }
    table.row("(tensor([0, 1, 3]), tensor([2, 1, 2, 0]), tensor([1, 1, 2]))") {
      n.unique(returnInverse: true, returnCounts: true)
    }
    table.row("tensor([3, 1, 3, 0])") { n.uniqueConsecutive() }
    table.row("tensor([1, 0, 1, 0])") { searchsorted(s, n) }
    table.row("tensor([2, 1, 2, 0])") { searchsorted(s, n, right: true) }
    table.row("tensor([1, 0, 1, 0])") { n.bucketize(s) }
    table.row("tensor([ True,  True,  True, False])") { isin(n, s) }
    table.matchesTheArticle()
  }
}
