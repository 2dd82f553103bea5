extension Functional {
  /// Gives each channel mean 0 and variance 1, then scales and moves it by `weight` and `bias`.
  ///
  /// Takes (N, C, …) and vectors (C). In training the statistics are the batch's, and the running ones move toward them
  /// in place (with the unbiased variance); otherwise they are the running ones.
  ///
  /// Ioffe and Szegedy, "Batch normalization", ICML 2015.
  public static func batchNorm(
    _ x: Tensor, _ runningMean: Tensor?, _ runningVar: Tensor?, weight: Tensor? = nil, bias: Tensor? = nil,
    training: Bool = false, momentum: Double = 0.1, eps: Double = 1e-5
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.batchNorm(
        x, runningMean, runningVar, weight, bias, training: training, momentum: momentum, eps: eps)
    }
  }

  /// Gives each channel of each sample mean 0 and variance 1, then scales and moves it by `weight` and `bias`.
  ///
  /// Takes (N, C, …) and vectors (C). Without `useInputStats` the statistics are the running ones.
  ///
  /// Ulyanov, Vedaldi and Lempitsky, "Instance normalization", arXiv:1607.08022, 2016.
  public static func instanceNorm(
    _ x: Tensor, runningMean: Tensor? = nil, runningVar: Tensor? = nil, weight: Tensor? = nil, bias: Tensor? = nil,
    useInputStats: Bool = true, momentum: Double = 0.1, eps: Double = 1e-5
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.instanceNorm(
        x, runningMean, runningVar, weight, bias, useInputStats: useInputStats, momentum: momentum, eps: eps)
    }
  }

  /// Gives each sample's channels, in groups, mean 0 and variance 1; then scales and moves them by channel. Takes (N,
  /// C, …).
  ///
  /// Wu and He, "Group normalization", ECCV 2018.
  public static func groupNorm(
    _ x: Tensor, _ numGroups: Int, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      let name: StaticString = "group_norm"
      return try Ops.groupNorm(
        Autocast.cast(name, x), numGroups, Autocast.cast(name, weight), Autocast.cast(name, bias), eps: eps)
    }
  }

  /// Gives the last dimensions, whose extents are given, mean 0 and variance 1; then scales and moves them by element.
  ///
  /// ```swift
  /// let y = F.layerNorm(x, [64], weight: gain, bias: shift)  // x is (…, 64)
  /// ```
  ///
  /// Ba, Kiros and Hinton, "Layer normalization", arXiv:1607.06450, 2016.
  public static func layerNorm(
    _ x: Tensor, _ normalizedShape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      let name: StaticString = "layer_norm"
      return try Ops.layerNorm(
        Autocast.cast(name, x), normalizedShape, Autocast.cast(name, weight), Autocast.cast(name, bias), eps: eps)
    }
  }

  /// Gives the last dimensions, whose extents are given, mean square 1; then scales them by element.
  ///
  /// - Parameter eps: Added to the mean square; by default the type's distance from 1 to the next number.
  public static func rmsNorm(
    _ x: Tensor, _ normalizedShape: [Int], weight: Tensor? = nil, eps: Double? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.rmsNorm(x, normalizedShape, weight, eps: eps) }
  }

  /// Divides each channel by its neighbours' power: x / (k + α · mean of x² over `size` neighbouring channels)^β.
  public static func localResponseNorm(
    _ x: Tensor, _ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.localResponseNorm(x, size, alpha: alpha, beta: beta, k: k) }
  }
}
