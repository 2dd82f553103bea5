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
    Functional.mseLoss(input, target, reduction: reduction)
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
    Functional.l1Loss(input, target, reduction: reduction)
  }
}
