import BackendAPI

extension Operator {
  static let softmax = Operator(BP_OP_SOFTMAX, "softmax")
  static let logSoftmax = Operator(BP_OP_LOG_SOFTMAX, "log_softmax")
  static let softmaxBackward = Operator(BP_OP_SOFTMAX_BACKWARD, "softmax_backward")
  static let logSoftmaxBackward = Operator(BP_OP_LOG_SOFTMAX_BACKWARD, "log_softmax_backward")

  static let normalization: [Operator] = [softmax, logSoftmax, softmaxBackward, logSoftmaxBackward]
}

extension Ops {
  static func softmax(_ x: Tensor, _ dim: Int) throws(BackplaneError) -> Tensor {
    try normalized(x, dim, .softmax, .softmaxBackward)
  }

  static func logSoftmax(_ x: Tensor, _ dim: Int) throws(BackplaneError) -> Tensor {
    try normalized(x, dim, .logSoftmax, .logSoftmaxBackward)
  }

  private static func normalized(
    _ x: Tensor, _ dim: Int, _ op: Operator, _ backward: Operator
  ) throws(BackplaneError) -> Tensor {
    let d = try normalize(dim, rank: x.layout.rank)
    guard x.dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "\(op.name): not implemented for '\(x.dtype.scalarName)'")
    }
    if x.layout.rank == 0 { return try reshape(normalized(reshape(x, [1]), 0, op, backward), []) }
    let y = try bareNormalized(x, d, op)
    if Autograd.records(x) {
      let saved = Saved(result: y)
      let node = Autograd.makeNode(
        op.id == BP_OP_LOG_SOFTMAX ? "LogSoftmaxBackward0" : "SoftmaxBackward0", [x]
      ) {
        node, grads throws(BackplaneError) in
        guard let g = grads[0] else { return [nil] }
        return [try normalizedBackward(saved.unpack(node), g, d, backward)]
      }
      Autograd.attach(node, to: y)
    }
    return y
  }

  private static func normalizedBackward(
    _ y: Tensor, _ g: Tensor, _ d: Int, _ op: Operator
  ) throws(BackplaneError) -> Tensor {
    // Gradients of this gradient go through the decomposition.
    guard !Autograd.records(y, g), Dispatcher.supports(op, on: y.context, y.dtype, inputs: 2, outputs: 1) else {
      return try cast(
        decomposedBackward(widened(y), widened(g), d, isLog: op.id == BP_OP_LOG_SOFTMAX_BACKWARD), y.dtype)
    }
    let result = try empty(y.layout.shape, y.dtype, on: y.context)
    try withAxis(d) { (p) throws(BackplaneError) in
      try Dispatcher.binary(op, on: y.context, Operand(y), Operand(g), to: Operand(result), params: p)
    }
    return result
  }

  /// Without gradient, by the device's operator or from core ones.
  private static func bareNormalized(_ x: Tensor, _ d: Int, _ op: Operator) throws(BackplaneError) -> Tensor {
    guard Dispatcher.supports(op, on: x.context, x.dtype, inputs: 1, outputs: 1) else {
      return try cast(decomposed(widened(x.detach()), d, isLog: op.id == BP_OP_LOG_SOFTMAX), x.dtype)
    }
    let y = try Tensor(empty: x.isContiguous ? x.layout : .contiguous(x.layout.shape), x.dtype, on: x.context)
    try withAxis(d) { (p) throws(BackplaneError) in
      try Dispatcher.unary(op, on: x.context, Operand(x), to: Operand(y), params: p)
    }
    return y
  }

  // From core operators, for devices without the fused ones.

  private static func decomposed(_ x: Tensor, _ d: Int, isLog: Bool) throws(BackplaneError) -> Tensor {
    guard x.layout.elements[d] > 0 else { return try clone(x) }
    let shifted = try sub(x, reduce(.max, x, (0..<x.layout.rank).map { $0 == d }, x.dtype))
    let shares = try unary(.exp, shifted)
    let total = try sum(shares, [d], keepDim: true)
    return try isLog ? sub(shifted, unary(.log, total)) : div(shares, total)
  }

  private static func decomposedBackward(
    _ y: Tensor, _ g: Tensor, _ d: Int, isLog: Bool
  ) throws(BackplaneError) -> Tensor {
    if isLog { return try sub(g, mul(unary(.exp, y), sum(g, [d], keepDim: true))) }
    return try mul(y, sub(g, sum(mul(g, y), [d], keepDim: true)))
  }
}

extension Tensor {
  /// Probabilities along a dimension, which may be counted from the back: exp(x) / Σ exp(x).
  ///
  /// ```swift
  /// Tensor([[0.0, 0], [1, 3]]).softmax(1)  // [[0.5, 0.5], [0.1192, 0.8808]]
  /// ```
  public func softmax(_ dim: Int) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.softmax(Autocast.cast("softmax", self), dim)
    }
  }
  /// The logarithms of probabilities along a dimension, x − log Σ exp(x), without the rounding of
  /// `x.softmax(dim).log()`.
  public func logSoftmax(_ dim: Int) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.logSoftmax(Autocast.cast("log_softmax", self), dim)
    }
  }
}
