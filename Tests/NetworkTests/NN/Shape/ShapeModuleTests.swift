import Backplane
import TestSupport
import Testing

@Suite struct ShapeModuleTests {
  @Test(arguments: testDevices) func shapes(_ device: Device) throws {
    let x = Tensor.arange(24, dtype: .float32, device: device).view(2, 3, 4)
    #expect(Flatten()(x).equal(x.view(2, 12)) && Flatten(startDim: 0, endDim: 1)(x).equal(x.view(6, 4)))
    #expect(Unflatten(1, [3, -1])(x.view(2, 12)).equal(x))
    #expect(Unflatten(dim: -1, unflattenedSize: [2, 2])(x).equal(x.view(2, 3, 2, 2)))
    #expect(
      "\(Flatten()) \(Unflatten(1, [3, 4]))"
        == "Flatten(start_dim=1, end_dim=-1) Unflatten(dim=1, unflattened_size=(3, 4))")
    #expect(try module("nn.Flatten", [0]).call([.tensor(x)]).tensor!.shape == [24])
    #expect(try module("nn.Unflatten", [2, [2, 2]]).call([.tensor(x)]).tensor!.shape == [2, 3, 2, 2])
  }

  @Test func mistakes() {
    let x = Tensor.zeros([4, 6], device: "cpu")
    let cases: [(String, () throws -> Void)] = [
      ("flatten() has invalid args: start_dim cannot come after end_dim", { _ = Flatten(startDim: 1, endDim: 0)(x) }),
      ("Dimension out of range (expected to be in range of [-1, 0], but got 1)", { _ = Flatten()(x[0][0]) }),
      ("Dimension out of range (expected to be in range of [-2, 1], but got 5)", { _ = Unflatten(5, [2, 3])(x) }),
      (
        "Unflatten() missing 1 required positional argument: \"unflattened_size\"",
        { _ = try module("nn.Unflatten", [1]) }
      ),
    ]
    for (message, mistake) in cases { #expect(errorMessage(mistake) == message) }
    #expect(errorKind { _ = Unflatten(1, [2, 2])(x) } != nil)
  }
}
