// Embeddings by name.

extension OperatorRegistry {
  mutating func addEmbedding() {
    add(
      "nn.functional.embedding(Tensor input, Tensor weight, int? padding_idx=None, float? max_norm=None, "
        + "float norm_type=2.0, bool scale_grad_by_freq=False, bool sparse=False)"
    ) { a in
      let (input, weight) = a.indicesAndTable()
      return try Ops.embedding(
        input, weight, paddingIndex: a.optionalInt("padding_idx"), maxNorm: a.optionalDouble("max_norm"),
        normType: a.double("norm_type"), scaleGradByFreq: a.bool("scale_grad_by_freq"))
    }
    add(
      "nn.functional.embedding_bag(Tensor input, Tensor weight, Tensor? offsets=None, float? max_norm=None, "
        + "float norm_type=2, bool scale_grad_by_freq=False, str mode='mean', bool sparse=False, "
        + "Tensor? per_sample_weights=None, bool include_last_offset=False, int? padding_idx=None)"
    ) { a in
      guard let mode = Functional.EmbeddingBagMode(rawValue: a.string("mode")) else {
        throw BackplaneError(.value, "mode has to be one of sum, mean or max")
      }
      let (input, weight) = a.indicesAndTable()
      return try Ops.embeddingBag(
        input, weight, offsets: a.optionalTensor("offsets"),
        maxNorm: a.optionalDouble("max_norm"), normType: a.double("norm_type"),
        scaleGradByFreq: a.bool("scale_grad_by_freq"), mode,
        sampleWeights: a.optionalTensor("per_sample_weights"), includeLastOffset: a.bool("include_last_offset"),
        paddingIndex: a.optionalInt("padding_idx"))
    }
    add("nn.functional.one_hot(Tensor input, int num_classes=-1)") {
      try Ops.oneHot($0.tensor("input"), $0.int("num_classes"))
    }
  }
}

extension BoundArguments {
  /// Indices and a table of rows, which old versions took the other way round, as recorded calls may still have them.
  fileprivate func indicesAndTable() -> (Tensor, Tensor) {
    let (first, second) = (tensor("input"), tensor("weight"))
    return first.dtype.isFloatingPoint && second.dtype.isInteger ? (second, first) : (first, second)
  }
}
