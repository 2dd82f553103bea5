/// What batch normalizations of inputs of all shapes have in common.
open class BatchNormNd: NormBase {
  /// The numbers of dimensions of inputs.
  class var ranks: [Int] { [] }

  /// Makes a layer for inputs of `numFeatures` channels.
  init(
    features: Int, eps: Double, momentum: Double?, affine: Bool, trackRunningStats: Bool, bias: Bool, dtype: DType,
    device: Device?
  ) {
    super.init(
      features, eps, momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: dtype,
      device: device)
  }

  func require(_ x: Tensor) throws(BackplaneError) { try requireRank(x, type(of: self).ranks) }

  open override func forward(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      try require(x)
      var factor = momentum ?? 0
      if training, trackRunningStats, let numBatchesTracked {
        noGrad { _ = numBatchesTracked.add_(1) }
        if momentum == nil { factor = try 1 / Ops.item(numBatchesTracked).double }
      }
      let keepsStatistics = !training || trackRunningStats
      return Functional.batchNorm(
        x, keepsStatistics ? runningMean : nil, keepsStatistics ? runningVar : nil, weight: weight, bias: bias,
        training: training || runningMean == nil && runningVar == nil, momentum: factor, eps: eps)
    }
  }
}

/// Gives each channel of a batch mean 0 and variance 1, then scales and shifts it.
///
/// ```swift
/// BatchNorm1d(100)(Tensor.rand([20, 100])).shape  // [20, 100]
/// ```
///
/// Takes (N, C) or (N, C, L). In training the statistics are the batch's, and the running ones move toward them (with the unbiased
/// variance); out of it they are the running ones.
///
/// Ioffe and Szegedy, "Batch normalization", ICML 2015.
open class BatchNorm1d: BatchNormNd {
  override class var ranks: [Int] { [2, 3] }

  /// Makes a layer for inputs of `numFeatures` channels.
  ///
  /// - Parameters:
  ///   - momentum: How far running statistics move toward a batch's; nil for the mean over all batches.
  ///   - affine: Whether channels are scaled, and shifted unless `bias` is false.
  ///   - trackRunningStats: Whether running statistics are kept; else those of the batch are used in and out of training.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStats: Bool = true, bias: Bool = true, dtype: DType = .float32, device: Device? = nil
  ) {
    super.init(
      features: numFeatures, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats,
      bias: bias, dtype: dtype, device: device)
  }
}

/// Gives each channel of a batch mean 0 and variance 1, then scales and shifts it.
///
/// ```swift
/// BatchNorm2d(100)(Tensor.rand([20, 100, 35, 45])).shape  // [20, 100, 35, 45]
/// ```
///
/// Takes (N, C, H, W). In training the statistics are the batch's, and the running ones move toward them (with the unbiased
/// variance); out of it they are the running ones.
///
/// Ioffe and Szegedy, "Batch normalization", ICML 2015.
open class BatchNorm2d: BatchNormNd {
  override class var ranks: [Int] { [4] }

  /// Makes a layer for inputs of `numFeatures` channels.
  ///
  /// - Parameters:
  ///   - momentum: How far running statistics move toward a batch's; nil for the mean over all batches.
  ///   - affine: Whether channels are scaled, and shifted unless `bias` is false.
  ///   - trackRunningStats: Whether running statistics are kept; else those of the batch are used in and out of training.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStats: Bool = true, bias: Bool = true, dtype: DType = .float32, device: Device? = nil
  ) {
    super.init(
      features: numFeatures, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats,
      bias: bias, dtype: dtype, device: device)
  }
}

/// Gives each channel of a batch mean 0 and variance 1, then scales and shifts it.
///
/// ```swift
/// BatchNorm3d(100)(Tensor.rand([20, 100, 5, 6, 7])).shape  // [20, 100, 5, 6, 7]
/// ```
///
/// Takes (N, C, D, H, W). In training the statistics are the batch's, and the running ones move toward them (with the unbiased
/// variance); out of it they are the running ones.
///
/// Ioffe and Szegedy, "Batch normalization", ICML 2015.
open class BatchNorm3d: BatchNormNd {
  override class var ranks: [Int] { [5] }

  /// Makes a layer for inputs of `numFeatures` channels.
  ///
  /// - Parameters:
  ///   - momentum: How far running statistics move toward a batch's; nil for the mean over all batches.
  ///   - affine: Whether channels are scaled, and shifted unless `bias` is false.
  ///   - trackRunningStats: Whether running statistics are kept; else those of the batch are used in and out of training.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStats: Bool = true, bias: Bool = true, dtype: DType = .float32, device: Device? = nil
  ) {
    super.init(
      features: numFeatures, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats,
      bias: bias, dtype: dtype, device: device)
  }
}

/// Batch normalization over all processes of a training, of which there is one: that of any input of channels.
///
/// ```swift
/// SyncBatchNorm(8)(Tensor.rand([4, 8, 5, 5])).shape  // [4, 8, 5, 5]
/// ```
///
/// Takes (N, C, …), and does what ``BatchNorm2d`` does.
public final class SyncBatchNorm: BatchNormNd {
  /// Makes a layer for inputs of `numFeatures` channels.
  ///
  /// - Parameters:
  ///   - momentum: How far running statistics move toward a batch's; nil for the mean over all batches.
  ///   - affine: Whether channels are scaled, and shifted unless `bias` is false.
  ///   - trackRunningStats: Whether running statistics are kept; else those of the batch are used in and out of training.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStats: Bool = true, bias: Bool = true, dtype: DType = .float32, device: Device? = nil
  ) {
    super.init(
      features: numFeatures, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats,
      bias: bias, dtype: dtype, device: device)
  }

  override func require(_ x: Tensor) throws(BackplaneError) {
    guard x.layout.rank >= 2 else {
      throw BackplaneError(.shape, "expected at least 2D input (got \(x.layout.rank)D input)")
    }
    guard x.layout.elements[1] != 0 else {
      throw BackplaneError(.shape, "SyncBatchNorm number of input channels should be non-zero")
    }
  }
}
