// Losses and distances by name.

extension OperatorRegistry {
  // The options that `reduction` replaced in later versions.
  private static let legacy = "bool? size_average=None, bool? reduce=None, str reduction='mean'"

  mutating func addPairLosses() {
    let legacy = OperatorRegistry.legacy
    let pair = "Tensor input, Tensor target, "
    func add(_ parameters: String, _ body: @escaping @Sendable (BoundArguments) throws -> Tensor) {
      self.add("nn.functional.\(parameters)", body)
    }
    add("smooth_l1_loss(\(pair)\(legacy), float beta=1.0)") {
      Functional.smoothL1Loss(
        $0.tensor("input"), $0.tensor("target"), reduction: try $0.reduction(), beta: $0.double("beta"))
    }
    add("huber_loss(\(pair)str reduction='mean', float delta=1.0, Tensor? weight=None)") {
      Functional.huberLoss(
        $0.tensor("input"), $0.tensor("target"), reduction: try $0.reduction(), delta: $0.double("delta"),
        weight: $0.optionalTensor("weight"))
    }
    add("binary_cross_entropy(\(pair)Tensor? weight=None, \(legacy))") {
      Functional.binaryCrossEntropy(
        $0.tensor("input"), $0.tensor("target"), weight: $0.optionalTensor("weight"), reduction: try $0.reduction())
    }
    add("binary_cross_entropy_with_logits(\(pair)Tensor? weight=None, \(legacy), Tensor? pos_weight=None)") {
      Functional.binaryCrossEntropyWithLogits(
        $0.tensor("input"), $0.tensor("target"), weight: $0.optionalTensor("weight"), reduction: try $0.reduction(),
        posWeight: $0.optionalTensor("pos_weight"))
    }
    add("kl_div(\(pair)\(legacy), bool log_target=False)") { a in
      let name = try a.string("reduction") == "batchmean" ? "batchmean" : a.reduction().rawValue
      return Functional.klDiv(
        a.tensor("input"), a.tensor("target"), reduction: .init(rawValue: name)!, logTarget: a.bool("log_target"))
    }
    add(
      "poisson_nll_loss(\(pair)bool log_input=True, bool full=False, bool? size_average=None, float eps=1e-08, "
        + "bool? reduce=None, str reduction='mean')"
    ) {
      Functional.poissonNllLoss(
        $0.tensor("input"), $0.tensor("target"), logInput: $0.bool("log_input"), full: $0.bool("full"),
        eps: $0.double("eps"), reduction: try $0.reduction())
    }
    let options = "bool full=False, float eps=1e-06, str reduction='mean'"
    add("gaussian_nll_loss(\(pair)Tensor var, \(options))") {
      Functional.gaussianNllLoss(
        $0.tensor("input"), $0.tensor("target"), $0.tensor("var"), full: $0.bool("full"), eps: $0.double("eps"),
        reduction: try $0.reduction())
    }
    add("gaussian_nll_loss(\(pair)float var, \(options))") { a in
      let x = a.tensor("input")
      let variance = try Ops.full(
        .contiguous(x.layout.shape), .double(a.double("var")), x.dtype.isFloatingPoint ? x.dtype : .float32,
        on: x.context)
      return Functional.gaussianNllLoss(
        x, a.tensor("target"), variance, full: a.bool("full"), eps: a.double("eps"), reduction: try a.reduction())
    }
    addMarginLosses()
    addDistances()
  }

  private mutating func addMarginLosses() {
    let legacy = OperatorRegistry.legacy
    let pair = "Tensor input, Tensor target, "
    func add(_ parameters: String, _ body: @escaping @Sendable (BoundArguments) throws -> Tensor) {
      self.add("nn.functional.\(parameters)", body)
    }
    add("hinge_embedding_loss(\(pair)float margin=1.0, \(legacy))") {
      Functional.hingeEmbeddingLoss(
        $0.tensor("input"), $0.tensor("target"), margin: $0.double("margin"), reduction: try $0.reduction())
    }
    let three = "Tensor input1, Tensor input2, Tensor target, float margin=0.0, "
    add("margin_ranking_loss(\(three)\(legacy))") {
      Functional.marginRankingLoss(
        $0.tensor("input1"), $0.tensor("input2"), $0.tensor("target"), margin: $0.double("margin"),
        reduction: try $0.reduction())
    }
    add("cosine_embedding_loss(\(three)\(legacy))") {
      Functional.cosineEmbeddingLoss(
        $0.tensor("input1"), $0.tensor("input2"), $0.tensor("target"), margin: $0.double("margin"),
        reduction: try $0.reduction())
    }
    let triplet = "Tensor anchor, Tensor positive, Tensor negative, "
    add(
      "triplet_margin_loss(\(triplet)float margin=1.0, float p=2, float eps=1e-06, bool swap=False, \(legacy))"
    ) {
      Functional.tripletMarginLoss(
        $0.tensor("anchor"), $0.tensor("positive"), $0.tensor("negative"), margin: $0.double("margin"),
        p: $0.double("p"), eps: $0.double("eps"), swap: $0.bool("swap"), reduction: try $0.reduction())
    }
    add(
      "triplet_margin_with_distance_loss(\(triplet)*, float margin=1.0, bool swap=False, str reduction='mean')"
    ) {
      Functional.tripletMarginWithDistanceLoss(
        $0.tensor("anchor"), $0.tensor("positive"), $0.tensor("negative"), margin: $0.double("margin"),
        swap: $0.bool("swap"), reduction: try $0.reduction())
    }
    add("soft_margin_loss(\(pair)\(legacy))") {
      Functional.softMarginLoss($0.tensor("input"), $0.tensor("target"), reduction: try $0.reduction())
    }
    add("multilabel_soft_margin_loss(\(pair)Tensor? weight=None, \(legacy))") {
      Functional.multilabelSoftMarginLoss(
        $0.tensor("input"), $0.tensor("target"), weight: $0.optionalTensor("weight"), reduction: try $0.reduction())
    }
    add("multi_margin_loss(\(pair)int p=1, float margin=1.0, Tensor? weight=None, \(legacy))") {
      Functional.multiMarginLoss(
        $0.tensor("input"), $0.tensor("target"), p: $0.int("p"), margin: $0.double("margin"),
        weight: $0.optionalTensor("weight"), reduction: try $0.reduction())
    }
    add("multilabel_margin_loss(\(pair)\(legacy))") {
      Functional.multilabelMarginLoss($0.tensor("input"), $0.tensor("target"), reduction: try $0.reduction())
    }
  }

  private mutating func addDistances() {
    add("nn.functional.normalize(Tensor input, float p=2.0, int dim=1, float eps=1e-12)") {
      Functional.normalize($0.tensor("input"), p: $0.double("p"), dim: $0.int("dim"), eps: $0.double("eps"))
    }
    for name in ["cosine_similarity", "nn.functional.cosine_similarity"] {
      add("\(name)(Tensor x1, Tensor x2, int dim=1, float eps=1e-08)") {
        Functional.cosineSimilarity($0.tensor("x1"), $0.tensor("x2"), dim: $0.int("dim"), eps: $0.double("eps"))
      }
    }
    for name in ["pairwise_distance", "nn.functional.pairwise_distance"] {
      add("\(name)(Tensor x1, Tensor x2, float p=2.0, float eps=1e-06, bool keepdim=False)") {
        Functional.pairwiseDistance(
          $0.tensor("x1"), $0.tensor("x2"), p: $0.double("p"), eps: $0.double("eps"), keepDim: $0.bool("keepdim"))
      }
    }
    for name in ["pdist", "nn.functional.pdist"] {
      add("\(name)(Tensor input, float p=2.0)") { Functional.pdist($0.tensor("input"), p: $0.double("p")) }
    }
    for name in ["channel_shuffle", "nn.functional.channel_shuffle"] {
      add("\(name)(Tensor input, int groups)") { Functional.channelShuffle($0.tensor("input"), $0.int("groups")) }
    }
    for name in ["pixel_shuffle", "nn.functional.pixel_shuffle"] {
      add("\(name)(Tensor input, int upscale_factor)") {
        Functional.pixelShuffle($0.tensor("input"), $0.int("upscale_factor"))
      }
    }
    for name in ["pixel_unshuffle", "nn.functional.pixel_unshuffle"] {
      add("\(name)(Tensor input, int downscale_factor)") {
        Functional.pixelUnshuffle($0.tensor("input"), $0.int("downscale_factor"))
      }
    }
  }
}
