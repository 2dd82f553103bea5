/// Layers as functions, without state: PyTorch's `torch.nn.functional`.
///
/// ```swift
/// let loss = F.crossEntropy(logits, labels)
/// ```
public enum Functional {
  /// The rectifier max(x, 0) of each element.
  public static func relu(_ x: Tensor) -> Tensor { x.relu() }
  /// The sigmoid 1 / (1 + e⁻ˣ) of each element.
  public static func sigmoid(_ x: Tensor) -> Tensor { x.sigmoid() }
  /// The function x / (1 + e⁻ˣ) of each element, also called swish.
  public static func silu(_ x: Tensor) -> Tensor { x.silu() }
  /// The hyperbolic tangent of each element.
  public static func tanh(_ x: Tensor) -> Tensor { x.tanh() }
  /// Probabilities along a dimension: eˣ / Σ eˣ.
  ///
  /// ```swift
  /// F.softmax(Tensor([[0.0, 0], [1, 3]]), dim: 1)  // [[0.5, 0.5], [0.1192, 0.8808]]
  /// ```
  public static func softmax(_ x: Tensor, dim: Int) -> Tensor { x.softmax(dim) }
  /// The logarithms of probabilities along a dimension, x − log Σ eˣ, without the rounding of a logarithm of
  /// ``softmax(_:dim:)``.
  public static func logSoftmax(_ x: Tensor, dim: Int) -> Tensor { x.logSoftmax(dim) }

  /// The affine map x Wᵀ + b, for x of shape (…, in), a weight of shape (out, in) and a bias of shape (out).
  ///
  /// ```swift
  /// let y = F.linear(x, weight, bias)  // (…, in) to (…, out)
  /// ```
  public static func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.linear(x, weight, bias) }
  }

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

/// PyTorch's customary short name for ``Functional``.
public typealias F = Functional
