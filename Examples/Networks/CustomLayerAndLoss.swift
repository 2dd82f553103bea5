import Backplane

/// Functions e^(−γ |x − c|²) around centres c that are learned, as a layer: (N, in) to (N, count).
private final class RadialBasis: Module {
  @Parameter var centres: Tensor
  @Parameter var logWidths: Tensor

  init(_ inFeatures: Int, _ count: Int) {
    centres = Tensor.randn([count, inFeatures])
    logWidths = Tensor.zeros([count])
  }

  override func forward(_ x: Tensor) -> Tensor {
    let distances = (x.unsqueeze(1) - centres).square().sum(dim: -1)
    return (-logWidths.exp() * distances).exp()
  }

  override var extraDescription: String { "in_features=\(centres.size(1)), count=\(centres.size(0))" }
}

/// Cross entropy that counts what is right already for little: Lin et al., "Focal loss for dense object detection", 2017.
private final class FocalLoss: Module {
  let gamma: Double

  init(gamma: Double = 2) { self.gamma = gamma }

  func callAsFunction(_ logits: Tensor, _ labels: Tensor) -> Tensor {
    callWithHooks(logits, labels) { logits, labels in
      let logProbabilities = logits.logSoftmax(-1).gather(1, labels.unsqueeze(1)).squeeze(1)
      return (-(1 - logProbabilities.exp()).pow(gamma) * logProbabilities).mean()
    }
  }
}

extension Example {
  /// A layer and a loss that no library has.
  static let customLayerAndLoss = Example(
    name: "custom-layer", purpose: "Two spirals told apart by an own layer and an own loss.", epochs: 200
  ) { options in
    // Two arms of a spiral, from the centre outwards.
    let count = 200
    let t = Tensor.linspace(0.3, 3.2, count)
    let arms = [0.0, Double.pi].map { turn in
      stack([(t * 2 + turn).cos() * t, (t * 2 + turn).sin() * t], dim: 1)
    }
    let points = cat(arms) + 0.05 * Tensor.randn([2 * count, 2])
    let labels = cat([Tensor.zeros([count], dtype: .int64), Tensor.ones([count], dtype: .int64)])

    let model = Sequential(["basis": RadialBasis(2, 40), "out": Linear(40, 2)])
    print(model)
    let criterion = FocalLoss()
    let optimizer = Adam(model.parameters(), lr: 0.03)
    let schedule = CosineAnnealingLR(optimizer, tMax: options.epochs)
    var record = try Record(options, "custom-layer")
    for epoch in 0..<options.epochs {
      optimizer.zeroGrad()
      let loss = criterion(model(points), labels)
      loss.backward()
      optimizer.step()
      schedule.step()
      try record.add(loss.item(), epoch: epoch)
      if record.isComplete { break }
    }
    try record.finish()
    let right = noGrad { (model(points).argmax(1) .== labels).to(.float32).mean().item() }
    return "\(rounded(100 * right, 1)) % of the points on the right arm, loss \(rounded(record.last, 4))"
  }
}
