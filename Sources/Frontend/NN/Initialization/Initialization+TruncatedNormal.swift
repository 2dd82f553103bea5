import Glibc

extension Init {
  /// Fills a tensor with numbers from a normal distribution, of which those outside [a, b] are drawn again.
  ///
  /// - Parameters:
  ///   - mean: Of the distribution before anything is cut off.
  ///   - std: Its standard deviation, which is positive.
  ///   - a: The least number.
  ///   - b: The greatest.
  @discardableResult
  public static func truncNormal_(
    _ x: Tensor, mean: Double = 0, std: Double = 1, a: Double = -2, b: Double = 2, generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      guard std > 0, std.isFinite, mean.isFinite else {
        throw BackplaneError(
          .value, "trunc_normal_ expects a finite mean and std > 0.0, but found mean \(mean) and std \(std)")
      }
      guard a <= b else {
        throw BackplaneError(.value, "trunc_normal_ expects a <= b, but found a \(a) and b \(b)")
      }
      if isSkipped { return x }
      let part = cumulative((b - mean) / std) - cumulative((a - mean) / std)
      return noGrad {
        part > 0.3
          ? drawingAgain(x, mean, std, a, b, generator) : choosing(x, mean, std, a, b, generator)
      }
    }
  }

  /// The part of the standard normal distribution below a number.
  private static func cumulative(_ x: Double) -> Double { (1 + erf(x / 2.0.squareRoot())) / 2 }

  /// From normal numbers, most of which lie within the bounds.
  private static func drawingAgain(
    _ x: Tensor, _ mean: Double, _ std: Double, _ a: Double, _ b: Double, _ generator: Generator?
  ) -> Tensor {
    x.normal_(mean, std, generator: generator)
    var result = x
    while true {
      let isOutside = result.lt(a).logicalOr(result.gt(b))
      guard isOutside.any().item() != 0 else { break }
      let others = Tensor.empty(x.shape.extents, dtype: x.dtype, device: x.device)
      others.normal_(mean, std, generator: generator)
      result = Tensor.where(isOutside, others, result)
    }
    return result === x ? x : x.copy_(result)
  }

  /// From uniform numbers, each of which is taken with the probability that the distribution gives it.
  private static func choosing(
    _ x: Tensor, _ mean: Double, _ std: Double, _ a: Double, _ b: Double, _ generator: Generator?
  ) -> Tensor {
    func logarithm(_ x: Double) -> Double { -0.5 * ((x - mean) / std) * ((x - mean) / std) }
    let peak = logarithm(Swift.max(a, Swift.min(mean, b)))
    x.uniform_(a, b, generator: generator)
    var (result, isPending) = (x, Tensor.ones(x.shape.extents, dtype: .bool, device: x.device))
    while true {
      let odds = ((result - mean) / std).square() * -0.5 - peak
      let draws = Tensor.rand(x.shape.extents, dtype: x.dtype, device: x.device, generator: generator)
      isPending = isPending.logicalAnd(draws.log().gt(odds))
      guard isPending.any().item() != 0 else { break }
      let others = Tensor.empty(x.shape.extents, dtype: x.dtype, device: x.device)
      others.uniform_(a, b, generator: generator)
      result = Tensor.where(isPending, others, result)
    }
    return result === x ? x : x.copy_(result)
  }
}
