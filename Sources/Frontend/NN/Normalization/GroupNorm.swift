/// Gives each sample's channels, in groups, mean 0 and variance 1; then scales and shifts by channel.
///
/// ```swift
/// GroupNorm(3, 6)(Tensor.rand([20, 6, 10, 10])).shape  // [20, 6, 10, 10]
/// ```
///
/// Takes (N, C, …). Wu and He, "Group normalization", ECCV 2018.
open class GroupNorm: Module {
  /// Into how many groups the channels are divided.
  public let numGroups: Int
  /// The number of channels C.
  public let numChannels: Int
  /// What is added to variances.
  public var eps: Double
  /// Whether there is a scale, and perhaps a shift.
  public let affine: Bool
  /// The scale of each channel, of shape (C), or nil.
  @Parameter public var weight: Tensor?
  /// The shift of each channel, of shape (C), or nil.
  @Parameter public var bias: Tensor?

  /// Makes a layer that divides `numChannels` channels into `numGroups` groups of the same size.
  ///
  /// - Parameter affine: Whether channels are scaled, and shifted unless `bias` is false.
  public init(
    _ numGroups: Int, _ numChannels: Int, eps: Double = 1e-5, affine: Bool = true, bias: Bool = true,
    dtype: DType = .float32, device: Device? = nil
  ) {
    self.numGroups = numGroups
    self.numChannels = numChannels
    self.eps = eps
    self.affine = affine
    weight = affine ? Tensor.ones([numChannels], dtype: dtype, device: device) : nil
    self.bias = affine && bias ? Tensor.zeros([numChannels], dtype: dtype, device: device) : nil
    super.init()
    funnel(or: ()) { () throws(BackplaneError) in
      guard numGroups != 0, numChannels.remainderReportingOverflow(dividingBy: numGroups).partialValue == 0 else {
        throw BackplaneError(
          .value, "num_channels (\(numChannels)) must be divisible by num_groups (\(numGroups))")
      }
    }
  }

  /// Sets the scale to 1 and the shift to 0.
  public func resetParameters() {
    if let weight { Init.ones_(weight) }
    if let bias { Init.zeros_(bias) }
  }

  open override func forward(_ x: Tensor) -> Tensor {
    Functional.groupNorm(x, numGroups, weight: weight, bias: bias, eps: eps)
  }

  open override var extraDescription: String {
    "\(numGroups), \(numChannels), eps=\(eps), affine=\(OptionText.of(affine)), bias=\(OptionText.of(bias != nil))"
  }
}

/// Divides each channel by its neighbours' power: x / (k + α · mean of x² over `size` neighbouring channels)^β.
///
/// ```swift
/// LocalResponseNorm(2)(Tensor.rand([32, 5, 24, 24])).shape  // [32, 5, 24, 24]
/// ```
///
/// Takes (N, C, …). Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks",
/// NeurIPS 2012.
public final class LocalResponseNorm: Module {
  /// How many neighbouring channels are counted.
  public let size: Int
  /// The factor of the mean square.
  public let alpha: Double
  /// The exponent of the divisor.
  public let beta: Double
  /// What is added to the mean square.
  public let k: Double

  /// Makes a layer that looks at `size` neighbouring channels.
  public init(_ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.k = k
  }

  public override func forward(_ x: Tensor) -> Tensor {
    Functional.localResponseNorm(x, size, alpha: alpha, beta: beta, k: k)
  }

  public override var extraDescription: String { "\(size), alpha=\(alpha), beta=\(beta), k=\(k)" }
}
