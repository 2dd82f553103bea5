// Operators by a second name.

extension OperatorRegistry {
  /// Functions of `torch.nn.functional` and others that PyTorch knows under a second name, with the same parameters.
  mutating func addSecondNames() {
    let functional = [
      "adaptive_avg_pool1d", "adaptive_max_pool1d", "alpha_dropout", "avg_pool1d", "celu", "conv1d", "conv2d", "conv3d",
      "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "dropout", "feature_alpha_dropout", "group_norm",
      "hardshrink", "layer_norm", "max_pool1d", "max_pool1d_with_indices", "max_pool2d", "max_pool3d", "prelu",
      "rms_norm",
      "rrelu", "selu", "threshold",
    ]
    for name in functional { addSecondName(name, of: "nn.functional.\(name)") }
    for name in ["softmax", "log_softmax", "logsumexp"] { addSecondName("special.\(name)", of: name) }
    for name in ["chunk", "split", "split_with_sizes"] { addSecondName("unsafe_\(name)", of: name) }
    addSecondName("chain_matmul", of: "linalg.multi_dot")
  }

  private mutating func addSecondName(_ name: String, of original: String) {
    for overload in overloads[original] ?? [] {
      add("\(name)\(overload.signature.parameterText)", overload.body)
    }
  }
}
