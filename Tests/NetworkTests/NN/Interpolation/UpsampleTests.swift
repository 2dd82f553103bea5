import Backplane
import TestSupport
import Testing

@Suite struct UpsampleTests {
  /// PyTorch's results.
  @Test(arguments: testDevices) func layersAgree(_ device: Device) {
    let x = Tensor([[[[1.0, 2], [3, 4]]]], device: device)
    #expect(
      Upsample(scaleFactor: 2)(x).toArray(Float.self) == [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4])
    #expect(
      Upsample(scaleFactor: 2, mode: .bilinear)(x).toArray(Float.self) == [
        1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4,
      ])
    let corners = [3.0, 4, 5, 6, 5, 6, 7, 8, 7, 8, 9, 10, 9, 10, 11, 12].map { $0 / 3 }
    #expect(areClose(UpsamplingBilinear2d(scaleFactor: 2)(x).toArray(), corners))
    #expect(areClose(Upsample(size: 4, mode: .bilinear, alignCorners: true)(x).toArray(), corners))
    #expect(UpsamplingNearest2d(size: [3, 2])(x).toArray(Float.self) == [1, 2, 1, 2, 3, 4])
    let y = Tensor.arange(16, dtype: .float32, device: device).view(1, 4, 2, 2)
    #expect(
      PixelShuffle(2)(y).toArray(Float.self) == [0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15])
    #expect(PixelUnshuffle(2)(PixelShuffle(2)(y)).equal(y))
    #expect(ChannelShuffle(2)(y).select(2, 0).select(2, 0).toArray(Float.self) == [0, 8, 4, 12])
  }

  @Test func printing() {
    let layers: [(Module, String)] = [
      (Upsample(scaleFactor: 2), "Upsample(scale_factor=2.0, mode='nearest')"),
      (Upsample(size: [2, 3]), "Upsample(size=(2, 3), mode='nearest')"),
      (Upsample(size: 3, mode: .nearestExact), "Upsample(size=3, mode='nearest-exact')"),
      (
        UpsamplingBilinear2d(scaleFactor: [2.0, 3.0]), "UpsamplingBilinear2d(scale_factor=(2.0, 3.0), mode='bilinear')"
      ),
      (UpsamplingNearest2d(), "UpsamplingNearest2d(size=None, mode='nearest')"),
      (PixelShuffle(3), "PixelShuffle(upscale_factor=3)"), (PixelUnshuffle(3), "PixelUnshuffle(downscale_factor=3)"),
      (ChannelShuffle(3), "ChannelShuffle(groups=3)"),
    ]
    for (layer, description) in layers { #expect("\(layer)" == description) }
  }

  @Test func byName() throws {
    let x = Argument.tensor(Tensor.ones([1, 4, 2, 2], device: "cpu"))
    let layers: [(String, [Argument], [String: Argument], Shape)] = [
      ("nn.Upsample", [5], [:], [1, 4, 5, 5]), ("nn.Upsample", [[3, 4]], ["mode": "bilinear"], [1, 4, 3, 4]),
      ("nn.Upsample", [], ["scale_factor": 1.5], [1, 4, 3, 3]),
      ("nn.Upsample", [nil, [2.0, 1.0]], ["recompute_scale_factor": true], [1, 4, 4, 2]),
      ("nn.UpsamplingNearest2d", [], ["scale_factor": 2], [1, 4, 4, 4]),
      ("nn.UpsamplingBilinear2d", [[3, 3]], [:], [1, 4, 3, 3]), ("nn.PixelShuffle", [2], [:], [1, 1, 4, 4]),
      ("nn.PixelUnshuffle", [2], [:], [1, 16, 1, 1]), ("nn.ChannelShuffle", [2], [:], [1, 4, 2, 2]),
    ]
    for (name, arguments, keywords, shape) in layers {
      #expect(try module(name, arguments, keywords).call([x]).tensor!.shape == shape)
    }
  }

  @Test func mistakes() {
    let x = Tensor.ones([1, 3, 3, 5], device: "cpu")
    let cases: [(String, () throws -> Void)] = [
      ("either size or scale_factor should be defined", { _ = Upsample()(x) }),
      (
        "either size or scale_factor should be defined", { _ = try module("nn.Upsample", [nil, 0]).call([.tensor(x)]) }
      ),
      ("only one of size or scale_factor should be defined", { _ = Upsample(size: 3, scaleFactor: 2)(x) }),
      ("Got 4D input, but trilinear mode needs 5D input", { _ = Upsample(size: 3, mode: .trilinear)(x) }),
      (
        "recompute_scale_factor is not meaningful with an explicit size.",
        { _ = Upsample(size: 3, recomputeScaleFactor: true)(x) }
      ),
      (
        "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear",
        { _ = Upsample(size: 3, alignCorners: false)(x) }
      ),
      (
        "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
          + "input.size(-3)=3 is not divisible by 4", { _ = PixelShuffle(2)(x) }
      ),
      (
        "pixel_unshuffle expects width to be divisible by downscale_factor, but input.size(-1)=5 is not divisible by 3",
        { _ = PixelUnshuffle(3)(x) }
      ),
      ("Number of channels must be divisible by groups. Got 3 channels and 2 groups.", { _ = ChannelShuffle(2)(x) }),
    ]
    for (message, mistake) in cases { #expect(errorMessage(mistake) == message) }
  }
}
