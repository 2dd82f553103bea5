import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func randomNumbers() throws {
    let table = try SpellingTable("Random numbers")
    let p = Tensor([0.0, 1])
    let generator = Generator(seed: 5)
    table.row("[2]", p.shape) { manualSeed(42) }
    table.row("[2]") { Tensor.rand([2], generator: generator).shape }
    table.row("float32") { Tensor.randn([2, 3]).dtype }
    table.row("[2]") { Tensor.randLike(p).shape }
    table.row("[2]") { Tensor.randnLike(p).shape }
    table.row("tensor([7, 7, 7])") { Tensor.randint(7, 8, [3]) }
    table.row("tensor([0, 0, 0])") { Tensor.randint(1, [3]) }
    table.row("tensor([0, 1, 2])") { Tensor.randperm(3).sort().values }
    table.row("tensor([0., 1.])") { p.bernoulli() }
    table.row("tensor([1])") { p.multinomial(1) }
    table.row("[3]") { Tensor.normal(2, 0.5, [3]).shape }
    table.row("tensor([0., 1.])") { Tensor.normal(p, Tensor.zeros([2])) }
    table.row("tensor([2., 2., 2.])") { Tensor.empty([3]).uniform_(2, 2) }
    table.row("tensor([2., 2., 2.])") { Tensor.empty([3]).normal_(2, 0) }
    table.row("tensor([1., 1., 1.])") { Tensor.empty([3]).bernoulli_(1) }
    table.row("[3]") { Tensor.empty([3]).exponential_().shape }
    table.matchesTheArticle()
  }
}
