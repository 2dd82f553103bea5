extension VisionTransformer {
  /// The layers of a ``VisionTransformer``, and the positions that are added before them.
  public final class Encoder: Module {
    /// What is added to the features at each position, (1, length, features).
    @Parameter public var posEmbedding: Tensor
    /// What drops features in training.
    public let dropout: Dropout
    /// The layers, `encoder_layer_0` and so on.
    public let layers: Sequential
    /// The last normalization.
    public let ln: LayerNorm

    init(
      _ layers: ModelLayers, length: Int, numLayers: Int, numHeads: Int, hiddenDim: Int, mlpDim: Int, dropout: Double,
      attentionDropout: Double
    ) {
      posEmbedding = Tensor.empty([1, length, hiddenDim], dtype: layers.dtype, device: layers.device)
      self.dropout = Dropout(p: dropout)
      self.layers = Sequential(
        named: (0..<numLayers).map { i in
          let block = EncoderBlock(
            layers, numHeads: numHeads, hiddenDim: hiddenDim, mlpDim: mlpDim, dropout: dropout,
            attentionDropout: attentionDropout)
          return ("encoder_layer_\(i)", block)
        })
      ln = layers.layerNorm(hiddenDim)
      super.init()
      Init.normal_(posEmbedding, std: 0.02, generator: layers.generator)
    }

    /// The features (N, length, features) after all layers.
    public override func forward(_ x: Tensor) -> Tensor { ln(layers(dropout(x + posEmbedding))) }
  }

  /// Attention, then two affine maps at each position, each after a normalization and beside the input as it is.
  public final class EncoderBlock: Module {
    /// The normalization before attention.
    public let ln1: LayerNorm
    /// Attention of all positions to all.
    public let selfAttention: MultiheadAttention
    /// What drops features after attention in training.
    public let dropout: Dropout
    /// The normalization before the maps.
    public let ln2: LayerNorm
    /// The maps.
    public let mlp: MLPBlock

    public override class var keyNames: [String: String] { ["ln1": "ln_1", "ln2": "ln_2"] }

    init(
      _ layers: ModelLayers, numHeads: Int, hiddenDim: Int, mlpDim: Int, dropout: Double, attentionDropout: Double
    ) {
      ln1 = layers.layerNorm(hiddenDim)
      selfAttention = MultiheadAttention(
        hiddenDim, numHeads, dropout: attentionDropout, batchFirst: true, dtype: layers.dtype, device: layers.device,
        generator: layers.generator)
      self.dropout = Dropout(p: dropout)
      ln2 = layers.layerNorm(hiddenDim)
      mlp = MLPBlock(layers, hiddenDim, mlpDim, dropout: dropout)
    }

    /// The features (N, length, features) after this layer.
    public override func forward(_ x: Tensor) -> Tensor {
      let seen = ln1(x)
      let y = x + dropout(selfAttention(seen, seen, seen, needWeights: false).output)
      return y + mlp(ln2(y))
    }
  }

  /// Two affine maps with a ``GELU`` between them.
  public final class MLPBlock: Sequential {
    init(_ layers: ModelLayers, _ features: Int, _ hidden: Int, dropout: Double) {
      let maps = [layers.linear(features, hidden), layers.linear(hidden, features)]
      for map in maps {
        Init.xavierUniform_(map.weight, generator: layers.generator)
        Init.normal_(map.bias!, std: 1e-6, generator: layers.generator)
      }
      super.init([maps[0], GELU(), Dropout(p: dropout), maps[1], Dropout(p: dropout)])
    }
  }
}

extension ModelLayers {
  fileprivate func layerNorm(_ features: Int) -> LayerNorm {
    LayerNorm(features, eps: 1e-6, dtype: dtype, device: device)
  }
}
