/// The base of schedules: changes the learning rates of an optimizer over the epochs.
///
/// ```swift
/// let schedule = StepLR(optimizer, stepSize: 30, gamma: 0.1)
/// for epoch in 0..<90 {
///   for (x, y) in loader {
///     optimizer.zeroGrad()
///     F.crossEntropy(model(x), y).backward()
///     optimizer.step()
///   }
///   schedule.step()
/// }
/// ```
///
/// A step comes after the optimizer's; in the wrong order there is a warning, for the first learning rate would be left
/// out. Rates are PyTorch's to the last digits: most follow from the rate before, so that schedules of one optimizer
/// multiply. A subclass overrides ``getLr()``.
open class LRScheduler {
  /// The optimizer whose learning rates are changed.
  public let optimizer: Optimizer
  /// How many steps have been taken; 0 at first.
  public internal(set) var lastEpoch: Int
  /// The learning rates that the schedule began with, of each group.
  public internal(set) var baseLrs: [Double] = []

  var lastLrs: [Double]
  var stepCount = 0
  /// Whether the step is the one with which the schedule begins.
  private(set) var isInitial = false
  /// Whether a step has come before the optimizer's.
  package private(set) var hasWarned = false

  /// Makes a schedule, and sets the learning rates of its beginning.
  ///
  /// - Parameter lastEpoch: The epoch before the one to go on with; −1 is before the first. A later one needs the groups'
  ///   `initial_lr`, which an optimizer has of the schedule before, or of its loaded state.
  public init(_ optimizer: Optimizer, lastEpoch: Int = -1) {
    self.optimizer = optimizer
    self.lastEpoch = lastEpoch
    lastLrs = optimizer.parameterGroups.map(\.lr)
    funnel(or: ()) { () throws(BackplaneError) in
      guard lastEpoch >= -1, lastEpoch <= LRScheduler.greatestEpoch else {
        throw BackplaneError(.value, "last_epoch must be -1 or an epoch, but got \(lastEpoch)")
      }
      try check()
      try prepare()
      for (i, group) in optimizer.parameterGroups.enumerated() where group.options[.initialLr] == nil {
        guard lastEpoch == -1 else {
          throw BackplaneError(
            .value,
            "param 'initial_lr' is not specified in param_groups[\(i)] when resuming scheduler with last_epoch >= 0.")
        }
        optimizer.parameterGroups[i][.initialLr] = group.lr
      }
      baseLrs = optimizer.parameterGroups.map { $0[.initialLr] }
      optimizer.isScheduled = true
      try stepInitially()
    }
  }

  /// Makes a schedule that sets nothing at its beginning.
  init(waiting optimizer: Optimizer, lastEpoch: Int) {
    self.optimizer = optimizer
    self.lastEpoch = lastEpoch
    lastLrs = optimizer.parameterGroups.map(\.lr)
  }

  /// Epochs are numbers that a double has.
  static let greatestEpoch = 1 << 53

  /// Throws where the settings are none that the schedule can have.
  open func check() throws(BackplaneError) {}

  /// What is set in the optimizer before the first learning rate.
  func prepare() throws(BackplaneError) {}

  /// The learning rates of the groups for ``lastEpoch``, from those that the groups have now.
  open func getLr() throws(BackplaneError) -> [Double] {
    throw BackplaneError(.unsupported, "LRScheduler [\(type(of: self))] is missing the required \"getLr\" function")
  }

  /// The learning rates for ``lastEpoch`` from those of the beginning, where there is a formula; otherwise nil.
  open func closedFormLr() -> [Double]? { nil }

  /// The learning rates that the last step has set.
  public func getLastLr() -> [Double] { lastLrs }

  /// Goes on to the next epoch.
  public func step() {
    funnel(or: ()) { () throws(BackplaneError) in try advance() }
  }

  // MARK: Steps

  func advance() throws(BackplaneError) {
    // An error at the beginning, or a subclass, may have left settings that no schedule can go on with.
    try check()
    if stepCount == 1, !optimizer.hasStepped {
      hasWarned = true
      Log.write(
        .warning,
        "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should call "
          + "them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do this will result "
          + "in PyTorch skipping the first value of the learning rate schedule.")
    }
    try changing { () throws(BackplaneError) in
      stepCount += 1
      lastEpoch = try Sizes.add(lastEpoch, 1, in: "last_epoch")
      try set(getLr())
    }
  }

  /// The first step, which does not change what follows from the rate before.
  func stepInitially() throws(BackplaneError) {
    stepCount = 0
    isInitial = true
    defer { isInitial = false }
    try advance()
  }

  /// Begins anew, as the next of several schedules in sequence does.
  func restart() throws(BackplaneError) {
    try check()
    try changing { () throws(BackplaneError) in
      lastEpoch = 0
      if let rates = closedFormLr() { try set(rates) } else { try set(getLr()) }
    }
  }

  /// Undoes the count of a step that fails.
  private func changing(_ body: () throws(BackplaneError) -> Void) throws(BackplaneError) {
    let before = (stepCount, lastEpoch)
    do {
      try body()
    } catch {
      (stepCount, lastEpoch) = before
      throw error
    }
  }

  func set(_ rates: [Double]) throws(BackplaneError) {
    guard rates.count == optimizer.parameterGroups.count else {
      throw BackplaneError(
        .value,
        "\(type(of: self)) has learning rates for \(rates.count) parameter groups, and the optimizer has "
          + "\(optimizer.parameterGroups.count)")
    }
    for (i, rate) in rates.enumerated() { optimizer.parameterGroups[i].lr = rate }
    lastLrs = rates
  }

  // MARK: State

  /// Writes or reads what the schedule has to know to go on; a subclass adds its own.
  open func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try state.integer("last_epoch", &lastEpoch)
    try state.integer("_step_count", &stepCount)
    try state.numbers("base_lrs", &baseLrs, count: baseLrs.count)
    try state.numbers("_last_lr", &lastLrs, count: lastLrs.count)
  }

  // MARK: For the schedules

  /// The learning rates that the groups have.
  var rates: [Double] { optimizer.parameterGroups.map(\.lr) }

  func times(_ factor: Double) -> [Double] { rates.map { $0 * factor } }

  func requirePositive(_ value: Int, _ name: String) throws(BackplaneError) {
    guard value > 0, value <= LRScheduler.greatestEpoch else {
      throw BackplaneError(.value, "Expected positive integer \(name), but got \(value)")
    }
  }
}

extension ParameterGroup.Option {
  /// The learning rate that a schedule began with.
  public static let initialLr = Self("initial_lr")
  /// The greatest learning rate of ``OneCycleLR``.
  public static let maxLr = Self("max_lr")
  /// The least learning rate of ``OneCycleLR``.
  public static let minLr = Self("min_lr")
  /// The learning rate that ``SWALR`` goes to.
  public static let swaLr = Self("swa_lr")
  /// The least momentum of a cycle.
  public static let baseMomentum = Self("base_momentum")
  /// The greatest momentum of a cycle.
  public static let maxMomentum = Self("max_momentum")
}
