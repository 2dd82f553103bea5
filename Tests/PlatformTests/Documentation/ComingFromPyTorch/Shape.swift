import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func shape() throws {
    let table = try SpellingTable("Shape")
    let x = Tensor.arange(6).view(2, 3)
    let c = Tensor.arange(24).view(2, 3, 4)
    let v = Tensor([1, 2])
    table.row("[2, 3]") { x.shape }
    table.row("3") { x.size(1) }
    table.row("2") { x.dim }
    table.row("6") { x.numel }
    table.row("tensor([[0, 1],\n        [2, 3],\n        [4, 5]])") { x.reshape(3, -1) }
    table.row("tensor([0, 1, 2, 3, 4, 5])") { x.view(6) }
    table.row("float64") { x.view(.float64).dtype }
    table.row("[2, 12]") { c.flatten(1).shape }
    table.row("[2, 3, 2, 2]") { c.unflatten(2, [2, 2]).shape }
    table.row("tensor([0, 1, 2])") { x[..<1].squeeze(0) }
    table.row("[2, 3]") { x.squeeze(0).shape }
    table.row("tensor([[1],\n        [2]])") { v.unsqueeze(-1) }
    table.row("tensor([[0, 3],\n        [1, 4],\n        [2, 5]])") { x.transpose(0, 1) }
    table.row("[4, 2, 3]") { c.permute(2, 0, 1).shape }
    table.row("[3, 4, 2]") { c.movedim(0, 2).shape }
    table.row("tensor([[0, 3],\n        [1, 4],\n        [2, 5]])") { x.t() }
    table.row("tensor([[0, 3],\n        [1, 4],\n        [2, 5]])") { x.T }
    table.row("[2, 4, 3]") { c.mT.shape }
    table.row("[3, 2, 4]") { c.swapaxes(0, 1).shape }
    table.row("tensor([[1, 1, 1],\n        [2, 2, 2]])") { v.unsqueeze(1).expand(2, 3) }
    table.row("tensor([[1, 2],\n        [1, 2]])") { v.broadcastTo([2, 2]) }
    table.row("tensor([[1, 2, 1, 2],\n        [1, 2, 1, 2]])") { v.repeat(2, 2) }
    table.row("tensor([1, 2, 1, 2])") { v.tile(2) }
    table.row("tensor([1, 1, 2, 2])") { v.repeatInterleave(2) }
    table.row("tensor([[2, 1, 0],\n        [5, 4, 3]])") { x.flip(1) }
    table.row("tensor([[3, 4, 5],\n        [0, 1, 2]])") { x.roll(1, dims: 0) }
    table.row("tensor([[2, 5],\n        [1, 4],\n        [0, 3]])") { x.rot90() }
    table.row("(tensor([0, 1, 2]), tensor([3, 4, 5]))") { x.unbind() }
    table.row("(tensor(3), tensor(12))") { x.map { $0.sum() } }
    table.row("tensor([[1, 2],\n        [4, 5]])") { x.narrow(1, 1, 2) }
    table.row("tensor([0, 3])") { x.select(1, 0) }
    table.row("tensor([[0, 1],\n        [2, 3]])") { Tensor.arange(5).unfold(0, 2, 2) }
    table.row("tensor([0, 4])") { x.diagonal() }
    table.row("tensor([[1, 3],\n        [2, 4]])") { x.asStrided([2, 2], [1, 2], storageOffset: 1) }
    table.row("(tensor([[1, 2],\n        [1, 2]]), tensor([[1, 1],\n        [2, 2]]))") {
      broadcastTensors([v, v.view(2, 1)])
    }
    table.row("(tensor([[1, 1],\n        [2, 2]]), tensor([[1, 2],\n        [1, 2]]))") { meshgrid([v, v]) }
    table.row("true") { x.contiguous() === x }
    table.row("false") { x.t().isContiguous }
    table.row("[1, 3]") { x.t().strides }
    table.row("4") { x[1..., 1...].storageOffset }
    table.row("tensor([[0, 1, 2],\n        [3, 4, 5]])") { x.clone() }
    table.row("tensor([[0, 1, 2],\n        [3, 4, 5]])") { x.detach() }
    table.row("true") { x.sharesStorage(with: x.t()) }
    table.row("[2, 3]") { broadcastShapes([2, 1], [3]) }
    table.row("tensor([0, 1, 2, 0])") { constantPadNd(v, [1, 1]) }
    table.row("tensor([[1],\n        [2]])") { viewCopy(v, [2, 1]) }
    table.row("tensor([[1, 2]])") { v.clone().unsqueeze_(0) }
    table.matchesTheArticle()
  }
}
