/// Softmax and the negative logarithm of the target's probability, in one.
///
/// ```swift
/// let criterion = CrossEntropyLoss()
/// let loss = criterion(model(x), labels)  // logits (N, C), int64 labels (N)
/// ```
///
/// See ``Functional/crossEntropy(_:_:weight:ignoreIndex:reduction:labelSmoothing:)`` for shapes and options.
public final class CrossEntropyLoss: Module {
  @Buffer public var weight: Tensor?
  public let ignoreIndex: Int
  public let reduction: Functional.Reduction
  public let labelSmoothing: Double

  public init(
    weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Functional.Reduction = .mean,
    labelSmoothing: Double = 0
  ) {
    self.weight = weight
    self.ignoreIndex = ignoreIndex
    self.reduction = reduction
    self.labelSmoothing = labelSmoothing
  }

  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    Functional.crossEntropy(
      input, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction,
      labelSmoothing: labelSmoothing)
  }
}
