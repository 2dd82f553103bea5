/// Normalizations of each element of a batch by itself.
extension Ops {
  /// Throws unless the last dimensions of x are the shape.
  private static func require(
    _ x: Tensor, _ shape: [Int], _ vectors: [(Tensor?, String)]
  ) throws(BackplaneError) {
    guard !shape.isEmpty else {
      throw BackplaneError(
        .value,
        "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
          + "normalized_shape = \(shape)")
    }
    for case (let vector?, let name) in vectors where vector.layout.shape != shape {
      throw BackplaneError(
        .shape,
        "Expected \(name) to be of same shape as normalized_shape, but got \(name) of shape \(vector.shape) and "
          + "normalized_shape = \(shape)")
    }
    guard x.layout.shape.suffix(shape.count) == shape[...] else {
      throw BackplaneError(
        .shape,
        "Given normalized_shape=\(shape), expected input with shape [*, "
          + "\(shape.map(String.init).joined(separator: ", "))], but got input of size \(x.shape)")
    }
  }

  static func layerNorm(
    _ x: Tensor, _ shape: [Int], _ weight: Tensor?, _ bias: Tensor?, eps: Double
  ) throws(BackplaneError) -> Tensor {
    try require(x, shape, [(weight, "weight"), (bias, "bias")])
    try requireFloating(x, "LayerNormKernelImpl")
    let dims = Array(x.layout.rank - shape.count..<x.layout.rank)
    if let fused = try onePassNormalize(x, dims, weight, bias, shape, eps: eps, name: "NativeLayerNormBackward0") {
      return fused.result
    }
    let isFinal = weight == nil && bias == nil
    let result = try standardize(widened(x), dims, eps: eps, isFinal: isFinal).result
    return try cast(affine(result, weight, bias, shape), x.dtype)
  }

  /// x / √(mean of x² + eps).
  ///
  /// Zhang and Sennrich, "Root mean square layer normalization", NeurIPS 2019.
  static func rmsNorm(
    _ x: Tensor, _ shape: [Int], _ weight: Tensor?, eps: Double?
  ) throws(BackplaneError) -> Tensor {
    try require(x, shape, [(weight, "weight")])
    guard x.dtype.isFloatingPoint || x.dtype.isComplex else {
      throw BackplaneError(.dtype, "\"rms_norm\" not implemented for '\(x.dtype.scalarName)'")
    }
    let dims = Array(x.layout.rank - shape.count..<x.layout.rank)
    let addend = eps ?? x.dtype.epsilon
    let fused = try onePassNormalize(
      x, dims, weight, nil, shape, eps: addend, isCentered: false, name: "FusedRmsNormBackward0")
    if let fused { return fused.result }
    let wide = try widened(x)
    var unit: Tensor?
    if !wide.dtype.isComplex {
      let plain = wide.detach()
      unit = try powerUnit(
        of: plain, mean(mul(plain, plain), dims, keepDim: true), Ops.dims(dims, plain), beside: addend)
    }
    return try cast(affine(scaled(wide, dims, addend, unit).0, weight, nil, shape), x.dtype)
  }

  /// x / (k + alpha · mean of x² over `size` neighbouring channels)^beta.
  ///
  /// Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", NIPS 2012.
  static func localResponseNorm(
    _ x: Tensor, _ size: Int, alpha: Double, beta: Double, k: Double
  ) throws(BackplaneError) -> Tensor {
    guard x.layout.rank >= 3 else {
      throw BackplaneError(
        .shape, "Expected 3D or higher dimensionality input (got \(x.layout.rank) dimensions)")
    }
    guard size > 0 else { throw BackplaneError(.value, "local_response_norm: size must be positive, but got \(size)") }
    if x.numel == 0 { return x }
    _ = try Sizes.add(x.layout.elements[1], size, in: "local_response_norm")
    let wide = try widened(x)
    let channels = x.layout.elements[1]
    let neighbours = PoolingWindows(
      elements: .sliding(
        Windows(size: size, stride: 1, dilation: 1, count: channels), low: size / 2, high: (size - 1) / 2))
    // Channels as the last dimension, over which the means are taken.
    let squares = try transpose(mul(wide, wide), 1, -1)
    let sizes = [[Int](repeating: size, count: channels)]
    let means = try transpose(averagePool(squares, [neighbours], divisors: sizes), 1, -1)
    let divisor = try pow(add(mul(means, .double(alpha)), .double(k)), .double(beta))
    return try x.dtype.isInteger ? div(wide, divisor) : cast(div(wide, divisor), x.dtype)
  }
}
