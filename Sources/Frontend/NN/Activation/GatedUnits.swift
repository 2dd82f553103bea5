/// Applies x / (1 + e⁻ˣ), also called swish, to each element.
public final class SiLU: Module {
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes a swish, which with `inplace` changes its input.
  public init(inplace: Bool = false) { self.inplace = inplace }

  public override func forward(_ x: Tensor) -> Tensor {
    inplace ? x.change { x throws(BackplaneError) in try Ops.unary(.silu, x) } : x.silu()
  }
  public override var extraDescription: String { inplaceDescription("", inplace) }
}

/// Applies x tanh(log(1 + eˣ)) to each element.
///
/// Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020.
public final class Mish: Module {
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes a mish, which with `inplace` changes its input.
  public init(inplace: Bool = false) { self.inplace = inplace }

  public override func forward(_ x: Tensor) -> Tensor { x.activated(inPlace: inplace, Ops.mish) }
  public override var extraDescription: String { inplaceDescription("", inplace) }
}

/// Applies x · (x / 6 + ½), with the factor limited to 0 … 1, to each element.
///
/// Howard et al., "Searching for MobileNetV3", ICCV 2019.
public final class Hardswish: Module {
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes a swish of straight lines, which with `inplace` changes its input.
  public init(inplace: Bool = false) { self.inplace = inplace }

  public override func forward(_ x: Tensor) -> Tensor { x.activated(inPlace: inplace, Ops.hardswish) }
}

/// Applies the Gaussian error linear unit x Φ(x) to each element, with Φ the distribution function of the standard
/// normal distribution.
///
/// Hendrycks and Gimpel, "Gaussian error linear units", arXiv:1606.08415, 2016.
public final class GELU: Module {
  /// How the distribution is computed.
  public let approximate: Functional.GELUApproximation

  /// Makes a Gaussian error linear unit, exact or as the first publications had it.
  public init(approximate: Functional.GELUApproximation = .none) { self.approximate = approximate }

  public override func forward(_ x: Tensor) -> Tensor { Functional.gelu(x, approximate: approximate) }
  public override var extraDescription: String { "approximate='\(approximate.rawValue)'" }
}

/// The gated linear unit: one half of a dimension times the sigmoid of the other.
///
/// ```swift
/// GLU()(Tensor.randn([32, 128])).shape  // [32, 64]
/// ```
///
/// Dauphin et al., "Language modeling with gated convolutional networks", ICML 2017.
public final class GLU: Module {
  /// The dimension that is halved.
  public let dim: Int

  /// Makes a gated linear unit along a dimension, which may be counted from the back.
  public init(dim: Int = -1) { self.dim = dim }

  /// Makes a gated linear unit along a dimension, which may be counted from the back.
  public convenience init(_ dim: Int) { self.init(dim: dim) }

  public override func forward(_ x: Tensor) -> Tensor { Functional.glu(x, dim: dim) }
  public override var extraDescription: String { "dim=\(dim)" }
}

/// Applies log(1 + exp(β x)) / β, a smooth rectifier, to each element.
public final class Softplus: Module {
  /// How sharply the function bends.
  public let beta: Double
  /// Where β x exceeds this, the result is x.
  public let threshold: Double

  /// Makes a smooth rectifier with PyTorch's options.
  public init(beta: Double = 1, threshold: Double = 20) {
    self.beta = beta
    self.threshold = threshold
  }

  public override func forward(_ x: Tensor) -> Tensor { Functional.softplus(x, beta: beta, threshold: threshold) }
  public override var extraDescription: String { "beta=\(beta), threshold=\(threshold)" }
}

/// Sets elements of magnitude λ or less to 0.
public final class Hardshrink: Module {
  /// The greatest magnitude that becomes 0.
  public let lambd: Double

  /// Makes a layer that sets elements of magnitude `lambd` or less to 0.
  public init(lambd: Double = 0.5) { self.lambd = lambd }

  public override func forward(_ x: Tensor) -> Tensor { Functional.hardshrink(x, lambd: lambd) }
  public override var extraDescription: String { "\(lambd)" }
}

/// Moves each element by λ towards 0, and to 0 where its magnitude is less.
public final class Softshrink: Module {
  /// How far elements are moved.
  public let lambd: Double

  /// Makes a layer that moves elements by `lambd` towards 0.
  public init(lambd: Double = 0.5) { self.lambd = lambd }

  public override func forward(_ x: Tensor) -> Tensor { Functional.softshrink(x, lambd: lambd) }
  public override var extraDescription: String { "\(lambd)" }
}
