/// A table of vectors, looked up by number.
///
/// ```swift
/// let words = Embedding(1000, 64)
/// words(Tensor([[1, 5, 2], [7, 0, 1]])).shape  // [2, 3, 64]
/// ```
///
/// Takes indices of any shape (…) and gives (…, D). `weight` is (V, D) and starts standard normal.
open class Embedding: Module {
  /// The number of rows V.
  public let numEmbeddings: Int
  /// The length D of a row.
  public let embeddingDim: Int
  /// The row that takes no gradient and starts as zeros, or nil.
  public let paddingIdx: Int?
  /// The greatest norm of a row: what is looked up and has a greater one is scaled to it, in place; or nil.
  public var maxNorm: Double?
  /// The order of that norm.
  public var normType: Double
  /// Whether gradients are divided by how often the row was looked up.
  public var scaleGradByFreq: Bool
  /// Taken over from PyTorch's layers; gradients are dense in any case.
  public let sparse: Bool
  /// The rows, of shape (V, D).
  @Parameter public var weight: Tensor

  /// Makes a table of `numEmbeddings` rows of `embeddingDim` numbers, drawn from the generator.
  ///
  /// - Parameters:
  ///   - paddingIdx: A row that takes no gradient, counted from the back where it is negative.
  ///   - maxNorm: Rows that are looked up and have a greater norm are scaled to it, in place.
  ///   - scaleGradByFreq: Whether gradients are divided by how often the row was looked up.
  ///   - sparse: As PyTorch has it; gradients are dense in any case.
  public convenience init(
    _ numEmbeddings: Int, _ embeddingDim: Int, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false, sparse: Bool = false, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) {
    self.init(
      numEmbeddings, embeddingDim, weight: nil, freeze: false, paddingIdx: paddingIdx, maxNorm: maxNorm,
      normType: normType, scaleGradByFreq: scaleGradByFreq, sparse: sparse, dtype: dtype, device: device,
      generator: generator)
  }

  /// Makes a table of given rows, or of rows drawn from the generator where none are given.
  ///
  /// - Parameter freeze: Whether the rows are not trained.
  public required init(
    _ numEmbeddings: Int, _ embeddingDim: Int, weight: Tensor?, freeze: Bool, paddingIdx: Int?, maxNorm: Double?,
    normType: Double, scaleGradByFreq: Bool, sparse: Bool, dtype: DType, device: Device?, generator: Generator?
  ) {
    self.numEmbeddings = numEmbeddings
    self.embeddingDim = embeddingDim
    self.paddingIdx = funnel(or: nil) { () throws(BackplaneError) in
      try EmbeddingTable.row(paddingIdx, of: numEmbeddings, "Padding_idx")
    }
    self.maxNorm = maxNorm
    self.normType = normType
    self.scaleGradByFreq = scaleGradByFreq
    self.sparse = sparse
    self.weight = EmbeddingTable.make(weight, numEmbeddings, embeddingDim, dtype, device)
    super.init()
    if weight == nil { resetParameters(generator: generator) }
    if freeze { self.weight.requiresGrad_(false) }
  }

  /// Makes a table of the rows of a matrix, which is not copied; by default they are not trained.
  ///
  /// ```swift
  /// let table = Embedding.fromPretrained(Tensor([[1, 2.3, 3], [4, 5.1, 6.3]]))
  /// table(Tensor([1]))  // tensor([[4.0000, 5.1000, 6.3000]])
  /// ```
  public static func fromPretrained(
    _ embeddings: Tensor, freeze: Bool = true, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false, sparse: Bool = false
  ) -> Self {
    let shape = EmbeddingTable.shape(of: embeddings)
    return Self(
      shape.rows, shape.columns, weight: embeddings, freeze: freeze, paddingIdx: paddingIdx, maxNorm: maxNorm,
      normType: normType, scaleGradByFreq: scaleGradByFreq, sparse: sparse, dtype: embeddings.dtype,
      device: embeddings.device, generator: nil)
  }

  /// Draws the rows anew; that of the padding becomes zeros.
  public func resetParameters(generator: Generator? = nil) {
    Init.normal_(weight, generator: generator)
    EmbeddingTable.clear(paddingIdx, of: weight)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    Functional.embedding(
      x, weight, paddingIdx: paddingIdx, maxNorm: maxNorm, normType: normType, scaleGradByFreq: scaleGradByFreq)
  }

  open override var extraDescription: String {
    var text = "\(numEmbeddings), \(embeddingDim)"
    if let paddingIdx { text += ", padding_idx=\(paddingIdx)" }
    if let maxNorm { text += ", max_norm=\(maxNorm)" }
    if normType != 2 { text += ", norm_type=\(normType)" }
    if scaleGradByFreq { text += ", scale_grad_by_freq=True" }
    if sparse { text += ", sparse=True" }
    return text
  }
}

/// What tables have in common.
enum EmbeddingTable {
  /// A row counted from the front.
  static func row(_ row: Int?, of count: Int, _ name: String) throws(BackplaneError) -> Int? {
    guard let row else { return nil }
    guard row >= 0 ? row < Swift.max(count, 1) : count >= 0 && row >= -count else {
      throw BackplaneError(.value, "\(name) must be within num_embeddings")
    }
    return row < 0 ? row + count : row
  }

  static func make(_ weight: Tensor?, _ rows: Int, _ columns: Int, _ dtype: DType, _ device: Device?) -> Tensor {
    guard let weight else { return Tensor.empty([rows, columns], dtype: dtype, device: device) }
    return funnel { () throws(BackplaneError) in
      guard weight.shape == [rows, columns] else {
        throw BackplaneError(.shape, "Shape of weight does not match num_embeddings and embedding_dim")
      }
      return weight
    }
  }

  static func shape(of embeddings: Tensor) -> (rows: Int, columns: Int) {
    funnel(or: (1, 1)) { () throws(BackplaneError) in
      guard embeddings.layout.rank == 2 else {
        throw BackplaneError(.shape, "Embeddings parameter is expected to be 2-dimensional")
      }
      return (embeddings.layout.elements[0], embeddings.layout.elements[1])
    }
  }

  static func clear(_ row: Int?, of weight: Tensor) {
    guard let row, weight.layout.rank == 2, row < weight.layout.elements[0] else { return }
    noGrad { _ = weight[row].zero_() }
  }
}
