/// What normalizations with statistics of channels have in common: a scale, a shift, and running statistics.
open class NormBase: Module {
  /// The number of channels C.
  public let numFeatures: Int
  /// What is added to variances.
  public var eps: Double
  /// How far running statistics move toward those of a batch; nil for the mean over all batches.
  public var momentum: Double?
  /// Whether there is a scale, and perhaps a shift.
  public let affine: Bool
  /// Whether statistics of training are kept, and used out of it.
  public let trackRunningStats: Bool
  /// The scale of each channel, of shape (C), or nil.
  @Parameter public var weight: Tensor?
  /// The shift of each channel, of shape (C), or nil.
  @Parameter public var bias: Tensor?
  /// The running mean of each channel, of shape (C), or nil.
  @Buffer public var runningMean: Tensor?
  /// The running variance of each channel, of shape (C), or nil.
  @Buffer public var runningVar: Tensor?
  /// How many batches the running statistics are of, or nil.
  @Buffer public var numBatchesTracked: Tensor?

  init(
    _ numFeatures: Int, _ eps: Double, _ momentum: Double?, affine: Bool, trackRunningStats: Bool, bias: Bool,
    dtype: DType, device: Device?
  ) {
    self.numFeatures = numFeatures
    self.eps = eps
    self.momentum = momentum
    self.affine = affine
    self.trackRunningStats = trackRunningStats
    weight = affine ? Tensor.ones([numFeatures], dtype: dtype, device: device) : nil
    self.bias = affine && bias ? Tensor.zeros([numFeatures], dtype: dtype, device: device) : nil
    runningMean = trackRunningStats ? Tensor.zeros([numFeatures], dtype: dtype, device: device) : nil
    runningVar = trackRunningStats ? Tensor.ones([numFeatures], dtype: dtype, device: device) : nil
    numBatchesTracked = trackRunningStats ? Tensor.zeros([], dtype: .int64, device: device) : nil
  }

  /// Sets the running statistics to those of no batch: mean 0, variance 1.
  public func resetRunningStats() {
    for tensor in [runningMean, numBatchesTracked] { if let tensor { Init.zeros_(tensor) } }
    if let runningVar { Init.ones_(runningVar) }
  }

  /// Sets the parameters and running statistics to what they were when the layer was made.
  public func resetParameters() {
    resetRunningStats()
    if let weight { Init.ones_(weight) }
    if let bias { Init.zeros_(bias) }
  }

  /// Throws unless x has one of some numbers of dimensions.
  func requireRank(_ x: Tensor, _ ranks: [Int]) throws(BackplaneError) {
    guard !ranks.contains(x.layout.rank) else { return }
    let wanted = ranks.map { "\($0)D" }.joined(separator: " or ")
    throw BackplaneError(.shape, "expected \(wanted) input (got \(x.layout.rank)D input)")
  }

  open override var extraDescription: String {
    "\(numFeatures), eps=\(eps), momentum=\(OptionText.of(momentum)), affine=\(OptionText.of(affine)), "
      + "bias=\(OptionText.of(bias != nil)), track_running_stats=\(OptionText.of(trackRunningStats))"
  }
}
