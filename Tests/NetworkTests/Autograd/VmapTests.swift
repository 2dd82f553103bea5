import Backplane
import TestSupport
import Testing

/// Functions of one example, applied to a batch. Numbers and messages are PyTorch's.
@Suite struct VmapTests {
  private let grid = Tensor([[0.0, 1, 2], [3, 4, 5]])

  @Test(arguments: testDevices) func dimensionsOfTheBatch(_ device: Device) {
    let grid = grid.to(device)
    #expect(vmap { (x: Tensor) in x.sum() }(grid).toArray(Double.self) == [3, 12])
    #expect(vmap({ (x: Tensor) in x.sum() }, inDims: 1)(grid).toArray(Double.self) == [3, 5, 7])
    #expect(vmap({ (x: Tensor) in x.sum() }, inDims: -1)(grid).toArray(Double.self) == [3, 5, 7])
    let doubled = vmap({ (x: Tensor) in x * 2 }, inDims: 1, outDims: -1)(grid)
    #expect(doubled.shape == [2, 3] && doubled.toArray(Double.self) == [0, 2, 4, 6, 8, 10])
    let outputs = vmap({ (x: [Tensor]) in [x[0], x[0].sum()] }, outDims: [1, 0])([grid])
    #expect(outputs[0].shape == [3, 2] && outputs[0].toArray(Double.self) == [0, 3, 1, 4, 2, 5])
    #expect(outputs[1].toArray(Double.self) == [3, 12])
    let scaled = vmap({ (x: Tensor, y: Tensor) in x * y }, inDims: (0, nil))(grid, Tensor([1.0, 2, 3], device: device))
    #expect(scaled.toArray(Double.self) == [0, 2, 6, 3, 8, 15])
    #expect(vmap { (x: Tensor, y: Tensor) in x.dot(y) }(grid, grid).toArray(Double.self) == [5, 50])
  }

  @Test func withinOneAnother() {
    let products = vmap(
      vmap({ (x: Tensor, y: Tensor) in x.dot(y) }, inDims: (nil, 0)), inDims: (0, nil))(grid, grid)
    #expect(products.toArray(Double.self) == [5, 14, 14, 50] && products.shape == [2, 2])
  }

  @Test func gradientsOfEachExample() {
    let x = Tensor([[0.5, 1.5], [-1, 2]])
    #expect(areClose(vmap(grad { (x: Tensor) in (x ** 3).sum() })(x).toArray(), [0.75, 6.75, 3, 12]))
    let leaf = x.clone().requiresGrad_()
    vmap { (x: Tensor) in (x ** 3).sum() }(leaf).sum().backward()
    #expect(areClose(leaf.grad!.toArray(), [0.75, 6.75, 3, 12]))
    // Control flow by values.
    let absolute = vmap { (x: Tensor) in x.item() > 0 ? x : -x }(Tensor([1.0, -2, 3]))
    #expect(absolute.toArray(Double.self) == [1, 2, 3])
  }

  @Test func noExamples() {
    let empty = vmap({ (x: Tensor) in x.unsqueeze(0) * 2 }, outDims: 2)(Tensor.ones([0, 4]))
    #expect(empty.shape == [1, 4, 0])
  }

  /// In a process of its own: the default generator is every test's.
  @Test func randomNumbers() async {
    await #expect(processExitsWith: .success) { VmapTests.compareRandomNumbers() }
  }

  private static func compareRandomNumbers() {
    let x = Tensor.zeros([3])
    func numbers(_ randomness: VmapRandomness) -> [Double] {
      manualSeed(4)
      return vmap({ (x: Tensor) in x + Tensor.rand([2]).sum() }, randomness: randomness)(x).toArray()
    }
    let same = numbers(.same), different = numbers(.different)
    #expect(same[0] == same[1] && same[1] == same[2])
    #expect(Set(different).count == 3 && different[0] == same[0])
    manualSeed(4)
    let first = (Tensor.rand([2]).sum()).item(), next = Tensor.rand([1]).item()
    #expect(first == same[0])
    _ = numbers(.same)
    #expect(Tensor.rand([1]).item() == next)
    #expect(
      errorMessage { _ = numbers(.error) }
        == "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
        + "randomness flags on vmap or perform the randomness operation out of vmap")
    // A generator that the function was given, and one within the other.
    let generator = Generator(seed: 3)
    let given = vmap({ (x: Tensor) in x + Tensor.rand([], generator: generator) }, randomness: .same)(x)
    #expect(Set(given.toArray(Double.self)).count == 1)
    let nested = vmap(
      vmap({ (x: Tensor) in x + Tensor.rand([]) }, randomness: .different), randomness: .same)(Tensor.zeros([2, 2]))
    let values = nested.toArray(Double.self)
    #expect(values[0] == values[2] && values[1] == values[3] && values[0] != values[1])
    let turned = vmap(
      vmap({ (x: Tensor) in x + Tensor.rand([]) }, randomness: .same), randomness: .different)(Tensor.zeros([2, 2]))
    let others = turned.toArray(Double.self)
    #expect(others[0] == others[1] && others[2] == others[3] && others[0] != others[2])
  }

  @Test func misuseIsNamed() {
    let x = Tensor.ones([2])
    #expect(
      errorMessage { _ = vmap { (x: Tensor, y: Tensor) in x * y }(Tensor.ones([2]), Tensor.ones([3])) }
        == "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes [2, 3] for the mapped "
        + "dimension")
    #expect(
      errorMessage { _ = vmap({ (x: Tensor) in x }, inDims: 2)(x) }
        == "vmap(in_dims=2, ...)(<inputs>): Got in_dim=2 for some input, but that input is a Tensor of dimensionality 1 so "
        + "expected in_dim to satisfy -1 <= in_dim < 1.")
    #expect(errorMessage { _ = vmap { (x: Tensor) in x }(Tensor(1.0)) }.contains("Tensor of dimensionality 0"))
    #expect(
      errorMessage { _ = vmap({ (x: Tensor) in x }, outDims: 3)(x) }
        == "Dimension out of range (expected to be in range of [-1, 0], but got 3)")
    #expect(
      errorMessage { _ = vmap({ (x: [Tensor]) in x }, inDims: [nil, nil])([x, x]) }.contains("all of in_dims are nil"))
    #expect(
      errorMessage { _ = vmap({ (x: [Tensor]) in x }, inDims: [0])([x, x]) }
        .hasPrefix("vmap: in_dims is not compatible with the structure of `inputs`"))
    #expect(
      errorMessage { _ = vmap({ (x: [Tensor]) in x + x }, outDims: [0])([x]) }
        .hasPrefix("vmap: out_dims is not compatible with the structure of `outputs`"))
    var count = 0
    #expect(
      errorMessage {
        _ = vmap { (x: [Tensor]) -> [Tensor] in
          count += 1
          return Array(repeating: x[0], count: count)
        }([x])
      } == "vmap: the function gave 1 tensors for one example, 2 for another")
    #expect(errorMessage { _ = vmap { (x: Tensor) in x.reshape([7]) }(x) }.contains("shape '[7]' is invalid"))
  }
}
