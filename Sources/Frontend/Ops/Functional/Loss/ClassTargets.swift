/// Class indices as the targets of a loss: checked once, then looked up in log-probabilities.
struct ClassTargets {
  /// The dimension of the classes in the input.
  let dim: Int
  /// Indices that may be looked up: ignored ones are 0.
  private let indices: Tensor
  /// 1 where a target counts, 0 where it is ignored, times its class's weight; nil where all are 1.
  private let factors: Tensor?
  /// The weights of the classes, in a shape that broadcasts against the input.
  private let classWeights: Tensor?
  /// Where targets count, as bool; nil where all do.
  private let isCounted: Tensor?

  init(
    _ input: Tensor, _ target: Tensor, _ weight: Tensor?, ignoreIndex: Int, _ operation: String
  ) throws(BackplaneError) {
    try ClassTargets.require(input, target, weight, operation)
    dim = input.layout.rank == 1 ? 0 : 1
    let classCount = input.layout.elements[dim]
    let index = try Ops.cast(dim == 0 ? Ops.reshape(target.detach(), []) : target.detach(), .int64)
    let ignores = try ClassTargets.check(index, classCount, ignoreIndex)
    var factors: Tensor?
    if ignores {
      let counted = try Ops.compare(.ne, index, .int(Int64(ignoreIndex)))
      indices = try Ops.mul(index, Ops.cast(counted, .int64))
      factors = try Ops.cast(counted, input.dtype)
      isCounted = counted
    } else {
      indices = index
      isCounted = nil
    }
    if let weight {
      classWeights = try ClassTargets.spread(weight, over: input.layout, dim: dim)
      let chosen = try Ops.reshape(Ops.indexSelect(weight, 0, Ops.reshape(indices, [-1])), index.layout.shape)
      factors = try factors.map { (f) throws(BackplaneError) in try Ops.mul(f, chosen) } ?? chosen
    } else {
      classWeights = nil
    }
    self.factors = factors
  }

  /// Throws for operands that do not fit one another, but for the indices.
  static func require(
    _ input: Tensor, _ target: Tensor, _ weight: Tensor?, _ operation: String
  ) throws(BackplaneError) {
    try Ops.requireSameDevice([input, target] + (weight.map { [$0] } ?? []))
    try requireShape(input.layout.shape, target.layout.shape, input.layout.rank == 1 ? 0 : 1)
    guard target.dtype == .int64 || target.dtype == .uint8 else {
      throw BackplaneError(
        .dtype,
        "\(operation): expected target dtype to be Long or Byte, but got \(target.dtype.scalarName)")
    }
    guard input.dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "\(operation): not implemented for '\(input.dtype.scalarName)'")
    }
  }

  private static func requireShape(_ input: [Int], _ target: [Int], _ dim: Int) throws(BackplaneError) {
    if dim == 0 {
      guard target.isEmpty || target == [1] else {
        throw BackplaneError(
          .shape,
          "For 1D input, 1D target must have size 1, but got target size: "
            + target.map(String.init).joined(separator: ", "))
      }
      return
    }
    guard input.count > 2 || target.count == 1 else {
      throw BackplaneError(.shape, "0D or 1D target tensor expected, multi-target not supported")
    }
    guard let count = target.first, count == input[0] else {
      throw BackplaneError(
        .shape, "Expected input batch_size (\(input[0])) to match target batch_size (\(target.first ?? 0)).")
    }
    let expected = [input[0]] + input.dropFirst(2)
    guard target == expected else {
      throw BackplaneError(.shape, "Expected target size \(expected), got \(target)")
    }
  }

  /// Throws for an index that is no class, where that can be seen without waiting for a device; else the lookup
  /// itself finds it.
  ///
  /// - Returns: Whether there may be indices to ignore.
  static func check(
    _ index: Tensor, _ classCount: Int, _ ignoreIndex: Int
  ) throws(BackplaneError) -> Bool {
    guard index.context.hasHostMemory else { return true }
    let dense = try index.isContiguous ? index : Ops.copy(index)
    let seen = try Transfer.withBytes(of: dense) { bytes -> (ignored: Bool, invalid: Int64?) in
      var ignored = false
      for value in bytes.bindMemory(to: Int64.self) {
        if value == Int64(ignoreIndex) {
          ignored = true
        } else if value < 0 || value >= classCount {
          return (ignored, value)
        }
      }
      return (ignored, nil)
    }
    if let invalid = seen.invalid { throw BackplaneError(.index, "Target \(invalid) is out of bounds.") }
    return seen.ignored
  }

  /// Class weights (C) in a shape that broadcasts against an input.
  static func spread(_ weight: Tensor, over input: Layout, dim: Int) throws(BackplaneError) -> Tensor {
    let classCount = input.elements[dim]
    guard weight.shape == [classCount] else {
      throw BackplaneError(
        .shape,
        "weight tensor should be defined either for all \(classCount) classes or no classes but got weight tensor of "
          + "shape: \(weight.shape)")
    }
    var shape = [Int](repeating: 1, count: input.rank)
    shape[dim] = classCount
    return try Ops.reshape(weight, shape)
  }

  /// −w log p of each target's class, reduced.
  func negativeLogLikelihood(
    _ logProbabilities: Tensor, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    let picked = try Ops.gather(logProbabilities, dim, Ops.unsqueeze(indices, dim))
    var losses = try Ops.neg(Ops.squeeze(picked, dim))
    if let factors { losses = try Ops.mul(losses, factors) }
    return try reduce(losses, reduction)
  }

  /// −Σ w log p over all classes, as if each were the target, reduced.
  func uniformLoss(
    _ logProbabilities: Tensor, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    let terms = try classWeights.map { (w) throws(BackplaneError) in try Ops.mul(logProbabilities, w) }
    return try reduce(Ops.neg(Ops.sum(terms ?? logProbabilities, [dim], keepDim: false)), reduction)
  }

  /// The reduction over the targets that count. The mean's divisor is the sum of the factors.
  private func reduce(
    _ losses: Tensor, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    guard let factors else { return try Ops.reduced(losses, reduction) }
    // Selected rather than multiplied by zero: an ignored place may hold an infinity.
    let counted = try isCounted.map { (c) throws(BackplaneError) in
      try Ops.select(c, .tensor(losses), .scalar(.int(0)), losses.dtype)
    }
    guard reduction == .mean else { return try Ops.reduced(counted ?? losses, reduction) }
    let total = try Ops.sum(counted ?? losses, nil, keepDim: false)
    return try Ops.div(total, Ops.sum(factors, nil, keepDim: false))
  }
}
