import Backplane
import TestSupport
import Testing

@Suite struct ShapeTests {
  /// A function of a tensor, with the shape and the elements it must give.
  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let apply: @Sendable (Tensor) -> Tensor
    let shape: [Int]
    let elements: [Int]

    init(_ name: String, _ shape: [Int], _ elements: [Int], _ apply: @escaping @Sendable (Tensor) -> Tensor) {
      testDescription = name
      self.apply = apply
      self.shape = shape
      self.elements = elements
    }
  }

  /// Of [[0, 1, 2], [3, 4, 5]]. Elements are PyTorch's.
  static let examples: [Example] = [
    .init("flip", [2, 3], [5, 4, 3, 2, 1, 0]) { $0.flip(0, 1) },
    .init("fliplr", [2, 3], [2, 1, 0, 5, 4, 3]) { $0.fliplr() },
    .init("flipud", [2, 3], [3, 4, 5, 0, 1, 2]) { $0.flipud() },
    .init("roll", [2, 3], [5, 0, 1, 2, 3, 4]) { $0.roll(1) },
    .init("roll along", [2, 3], [1, 2, 0, 4, 5, 3]) { $0.roll(-1, dims: 1) },
    .init("rot90", [3, 2], [2, 5, 1, 4, 0, 3]) { $0.rot90() },
    .init("rot90 back", [3, 2], [3, 0, 4, 1, 5, 2]) { $0.rot90(-1) },
    .init("movedim", [3, 2], [0, 3, 1, 4, 2, 5]) { $0.movedim(-1, 0) },
    .init("H", [3, 2], [0, 3, 1, 4, 2, 5]) { $0.H },
    .init("mH", [3, 2], [0, 3, 1, 4, 2, 5]) { $0.mH },
    .init("unflatten", [2, 3, 1], [0, 1, 2, 3, 4, 5]) { $0.unflatten(1, [3, -1]) },
    .init("repeat", [2, 6], [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]) { $0.repeat(1, 2) },
    .init("repeat nothing", [0, 3], []) { $0.repeat(0, 1) },
    .init("tile", [2, 6], [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]) { $0.tile(2) },
    .init("repeatInterleave", [2, 6], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]) { $0.repeatInterleave(2, dim: 1) },
    .init("repeatInterleave by numbers", [4, 3], [0, 1, 2, 3, 4, 5, 3, 4, 5, 3, 4, 5]) {
      $0.repeatInterleave(Tensor([1, 3], device: $0.device), dim: 0)
    },
    .init("diagonal", [2], [0, 4]) { $0.diagonal() },
    .init("diagonal below", [1], [3]) { $0.diagonal(offset: -1) },
    .init("diagonal outside", [0], []) { $0.diagonal(offset: 7) },
    .init("unfold", [2, 2, 2], [0, 1, 1, 2, 3, 4, 4, 5]) { $0.unfold(1, 2, 1) },
    .init("unbind", [2], [2, 5]) { $0.unbind(dim: 1)[2] },
    .init("slice", [2, 2], [0, 2, 3, 5]) { $0.slice(1, nil, nil, step: 2) },
    .init("sumToSize", [1, 3], [3, 5, 7]) { $0.sumToSize([1, 3]) },
    .init("ravel", [6], [0, 3, 1, 4, 2, 5]) { $0.t().ravel() },
    .init("squeeze dims", [2, 3], [0, 1, 2, 3, 4, 5]) { $0.unsqueeze(0).unsqueeze(-1).squeeze([0, -1, 1]) },
    .init("hstack", [2, 6], [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]) { hstack([$0, $0]) },
    .init("vstack", [3, 3], [0, 1, 2, 3, 4, 5, 0, 1, 2]) { vstack([$0, $0[0]]) },
    .init("dstack", [2, 3, 1], [0, 1, 2, 3, 4, 5]) { dstack([$0]) },
    .init("columnStack", [2, 4], [0, 1, 2, 2, 3, 4, 5, 5]) { columnStack([$0, $0[.all, 2]]) },
    .init("tensorSplit", [2, 1], [2, 5]) { $0.tensorSplit(2, dim: 1)[1] },
    .init("tensorSplit at", [2, 2], [1, 2, 4, 5]) { $0.tensorSplit([1], dim: 1)[1] },
    .init("hsplit", [2, 1], [1, 4]) { $0.hsplit(3)[1] },
    .init("selectScatter", [2, 3], [0, 9, 2, 3, 8, 5]) {
      $0.selectScatter(Tensor([9, 8], device: $0.device), 1, 1)
    },
    .init("diagonalScatter", [2, 3], [9, 1, 2, 3, 8, 5]) { $0.diagonalScatter(Tensor([9, 8], device: $0.device)) },
    .init("combinations", [3, 2], [0, 1, 0, 2, 1, 2]) { combinations($0[0]) },
    .init("cartesianProd", [4, 2], [0, 3, 0, 4, 1, 3, 1, 4]) { cartesianProd([$0[0, ..<2], $0[1, ..<2]]) },
    .init("atleast3d", [2, 3, 1], [0, 1, 2, 3, 4, 5]) { atleast3d($0) },
    .init("meshgrid xy", [2, 3], [0, 0, 0, 3, 3, 3]) { meshgrid([$0[0], $0[.all, 0]], indexing: .xy)[1] },
  ]

  @Test(arguments: testDevices, examples) func shapes(_ device: Device, _ example: Example) {
    let result = example.apply(Tensor([[0, 1, 2], [3, 4, 5]], device: device))
    #expect(result.shape == example.shape)
    #expect(result.toArray(Int.self) == example.elements)
  }

  @Test(arguments: testDevices) func gradients(_ device: Device) throws {
    let functions: [@Sendable (Tensor) -> Tensor] = [
      { $0.flip(1) * $0 }, { $0.roll([1, 1], dims: [0, 1]) * $0 }, { $0.rot90() * $0.t() }, { $0.repeat(2, 2) },
      { $0.repeatInterleave(2, dim: 0) }, { $0.diagonal(offset: 1) * 3 }, { $0.unfold(1, 2, 1) },
      { $0.sumToSize([1, 3]) }, { $0.selectScatter($0[.all, 0] * $0[.all, 2], 1, 1) }, { cat($0.unbind(dim: 1)) },
    ]
    let values = [0.5, -1, 2, 3, 0.25, -2]
    for function in functions {
      let x = Tensor(values, shape: [2, 3], dtype: .float64, device: device).requiresGrad_()
      try gradcheck({ function($0[0]) }, [x])
    }
  }

  @Test func viewsShareStorage() {
    let x = Tensor.arange(24).view(2, 3, 4)
    let views = [
      x.movedim(0, 2), x.mT, x.T, x.swapaxes(0, 1), x.unflatten(2, [2, 2]), x.diagonal(), x.unfold(2, 2, 1),
      x.unbind()[1], x.tensorSplit(2, dim: 2)[1], x.slice(1, 1), x.expandAs(Tensor.zeros([5, 2, 3, 4])),
      meshgrid([x.view(24), x.view(24)])[0], atleast3d(x[0]), x.view(.uint8),
    ]
    for view in views { #expect(view.sharesStorage(with: x)) }
  }

  @Test func bitsOfAnotherType() {
    let x = Tensor([1.0, -2.0])
    #expect(x.view(.int32).toArray(Int.self) == [0x3F80_0000, Int(Int32(bitPattern: 0xC000_0000))])
    #expect(x.view(.uint8).shape == [8])
    #expect(x.view(.uint8).view(.float32).toArray(Double.self) == [1, -2])
    let bytes = Tensor.zeros([5], dtype: .uint8)
    #expect(
      errorMessage { _ = bytes.view(.float32) }
        == "self.size(-1) must be divisible by 4 to view Byte as Float (different element sizes), but got 5")
    #expect(
      errorMessage { _ = Tensor(1.0).view(.uint8) }
        == "self.dim() cannot be 0 to view Float as Byte (different element sizes)")
    #expect(
      errorMessage { _ = Tensor.zeros([2, 4]).t().view(.uint8) }
        == "self.stride(-1) must be 1 to view Float as Byte (different element sizes), but got 4")
  }

  @Test func misuseIsNamed() {
    let x = Tensor.arange(6).view(2, 3)
    #expect(errorMessage { _ = x.movedim([0, 0], [0, 1]) }.hasPrefix("movedim: repeated dim in `source`"))
    #expect(errorMessage { _ = x.unfold(1, 4, 1) } == "maximum size for tensor at dimension 1 is 3 but size is 4")
    #expect(errorMessage { _ = x.diagonal(dim1: 1, dim2: -1) }.hasPrefix("diagonal dimensions cannot be identical"))
    #expect(errorMessage { _ = x.flip(0, -2) } == "dim 0 appears multiple times in the list of dims")
    #expect(errorMessage { _ = x.repeat(2) }.hasPrefix("Number of dimensions of repeat dims can not be smaller"))
    #expect(errorMessage { _ = x.hsplit(2) }.contains("is not divisible by the split_size 2!"))
    #expect(errorMessage { _ = x[0].mT }.hasPrefix("tensor.mT is only supported on matrices"))
    #expect(
      errorMessage { _ = try call("meshgrid", [[.tensor(x[0])]], ["indexing": "yx"]) }.hasSuffix("but received: yx"))
    #expect(errorMessage { _ = x.sumToSize([2, 2]) }.contains("is not expandable to size"))
  }
}
