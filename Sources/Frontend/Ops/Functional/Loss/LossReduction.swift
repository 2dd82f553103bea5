extension Functional {
  /// What becomes of the losses of the elements.
  public enum Reduction: String, Sendable {
    /// The losses one by one.
    case none
    /// The mean of the losses, which for a weighted loss is the weighted one.
    case mean
    /// The sum of the losses.
    case sum
  }

  static func reduce(_ losses: Tensor, _ reduction: Reduction) throws(BackplaneError) -> Tensor {
    switch reduction {
    case .none: losses
    case .mean: try Ops.mean(losses, nil, keepDim: false)
    case .sum: try Ops.sum(losses, nil, keepDim: false)
    }
  }
}
