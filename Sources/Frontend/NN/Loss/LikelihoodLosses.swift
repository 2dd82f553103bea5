/// The negative log likelihood of class indices, from logarithms of probabilities such as ``LogSoftmax`` gives.
///
/// ```swift
/// let loss = NLLLoss()(logits.logSoftmax(1), labels)
/// ```
public final class NLLLoss: Module {
  /// The weight of each class, of shape (C), or nil.
  @Buffer public var weight: Tensor?
  /// The class index whose targets do not count.
  public let ignoreIndex: Int
  /// What becomes of the losses of the single targets.
  public let reduction: Functional.Reduction

  /// Makes a loss with PyTorch's options.
  public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Functional.Reduction = .mean) {
    self.weight = weight
    self.ignoreIndex = ignoreIndex
    self.reduction = reduction
  }

  /// The loss of log-probabilities (N, C, d…) or (C), for class indices (N, d…).
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) {
      Functional.nllLoss($0, $1, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
    }
  }
}

/// The negative log likelihood of Poisson distributions: exp(x) − t x for logarithms x of rates, or x − t log(x + eps)
/// for rates.
public final class PoissonNLLLoss: Module {
  /// Whether inputs are logarithms of rates.
  public let logInput: Bool
  /// Whether Stirling's approximation of log t! is added.
  public let full: Bool
  /// What keeps the logarithm of a rate finite.
  public let eps: Double
  /// What becomes of the losses of the single elements.
  public let reduction: Functional.Reduction

  /// Makes a loss with PyTorch's options.
  public init(
    logInput: Bool = true, full: Bool = false, eps: Double = 1e-8, reduction: Functional.Reduction = .mean
  ) {
    self.logInput = logInput
    self.full = full
    self.eps = eps
    self.reduction = reduction
  }

  /// The loss of rates, or their logarithms, and numbers of events.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) {
      Functional.poissonNllLoss($0, $1, logInput: logInput, full: full, eps: eps, reduction: reduction)
    }
  }
}

/// The negative log likelihood of normal distributions: ½ (log v + (x − t)² / v) for a variance v.
///
/// ```swift
/// let loss = GaussianNLLLoss()(prediction, target, Tensor.ones([32, 1]))
/// ```
///
/// Nix and Weigend, "Estimating the mean and variance of the target probability distribution", ICNN 1994.
public final class GaussianNLLLoss: Module {
  /// Whether the constant ½ log 2π is added.
  public let full: Bool
  /// The least variance that is reckoned with.
  public let eps: Double
  /// What becomes of the losses of the single elements.
  public let reduction: Functional.Reduction

  /// Makes a loss with PyTorch's options.
  public init(full: Bool = false, eps: Double = 1e-6, reduction: Functional.Reduction = .mean) {
    self.full = full
    self.eps = eps
    self.reduction = reduction
  }

  /// The loss of means, observations and variances; these may lack the last dimension, or have 1 in its place.
  public func callAsFunction(_ input: Tensor, _ target: Tensor, _ variance: Tensor) -> Tensor {
    callWithHooks([input, target, variance]) {
      [Functional.gaussianNllLoss($0[0], $0[1], $0[2], full: full, eps: eps, reduction: reduction)]
    }[0]
  }

  /// The loss of means and observations with one variance for all.
  public func callAsFunction(_ input: Tensor, _ target: Tensor, _ variance: Double) -> Tensor {
    self(input, target, Tensor.fullLike(input, variance))
  }
}

/// The divergence of Kullback and Leibler: t (log t − x) for logarithms x of probabilities and probabilities t.
///
/// ```swift
/// let loss = KLDivLoss(reduction: .batchmean)(logits.logSoftmax(1), probabilities)
/// ```
public final class KLDivLoss: Module {
  /// What becomes of the terms.
  public let reduction: Functional.DivergenceReduction
  /// Whether targets are logarithms of probabilities too.
  public let logTarget: Bool

  /// Makes a loss with PyTorch's options. Only `.batchmean` gives the divergence as it is defined.
  public init(reduction: Functional.DivergenceReduction = .mean, logTarget: Bool = false) {
    self.reduction = reduction
    self.logTarget = logTarget
  }

  /// The divergence of logarithms of probabilities from targets.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    callWithHooks(input, target) { Functional.klDiv($0, $1, reduction: reduction, logTarget: logTarget) }
  }
}
