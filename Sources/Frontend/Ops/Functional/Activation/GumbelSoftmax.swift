extension Ops {
  /// softmax((x + g) / tau) with g from the Gumbel distribution; hard, the nearest one-hot vector with that gradient.
  static func gumbelSoftmax(
    _ x: Tensor, tau: Double, hard: Bool, dim: Int, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    try requireFloating(x, "gumbel_softmax")
    let waits = try exponential(like: x.detach(), rate: 1, generator)
    let noisy = try sub(x, unary(.log, waits))
    let soft = try softmax(binary(.div, noisy, .double(tau)), dim)
    guard hard else { return soft }
    let d = try normalize(dim, rank: x.layout.rank)
    let best = try argExtreme(.argmax, soft.detach(), d, keepDim: true)
    let oneHot = try scatter(zerosLike(soft.detach()), d, best, .int(1))
    return try add(sub(oneHot, soft.detach()), soft)
  }
}

extension Functional {
  /// Samples of a categorical distribution that have a gradient.
  ///
  /// Jang, Gu and Poole, "Categorical reparameterization with Gumbel-softmax", ICLR 2017.
  ///
  /// - Parameters:
  ///   - x: Logarithms of probabilities, up to a constant.
  ///   - tau: The temperature: the smaller, the nearer to one-hot.
  ///   - hard: Whether the result is one-hot, with the gradient of the soft one.
  public static func gumbelSoftmax(
    _ x: Tensor, tau: Double = 1, hard: Bool = false, dim: Int = -1, generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.gumbelSoftmax(x, tau: tau, hard: hard, dim: dim, generator)
    }
  }
}
