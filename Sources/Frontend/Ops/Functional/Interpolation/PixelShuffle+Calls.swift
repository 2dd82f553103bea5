// Rearrangements of channels and pixels by name.

extension OperatorRegistry {
  mutating func addPixelShuffles() {
    for name in ["channel_shuffle", "nn.functional.channel_shuffle"] {
      add("\(name)(Tensor input, int groups)") { try Ops.channelShuffle($0.tensor("input"), $0.int("groups")) }
    }
    for name in ["pixel_shuffle", "nn.functional.pixel_shuffle"] {
      add("\(name)(Tensor input, int upscale_factor)") {
        try Ops.pixelShuffle($0.tensor("input"), $0.int("upscale_factor"))
      }
    }
    for name in ["pixel_unshuffle", "nn.functional.pixel_unshuffle"] {
      add("\(name)(Tensor input, int downscale_factor)") {
        try Ops.pixelUnshuffle($0.tensor("input"), $0.int("downscale_factor"))
      }
    }
  }
}
