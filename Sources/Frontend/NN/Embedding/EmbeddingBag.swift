/// Rows of a table, in bags of which each is summed, averaged or reduced to the maxima.
///
/// ```swift
/// let bags = EmbeddingBag(10, 3, mode: .sum)
/// bags(Tensor([1, 2, 4, 5, 4, 3]), offsets: Tensor([0, 4])).shape  // [2, 3]
/// ```
///
/// Takes indices (B, n), or (n) with offsets (B), and gives (B, D). `weight` is (V, D) and starts standard normal.
open class EmbeddingBag: Module {
  /// The number of rows V.
  public let numEmbeddings: Int
  /// The length D of a row.
  public let embeddingDim: Int
  /// The greatest norm of a row: what is looked up and has a greater one is scaled to it, in place; or nil.
  public var maxNorm: Double?
  /// The order of that norm.
  public var normType: Double
  /// Whether gradients are divided by how often the row was looked up.
  public var scaleGradByFreq: Bool
  /// What becomes of the rows of a bag.
  public let mode: Functional.EmbeddingBagMode
  /// Taken over from PyTorch's layers; gradients are dense in any case.
  public let sparse: Bool
  /// Whether the last offset is the end of the last bag.
  public let includeLastOffset: Bool
  /// The row that is left out of bags, or nil.
  public let paddingIdx: Int?
  /// The rows, of shape (V, D).
  @Parameter public var weight: Tensor

  /// Makes a table of `numEmbeddings` rows of `embeddingDim` numbers, drawn from the generator.
  ///
  /// - Parameters:
  ///   - maxNorm: Rows that are looked up and have a greater norm are scaled to it, in place.
  ///   - scaleGradByFreq: Whether gradients are divided by how often the row was looked up.
  ///   - sparse: As PyTorch has it; gradients are dense in any case.
  ///   - includeLastOffset: Whether the last offset is the end of the last bag.
  ///   - paddingIdx: A row that is left out of bags, counted from the back where it is negative.
  public convenience init(
    _ numEmbeddings: Int, _ embeddingDim: Int, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false, mode: Functional.EmbeddingBagMode = .mean, sparse: Bool = false,
    includeLastOffset: Bool = false, paddingIdx: Int? = nil, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) {
    self.init(
      numEmbeddings, embeddingDim, weight: nil, maxNorm: maxNorm, normType: normType,
      scaleGradByFreq: scaleGradByFreq, mode: mode, sparse: sparse, includeLastOffset: includeLastOffset,
      paddingIdx: paddingIdx, dtype: dtype, device: device, generator: generator)
  }

  /// Makes a table of given rows, or of rows drawn from the generator where none are given.
  public required init(
    _ numEmbeddings: Int, _ embeddingDim: Int, weight: Tensor?, maxNorm: Double?, normType: Double,
    scaleGradByFreq: Bool, mode: Functional.EmbeddingBagMode, sparse: Bool, includeLastOffset: Bool, paddingIdx: Int?,
    dtype: DType, device: Device?, generator: Generator?
  ) {
    self.numEmbeddings = numEmbeddings
    self.embeddingDim = embeddingDim
    self.maxNorm = maxNorm
    self.normType = normType
    self.scaleGradByFreq = scaleGradByFreq
    self.mode = mode
    self.sparse = sparse
    self.includeLastOffset = includeLastOffset
    self.paddingIdx = funnel(or: nil) { () throws(BackplaneError) in
      try EmbeddingTable.row(paddingIdx, of: numEmbeddings, "padding_idx")
    }
    self.weight = EmbeddingTable.make(weight, numEmbeddings, embeddingDim, dtype, device)
    super.init()
    if weight == nil { resetParameters(generator: generator) }
  }

  /// Makes a table of the rows of a matrix, which is not copied; by default they are not trained.
  ///
  /// ```swift
  /// let bags = EmbeddingBag.fromPretrained(Tensor([[1, 2, 3], [4, 5, 6.5]]))
  /// bags(Tensor([[1, 0]]))  // tensor([[2.5000, 3.5000, 4.7500]])
  /// ```
  public static func fromPretrained(
    _ embeddings: Tensor, freeze: Bool = true, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false, mode: Functional.EmbeddingBagMode = .mean, sparse: Bool = false,
    includeLastOffset: Bool = false, paddingIdx: Int? = nil
  ) -> Self {
    let shape = EmbeddingTable.shape(of: embeddings)
    let bags = Self(
      shape.rows, shape.columns, weight: embeddings, maxNorm: maxNorm, normType: normType,
      scaleGradByFreq: scaleGradByFreq, mode: mode, sparse: sparse, includeLastOffset: includeLastOffset,
      paddingIdx: paddingIdx, dtype: embeddings.dtype, device: embeddings.device, generator: nil)
    bags.weight.requiresGrad_(!freeze)
    return bags
  }

  /// Draws the rows anew; that of the padding becomes zeros.
  public func resetParameters(generator: Generator? = nil) {
    Init.normal_(weight, generator: generator)
    EmbeddingTable.clear(paddingIdx, of: weight)
  }

  open override func forward(_ x: Tensor) -> Tensor { reduced(x, nil, nil) }

  /// The rows of bags, each reduced to one.
  ///
  /// - Parameters:
  ///   - offsets: Where each bag begins in a vector of indices, in ascending order.
  ///   - perSampleWeights: Factors of the rows; for sums.
  public func callAsFunction(_ x: Tensor, offsets: Tensor?, perSampleWeights: Tensor? = nil) -> Tensor {
    let inputs = [x] + [offsets, perSampleWeights].compactMap { $0 }
    return callWithHooks(inputs) { inputs in
      [
        reduced(
          inputs[0], offsets == nil ? nil : inputs[1], perSampleWeights == nil ? nil : inputs[inputs.count - 1])
      ]
    }[0]
  }

  private func reduced(_ x: Tensor, _ offsets: Tensor?, _ weights: Tensor?) -> Tensor {
    Functional.embeddingBag(
      x, weight, offsets: offsets, maxNorm: maxNorm, normType: normType, scaleGradByFreq: scaleGradByFreq, mode: mode,
      perSampleWeights: weights, includeLastOffset: includeLastOffset, paddingIdx: paddingIdx)
  }

  open override var extraDescription: String {
    var text = "\(numEmbeddings), \(embeddingDim)"
    if let maxNorm { text += ", max_norm=\(maxNorm)" }
    if normType != 2 { text += ", norm_type=\(normType)" }
    if scaleGradByFreq { text += ", scale_grad_by_freq=True" }
    text += ", mode='\(mode.rawValue)'"
    if let paddingIdx { text += ", padding_idx=\(paddingIdx)" }
    return text
  }
}
