extension Ops {
  /// Channels moved into blocks of r × r pixels.
  static func pixelShuffle(_ x: Tensor, _ upscaleFactor: Int) throws(BackplaneError) -> Tensor {
    let (r, shape) = (upscaleFactor, x.layout.shape)
    guard shape.count >= 3 else {
      throw BackplaneError(
        .shape,
        "pixel_shuffle expects input to have at least 3 dimensions, but got input with \(shape.count) dimension(s)")
    }
    guard r > 0 else {
      throw BackplaneError(.value, "pixel_shuffle expects a positive upscale_factor, but got \(r)")
    }
    let (lead, channels, height, width) = parts(shape)
    let (area, overflow) = r.multipliedReportingOverflow(by: r)
    guard !overflow else {
      throw BackplaneError(
        .value, "upscale factor is too large, (upscale_factor)^2 overflowed: upscale_factor=\(r)")
    }
    guard channels % area == 0 else {
      throw BackplaneError(
        .shape,
        "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
          + "input.size(-3)=\(channels) is not divisible by \(area)")
    }
    let result =
      try lead + [
        channels / area, Sizes.multiply(height, r, in: "pixel_shuffle"),
        Sizes.multiply(width, r, in: "pixel_shuffle"),
      ]
    _ = try Layout.contiguous(result)
    let n = lead.count
    let parted = try reshape(x, lead + [channels / area, r, r, height, width])
    let order = Array(0..<n) + [n, n + 3, n + 1, n + 4, n + 2]
    return try reshape(permute(parted, order), result)
  }

  /// Blocks of r × r pixels moved into channels.
  static func pixelUnshuffle(_ x: Tensor, _ downscaleFactor: Int) throws(BackplaneError) -> Tensor {
    let (r, shape) = (downscaleFactor, x.layout.shape)
    guard shape.count >= 3 else {
      throw BackplaneError(
        .shape,
        "pixel_unshuffle expects input to have at least 3 dimensions, but got input with \(shape.count) dimension(s)")
    }
    guard r > 0 else {
      throw BackplaneError(.value, "pixel_unshuffle expects a positive downscale_factor, but got \(r)")
    }
    let (lead, channels, height, width) = parts(shape)
    for (name, d, extent) in [("height", -2, height), ("width", -1, width)] where extent % r != 0 {
      throw BackplaneError(
        .shape,
        "pixel_unshuffle expects \(name) to be divisible by downscale_factor, but input.size(\(d))=\(extent) is not "
          + "divisible by \(r)")
    }
    let result = try lead + [Sizes.product([channels, r, r], in: "pixel_unshuffle"), height / r, width / r]
    _ = try Layout.contiguous(result)
    let n = lead.count
    let parted = try reshape(x, lead + [channels, height / r, r, width / r, r])
    let order = Array(0..<n) + [n, n + 2, n + 4, n + 1, n + 3]
    return try reshape(permute(parted, order), result)
  }

  /// Channels of groups taken in turns.
  static func channelShuffle(_ x: Tensor, _ groups: Int) throws(BackplaneError) -> Tensor {
    let shape = x.layout.shape
    guard shape.count > 2 else {
      throw BackplaneError(
        .shape,
        "channel_shuffle expects input with > 2 dims, but got input with sizes \(x.shape)")
    }
    guard groups > 0 else {
      throw BackplaneError(
        .value, "Number of groups to divide channels in must be positive. Value of groups:\(groups)")
    }
    guard shape[1] % groups == 0 else {
      throw BackplaneError(
        .value,
        "Number of channels must be divisible by groups. Got \(shape[1]) channels and \(groups) groups.")
    }
    let parted = try reshape(x, [shape[0], groups, shape[1] / groups] + shape.dropFirst(2))
    return try reshape(transpose(parted, 1, 2), shape)
  }

  private static func parts(_ shape: [Int]) -> (lead: [Int], channels: Int, height: Int, width: Int) {
    let n = shape.count - 3
    return (Array(shape[..<n]), shape[n], shape[n + 1], shape[n + 2])
  }
}

extension Functional {
  /// Channels in groups of r² as pixels of r × r: (…, C r², H, W) gives (…, C, H r, W r).
  ///
  /// Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
  /// network", CVPR 2016.
  public static func pixelShuffle(_ x: Tensor, _ upscaleFactor: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.pixelShuffle(x, upscaleFactor) }
  }

  /// Pixels of r × r as channels in groups of r²: the inverse of ``pixelShuffle(_:_:)``.
  public static func pixelUnshuffle(_ x: Tensor, _ downscaleFactor: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.pixelUnshuffle(x, downscaleFactor) }
  }

  /// The channels of groups in turn: those of (N, C, …), in `groups` parts, transposed.
  public static func channelShuffle(_ x: Tensor, _ groups: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.channelShuffle(x, groups) }
  }

}
