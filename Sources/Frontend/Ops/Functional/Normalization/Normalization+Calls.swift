// Normalizations by name.

extension OperatorRegistry {
  mutating func addNormalizations() {
    add(
      "nn.functional.batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight=None, "
        + "Tensor? bias=None, bool training=False, float momentum=0.1, float eps=1e-05)"
    ) {
      try Ops.batchNorm(
        $0.tensor("input"), $0.optionalTensor("running_mean"), $0.optionalTensor("running_var"),
        $0.optionalTensor("weight"), $0.optionalTensor("bias"), training: $0.bool("training"),
        momentum: $0.double("momentum"), eps: $0.double("eps"))
    }
    add(
      "nn.functional.instance_norm(Tensor input, Tensor? running_mean=None, Tensor? running_var=None, "
        + "Tensor? weight=None, Tensor? bias=None, bool use_input_stats=True, float momentum=0.1, float eps=1e-05)"
    ) {
      try Ops.instanceNorm(
        $0.tensor("input"), $0.optionalTensor("running_mean"),
        $0.optionalTensor("running_var"), $0.optionalTensor("weight"),
        $0.optionalTensor("bias"), useInputStats: $0.bool("use_input_stats"), momentum: $0.double("momentum"),
        eps: $0.double("eps"))
    }
    let affine = "Tensor? weight=None, Tensor? bias=None, float eps=1e-05"
    add("nn.functional.group_norm(Tensor input, int num_groups, \(affine))") {
      try Ops.groupNorm(
        $0.tensor("input"), $0.int("num_groups"), $0.optionalTensor("weight"),
        $0.optionalTensor("bias"), eps: $0.double("eps"))
    }
    add("nn.functional.layer_norm(Tensor input, int[] normalized_shape, \(affine))") {
      try Ops.layerNorm(
        $0.tensor("input"), $0.ints("normalized_shape"), $0.optionalTensor("weight"),
        $0.optionalTensor("bias"), eps: $0.double("eps"))
    }
    add("nn.functional.rms_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None)") {
      try Ops.rmsNorm(
        $0.tensor("input"), $0.ints("normalized_shape"), $0.optionalTensor("weight"),
        eps: $0.optionalDouble("eps"))
    }
    add(
      "nn.functional.local_response_norm(Tensor input, int size, float alpha=0.0001, float beta=0.75, float k=1.0)"
    ) {
      try Ops.localResponseNorm(
        $0.tensor("input"), $0.int("size"), alpha: $0.double("alpha"), beta: $0.double("beta"), k: $0.double("k"))
    }
  }
}
