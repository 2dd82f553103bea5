/// The squared difference of input and target.
///
/// ```swift
/// let loss = MSELoss()(prediction, target)
/// ```
public final class MSELoss: Module {
  public let reduction: Functional.Reduction

  public init(reduction: Functional.Reduction = .mean) { self.reduction = reduction }

  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    Functional.mseLoss(input, target, reduction: reduction)
  }
}

/// The absolute difference of input and target.
public final class L1Loss: Module {
  public let reduction: Functional.Reduction

  public init(reduction: Functional.Reduction = .mean) { self.reduction = reduction }

  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    Functional.l1Loss(input, target, reduction: reduction)
  }
}
