import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func joining() throws {
    let table = try SpellingTable("Joining and splitting")
    let a = Tensor([[1, 2]])
    let b = Tensor([[3, 4]])
    let x = Tensor.arange(5)
    table.row("tensor([[1, 2],\n        [3, 4]])") { cat([a, b]) }
    table.row("tensor([[1, 2, 3, 4]])") { cat([a, b], dim: 1) }
    table.row("[2, 1, 2]") { stack([a, b]).shape }
    table.row("tensor([[1, 2, 3, 4]])") { hstack([a, b]) }
    table.row("tensor([[1, 2],\n        [3, 4]])") { vstack([a, b]) }
    table.row("tensor([[[1, 3],\n         [2, 4]]])") { dstack([a, b]) }
    table.row("(tensor([0, 1]), tensor([2, 3]), tensor([4]))") { x.split(2) }
    table.row("(tensor([0]), tensor([1, 2, 3, 4]))") { x.split([1, 4]) }
    table.row("(tensor([0, 1]), tensor([2, 3]), tensor([4]))") { x.chunk(4) }
    table.row("(tensor([0, 1, 2]), tensor([3, 4]))") { x.tensorSplit(2) }
    table.row("(tensor([0]), tensor([1, 2]), tensor([3, 4]))") { x.tensorSplit([1, 3]) }
    table.row("tensor([[0, 3],\n        [0, 4],\n        [1, 3],\n        [1, 4]])") {
      cartesianProd([x[..<2], x[3...]])
    }
    table.matchesTheArticle()
  }
}
