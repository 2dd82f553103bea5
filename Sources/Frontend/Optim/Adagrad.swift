/// Adagrad: steps divided by the root of the sum of the gradient's squares so far.
///
/// Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR 12,
/// 2011. Complex parameters are taken as pairs of real numbers, as in PyTorch.
///
/// ```swift
/// let optimizer = Adagrad(model.parameters(), lr: 1e-2)
/// ```
public final class Adagrad: Optimizer {
  /// Makes an optimizer of groups, of which each may have settings of its own. Settings out of range are an error.
  ///
  /// - Parameters:
  ///   - lrDecay: At step t the learning rate is divided by 1 + (t − 1) · `lrDecay`.
  ///   - initialAccumulatorValue: What the sums of squares begin with.
  public init(
    _ groups: [ParameterGroup], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0,
    initialAccumulatorValue: Double = 0, eps: Double = 1e-10
  ) {
    super.init(
      groups,
      defaults: [
        .lr: lr, .lrDecay: lrDecay, .eps: eps, .weightDecay: weightDecay,
        .initialAccumulatorValue: initialAccumulatorValue,
      ])
    funnel(or: ()) { () throws(BackplaneError) in
      for group in parameterGroups { try Adagrad.check(group) }
    }
  }

  /// Makes an optimizer of parameters that are all treated alike. Settings out of range are an error.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0,
    initialAccumulatorValue: Double = 0, eps: Double = 1e-10
  ) {
    self.init(
      [ParameterGroup(parameters)], lr: lr, lrDecay: lrDecay, weightDecay: weightDecay,
      initialAccumulatorValue: initialAccumulatorValue, eps: eps)
  }

  private static func check(_ group: ParameterGroup) throws(BackplaneError) {
    guard group.lr >= 0 else { throw BackplaneError(.value, "Invalid learning rate: \(group.lr)") }
    guard group[.lrDecay] >= 0 else { throw BackplaneError(.value, "Invalid lr_decay value: \(group[.lrDecay])") }
    guard group[.weightDecay] >= 0 else {
      throw BackplaneError(.value, "Invalid weight_decay value: \(group[.weightDecay])")
    }
    guard group[.initialAccumulatorValue] >= 0 else {
      throw BackplaneError(
        .value, "Invalid initial_accumulator_value value: \(group[.initialAccumulatorValue])")
    }
    guard group[.eps] >= 0 else { throw BackplaneError(.value, "Invalid epsilon value: \(group[.eps])") }
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
