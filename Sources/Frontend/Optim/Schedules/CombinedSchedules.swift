/// The base of schedules that are made of others.
public class CombinedSchedule: LRScheduler {
  let schedules: [LRScheduler]

  /// - Parameter purpose: What is to be done with the schedules, for messages.
  fileprivate init(
    _ optimizer: Optimizer?, _ schedules: [LRScheduler], lastEpoch: Int, purpose: String,
    _ begin: (CombinedSchedule) throws(BackplaneError) -> Void
  ) {
    let optimizer = optimizer ?? schedules.first?.optimizer
    self.schedules = schedules.filter { $0.optimizer === optimizer }
    super.init(waiting: optimizer ?? .ofNothing, lastEpoch: lastEpoch)
    funnel(or: ()) { () throws(BackplaneError) in
      let name = "\(type(of: self))"
      guard let optimizer, !schedules.isEmpty else {
        throw BackplaneError(.value, "\(name) expects at least one scheduler\(purpose), but got no scheduler.")
      }
      for (i, schedule) in schedules.enumerated() {
        if schedule is ReduceLROnPlateau {
          throw BackplaneError(
            .value,
            "\(name) does not support `ReduceLROnPlateau` scheduler as it requires additional kwargs to be specified when "
              + "calling `step`, but got one at index \(i) in the given schedulers sequence.")
        }
        guard schedule.optimizer === optimizer else {
          throw BackplaneError(
            .value,
            "\(name) expects all schedulers to belong to the same optimizer, but got scheduler \(type(of: schedule)) at "
              + "index \(i) has \(type(of: schedule.optimizer)), which is different from \(type(of: optimizer)).")
        }
      }
      try begin(self)
    }
  }

  public override func check() throws(BackplaneError) {
    for schedule in schedules { try schedule.check() }
  }

  /// Takes back the epoch of every schedule within.
  fileprivate func undo() {
    for schedule in schedules {
      if let combined = schedule as? CombinedSchedule { combined.undo() } else { schedule.lastEpoch -= 1 }
    }
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try state.integer("last_epoch", &lastEpoch)
    try state.numbers("_last_lr", &lastLrs, count: lastLrs.count)
    for (i, schedule) in schedules.enumerated() { try state.nested("_schedulers.\(i)", schedule) }
  }
}

/// Steps several schedules at once, whose changes of the learning rates multiply.
///
/// ```swift
/// let schedule = ChainedScheduler([
///   ConstantLR(optimizer, factor: 0.1, totalIters: 2), ExponentialLR(optimizer, gamma: 0.9),
/// ])
/// ```
public final class ChainedScheduler: CombinedSchedule {
  /// Makes a schedule of several. One of another optimizer is an error, and so is one that needs a metric.
  ///
  /// - Parameter optimizer: The optimizer of all of them; without one, that of the first.
  public init(_ schedulers: [LRScheduler], optimizer: Optimizer? = nil) {
    super.init(optimizer, schedulers, lastEpoch: 0, purpose: " to be chained") { _ in }
  }

  override func advance() throws(BackplaneError) {
    for schedule in schedules { try schedule.advance() }
    lastEpoch = try Sizes.add(lastEpoch, 1, in: "last_epoch")
    lastLrs = rates
  }
}

/// Steps one schedule after the other.
///
/// ```swift
/// let schedule = SequentialLR(
///   optimizer,
///   schedulers: [LinearLR(optimizer, totalIters: 5), CosineAnnealingLR(optimizer, tMax: 95)], milestones: [5])
/// ```
public final class SequentialLR: CombinedSchedule {
  private var milestones: [Double]

  /// Makes a schedule of several, of which each begins anew at the milestone that is before it.
  ///
  /// - Parameters:
  ///   - schedulers: One of another optimizer is an error, and so is one that needs a metric.
  ///   - milestones: The epochs at which the next one takes over, one fewer than schedules.
  public init(_ optimizer: Optimizer, _ schedulers: [LRScheduler], _ milestones: [Int], lastEpoch: Int = -1) {
    self.milestones = milestones.map(Double.init)
    super.init(
      optimizer, schedulers, lastEpoch: max(lastEpoch, -1) &+ 1, purpose: ""
    ) { sequence throws(BackplaneError) in
      guard milestones.count == schedulers.count - 1 else {
        throw BackplaneError(
          .value,
          "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone "
            + "points, but got number of schedulers \(schedulers.count) and the number of milestones to be equal to "
            + "\(milestones.count)")
      }
      for (i, group) in optimizer.parameterGroups.enumerated() {
        optimizer.parameterGroups[i].lr = group.options[.initialLr] ?? group.lr
      }
      sequence.undo()
      let first = schedulers[milestones.count { $0 <= 0 }]
      try first.stepInitially()
      sequence.lastLrs = first.getLastLr()
    }
  }

  override func advance() throws(BackplaneError) {
    let epoch = try Sizes.add(lastEpoch, 1, in: "last_epoch"), number = milestones.count { $0 <= Double(epoch) }
    guard number < schedules.count else {
      throw BackplaneError(.value, "SequentialLR has no scheduler for epoch \(epoch)")
    }
    let schedule = schedules[number]
    if number > 0, milestones[number - 1] == Double(epoch) {
      try schedule.restart()
    } else {
      try schedule.advance()
    }
    lastEpoch = epoch
    lastLrs = schedule.getLastLr()
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try super.exchange(&state)
    try state.numbers("_milestones", &milestones, count: milestones.count)
  }
}
