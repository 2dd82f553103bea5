/// Scales losses, so that gradients of float16 do not underflow, and leaves out steps whose gradients have overflowed.
///
/// ```swift
/// let scaler = GradScaler()
/// for (x, y) in loader {
///   optimizer.zeroGrad()
///   let loss = autocast("cuda", dtype: .float16) { F.crossEntropy(model(x), y) }
///   scaler.scale(loss).backward()
///   scaler.step(optimizer)  // by the gradients that the loss itself has
///   scaler.update()
/// }
/// ```
///
/// The scale shrinks where gradients hold infinities or NaN, and grows after a number of steps without. Gradients of
/// bfloat16 have the range of float32 and need no scaling.
///
/// Micikevicius et al., "Mixed precision training", ICLR 2018.
public final class GradScaler {
  /// Whether losses are scaled at all.
  public let isEnabled: Bool
  /// What the scale is multiplied by after `growthInterval` steps without an infinity or NaN.
  public var growthFactor: Double
  /// What the scale is multiplied by after a step that was left out.
  public var backoffFactor: Double
  /// How many steps in succession have to go well for the scale to grow.
  public var growthInterval: Int

  private var currentScale: Double
  private var goodSteps = 0
  private var hasScaled = false

  /// How far an optimizer has come since the last update.
  private enum Stage {
    case unscaled, stepped
  }

  private struct OptimizerState {
    /// Kept, so that its identity is not another's.
    let optimizer: Optimizer
    var stage: Stage?
    /// Whether its gradients hold an infinity or NaN; nil where there were none to look at.
    var hasOverflowed: Bool?
  }

  private var states: [ObjectIdentifier: OptimizerState] = [:]

  /// Makes a scaler. Without `enabled`, scaling does nothing and steps are the optimizer's.
  public init(
    initScale: Double = 65536, growthFactor: Double = 2, backoffFactor: Double = 0.5, growthInterval: Int = 2000,
    enabled: Bool = true
  ) {
    (currentScale, self.growthFactor, self.backoffFactor) = (initScale, growthFactor, backoffFactor)
    (self.growthInterval, isEnabled) = (growthInterval, enabled)
    guard enabled else { return }
    if growthFactor <= 1 { report(BackplaneError(.value, "The growth factor must be > 1.0.")) }
    if backoffFactor >= 1 { report(BackplaneError(.value, "The backoff factor must be < 1.0.")) }
  }

  /// The factor that losses are multiplied by; 1 where scaling is not enabled.
  public var currentFactor: Double { isEnabled ? currentScale : 1 }

  /// A loss times the scale.
  public func scale(_ output: Tensor) -> Tensor {
    guard isEnabled else { return output }
    hasScaled = true
    // Of no dimension and float32, as PyTorch's: a loss of float16 becomes float32 beside it.
    return output * Tensor(currentScale, dtype: .float32, device: output.device)
  }

  /// Losses times the scale.
  public func scale(_ outputs: [Tensor]) -> [Tensor] { outputs.map { scale($0) } }

  /// Divides the gradients of an optimizer's parameters by the scale, for code that looks at them before the step, to
  /// clip them perhaps.
  public func unscale_(_ optimizer: Optimizer) {
    guard isEnabled else { return }
    funnel(or: ()) { () throws(BackplaneError) in try unscale(optimizer) }
  }

  private func unscale(_ optimizer: Optimizer) throws(BackplaneError) {
    try requireScale("unscale_")
    var state = states[ObjectIdentifier(optimizer)] ?? OptimizerState(optimizer: optimizer)
    switch state.stage {
    case .unscaled:
      throw BackplaneError(.value, "unscale_() has already been called on this optimizer since the last update().")
    case .stepped: throw BackplaneError(.value, "unscale_() is being called after step().")
    case nil: break
    }
    let factor = Scalar.double(1 / currentScale)
    state.hasOverflowed = try withoutGradients { () throws(BackplaneError) in
      var found: Bool?
      for group in optimizer.parameterGroups {
        for parameter in group.parameters {
          guard let grad = parameter.autograd?.grad else { continue }
          guard grad.dtype != .float16 else {
            throw BackplaneError(.value, "Attempting to unscale FP16 gradients.")
          }
          try Ops.copy(Ops.mul(grad, factor), into: grad)
          let dims = [Bool](repeating: true, count: grad.layout.rank)
          found = found ?? false
          if grad.numel == 0 { continue }
          if try Ops.item(Ops.reduce(.min, Ops.isFinite(grad), dims, .bool)).double == 0 { found = true }
        }
      }
      return found
    }
    state.stage = .unscaled
    states[ObjectIdentifier(optimizer)] = state
  }

  /// Divides the gradients by the scale, unless that has been done, and lets the optimizer take its step, unless they hold
  /// an infinity or NaN.
  public func step(_ optimizer: Optimizer) {
    guard isEnabled else { return optimizer.step() }
    funnel(or: ()) { () throws(BackplaneError) in
      try requireScale("step")
      if states[ObjectIdentifier(optimizer)]?.stage == .stepped {
        throw BackplaneError(.value, "step() has already been called since the last update().")
      }
      if states[ObjectIdentifier(optimizer)]?.stage == nil { try unscale(optimizer) }
      guard let hasOverflowed = states[ObjectIdentifier(optimizer)]?.hasOverflowed else {
        throw BackplaneError(.value, "No inf checks were recorded for this optimizer.")
      }
      if !hasOverflowed { optimizer.step() }
      states[ObjectIdentifier(optimizer)]?.stage = .stepped
    }
  }

  /// Changes the scale by what became of the steps since the last update, or sets it.
  public func update(_ newScale: Double? = nil) {
    guard isEnabled else { return }
    funnel(or: ()) { () throws(BackplaneError) in
      try requireScale("update")
      if let newScale {
        currentScale = newScale
      } else {
        let found = states.values.compactMap(\.hasOverflowed)
        guard !found.isEmpty else {
          throw BackplaneError(.value, "No inf checks were recorded prior to update.")
        }
        if found.contains(true) {
          currentScale = Double(Float(currentScale * backoffFactor))
          goodSteps = 0
        } else {
          goodSteps += 1
          if goodSteps == growthInterval {
            // The scale is a number of float32: what it cannot be it does not become.
            let grown = Float(currentScale * growthFactor)
            if grown.isFinite { currentScale = Double(grown) }
            goodSteps = 0
          }
        }
      }
      states = [:]
    }
  }

  private func requireScale(_ name: String) throws(BackplaneError) {
    guard hasScaled else {
      throw BackplaneError(
        .value,
        "Attempted \(name) but _scale is None.  This may indicate your script did not use scaler.scale(loss or outputs) "
          + "earlier in the iteration.")
    }
  }

  // MARK: State

  /// The numbers to go on with later, under PyTorch's names; empty where scaling is not enabled.
  public func stateDict() -> [String: Double] {
    guard isEnabled else { return [:] }
    return [
      "scale": currentScale, "growth_factor": growthFactor, "backoff_factor": backoffFactor,
      "growth_interval": Double(growthInterval), "_growth_tracker": Double(goodSteps),
    ]
  }

  /// Takes over what ``stateDict()`` gave.
  public func loadStateDict(_ state: [String: Double]) {
    guard isEnabled else { return }
    funnel(or: ()) { () throws(BackplaneError) in
      guard !state.isEmpty else {
        throw BackplaneError(
          .value,
          "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler.")
      }
      func number(_ name: String) throws(BackplaneError) -> Double {
        guard let value = state[name], value.isFinite else {
          throw BackplaneError(.value, "GradScaler: the state dict has no number '\(name)'")
        }
        return value
      }
      func count(_ name: String) throws(BackplaneError) -> Int {
        let value = try number(name)
        guard let count = Int(exactly: value), count >= 0 else {
          throw BackplaneError(.value, "GradScaler: '\(name)' of the state dict is \(value), not a count")
        }
        return count
      }
      let read = (
        try number("scale"), try number("growth_factor"), try number("backoff_factor"), try count("growth_interval"),
        try count("_growth_tracker")
      )
      (currentScale, growthFactor, backoffFactor, growthInterval, goodSteps) = read
    }
  }
}
