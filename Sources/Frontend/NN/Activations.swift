/// max(x, 0), element by element.
public final class ReLU: Module {
  public override func forward(_ x: Tensor) -> Tensor { x.relu() }
}

/// 1 / (1 + e⁻ˣ), element by element.
public final class Sigmoid: Module {
  public override func forward(_ x: Tensor) -> Tensor { x.sigmoid() }
}

/// x / (1 + e⁻ˣ), element by element.
public final class SiLU: Module {
  public override func forward(_ x: Tensor) -> Tensor { x.silu() }
}

/// The hyperbolic tangent, element by element.
public final class Tanh: Module {
  public override func forward(_ x: Tensor) -> Tensor { x.tanh() }
}

/// eˣ / Σ eˣ along a dimension.
public final class Softmax: Module {
  public let dim: Int

  public init(dim: Int) { self.dim = dim }

  public override func forward(_ x: Tensor) -> Tensor { x.softmax(dim) }
  public override var extraDescription: String { "dim=\(dim)" }
}

/// The logarithm of ``Softmax``, without its rounding.
public final class LogSoftmax: Module {
  public let dim: Int

  public init(dim: Int) { self.dim = dim }

  public override func forward(_ x: Tensor) -> Tensor { x.logSoftmax(dim) }
  public override var extraDescription: String { "dim=\(dim)" }
}
