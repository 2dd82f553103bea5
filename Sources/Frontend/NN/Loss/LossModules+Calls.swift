// The losses of `torch.nn` by name.

extension ModuleRegistry {
  /// The options that `reduction` replaced in later versions, and `reduction`.
  private static let legacy = "bool? size_average=None, bool? reduce=None, str reduction='mean'"
  private static let pair = "forward(Tensor input, Tensor target)"
  private static let two = "forward(Tensor input1, Tensor input2, Tensor target)"
  private static let triplet = "forward(Tensor anchor, Tensor positive, Tensor negative)"

  mutating func addLosses() {
    let legacy = ModuleRegistry.legacy, pair = ModuleRegistry.pair
    add("nn.MSELoss(\(legacy))", forward: pair) {
      MSELoss(reduction: try $0.reduction())
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
    add("nn.L1Loss(\(legacy))", forward: pair) {
      L1Loss(reduction: try $0.reduction())
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
    add("nn.SmoothL1Loss(\(legacy), float beta=1.0)", forward: pair) {
      SmoothL1Loss(reduction: try $0.reduction(), beta: $0.double("beta"))
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
    add("nn.HuberLoss(str reduction='mean', float delta=1.0)", forward: pair) {
      HuberLoss(reduction: try $0.reduction(), delta: $0.double("delta"))
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
    addLikelihoodLosses()
    addBinaryLosses()
    addHingeLosses()
    addEmbeddingLosses()
    addClassLosses()
  }

  private mutating func addLikelihoodLosses() {
    add(
      "nn.NLLLoss(Tensor? weight=None, bool? size_average=None, int ignore_index=-100, bool? reduce=None, "
        + "str reduction='mean')", forward: ModuleRegistry.pair
    ) {
      NLLLoss(
        weight: $0.optionalTensor("weight"), ignoreIndex: $0.int("ignore_index"), reduction: try $0.reduction())
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
    add(
      "nn.PoissonNLLLoss(bool log_input=True, bool full=False, bool? size_average=None, float eps=1e-08, "
        + "bool? reduce=None, str reduction='mean')", forward: "forward(Tensor log_input, Tensor target)"
    ) {
      PoissonNLLLoss(
        logInput: $0.bool("log_input"), full: $0.bool("full"), eps: $0.double("eps"), reduction: try $0.reduction())
    } _: {
      $0($1.tensor("log_input"), $1.tensor("target"))
    }
    add(
      "nn.GaussianNLLLoss(*, bool full=False, float eps=1e-06, str reduction='mean')",
      forward: "forward(Tensor input, Tensor target, Any var)"
    ) {
      GaussianNLLLoss(full: $0.bool("full"), eps: $0.double("eps"), reduction: try $0.reduction())
    } _: { loss, a in
      let (input, target) = (a.tensor("input"), a.tensor("target"))
      if let variance = a.optionalTensor("var") { return loss(input, target, variance) }
      guard let variance = a.optionalDouble("var") else {
        throw BackplaneError(.value, "forward(): argument 'var' must be Tensor or float, not \(a["var"].typeName)")
      }
      return loss(input, target, variance)
    }
    add("nn.KLDivLoss(\(ModuleRegistry.legacy), bool log_target=False)", forward: ModuleRegistry.pair) {
      let rule = try $0.string("reduction") == "batchmean" ? "batchmean" : $0.reduction().rawValue
      return KLDivLoss(reduction: .init(rawValue: rule)!, logTarget: $0.bool("log_target"))
    } _: { (loss: KLDivLoss, a) in
      loss(a.tensor("input"), a.tensor("target"))
    }
  }

  private mutating func addBinaryLosses() {
    let legacy = ModuleRegistry.legacy, pair = ModuleRegistry.pair
    add("nn.BCELoss(Tensor? weight=None, \(legacy))", forward: pair) {
      BCELoss(weight: $0.optionalTensor("weight"), reduction: try $0.reduction())
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
    add("nn.BCEWithLogitsLoss(Tensor? weight=None, \(legacy), Tensor? pos_weight=None)", forward: pair) {
      BCEWithLogitsLoss(
        weight: $0.optionalTensor("weight"), reduction: try $0.reduction(),
        posWeight: $0.optionalTensor("pos_weight"))
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
    add("nn.SoftMarginLoss(\(legacy))", forward: pair) {
      SoftMarginLoss(reduction: try $0.reduction())
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
    add("nn.MultiLabelSoftMarginLoss(Tensor? weight=None, \(legacy))", forward: pair) {
      MultiLabelSoftMarginLoss(weight: $0.optionalTensor("weight"), reduction: try $0.reduction())
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
  }

  private mutating func addHingeLosses() {
    let legacy = ModuleRegistry.legacy, pair = ModuleRegistry.pair
    add("nn.HingeEmbeddingLoss(float margin=1.0, \(legacy))", forward: pair) {
      HingeEmbeddingLoss(margin: $0.double("margin"), reduction: try $0.reduction())
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
    add("nn.MultiMarginLoss(int p=1, float margin=1.0, Tensor? weight=None, \(legacy))", forward: pair) {
      MultiMarginLoss(
        p: $0.int("p"), margin: $0.double("margin"), weight: $0.optionalTensor("weight"),
        reduction: try $0.reduction())
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
    add("nn.MultiLabelMarginLoss(\(legacy))", forward: pair) {
      MultiLabelMarginLoss(reduction: try $0.reduction())
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
    add("nn.MarginRankingLoss(float margin=0.0, \(legacy))", forward: ModuleRegistry.two) {
      MarginRankingLoss(margin: $0.double("margin"), reduction: try $0.reduction())
    } _: {
      $0($1.tensor("input1"), $1.tensor("input2"), $1.tensor("target"))
    }
  }

  private mutating func addEmbeddingLosses() {
    let legacy = ModuleRegistry.legacy
    add("nn.CosineEmbeddingLoss(float margin=0.0, \(legacy))", forward: ModuleRegistry.two) {
      CosineEmbeddingLoss(margin: $0.double("margin"), reduction: try $0.reduction())
    } _: {
      $0($1.tensor("input1"), $1.tensor("input2"), $1.tensor("target"))
    }
    add(
      "nn.TripletMarginLoss(float margin=1.0, float p=2.0, float eps=1e-06, bool swap=False, \(legacy))",
      forward: ModuleRegistry.triplet
    ) {
      TripletMarginLoss(
        margin: $0.double("margin"), p: $0.double("p"), eps: $0.double("eps"), swap: $0.bool("swap"),
        reduction: try $0.reduction())
    } _: {
      $0($1.tensor("anchor"), $1.tensor("positive"), $1.tensor("negative"))
    }
    // A distance of one's own is a function, which has no name.
    add(
      "nn.TripletMarginWithDistanceLoss(*, float margin=1.0, bool swap=False, str reduction='mean')",
      forward: ModuleRegistry.triplet
    ) {
      TripletMarginWithDistanceLoss(
        margin: $0.double("margin"), swap: $0.bool("swap"), reduction: try $0.reduction())
    } _: {
      $0($1.tensor("anchor"), $1.tensor("positive"), $1.tensor("negative"))
    }
  }

  private mutating func addClassLosses() {
    add(
      "nn.CrossEntropyLoss(Tensor? weight=None, bool? size_average=None, int ignore_index=-100, bool? reduce=None, "
        + "str reduction='mean', float label_smoothing=0.0)", forward: ModuleRegistry.pair
    ) {
      CrossEntropyLoss(
        weight: $0.optionalTensor("weight"), ignoreIndex: $0.int("ignore_index"), reduction: try $0.reduction(),
        labelSmoothing: $0.double("label_smoothing"))
    } _: {
      $0($1.tensor("input"), $1.tensor("target"))
    }
    add(
      "nn.LinearCrossEntropyLoss(int in_features, int num_classes, *, int[] out_features=[], bool bias=False, "
        + "Device? device=None, ScalarType? dtype=None, str reduction='mean', Tensor? weight=None, "
        + "int? ignore_index=None, float label_smoothing=0.0, Any? options=None)", forward: ModuleRegistry.pair
    ) { a in
      guard case .null = a["options"] else {
        throw BackplaneError(
          .unsupported, "LinearCrossEntropyLoss(): options for computing in chunks are not supported, only None")
      }
      return LinearCrossEntropyLoss(
        a.int("in_features"), a.int("num_classes"), outFeatures: a.ints("out_features"), bias: a.bool("bias"),
        reduction: try a.reduction(), weight: a.optionalTensor("weight"), ignoreIndex: a.optionalInt("ignore_index"),
        labelSmoothing: a.double("label_smoothing"), dtype: a.dtype() ?? .float32, device: a.device())
    } _: { (loss: LinearCrossEntropyLoss, a) in
      loss(a.tensor("input"), a.tensor("target"))
    }
    add(
      "nn.AdaptiveLogSoftmaxWithLoss(int in_features, int n_classes, int[] cutoffs, float div_value=4.0, "
        + "bool head_bias=False, Device? device=None, ScalarType? dtype=None)",
      forward: "forward(Tensor input_, Tensor target_)"
    ) { a in
      AdaptiveLogSoftmaxWithLoss(
        a.int("in_features"), a.int("n_classes"), cutoffs: a.ints("cutoffs"), divValue: a.double("div_value"),
        headBias: a.bool("head_bias"), dtype: a.dtype() ?? .float32, device: a.device())
    } _: { module, a in
      let (output, loss) = module(a.tensor("input_"), a.tensor("target_"))
      return [output, loss]
    }
    add(
      "nn.CTCLoss(int blank=0, str reduction='mean', bool zero_infinity=False)",
      forward: "forward(Tensor log_probs, Tensor targets, Any input_lengths, Any target_lengths)"
    ) {
      CTCLoss(blank: $0.int("blank"), reduction: try $0.reduction(), zeroInfinity: $0.bool("zero_infinity"))
    } _: {
      $0(
        $1.tensor("log_probs"), $1.tensor("targets"), try $1.lengths("input_lengths"),
        try $1.lengths("target_lengths"))
    }
  }
}
