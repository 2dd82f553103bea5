import Backplane
import TestSupport
import Testing

@Suite struct ArgumentTests {
  /// A number within so many lists.
  private func nested(_ depth: Int) -> Argument {
    var result = Argument.int(1)
    for _ in 0..<depth { result = .list([result]) }
    return result
  }

  @Test func listsReadAsPythons() {
    let values: Argument = [1, [0.5, nil, []], "a", true, .slice(1, nil, 2), .dtype(.int8)]
    #expect("\(values)" == "[1, [0.5, None, []], 'a', True, 1::2, torch.int8]")
    #expect(values.flattened.map { "\($0)" } == ["1", "0.5", "None", "'a'", "True", "1::2", "torch.int8"])
    #expect(Argument.list([]).flattened.isEmpty && Argument.list([[], []]).tensor == nil)
    let x = Tensor([1, 2])
    #expect(Argument.list([[.tensor(x)], 3]).tensor === x)
  }

  @Test func listsOfAnyDepth() {
    let x = Tensor.ones([2, 3])
    let deep = nested(200_000)
    #expect(deep.flattened.count == 1 && deep.tensor == nil)
    #expect("\(deep)".hasPrefix("[[[[") && "\(deep)".hasSuffix("..."))
    for (name, arguments): (String, [Argument]) in [
      ("sum", [deep]), ("sum", [.tensor(x), deep]), ("cat", [deep]), ("full", [deep, 1]), ("full", [[2], deep]),
      ("index_put", [.tensor(x), deep, .tensor(x)]), ("tensordot", [.tensor(x), .tensor(x), deep]),
      ("nn.functional.pad", [.tensor(x), deep]), ("nn.functional.adaptive_avg_pool2d", [.tensor(x), deep]),
      ("nn.functional.interpolate", [.tensor(x), deep]), ("linalg.norm", [.tensor(x), deep]),
    ] { #expect(throws: BackplaneError.self) { try call(name, arguments) } }
    #expect(
      errorMessage { try call("__getitem__", [.tensor(x), deep]) }
        == "an index list of more than 16 levels is no tensor")
  }

  @Test func listsThatStandInManyPlaces() {
    // Two to the power of a thousand numbers, in a thousand lists.
    var wide = Argument.int(1)
    for _ in 0..<1000 { wide = [wide, wide] }
    let x = Tensor.ones([2, 3])
    #expect(throws: BackplaneError.self) { try call("__getitem__", [.tensor(x), wide]) }
    #expect("\(wide)".hasSuffix("..."))
    #expect(
      errorMessage { try call("__getitem__", [.tensor(x), [[[[1, 2], 1], 1], [1, 1]]]) }
        == "an index list has lists of unequal lengths")
  }
}
