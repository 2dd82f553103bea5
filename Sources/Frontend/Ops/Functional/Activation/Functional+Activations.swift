extension Functional {
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

  /// The exponential linear unit: x where positive, else α (eˣ − 1).
  public static func elu(_ x: Tensor, alpha: Double = 1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.exponentialLinear(x, alpha: alpha) }
  }

  /// The continuously differentiable exponential linear unit: x where positive, else α (exp(x / α) − 1).
  public static func celu(_ x: Tensor, alpha: Double = 1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.celu(x, alpha: alpha) }
  }

  /// The scaled exponential linear unit: ``elu(_:alpha:)`` scaled such that activations keep mean 0 and variance 1.
  ///
  /// Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
  public static func selu(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.selu(x) }
  }

  /// The leaky rectifier: x where positive, else slope · x.
  public static func leakyRelu(_ x: Tensor, negativeSlope: Double = 0.01) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.leakyRelu(x, negativeSlope) }
  }

  /// The rectifier with a learned slope: x where positive, else weight · x, with one weight or one for each channel
  /// (dimension 1).
  public static func prelu(_ x: Tensor, _ weight: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.prelu(Autocast.cast("prelu", x), Autocast.cast("prelu", weight)) }
  }

  /// The randomized rectifier: ``leakyRelu(_:negativeSlope:)`` with slopes drawn from [lower, upper) in training, their
  /// mean otherwise.
  public static func rrelu(
    _ x: Tensor, lower: Double = 1.0 / 8, upper: Double = 1.0 / 3, training: Bool = false,
    generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.rrelu(x, lower: lower, upper: upper, training: training, generator) }
  }

  /// Each element, limited to [low, high].
  public static func hardtanh(
    _ x: Tensor, minVal: some ScalarConvertible = -1, maxVal: some ScalarConvertible = 1
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.hardtanh(x, minVal.scalar, maxVal.scalar) }
  }

  /// Each element, limited to [0, 6].
  public static func relu6(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.relu6(x) }
  }

  /// A sigmoid of straight lines: x / 6 + ½, limited to [0, 1].
  public static func hardsigmoid(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.hardsigmoid(x) }
  }

  /// The product of x and ``hardsigmoid(_:)``.
  public static func hardswish(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.hardswish(x) }
  }

  /// Elements where |x| > λ, else 0.
  public static func hardshrink(_ x: Tensor, lambd: Double = 0.5) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.hardshrink(x, lambd) }
  }

  /// Elements moved toward 0 by λ, and 0 where they are within λ of it.
  public static func softshrink(_ x: Tensor, lambd: Double = 0.5) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.softshrink(x, lambd) }
  }

  /// Elements where they exceed the threshold, else `value`.
  public static func threshold(
    _ x: Tensor, _ threshold: some ScalarConvertible, _ value: some ScalarConvertible
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.threshold(x, threshold.scalar, value.scalar) }
  }

  /// A smooth rectifier: log(1 + exp(β x)) / β, and x itself where β x exceeds the threshold.
  public static func softplus(_ x: Tensor, beta: Double = 1, threshold: Double = 20) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.softplus(Autocast.cast("softplus", x), beta: beta, threshold: threshold)
    }
  }

  /// The logarithm of the sigmoid, −log(1 + e⁻ˣ), without the rounding of a logarithm of ``sigmoid(_:)``.
  public static func logsigmoid(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.logsigmoid(x) }
  }

  /// The function x tanh(softplus(x)) of each element.
  public static func mish(_ x: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.mish(x) } }

  /// How ``gelu(_:approximate:)`` computes the normal distribution.
  public enum GELUApproximation: String, Sendable {
    /// Exactly, by the error function.
    case none
    /// Nearly, by the hyperbolic tangent, as in the first publications.
    case tanh
  }

  /// The Gaussian error linear unit: x Φ(x), with Φ the distribution function of the standard normal distribution.
  public static func gelu(_ x: Tensor, approximate: GELUApproximation = .none) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.gelu(x, approximate) }
  }

  /// The gated linear unit: one half of a dimension times the sigmoid of the other.
  public static func glu(_ x: Tensor, dim: Int = -1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.glu(x, dim) }
  }

  /// The function x / (1 + |x|) of each element.
  public static func softsign(_ x: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.softsign(x) } }

  /// The function x − tanh(x) of each element.
  public static func tanhshrink(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.tanhshrink(x) }
  }

  /// Probabilities along a dimension that are great where x is small: softmax of −x.
  public static func softmin(_ x: Tensor, dim: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.softmax(Ops.neg(Autocast.cast("softmin", x)), dim) }
  }
}
