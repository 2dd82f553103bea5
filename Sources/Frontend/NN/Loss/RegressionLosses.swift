/// The squared difference of input and target, by default its mean.
///
/// ```swift
/// let loss = MSELoss()(prediction, target)
/// ```
public final class MSELoss: Module {
  /// What becomes of the differences of the single elements.
  public let reduction: Functional.Reduction

  /// Makes a loss that gives the mean, the sum or the squared differences themselves.
  public init(reduction: Functional.Reduction = .mean) { self.reduction = reduction }

  /// The loss of an input and a target, which broadcast.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) { Functional.mseLoss($0, $1, reduction: reduction) }
  }
}

/// The absolute difference of input and target, by default its mean.
public final class L1Loss: Module {
  /// What becomes of the differences of the single elements.
  public let reduction: Functional.Reduction

  /// Makes a loss that gives the mean, the sum or the absolute differences themselves.
  public init(reduction: Functional.Reduction = .mean) { self.reduction = reduction }

  /// The loss of an input and a target, which broadcast.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) { Functional.l1Loss($0, $1, reduction: reduction) }
  }
}

/// The smooth absolute loss: half the square of the difference divided by beta where it is less than beta, else the
/// difference − beta / 2.
///
/// Girshick, "Fast R-CNN", ICCV 2015.
public final class SmoothL1Loss: Module {
  /// What becomes of the losses of the single elements.
  public let reduction: Functional.Reduction
  /// The difference at which the square goes over into the line.
  public let beta: Double

  /// Makes a loss with PyTorch's options. A `beta` less than 0 is an error when the loss is computed.
  public init(reduction: Functional.Reduction = .mean, beta: Double = 1) {
    self.reduction = reduction
    self.beta = beta
  }

  /// The loss of an input and a target, which broadcast.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) { Functional.smoothL1Loss($0, $1, reduction: reduction, beta: beta) }
  }
}

/// The loss of Huber: half the square of the difference where it is at most delta, else delta · (difference − delta / 2).
///
/// Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35, 1964.
public final class HuberLoss: Module {
  /// What becomes of the losses of the single elements.
  public let reduction: Functional.Reduction
  /// The difference at which the square goes over into the line.
  public let delta: Double

  /// Makes a loss with PyTorch's options. A `delta` of 0 or less is an error when the loss is computed.
  public init(reduction: Functional.Reduction = .mean, delta: Double = 1) {
    self.reduction = reduction
    self.delta = delta
  }

  /// The loss of an input and a target, which broadcast.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) { Functional.huberLoss($0, $1, reduction: reduction, delta: delta) }
  }
}
