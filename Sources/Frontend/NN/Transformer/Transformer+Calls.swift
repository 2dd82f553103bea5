// Transformers by name.

extension ModuleRegistry {
  mutating func addTransformer() {
    let options = "float layer_norm_eps=1e-05, bool batch_first=False, bool norm_first=False, bool bias=True"
    let place = "Device? device=None, ScalarType? dtype=None"
    let layer = "int d_model, int nhead, int dim_feedforward=2048, float dropout=0.1, str activation='relu'"
    add(
      "nn.TransformerEncoderLayer(\(layer), \(options), \(place))",
      forward: "forward(Tensor src, Tensor? src_mask=None, Tensor? src_key_padding_mask=None, bool is_causal=False)"
    ) { a in
      TransformerEncoderLayer(
        a.int("d_model"), a.int("nhead"), dimFeedforward: a.int("dim_feedforward"), dropout: a.double("dropout"),
        activation: try TransformerActivation(named: a.string("activation")),
        layerNormEps: a.double("layer_norm_eps"), batchFirst: a.bool("batch_first"), normFirst: a.bool("norm_first"),
        bias: a.bool("bias"), dtype: a.dtype() ?? .float32, device: a.device())
    } _: { module, a in
      module(
        a.tensor("src"), srcMask: a.optionalTensor("src_mask"),
        srcKeyPaddingMask: a.optionalTensor("src_key_padding_mask"), isCausal: a.bool("is_causal"))
    }
    add(
      "nn.TransformerDecoderLayer(\(layer), \(options), \(place))",
      forward: "forward(Tensor tgt, Tensor memory, Tensor? tgt_mask=None, Tensor? memory_mask=None, "
        + "Tensor? tgt_key_padding_mask=None, Tensor? memory_key_padding_mask=None, bool tgt_is_causal=False, "
        + "bool memory_is_causal=False)"
    ) { a in
      TransformerDecoderLayer(
        a.int("d_model"), a.int("nhead"), dimFeedforward: a.int("dim_feedforward"), dropout: a.double("dropout"),
        activation: try TransformerActivation(named: a.string("activation")),
        layerNormEps: a.double("layer_norm_eps"), batchFirst: a.bool("batch_first"), normFirst: a.bool("norm_first"),
        bias: a.bool("bias"), dtype: a.dtype() ?? .float32, device: a.device())
    } _: { module, a in
      module(
        a.tensor("tgt"), a.tensor("memory"), tgtMask: a.optionalTensor("tgt_mask"),
        memoryMask: a.optionalTensor("memory_mask"), tgtKeyPaddingMask: a.optionalTensor("tgt_key_padding_mask"),
        memoryKeyPaddingMask: a.optionalTensor("memory_key_padding_mask"), tgtIsCausal: a.bool("tgt_is_causal"),
        memoryIsCausal: a.bool("memory_is_causal"))
    }
    add(
      "nn.Transformer(int d_model=512, int nhead=8, int num_encoder_layers=6, int num_decoder_layers=6, "
        + "int dim_feedforward=2048, float dropout=0.1, str activation='relu', Any? custom_encoder=None, "
        + "Any? custom_decoder=None, \(options), \(place))",
      forward: "forward(Tensor src, Tensor tgt, Tensor? src_mask=None, Tensor? tgt_mask=None, "
        + "Tensor? memory_mask=None, Tensor? src_key_padding_mask=None, Tensor? tgt_key_padding_mask=None, "
        + "Tensor? memory_key_padding_mask=None, bool? src_is_causal=None, bool? tgt_is_causal=None, "
        + "bool memory_is_causal=False)"
    ) { a in
      for name in ["custom_encoder", "custom_decoder"] {
        if case .null = a[name] { continue }
        throw BackplaneError(.unsupported, "Transformer by name takes no \(name): make a Transformer in Swift")
      }
      return Transformer(
        dModel: a.int("d_model"), nhead: a.int("nhead"), numEncoderLayers: a.int("num_encoder_layers"),
        numDecoderLayers: a.int("num_decoder_layers"), dimFeedforward: a.int("dim_feedforward"),
        dropout: a.double("dropout"), activation: try TransformerActivation(named: a.string("activation")),
        layerNormEps: a.double("layer_norm_eps"), batchFirst: a.bool("batch_first"), normFirst: a.bool("norm_first"),
        bias: a.bool("bias"), dtype: a.dtype() ?? .float32, device: a.device())
    } _: { (module: Transformer, a) in
      module(
        a.tensor("src"), a.tensor("tgt"), srcMask: a.optionalTensor("src_mask"),
        tgtMask: a.optionalTensor("tgt_mask"), memoryMask: a.optionalTensor("memory_mask"),
        srcKeyPaddingMask: a.optionalTensor("src_key_padding_mask"),
        tgtKeyPaddingMask: a.optionalTensor("tgt_key_padding_mask"),
        memoryKeyPaddingMask: a.optionalTensor("memory_key_padding_mask"),
        srcIsCausal: a["src_is_causal"].scalar?.isTrue, tgtIsCausal: a["tgt_is_causal"].scalar?.isTrue,
        memoryIsCausal: a.bool("memory_is_causal"))
    }
  }
}
