// The other way to write a dimension: `x.softmax(dim: 1)` is `x.softmax(1)`, and `F.softmax(x, 1)` is
// `F.softmax(x, dim: 1)`. A bias, which is a tensor and has a default, goes both ways too.

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

  /// The affine map x Wᵀ + b, for x of shape (…, in), a weight of shape (out, in) and a bias of shape (out).
  public static func linear(_ x: Tensor, _ weight: Tensor, bias: Tensor?) -> Tensor { linear(x, weight, bias) }
  /// The bilinear form xᵀ W y + b for each matrix W: (…, n), (…, m) and a weight (o, n, m) give (…, o).
  public static func bilinear(_ first: Tensor, _ second: Tensor, _ weight: Tensor, bias: Tensor?) -> Tensor {
    bilinear(first, second, weight, bias)
  }
  /// The cross-correlation of x with a kernel over 1 spatial dimension.
  public static func conv1d(
    _ x: Tensor, _ weight: Tensor, bias: Tensor?, stride: some SpatialExtents = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialExtents = 1, groups: Int = 1
  ) -> Tensor {
    conv1d(x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }
  /// The cross-correlation of x with a kernel over 2 spatial dimensions.
  public static func conv2d(
    _ x: Tensor, _ weight: Tensor, bias: Tensor?, stride: some SpatialExtents = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialExtents = 1, groups: Int = 1
  ) -> Tensor {
    conv2d(x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }
  /// The cross-correlation of x with a kernel over 3 spatial dimensions.
  public static func conv3d(
    _ x: Tensor, _ weight: Tensor, bias: Tensor?, stride: some SpatialExtents = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialExtents = 1, groups: Int = 1
  ) -> Tensor {
    conv3d(x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }
  /// The transpose of a cross-correlation with a kernel over 1 spatial dimension, which its gradient is.
  public static func convTranspose1d(
    _ x: Tensor, _ weight: Tensor, bias: Tensor?, stride: some SpatialExtents = 1, padding: some SpatialExtents = 0,
    outputPadding: some SpatialExtents = 0, groups: Int = 1, dilation: some SpatialExtents = 1
  ) -> Tensor {
    convTranspose1d(
      x, weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
      dilation: dilation)
  }
  /// The transpose of a cross-correlation with a kernel over 2 spatial dimensions, which its gradient is.
  public static func convTranspose2d(
    _ x: Tensor, _ weight: Tensor, bias: Tensor?, stride: some SpatialExtents = 1, padding: some SpatialExtents = 0,
    outputPadding: some SpatialExtents = 0, groups: Int = 1, dilation: some SpatialExtents = 1
  ) -> Tensor {
    convTranspose2d(
      x, weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
      dilation: dilation)
  }
  /// The transpose of a cross-correlation with a kernel over 3 spatial dimensions, which its gradient is.
  public static func convTranspose3d(
    _ x: Tensor, _ weight: Tensor, bias: Tensor?, stride: some SpatialExtents = 1, padding: some SpatialExtents = 0,
    outputPadding: some SpatialExtents = 0, groups: Int = 1, dilation: some SpatialExtents = 1
  ) -> Tensor {
    convTranspose3d(
      x, weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
      dilation: dilation)
  }
}
