import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func reductions() throws {
    let table = try SpellingTable("Reductions and statistics")
    let x = Tensor([[1.0, 5], [4, 2]])
    let n = Tensor([3, 1, 3, 0])
    let q = Tensor([1, .nan, 3])
    table.row("tensor(12.)") { x.sum() }
    table.row("tensor([5., 7.])") { x.sum(0) }
    table.row("tensor([[12.]])") { x.sum([0, 1], keepDim: true) }
    table.row("tensor(40.)") { x.prod() }
    table.row("tensor([5., 8.])") { x.prod(1) }
    table.row("tensor(3.)") { x.mean() }
    table.row("tensor([[3.],\n        [3.]])") { x.mean(1, keepDim: true) }
    table.row("tensor(1.2910)") { Tensor.arange(1.0, 5.0).std() }
    table.row("tensor([2.1213, 2.1213])") { x.std(0) }
    table.row("tensor(3.3333)") { x.var() }
    table.row("tensor([4., 1.])") { x.var(1, correction: 0) }
    table.row("(tensor(1.8257), tensor(3.))") { x.stdMean() }
    table.row("(tensor(3.3333), tensor(3.))") { x.varMean() }
    table.row("tensor(1.)") { x.min() }
    table.row("tensor(5.)") { x.max() }
    table.row("(tensor([5., 4.]), tensor([1, 0]))") { x.max(1) }
    table.row("(tensor([1., 2.]), tensor([0, 1]))") { x.min(0) }
    table.row("tensor([0, 1])") { x.min(0).indices }
    table.row("tensor([1., 2.])") { x.amin(0) }
    table.row("tensor(5.)") { x.amax([0, 1]) }
    table.row("(tensor(1.), tensor(5.))") { x.aminmax() }
    table.row("(tensor([1., 2.]), tensor([5., 4.]))") { x.aminmax(dim: 1) }
    table.row("tensor(0)") { x.argmin() }
    table.row("tensor([1, 0])") { x.argmax(1) }
    table.row("tensor(False)") { (x .> 1).all() }
    table.row("tensor([True, True])") { (x .> 1).any(0) }
    table.row("tensor(1)") { n.median() }
    table.row("(tensor([1., 2.]), tensor([0, 1]))") { x.median(1) }
    table.row("(tensor(3), tensor(2))") { n.mode() }
    table.row("tensor(6.7823)") { x.norm() }
    table.row("tensor([5., 7.])") { x.norm(1, dim: [0]) }
    table.row("tensor([4.0486, 5.0486])") { x.logsumexp(0) }
    table.row("tensor([[1., 5.],\n        [5., 7.]])") { x.cumsum(0) }
    table.row("tensor([[1., 5.],\n        [4., 8.]])") { x.cumprod(1) }
    table.row("(tensor([3, 3, 3, 3]), tensor([0, 0, 2, 2]))") { n.cummax(0) }
    table.row("(tensor([3, 1, 1, 0]), tensor([0, 1, 1, 3]))") { n.cummin(0) }
    table.row("tensor(4.)") { q.nansum() }
    table.row("tensor(2.)") { q.nanmean() }
    table.row("tensor(1.)") { q.nanmedian() }
    table.row("tensor(3)") { n.countNonzero() }
    table.row("tensor(3.)") { x.quantile(0.5) }
    table.row("tensor([[1., 2.],\n        [4., 5.]])") { x.quantile(Tensor([0.0, 1]), dim: 0) }
    table.row("tensor([2., 2.])") { x.histc(bins: 2, min: 0, max: 6) }
    table.row("tensor([1, 1, 0, 2])") { n.bincount() }
    table.row("tensor([-2,  2, -3])") { n.diff() }
    table.row("tensor([[ 8., -4.],\n        [-4.,  2.]])") { x.cov() }
    table.row("tensor([[ 1., -1.],\n        [-1.,  1.]])") { x.corrcoef() }
    table.row("(tensor([2., 2.]), tensor([0., 3., 6.]))") { x.histogram(bins: 2, range: (0, 6)) }
    table.row("tensor([[ 3., -3.],\n        [ 3., -3.]])") { gradient(x, dim: [0])[0] }
    table.matchesTheArticle()
  }
}
