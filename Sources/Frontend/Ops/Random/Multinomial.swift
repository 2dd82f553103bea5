import BackendAPI

extension Ops {
  /// Indices drawn by the weights along the last dimension.
  static func multinomial(
    _ weights: Tensor, _ count: Int, replacement: Bool, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    let weights = weights.detach()
    guard weights.layout.rank == 1 || weights.layout.rank == 2 else {
      throw BackplaneError(.shape, "prob_dist must be 1 or 2 dim")
    }
    guard weights.dtype.isFloatingPoint else {
      throw BackplaneError(
        .dtype, "multinomial only supports floating-point dtypes for input, got: \(weights.dtype.scalarName)")
    }
    guard count > 0 else { throw BackplaneError(.value, "cannot sample n_sample <= 0 samples") }
    let d = weights.layout.rank - 1
    let categories = weights.layout.elements[d]
    guard replacement || count <= categories else {
      throw BackplaneError(
        .value, "cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    }
    let isBad = try apply(.bitwiseOr, apply(.bitwiseNot, isFinite(weights)), compare(.lt, weights, .int(0)), .bool)
    guard try !item(truth(.max, isBad, nil, keepDim: false)).isTrue else {
      throw BackplaneError(.value, "probability tensor contains either `inf`, `nan` or element < 0")
    }
    // Sums and draws take the widest type that there is: of a million categories float32 would not tell two.
    let hasDouble = Dispatcher.supports(.randomUniform, on: weights.context, .float64, inputs: 0, outputs: 1)
    let wide = try cast(weights, hasDouble ? .float64 : .float32)
    let greatest = try extreme(.max, wide, [d], keepDim: true)
    guard try !item(truth(.max, compare(.eq, greatest, .int(0)), nil, keepDim: false)).isTrue else {
      throw BackplaneError(.value, "invalid multinomial distribution (sum of probabilities <= 0)")
    }
    // So that neither sums nor quotients leave the range.
    let shares = try div(wide, greatest)
    return try replacement
      ? drawn(shares, count, d, generator) : drawnWithoutReplacement(shares, count, d, generator)
  }

  /// By inversion: the place of a uniform number among the running sums.
  private static func drawn(
    _ shares: Tensor, _ count: Int, _ d: Int, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    let n = shares.layout.elements[d]
    let sums = try cumsum(shares, d)
    let shape = shares.layout.shape.dropLast() + [count]
    let unit = try random(.randomUniform, Array(shape), shares.dtype, generator, on: shares.context)
    let place = try searchsorted(sums, mul(unit, narrow(sums, d, n - 1, 1)), right: true)
    // Where rounding led to what has no share, or beyond the end, the last before it that has one is meant, or the first
    // of all.
    let hasShare = try compare(.gt, shares, .int(0))
    let first = try argExtreme(.argmax, hasShare, d, keepDim: true)
    let candidate = try select(hasShare, .tensor(positions(shares, d)), .tensor(first), .int64)
    return try gather(
      runningExtreme(.cummax, candidate, d).values, d, binary(.minimum, place, .int(Int64(n - 1))))
  }

  /// Of independent exponential times over the weights the first to come is index i with probability wᵢ/Σw, and the
  /// order in which they come is that of drawing without replacement.
  private static func drawnWithoutReplacement(
    _ shares: Tensor, _ count: Int, _ d: Int, _ generator: Generator?
  ) throws(BackplaneError) -> Tensor {
    let dtype = shares.dtype
    let times = try div(exponential(shares.layout.shape, dtype, generator, on: shares.context), shares)
    // A weight of 0 comes after all others.
    let held = try binary(.minimum, times, .double(FInfo(checking: dtype).max))
    let order = try select(
      compare(.eq, shares, .int(0)), .scalar(.double(.infinity)), .tensor(held), dtype)
    if count == 1 { return try argExtreme(.argmin, order, d, keepDim: true) }
    return try copy(narrow(Ops.order(order, d, descending: false).indices, d, 0, count))
  }
}
