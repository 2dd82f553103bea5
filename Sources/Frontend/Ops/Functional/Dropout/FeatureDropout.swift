extension Ops {
  /// Whole channels of (N, C, L) or (C, L) set to zero while training.
  static func dropout1d(
    _ x: Tensor, p: Double, training: Bool, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    try requireProbability(p)
    let rank = x.layout.rank
    guard rank == 2 || rank == 3 else {
      throw BackplaneError(
        .shape,
        "dropout1d: Expected 2D or 3D input, but received a \(rank)D input. Note that dropout1d exists to provide "
          + "channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch "
          + "dimension (i.e. 2D or 3D inputs).")
    }
    return try dropChannels(x, p, training, batch: rank - 2, generator)
  }

  /// Whole channels of (N, C, H, W) set to zero while training.
  static func dropout2d(
    _ x: Tensor, p: Double, training: Bool, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    try requireProbability(p)
    return try dropChannels(x, p, training, batch: 1, generator)
  }

  /// Whole channels of (N, C, D, H, W), or of (C, D, H, W) and whatever else is no batch, set to zero while training.
  static func dropout3d(
    _ x: Tensor, p: Double, training: Bool, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    try requireProbability(p)
    return try dropChannels(x, p, training, batch: x.layout.rank == 5 ? 1 : 0, generator)
  }

  /// Elements set to the least value of ``selu(_:)`` while training, with mean and variance kept.
  static func alphaDropout(
    _ x: Tensor, p: Double, training: Bool, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    try alphaDropout(x, p, training, shape: x.layout.shape, generator)
  }

  /// Whole channels set to the least value of ``selu(_:)`` while training, with mean and variance kept.
  static func featureAlphaDropout(
    _ x: Tensor, p: Double, training: Bool, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    if training, p > 0, p < 1, x.numel > 0 { try requireChannels(x, 1) }
    return try alphaDropout(x, p, training, shape: channels(x, 1), generator)
  }

  private static func dropChannels(
    _ x: Tensor, _ p: Double, _ training: Bool, batch: Int, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    guard training, p > 0 else { return x }
    if p == 1 { return try mul(x, .int(0)) }
    try requireChannels(x, batch)
    let kept = try mask(channels(x, batch), p, x, generator)
    return try mul(x, mul(kept, .double(1 / (1 - p))))
  }

  private static func requireChannels(_ x: Tensor, _ batch: Int) throws(BackplaneError) {
    guard x.layout.rank > batch else {
      throw BackplaneError(.shape, "Feature dropout requires at least 2 dimensions in the input")
    }
  }

  /// One for each channel, in a shape that broadcasts.
  private static func channels(_ x: Tensor, _ batch: Int) -> [Int] {
    x.layout.shape.enumerated().map { $0.offset <= batch ? $0.element : 1 }
  }

  /// 1 with probability 1 − p, else 0.
  private static func mask(
    _ shape: [Int], _ p: Double, _ x: Tensor, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    let draw = try random(.randomUniform, shape, .float32, generator, on: x.context)
    return try cast(compare(.ge, draw, .double(p)), x.dtype)
  }

  private static func alphaDropout(
    _ x: Tensor, _ p: Double, _ training: Bool, shape: [Int], _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    try requireProbability(p)
    guard training, p > 0, x.numel > 0 else { return x }
    if p == 1 { return try mul(x, .int(0)) }
    let alpha = 1.7580993408473766
    let kept = try mask(shape, p, x, generator)
    let scale = 1 / ((alpha * alpha * p + 1) * (1 - p)).squareRoot()
    // kept · x · a + (kept − 1) · α a + α a p
    let moved = try add(
      mul(sub(kept, .double(1)), .double(alpha * scale)), .double(alpha * scale * p))
    return try add(mul(x, mul(kept, .double(scale))), moved)
  }
}

extension Functional {
  /// Whole channels set to zero with probability p, the others scaled by 1/(1 − p); (N, C, L) or (C, L).
  public static func dropout1d(
    _ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.dropout1d(x, p: p, training: training, generator) }
  }

  /// Whole channels set to zero with probability p, the others scaled by 1/(1 − p); (N, C, H, W).
  public static func dropout2d(
    _ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.dropout2d(x, p: p, training: training, generator) }
  }

  /// Whole channels set to zero with probability p, the others scaled by 1/(1 − p); (N, C, D, H, W) or (C, D, H, W).
  public static func dropout3d(
    _ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.dropout3d(x, p: p, training: training, generator) }
  }

  /// Dropout after ``selu(_:)``: elements become its least value, and mean and variance are kept.
  public static func alphaDropout(
    _ x: Tensor, p: Double = 0.5, training: Bool = false, generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.alphaDropout(x, p: p, training: training, generator) }
  }

  /// Dropout of whole channels after ``selu(_:)``: they become its least value, and mean and variance are kept.
  public static func featureAlphaDropout(
    _ x: Tensor, p: Double = 0.5, training: Bool = false, generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.featureAlphaDropout(x, p: p, training: training, generator) }
  }

}
