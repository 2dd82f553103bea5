/// Applies the rectifier max(x, 0) to each element.
public final class ReLU: Module {
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes a rectifier, which with `inplace` changes its input.
  public init(inplace: Bool = false) { self.inplace = inplace }

  public override func forward(_ x: Tensor) -> Tensor { inplace ? x.relu_() : x.relu() }
  public override var extraDescription: String { inplaceDescription("", inplace) }
}

/// Limits each element to 0 … 6.
public final class ReLU6: Module {
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes a limited rectifier, which with `inplace` changes its input.
  public init(inplace: Bool = false) { self.inplace = inplace }

  public override func forward(_ x: Tensor) -> Tensor { x.activated(inPlace: inplace, Ops.relu6) }
  public override var extraDescription: String { inplaceDescription("", inplace) }
}

/// The leaky rectifier: x where positive, else slope · x.
public final class LeakyReLU: Module {
  /// The slope for negative elements.
  public let negativeSlope: Double
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes a leaky rectifier, which with `inplace` changes its input.
  public init(negativeSlope: Double = 0.01, inplace: Bool = false) {
    self.negativeSlope = negativeSlope
    self.inplace = inplace
  }

  public override func forward(_ x: Tensor) -> Tensor {
    x.activated(inPlace: inplace) { x throws(BackplaneError) in try Ops.leakyRelu(x, negativeSlope) }
  }
  public override var extraDescription: String { inplaceDescription("negative_slope=\(negativeSlope)", inplace) }
}

/// The randomized rectifier: x where positive, else x times a slope that is drawn anew for each element in training, and
/// the mean slope otherwise.
///
/// Xu et al., "Empirical evaluation of rectified activations in convolutional network", arXiv:1505.00853, 2015.
public final class RReLU: Module {
  /// The least slope.
  public let lower: Double
  /// The greatest slope.
  public let upper: Double
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes a randomized rectifier with slopes from `lower` to `upper`, which with `inplace` changes its input.
  public init(lower: Double = 1.0 / 8, upper: Double = 1.0 / 3, inplace: Bool = false) {
    self.lower = lower
    self.upper = upper
    self.inplace = inplace
  }

  public override func forward(_ x: Tensor) -> Tensor {
    x.activated(inPlace: inplace) { x throws(BackplaneError) in
      try Ops.rrelu(x, lower: lower, upper: upper, training: training, nil)
    }
  }
  public override var extraDescription: String { inplaceDescription("lower=\(lower), upper=\(upper)", inplace) }
}

/// The rectifier with learned slopes: x where positive, else weight · x.
///
/// ```swift
/// let layer = PReLU(numParameters: 3)  // a slope for each of 3 channels
/// layer(Tensor.randn([8, 3, 32, 32])).shape  // [8, 3, 32, 32]
/// ```
///
/// He et al., "Delving deep into rectifiers", ICCV 2015.
public final class PReLU: Module {
  /// How many slopes there are: 1, or one for each channel.
  public let numParameters: Int
  /// What the slopes start as.
  public let `init`: Double
  /// The slopes.
  @Parameter public var weight: Tensor

  /// Makes a rectifier with `numParameters` slopes that start as `init`.
  public init(numParameters: Int = 1, init: Double = 0.25, dtype: DType = .float32, device: Device? = nil) {
    self.numParameters = numParameters
    self.`init` = `init`
    weight = Tensor.empty([numParameters], dtype: dtype, device: device)
    super.init()
    resetParameters()
  }

  /// Sets the slopes to what they start as.
  public func resetParameters() { Init.constant_(weight, `init`) }

  public override func forward(_ x: Tensor) -> Tensor { Functional.prelu(x, weight) }
  public override var extraDescription: String { "num_parameters=\(numParameters)" }
}

/// Puts a value in the place of each element that does not exceed a threshold.
///
/// ```swift
/// Threshold(0.1, 20)(Tensor([0.05, 0.5]))  // [20, 0.5]
/// ```
public final class Threshold: Module {
  /// What elements have to exceed in order to stay.
  public let threshold: Scalar
  /// What the others become.
  public let value: Scalar
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes a threshold, which with `inplace` changes its input.
  public init(_ threshold: some ScalarConvertible, _ value: some ScalarConvertible, inplace: Bool = false) {
    self.threshold = threshold.scalar
    self.value = value.scalar
    self.inplace = inplace
  }

  public override func forward(_ x: Tensor) -> Tensor {
    x.activated(inPlace: inplace) { x throws(BackplaneError) in try Ops.threshold(x, threshold, value) }
  }
  public override var extraDescription: String {
    inplaceDescription("threshold=\(threshold), value=\(value)", inplace)
  }
}

extension Tensor {
  /// A function of the tensor, with `inPlace` written into it.
  func activated(inPlace: Bool, _ f: (Tensor) throws(BackplaneError) -> Tensor) -> Tensor {
    inPlace ? change(f) : funnel { () throws(BackplaneError) in try f(self) }
  }
}

/// A module's description of itself, with PyTorch's word for changing the input after it.
func inplaceDescription(_ description: String, _ inplace: Bool) -> String {
  guard inplace else { return description }
  return description.isEmpty ? "inplace=True" : "\(description), inplace=True"
}
