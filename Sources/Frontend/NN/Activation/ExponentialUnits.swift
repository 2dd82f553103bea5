/// The exponential linear unit: x where positive, else α (eˣ − 1).
///
/// Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential linear units", ICLR 2016.
public final class ELU: Module {
  /// What negative elements tend to, with its sign changed.
  public let alpha: Double
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes an exponential linear unit, which with `inplace` changes its input.
  public init(alpha: Double = 1, inplace: Bool = false) {
    self.alpha = alpha
    self.inplace = inplace
  }

  public override func forward(_ x: Tensor) -> Tensor {
    x.activated(inPlace: inplace) { x throws(BackplaneError) in try Ops.exponentialLinear(x, alpha: alpha) }
  }
  public override var extraDescription: String { inplaceDescription("alpha=\(alpha)", inplace) }
}

/// The continuously differentiable exponential linear unit: x where positive, else α (exp(x / α) − 1).
///
/// Barron, "Continuously differentiable exponential linear units", arXiv:1704.07483, 2017.
public final class CELU: Module {
  /// What negative elements tend to, with its sign changed.
  public let alpha: Double
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes an exponential linear unit that is smooth at 0, which with `inplace` changes its input.
  public init(alpha: Double = 1, inplace: Bool = false) {
    self.alpha = alpha
    self.inplace = inplace
  }

  public override func forward(_ x: Tensor) -> Tensor {
    x.activated(inPlace: inplace) { x throws(BackplaneError) in try Ops.celu(x, alpha: alpha) }
  }
  public override var extraDescription: String { inplaceDescription("alpha=\(alpha)", inplace) }
}

/// The exponential linear unit scaled such that activations keep mean 0 and variance 1.
///
/// Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
public final class SELU: Module {
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes a scaled exponential linear unit, which with `inplace` changes its input.
  public init(inplace: Bool = false) { self.inplace = inplace }

  public override func forward(_ x: Tensor) -> Tensor { x.activated(inPlace: inplace, Ops.selu) }
  public override var extraDescription: String { inplaceDescription("", inplace) }
}
