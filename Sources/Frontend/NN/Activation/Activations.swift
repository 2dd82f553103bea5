/// Applies the rectifier max(x, 0) to each element.
public final class ReLU: Module {
  public override func forward(_ x: Tensor) -> Tensor { x.relu() }
}

/// Applies the sigmoid function 1 / (1 + e⁻ˣ) to each element.
public final class Sigmoid: Module {
  public override func forward(_ x: Tensor) -> Tensor { x.sigmoid() }
}

/// Applies x / (1 + e⁻ˣ), also called swish, to each element.
public final class SiLU: Module {
  public override func forward(_ x: Tensor) -> Tensor { x.silu() }
}

/// Applies the hyperbolic tangent to each element.
public final class Tanh: Module {
  public override func forward(_ x: Tensor) -> Tensor { x.tanh() }
}

/// Turns numbers into probabilities: eˣ / Σ eˣ along a dimension.
public final class Softmax: Module {
  /// The dimension along which the results add up to 1.
  public let dim: Int

  /// Makes a softmax along a dimension, which may be counted from the back.
  public init(dim: Int) { self.dim = dim }

  public override func forward(_ x: Tensor) -> Tensor { x.softmax(dim) }
  public override var extraDescription: String { "dim=\(dim)" }
}

/// Gives the logarithms of probabilities: x − log Σ eˣ along a dimension, without the rounding of ``Softmax``.
public final class LogSoftmax: Module {
  /// The dimension along which the probabilities add up to 1.
  public let dim: Int

  /// Makes a logarithmic softmax along a dimension, which may be counted from the back.
  public init(dim: Int) { self.dim = dim }

  public override func forward(_ x: Tensor) -> Tensor { x.logSoftmax(dim) }
  public override var extraDescription: String { "dim=\(dim)" }
}
