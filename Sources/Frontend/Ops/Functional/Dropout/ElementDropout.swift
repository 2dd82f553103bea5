extension Ops {
  /// Elements set to zero with probability p, the others scaled by 1/(1 − p).
  static func dropped(_ x: Tensor, _ p: Double, _ generator: Generator?) throws(BackplaneError) -> Tensor {
    if p == 1 { return try mul(x, .int(0)) }
    let draw = try random(.randomUniform, x.layout.shape, .float32, generator, on: x.context)
    let kept = try cast(compare(.ge, draw, .double(p)), x.dtype)
    return try mul(x, mul(kept, .double(1 / (1 - p))))
  }

  /// ``dropped(_:_:_:)`` while training; else `x` itself.
  static func dropout(_ x: Tensor, p: Double, training: Bool, _ generator: Generator?) throws(BackplaneError) -> Tensor
  {
    try requireProbability(p)
    return try training && p > 0 ? dropped(x, p, generator) : x
  }

  /// Refuses what is no probability of being dropped.
  static func requireProbability(_ p: Double) throws(BackplaneError) {
    guard p >= 0, p <= 1 else {
      throw BackplaneError(.value, "dropout probability has to be between 0 and 1, but got \(p)")
    }
  }
}

extension Functional {
  /// Sets elements to zero with probability p and scales the others by 1/(1 − p); gives `x` itself unless `training`.
  public static func dropout(
    _ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.dropout(x, p: p, training: training, generator) }
  }

}
