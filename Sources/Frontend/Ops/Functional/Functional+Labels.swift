// The other way to write a dimension: `x.softmax(dim: 1)` is `x.softmax(1)`, and `F.softmax(x, 1)` is
// `F.softmax(x, dim: 1)`.

extension Tensor {
  /// Probabilities along one dimension: exp(x) / Σ exp(x).
  public func softmax(dim: Int) -> Tensor { softmax(dim) }
  /// The logarithms of probabilities along one dimension: x − log Σ exp(x).
  public func logSoftmax(dim: Int) -> Tensor { logSoftmax(dim) }
}

extension Functional {
  /// Probabilities along a dimension: eˣ / Σ eˣ.
  public static func softmax(_ x: Tensor, _ dim: Int) -> Tensor { x.softmax(dim) }
  /// The logarithms of probabilities along a dimension: x − log Σ eˣ.
  public static func logSoftmax(_ x: Tensor, _ dim: Int) -> Tensor { x.logSoftmax(dim) }
  /// Probabilities along a dimension that are great where x is small: softmax of −x.
  public static func softmin(_ x: Tensor, _ dim: Int) -> Tensor { softmin(x, dim: dim) }
  /// One half of a dimension times the sigmoid of the other.
  public static func glu(_ x: Tensor, _ dim: Int) -> Tensor { glu(x, dim: dim) }
  /// The cosine of the angle between vectors along a dimension: Σ a b / (‖a‖ ‖b‖).
  public static func cosineSimilarity(_ a: Tensor, _ b: Tensor, _ dim: Int, eps: Double = 1e-8) -> Tensor {
    cosineSimilarity(a, b, dim: dim, eps: eps)
  }
}
