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
}

extension Ops {
  /// What becomes of the losses of the elements.
  static func reduced(_ losses: Tensor, _ reduction: Functional.Reduction) throws(BackplaneError) -> Tensor {
    switch reduction {
    case .none: losses
    case .mean: try mean(losses, nil, keepDim: false)
    case .sum: try sum(losses, nil, keepDim: false)
    }
  }
}
