/// How a number goes from one value to another.
public enum AnnealStrategy: String, Sendable {
  /// Along half a cosine.
  case cos
  /// In a straight line.
  case linear

  func between(_ start: Double, _ end: Double, _ part: Double) -> Double {
    switch self {
    case .cos: end + (start - end) / 2 * (cosine(.pi * part) + 1)
    case .linear: (end - start) * part + start
    }
  }
}

/// Lets the learning rates rise to a maximum and fall far below their beginning, once, and momentum the other way.
///
/// Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates",
/// arXiv:1708.07120. A step is one of a batch; one past the end is an error.
///
/// ```swift
/// let schedule = OneCycleLR(optimizer, maxLr: 0.1, epochs: 10, stepsPerEpoch: 500)
/// ```
public final class OneCycleLR: LRScheduler {
  /// A part of the way, from the end of the one before.
  private struct Phase {
    let end: Double
    let rates: (start: ParameterGroup.Option, end: ParameterGroup.Option)
    let momenta: (start: ParameterGroup.Option, end: ParameterGroup.Option)
  }

  private let given: (steps: Int?, epochs: Int?, perEpoch: Int?)
  private var totalSteps: Int
  private let pctStart: Double
  private let strategy: AnnealStrategy
  private let cyclesMomentum: Bool
  private let hasThreePhases: Bool
  private let greatest: GroupNumbers
  private let divisors: (Double, Double)
  private let momentumBounds: (base: GroupNumbers, max: GroupNumbers)

  /// Makes a schedule of one cycle up to `maxLr`.
  ///
  /// - Parameters:
  ///   - maxLr: The greatest learning rate, or one for each group.
  ///   - totalSteps: How many steps there are; otherwise `epochs` times `stepsPerEpoch`.
  ///   - pctStart: The part of the steps in which the rate rises.
  ///   - cycleMomentum: Whether momentum, or β₁, falls from `maxMomentum` to `baseMomentum` while the rate rises. An
  ///     optimizer without either is an error.
  ///   - divFactor: `maxLr` over the first learning rate.
  ///   - finalDivFactor: The first learning rate over the last.
  ///   - threePhase: Whether the rate falls as it rose, and only then to its end.
  public init(
    _ optimizer: Optimizer, _ maxLr: some PerGroup, totalSteps: Int? = nil, epochs: Int? = nil,
    stepsPerEpoch: Int? = nil, pctStart: Double = 0.3, annealStrategy: AnnealStrategy = .cos,
    cycleMomentum: Bool = true, baseMomentum: some PerGroup = 0.85, maxMomentum: some PerGroup = 0.95,
    divFactor: Double = 25, finalDivFactor: Double = 1e4, threePhase: Bool = false, lastEpoch: Int = -1
  ) {
    given = (totalSteps, epochs, stepsPerEpoch)
    self.totalSteps = totalSteps ?? (epochs ?? 0).multipliedReportingOverflow(by: stepsPerEpoch ?? 0).partialValue
    (self.pctStart, strategy, hasThreePhases) = (pctStart, annealStrategy, threePhase)
    (greatest, divisors) = (maxLr._numbers, (divFactor, finalDivFactor))
    (cyclesMomentum, momentumBounds) = (cycleMomentum, (baseMomentum._numbers, maxMomentum._numbers))
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func check() throws(BackplaneError) {
    if given.steps == nil {
      guard let epochs = given.epochs, let perEpoch = given.perEpoch else {
        throw BackplaneError(.value, "You must define either total_steps OR (epochs AND steps_per_epoch)")
      }
      try requirePositive(epochs, "epochs")
      try requirePositive(perEpoch, "steps_per_epoch")
    }
    try requirePositive(totalSteps, "total_steps")
    guard pctStart >= 0, pctStart <= 1 else {
      throw BackplaneError(.value, "Expected float between 0 and 1 pct_start, but got \(pctStart)")
    }
  }

  override func prepare() throws(BackplaneError) {
    let rates = try greatest.values(for: optimizer, "max_lr")
    let momentum = cyclesMomentum ? try CycledMomentum(of: optimizer) : nil
    guard lastEpoch == -1 else { return }
    try momentum?.begin(optimizer, base: momentumBounds.base, max: momentumBounds.max)
    for (i, rate) in rates.enumerated() {
      let first = rate / divisors.0
      optimizer.parameterGroups[i][.initialLr] = first
      optimizer.parameterGroups[i][.maxLr] = rate
      optimizer.parameterGroups[i][.minLr] = first / divisors.1
    }
  }

  private var phases: [Phase] {
    let total = Double(totalSteps)
    let up = Phase(end: pctStart * total - 1, rates: (.initialLr, .maxLr), momenta: (.maxMomentum, .baseMomentum))
    let last = total - 1
    guard hasThreePhases else {
      return [up, Phase(end: last, rates: (.maxLr, .minLr), momenta: (.baseMomentum, .maxMomentum))]
    }
    return [
      up,
      Phase(end: 2 * pctStart * total - 2, rates: (.maxLr, .initialLr), momenta: (.baseMomentum, .maxMomentum)),
      Phase(end: last, rates: (.initialLr, .minLr), momenta: (.maxMomentum, .maxMomentum)),
    ]
  }

  public override func getLr() throws(BackplaneError) -> [Double] {
    guard lastEpoch <= totalSteps else {
      throw BackplaneError(
        .value,
        "Tried to step \(lastEpoch) times. The specified number of total steps is \(totalSteps)")
    }
    let phases = phases, step = Double(lastEpoch)
    let number = phases.firstIndex { step <= $0.end } ?? phases.count - 1
    let (phase, start) = (phases[number], number == 0 ? 0 : phases[number - 1].end)
    guard phase.end != start else { throw .zeroDivisor }
    let part = (step - start) / (phase.end - start)
    let momentum = cyclesMomentum ? try CycledMomentum(of: optimizer) : nil
    return optimizer.parameterGroups.indices.map { i in
      let group = optimizer.parameterGroups[i]
      if let momentum {
        optimizer.parameterGroups[i][momentum.option] = strategy.between(
          group[phase.momenta.start], group[phase.momenta.end], part)
      }
      return strategy.between(group[phase.rates.start], group[phase.rates.end], part)
    }
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try super.exchange(&state)
    try state.integer("total_steps", &totalSteps)
  }
}

extension ScheduleRegistry {
  mutating func addOneCycleLR() {
    add(
      "OneCycleLR(Any optimizer, Any max_lr, int? total_steps=None, int? epochs=None, int? steps_per_epoch=None, "
        + "float pct_start=0.3, str anneal_strategy='cos', bool cycle_momentum=True, Any base_momentum=0.85, "
        + "Any max_momentum=0.95, float div_factor=25.0, float final_div_factor=10000.0, bool three_phase=False, "
        + "int last_epoch=-1)"
    ) { optimizer, a throws(BackplaneError) in
      OneCycleLR(
        optimizer, try a.groupNumbers("max_lr"), totalSteps: a.optionalInt("total_steps"),
        epochs: a.optionalInt("epochs"), stepsPerEpoch: a.optionalInt("steps_per_epoch"),
        pctStart: a.double("pct_start"), annealStrategy: try a.annealStrategy(),
        cycleMomentum: a.bool("cycle_momentum"), baseMomentum: try a.groupNumbers("base_momentum"),
        maxMomentum: try a.groupNumbers("max_momentum"), divFactor: a.double("div_factor"),
        finalDivFactor: a.double("final_div_factor"), threePhase: a.bool("three_phase"),
        lastEpoch: a.int("last_epoch"))
    }
  }
}

extension BoundArguments {
  /// A number for all groups, or one for each.
  func groupNumbers(_ name: String) throws(BackplaneError) -> GroupNumbers {
    switch self[name] {
    case .list(let values):
      let numbers = values.compactMap { $0.scalar?.double }
      if numbers.count == values.count { return .each(numbers) }
    case let value:
      if let number = value.scalar?.double { return .one(number) }
    }
    throw BackplaneError(
      .value,
      "\(signature.shortName)(): argument '\(name)' must be float or a list of floats, not \(self[name].typeName)")
  }

  func annealStrategy() throws(BackplaneError) -> AnnealStrategy {
    let name = string("anneal_strategy")
    guard let strategy = AnnealStrategy(rawValue: name) else {
      throw BackplaneError(.value, "anneal_strategy must be one of 'cos' or 'linear', instead got \(name)")
    }
    return strategy
  }
}
