import BackendAPI

extension Operator {
  static let classCrossEntropy = Operator(BP_OP_CROSS_ENTROPY, "cross_entropy")
  static let classCrossEntropyBackward = Operator(BP_OP_CROSS_ENTROPY_BACKWARD, "cross_entropy_backward")

  static let crossEntropy: [Operator] = [classCrossEntropy, classCrossEntropyBackward]
}

/// Cross entropy with class indices by the device's operator, where it has one.
extension Ops {
  /// The loss, reduced; nil where the device leaves it to other operators.
  static func onePassCrossEntropy(
    _ input: Tensor, _ target: Tensor, _ weight: Tensor?, ignoreIndex: Int, _ reduction: Functional.Reduction,
    labelSmoothing: Double
  ) throws(BackplaneError) -> Tensor? {
    let type = input.dtype.statistics
    // Weights that learn have gradients of their own.
    guard input.dtype.isFloatingPoint, !(weight?.requiresGrad ?? false),
      Dispatcher.supports(
        .classCrossEntropy, on: input.context, inputs: [input.dtype, .int64] + (weight == nil ? [] : [type]),
        outputs: [type, type, type])
    else { return nil }
    try ClassTargets.require(input, target, weight, "cross_entropy")
    let dim = input.layout.rank == 1 ? 0 : 1
    if let weight { _ = try ClassTargets.spread(weight, over: input.layout, dim: dim) }
    let index = try cast(target.detach(), .int64)
    let ignores = try ClassTargets.check(index, input.layout.elements[dim], ignoreIndex)
    let job = try ClassLoss(
      input, index, weight?.detach(), ignoreIndex: ignoreIndex, labelSmoothing: labelSmoothing)
    let (losses, logarithms, factors) = try job.losses(input)
    // The divisor of the mean: a number, where every target counts as one.
    var divisor: Tensor?
    var result: Tensor
    switch reduction {
    case .none: result = try reshape(losses, dim == 0 ? [] : target.layout.shape)
    case .sum: result = try sum(losses, nil, keepDim: false)
    case .mean where weight == nil && !ignores: result = try mean(losses, nil, keepDim: false)
    case .mean:
      let total = try sum(factors, nil, keepDim: false)
      (divisor, result) = (total, try div(sum(losses, nil, keepDim: false), total))
    }
    result = try cast(result, input.dtype)
    guard Autograd.records(input) else { return result }
    let saved = try Saved(input), savedIndex = try Saved(index)
    let count = losses.numel, isMean = reduction == .mean
    Autograd.record("NllLossBackward0", [input], result) { g throws(BackplaneError) in
      _ = try savedIndex.unpack()
      var upstream = try cast(g, type)
      if let divisor {
        upstream = try div(upstream, divisor)
      } else if isMean {
        upstream = try mul(upstream, .double(1 / Double(count)))
      }
      return [try job.gradient(upstream, saved.unpack(), logarithms, factors)]
    }
    return result
  }
}

/// Class indices beside logits that are seen as (N, C, S).
private struct ClassLoss {
  private let targets: Tensor
  private let weight: Tensor?
  private let ignoreIndex: Int
  private let labelSmoothing: Double
  /// N, C, S.
  private let extents: [Int]

  init(
    _ input: Tensor, _ index: Tensor, _ weight: Tensor?, ignoreIndex: Int, labelSmoothing: Double
  ) throws(BackplaneError) {
    (self.ignoreIndex, self.labelSmoothing) = (ignoreIndex, labelSmoothing)
    let rank = input.layout.rank, shape = input.layout.elements
    var pixels = 1
    for d in 2..<max(rank, 2) { pixels *= shape[d] }
    extents = rank == 1 ? [1, shape[0], 1] : [shape[0], shape[1], pixels]
    targets = try Ops.reshape(index, [extents[0], pixels])
    self.weight = try weight.map { (w) throws(BackplaneError) in try Ops.cast(w, input.dtype.statistics) }
  }

  /// Logits as (N, C, S), with what has to live as long.
  private func seen(_ input: Tensor) throws(BackplaneError) -> (operand: Operand, tensor: Tensor) {
    let rank = input.layout.rank, strides = input.layout.elements + rank
    switch rank {
    case 1: return (Operand(input, as: try .strided(extents, [0, strides[0], 0])), input)
    case 2: return (Operand(input, as: try .strided(extents, [strides[0], strides[1], 0])), input)
    case 3: return (Operand(input), input)
    default:
      let merged = try Ops.reshape(input.detach(), extents)
      return (Operand(merged), merged)
    }
  }

  private func withParams(_ body: (UnsafeRawPointer) throws(BackplaneError) -> Void) throws(BackplaneError) {
    var params = bp_cross_entropy_params(
      struct_size: UInt32(MemoryLayout<bp_cross_entropy_params>.size), reserved: 0, ignore_index: Int64(ignoreIndex),
      label_smoothing: labelSmoothing)
    try Ops.withParams(&params, body)
  }

  func losses(
    _ input: Tensor
  ) throws(BackplaneError) -> (losses: Tensor, logarithms: Tensor, factors: Tensor) {
    let layout = targets.isContiguous ? targets.layout : try .contiguous(targets.layout.shape)
    let type = input.dtype.statistics
    let results = (
      try Tensor(empty: layout, type, on: input.context), try Tensor(empty: layout, type, on: input.context),
      try Tensor(empty: layout, type, on: input.context)
    )
    let logits = try seen(input)
    try withParams { (p) throws(BackplaneError) in
      try Dispatcher.call(
        .classCrossEntropy, on: input.context,
        [logits.operand, Operand(targets)] + (weight.map { [Operand($0)] } ?? []),
        to: [Operand(results.0), Operand(results.1), Operand(results.2)], params: p)
    }
    withExtendedLifetime((logits.tensor, self)) {}
    return results
  }

  /// - Parameter upstream: The gradient of the losses, or of each of them.
  func gradient(
    _ upstream: Tensor, _ input: Tensor, _ logarithms: Tensor, _ factors: Tensor
  ) throws(BackplaneError) -> Tensor {
    let type = upstream.dtype, places = [extents[0], extents[2]]
    guard !Autograd.records(upstream, input),
      Dispatcher.supports(
        .classCrossEntropyBackward, on: input.context,
        inputs: [input.dtype, type, .int64, type] + (weight == nil ? [] : [type]), outputs: [input.dtype])
    else { return try decomposedGradient(upstream, input, factors) }
    // One gradient for all places is seen at each.
    let dense = try upstream.numel == 1 ? upstream : Ops.reshape(upstream, places)
    let g = Operand(dense, as: upstream.numel == 1 ? try .strided(places, [0, 0]) : dense.layout)
    let result = try Tensor(
      empty: input.isContiguous ? input.layout : .contiguous(input.layout.shape), input.dtype, on: input.context)
    let logits = try seen(input), gradients = try seen(result)
    try withParams { (p) throws(BackplaneError) in
      try Dispatcher.call(
        .classCrossEntropyBackward, on: input.context,
        [logits.operand, g, Operand(targets), Operand(logarithms)] + (weight.map { [Operand($0)] } ?? []),
        to: [gradients.operand], params: p)
    }
    withExtendedLifetime((logits.tensor, dense, self)) {}
    return result
  }

  /// The same from operators that have gradients themselves.
  private func decomposedGradient(
    _ upstream: Tensor, _ input: Tensor, _ factors: Tensor
  ) throws(BackplaneError) -> Tensor {
    let x = try Ops.reshape(Ops.widened(input), extents), type = upstream.dtype, classes = extents[1]
    let g = try upstream.numel == 1 ? Ops.reshape(upstream, []) : Ops.reshape(upstream, [extents[0], 1, extents[2]])
    let index = try Ops.unsqueeze(targets, 1), factor = try Ops.unsqueeze(factors, 1)
    let numbers = try Ops.reshape(
      Ops.arange(.int(0), .int(Int64(classes)), .int(1), .int64, on: input.context), [1, classes, 1])
    let hits = try Ops.cast(Ops.compare(.eq, numbers, index), type)
    let probabilities = try Ops.softmax(x, 1)
    var slope = try Ops.mul(Ops.mul(Ops.sub(probabilities, hits), factor), .double(1 - labelSmoothing))
    if labelSmoothing > 0 {
      let counted = try Ops.cast(Ops.compare(.ne, index, .int(Int64(ignoreIndex))), type)
      var spread = try Ops.sub(Ops.mul(probabilities, .double(Double(classes))), .double(1))
      if let weight {
        let total = try Ops.sum(weight, nil, keepDim: false)
        spread = try Ops.sub(Ops.mul(probabilities, total), Ops.reshape(weight, [1, classes, 1]))
      }
      slope = try Ops.add(slope, Ops.mul(Ops.mul(spread, counted), .double(labelSmoothing / Double(classes))))
    }
    return try Ops.cast(Ops.reshape(Ops.mul(slope, g), input.layout.shape), input.dtype)
  }
}
