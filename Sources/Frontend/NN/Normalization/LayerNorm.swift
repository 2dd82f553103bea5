/// Gives the last dimensions, whose extents are given, mean 0 and variance 1; then scales and shifts by element.
///
/// ```swift
/// LayerNorm(64)(Tensor.rand([20, 5, 64])).shape  // [20, 5, 64]
/// ```
///
/// Takes (…) whose last extents are `normalizedShape`, which is the shape of `weight` and `bias` too.
///
/// Ba, Kiros and Hinton, "Layer normalization", arXiv:1607.06450, 2016.
open class LayerNorm: Module {
  /// The extents that have statistics together.
  public let normalizedShape: [Int]
  /// What is added to variances.
  public var eps: Double
  /// Whether there is a scale, and perhaps a shift.
  public let elementwiseAffine: Bool
  /// The scale of each element, of shape `normalizedShape`, or nil.
  @Parameter public var weight: Tensor?
  /// The shift of each element, of shape `normalizedShape`, or nil.
  @Parameter public var bias: Tensor?

  /// Makes a layer over the last dimensions, which have the given extents.
  ///
  /// - Parameter elementwiseAffine: Whether elements are scaled, and shifted unless `bias` is false.
  public init(
    _ normalizedShape: [Int], eps: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true,
    dtype: DType = .float32, device: Device? = nil
  ) {
    self.normalizedShape = normalizedShape
    self.eps = eps
    self.elementwiseAffine = elementwiseAffine
    weight = elementwiseAffine ? Tensor.ones(normalizedShape, dtype: dtype, device: device) : nil
    self.bias = elementwiseAffine && bias ? Tensor.zeros(normalizedShape, dtype: dtype, device: device) : nil
  }

  /// Makes a layer over the last dimension, which has the given extent.
  public convenience init(
    _ normalizedShape: Int, eps: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true,
    dtype: DType = .float32, device: Device? = nil
  ) {
    self.init(
      [normalizedShape], eps: eps, elementwiseAffine: elementwiseAffine, bias: bias, dtype: dtype, device: device)
  }

  /// Sets the scale to 1 and the shift to 0.
  public func resetParameters() {
    if let weight { Init.ones_(weight) }
    if let bias { Init.zeros_(bias) }
  }

  open override func forward(_ x: Tensor) -> Tensor {
    Functional.layerNorm(x, normalizedShape, weight: weight, bias: bias, eps: eps)
  }

  open override var extraDescription: String {
    "\(OptionText.tuple(normalizedShape)), eps=\(eps), elementwise_affine=\(OptionText.of(elementwiseAffine)), "
      + "bias=\(OptionText.of(bias != nil))"
  }
}

/// Gives the last dimensions, whose extents are given, mean square 1; then scales by element.
///
/// ```swift
/// RMSNorm(64)(Tensor.rand([20, 5, 64])).shape  // [20, 5, 64]
/// ```
///
/// Takes (…) whose last extents are `normalizedShape`, which is the shape of `weight` too.
///
/// Zhang and Sennrich, "Root mean square layer normalization", NeurIPS 2019.
open class RMSNorm: Module {
  /// The extents that have a mean square together.
  public let normalizedShape: [Int]
  /// What is added to mean squares; nil for the type's distance from 1 to the next number.
  public var eps: Double?
  /// Whether there is a scale.
  public let elementwiseAffine: Bool
  /// The scale of each element, of shape `normalizedShape`, or nil.
  @Parameter public var weight: Tensor?

  /// Makes a layer over the last dimensions, which have the given extents.
  public init(
    _ normalizedShape: [Int], eps: Double? = nil, elementwiseAffine: Bool = true, dtype: DType = .float32,
    device: Device? = nil
  ) {
    self.normalizedShape = normalizedShape
    self.eps = eps
    self.elementwiseAffine = elementwiseAffine
    weight = elementwiseAffine ? Tensor.ones(normalizedShape, dtype: dtype, device: device) : nil
  }

  /// Makes a layer over the last dimension, which has the given extent.
  public convenience init(
    _ normalizedShape: Int, eps: Double? = nil, elementwiseAffine: Bool = true, dtype: DType = .float32,
    device: Device? = nil
  ) {
    self.init([normalizedShape], eps: eps, elementwiseAffine: elementwiseAffine, dtype: dtype, device: device)
  }

  /// Sets the scale to 1.
  public func resetParameters() {
    if let weight { Init.ones_(weight) }
  }

  open override func forward(_ x: Tensor) -> Tensor {
    Functional.rmsNorm(x, normalizedShape, weight: weight, eps: eps)
  }

  open override var extraDescription: String {
    "\(OptionText.tuple(normalizedShape)), eps=\(OptionText.of(eps)), "
      + "elementwise_affine=\(OptionText.of(elementwiseAffine))"
  }
}
