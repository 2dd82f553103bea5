/// Lets the learning rates go up and down between two bounds, and momentum the other way.
///
/// Smith, "Cyclical learning rates for training neural networks", arXiv:1506.01186. A step is one of a batch.
///
/// ```swift
/// let schedule = CyclicLR(optimizer, baseLr: 0.01, maxLr: 0.1, stepSizeUp: 500, cycleMomentum: false)
/// ```
public final class CyclicLR: LRScheduler {
  /// What becomes of the height of cycles.
  public enum Mode: String, Sendable {
    /// All are of one height.
    case triangular
    /// Each is half as high as the one before.
    case triangular2
    /// The height is `gamma` to the power of the steps.
    case expRange = "exp_range"
  }

  /// What a function of the height is given.
  public enum ScaleMode: String, Sendable {
    /// The number of the cycle, from 1.
    case cycle
    /// The number of steps.
    case iterations
  }

  private let (bases, greatest): (GroupNumbers, GroupNumbers)
  private var maxLRs: [Double] = []
  private var (totalSize, stepRatio): (Double, Double)
  private var gamma: Double
  private let mode: Mode
  private let scaleFunction: ((Double) -> Double)?
  private let scaleMode: ScaleMode
  private let cyclesMomentum: Bool
  private let momentumBounds: (base: GroupNumbers, max: GroupNumbers)
  private var (baseMomenta, maxMomenta): ([Double], [Double]) = ([], [])

  /// Makes a schedule between `baseLr` and `maxLr`.
  ///
  /// - Parameters:
  ///   - baseLr: The least learning rate, or one for each group.
  ///   - maxLr: The greatest learning rate, or one for each group.
  ///   - stepSizeUp: How many steps the way up takes.
  ///   - stepSizeDown: How many steps the way down takes; without a number as many.
  ///   - scaleFn: The height of a cycle, in place of `mode`: a function of what `scaleMode` says.
  ///   - cycleMomentum: Whether momentum, or β₁, falls from `maxMomentum` to `baseMomentum` while the rate rises. An
  ///     optimizer without either is an error.
  public init(
    _ optimizer: Optimizer, _ baseLr: some PerGroup, _ maxLr: some PerGroup, stepSizeUp: Int = 2000,
    stepSizeDown: Int? = nil, mode: Mode = .triangular, gamma: Double = 1, scaleFn: ((Double) -> Double)? = nil,
    scaleMode: ScaleMode = .cycle, cycleMomentum: Bool = true, baseMomentum: some PerGroup = 0.8,
    maxMomentum: some PerGroup = 0.9, lastEpoch: Int = -1
  ) {
    (bases, greatest) = (baseLr._numbers, maxLr._numbers)
    let up = Double(stepSizeUp), down = stepSizeDown.map(Double.init) ?? up
    (totalSize, stepRatio) = (up + down, up / (up + down))
    (self.mode, self.gamma, scaleFunction) = (mode, gamma, scaleFn)
    self.scaleMode = scaleFn != nil ? scaleMode : mode == .expRange ? .iterations : .cycle
    (cyclesMomentum, momentumBounds) = (cycleMomentum, (baseMomentum._numbers, maxMomentum._numbers))
    super.init(optimizer, lastEpoch: lastEpoch)
    if let rates = try? bases.values(for: optimizer, "base_lr") { baseLrs = rates }
  }

  public override func check() throws(BackplaneError) {
    guard totalSize > 0, stepRatio > 0, stepRatio <= 1 else {
      throw BackplaneError(
        .value, "Expected positive step_size_up and non-negative step_size_down, of \(totalSize) steps together")
    }
  }

  override func prepare() throws(BackplaneError) {
    let rates = try bases.values(for: optimizer, "base_lr")
    maxLRs = try greatest.values(for: optimizer, "max_lr")
    if lastEpoch == -1 {
      for (i, rate) in rates.enumerated() { optimizer.parameterGroups[i].lr = rate }
    }
    guard cyclesMomentum else { return }
    let momentum = try CycledMomentum(of: optimizer)
    baseMomenta = try momentumBounds.base.values(for: optimizer, "base_momentum")
    maxMomenta = try momentumBounds.max.values(for: optimizer, "max_momentum")
    if lastEpoch == -1 { try momentum.begin(optimizer, base: momentumBounds.base, max: momentumBounds.max) }
  }

  public override func getLr() throws(BackplaneError) -> [Double] {
    let epoch = Double(lastEpoch)
    let cycle = (1 + epoch / totalSize).rounded(.down)
    let x = 1 + epoch / totalSize - cycle
    let part = x <= stepRatio ? x / stepRatio : (x - 1) / (stepRatio - 1)
    let scale = height(scaleMode == .cycle ? cycle : epoch)
    if cyclesMomentum {
      let option = try CycledMomentum(of: optimizer).option
      for (i, (base, max)) in zip(baseMomenta, maxMomenta).enumerated()
      where optimizer.parameterGroups.indices.contains(i) {
        optimizer.parameterGroups[i][option] = max - (max - base) * part * scale
      }
    }
    return zip(baseLrs, maxLRs).map { $0 + ($1 - $0) * part * scale }
  }

  private func height(_ x: Double) -> Double {
    if let scaleFunction { return scaleFunction(x) }
    return switch mode {
    case .triangular: 1
    case .triangular2: 1 / power(2, x - 1)
    case .expRange: power(gamma, x)
    }
  }

  public override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
    try super.exchange(&state)
    try state.numbers("max_lrs", &maxLRs, count: maxLRs.count)
    try state.number("total_size", &totalSize)
    try state.number("step_ratio", &stepRatio)
    try state.number("gamma", &gamma)
    try state.numbers("base_momentums", &baseMomenta, count: baseMomenta.count)
    try state.numbers("max_momentums", &maxMomenta, count: maxMomenta.count)
  }
}

extension ScheduleRegistry {
  mutating func addCyclicLR() {
    add(
      "CyclicLR(Any optimizer, Any base_lr, Any max_lr, int step_size_up=2000, int? step_size_down=None, "
        + "str mode='triangular', float gamma=1.0, Any scale_fn=None, str scale_mode='cycle', "
        + "bool cycle_momentum=True, Any base_momentum=0.8, Any max_momentum=0.9, int last_epoch=-1)"
    ) { optimizer, a throws(BackplaneError) in
      guard let mode = CyclicLR.Mode(rawValue: a.string("mode")) else {
        throw BackplaneError(.value, "mode is invalid and scale_fn is None")
      }
      guard case .null = a["scale_fn"] else {
        throw BackplaneError(.unsupported, "CyclicLR(): a 'scale_fn' can only be given in Swift")
      }
      return CyclicLR(
        optimizer, try a.groupNumbers("base_lr"), try a.groupNumbers("max_lr"), stepSizeUp: a.int("step_size_up"),
        stepSizeDown: a.optionalInt("step_size_down"), mode: mode, gamma: a.double("gamma"),
        cycleMomentum: a.bool("cycle_momentum"), baseMomentum: try a.groupNumbers("base_momentum"),
        maxMomentum: try a.groupNumbers("max_momentum"), lastEpoch: a.int("last_epoch"))
    }
  }
}
