// What schedules are made of, written with its names.

extension StepLR {
  /// Makes a schedule that changes the rates every `stepSize` epochs.
  public convenience init(_ optimizer: Optimizer, stepSize: Int, gamma: Double = 0.1, lastEpoch: Int = -1) {
    self.init(optimizer, stepSize, gamma: gamma, lastEpoch: lastEpoch)
  }
}

extension MultiStepLR {
  /// Makes a schedule that changes the rates at the epochs `milestones`; at one that is there twice, twice.
  public convenience init(_ optimizer: Optimizer, milestones: [Int], gamma: Double = 0.1, lastEpoch: Int = -1) {
    self.init(optimizer, milestones, gamma: gamma, lastEpoch: lastEpoch)
  }
}

extension ExponentialLR {
  /// Makes a schedule of the factor `gamma`.
  public convenience init(_ optimizer: Optimizer, gamma: Double, lastEpoch: Int = -1) {
    self.init(optimizer, gamma, lastEpoch: lastEpoch)
  }
}

extension FunctionLR {
  /// Makes a schedule of one function for all groups.
  public convenience init(_ optimizer: Optimizer, lrLambda: @escaping (Int) -> Double, lastEpoch: Int = -1) {
    self.init(optimizer, lrLambda, lastEpoch: lastEpoch)
  }

  /// Makes a schedule of a function for each group.
  public convenience init(_ optimizer: Optimizer, lrLambda: [(Int) -> Double], lastEpoch: Int = -1) {
    self.init(optimizer, lrLambda, lastEpoch: lastEpoch)
  }
}

extension CosineAnnealingLR {
  /// Makes a schedule that arrives at `etaMin` after `tMax` epochs.
  public convenience init(_ optimizer: Optimizer, tMax: Int, etaMin: Double = 0, lastEpoch: Int = -1) {
    self.init(optimizer, tMax, etaMin: etaMin, lastEpoch: lastEpoch)
  }
}

extension CosineAnnealingWarmRestarts {
  /// Makes a schedule whose first fall takes `t0` epochs, and each further one `tMult` times as long as the one before.
  public convenience init(
    _ optimizer: Optimizer, t0: Int, tMult: Int = 1, etaMin: Double = 0, lastEpoch: Int = -1
  ) {
    self.init(optimizer, t0, tMult: tMult, etaMin: etaMin, lastEpoch: lastEpoch)
  }
}

extension CyclicLR {
  /// Makes a schedule between `baseLr` and `maxLr`.
  public convenience init(
    _ optimizer: Optimizer, baseLr: some PerGroup, maxLr: some PerGroup, stepSizeUp: Int = 2000,
    stepSizeDown: Int? = nil, mode: Mode = .triangular, gamma: Double = 1, scaleFn: ((Double) -> Double)? = nil,
    scaleMode: ScaleMode = .cycle, cycleMomentum: Bool = true, baseMomentum: some PerGroup = 0.8,
    maxMomentum: some PerGroup = 0.9, lastEpoch: Int = -1
  ) {
    self.init(
      optimizer, baseLr, maxLr, stepSizeUp: stepSizeUp, stepSizeDown: stepSizeDown, mode: mode, gamma: gamma,
      scaleFn: scaleFn, scaleMode: scaleMode, cycleMomentum: cycleMomentum, baseMomentum: baseMomentum,
      maxMomentum: maxMomentum, lastEpoch: lastEpoch)
  }
}

extension OneCycleLR {
  /// Makes a schedule of one cycle up to `maxLr`.
  public convenience init(
    _ optimizer: Optimizer, maxLr: some PerGroup, totalSteps: Int? = nil, epochs: Int? = nil,
    stepsPerEpoch: Int? = nil, pctStart: Double = 0.3, annealStrategy: AnnealStrategy = .cos,
    cycleMomentum: Bool = true, baseMomentum: some PerGroup = 0.85, maxMomentum: some PerGroup = 0.95,
    divFactor: Double = 25, finalDivFactor: Double = 1e4, threePhase: Bool = false, lastEpoch: Int = -1
  ) {
    self.init(
      optimizer, maxLr, totalSteps: totalSteps, epochs: epochs, stepsPerEpoch: stepsPerEpoch, pctStart: pctStart,
      annealStrategy: annealStrategy, cycleMomentum: cycleMomentum, baseMomentum: baseMomentum,
      maxMomentum: maxMomentum, divFactor: divFactor, finalDivFactor: finalDivFactor, threePhase: threePhase,
      lastEpoch: lastEpoch)
  }
}

extension SequentialLR {
  /// Makes a schedule of several, of which each begins anew at the milestone that is before it.
  public convenience init(
    _ optimizer: Optimizer, schedulers: [LRScheduler], milestones: [Int], lastEpoch: Int = -1
  ) {
    self.init(optimizer, schedulers, milestones, lastEpoch: lastEpoch)
  }
}

extension SWALR {
  /// Makes a schedule that goes from the present rates to `swaLr` in `annealEpochs` epochs.
  public convenience init(
    _ optimizer: Optimizer, swaLr: some PerGroup, annealEpochs: Int = 10, annealStrategy: AnnealStrategy = .cos,
    lastEpoch: Int = -1
  ) {
    self.init(
      optimizer, swaLr, annealEpochs: annealEpochs, annealStrategy: annealStrategy, lastEpoch: lastEpoch)
  }
}
