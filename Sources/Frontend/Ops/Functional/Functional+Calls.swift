// `torch.nn.functional` by name.

extension OperatorRegistry {
  mutating func addFunctional() {
    add("nn.functional.linear(Tensor input, Tensor weight, Tensor? bias=None)") {
      try Ops.linear($0.tensor("input"), $0.tensor("weight"), $0.optionalTensor("bias"))
    }
    add("nn.functional.dropout(Tensor input, float p=0.5, bool training=True, bool inplace=False)") { a in
      try a.possiblyInPlace { Functional.dropout($0, p: a.double("p"), training: a.bool("training")) }
    }
    addActivations()
    addConvolution()
    addPooling()
    addNormalizations()
    addPairLosses()
    addInterpolation()
    addEmbedding()
    addFeatureDropout()
    addLosses()
  }

  private mutating func addLosses() {
    // The first two options are those of old versions, which `reduction` replaced.
    let old = "bool? size_average=None, ", older = "bool? reduce=None, str reduction='mean'"
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
  /// A function of `input`; with the argument `inplace`, the input after it has become the result.
  func possiblyInPlace(_ body: (Tensor) -> Tensor) throws(BackplaneError) -> Tensor {
    let x = tensor("input")
    guard bool("inplace") else { return body(x) }
    try InPlace.update(x) { x throws(BackplaneError) in body(x) }
    return x
  }

  /// The argument `reduction` of a loss, or what the two options say that it replaced.
  func reduction() throws(BackplaneError) -> Functional.Reduction {
    if signature.parameters.contains(where: { $0.name == "size_average" }) {
      let (averages, reduces) = (optionalScalar("size_average")?.isTrue, optionalScalar("reduce")?.isTrue)
      if averages != nil || reduces != nil {
        return reduces == false ? .none : averages == false ? .sum : .mean
      }
    }
    let name = string("reduction")
    guard let reduction = Functional.Reduction(rawValue: name) else {
      throw BackplaneError(.value, "\(name) is not a valid value for reduction")
    }
    return reduction
  }
}
