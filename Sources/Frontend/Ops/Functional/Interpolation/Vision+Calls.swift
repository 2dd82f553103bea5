// Interpolation, windows, embeddings, attention and dropout by name.

extension OperatorRegistry {
  mutating func addInterpolation() {
    let scaling = "Any size=None, Any scale_factor=None"
    add(
      "nn.functional.interpolate(Tensor input, \(scaling), str mode='nearest', bool? align_corners=None, "
        + "bool? recompute_scale_factor=None, bool antialias=False)"
    ) { a in
      try a.interpolated(
        a.string("mode"), alignCorners: a.optionalScalar("align_corners")?.isTrue,
        recompute: a.optionalScalar("recompute_scale_factor")?.isTrue ?? false, antialias: a.bool("antialias"))
    }
    add(
      "nn.functional.upsample(Tensor input, \(scaling), str mode='nearest', bool? align_corners=None)"
    ) { a in
      try a.interpolated(a.string("mode"), alignCorners: a.optionalScalar("align_corners")?.isTrue)
    }
    add("nn.functional.upsample_nearest(Tensor input, \(scaling))") { try $0.interpolated("nearest") }
    add("nn.functional.upsample_bilinear(Tensor input, \(scaling))") {
      try $0.interpolated("bilinear", alignCorners: true)
    }
    let windows = "int[2] dilation=[1], int[2] padding=[0], int[2] stride=[1]"
    add("nn.functional.unfold(Tensor input, int[2] kernel_size, \(windows))") {
      try Ops.unfold(
        $0.tensor("input"), $0.ints("kernel_size"), dilation: $0.ints("dilation"), padding: $0.ints("padding"),
        stride: $0.ints("stride"))
    }
    add("nn.functional.fold(Tensor input, int[2] output_size, int[2] kernel_size, \(windows))") {
      try Ops.fold(
        $0.tensor("input"), $0.ints("output_size"), $0.ints("kernel_size"), dilation: $0.ints("dilation"),
        padding: $0.ints("padding"), stride: $0.ints("stride"))
    }
  }

  mutating func addEmbedding() {
    add(
      "nn.functional.embedding(Tensor input, Tensor weight, int? padding_idx=None, float? max_norm=None, "
        + "float norm_type=2.0, bool scale_grad_by_freq=False, bool sparse=False)"
    ) { a in
      let (input, weight) = a.indicesAndTable()
      return Functional.embedding(
        input, weight, paddingIdx: a.optionalInt("padding_idx"), maxNorm: a.optionalDouble("max_norm"),
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
      return Functional.embeddingBag(
        input, weight, offsets: a.optionalTensor("offsets"),
        maxNorm: a.optionalDouble("max_norm"), normType: a.double("norm_type"),
        scaleGradByFreq: a.bool("scale_grad_by_freq"), mode: mode,
        perSampleWeights: a.optionalTensor("per_sample_weights"), includeLastOffset: a.bool("include_last_offset"),
        paddingIdx: a.optionalInt("padding_idx"))
    }
    add("nn.functional.one_hot(Tensor input, int num_classes=-1)") {
      Functional.oneHot($0.tensor("input"), numClasses: $0.int("num_classes"))
    }
    for name in ["bilinear", "nn.functional.bilinear"] {
      add("\(name)(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None)") {
        Functional.bilinear(
          $0.tensor("input1"), $0.tensor("input2"), $0.tensor("weight"), $0.optionalTensor("bias"))
      }
    }
    add(
      "nn.functional.scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, "
        + "float dropout_p=0.0, bool is_causal=False, float? scale=None, bool enable_gqa=False)"
    ) {
      Functional.scaledDotProductAttention(
        $0.tensor("query"), $0.tensor("key"), $0.tensor("value"), attnMask: $0.optionalTensor("attn_mask"),
        dropoutP: $0.double("dropout_p"), isCausal: $0.bool("is_causal"), scale: $0.optionalDouble("scale"),
        enableGQA: $0.bool("enable_gqa"))
    }
  }

  mutating func addFeatureDropout() {
    typealias Dropout = @Sendable (Tensor, Double, Bool) -> Tensor
    let functions: [(String, String, Dropout)] = [
      ("dropout1d", "True", { Functional.dropout1d($0, p: $1, training: $2) }),
      ("dropout2d", "True", { Functional.dropout2d($0, p: $1, training: $2) }),
      ("dropout3d", "True", { Functional.dropout3d($0, p: $1, training: $2) }),
      ("alpha_dropout", "False", { Functional.alphaDropout($0, p: $1, training: $2) }),
      ("feature_alpha_dropout", "False", { Functional.featureAlphaDropout($0, p: $1, training: $2) }),
    ]
    for (name, training, f) in functions {
      add("nn.functional.\(name)(Tensor input, float p=0.5, bool training=\(training), bool inplace=False)") { a in
        try a.possiblyInPlace { f($0, a.double("p"), a.bool("training")) }
      }
    }
  }
}

extension BoundArguments {
  /// Indices and a table of rows, which old versions took the other way round, as recorded calls may still have them.
  fileprivate func indicesAndTable() -> (Tensor, Tensor) {
    let (first, second) = (tensor("input"), tensor("weight"))
    return first.dtype.isFloatingPoint && second.dtype.isInteger ? (second, first) : (first, second)
  }

  fileprivate func interpolated(
    _ mode: String, alignCorners: Bool? = nil, recompute: Bool = false, antialias: Bool = false
  ) throws(BackplaneError) -> Tensor {
    guard let mode = Functional.InterpolationMode(rawValue: mode) else {
      throw BackplaneError(.value, "interpolate: mode \(mode) is not supported")
    }
    return Functional.interpolate(
      tensor("input"), size: try numbers("size")?.map { Int($0.int64) },
      scaleFactor: try numbers("scale_factor")?.map(\.double), mode: mode, alignCorners: alignCorners,
      recomputeScaleFactor: recompute, antialias: antialias)
  }

  /// A number or a list of numbers, or nil for None.
  private func numbers(_ name: String) throws(BackplaneError) -> [Scalar]? {
    let given = self[name]
    if case .null = given { return nil }
    let values: [Argument] = if case .list(let values) = given { Array(values) } else { [given] }
    var result: [Scalar] = []
    for value in values {
      guard let number = value.scalar else {
        throw BackplaneError(
          .value,
          "\(signature.shortName)(): argument '\(name)' must be a number or a tuple of numbers, not \(value.typeName)")
      }
      result.append(number)
    }
    return result
  }
}
