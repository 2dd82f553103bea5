/// The sizes and rates of a ``GPT``, under the names of Hugging Face's `config.json`.
///
/// ```swift
/// var config = GPTConfig.gpt2
/// config.nLayer = 2
/// let model = GPT(config)
/// ```
public struct GPTConfig: Sendable, Equatable {
  /// How many tokens there are.
  public var vocabSize: Int
  /// How many tokens a sequence has at most.
  public var nPositions: Int
  /// The features of a token.
  public var nEmbd: Int
  /// How many blocks stand one upon the other.
  public var nLayer: Int
  /// How many heads each attention has.
  public var nHead: Int
  /// The features between a block's last two maps; nil for four times ``nEmbd``.
  public var nInner: Int?
  /// The probability with which an element of a block's sums is dropped in training.
  public var residPdrop: Double
  /// The probability with which an element of the embeddings is dropped in training.
  public var embdPdrop: Double
  /// The probability with which an attention's share is dropped in training.
  public var attnPdrop: Double
  /// What is added to variances.
  public var layerNormEpsilon: Double
  /// The standard deviation of weights at the start.
  public var initializerRange: Double

  /// Makes a configuration; without arguments that of the smallest GPT-2.
  public init(
    vocabSize: Int = 50257, nPositions: Int = 1024, nEmbd: Int = 768, nLayer: Int = 12, nHead: Int = 12,
    nInner: Int? = nil, residPdrop: Double = 0.1, embdPdrop: Double = 0.1, attnPdrop: Double = 0.1,
    layerNormEpsilon: Double = 1e-5, initializerRange: Double = 0.02
  ) {
    self.vocabSize = vocabSize
    self.nPositions = nPositions
    self.nEmbd = nEmbd
    self.nLayer = nLayer
    self.nHead = nHead
    self.nInner = nInner
    self.residPdrop = residPdrop
    self.embdPdrop = embdPdrop
    self.attnPdrop = attnPdrop
    self.layerNormEpsilon = layerNormEpsilon
    self.initializerRange = initializerRange
  }

  /// The smallest GPT-2, of 124 million parameters.
  public static let gpt2 = GPTConfig()
  /// GPT-2 of 355 million parameters.
  public static let gpt2Medium = GPTConfig(nEmbd: 1024, nLayer: 24, nHead: 16)
  /// GPT-2 of 774 million parameters.
  public static let gpt2Large = GPTConfig(nEmbd: 1280, nLayer: 36, nHead: 20)
  /// GPT-2 of 1558 million parameters.
  public static let gpt2XL = GPTConfig(nEmbd: 1600, nLayer: 48, nHead: 25)

  /// Throws where no model has these sizes.
  func check() throws(BackplaneError) {
    for (name, value) in [
      ("vocab_size", vocabSize), ("n_positions", nPositions), ("n_embd", nEmbd), ("n_layer", nLayer),
      ("n_head", nHead), ("n_inner", nInner ?? 1),
    ] where value <= 0 {
      throw BackplaneError(.value, "GPT: \(name) has to be greater than 0, but is \(value)")
    }
    guard nEmbd % nHead == 0 else {
      throw BackplaneError(
        .value, "`embed_dim` must be divisible by num_heads (got `embed_dim`: \(nEmbd) and `num_heads`: \(nHead)).")
    }
    _ = try Sizes.multiply(4, nEmbd, in: "GPT")
    for p in [residPdrop, embdPdrop, attnPdrop] { try Ops.requireProbability(p) }
  }
}
