// `torch.nn.functional` by name.

extension OperatorRegistry {
  mutating func addFunctional() {
    for (name, f) in [
      ("relu", UnaryFunction.relu), ("sigmoid", .sigmoid), ("tanh", .tanh),
    ] {
      add("nn.functional.\(name)(Tensor input)") { try Ops.unary(f, $0.tensor("input")) }
    }
    add("nn.functional.silu(Tensor input, bool inplace=False)") { try Ops.silu($0.tensor("input")) }
    add("nn.functional.linear(Tensor input, Tensor weight, Tensor? bias=None)") {
      try Ops.linear($0.tensor("input"), $0.tensor("weight"), $0.optionalTensor("bias"))
    }
    add("nn.functional.dropout(Tensor input, float p=0.5, bool training=True, bool inplace=False)") {
      Functional.dropout($0.tensor("input"), p: $0.double("p"), training: $0.bool("training"))
    }
    addLosses()
  }

  private mutating func addLosses() {
    // The first two options are those of old versions, which `reduction` replaced.
    let old = "Any? size_average=None, ", older = "Any? reduce=None, str reduction='mean'"
    add("nn.functional.mse_loss(Tensor input, Tensor target, \(old)\(older), Tensor? weight=None)") {
      Functional.mseLoss($0.tensor("input"), $0.tensor("target"), reduction: try $0.reduction())
    }
    add("nn.functional.l1_loss(Tensor input, Tensor target, \(old)\(older), Tensor? weight=None)") {
      Functional.l1Loss($0.tensor("input"), $0.tensor("target"), reduction: try $0.reduction())
    }
    let classes = "Tensor input, Tensor target, Tensor? weight=None, \(old)int ignore_index=-100, \(older)"
    add("nn.functional.cross_entropy(\(classes), float label_smoothing=0.0)") {
      Functional.crossEntropy(
        $0.tensor("input"), $0.tensor("target"), weight: $0.optionalTensor("weight"),
        ignoreIndex: $0.int("ignore_index"), reduction: try $0.reduction(),
        labelSmoothing: $0.double("label_smoothing"))
    }
    add("nn.functional.nll_loss(\(classes))") {
      Functional.nllLoss(
        $0.tensor("input"), $0.tensor("target"), weight: $0.optionalTensor("weight"),
        ignoreIndex: $0.int("ignore_index"), reduction: try $0.reduction())
    }
  }
}

extension BoundArguments {
  /// The argument `reduction` of a loss.
  func reduction() throws(BackplaneError) -> Functional.Reduction {
    let name = string("reduction")
    guard let reduction = Functional.Reduction(rawValue: name) else {
      throw BackplaneError(.value, "\(name) is not a valid value for reduction")
    }
    return reduction
  }
}
