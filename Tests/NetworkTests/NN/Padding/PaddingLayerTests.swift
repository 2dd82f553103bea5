import Backplane
import TestSupport
import Testing

@Suite struct PaddingLayerTests {
  /// PyTorch's results for 1, 2, 3 with two elements before and one behind.
  @Test(arguments: testDevices) func oneDimension(_ device: Device) {
    let x = Tensor([[[1.0, 2, 3]]], device: device)
    let layers: [(Module, [Float])] = [
      (ConstantPad1d([2, 1], 3.5), [3.5, 3.5, 1, 2, 3, 3.5]), (ZeroPad1d([2, 1]), [0, 0, 1, 2, 3, 0]),
      (ReflectionPad1d([2, 1]), [3, 2, 1, 2, 3, 2]), (ReplicationPad1d([2, 1]), [1, 1, 1, 2, 3, 3]),
      (CircularPad1d([2, 1]), [2, 3, 1, 2, 3, 1]), (ReplicationPad1d([-1, 1]), [2, 3, 3]),
      (ReflectionPad1d(1), [2, 1, 2, 3, 2]),
    ]
    for (layer, expected) in layers {
      #expect(layer(x).toArray(Float.self) == expected, "\(layer)")
      #expect(layer(x[0]).equal(layer(x)[0]), "\(layer)")
    }
  }

  @Test(arguments: testDevices) func moreDimensionsAreThoseOfTheFunction(_ device: Device) {
    let image = Tensor.arange(120, dtype: .float32, device: device).view(2, 3, 4, 5).requiresGrad_()
    let volume = image.detach().view(1, 2, 3, 4, 5).requiresGrad_()
    let two = [1, 2, 3, 0], three = [1, 2, 3, 0, 1, 1]
    let layers: [(Module, Tensor, Tensor)] = [
      (ConstantPad2d(two, 7), image, F.pad(image, two, value: 7)), (ZeroPad2d(two), image, F.pad(image, two)),
      (ReflectionPad2d(two), image, F.pad(image, two, mode: .reflect)),
      (ReplicationPad2d(two), image, F.pad(image, two, mode: .replicate)),
      (CircularPad2d(two), image, F.pad(image, two, mode: .circular)),
      (ConstantPad3d(three, 7), volume, F.pad(volume, three, value: 7)),
      (ZeroPad3d(three), volume, F.pad(volume, three)),
      (ReflectionPad3d(three), volume, F.pad(volume, three, mode: .reflect)),
      (ReplicationPad3d(three), volume, F.pad(volume, three, mode: .replicate)),
      (CircularPad3d(three), volume, F.pad(volume, three, mode: .circular)),
      (ReplicationPad3d(2), volume, F.pad(volume, [2, 2, 2, 2, 2, 2], mode: .replicate)),
    ]
    for (layer, x, expected) in layers {
      let y = layer(x)
      #expect(y.equal(expected), "\(layer)")
      x.grad = nil
      y.sum().backward()
      #expect(x.grad!.sum().item() == Double(y.numel) || layer is ConstantPadLayer, "\(layer)")
    }
  }

  @Test func printing() {
    let layers: [(Module, String)] = [
      (ConstantPad1d(2, 3), "ConstantPad1d(padding=(2, 2), value=3)"),
      (ConstantPad2d([1, 2, 3, 4], 0.5), "ConstantPad2d(padding=(1, 2, 3, 4), value=0.5)"),
      (ZeroPad2d(2), "ZeroPad2d((2, 2, 2, 2))"), (ReflectionPad3d(1), "ReflectionPad3d((1, 1, 1, 1, 1, 1))"),
      (ReplicationPad1d([1, 0]), "ReplicationPad1d((1, 0))"), (CircularPad1d(3), "CircularPad1d((3, 3))"),
    ]
    for (layer, description) in layers { #expect("\(layer)" == description) }
  }

  @Test func byName() throws {
    let x = Argument.tensor(Tensor([[[1.0, 2, 3]]], device: "cpu"))
    #expect(
      try module("nn.ConstantPad1d", [[1, 2], 9]).call([x]).tensor!.toArray(Float.self) == [9, 1, 2, 3, 9, 9])
    #expect(
      try module("nn.CircularPad1d", [], ["padding": 1]).call([x]).tensor!.toArray(Float.self) == [3, 1, 2, 3, 1])
    for name in ["ConstantPad", "ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"] {
      for d in 1...3 {
        let layer = try module("nn.\(name)\(d)d", name == "ConstantPad" ? [1, 0.5] : [1])
        let x = Tensor.zeros([1] + [Int](repeating: 3, count: d + 1), device: "cpu")
        #expect(layer(x).shape == Shape([1, 3] + [Int](repeating: 5, count: d)))
      }
    }
  }

  @Test func mistakes() {
    let x = Tensor.zeros([2, 3, 4, 5], device: "cpu")
    let cases: [(String, () throws -> Void)] = [
      ("expected 2D or 3D input (got 4D input)", { _ = CircularPad1d(1)(x) }),
      ("expected 4D or 5D input (got 3D input)", { _ = CircularPad3d(1)(x[0]) }),
      ("Padding value causes wrapping around more than once.", { _ = CircularPad2d(6)(x) }),
      (
        "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding (7, 7) at "
          + "dimension 3 of input [2, 3, 4, 5]", { _ = ReflectionPad2d(7)(x) }
      ),
      ("Padding length must be divisible by 2", { _ = ZeroPad2d([1, 2, 3])(x) }),
      (
        "ReflectionPad2d(): argument 'padding' (position 1) must be tuple of ints, not str",
        { _ = try module("nn.ReflectionPad2d", ["1"]) }
      ),
    ]
    for (message, mistake) in cases { #expect(errorMessage(mistake) == message) }
  }
}
