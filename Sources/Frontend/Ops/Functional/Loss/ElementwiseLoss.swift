/// Losses of pairs of elements.
extension Ops {
  /// A loss in a 16-bit type's stead computed in float32, reduced, and rounded once.
  static func loss(
    _ dtype: DType, _ reduction: Functional.Reduction, _ losses: () throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    let result = try reduced(losses(), reduction)
    return dtype == .float16 || dtype == .bfloat16 ? try cast(result, dtype) : result
  }

  static func smoothL1Loss(
    _ input: Tensor, _ target: Tensor, beta: Double, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    guard beta >= 0 else { throw BackplaneError(.value, "smooth_l1_loss does not support negative values for beta.") }
    return try loss(Promotion(input, target).result, reduction) { () throws(BackplaneError) in
      let distance = try unary(.abs, sub(widened(input), widened(target)))
      if beta == 0 { return distance }
      // Each part of what it holds for alone: what is infinite has no square with a gradient.
      let isFar = try compare(.ge, distance, .double(beta))
      let near = try zeroed(distance, where: isFar)
      let square = try mul(mul(near, near), .double(0.5 / beta))
      return try select(isFar, .tensor(sub(distance, .double(0.5 * beta))), .tensor(square), distance.dtype)
    }
  }

  static func huberLoss(
    _ input: Tensor, _ target: Tensor, delta: Double, _ weight: Tensor?, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    guard delta > 0 else {
      throw BackplaneError(.value, "huber_loss does not support non-positive values for delta.")
    }
    if let weight, weight.shape != input.shape {
      throw BackplaneError(.shape, "Weights and input must have the same size.")
    }
    return try loss(Promotion(input, target).result, reduction) { () throws(BackplaneError) in
      let distance = try unary(.abs, sub(widened(input), widened(target)))
      let isFar = try compare(.gt, distance, .double(delta))
      let near = try zeroed(distance, where: isFar)
      let square = try mul(mul(near, near), .double(0.5))
      let line = try mul(sub(distance, .double(0.5 * delta)), .double(delta))
      let losses = try select(isFar, .tensor(line), .tensor(square), distance.dtype)
      return try weight.map { w throws(BackplaneError) in try mul(losses, widened(w)) } ?? losses
    }
  }

  /// −w (t log x + (1 − t) log(1 − x)), with logarithms not below −100.
  static func binaryCrossEntropy(
    _ input: Tensor, _ target: Tensor, _ weight: Tensor?, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    guard input.shape == target.shape else {
      throw BackplaneError(
        .shape,
        "Using a target size (\(target.shape)) that is different to the input size (\(input.shape)) is deprecated. "
          + "Please ensure they have the same size.")
    }
    guard input.dtype.isFloatingPoint, input.dtype == target.dtype else {
      throw BackplaneError(
        .dtype, "Found dtype \(target.dtype.scalarName) but expected \(input.dtype.scalarName)")
    }
    try requireSameDevice([input, target])
    let (x, t) = (try widened(input), try widened(target))
    if input.context.hasHostMemory, input.numel > 0 {
      let isOutside = try apply(
        .bitwiseOr, compare(.lt, x.detach(), .int(0)), compare(.gt, x.detach(), .int(1)), .bool)
      guard try !item(truth(.max, isOutside, nil, keepDim: false)).isTrue else {
        throw BackplaneError(.value, "all elements of input should be between 0 and 1")
      }
    }
    func logarithms(_ x: Tensor) throws(BackplaneError) -> (Tensor, Tensor) {
      (
        try binary(.maximum, unary(.log, x), .double(-100)),
        try binary(.maximum, unary(.log1p, neg(x)), .double(-100))
      )
    }
    let (own, other) = try logarithms(x.detach())
    let wanted = t.detach()
    var losses = try sub(mul(sub(wanted, .double(1)), other), mul(wanted, own))
    if Autograd.records(x, t) {
      let savedX = try Saved(x), savedT = x.requiresGrad ? try Saved(t) : nil
      let needsT = t.requiresGrad
      Autograd.record("BinaryCrossEntropyBackward0", [x, t], losses) { g throws(BackplaneError) in
        let x = try savedX.unpack()
        var grads: [Tensor?] = [nil, nil]
        if let t = try savedT?.unpack() {
          let spread = try clampedBelow(mul(x, sub(.double(1), x)), 1e-12)
          grads[0] = try mul(g, div(sub(x, t), spread))
        }
        if needsT {
          // Away from 0 and 1, where the logarithms have no slope that the bound could hide.
          let isInner = try apply(.bitwiseAnd, compare(.gt, x, .int(0)), compare(.lt, x, .int(1)), .bool)
          let inner = try select(isInner, .tensor(x), .scalar(.double(0.5)), x.dtype)
          let bounded = try logarithms(inner), exact = try logarithms(x.detach())
          let own = try `where`(isInner, bounded.0, exact.0), other = try `where`(isInner, bounded.1, exact.1)
          grads[1] = try mul(g, sub(other, own))
        }
        return grads
      }
    }
    if let weight { losses = try mul(losses, widened(weight)) }
    return try loss(input.dtype, reduction) { () throws(BackplaneError) in losses }
  }

  /// Binary cross entropy of sigmoid(x): (1 − t) x − (1 + (p − 1) t) log sigmoid(x), times the weight.
  static func binaryCrossEntropyWithLogits(
    _ input: Tensor, _ target: Tensor, _ weight: Tensor?, positiveWeight: Tensor?, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    guard input.shape == target.shape else {
      throw BackplaneError(
        .shape, "Target size (\(target.shape)) must be the same as input size (\(input.shape))")
    }
    return try loss(input.dtype, reduction) { () throws(BackplaneError) in
      let (x, t) = (try widened(input), try widened(target))
      var rest = try logsigmoid(x)
      if let positiveWeight {
        rest = try mul(rest, add(mul(t, sub(widened(positiveWeight), .double(1))), .double(1)))
      }
      let losses = try sub(mul(sub(.double(1), t), x), rest)
      return try weight.map { w throws(BackplaneError) in try mul(losses, widened(w)) } ?? losses
    }
  }

  /// t (log t − x), of which 0 log 0 is 0; with log targets exp(t) (t − x).
  static func divergence(
    _ input: Tensor, _ target: Tensor, logTarget: Bool
  ) throws(BackplaneError) -> Tensor {
    let (x, t) = (try widened(input), try widened(target))
    if logTarget { return try mul(unary(.exp, t), sub(t, x)) }
    return try sub(productWithLog(t), mul(t, x))
  }

  /// t log t, and 0 at 0.
  private static func productWithLog(_ t: Tensor) throws(BackplaneError) -> Tensor {
    let isZero = try compare(.eq, t, .int(0))
    let safe = try select(isZero, .scalar(.int(1)), .tensor(t), t.dtype)
    return try mul(t, unary(.log, safe))
  }

  static func poissonLoss(
    _ input: Tensor, _ target: Tensor, logInput: Bool, full: Bool, eps: Double, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    try loss(Promotion(input, target).result, reduction) { () throws(BackplaneError) in
      let (x, t) = (try widened(input), try widened(target))
      var losses =
        try logInput
        ? sub(unary(.exp, x), mul(t, x)) : sub(x, mul(t, unary(.log, add(x, .double(eps)))))
      if full {
        // Stirling's formula for log t!, where t > 1.
        let isLarge = try compare(.gt, t, .int(1))
        let safe = try select(isLarge, .tensor(t), .scalar(.int(1)), t.dtype)
        let half = try mul(unary(.log, mul(safe, .double(2 * Double.pi))), .double(0.5))
        let factorial = try add(sub(mul(safe, unary(.log, safe)), safe), half)
        losses = try add(losses, gated(factorial, isLarge))
      }
      return losses
    }
  }

  static func gaussianLoss(
    _ input: Tensor, _ target: Tensor, _ variance: Tensor, full: Bool, eps: Double, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    var spread = variance
    if variance.context.hasHostMemory, variance.numel > 0,
      try item(truth(.max, compare(.lt, variance.detach(), .int(0)), nil, keepDim: false)).isTrue
    {
      throw BackplaneError(.value, "var has negative entry/entries")
    }
    let (shape, own) = (input.layout.shape, variance.layout.shape)
    if own != shape {
      let mismatches = zip(shape, own).filter { $0 != $1 }.map(\.1)
      if !shape.isEmpty, Array(shape.dropLast()) == own {
        spread = try unsqueeze(variance, -1)
      } else if shape.count != own.count || mismatches.reduce(0, +) != 1 {
        throw BackplaneError(.shape, "var is of incorrect size")
      }
    }
    return try loss(Promotion(input, target).result, reduction) { () throws(BackplaneError) in
      let wide = try widened(spread)
      // The bound is no part of the gradient.
      let missing = try sub(binary(.maximum, wide.detach(), .double(eps)), wide.detach())
      let v = try add(wide, missing)
      let difference = try sub(widened(input), widened(target))
      let losses = try mul(add(unary(.log, v), div(mul(difference, difference), v)), .double(0.5))
      return full ? try add(losses, .double(0.9189385332046727)) : losses
    }
  }

  /// The divergence of Kullback and Leibler, reduced; `batchmean` is the sum divided by the first extent.
  static func klDiv(
    _ input: Tensor, _ target: Tensor, logTarget: Bool, _ reduction: Functional.DivergenceReduction
  ) throws(BackplaneError) -> Tensor {
    let rule = Functional.Reduction(rawValue: reduction.rawValue) ?? .sum
    let result = try loss(Promotion(input, target).result, rule) { () throws(BackplaneError) in
      try divergence(input, target, logTarget: logTarget)
    }
    guard reduction == .batchmean, input.layout.rank > 0 else { return result }
    return try binary(.div, result, .double(Double(input.layout.elements[0])))
  }
}
