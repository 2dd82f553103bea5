extension Ops {
  /// log Σ exp over dimensions, without overflow on the way.
  static func logsumexp(_ x: Tensor, _ dims: [Int]?, keepDim: Bool) throws(BackplaneError) -> Tensor {
    let operand = try floating(x)
    let reduced = try Ops.dims(dims, operand)
    let kept = reduced.indices.filter { reduced[$0] }
    let plain = operand.detach()
    let result: Tensor
    if plain.numel == 0 {
      result = try unary(.log, sum(plain, kept, keepDim: true))
    } else {
      let peak = try reduce(.max, real(plain), reduced, operand.dtype.realType)
      // An infinite extreme is the result by itself.
      let isFinite = try compare(.lt, abs(peak), .double(.infinity))
      let shift = try select(isFinite, .tensor(peak), .scalar(.int(0)), peak.dtype)
      result = try add(unary(.log, sum(unary(.exp, sub(plain, shift)), kept, keepDim: true)), shift)
    }
    let squeezed = try squeeze(result, reduced, keepDim: keepDim)
    if Autograd.records(operand) {
      let saved = try Saved(operand)
      Autograd.record("LogsumexpBackward0", [operand], squeezed) { g throws(BackplaneError) in
        let x = try saved.unpack()
        // Recomputed, so that gradients of this gradient see it.
        let y = try logsumexp(x, kept, keepDim: true)
        // Of nothing but −∞ there are no shares; of what is infinite or NaN they are not known.
        let shift = try zeroed(y, where: compare(.eq, real(y), .double(-.infinity)))
        let share = try unary(.exp, sub(x, shift))
        return [try mul(unsqueeze(g, reduced, keepDim: keepDim), conj(share))]
      }
    }
    return squeezed
  }
}

extension Tensor {
  /// The logarithm of the sum of exponentials over a dimension. Where all are −∞ it is −∞, with gradient 0.
  public func logsumexp(_ dim: Int, keepDim: Bool = false) -> Tensor { logsumexp([dim], keepDim: keepDim) }
  /// The logarithm of the sum of exponentials over some dimensions.
  public func logsumexp(_ dims: [Int], keepDim: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.logsumexp(self, dims, keepDim: keepDim) }
  }
}
