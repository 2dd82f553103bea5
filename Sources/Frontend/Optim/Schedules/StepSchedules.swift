/// Multiplies the learning rates by `gamma` every `stepSize` epochs.
///
/// ```swift
/// let schedule = StepLR(optimizer, stepSize: 30, gamma: 0.1)
/// ```
public final class StepLR: LRScheduler {
  private var stepSize: Int
  private var gamma: Double

  /// Makes a schedule that changes the rates every `stepSize` epochs.
  public init(_ optimizer: Optimizer, _ stepSize: Int, gamma: Double = 0.1, lastEpoch: Int = -1) {
    (self.stepSize, self.gamma) = (stepSize, gamma)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func check() throws(BackplaneError) { try requirePositive(stepSize, "step_size") }

  public override func getLr() -> [Double] { lastEpoch == 0 || lastEpoch % stepSize != 0 ? rates : times(gamma) }

  public override func closedFormLr() -> [Double]? {
    baseLrs.map { $0 * power(gamma, Double(lastEpoch / stepSize)) }
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try super.exchange(&state)
    try state.integer("step_size", &stepSize)
    try state.number("gamma", &gamma)
  }
}

/// Multiplies the learning rates by `gamma` at given epochs.
///
/// ```swift
/// let schedule = MultiStepLR(optimizer, milestones: [30, 80], gamma: 0.1)
/// ```
public final class MultiStepLR: LRScheduler {
  private var milestones: [Double]
  private var gamma: Double

  /// Makes a schedule that changes the rates at the epochs `milestones`; at one that is there twice, twice.
  public init(_ optimizer: Optimizer, _ milestones: [Int], gamma: Double = 0.1, lastEpoch: Int = -1) {
    (self.milestones, self.gamma) = (milestones.map(Double.init), gamma)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func getLr() -> [Double] {
    let count = milestones.count { $0 == Double(lastEpoch) }
    return count == 0 ? rates : times(power(gamma, Double(count)))
  }

  public override func closedFormLr() -> [Double]? {
    let count = milestones.count { $0 <= Double(lastEpoch) }
    return baseLrs.map { $0 * power(gamma, Double(count)) }
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try super.exchange(&state)
    try state.numbers("milestones", &milestones)
    try state.number("gamma", &gamma)
  }
}

/// Multiplies the learning rates by `factor` for the first `totalIters` epochs.
///
/// ```swift
/// let schedule = ConstantLR(optimizer, factor: 0.5, totalIters: 4)
/// ```
public final class ConstantLR: LRScheduler {
  private var factor: Double
  private var totalIters: Int

  /// Makes a schedule that holds the rates down at first.
  public init(_ optimizer: Optimizer, factor: Double = 1.0 / 3, totalIters: Int = 5, lastEpoch: Int = -1) {
    (self.factor, self.totalIters) = (factor, totalIters)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func check() throws(BackplaneError) {
    guard factor <= 1, factor >= 0 else {
      throw BackplaneError(.value, "Constant multiplicative factor expected to be between 0 and 1.")
    }
  }

  public override func getLr() throws(BackplaneError) -> [Double] {
    if lastEpoch == 0 { return times(factor) }
    guard lastEpoch == totalIters else { return rates }
    guard factor != 0 else { throw .zeroDivisor }
    return times(1 / factor)
  }

  public override func closedFormLr() -> [Double]? {
    baseLrs.map { $0 * (factor + (lastEpoch >= totalIters ? 1 : 0) * (1 - factor)) }
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try super.exchange(&state)
    try state.number("factor", &factor)
    try state.integer("total_iters", &totalIters)
  }
}

/// Multiplies the learning rates by a factor that goes from `startFactor` to `endFactor` in a straight line.
///
/// ```swift
/// let warmup = LinearLR(optimizer, startFactor: 0.1, totalIters: 5)
/// ```
public final class LinearLR: LRScheduler {
  private var startFactor: Double
  private var endFactor: Double
  private var totalIters: Int

  /// Makes a schedule that arrives at `endFactor` after `totalIters` epochs.
  public init(
    _ optimizer: Optimizer, startFactor: Double = 1.0 / 3, endFactor: Double = 1, totalIters: Int = 5,
    lastEpoch: Int = -1
  ) {
    (self.startFactor, self.endFactor, self.totalIters) = (startFactor, endFactor, totalIters)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func check() throws(BackplaneError) {
    guard startFactor <= 1, startFactor > 0 else {
      throw BackplaneError(
        .value, "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
    }
    guard endFactor <= 1, endFactor >= 0 else {
      throw BackplaneError(.value, "Ending multiplicative factor expected to be between 0 and 1.")
    }
  }

  public override func getLr() -> [Double] {
    if lastEpoch == 0 { return times(startFactor) }
    if isInitial || lastEpoch > totalIters { return rates }
    let slope = endFactor - startFactor
    return times(1 + slope / (Double(totalIters) * startFactor + Double(lastEpoch - 1) * slope))
  }

  public override func closedFormLr() -> [Double]? {
    let slope = endFactor - startFactor
    return baseLrs.map {
      $0 * (startFactor + slope * Double(min(totalIters, lastEpoch)) / Double(totalIters))
    }
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try super.exchange(&state)
    try state.number("start_factor", &startFactor)
    try state.number("end_factor", &endFactor)
    try state.integer("total_iters", &totalIters)
  }
}

/// Multiplies the learning rates by `gamma` every epoch.
///
/// ```swift
/// let schedule = ExponentialLR(optimizer, gamma: 0.95)
/// ```
public final class ExponentialLR: LRScheduler {
  private var gamma: Double

  /// Makes a schedule of the factor `gamma`.
  public init(_ optimizer: Optimizer, _ gamma: Double, lastEpoch: Int = -1) {
    self.gamma = gamma
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func getLr() -> [Double] { isInitial ? rates : times(gamma) }

  public override func closedFormLr() -> [Double]? { baseLrs.map { $0 * power(gamma, Double(lastEpoch)) } }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try super.exchange(&state)
    try state.number("gamma", &gamma)
  }
}

/// Lets the learning rates fall to 0 as a power of the epochs that are left.
///
/// ```swift
/// let schedule = PolynomialLR(optimizer, totalIters: 100, power: 2)
/// ```
public final class PolynomialLR: LRScheduler {
  private var totalIters: Int
  private var exponent: Double

  /// Makes a schedule that arrives at 0 after `totalIters` epochs.
  public init(_ optimizer: Optimizer, totalIters: Int = 5, power: Double = 1, lastEpoch: Int = -1) {
    (self.totalIters, exponent) = (totalIters, power)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func getLr() -> [Double] {
    if isInitial || lastEpoch > totalIters { return rates }
    let total = Double(totalIters)
    let decay = (1 - Double(lastEpoch) / total) / (1 - Double(lastEpoch - 1) / total)
    return times(power(decay, exponent))
  }

  public override func closedFormLr() -> [Double]? {
    let total = Double(totalIters)
    return baseLrs.map { $0 * power(1 - Double(min(totalIters, lastEpoch)) / total, exponent) }
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try super.exchange(&state)
    try state.integer("total_iters", &totalIters)
    try state.number("power", &exponent)
  }
}

extension BackplaneError {
  /// What Python says of settings that divide by 0.
  static var zeroDivisor: BackplaneError { BackplaneError(.value, "float division by zero") }
}

extension ScheduleRegistry {
  mutating func addStepSchedules() {
    add("StepLR(Any optimizer, int step_size, float gamma=0.1, int last_epoch=-1)") { optimizer, a in
      StepLR(optimizer, a.int("step_size"), gamma: a.double("gamma"), lastEpoch: a.int("last_epoch"))
    }
    add("MultiStepLR(Any optimizer, int[] milestones, float gamma=0.1, int last_epoch=-1)") { optimizer, a in
      MultiStepLR(optimizer, a.ints("milestones"), gamma: a.double("gamma"), lastEpoch: a.int("last_epoch"))
    }
    add(
      "ConstantLR(Any optimizer, float factor=0.3333333333333333, int total_iters=5, int last_epoch=-1)"
    ) { optimizer, a in
      ConstantLR(
        optimizer, factor: a.double("factor"), totalIters: a.int("total_iters"), lastEpoch: a.int("last_epoch"))
    }
    add(
      "LinearLR(Any optimizer, float start_factor=0.3333333333333333, float end_factor=1.0, int total_iters=5, "
        + "int last_epoch=-1)"
    ) { optimizer, a in
      LinearLR(
        optimizer, startFactor: a.double("start_factor"), endFactor: a.double("end_factor"),
        totalIters: a.int("total_iters"), lastEpoch: a.int("last_epoch"))
    }
    add("ExponentialLR(Any optimizer, float gamma, int last_epoch=-1)") { optimizer, a in
      ExponentialLR(optimizer, a.double("gamma"), lastEpoch: a.int("last_epoch"))
    }
    add("PolynomialLR(Any optimizer, int total_iters=5, float power=1.0, int last_epoch=-1)") { optimizer, a in
      PolynomialLR(
        optimizer, totalIters: a.int("total_iters"), power: a.double("power"), lastEpoch: a.int("last_epoch"))
    }
  }
}
