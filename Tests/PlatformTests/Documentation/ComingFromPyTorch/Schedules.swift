import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func schedules() throws {
    let table = try SpellingTable("Schedules and averaging")
    let w = Tensor([1.0, -2], requiresGrad: true)
    let optimizer = SGD([w], lr: 0.1)
    let schedule = StepLR(optimizer, 1, gamma: 0.5)
    let model = Linear(2, 1)
    let averaged = AveragedModel(model, into: Linear(2, 1), averaging: .ema(decay: 0.999))
    let loader = [Tensor.ones([4, 2])]
    optimizer.step()
    table.row("[0.05]", schedule.getLastLr()) { schedule.step() }
    table.row("[0.05]") { schedule.getLastLr() }
    table.row("0.05") { optimizer.parameterGroups[0].lr }
    table.row("1") { schedule.lastEpoch }
    try table.row("1", schedule.lastEpoch) { try schedule.load(schedule.stateDict()) }
    table.row("[0.05]") { MultiStepLR(optimizer, [30, 80]).getLastLr() }
    table.row("[0.025]") { ConstantLR(optimizer, factor: 0.5).getLastLr() }
    table.row("[0.0125]") { LinearLR(optimizer, startFactor: 0.5).getLastLr() }
    table.row("[0.0125]") { ExponentialLR(optimizer, 0.9).getLastLr() }
    table.row("[0.0125]") { PolynomialLR(optimizer, totalIters: 10).getLastLr() }
    table.row("[0.1]") { LambdaLR(optimizer) { epoch in 1 / Double(epoch + 1) }.getLastLr() }
    table.row("[0.1]") { CosineAnnealingLR(optimizer, 10).getLastLr() }
    table.row("[0.1]") { CosineAnnealingWarmRestarts(optimizer, 10, tMult: 2).getLastLr() }
    table.row("[0.03333333333333333]") {
      SequentialLR(optimizer, [ConstantLR(optimizer), StepLR(optimizer, 9)], [5]).getLastLr()
    }
    table.row("0.03333333333333333", optimizer.parameterGroups[0].lr) {
      ReduceLROnPlateau(optimizer, mode: .max, patience: 3).step(0.8)
    }
    table.row("[0.1]") { CyclicLR(optimizer, 0.25, 1, mode: .triangular2, cycleMomentum: false).getLastLr() }
    table.row("[0.040000000000000036]") { OneCycleLR(optimizer, 1, totalSteps: 10, cycleMomentum: false).getLastLr() }
    table.row("tensor(1)", averaged.nAveraged) { averaged.updateParameters(model) }
    table.row("[1, 1]") { averaged(Tensor.zeros([1, 2])).shape }
    table.row("true", averaged.training) { updateBn(loader, averaged) }
    table.row("[0.040000000000000036]") { SWALR(optimizer, 0.05, annealEpochs: 2).getLastLr() }
    table.matchesTheArticle()
  }
}
