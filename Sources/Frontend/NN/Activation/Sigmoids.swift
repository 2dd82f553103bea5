/// Applies the sigmoid function 1 / (1 + e⁻ˣ) to each element.
public final class Sigmoid: Module {
  public override func forward(_ x: Tensor) -> Tensor { x.sigmoid() }
}

/// Gives the logarithm of the sigmoid of each element, without the rounding of a logarithm of ``Sigmoid``.
public final class LogSigmoid: Module {
  public override func forward(_ x: Tensor) -> Tensor { Functional.logsigmoid(x) }
}

/// Applies a sigmoid of straight lines to each element: x / 6 + ½, limited to 0 … 1.
public final class Hardsigmoid: Module {
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes a sigmoid of straight lines, which with `inplace` changes its input.
  public init(inplace: Bool = false) { self.inplace = inplace }

  public override func forward(_ x: Tensor) -> Tensor { x.activated(inPlace: inplace, Ops.hardsigmoid) }
}

/// Applies the hyperbolic tangent to each element.
public final class Tanh: Module {
  public override func forward(_ x: Tensor) -> Tensor { x.tanh() }
}

/// Limits each element to a range, by default −1 … 1.
public final class Hardtanh: Module {
  /// The least result.
  public let minVal: Scalar
  /// The greatest result.
  public let maxVal: Scalar
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes a limiter to `minVal` … `maxVal`, which with `inplace` changes its input. An empty range is an error.
  public init(
    minVal: some ScalarConvertible = -1.0, maxVal: some ScalarConvertible = 1.0, inplace: Bool = false
  ) {
    self.minVal = minVal.scalar
    self.maxVal = maxVal.scalar
    self.inplace = inplace
    super.init()
    funnel(or: ()) { () throws(BackplaneError) in
      guard self.maxVal.double > self.minVal.double else {
        throw BackplaneError(.value, "max_val (\(self.maxVal)) must be greater than min_val (\(self.minVal))")
      }
    }
  }

  public override func forward(_ x: Tensor) -> Tensor {
    x.activated(inPlace: inplace) { x throws(BackplaneError) in try Ops.hardtanh(x, minVal, maxVal) }
  }
  public override var extraDescription: String { inplaceDescription("min_val=\(minVal), max_val=\(maxVal)", inplace) }
}

/// Applies x / (1 + |x|) to each element.
public final class Softsign: Module {
  public override func forward(_ x: Tensor) -> Tensor { Functional.softsign(x) }
}

/// Applies x − tanh(x) to each element.
public final class Tanhshrink: Module {
  public override func forward(_ x: Tensor) -> Tensor { Functional.tanhshrink(x) }
}
