/// Turns numbers into probabilities: eˣ / Σ eˣ along a dimension.
public final class Softmax: Module {
  /// The dimension along which the results add up to 1, or nil.
  public let dim: Int?

  /// Makes a softmax along a dimension, which may be counted from the back.
  ///
  /// Without one it is dimension 1 of matrices and of tensors of four and more dimensions, else 0, with a warning.
  public init(dim: Int? = nil) { self.dim = dim }

  /// Makes a softmax along a dimension, which may be counted from the back.
  public convenience init(_ dim: Int) { self.init(dim: dim) }

  public override func forward(_ x: Tensor) -> Tensor { x.softmax(chosen(dim, of: x, "softmax")) }
  public override var extraDescription: String { "dim=\(dim.map(String.init) ?? "None")" }
}

/// Gives the logarithms of probabilities: x − log Σ eˣ along a dimension, without the rounding of ``Softmax``.
public final class LogSoftmax: Module {
  /// The dimension along which the probabilities add up to 1, or nil.
  public let dim: Int?

  /// Makes a logarithmic softmax along a dimension, which may be counted from the back.
  ///
  /// Without one it is dimension 1 of matrices and of tensors of four and more dimensions, else 0, with a warning.
  public init(dim: Int? = nil) { self.dim = dim }

  /// Makes a logarithmic softmax along a dimension, which may be counted from the back.
  public convenience init(_ dim: Int) { self.init(dim: dim) }

  public override func forward(_ x: Tensor) -> Tensor { x.logSoftmax(chosen(dim, of: x, "log_softmax")) }
  public override var extraDescription: String { "dim=\(dim.map(String.init) ?? "None")" }
}

/// Turns numbers into probabilities that are great where the numbers are small: the softmax of −x.
public final class Softmin: Module {
  /// The dimension along which the results add up to 1, or nil.
  public let dim: Int?

  /// Makes a softmin along a dimension, which may be counted from the back.
  ///
  /// Without one it is dimension 1 of matrices and of tensors of four and more dimensions, else 0, with a warning.
  public init(dim: Int? = nil) { self.dim = dim }

  /// Makes a softmin along a dimension, which may be counted from the back.
  public convenience init(_ dim: Int) { self.init(dim: dim) }

  public override func forward(_ x: Tensor) -> Tensor { Functional.softmin(x, dim: chosen(dim, of: x, "softmin")) }
  public override var extraDescription: String { "dim=\(dim.map(String.init) ?? "None")" }
}

/// Turns the channels of each pixel into probabilities; takes (N, C, H, W) or (C, H, W).
public final class Softmax2d: Module {
  public override func forward(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      let rank = x.layout.rank
      guard rank == 3 || rank == 4 else {
        throw BackplaneError(.shape, "Softmax2d: expected input to be 3D or 4D, got \(rank)D instead")
      }
      return x.softmax(-3)
    }
  }
}

/// The dimension that was given, or the one that PyTorch chooses.
private func chosen(_ dim: Int?, of x: Tensor, _ name: String) -> Int {
  if let dim { return dim }
  Log.write(
    .warning,
    "Implicit dimension choice for \(name) has been deprecated. Change the call to include dim=X as an argument.")
  return [0, 1, 3].contains(x.layout.rank) ? 0 : 1
}
