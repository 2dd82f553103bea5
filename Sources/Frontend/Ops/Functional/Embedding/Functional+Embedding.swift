extension Functional {
  /// The rows of a table that indices name: for indices of any shape (…) and a weight (N, D), a result (…, D).
  ///
  /// ```swift
  /// let vectors = F.embedding(tokens, table)  // (N, L) and (1000, 64) give (N, L, 64)
  /// ```
  ///
  /// - Parameters:
  ///   - paddingIdx: A row that takes no gradient.
  ///   - maxNorm: Rows that are looked up and have a greater norm are scaled to it, in place.
  ///   - scaleGradByFreq: Whether gradients are divided by how often the row was looked up.
  public static func embedding(
    _ input: Tensor, _ weight: Tensor, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.embedding(
        input, weight, paddingIndex: paddingIdx, maxNorm: maxNorm, normType: normType,
        scaleGradByFreq: scaleGradByFreq)
    }
  }

  /// What becomes of the rows of a bag.
  public enum EmbeddingBagMode: String, Sendable { case sum, mean, max }

  /// Rows of a table, in bags that are reduced to one row each.
  ///
  /// - Parameters:
  ///   - input: Indices, (B, n) for B bags of n, or (n) with `offsets`.
  ///   - offsets: Where each bag begins in a vector of indices, in ascending order.
  ///   - perSampleWeights: Factors of the rows; for sums.
  ///   - includeLastOffset: Whether the last offset is the end of the last bag.
  ///   - paddingIdx: A row that is left out of bags.
  public static func embeddingBag(
    _ input: Tensor, _ weight: Tensor, offsets: Tensor? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false, mode: EmbeddingBagMode = .mean, perSampleWeights: Tensor? = nil,
    includeLastOffset: Bool = false, paddingIdx: Int? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.embeddingBag(
        input, weight, offsets: offsets, maxNorm: maxNorm, normType: normType, scaleGradByFreq: scaleGradByFreq, mode,
        sampleWeights: perSampleWeights, includeLastOffset: includeLastOffset, paddingIndex: paddingIdx)
    }
  }

  /// For each class index a vector with 1 at its place: (…) gives (…, numClasses), by default the greatest index + 1.
  public static func oneHot(_ x: Tensor, numClasses: Int = -1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.oneHot(x, numClasses) }
  }
}
