/// Adagrad: steps divided by the root of the sum of the gradient's squares so far.
///
/// Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR 12,
/// 2011. Complex parameters are taken as pairs of real numbers, as in PyTorch.
///
/// ```swift
/// let optimizer = Adagrad(model.parameters(), lr: 1e-2)
/// ```
public final class Adagrad: Optimizer {
  /// Makes an optimizer of parameters, or of groups of which each may have settings of its own. Settings out of range are
  /// an error.
  ///
  /// - Parameters:
  ///   - lrDecay: At step t the learning rate is divided by 1 + (t − 1) · `lrDecay`.
  ///   - initialAccumulatorValue: What the sums of squares begin with.
  ///   - maximize: Whether steps go up the gradient.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0,
    initialAccumulatorValue: Double = 0, eps: Double = 1e-10, maximize: Bool = false
  ) {
    super.init(
      parameters,
      defaults: [
        .lr: lr, .lrDecay: lrDecay, .eps: eps, .weightDecay: weightDecay,
        .initialAccumulatorValue: initialAccumulatorValue, .maximize: maximize ? 1 : 0,
      ])
  }

  public override func check(_ group: ParameterGroup) throws(BackplaneError) {
    try group.requireRate()
    try group.require(.lrDecay)
    try group.require(.weightDecay)
    try group.require(.initialAccumulatorValue)
    try group.requireEpsilon()
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    let initial = group[.initialAccumulatorValue]
    for var batch in try updates(of: group) {
      var sums: [Tensor] = []
      for i in batch.indices {
        let isNew = batch[i].state.tensors["sum"] == nil
        let sum = try batch[i].tensor("sum")
        // Of a complex parameter both parts begin with it.
        if isNew, initial != 0 { try Ops.fill(sum.dtype.isComplex ? Ops.viewAsReal(sum) : sum, .double(initial)) }
        sums.append(sum)
      }
      try Ops.adagradStep(
        batch.map(\.parameter), batch.map(\.grad), sums: sums, lr: group.lr, lrDecay: group[.lrDecay],
        eps: group[.eps], weightDecay: group[.weightDecay], step: batch[0].state.step)
      commit(batch)
    }
  }
}

extension OptimizerRegistry {
  mutating func addAdagrad() {
    add(
      "optim.Adagrad(Any params, float lr=0.01, float lr_decay=0, float weight_decay=0, "
        + "float initial_accumulator_value=0, float eps=1e-10, bool? foreach=None, *, bool maximize=False, "
        + "bool differentiable=False, bool? fused=None)"
    ) { groups, a in
      Adagrad(
        groups, lr: a.double("lr"), lrDecay: a.double("lr_decay"), weightDecay: a.double("weight_decay"),
        initialAccumulatorValue: a.double("initial_accumulator_value"), eps: a.double("eps"),
        maximize: a.bool("maximize"))
    }
  }
}
