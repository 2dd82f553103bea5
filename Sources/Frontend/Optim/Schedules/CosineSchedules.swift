/// Lets the learning rates fall to `etaMin` along half a cosine, and rise again in the next half.
///
/// η_t = η_min + (η_max − η_min) (1 + cos(π t / T)) / 2, computed from the rate before as in PyTorch. Loshchilov and
/// Hutter, "SGDR: stochastic gradient descent with warm restarts", arXiv:1608.03983, without the restarts.
///
/// ```swift
/// let schedule = CosineAnnealingLR(optimizer, tMax: 100)
/// ```
public final class CosineAnnealingLR: LRScheduler {
  private var tMax: Int
  private var etaMin: Double

  /// Makes a schedule that arrives at `etaMin` after `tMax` epochs.
  public init(_ optimizer: Optimizer, _ tMax: Int, etaMin: Double = 0, lastEpoch: Int = -1) {
    (self.tMax, self.etaMin) = (tMax, etaMin)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func check() throws(BackplaneError) { try requirePositive(tMax, "T_max") }

  public override func getLr() -> [Double] {
    let length = Double(tMax)
    if isInitial { return rates }
    if stepCount == 1, lastEpoch > 0 {
      return baseLrs.map { etaMin + ($0 - etaMin) * (1 + cosine(Double(lastEpoch) * .pi / length)) / 2 }
    }
    // From the bottom the rate before tells nothing.
    if (lastEpoch - 1 - tMax) % (2 * tMax) == 0 {
      return zip(rates, baseLrs).map { $0 + ($1 - etaMin) * (1 - cosine(.pi / length)) / 2 }
    }
    let (now, before) = (cosine(.pi * Double(lastEpoch) / length), cosine(.pi * Double(lastEpoch - 1) / length))
    return rates.map { (1 + now) / (1 + before) * ($0 - etaMin) + etaMin }
  }

  public override func closedFormLr() -> [Double]? {
    baseLrs.map { etaMin + ($0 - etaMin) * (1 + cosine(.pi * Double(lastEpoch) / Double(tMax))) / 2 }
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try super.exchange(&state)
    try state.integer("T_max", &tMax)
    try state.number("eta_min", &etaMin)
  }
}

/// Lets the learning rates fall to `etaMin` along half a cosine, and begin anew from the top.
///
/// Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", arXiv:1608.03983.
///
/// ```swift
/// let schedule = CosineAnnealingWarmRestarts(optimizer, t0: 10, tMult: 2)
/// ```
public final class CosineAnnealingWarmRestarts: LRScheduler {
  private var t0: Int
  private var tMult: Int
  private var etaMin: Double
  /// How long the present fall takes, and how much of it is over.
  private var (length, position): (Double, Double)

  /// Makes a schedule whose first fall takes `t0` epochs, and each further one `tMult` times as long as the one before.
  public init(_ optimizer: Optimizer, _ t0: Int, tMult: Int = 1, etaMin: Double = 0, lastEpoch: Int = -1) {
    (self.t0, self.tMult, self.etaMin) = (t0, tMult, etaMin)
    (length, position) = (Double(t0), Double(lastEpoch))
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func check() throws(BackplaneError) {
    try requirePositive(t0, "T_0")
    guard tMult >= 1, tMult <= LRScheduler.greatestEpoch else {
      throw BackplaneError(.value, "Expected integer T_mult >= 1, but got \(tMult)")
    }
  }

  public override func getLr() -> [Double] {
    baseLrs.map { etaMin + ($0 - etaMin) * (1 + cosine(.pi * position / length)) / 2 }
  }

  override func advance() throws(BackplaneError) {
    try check()
    if lastEpoch < 0 { return try go(to: 0) }
    lastEpoch = try Sizes.add(lastEpoch, 1, in: "last_epoch")
    position += 1
    if position >= length {
      position = position.truncatingRemainder(dividingBy: length)
      length *= Double(tMult)
    }
    try set(getLr())
  }

  /// Goes to an epoch, or to a point within one: `epoch + i / count` after the i-th of `count` batches.
  public func step(_ epoch: Double) {
    funnel(or: ()) { () throws(BackplaneError) in
      guard epoch >= 0, epoch <= Double(LRScheduler.greatestEpoch) else {
        throw BackplaneError(.value, "Expected non-negative epoch, but got \(epoch)")
      }
      try go(to: epoch)
    }
  }

  private func go(to epoch: Double) throws(BackplaneError) {
    try check()
    let first = Double(t0), factor = Double(tMult)
    if epoch < first {
      (length, position) = (first, epoch)
    } else if tMult == 1 {
      position = epoch.truncatingRemainder(dividingBy: first)
    } else {
      let restarts = (logarithm(epoch / first * (factor - 1) + 1) / logarithm(factor)).rounded(.towardZero)
      position = epoch - first * (power(factor, restarts) - 1) / (factor - 1)
      length = first * power(factor, restarts)
    }
    lastEpoch = Int(epoch.rounded(.down))
    try set(getLr())
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try super.exchange(&state)
    try state.integer("T_0", &t0)
    try state.integer("T_mult", &tMult)
    try state.number("eta_min", &etaMin)
    try state.number("T_i", &length)
    try state.number("T_cur", &position)
  }
}

extension ScheduleRegistry {
  mutating func addCosineSchedules() {
    add("CosineAnnealingLR(Any optimizer, int T_max, float eta_min=0.0, int last_epoch=-1)") { optimizer, a in
      CosineAnnealingLR(optimizer, a.int("T_max"), etaMin: a.double("eta_min"), lastEpoch: a.int("last_epoch"))
    }
    add(
      "CosineAnnealingWarmRestarts(Any optimizer, int T_0, int T_mult=1, float eta_min=0.0, int last_epoch=-1)"
    ) { optimizer, a in
      CosineAnnealingWarmRestarts(
        optimizer, a.int("T_0"), tMult: a.int("T_mult"), etaMin: a.double("eta_min"), lastEpoch: a.int("last_epoch"))
    }
  }
}
