import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func optimizers() throws {
    let table = try SpellingTable("Optimizers")
    let w = Tensor([1.0, -2], requiresGrad: true)
    let b = Tensor([0.5], requiresGrad: true)
    let optimizer = SGD([w], lr: 0.1, momentum: 0.9)
    let lbfgs = LBFGS([b], lineSearchFn: .strongWolfe)
    let closure = {
      lbfgs.zeroGrad()
      let loss = (b ** 2).sum()
      loss.backward()
      return loss
    }
    table.row("tensor([ 2., -4.])", w.grad!) { (w ** 2).sum().backward() }
    table.row("tensor([ 2., -3.])", w.grad!) { clipGradValue_([w], 3) }
    table.row("tensor(5.)") { clipGradNorm_([w], 1, normType: 1) }
    table.row("tensor([ 0.9600, -1.9400])", w.detach()) { optimizer.step() }
    table.row("true", w.grad == nil) { optimizer.zeroGrad() }
    table.row("0.01", optimizer.parameterGroups[0].lr) { optimizer.parameterGroups[0].lr = 0.01 }
    table.row("2", optimizer.parameterGroups.count) { optimizer.addParameterGroup(ParameterGroup([b], [.lr: 1e-3])) }
    try table.row("2", optimizer.parameterGroups.count) { try optimizer.load(optimizer.stateDict()) }
    table.row("0.1") { Adam([ParameterGroup([w]), ParameterGroup([b], [.lr: 0.1])]).parameterGroups[1].lr }
    table.row("0.01") { AdamW([w]).parameterGroups[0][.weightDecay] }
    table.row("0.95") { Adam([w], betas: (0.9, 0.95), amsgrad: true).parameterGroups[0][.beta2] }
    table.row("0.9") { RMSprop([w], alpha: 0.9, centered: true).parameterGroups[0][.alpha] }
    table.row("0.01") { Adagrad([w], lrDecay: 0.1).parameterGroups[0].lr }
    table.row("1.0") { Adadelta([w], rho: 0.8).parameterGroups[0].lr }
    table.row("0.002") { Adamax([w]).parameterGroups[0].lr }
    table.row("0.002") { NAdam([w], momentumDecay: 0.1).parameterGroups[0].lr }
    table.row("0.001") { RAdam([w]).parameterGroups[0].lr }
    table.row("tensor([0.])", b.detach()) { lbfgs.step(closure) }
    table.row("65536.0") { GradScaler().currentFactor }
    table.matchesTheArticle()
  }
}
