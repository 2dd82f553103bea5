/// Brings the learning rates to the one at which weights are averaged.
///
/// Izmailov et al., "Averaging weights leads to wider optima and better generalization", arXiv:1803.05407.
///
/// ```swift
/// let schedule = SWALR(optimizer, swaLr: 0.05, annealEpochs: 5)
/// ```
public final class SWALR: LRScheduler {
  private let swaLr: GroupNumbers
  private var annealEpochs: Int
  private let strategy: AnnealStrategy

  /// Makes a schedule that goes from the present rates to `swaLr` in `annealEpochs` epochs.
  ///
  /// - Parameter swaLr: The learning rate to go to, or one for each group.
  public init(
    _ optimizer: Optimizer, _ swaLr: some PerGroup, annealEpochs: Int = 10, annealStrategy: AnnealStrategy = .cos,
    lastEpoch: Int = -1
  ) {
    (self.swaLr, self.annealEpochs, strategy) = (swaLr._numbers, annealEpochs, annealStrategy)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func check() throws(BackplaneError) {
    guard annealEpochs >= 0, annealEpochs <= LRScheduler.greatestEpoch else {
      throw BackplaneError(.value, "anneal_epochs must be equal or greater than 0, got \(annealEpochs)")
    }
  }

  override func prepare() throws(BackplaneError) {
    for (i, rate) in try swaLr.values(for: optimizer, "swa_lr").enumerated() {
      optimizer.parameterGroups[i][.swaLr] = rate
    }
  }

  public override func getLr() -> [Double] {
    let step = annealEpochs == 0 ? max(1, stepCount - 1) : stepCount - 1
    let before = weight(step - 1), now = weight(step)
    return optimizer.parameterGroups.map { group in
      let target = group[.swaLr]
      let first = before == 1 ? target : (group.lr - before * target) / (1 - before)
      return target * now + first * (1 - now)
    }
  }

  /// How far a step is on the way.
  private func weight(_ step: Int) -> Double {
    let t = max(0, min(1, Double(step) / Double(max(1, annealEpochs))))
    return switch strategy {
    case .cos: (1 - cosine(.pi * t)) / 2
    case .linear: t
    }
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try super.exchange(&state)
    try state.integer("anneal_epochs", &annealEpochs)
  }
}

extension ScheduleRegistry {
  mutating func addSWALR() {
    add(
      "optim.swa_utils.SWALR(Any optimizer, Any swa_lr, int anneal_epochs=10, str anneal_strategy='cos', "
        + "int last_epoch=-1)"
    ) { optimizer, a throws(BackplaneError) in
      SWALR(
        optimizer, try a.groupNumbers("swa_lr"), annealEpochs: a.int("anneal_epochs"),
        annealStrategy: try a.annealStrategy(), lastEpoch: a.int("last_epoch"))
    }
  }
}
