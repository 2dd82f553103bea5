// Attention by name.

extension OperatorRegistry {
  mutating func addAttention() {
    add(
      "nn.functional.scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, "
        + "float dropout_p=0.0, bool is_causal=False, float? scale=None, bool enable_gqa=False)"
    ) {
      try Ops.attention(
        $0.tensor("query"), $0.tensor("key"), $0.tensor("value"), mask: $0.optionalTensor("attn_mask"),
        dropout: $0.double("dropout_p"), isCausal: $0.bool("is_causal"), scale: $0.optionalDouble("scale"),
        enableGQA: $0.bool("enable_gqa"), nil)
    }
    add(
      "nn.functional.multi_head_attention_forward(Tensor query, Tensor key, Tensor value, int embed_dim_to_check, "
        + "int num_heads, Tensor? in_proj_weight, Tensor? in_proj_bias, Tensor? bias_k, Tensor? bias_v, "
        + "bool add_zero_attn, float dropout_p, Tensor out_proj_weight, Tensor? out_proj_bias, bool training=True, "
        + "Tensor? key_padding_mask=None, bool need_weights=True, Tensor? attn_mask=None, "
        + "bool use_separate_proj_weight=False, Tensor? q_proj_weight=None, Tensor? k_proj_weight=None, "
        + "Tensor? v_proj_weight=None, Tensor? static_k=None, Tensor? static_v=None, bool average_attn_weights=True, "
        + "bool is_causal=False)"
    ) { a in
      let isSeparate = a.bool("use_separate_proj_weight")
      guard isSeparate || a.optionalTensor("in_proj_weight") != nil else {
        throw BackplaneError(.value, "use_separate_proj_weight is False but in_proj_weight is None")
      }
      let attention = MultiHeadAttention(
        heads: a.int("num_heads"), embedding: a.int("embed_dim_to_check"),
        packedWeight: isSeparate ? nil : a.optionalTensor("in_proj_weight"),
        queryWeight: a.optionalTensor("q_proj_weight"), keyWeight: a.optionalTensor("k_proj_weight"),
        valueWeight: a.optionalTensor("v_proj_weight"), inputBias: a.optionalTensor("in_proj_bias"),
        outputWeight: a.tensor("out_proj_weight"), outputBias: a.optionalTensor("out_proj_bias"),
        keyBias: a.optionalTensor("bias_k"), valueBias: a.optionalTensor("bias_v"), addsZero: a.bool("add_zero_attn"),
        dropout: a.bool("training") ? a.double("dropout_p") : 0, staticKey: a.optionalTensor("static_k"),
        staticValue: a.optionalTensor("static_v"))
      let masks = MultiHeadAttention.Masks(
        padding: a.optionalTensor("key_padding_mask"), attention: a.optionalTensor("attn_mask"),
        isCausal: a.bool("is_causal"))
      let (output, weights) = try attention(
        a.tensor("query"), a.tensor("key"), a.tensor("value"), masks, needsWeights: a.bool("need_weights"),
        averagesWeights: a.bool("average_attn_weights"))
      let results: [Argument] = [.tensor(output), weights.map { .tensor($0) } ?? .null]
      return results.argument
    }
  }
}
