import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func linearAlgebra() throws {
    let table = try SpellingTable("Linear algebra")
    let a = Tensor([[1.0, 2], [3, 4]])
    let b = Tensor([[5.0, 6], [7, 8]])
    let c = Tensor([[1.0, 2], [2, 5]])
    let v = Tensor([5.0, 6])
    let e = stack([a, b])
    table.row("tensor([[19., 22.],\n        [43., 50.]])") { a.matmul(b) }
    table.row("tensor([[19., 22.],\n        [43., 50.]])") { a.mm(b) }
    table.row("tensor([17., 39.])") { a.mv(v) }
    table.row("tensor([[[  7.,  10.],\n         [ 15.,  22.]],\n\n        [[ 67.,  78.],\n         [ 91., 106.]]])") {
      e.bmm(e)
    }
    table.row("tensor(61.)") { v.dot(v) }
    table.row("tensor([[21., 26.],\n        [49., 58.]])") { a.addmm(a, b, beta: 2) }
    table.row("tensor([[[  8.,  12.],\n         [ 18.,  26.]],\n\n        [[ 72.,  84.],\n         [ 98., 114.]]])") {
      e.baddbmm(e, e)
    }
    table.row("tensor([[19., 22.],\n        [43., 50.]])") { einsum("ij,jk->ik", a, b) }
    table.row("tensor([10., 26.])") { einsum("...ij -> ...", e) }
    table.row("tensor(319.)") { einsum("i, ij, j", v, a, v) }
    table.row("tensor([[25., 30.],\n        [30., 36.]])") { v.outer(v) }
    table.row("tensor(70.)") { tensordot(a, b) }
    table.row("tensor([[23., 31.],\n        [34., 46.]])") { tensordot(a, b, dims: ([0], [1])) }
    table.row("tensor([25., 30., 30., 36.])") { v.kron(v) }
    table.row("tensor([0., 0., 1.])") { Linalg.cross(Tensor.eye(3)[0], Tensor.eye(3)[1]) }
    table.row("tensor([1., 4.])") { a.diag() }
    table.row("tensor(5.)") { a.trace() }
    table.row("tensor([[1., 2.],\n        [0., 4.]])") { a.triu() }
    table.row("tensor([[0., 0.],\n        [3., 0.]])") { a.tril(-1) }
    table.row("tensor([-4.0000,  4.5000])") { Linalg.solve(a, v) }
    table.row("tensor([[1.5000, 2.0000],\n        [1.7500, 2.0000]])") { Linalg.solveTriangular(a, b, upper: true) }
    table.row("tensor([[1., 0.],\n        [2., 1.]])") { Linalg.cholesky(c) }
    table.row(
      "(tensor([[0., 1.],\n        [1., 0.]]), tensor([[1.0000, 0.0000],\n        [0.3333, 1.0000]]), tensor([[3.0000, 4.0000],\n        [0.0000, 0.6667]]))"
    ) { Linalg.lu(a) }
    table.row("tensor([[3.1623, 4.4272],\n        [0.0000, 0.6325]])") { Linalg.qr(a).r.abs() }
    table.row("tensor([5.4650, 0.3660])") { Linalg.svd(a, fullMatrices: false).s }
    table.row("tensor([5.4650, 0.3660])") { Linalg.svdvals(a) }
    table.row("tensor([-0.3723,  5.3723])") { Linalg.eig(a).eigenvalues.real }
    table.row("tensor([-0.3723+0.j,  5.3723+0.j])") { Linalg.eigvals(a) }
    table.row("tensor([0.1716, 5.8284])") { Linalg.eigh(c).eigenvalues }
    table.row("tensor([0.1716, 5.8284])") { Linalg.eigvalsh(c) }
    table.row("tensor(-2.)") { Linalg.det(a).round() }
    table.row("(tensor(-1.), tensor(0.6931))") { Linalg.slogdet(a) }
    table.row("tensor([[ 5., -2.],\n        [-2.,  1.]])") { Linalg.inv(c) }
    table.row("tensor([[ 5.0000, -2.0000],\n        [-2.0000,  1.0000]])") { Linalg.pinv(c) }
    table.row("tensor([[13.0000],\n        [-4.0000]])") { Linalg.lstsq(c, v[.all, .newAxis]).solution }
    table.row("tensor(5.4772)") { Linalg.norm(a) }
    table.row("tensor(11.)") { Linalg.vectorNorm(v, 1) }
    table.row("tensor(5.8310)") { Linalg.matrixNorm(a, .nuc) }
    table.row("tensor([[ 37.,  54.],\n        [ 81., 118.]])") { Linalg.matrixPower(a, 3) }
    table.row("tensor(2)") { Linalg.matrixRank(a) }
    table.row("tensor(33.9706)") { Linalg.cond(c) }
    table.row("tensor([[11., 14.],\n        [-3., -4.]])") { b.choleskySolve(Linalg.cholesky(c)) }
    table.row("tensor([[ 5., -2.],\n        [-2.,  1.]])") { Linalg.cholesky(c).choleskyInverse() }
    table.row("tensor([[0., 1.],\n        [1., 0.]])") { luUnpack(a.lu().lu, a.lu().pivots).p }
    table.row("tensor([[11., 14.],\n        [-3., -4.]])") { b.luSolve(c.lu().lu, c.lu().pivots) }
    table.row("tensor([[1.5000, 2.0000],\n        [1.7500, 2.0000]])") { b.triangularSolve(a).solution }
    table.row("tensor(0, dtype=int32)") { Linalg.invEx(c).info }
    table.row("tensor(2, dtype=int32)") { Linalg.choleskyEx(a).info }
    table.row("tensor([[-0.4472, -0.8944],\n        [-0.8944,  0.4472]])") {
      Linalg.householderProduct(c.geqrf().a, c.geqrf().tau)
    }
    table.row("tensor([[1., 5.],\n        [1., 6.]])") { Linalg.vander(v) }
    table.row("tensor([[0., 2.],\n        [3., 0.]])") { a.clone().fillDiagonal_(0) }
    table.row("tensor([5.4650, 0.3660])") { svdLowrank(a, q: 2).s }
    table.matchesTheArticle()
  }
}
