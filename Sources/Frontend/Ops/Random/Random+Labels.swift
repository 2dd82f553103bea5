// The bare form of numbers that have a default: `x.normal_(0, 0.1)` is `x.normal_(mean: 0, std: 0.1)`.

extension Tensor {
  /// Uniform numbers from `from` up to but without `to`, in place.
  @discardableResult
  public func uniform_(_ from: Double, _ to: Double = 1, generator: Generator? = nil) -> Tensor {
    uniform_(from: from, to: to, generator: generator)
  }
  /// Numbers of a normal distribution, in place.
  @discardableResult
  public func normal_(_ mean: Double, _ std: Double = 1, generator: Generator? = nil) -> Tensor {
    normal_(mean: mean, std: std, generator: generator)
  }
  /// Ones with probability `p`, and zeros else, in place.
  @discardableResult
  public func bernoulli_(_ p: Double, generator: Generator? = nil) -> Tensor { bernoulli_(p: p, generator: generator) }
  /// Numbers of the exponential distribution with rate `lambd`, in place.
  @discardableResult
  public func exponential_(_ lambd: Double, generator: Generator? = nil) -> Tensor {
    exponential_(lambd: lambd, generator: generator)
  }
  /// Numbers of a Cauchy distribution, in place.
  @discardableResult
  public func cauchy_(_ median: Double, _ sigma: Double = 1, generator: Generator? = nil) -> Tensor {
    cauchy_(median: median, sigma: sigma, generator: generator)
  }
  /// Numbers whose logarithm is normal, in place.
  @discardableResult
  public func logNormal_(_ mean: Double, _ std: Double = 2, generator: Generator? = nil) -> Tensor {
    logNormal_(mean: mean, std: std, generator: generator)
  }
  /// Numbers of normal distributions with these means and one standard deviation.
  public static func normal(_ mean: Tensor, _ std: Double, generator: Generator? = nil) -> Tensor {
    normal(mean, std: std, generator: generator)
  }
}
