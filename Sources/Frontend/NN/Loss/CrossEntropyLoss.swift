/// Softmax and the negative logarithm of the target's probability, in one.
///
/// ```swift
/// let criterion = CrossEntropyLoss()
/// let loss = criterion(model(x), labels)  // logits (N, C), int64 labels (N)
/// ```
///
/// See ``Functional/crossEntropy(_:_:weight:ignoreIndex:reduction:labelSmoothing:)`` for shapes and options.
public final class CrossEntropyLoss: Module {
  /// The weight of each class, of shape (C), or nil.
  @Buffer public var weight: Tensor?
  /// The class index whose targets do not count.
  public let ignoreIndex: Int
  /// What becomes of the losses of the single targets.
  public let reduction: Functional.Reduction
  /// The part of the probability, from 0 to 1, that is spread over all classes alike.
  public let labelSmoothing: Double

  /// Makes a loss with PyTorch's options.
  public init(
    weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Functional.Reduction = .mean,
    labelSmoothing: Double = 0
  ) {
    self.weight = weight
    self.ignoreIndex = ignoreIndex
    self.reduction = reduction
    self.labelSmoothing = labelSmoothing
  }

  /// The loss of logits (N, C, d…) or (C), for class indices (N, d…) or probabilities of the logits' shape.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) {
      Functional.crossEntropy(
        $0, $1, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction, labelSmoothing: labelSmoothing)
    }
  }
}
