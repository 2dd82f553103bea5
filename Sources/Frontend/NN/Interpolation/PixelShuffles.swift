/// Channels in groups of r² as pixels of r × r: (…, C r², H, W) gives (…, C, H r, W r).
///
/// ```swift
/// PixelShuffle(3)(Tensor.zeros([1, 9, 4, 4])).shape  // [1, 1, 12, 12]
/// ```
///
/// Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
/// network", CVPR 2016.
public final class PixelShuffle: Module {
  /// The factor r by which images grow.
  public let upscaleFactor: Int

  /// Makes a layer that lets images grow by a factor.
  public init(_ upscaleFactor: Int) { self.upscaleFactor = upscaleFactor }

  public override func forward(_ x: Tensor) -> Tensor { Functional.pixelShuffle(x, upscaleFactor) }
  public override var extraDescription: String { "upscale_factor=\(upscaleFactor)" }
}

/// Pixels of r × r as channels in groups of r², the inverse of ``PixelShuffle``.
public final class PixelUnshuffle: Module {
  /// The factor r by which images shrink.
  public let downscaleFactor: Int

  /// Makes a layer that lets images shrink by a factor.
  public init(_ downscaleFactor: Int) { self.downscaleFactor = downscaleFactor }

  public override func forward(_ x: Tensor) -> Tensor { Functional.pixelUnshuffle(x, downscaleFactor) }
  public override var extraDescription: String { "downscale_factor=\(downscaleFactor)" }
}

/// The channels of groups in turn: those of (N, C, …), in so many parts, transposed.
///
/// Zhang et al., "ShuffleNet: an extremely efficient convolutional neural network for mobile devices", CVPR 2018.
public final class ChannelShuffle: Module {
  /// The number of parts.
  public let groups: Int

  /// Makes a layer that shuffles the channels of so many groups.
  public init(_ groups: Int) { self.groups = groups }

  public override func forward(_ x: Tensor) -> Tensor { Functional.channelShuffle(x, groups) }
  public override var extraDescription: String { "groups=\(groups)" }
}

extension ModuleRegistry {
  mutating func addPixelShuffles() {
    add("nn.PixelShuffle(int upscale_factor)") { PixelShuffle($0.int("upscale_factor")) }
    add("nn.PixelUnshuffle(int downscale_factor)") { PixelUnshuffle($0.int("downscale_factor")) }
    add("nn.ChannelShuffle(int groups)") { ChannelShuffle($0.int("groups")) }
  }
}
