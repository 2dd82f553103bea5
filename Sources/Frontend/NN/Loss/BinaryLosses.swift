/// The binary cross entropy −(t log x + (1 − t) log(1 − x)) for probabilities x.
///
/// ```swift
/// let loss = BCELoss()(probabilities, targets)
/// ```
public final class BCELoss: Module {
  /// A factor for each loss, in a shape that broadcasts, or nil.
  @Buffer public var weight: Tensor?
  /// What becomes of the losses of the single elements.
  public let reduction: Functional.Reduction

  /// Makes a loss with PyTorch's options.
  public init(weight: Tensor? = nil, reduction: Functional.Reduction = .mean) {
    self.weight = weight
    self.reduction = reduction
  }

  /// The loss of probabilities and targets of one shape.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) {
      Functional.binaryCrossEntropy($0, $1, weight: weight, reduction: reduction)
    }
  }
}

/// The binary cross entropy of sigmoid(x), without the rounding of ``BCELoss`` after ``Sigmoid``.
///
/// ```swift
/// let loss = BCEWithLogitsLoss(posWeight: Tensor([3.0]))(logits, targets)
/// ```
public final class BCEWithLogitsLoss: Module {
  /// A factor for each loss, in a shape that broadcasts, or nil.
  @Buffer public var weight: Tensor?
  /// What becomes of the losses of the single elements.
  public let reduction: Functional.Reduction
  /// A factor for the part of positive targets, in a shape that broadcasts, or nil.
  @Buffer public var posWeight: Tensor?

  /// Makes a loss with PyTorch's options.
  public init(weight: Tensor? = nil, reduction: Functional.Reduction = .mean, posWeight: Tensor? = nil) {
    self.weight = weight
    self.reduction = reduction
    self.posWeight = posWeight
  }

  /// The loss of logits and targets of one shape.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) {
      Functional.binaryCrossEntropyWithLogits($0, $1, weight: weight, reduction: reduction, posWeight: posWeight)
    }
  }
}

/// The logistic loss log(1 + exp(−t x)), for targets 1 and −1.
public final class SoftMarginLoss: Module {
  /// What becomes of the losses of the single elements.
  public let reduction: Functional.Reduction

  /// Makes a loss that gives the mean, the sum or the losses themselves.
  public init(reduction: Functional.Reduction = .mean) { self.reduction = reduction }

  /// The loss of numbers and targets.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) { Functional.softMarginLoss($0, $1, reduction: reduction) }
  }
}

/// The mean over classes of the binary cross entropies of sigmoid(x), for targets 0 and 1 of each class.
public final class MultiLabelSoftMarginLoss: Module {
  /// The weight of each class, of shape (C), or nil.
  @Buffer public var weight: Tensor?
  /// What becomes of the losses of the single samples.
  public let reduction: Functional.Reduction

  /// Makes a loss with PyTorch's options.
  public init(weight: Tensor? = nil, reduction: Functional.Reduction = .mean) {
    self.weight = weight
    self.reduction = reduction
  }

  /// The loss of logits (N, C) and targets of the same shape.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) {
      Functional.multilabelSoftMarginLoss($0, $1, weight: weight, reduction: reduction)
    }
  }
}
