/// Multiplies the learning rates by `factor` when a metric has not become better for `patience` epochs.
///
/// ```swift
/// let schedule = ReduceLROnPlateau(optimizer, patience: 5)
/// let validationLoss = F.mseLoss(model(x), y)
/// schedule.step(validationLoss)
/// ```
public final class ReduceLROnPlateau: LRScheduler {
  /// What is better.
  public enum Mode: String, Sendable {
    /// The less, the better.
    case min
    /// The more, the better.
    case max
  }

  /// How much better counts.
  public enum ThresholdMode: String, Sendable {
    /// By the part `threshold` of the best.
    case rel
    /// By `threshold`.
    case abs
  }

  private let mode: Mode
  private var factor: Double
  private var patience: Int
  private var threshold: Double
  private let thresholdMode: ThresholdMode
  private var cooldown: Int
  private let minLr: GroupNumbers
  private var eps: Double

  private var best: Double
  private var cooldownCounter = 0
  private var badEpochs = 0

  /// Makes a schedule that waits for a metric.
  ///
  /// - Parameters:
  ///   - patience: How many epochs may pass that are not better.
  ///   - threshold: How much better is better, as `thresholdMode` says.
  ///   - cooldown: How many epochs after a change do not count.
  ///   - minLr: The least learning rate, or one for each group.
  ///   - eps: A change that is not greater is left out.
  public init(
    _ optimizer: Optimizer, mode: Mode = .min, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
    thresholdMode: ThresholdMode = .rel, cooldown: Int = 0, minLr: some PerGroup = 0, eps: Double = 1e-8
  ) {
    (self.mode, self.factor, self.patience, self.threshold) = (mode, factor, patience, threshold)
    (self.thresholdMode, self.cooldown, self.minLr, self.eps) = (thresholdMode, cooldown, minLr._numbers, eps)
    best = mode == .min ? .infinity : -.infinity
    super.init(waiting: optimizer, lastEpoch: 0)
    funnel(or: ()) { () throws(BackplaneError) in
      try check()
      if case .each(let values) = self.minLr, values.count != optimizer.parameterGroups.count {
        throw BackplaneError(
          .value, "expected \(optimizer.parameterGroups.count) min_lrs, got \(values.count)")
      }
    }
  }

  public override func check() throws(BackplaneError) {
    guard factor < 1 else { throw BackplaneError(.value, "Factor should be < 1.0.") }
  }

  /// An error: a step takes a metric.
  public override func step() {
    report(
      BackplaneError(.value, "ReduceLROnPlateau.step() missing 1 required positional argument: 'metrics'"))
  }

  /// Goes on to the next epoch, by the value of the metric.
  public func step(_ metrics: Tensor) {
    funnel(or: ()) { () throws(BackplaneError) in try advance(Ops.item(metrics.detach()).double) }
  }

  /// Goes on to the next epoch, by the value of the metric.
  public func step(_ metrics: Double) {
    funnel(or: ()) { () throws(BackplaneError) in try advance(metrics) }
  }

  private func advance(_ metric: Double) throws(BackplaneError) {
    let epoch = try Sizes.add(lastEpoch, 1, in: "last_epoch")
    // Taken before anything is counted, for there may be too few of them.
    let least = try leastRates()
    lastEpoch = epoch
    if isBetter(metric) {
      best = metric
      badEpochs = 0
    } else {
      badEpochs += 1
    }
    if cooldownCounter > 0 {
      cooldownCounter -= 1
      badEpochs = 0
    }
    var reduced = rates
    if badEpochs > patience {
      for (i, old) in rates.enumerated() {
        let new = max(old * factor, least[i])
        if old - new > eps { reduced[i] = new }
      }
      cooldownCounter = cooldown
      badEpochs = 0
    }
    try set(reduced)
  }

  private func leastRates() throws(BackplaneError) -> [Double] {
    let count = optimizer.parameterGroups.count
    switch minLr {
    case .one(let value): return Array(repeating: value, count: count)
    case .each(let values):
      guard values.count == count else {
        throw BackplaneError(
          .value,
          "The number of param groups in the `optimizer` (\(count)) differs from when `ReduceLROnPlateau` was initialized "
            + "(\(values.count)), usually due to a new param group being added to the optimizer.")
      }
      return values
    }
  }

  private func isBetter(_ metric: Double) -> Bool {
    switch (mode, thresholdMode) {
    case (.min, .rel): metric < best * (1 - threshold)
    case (.min, .abs): metric < best - threshold
    case (.max, .rel): metric > best * (1 + threshold)
    case (.max, .abs): metric > best + threshold
    }
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try state.integer("last_epoch", &lastEpoch)
    try state.numbers("_last_lr", &lastLrs, count: lastLrs.count)
    try state.number("factor", &factor)
    try state.integer("patience", &patience)
    try state.number("threshold", &threshold)
    try state.integer("cooldown", &cooldown)
    try state.number("eps", &eps)
    try state.number("best", &best)
    try state.integer("cooldown_counter", &cooldownCounter)
    try state.integer("num_bad_epochs", &badEpochs)
  }
}

extension ScheduleRegistry {
  mutating func addReduceLROnPlateau() {
    add(
      "ReduceLROnPlateau(Any optimizer, str mode='min', float factor=0.1, int patience=10, float threshold=0.0001, "
        + "str threshold_mode='rel', int cooldown=0, Any min_lr=0, float eps=1e-08)"
    ) { optimizer, a throws(BackplaneError) in
      let mode = a.string("mode"), thresholdMode = a.string("threshold_mode")
      guard let mode = ReduceLROnPlateau.Mode(rawValue: mode) else {
        throw BackplaneError(.value, "mode \(mode) is unknown!")
      }
      guard let thresholdMode = ReduceLROnPlateau.ThresholdMode(rawValue: thresholdMode) else {
        throw BackplaneError(.value, "threshold mode \(thresholdMode) is unknown!")
      }
      return ReduceLROnPlateau(
        optimizer, mode: mode, factor: a.double("factor"), patience: a.int("patience"),
        threshold: a.double("threshold"), thresholdMode: thresholdMode, cooldown: a.int("cooldown"),
        minLr: try a.groupNumbers("min_lr"), eps: a.double("eps"))
    }
  }
}
