/// The hinge loss of distances: x for targets 1, max(0, margin − x) for targets −1.
public final class HingeEmbeddingLoss: Module {
  /// The distance from which on what does not belong together costs nothing.
  public let margin: Double
  /// What becomes of the losses of the single elements.
  public let reduction: Functional.Reduction

  /// Makes a loss with PyTorch's options.
  public init(margin: Double = 1, reduction: Functional.Reduction = .mean) {
    self.margin = margin
    self.reduction = reduction
  }

  /// The loss of distances and targets 1 or −1.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) { Functional.hingeEmbeddingLoss($0, $1, margin: margin, reduction: reduction) }
  }
}

/// The hinge loss of classes: Σ max(0, margin − x[y] + x[i])ᵖ / C over the classes i other than the target y.
public final class MultiMarginLoss: Module {
  /// The power of each term, 1 or 2.
  public let p: Int
  /// By how much the target's number has to exceed the others.
  public let margin: Double
  /// The weight of each class, of shape (C), or nil.
  @Buffer public var weight: Tensor?
  /// What becomes of the losses of the single samples.
  public let reduction: Functional.Reduction

  /// Makes a loss with PyTorch's options. A `p` other than 1 and 2, or a weight that is no vector, is an error.
  public init(p: Int = 1, margin: Double = 1, weight: Tensor? = nil, reduction: Functional.Reduction = .mean) {
    self.p = p
    self.margin = margin
    self.weight = weight
    self.reduction = reduction
    super.init()
    funnel(or: ()) { () throws(BackplaneError) in
      guard p == 1 || p == 2 else { throw BackplaneError(.value, "only p == 1 and p == 2 supported") }
      if let rank = weight?.layout.rank, rank != 1 {
        throw BackplaneError(
          .shape, "MultiMarginLoss: expected weight to be None or 1D tensor, got \(rank)D instead")
      }
    }
  }

  /// The loss of numbers (N, C) or (C) and class indices (N) or ().
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) {
      Functional.multiMarginLoss($0, $1, p: p, margin: margin, weight: weight, reduction: reduction)
    }
  }
}

/// The hinge loss of several classes: Σ max(0, 1 − x[y] + x[i]) / C over the targets y, which end at the first −1, and
/// the classes i that are none.
public final class MultiLabelMarginLoss: Module {
  /// What becomes of the losses of the single samples.
  public let reduction: Functional.Reduction

  /// Makes a loss that gives the mean, the sum or the losses themselves.
  public init(reduction: Functional.Reduction = .mean) { self.reduction = reduction }

  /// The loss of numbers (N, C) or (C) and class indices of the same shape.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) { Functional.multilabelMarginLoss($0, $1, reduction: reduction) }
  }
}

/// The loss of pairs in the wrong order: max(0, −t (a − b) + margin), for targets 1 where a should be the greater and −1.
public final class MarginRankingLoss: Module {
  /// By how much one number has to exceed the other.
  public let margin: Double
  /// What becomes of the losses of the single pairs.
  public let reduction: Functional.Reduction

  /// Makes a loss with PyTorch's options.
  public init(margin: Double = 0, reduction: Functional.Reduction = .mean) {
    self.margin = margin
    self.reduction = reduction
  }

  /// The loss of two inputs and targets 1 or −1.
  public func callAsFunction(_ first: Tensor, _ second: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks([first, second, target]) {
      [Functional.marginRankingLoss($0[0], $0[1], $0[2], margin: margin, reduction: reduction)]
    }[0]
  }
}
