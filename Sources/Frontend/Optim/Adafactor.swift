/// Adafactor: Adam's divisor from sums over rows and columns, so that a matrix needs memory for two vectors.
///
/// Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost", arXiv:1804.04235, in PyTorch's form.
/// Tensors of more dimensions are matrices in their last two; those of fewer have a mean square for each element. Parameters
/// are real.
///
/// ```swift
/// let optimizer = Adafactor(model.parameters(), lr: 1e-2)
/// ```
public final class Adafactor: Optimizer {
  /// Makes an optimizer of parameters, or of groups of which each may have settings of its own. Settings out of range are
  /// an error.
  ///
  /// - Parameters:
  ///   - lr: The most that a step is relative to the size of the parameters; later it falls as 1/√t.
  ///   - beta2Decay: The power by which the weight of new squares falls.
  ///   - eps: The least divisor, which without a number is the least that 1 can be told apart from by the type; and the
  ///     least size that parameters are taken to have.
  ///   - d: How great the root of the mean square of a step may become before it is scaled down.
  ///   - maximize: Whether steps go up the gradient.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 1e-2, beta2Decay: Double = -0.8, eps: (Double?, Double) = (nil, 1e-3),
    d: Double = 1, weightDecay: Double = 0, maximize: Bool = false
  ) {
    super.init(
      parameters,
      defaults: [
        .lr: lr, "beta2_decay": beta2Decay, "eps1": eps.0 ?? Adafactor.ofTheType, "eps2": eps.1, "d": d,
        .weightDecay: weightDecay, .maximize: maximize ? 1 : 0,
      ])
  }

  /// Stands for the resolution of a parameter's type, which no number can.
  private static let ofTheType = -Double.infinity

  public override func check(_ group: ParameterGroup) throws(BackplaneError) {
    func require(_ isValid: Bool, _ text: String, _ value: Double) throws(BackplaneError) {
      guard isValid else { throw BackplaneError(.value, "\(text) but is: \(value)") }
    }
    let eps = (group["eps1"], group["eps2"])
    try require(group.lr >= 0, "Learning rate should be >= 0", group.lr)
    try require(group["beta2_decay"] <= 0, "beta2_decay should be <= 0", group["beta2_decay"])
    try require(eps.0 >= 0 || eps.0 == Adafactor.ofTheType, "epsilon1 should be >= 0", eps.0)
    try require(eps.1 >= 0, "epsilon2 should be >= 0", eps.1)
    try require(group["d"] >= 1, "Clipping threshold d should be >= 1", group["d"])
    try require(group[.weightDecay] >= 0, "weight_decay should be >= 0", group[.weightDecay])
  }

  public override func memory(_ name: String, of parameter: Tensor) -> Memory {
    var shape = parameter.layout.shape
    if shape.count > 1 {
      if name == "row_var" { shape[shape.count - 1] = 1 }
      if name == "col_var" { shape[shape.count - 2] = 1 }
    }
    return .tensor(shape, parameter.dtype)
  }

  public override func update(_ group: ParameterGroup) throws(BackplaneError) {
    for parameter in group.parameters where parameter.dtype.isComplex && parameter.autograd?.grad != nil {
      throw BackplaneError(.dtype, "Adafactor does not support complex parameters")
    }
    try updateEach(of: group) { update throws(BackplaneError) in
      let parameter = update.parameter
      if parameter.numel == 0 { return }
      let names = parameter.layout.rank > 1 ? ["row_var", "col_var"] : ["variance"]
      for name in names {
        guard case .tensor(let shape, let dtype) = memory(name, of: parameter) else { continue }
        _ = try update.tensor(name) { () throws(BackplaneError) in
          try Ops.full(.contiguous(shape), .int(0), dtype, on: parameter.context)
        }
      }
      let t = Double(update.state.step)
      try update.change(names) { p, grad, state throws(BackplaneError) in
        try Adafactor.step(p, grad, state, group, t: t, resolution: FInfo(checking: parameter.dtype).eps)
      }
    }
  }

  private static func step(
    _ p: Tensor, _ grad: Tensor, _ state: [Tensor], _ group: ParameterGroup, t: Double, resolution: Double
  ) throws(BackplaneError) {
    let eps = group["eps1"] == ofTheType ? resolution : group["eps1"]
    let weight = power(t, group["beta2_decay"])
    let size = try max(group["eps2"], rootMeanSquare(p))
    let rate = size * min(group.lr, 1 / t.squareRoot())
    if group.isSet(.weightDecay) { try Ops.binaryInPlace(.mul, p, .double(1 - group.lr * group[.weightDecay])) }

    var square: Tensor
    if state.count == 2 {
      let squares = try Ops.mul(grad, grad)
      try AdamVariants.approach(state[0], Ops.mean(squares, [-1], keepDim: true), weight)
      try AdamVariants.approach(state[1], Ops.mean(squares, [-2], keepDim: true), weight)
      let total = try Ops.clamp(Ops.mean(state[0], [-2], keepDim: true), .double(eps), nil)
      square = try Ops.div(Ops.mul(state[0], state[1]), total)
    } else {
      try AdamVariants.approach(state[0], Ops.mul(grad, grad), weight)
      square = state[0]
    }
    square = try Ops.clamp(square, .double(eps * eps), nil)
    let direction = try Ops.mul(Ops.unary(.rsqrt, square), grad)
    let excess = try max(1, rootMeanSquare(direction) / group["d"])
    try Ops.binaryInPlace(.sub, p, Ops.mul(direction, .double(rate / excess)))
  }

  private static func rootMeanSquare(_ x: Tensor) throws(BackplaneError) -> Double {
    try Ops.item(Ops.vectorNorm(x)).double / Double(x.numel).squareRoot()
  }
}

extension OptimizerRegistry {
  mutating func addAdafactor() {
    add(
      "optim.Adafactor(Any params, float lr=0.01, float beta2_decay=-0.8, Any eps=[None, 0.001], float d=1.0, "
        + "float weight_decay=0.0, *, bool? foreach=None, bool maximize=False)"
    ) { groups, a throws(BackplaneError) in
      guard case .list(let eps) = a["eps"], eps.count == 2, let second = eps[1].scalar?.double else {
        throw BackplaneError(.value, "Adafactor(): argument 'eps' must be a tuple of a float or None and a float")
      }
      return Adafactor(
        groups, lr: a.double("lr"), beta2Decay: a.double("beta2_decay"), eps: (eps[0].scalar?.double, second),
        d: a.double("d"), weightDecay: a.double("weight_decay"), maximize: a.bool("maximize"))
    }
  }
}
