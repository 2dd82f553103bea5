extension Functional {
  /// The smooth absolute loss: half the square of the distance divided by beta where it is less than beta, else the
  /// distance − beta / 2.
  public static func smoothL1Loss(
    _ input: Tensor, _ target: Tensor, reduction: Reduction = .mean, beta: Double = 1
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.smoothL1Loss(
        Autocast.cast("smooth_l1_loss", input), Autocast.cast("smooth_l1_loss", target), beta: beta, reduction)
    }
  }

  /// The loss of Huber: half the square of the distance where it is at most delta, else delta · (distance − delta / 2).
  public static func huberLoss(
    _ input: Tensor, _ target: Tensor, reduction: Reduction = .mean, delta: Double = 1, weight: Tensor? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.huberLoss(
        Autocast.cast("huber_loss", input), Autocast.cast("huber_loss", target), delta: delta, weight, reduction)
    }
  }

  /// The binary cross entropy −(t log x + (1 − t) log(1 − x)) for probabilities x, with logarithms not below −100.
  public static func binaryCrossEntropy(
    _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.binaryCrossEntropy(
        Autocast.cast("binary_cross_entropy", input), Autocast.cast("binary_cross_entropy", target), weight, reduction)
    }
  }

  /// The binary cross entropy of sigmoid(x), without the rounding of ``binaryCrossEntropy(_:_:weight:reduction:)``.
  ///
  /// - Parameter posWeight: A factor for the part of positive targets.
  public static func binaryCrossEntropyWithLogits(
    _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean, posWeight: Tensor? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.binaryCrossEntropyWithLogits(
        Autocast.cast("binary_cross_entropy_with_logits", input),
        Autocast.cast("binary_cross_entropy_with_logits", target), weight, positiveWeight: posWeight, reduction)
    }
  }

  /// The negative log likelihood of Poisson distributions: exp(x) − t x for logarithms x of rates, or x − t log(x +
  /// eps) for rates.
  ///
  /// - Parameter full: Whether to add Stirling's approximation of log t!.
  public static func poissonNllLoss(
    _ input: Tensor, _ target: Tensor, logInput: Bool = true, full: Bool = false, eps: Double = 1e-8,
    reduction: Reduction = .mean
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.poissonLoss(
        Autocast.cast("poisson_nll_loss", input), Autocast.cast("poisson_nll_loss", target), logInput: logInput,
        full: full, eps: eps, reduction)
    }
  }

  /// The negative log likelihood of normal distributions: ½ (log v + (x − t)² / v) for a variance v, taken as `eps`
  /// where it is less.
  ///
  /// - Parameter full: Whether to add the constant ½ log 2π.
  public static func gaussianNllLoss(
    _ input: Tensor, _ target: Tensor, _ variance: Tensor, full: Bool = false, eps: Double = 1e-6,
    reduction: Reduction = .mean
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.gaussianLoss(input, target, variance, full: full, eps: eps, reduction)
    }
  }

  /// The hinge loss of distances: x for targets 1, max(0, margin − x) for targets −1.
  public static func hingeEmbeddingLoss(
    _ input: Tensor, _ target: Tensor, margin: Double = 1, reduction: Reduction = .mean
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.hingeEmbeddingLoss(
        Autocast.cast("hinge_embedding_loss", input), Autocast.cast("hinge_embedding_loss", target), margin: margin,
        reduction)
    }
  }

  /// The loss of pairs in the wrong order: max(0, −t (a − b) + margin).
  public static func marginRankingLoss(
    _ first: Tensor, _ second: Tensor, _ target: Tensor, margin: Double = 0, reduction: Reduction = .mean
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.marginRankingLoss(
        Autocast.cast("margin_ranking_loss", first), Autocast.cast("margin_ranking_loss", second), target,
        margin: margin, reduction)
    }
  }

  /// The loss of angles between vectors: 1 − cos for targets 1, max(0, cos − margin) for targets −1.
  public static func cosineEmbeddingLoss(
    _ first: Tensor, _ second: Tensor, _ target: Tensor, margin: Double = 0, reduction: Reduction = .mean
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.cosineEmbeddingLoss(
        Autocast.cast("cosine_embedding_loss", first), Autocast.cast("cosine_embedding_loss", second), target,
        margin: margin, reduction)
    }
  }

  /// The triplet loss max(0, margin + distance(anchor, positive) − distance(anchor, negative)) along the last
  /// dimension.
  ///
  /// - Parameter swap: Whether the negative's distance is that to the positive where it is less.
  public static func tripletMarginLoss(
    _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1, p: Double = 2, eps: Double = 1e-6,
    swap: Bool = false, reduction: Reduction = .mean
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.tripletMarginLoss(
        anchor, positive, negative, margin: margin, p: p, eps: eps, swap: swap, reduction)
    }
  }

  /// The triplet loss max(0, margin + distance(anchor, positive) − distance(anchor, negative)) with a distance of one's
  /// own.
  public static func tripletMarginWithDistanceLoss(
    _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1, swap: Bool = false,
    reduction: Reduction = .mean, distanceFunction: (Tensor, Tensor) -> Tensor = { pairwiseDistance($0, $1) }
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.tripletMarginLoss(
        anchor, positive, negative, margin: margin, swap: swap, reduction
      ) { a, b throws(BackplaneError) in distanceFunction(a, b) }
    }
  }

  /// The logistic loss log(1 + exp(−t x)), for targets 1 and −1.
  public static func softMarginLoss(
    _ input: Tensor, _ target: Tensor, reduction: Reduction = .mean
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.softMarginLoss(
        Autocast.cast("soft_margin_loss", input), Autocast.cast("soft_margin_loss", target), reduction)
    }
  }

  /// The mean over classes of the binary cross entropies of sigmoid(x); (…, C) gives (…).
  public static func multilabelSoftMarginLoss(
    _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.multilabelSoftMarginLoss(input, target, weight, reduction)
    }
  }

  /// The hinge loss of classes: Σ max(0, margin − x[y] + x[i])ᵖ / C over the classes i other than the target y; (N, C)
  /// and (N).
  public static func multiMarginLoss(
    _ input: Tensor, _ target: Tensor, p: Int = 1, margin: Double = 1, weight: Tensor? = nil,
    reduction: Reduction = .mean
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.multiMarginLoss(
        Autocast.cast("multi_margin_loss", input), Autocast.cast("multi_margin_loss", target), p: p, margin: margin,
        weight, reduction)
    }
  }

  /// The hinge loss of several classes: Σ max(0, 1 − x[y] + x[i]) / C over the targets y, which end at the first −1,
  /// and the classes i that are none.
  public static func multilabelMarginLoss(
    _ input: Tensor, _ target: Tensor, reduction: Reduction = .mean
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.multilabelMarginLoss(
        Autocast.cast("multilabel_margin_loss", input), Autocast.cast("multilabel_margin_loss", target), reduction)
    }
  }

  /// What becomes of the terms of ``klDiv(_:_:reduction:logTarget:)``.
  public enum DivergenceReduction: String, Sendable {
    /// The terms one by one.
    case none
    /// The mean of all terms, which is not the divergence's own.
    case mean
    /// The sum of all terms.
    case sum
    /// The sum divided by the first extent: the mean divergence of a batch.
    case batchmean
  }

  /// The divergence of Kullback and Leibler: t (log t − x) for logarithms x of probabilities and probabilities t, or
  /// their logarithms with `logTarget`.
  public static func klDiv(
    _ input: Tensor, _ target: Tensor, reduction: DivergenceReduction = .mean, logTarget: Bool = false
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.klDiv(
        Autocast.cast("kl_div", input), Autocast.cast("kl_div", target), logTarget: logTarget, reduction)
    }
  }
}
