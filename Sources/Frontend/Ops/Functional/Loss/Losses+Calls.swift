// Losses by name.

extension OperatorRegistry {
  /// The options that `reduction` replaced in later versions, and `reduction`.
  private static let legacy = "bool? size_average=None, bool? reduce=None, str reduction='mean'"

  mutating func addLosses() {
    let legacy = OperatorRegistry.legacy
    let pair = "Tensor input, Tensor target, "
    func add(_ parameters: String, _ body: @escaping @Sendable (BoundArguments) throws -> Tensor) {
      self.add("nn.functional.\(parameters)", body)
    }
    add("smooth_l1_loss(\(pair)\(legacy), float beta=1.0)") {
      try Ops.smoothL1Loss($0.tensor("input"), $0.tensor("target"), beta: $0.double("beta"), $0.reduction())
    }
    add("huber_loss(\(pair)str reduction='mean', float delta=1.0, Tensor? weight=None)") {
      try Ops.huberLoss(
        $0.tensor("input"), $0.tensor("target"), delta: $0.double("delta"), $0.optionalTensor("weight"), $0.reduction())
    }
    add("binary_cross_entropy(\(pair)Tensor? weight=None, \(legacy))") {
      try Ops.binaryCrossEntropy(
        $0.tensor("input"), $0.tensor("target"), $0.optionalTensor("weight"), $0.reduction())
    }
    add("binary_cross_entropy_with_logits(\(pair)Tensor? weight=None, \(legacy), Tensor? pos_weight=None)") {
      try Ops.binaryCrossEntropyWithLogits(
        $0.tensor("input"), $0.tensor("target"), $0.optionalTensor("weight"),
        positiveWeight: $0.optionalTensor("pos_weight"), $0.reduction())
    }
    add("kl_div(\(pair)\(legacy), bool log_target=False)") { a in
      let name = try a.string("reduction") == "batchmean" ? "batchmean" : a.reduction().rawValue
      return try Ops.klDiv(
        a.tensor("input"), a.tensor("target"), logTarget: a.bool("log_target"), .init(rawValue: name)!)
    }
    add(
      "poisson_nll_loss(\(pair)bool log_input=True, bool full=False, bool? size_average=None, float eps=1e-08, "
        + "bool? reduce=None, str reduction='mean')"
    ) {
      try Ops.poissonLoss(
        $0.tensor("input"), $0.tensor("target"), logInput: $0.bool("log_input"), full: $0.bool("full"),
        eps: $0.double("eps"), $0.reduction())
    }
    let options = "bool full=False, float eps=1e-06, str reduction='mean'"
    add("gaussian_nll_loss(\(pair)Tensor var, \(options))") {
      try Ops.gaussianLoss(
        $0.tensor("input"), $0.tensor("target"), $0.tensor("var"), full: $0.bool("full"), eps: $0.double("eps"),
        $0.reduction())
    }
    add("gaussian_nll_loss(\(pair)float var, \(options))") { a in
      let x = a.tensor("input")
      let variance = try Ops.full(
        .contiguous(x.layout.shape), .double(a.double("var")), x.dtype.isFloatingPoint ? x.dtype : .float32,
        on: x.context)
      return try Ops.gaussianLoss(
        x, a.tensor("target"), variance, full: a.bool("full"), eps: a.double("eps"), a.reduction())
    }
    addMarginLosses()
    addClassLosses()
  }

  private mutating func addMarginLosses() {
    let legacy = OperatorRegistry.legacy
    let pair = "Tensor input, Tensor target, "
    func add(_ parameters: String, _ body: @escaping @Sendable (BoundArguments) throws -> Tensor) {
      self.add("nn.functional.\(parameters)", body)
    }
    add("hinge_embedding_loss(\(pair)float margin=1.0, \(legacy))") {
      try Ops.hingeEmbeddingLoss(
        $0.tensor("input"), $0.tensor("target"), margin: $0.double("margin"), $0.reduction())
    }
    let three = "Tensor input1, Tensor input2, Tensor target, float margin=0.0, "
    add("margin_ranking_loss(\(three)\(legacy))") {
      try Ops.marginRankingLoss(
        $0.tensor("input1"), $0.tensor("input2"), $0.tensor("target"), margin: $0.double("margin"), $0.reduction())
    }
    add("cosine_embedding_loss(\(three)\(legacy))") {
      try Ops.cosineEmbeddingLoss(
        $0.tensor("input1"), $0.tensor("input2"), $0.tensor("target"), margin: $0.double("margin"), $0.reduction())
    }
    let triplet = "Tensor anchor, Tensor positive, Tensor negative, "
    add(
      "triplet_margin_loss(\(triplet)float margin=1.0, float p=2, float eps=1e-06, bool swap=False, \(legacy))"
    ) {
      try Ops.tripletMarginLoss(
        $0.tensor("anchor"), $0.tensor("positive"), $0.tensor("negative"), margin: $0.double("margin"),
        p: $0.double("p"), eps: $0.double("eps"), swap: $0.bool("swap"), $0.reduction())
    }
    add(
      "triplet_margin_with_distance_loss(\(triplet)*, float margin=1.0, bool swap=False, str reduction='mean')"
    ) {
      try Ops.tripletMarginLoss(
        $0.tensor("anchor"), $0.tensor("positive"), $0.tensor("negative"), margin: $0.double("margin"), p: 2,
        eps: 1e-6, swap: $0.bool("swap"), $0.reduction())
    }
    add("soft_margin_loss(\(pair)\(legacy))") {
      try Ops.softMarginLoss($0.tensor("input"), $0.tensor("target"), $0.reduction())
    }
    add("multilabel_soft_margin_loss(\(pair)Tensor? weight=None, \(legacy))") {
      try Ops.multilabelSoftMarginLoss(
        $0.tensor("input"), $0.tensor("target"), $0.optionalTensor("weight"), $0.reduction())
    }
    add("multi_margin_loss(\(pair)int p=1, float margin=1.0, Tensor? weight=None, \(legacy))") {
      try Ops.multiMarginLoss(
        $0.tensor("input"), $0.tensor("target"), p: $0.int("p"), margin: $0.double("margin"),
        $0.optionalTensor("weight"), $0.reduction())
    }
    add("multilabel_margin_loss(\(pair)\(legacy))") {
      try Ops.multilabelMarginLoss($0.tensor("input"), $0.tensor("target"), $0.reduction())
    }
  }

  private mutating func addClassLosses() {
    // The first two options are those of old versions, which `reduction` replaced.
    let old = "bool? size_average=None, ", older = "bool? reduce=None, str reduction='mean'"
    add("nn.functional.mse_loss(Tensor input, Tensor target, \(old)\(older), Tensor? weight=None)") {
      try Ops.mseLoss($0.tensor("input"), $0.tensor("target"), $0.reduction())
    }
    add("nn.functional.l1_loss(Tensor input, Tensor target, \(old)\(older), Tensor? weight=None)") {
      try Ops.l1Loss($0.tensor("input"), $0.tensor("target"), $0.reduction())
    }
    let classes = "Tensor input, Tensor target, Tensor? weight=None, \(old)int ignore_index=-100, \(older)"
    add("nn.functional.cross_entropy(\(classes), float label_smoothing=0.0)") {
      try Ops.crossEntropy(
        $0.tensor("input"), $0.tensor("target"), $0.optionalTensor("weight"), ignoreIndex: $0.int("ignore_index"),
        $0.reduction(), labelSmoothing: $0.double("label_smoothing"))
    }
    add("nn.functional.nll_loss(\(classes))") {
      try Ops.nllLoss(
        $0.tensor("input"), $0.tensor("target"), $0.optionalTensor("weight"), ignoreIndex: $0.int("ignore_index"),
        $0.reduction())
    }
  }
}

extension BoundArguments {
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
