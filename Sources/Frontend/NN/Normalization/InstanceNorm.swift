/// What instance normalizations of inputs of all shapes have in common.
open class InstanceNormNd: NormBase {
  /// The number of dimensions of one sample.
  class var sampleRank: Int { 0 }

  init(
    features: Int, eps: Double, momentum: Double?, affine: Bool, trackRunningStats: Bool, bias: Bool, dtype: DType,
    device: Device?
  ) {
    super.init(
      features, eps, momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: dtype,
      device: device)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      let sampleRank = type(of: self).sampleRank
      try requireRank(x, [sampleRank, sampleRank + 1])
      let dim = x.layout.rank - sampleRank
      guard !affine || x.layout.elements[dim] == numFeatures else {
        throw BackplaneError(
          .shape,
          "expected input's size at dim=\(dim) to match num_features (\(numFeatures)), but got: "
            + "\(x.layout.elements[dim]).")
      }
      let isOne = x.layout.rank == sampleRank
      let result = Functional.instanceNorm(
        isOne ? try Ops.unsqueeze(x, 0) : x, runningMean: runningMean, runningVar: runningVar, weight: weight,
        bias: bias, useInputStats: training || !trackRunningStats, momentum: momentum ?? 0, eps: eps)
      return isOne ? try Ops.squeeze(result, 0) : result
    }
  }
}

/// Gives each channel of each sample mean 0 and variance 1, then scales and shifts it where asked to.
///
/// ```swift
/// InstanceNorm1d(100)(Tensor.rand([20, 100, 40])).shape  // [20, 100, 40]
/// ```
///
/// Takes (N, C, L) or (C, L).
///
/// Ulyanov, Vedaldi and Lempitsky, "Instance normalization", arXiv:1607.08022, 2016.
open class InstanceNorm1d: InstanceNormNd {
  override class var sampleRank: Int { 2 }

  /// Makes a layer for inputs of `numFeatures` channels.
  ///
  /// - Parameters:
  ///   - momentum: How far running statistics move toward an input's.
  ///   - affine: Whether channels are scaled, and shifted unless `bias` is false.
  ///   - trackRunningStats: Whether running statistics are kept in training, and used out of it.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = false,
    trackRunningStats: Bool = false, bias: Bool = true, dtype: DType = .float32, device: Device? = nil
  ) {
    super.init(
      features: numFeatures, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats,
      bias: bias, dtype: dtype, device: device)
  }
}

/// Gives each channel of each sample mean 0 and variance 1, then scales and shifts it where asked to.
///
/// ```swift
/// InstanceNorm2d(100)(Tensor.rand([20, 100, 35, 45])).shape  // [20, 100, 35, 45]
/// ```
///
/// Takes (N, C, H, W) or (C, H, W).
///
/// Ulyanov, Vedaldi and Lempitsky, "Instance normalization", arXiv:1607.08022, 2016.
open class InstanceNorm2d: InstanceNormNd {
  override class var sampleRank: Int { 3 }

  /// Makes a layer for inputs of `numFeatures` channels.
  ///
  /// - Parameters:
  ///   - momentum: How far running statistics move toward an input's.
  ///   - affine: Whether channels are scaled, and shifted unless `bias` is false.
  ///   - trackRunningStats: Whether running statistics are kept in training, and used out of it.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = false,
    trackRunningStats: Bool = false, bias: Bool = true, dtype: DType = .float32, device: Device? = nil
  ) {
    super.init(
      features: numFeatures, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats,
      bias: bias, dtype: dtype, device: device)
  }
}

/// Gives each channel of each sample mean 0 and variance 1, then scales and shifts it where asked to.
///
/// ```swift
/// InstanceNorm3d(100)(Tensor.rand([20, 100, 5, 6, 7])).shape  // [20, 100, 5, 6, 7]
/// ```
///
/// Takes (N, C, D, H, W) or (C, D, H, W).
///
/// Ulyanov, Vedaldi and Lempitsky, "Instance normalization", arXiv:1607.08022, 2016.
open class InstanceNorm3d: InstanceNormNd {
  override class var sampleRank: Int { 4 }

  /// Makes a layer for inputs of `numFeatures` channels.
  ///
  /// - Parameters:
  ///   - momentum: How far running statistics move toward an input's.
  ///   - affine: Whether channels are scaled, and shifted unless `bias` is false.
  ///   - trackRunningStats: Whether running statistics are kept in training, and used out of it.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = false,
    trackRunningStats: Bool = false, bias: Bool = true, dtype: DType = .float32, device: Device? = nil
  ) {
    super.init(
      features: numFeatures, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats,
      bias: bias, dtype: dtype, device: device)
  }
}
