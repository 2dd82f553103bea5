import Backplane
import TestSupport
import Testing

/// What happens is what PyTorch's GradScaler does.
@Suite struct GradScalerTests {
  private func numbers(_ x: Tensor) -> [Double] { x.to(.float64).flatten().toArray(Double.self) }

  @Test(arguments: oneOfEachKind) func steps(_ device: Device) {
    let w = Tensor([1.0, 2], device: device, requiresGrad: true)
    let optimizer = SGD([w], lr: 0.5), scaler = GradScaler(initScale: 8, growthInterval: 2)
    func step(_ factor: Double) {
      optimizer.zeroGrad()
      scaler.scale((w * factor).sum()).backward()
      scaler.step(optimizer)
      scaler.update()
    }
    step(1)
    #expect(numbers(w) == [0.5, 1.5] && scaler.currentFactor == 8)
    step(1)
    #expect(numbers(w) == [0, 1] && scaler.currentFactor == 16)
    // What overflows takes no step, and the scale shrinks.
    step(.infinity)
    #expect(numbers(w) == [0, 1] && scaler.currentFactor == 8)
    step(.nan)
    #expect(numbers(w) == [0, 1] && scaler.currentFactor == 4)
    // The count of good steps begins anew.
    step(1)
    #expect(scaler.currentFactor == 4)
    step(1)
    #expect(scaler.currentFactor == 8 && numbers(w) == [-1, 0])
    scaler.update(32)
    #expect(scaler.currentFactor == 32)
  }

  @Test(arguments: oneOfEachKind) func clipping(_ device: Device) {
    let w = Tensor([1.0, 2], device: device, requiresGrad: true)
    let optimizer = SGD([w], lr: 1), scaler = GradScaler(initScale: 1024)
    scaler.scale((w * 3).sum()).backward()
    #expect(numbers(w.grad!) == [3072, 3072])
    scaler.unscale_(optimizer)
    #expect(numbers(w.grad!) == [3, 3])
    #expect(
      errorMessage { scaler.unscale_(optimizer) }
        == "unscale_() has already been called on this optimizer since the last update().")
    noGrad { w.grad!.clamp_(min: -1, max: 1) }
    scaler.step(optimizer)
    #expect(numbers(w) == [0, 1])
    #expect(errorMessage { scaler.step(optimizer) } == "step() has already been called since the last update().")
    #expect(errorMessage { scaler.unscale_(optimizer) } == "unscale_() is being called after step().")
    scaler.update()
    #expect(errorMessage { scaler.update() } == "No inf checks were recorded prior to update.")
  }

  @Test(arguments: oneOfEachKind) func halves(_ device: Device) {
    let loss = Tensor(2.0, dtype: .float16, device: device)
    let scaled = GradScaler().scale(loss)
    #expect(scaled.dtype == .float32 && scaled.item() == 131072)
    let w = Tensor([1.0], dtype: .float16, device: device, requiresGrad: true)
    let scaler = GradScaler(initScale: 2)
    scaler.scale(w.sum()).backward()
    #expect(errorMessage { scaler.step(SGD([w], lr: 1)) } == "Attempting to unscale FP16 gradients.")
  }

  @Test func mistakes() {
    let w = Tensor([1.0], requiresGrad: true), optimizer = SGD([w], lr: 1), scaler = GradScaler()
    #expect(errorMessage { scaler.step(optimizer) }.hasPrefix("Attempted step but _scale is None."))
    #expect(errorMessage { scaler.update() }.hasPrefix("Attempted update but _scale is None."))
    _ = scaler.scale(w)
    #expect(errorMessage { scaler.step(optimizer) } == "No inf checks were recorded for this optimizer.")
    #expect(errorMessage { _ = GradScaler(growthFactor: 1) } == "The growth factor must be > 1.0.")
    #expect(errorMessage { _ = GradScaler(backoffFactor: 1) } == "The backoff factor must be < 1.0.")
  }

  @Test func disabled() {
    let w = Tensor([1.0], requiresGrad: true), optimizer = SGD([w], lr: 1), scaler = GradScaler(enabled: false)
    let loss = w.sum()
    #expect(scaler.scale(loss) === loss && scaler.currentFactor == 1)
    loss.backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    #expect(numbers(w) == [0] && scaler.stateDict().isEmpty)
  }

  @Test func state() {
    let w = Tensor([1.0], requiresGrad: true), optimizer = SGD([w], lr: 1)
    let scaler = GradScaler(initScale: 4, growthFactor: 3, backoffFactor: 0.25, growthInterval: 2)
    scaler.scale(w.sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    let state = scaler.stateDict()
    #expect(
      state == ["scale": 4, "growth_factor": 3, "backoff_factor": 0.25, "growth_interval": 2, "_growth_tracker": 1])
    let other = GradScaler()
    other.loadStateDict(state)
    optimizer.zeroGrad()
    other.scale(w.sum()).backward()
    other.step(optimizer)
    other.update()
    #expect(other.currentFactor == 12)
    #expect(errorMessage { other.loadStateDict([:]) }.hasPrefix("The source state dict is empty"))
    #expect(errorMessage { other.loadStateDict(["scale": 1]) }.contains("has no number 'growth_factor'"))
  }
}
