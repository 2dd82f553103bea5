/// The loss of angles between vectors: 1 − cos for targets 1, max(0, cos − margin) for targets −1.
public final class CosineEmbeddingLoss: Module {
  /// The cosine up to which what does not belong together costs nothing.
  public let margin: Double
  /// What becomes of the losses of the single pairs.
  public let reduction: Functional.Reduction

  /// Makes a loss with PyTorch's options.
  public init(margin: Double = 0, reduction: Functional.Reduction = .mean) {
    self.margin = margin
    self.reduction = reduction
  }

  /// The loss of vectors (N, D) or (D) and targets 1 or −1 of shape (N) or ().
  public func callAsFunction(_ first: Tensor, _ second: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks([first, second, target]) {
      [Functional.cosineEmbeddingLoss($0[0], $0[1], $0[2], margin: margin, reduction: reduction)]
    }[0]
  }
}

/// The triplet loss max(0, margin + distance(anchor, positive) − distance(anchor, negative)), with a p-norm as distance.
///
/// ```swift
/// let loss = TripletMarginLoss(margin: 0.5)(net(x), net(y), net(images))
/// ```
///
/// Balntas et al., "Learning shallow convolutional feature descriptors with triplet losses", BMVC 2016.
public final class TripletMarginLoss: Module {
  /// By how much the negative has to be farther away than the positive.
  public let margin: Double
  /// Which norm the distance is.
  public let p: Double
  /// What is added to differences, so that distances have gradients.
  public let eps: Double
  /// Whether the negative's distance is that to the positive where it is less.
  public let swap: Bool
  /// What becomes of the losses of the single triplets.
  public let reduction: Functional.Reduction

  /// Makes a loss with PyTorch's options. A `margin` of 0 or less is an error.
  public init(
    margin: Double = 1, p: Double = 2, eps: Double = 1e-6, swap: Bool = false,
    reduction: Functional.Reduction = .mean
  ) {
    self.margin = margin
    self.p = p
    self.eps = eps
    self.swap = swap
    self.reduction = reduction
    super.init()
    requirePositive(margin, "TripletMarginLoss")
  }

  /// The loss of vectors (N, D) or (D).
  public func callAsFunction(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) -> Tensor {
    callWithHooks([anchor, positive, negative]) {
      [
        Functional.tripletMarginLoss(
          $0[0], $0[1], $0[2], margin: margin, p: p, eps: eps, swap: swap, reduction: reduction)
      ]
    }[0]
  }
}

/// The triplet loss max(0, margin + distance(anchor, positive) − distance(anchor, negative)) with a distance of one's
/// own.
///
/// ```swift
/// let criterion = TripletMarginWithDistanceLoss { a, b in 1 - F.cosineSimilarity(a, b) }
/// let loss = criterion(net(x), net(y), net(images))
/// ```
public final class TripletMarginWithDistanceLoss: Module {
  /// By how much the negative has to be farther away than the positive.
  public let margin: Double
  /// Whether the negative's distance is that to the positive where it is less.
  public let swap: Bool
  /// What becomes of the losses of the single triplets.
  public let reduction: Functional.Reduction
  /// The distance of pairs.
  public let distanceFunction: (Tensor, Tensor) -> Tensor

  /// Makes a loss with PyTorch's options, by default of Euclid's distance. A `margin` of 0 or less is an error.
  public init(
    margin: Double = 1, swap: Bool = false, reduction: Functional.Reduction = .mean,
    distanceFunction: @escaping (Tensor, Tensor) -> Tensor = { Functional.pairwiseDistance($0, $1) }
  ) {
    self.margin = margin
    self.swap = swap
    self.reduction = reduction
    self.distanceFunction = distanceFunction
    super.init()
    requirePositive(margin, "TripletMarginWithDistanceLoss")
  }

  /// The loss of what the distance takes.
  public func callAsFunction(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) -> Tensor {
    callWithHooks([anchor, positive, negative]) {
      [
        Functional.tripletMarginWithDistanceLoss(
          $0[0], $0[1], $0[2], margin: margin, swap: swap, reduction: reduction, distanceFunction: distanceFunction)
      ]
    }[0]
  }
}

private func requirePositive(_ margin: Double, _ name: String) {
  funnel(or: ()) { () throws(BackplaneError) in
    guard margin > 0 else {
      throw BackplaneError(.value, "\(name): expected margin to be greater than 0, got \(margin) instead")
    }
  }
}
