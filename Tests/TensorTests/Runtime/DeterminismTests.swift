import Backplane
import TestSupport
import Testing

/// What operators do that a device does not promise the same results of. The mode is the whole program's: other tests, on
/// devices that promise all, do not notice.
@Suite(.serialized) struct DeterminismTests {
  /// A device with the core operators alone, which does not promise `scatter` and `tanh`.
  private static let device = CoreDevice.load("disordered")

  private func deterministically<Result>(warnOnly: Bool = false, _ body: () throws -> Result) rethrows -> Result {
    useDeterministicAlgorithms(true, warnOnly: warnOnly)
    defer { useDeterministicAlgorithms(false) }
    return try body()
  }

  @Test func theModeCanBeAskedFor() {
    #expect(!areDeterministicAlgorithmsEnabled && !isDeterministicAlgorithmsWarnOnlyEnabled)
    deterministically { #expect(areDeterministicAlgorithmsEnabled && !isDeterministicAlgorithmsWarnOnlyEnabled) }
    deterministically(warnOnly: true) {
      #expect(areDeterministicAlgorithmsEnabled && isDeterministicAlgorithmsWarnOnlyEnabled)
    }
    #expect(!areDeterministicAlgorithmsEnabled)
  }

  @Test func anOperatorWithoutAPromiseIsAnError() {
    let x = Tensor([0.0, 1], device: Self.device)
    #expect(areClose(x.tanh().toArray(), [0, 0.761594]))
    deterministically {
      #expect(
        errorMessage { _ = x.tanh() }
          == "tanh on disordered:0 does not have a deterministic implementation, but you set "
          + "'useDeterministicAlgorithms(true)'. You can turn off determinism just for this operation, or you can use the "
          + "'warnOnly: true' option, if that's acceptable for your application.")
      #expect(errorMessage { _ = x.exp() } == "(no error)")
      #expect(errorMessage { _ = x.to("cpu").tanh() } == "(no error)")
    }
    deterministically(warnOnly: true) { #expect(areClose(x.tanh().toArray(), [0, 0.761594])) }
  }

  /// Scatters of every mode along both dimensions, with positions that occur once, often, and never.
  @Test(arguments: ["set", "sum", "prod", "amax", "amin", "mean"], [0, 1])
  func scatterTakesAnotherWay(_ mode: String, _ dim: Int) {
    let generator = Generator(seed: 8)
    let own = Tensor.rand([5, 6], generator: generator), source = Tensor.rand([4, 5], generator: generator)
    let index = Tensor.randint(0, 4, [4, 5], generator: generator)
    func result(_ device: Device) -> [Double] {
      let (x, i, s) = (own.to(device), index.to(device), source.to(device))
      switch mode {
      case "set": return x.scatter(dim, i, s).toArray()
      case "sum": return x.scatterAdd(dim, i, s).toArray()
      default:
        return try! call("scatter_reduce", [.tensor(x), .int(Int64(dim)), .tensor(i), .tensor(s), .string(mode)])
          .tensor!.toArray()
      }
    }
    let expected = result("cpu")
    #expect(areClose(result(Self.device), expected))
    deterministically {
      #expect(areClose(result(Self.device), expected))
      #expect(
        errorMessage { _ = own.to(Self.device).scatterAdd(dim, (index + 9).to(Self.device), source.to(Self.device)) }
          .contains("is out of bounds for dimension \(dim)"))
    }
  }

  @Test func gradientsOfEmbeddingsAndIndexing() {
    func gradient(_ device: Device) -> [Double] {
      let table = Tensor.rand([4, 3], generator: Generator(seed: 1)).to(device).requiresGrad_()
      let positions = Tensor([1, 3, 1, 1, 0], device: device)
      let y = F.embedding(positions, table) * Tensor.rand([5, 3], generator: Generator(seed: 2)).to(device)
      (y.sum() + table[positions].square().sum()).backward()
      return table.grad!.toArray()
    }
    deterministically { #expect(areClose(gradient(Self.device), gradient("cpu"))) }
  }

  @Test func theOrderOfASumIsFixed() {
    // Numbers whose sum depends on the order.
    let values = (0..<64).map { $0 % 3 == 0 ? 1e8 : $0 % 3 == 1 ? 1 : -1e8 }
    let source = Tensor(values, device: Self.device), index = Tensor.zeros([64], dtype: .int64, device: Self.device)
    deterministically {
      let sums = (0..<3).map { _ in
        Tensor.zeros([2], device: Self.device).scatterAdd(0, index, source).toArray(Double.self)
      }
      #expect(sums[0] == sums[1] && sums[1] == sums[2])
    }
  }
}
