/// The Transformer of "Attention is all you need": an encoder, and a decoder that looks at its result.
///
/// ```swift
/// let model = Transformer(dModel: 512, nhead: 8, numEncoderLayers: 6, batchFirst: true)
/// let (source, target) = (Tensor.randn([32, 10, 512]), Tensor.randn([32, 20, 512]))
/// let mask = Transformer.generateSquareSubsequentMask(20)
/// let y = model(source, target, tgtMask: mask)  // (32, 20, 512)
/// ```
///
/// Takes the source (S, N, E) and the target (T, N, E), and gives (T, N, E); with `batchFirst` (N, S, E) …, or without a
/// batch (S, E) …. Embeddings, positions and the last map to classes are the caller's.
///
/// Vaswani et al., "Attention is all you need", NeurIPS 2017.
open class Transformer: Module {
  /// The stack that reads the source.
  public let encoder: TransformerEncoder
  /// The stack that makes the result.
  public let decoder: TransformerDecoder
  /// The features of inputs and results.
  public let dModel: Int
  /// How many heads each attention has.
  public let nhead: Int
  /// Whether batches come before steps.
  public let batchFirst: Bool

  /// Makes a Transformer whose matrices are drawn from the generator, uniform by Glorot's rule.
  ///
  /// - Parameters:
  ///   - dimFeedforward: The features between the linear maps of a layer.
  ///   - dropout: The probability with which elements and shares are dropped in training.
  ///   - activation: The function between the linear maps of a layer.
  ///   - customEncoder: Another encoder, whose matrices are drawn anew.
  ///   - customDecoder: Another decoder, whose matrices are drawn anew.
  ///   - layerNormEps: What is added to variances.
  ///   - batchFirst: Whether batches come before steps.
  ///   - normFirst: Whether inputs are normalized rather than sums.
  ///   - bias: Whether linear maps and normalizations have biases.
  public init(
    dModel: Int = 512, nhead: Int = 8, numEncoderLayers: Int = 6, numDecoderLayers: Int = 6,
    dimFeedforward: Int = 2048, dropout: Double = 0.1, activation: TransformerActivation = .relu,
    customEncoder: TransformerEncoder? = nil, customDecoder: TransformerDecoder? = nil, layerNormEps: Double = 1e-5,
    batchFirst: Bool = false, normFirst: Bool = false, bias: Bool = true, dtype: DType = .float32,
    device: Device? = nil, generator: Generator? = nil
  ) {
    func norm() -> LayerNorm { LayerNorm(dModel, eps: layerNormEps, bias: bias, dtype: dtype, device: device) }
    encoder =
      customEncoder
      ?? TransformerEncoder(
        TransformerEncoderLayer(
          dModel, nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation,
          layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype,
          device: device, generator: generator), numEncoderLayers, norm: norm())
    decoder =
      customDecoder
      ?? TransformerDecoder(
        TransformerDecoderLayer(
          dModel, nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation,
          layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype,
          device: device, generator: generator), numDecoderLayers, norm: norm())
    self.dModel = dModel
    self.nhead = nhead
    self.batchFirst = batchFirst
    super.init()
    for parameter in parameters() where parameter.layout.rank > 1 {
      Init.xavierUniform_(parameter, generator: generator)
    }
  }

  /// The decoder's result for a source and a target.
  ///
  /// Masks are true where a step does not see another, or are added to the scores: by step (rows are the steps that look),
  /// and by sequence for padding, (N, S) and (N, T).
  ///
  /// - Parameters:
  ///   - srcIsCausal: Whether `srcMask` hides from each step what comes after it, and nothing else; nil looks.
  ///   - tgtIsCausal: Whether `tgtMask` does; nil looks.
  ///   - memoryIsCausal: Says it of `memoryMask`.
  public func callAsFunction(
    _ src: Tensor, _ tgt: Tensor, srcMask: Tensor? = nil, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
    srcKeyPaddingMask: Tensor? = nil, tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil,
    srcIsCausal: Bool? = nil, tgtIsCausal: Bool? = nil, memoryIsCausal: Bool = false
  ) -> Tensor {
    callWithHooks(src, tgt) { src, tgt in
      guard fits(src, tgt) else { return .invalid }
      let memory = encoder(src, mask: srcMask, srcKeyPaddingMask: srcKeyPaddingMask, isCausal: srcIsCausal)
      return decoder(
        tgt, memory, tgtMask: tgtMask, memoryMask: memoryMask, tgtKeyPaddingMask: tgtKeyPaddingMask,
        memoryKeyPaddingMask: memoryKeyPaddingMask, tgtIsCausal: tgtIsCausal, memoryIsCausal: memoryIsCausal)
    }
  }

  private func fits(_ src: Tensor, _ tgt: Tensor) -> Bool {
    funnel(or: false) { () throws(BackplaneError) in
      for x in [src, tgt] where x.layout.rank != 2 && x.layout.rank != 3 {
        throw BackplaneError(
          .shape, "src and tgt should be unbatched 2D or batched 3D tensors but received a \(x.layout.rank)-D tensor")
      }
      let batches = batchFirst ? 0 : 1
      guard src.layout.rank == 2 || src.layout.elements[batches] == tgt.layout.elements[batches] else {
        throw BackplaneError(.shape, "the batch number of src and tgt must be equal")
      }
      for x in [src, tgt] where x.layout.elements[x.layout.rank - 1] != dModel {
        throw BackplaneError(.shape, "the feature number of src and tgt must be equal to d_model")
      }
      return true
    }
  }

  /// A mask (size, size) that hides from each step what comes after it: −∞ above the diagonal, else 0.
  ///
  /// ```swift
  /// Transformer.generateSquareSubsequentMask(2)  // tensor([[0., -inf], [0., 0.]])
  /// ```
  public static func generateSquareSubsequentMask(
    _ sz: Int, dtype: DType = .float32, device: Device? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try TransformerMask.square(sz, dtype, on: Ops.context(device)) }
  }
}
