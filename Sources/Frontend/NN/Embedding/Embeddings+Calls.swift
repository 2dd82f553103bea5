// Tables of vectors by name.

extension ModuleRegistry {
  mutating func addEmbeddings() {
    add(
      "nn.Embedding(int num_embeddings, int embedding_dim, int? padding_idx=None, float? max_norm=None, "
        + "float norm_type=2.0, bool scale_grad_by_freq=False, bool sparse=False, Tensor? _weight=None, "
        + "bool _freeze=False, Device? device=None, ScalarType? dtype=None)"
    ) { a in
      Embedding(
        a.int("num_embeddings"), a.int("embedding_dim"), weight: a.optionalTensor("_weight"),
        freeze: a.bool("_freeze"), paddingIdx: a.optionalInt("padding_idx"), maxNorm: a.optionalDouble("max_norm"),
        normType: a.double("norm_type"), scaleGradByFreq: a.bool("scale_grad_by_freq"), sparse: a.bool("sparse"),
        dtype: a.dtype() ?? .float32, device: a.device(), generator: nil)
    }
    add(
      "nn.EmbeddingBag(int num_embeddings, int embedding_dim, float? max_norm=None, float norm_type=2.0, "
        + "bool scale_grad_by_freq=False, str mode='mean', bool sparse=False, Tensor? _weight=None, "
        + "bool include_last_offset=False, int? padding_idx=None, Device? device=None, ScalarType? dtype=None)",
      forward: "forward(Tensor input, Tensor? offsets=None, Tensor? per_sample_weights=None)"
    ) { a in
      guard let mode = Functional.EmbeddingBagMode(rawValue: a.string("mode")) else {
        throw BackplaneError(.value, "mode has to be one of sum, mean or max")
      }
      return EmbeddingBag(
        a.int("num_embeddings"), a.int("embedding_dim"), weight: a.optionalTensor("_weight"),
        maxNorm: a.optionalDouble("max_norm"), normType: a.double("norm_type"),
        scaleGradByFreq: a.bool("scale_grad_by_freq"), mode: mode, sparse: a.bool("sparse"),
        includeLastOffset: a.bool("include_last_offset"), paddingIdx: a.optionalInt("padding_idx"),
        dtype: a.dtype() ?? .float32, device: a.device(), generator: nil)
    } _: { (bags: EmbeddingBag, a: BoundArguments) in
      bags(
        a.tensor("input"), offsets: a.optionalTensor("offsets"),
        perSampleWeights: a.optionalTensor("per_sample_weights"))
    }
  }
}
