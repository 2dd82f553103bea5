import Backplane
import TestSupport
import Testing

@Suite struct DropoutLayerTests {
  private static var layers: [DropoutLayer] {
    [
      Dropout(p: 0.25), Dropout1d(p: 0.25), Dropout2d(p: 0.25), Dropout3d(p: 0.25), AlphaDropout(p: 0.25),
      FeatureAlphaDropout(p: 0.25),
    ]
  }

  private static func input(_ layer: Module, _ device: Device) -> Tensor {
    let rank = layer is Dropout1d ? 1 : layer is Dropout3d ? 3 : 2
    return Tensor.ones([8, 100] + [Int](repeating: 2, count: rank), device: device)
  }

  @Test(arguments: oneOfEachKind) func dropsInTrainingAlone(_ device: Device) {
    for layer in DropoutLayerTests.layers {
      let x = DropoutLayerTests.input(layer, device)
      let y = layer.train()(x)
      let dropped = Double((y - y.max()).abs().gt(0.5).sum().item()) / Double(x.numel)
      #expect(abs(dropped - 0.25) < 0.06, "\(layer): \(dropped)")
      #expect(layer.eval()(x) === x, "\(layer)")
    }
  }

  /// Layers of channels drop all of a channel or nothing of it.
  @Test(arguments: oneOfEachKind) func channelsAreDroppedWhole(_ device: Device) {
    for layer in DropoutLayerTests.layers where !(layer is Dropout) && !(layer is AlphaDropout) {
      let y = layer.train()(DropoutLayerTests.input(layer, device)).view(800, -1)
      #expect(y.equal(y.narrow(1, 0, 1).expand(800, y.shape[1])), "\(layer)")
    }
    // Without a batch.
    let y = Dropout3d()(Tensor.ones([200, 2, 2, 2], device: device)).view(200, 8)
    #expect(y.equal(y.narrow(1, 0, 1).expand(200, 8)) && y.sum().item() > 0)
  }

  @Test(arguments: oneOfEachKind) func alphaDropoutKeepsMeanAndVariance(_ device: Device) {
    let x = Tensor.randn([20_000], device: device, generator: Generator(seed: 3))
    let y = AlphaDropout(p: 0.3)(x)
    #expect(abs(y.mean().item()) < 0.05 && abs(y.std().item() - 1) < 0.05)
  }

  @Test(arguments: oneOfEachKind) func inplace(_ device: Device) {
    for layer in [
      Dropout(p: 0.5, inplace: true), Dropout1d(p: 0.5, inplace: true), Dropout2d(p: 0.5, inplace: true),
      Dropout3d(p: 0.5, inplace: true), AlphaDropout(p: 0.5, inplace: true), FeatureAlphaDropout(p: 0.5, inplace: true),
    ] {
      let x = DropoutLayerTests.input(layer, device)
      let y = layer(x)
      #expect(y === x && x.ne(1).any().item() != 0, "\(layer)")
      // Nothing is changed that is not dropped from: also not where a gradient forbids it.
      let leaf = DropoutLayerTests.input(layer, device).requiresGrad_()
      #expect(layer.eval()(leaf) === leaf)
      #expect("\(layer)" == "\(type(of: layer))(p=0.5, inplace=True)")
    }
  }

  @Test func byNameAndMistakes() throws {
    for layer in DropoutLayerTests.layers {
      let name = "nn.\(type(of: layer))"
      #expect("nn.\(try module(name, [0.25]))" == "\(name)(p=0.25, inplace=False)")
      #expect("nn.\(try module(name, [], ["inplace": true]))" == "\(name)(p=0.5, inplace=True)")
      #expect(
        errorMessage { _ = try module(name, [-0.5]) }
          == "dropout probability has to be between 0 and 1, but got -0.5")
    }
    let x = Tensor.ones([2], device: "cpu")
    #expect(
      errorMessage { _ = Dropout2d()(x) } == "Feature dropout requires at least 2 dimensions in the input")
    #expect(
      errorMessage { _ = FeatureAlphaDropout()(x) } == "Feature dropout requires at least 2 dimensions in the input")
    #expect(
      errorMessage { _ = Dropout1d().eval()(x) }.hasPrefix("dropout1d: Expected 2D or 3D input, but received a 1D"))
  }
}
