import BackendAPI

extension Operator {
  static let dropout = Operator(BP_OP_DROPOUT, "dropout")

  static let dropouts: [Operator] = [dropout]
}

extension Ops {
  /// Elements set to zero with probability p, the others scaled by 1/(1 − p).
  static func dropped(_ x: Tensor, _ p: Double, _ generator: Generator?) throws(BackplaneError) -> Tensor {
    if p == 1 { return try mul(x, .int(0)) }
    let stream = (generator ?? .default).take(blocks: (x.numel + 3) / 4)
    guard Dispatcher.supports(.dropout, on: x.context, x.dtype, inputs: 1, outputs: 1) else {
      let wide = try widened(x)
      let result = try mul(wide, dropoutFactors(x.layout.shape, p, wide.dtype, stream, on: x.context))
      return wide.dtype == x.dtype ? result : try cast(result, x.dtype)
    }
    return try dropped(x, p, stream)
  }

  /// By the device's operator. The gradient is the same with the same numbers.
  private static func dropped(
    _ x: Tensor, _ p: Double, _ stream: (seed: UInt64, offset: UInt64)
  ) throws(BackplaneError) -> Tensor {
    let result = try Tensor(empty: x.isContiguous ? x.layout : .contiguous(x.layout.shape), x.dtype, on: x.context)
    var params = bp_dropout_params(
      struct_size: UInt32(MemoryLayout<bp_dropout_params>.size), reserved: 0, p: p, seed: stream.seed,
      offset: stream.offset)
    try withParams(&params) { (params) throws(BackplaneError) in
      try Dispatcher.unary(.dropout, on: x.context, Operand(x), to: Operand(result), params: params)
    }
    if Autograd.records(x) {
      Autograd.record("NativeDropoutBackward0", [x], result) { g throws(BackplaneError) in
        [try dropped(g, p, stream)]
      }
    }
    return result
  }

  /// 1/(1 − p), and 0 with probability p: what DROPOUT multiplies elements with, by their numbers of the stream.
  static func dropoutFactors(
    _ shape: [Int], _ p: Double, _ dtype: DType, _ stream: (seed: UInt64, offset: UInt64), on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    let draw = try random(
      .randomUniform, shape, .float32, Generator(seed: stream.seed, offset: stream.offset), on: context)
    return try mul(cast(compare(.ge, draw, .double(p)), dtype), .double(1 / (1 - p)))
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
