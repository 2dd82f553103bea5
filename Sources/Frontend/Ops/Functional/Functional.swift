/// Layers as functions, without state: PyTorch's `torch.nn.functional`.
///
/// ```swift
/// let loss = F.crossEntropy(logits, labels)
/// ```
public enum Functional {
  public static func relu(_ x: Tensor) -> Tensor { x.relu() }
  public static func sigmoid(_ x: Tensor) -> Tensor { x.sigmoid() }
  public static func silu(_ x: Tensor) -> Tensor { x.silu() }
  public static func tanh(_ x: Tensor) -> Tensor { x.tanh() }
  public static func softmax(_ x: Tensor, dim: Int) -> Tensor { x.softmax(dim) }
  public static func logSoftmax(_ x: Tensor, dim: Int) -> Tensor { x.logSoftmax(dim) }

  /// x Wᵀ + b, for x of shape (…, in), a weight of shape (out, in) and a bias of shape (out).
  public static func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.linear(x, weight, bias) }
  }

  /// What becomes of the losses of the elements.
  public enum Reduction: String, Sendable {
    /// They are given one by one.
    case none
    /// Their mean, which for a weighted loss is the weighted one.
    case mean
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

/// PyTorch's customary short name for ``Functional``.
public typealias F = Functional
