extension Ops {
  /// The cross entropy of logits with classes, or with probabilities of classes.
  static func crossEntropy(
    _ input: Tensor, _ target: Tensor, _ weight: Tensor?, ignoreIndex: Int, _ reduction: Functional.Reduction,
    labelSmoothing: Double
  ) throws(BackplaneError) -> Tensor {
    guard labelSmoothing >= 0, labelSmoothing <= 1 else {
      throw BackplaneError(
        .value, "label_smoothing must be between 0.0 and 1.0. Got: \(labelSmoothing)")
    }
    guard input.layout.rank > 0 else {
      throw BackplaneError(.shape, "cross_entropy: input has no dimension of classes")
    }
    if target.dtype.isFloatingPoint {
      guard ignoreIndex < 0 else {
        throw BackplaneError(.value, "ignore_index is not supported for floating point target")
      }
      return try probabilityLoss(input, target, weight, reduction, labelSmoothing)
    }
    guard input.shape != target.shape else {
      throw BackplaneError(
        .dtype,
        "Expected floating point type for target with class probabilities, got \(target.dtype.scalarName)")
    }
    let fused = try onePassCrossEntropy(
      input, target, weight, ignoreIndex: ignoreIndex, reduction, labelSmoothing: labelSmoothing)
    if let fused { return fused }
    let classes = try ClassTargets(input, target, weight, ignoreIndex: ignoreIndex, "cross_entropy")
    let logProbabilities = try logSoftmax(input, classes.dim)
    let likelihood = try classes.negativeLogLikelihood(logProbabilities, reduction)
    guard labelSmoothing > 0 else { return likelihood }
    let smooth = try classes.uniformLoss(logProbabilities, reduction)
    let share = labelSmoothing / Double(input.layout.elements[classes.dim])
    return try add(mul(likelihood, .double(1 - labelSmoothing)), mul(smooth, .double(share)))
  }

  /// The negative logarithms of the probabilities of classes.
  static func nllLoss(
    _ input: Tensor, _ target: Tensor, _ weight: Tensor?, ignoreIndex: Int, _ reduction: Functional.Reduction
  ) throws(BackplaneError) -> Tensor {
    guard input.layout.rank > 0 else {
      throw BackplaneError(.shape, "nll_loss: input has no dimension of classes")
    }
    let classes = try ClassTargets(input, target, weight, ignoreIndex: ignoreIndex, "nll_loss")
    return try classes.negativeLogLikelihood(input, reduction)
  }

  /// −Σ w t log p over the classes; the mean is over everything but the classes.
  private static func probabilityLoss(
    _ input: Tensor, _ target: Tensor, _ weight: Tensor?, _ reduction: Functional.Reduction, _ labelSmoothing: Double
  ) throws(BackplaneError) -> Tensor {
    guard input.shape == target.shape else {
      throw BackplaneError(
        .shape,
        "input and target should have the same shape for class probabilities, but got \(input.shape) and "
          + "\(target.shape)")
    }
    let dim = input.layout.rank == 1 ? 0 : 1
    let classCount = input.layout.elements[dim]
    var wanted = target
    if labelSmoothing > 0 {
      wanted = try add(
        mul(target, .double(1 - labelSmoothing)), .double(labelSmoothing / Double(Swift.max(classCount, 1))))
    }
    var terms = try mul(logSoftmax(input, dim), wanted)
    if let weight {
      terms = try mul(terms, ClassTargets.spread(weight, over: input.layout, dim: dim))
    }
    let losses = try neg(sum(terms, [dim], keepDim: false))
    return try reduced(losses, reduction)
  }
}

extension Functional {
  /// The cross entropy between logits and targets, by default its mean.
  ///
  /// ```swift
  /// let loss = F.crossEntropy(model(x), labels)  // logits (N, C), int64 labels (N)
  /// ```
  ///
  /// Logits are (C), (N, C) or (N, C, d…). Targets are class indices of type int64, in the same shape without C, or
  /// probabilities of the classes in the logits' own shape.
  ///
  /// - Parameters:
  ///   - weight: A factor for each class, (C); the mean over class indices is then the weighted one.
  ///   - ignoreIndex: Targets of this index count for nothing.
  ///   - labelSmoothing: How much of each target is spread evenly over the classes, 0 … 1 (Szegedy et al.,
  ///     "Rethinking the Inception architecture for computer vision", CVPR 2016).
  public static func crossEntropy(
    _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100,
    reduction: Reduction = .mean, labelSmoothing: Double = 0
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.crossEntropy(
        Autocast.cast("cross_entropy", input), Autocast.cast("cross_entropy", target),
        Autocast.cast("cross_entropy", weight), ignoreIndex: ignoreIndex, reduction, labelSmoothing: labelSmoothing)
    }
  }

  /// The negative log likelihood of class indices, from log-probabilities such as `logSoftmax` gives.
  ///
  /// Shapes and options are those of `crossEntropy`.
  public static func nllLoss(
    _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100,
    reduction: Reduction = .mean
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.nllLoss(
        Autocast.cast("nll_loss", input), target, Autocast.cast("nll_loss", weight), ignoreIndex: ignoreIndex,
        reduction)
    }
  }

}
