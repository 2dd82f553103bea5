import Backplane
import TestSupport
import Testing

@Suite struct AveragedModelTests {
  /// A layer with a buffer of floats and one of counts.
  final class Net: Module {
    @Parameter var weight = Tensor([1.0, 2], device: "cpu")
    @Buffer var shift = Tensor([0.5], device: "cpu")
    @Buffer var count = Tensor([4], dtype: .int64, device: "cpu")
    override func forward(_ x: Tensor) -> Tensor { x * weight + shift }
  }

  private func run(_ averaging: WeightAveraging, useBuffers: Bool = false) -> (AveragedModel<Net>, Net) {
    let model = Net()
    let averaged = AveragedModel(model, into: Net(), averaging: averaging, useBuffers: useBuffers)
    for i in 0..<4 {
      noGrad {
        _ = model.weight.add_(Double(i + 1))
        _ = model.shift.mul_(2)
        _ = model.count.add_(3)
      }
      averaged.updateParameters(model)
    }
    return (averaged, model)
  }

  /// By PyTorch, of weights that begin at [1, 2] and grow by 1, 2, 3 and 4.
  @Test func means() {
    let (plain, model) = run(.swa)
    #expect(areClose(plain.module.weight.toArray(), [6, 7]))
    #expect(plain.module.shift.item() == 8 && plain.module.count.item() == 16 && plain.nAveraged.item() == 4)
    let (fading, _) = run(.ema(decay: 0.25))
    #expect(areClose(fading.module.weight.toArray(), [9.78125, 10.78125]))
    let (own, _) = run(.function { mean, new, count in mean + new * Double(count) })
    #expect(areClose(own.module.weight.toArray(), [53, 60]))
    let (all, _) = run(.swa, useBuffers: true)
    #expect(areClose(all.module.shift.toArray(), [3.75]) && all.module.count.item() == 10)
    #expect(model.weight.toArray(Double.self) == [11, 12] && plain.module.weight.requiresGrad)
    #expect(plain(Tensor([1.0, 1], device: "cpu")).toArray(Double.self) == [14, 15])
  }

  @Test func namesAndState() throws {
    let (averaged, _) = run(.swa)
    #expect(averaged.stateDict().keys.sorted() == ["module.count", "module.shift", "module.weight", "n_averaged"])
    let other = AveragedModel(Net(), into: Net())
    try other.load(averaged.stateDict())
    #expect(other.nAveraged.item() == 4)
  }

  @Test func sixteenBits() {
    for averaging in [WeightAveraging.swa, .ema(decay: 0.75)] {
      let (model, wide) = (Net().half(), Net())
      let (half, full) = (
        AveragedModel(model, into: Net().half(), averaging: averaging),
        AveragedModel(wide, into: Net(), averaging: averaging)
      )
      for _ in 0..<2 {
        half.updateParameters(model)
        full.updateParameters(wide)
        for net in [model, wide] { noGrad { _ = net.weight.add_(0.25) } }
      }
      #expect(half.module.weight.dtype == .float16 && half.module.weight.equal(full.module.weight.to(.float16)))
    }
  }

  @Test func misuse() {
    let model = Net()
    #expect(
      errorMessage { _ = AveragedModel(model, into: Net(), averaging: .ema(decay: 1.5)) }
        == "Invalid decay value 1.5 provided. Please provide a value in [0,1] range.")
    #expect(errorMessage { _ = AveragedModel(model, into: model) }.contains("another object"))
    let averaged = AveragedModel<Module>(model, into: Net())
    #expect(errorMessage { averaged.updateParameters(Linear(2, 2, device: "cpu")) }.contains("of shapes"))
    #expect(averaged.nAveraged.item() == 0)
    #expect(errorKind { _ = AveragedModel<Module>(model, into: Linear(2, 2)) } == .state)
  }

  @Test func batchStatistics() {
    let inner = BatchNorm1d(2, device: "cpu")
    let model = Sequential(inner, Identity()).eval()
    inner.runningMean?.fill_(99)
    let inputs = [[1.0, 3, 2, 5], [2, 2, 4, 1], [9, 1, 3, 3]].map {
      Tensor($0, shape: [2, 2], dtype: .float32, device: "cpu").requiresGrad_()
    }
    updateBn(inputs, model)
    // The means of the batches' means, and of their unbiased variances.
    #expect(areClose(inner.runningMean!.toArray(), [3.5, 2.5]))
    #expect(areClose(inner.runningVar!.toArray(), [6.8333333, 1.5]))
    #expect(inner.momentum == 0.1 && inner.numBatchesTracked!.item() == 3 && !model.training && !inner.training)
    updateBn(inputs.map { ($0 * 2, $0) }, model.train())
    #expect(areClose(inner.runningMean!.toArray(), [7, 5]) && model.training && inner.weight!.grad == nil)
    updateBn(inputs, Identity())
  }
}
