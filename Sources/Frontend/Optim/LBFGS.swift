/// L-BFGS: steps along directions that the last gradients' differences suggest, for losses of all the data.
///
/// Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", Math. Programming 45, 1989. A step
/// evaluates the loss several times, and so takes a closure:
///
/// ```swift
/// let optimizer = LBFGS(model.parameters(), lineSearchFn: .strongWolfe)
/// for _ in 0..<20 {
///   optimizer.step {
///     optimizer.zeroGrad()
///     let loss = F.mseLoss(model(x), y)
///     loss.backward()
///     return loss
///   }
/// }
/// ```
///
/// There is one group of parameters, on one device. Complex parameters are taken as pairs of real numbers. A step needs
/// memory for `historySize` times twice the parameters.
public final class LBFGS: Optimizer {
  /// How the length of a step is found.
  public enum LineSearch: String, Sendable {
    /// A length at which the loss has fallen enough, and its slope has flattened: Nocedal and Wright, "Numerical
    /// Optimization", section 3.5.
    case strongWolfe = "strong_wolfe"
  }

  /// Makes an optimizer of parameters that are all treated alike. Settings out of range, and several groups, are an error.
  ///
  /// - Parameters:
  ///   - lr: The length of a step, with a line search that of the first attempt.
  ///   - maxIter: The most directions that a step takes.
  ///   - maxEval: The most evaluations of the loss in a step; without a number 1.25 · `maxIter`.
  ///   - toleranceGrad: The greatest element of a gradient at which a step ends.
  ///   - toleranceChange: The change of loss or parameters at which a step ends.
  ///   - historySize: How many directions are remembered.
  ///   - lineSearchFn: How the length of a step is found, if not given by `lr`.
  ///   - maximize: Whether steps go up the gradient.
  public init<P: Optimizable>(
    _ parameters: [P], lr: Double = 1, maxIter: Int = 20, maxEval: Int? = nil, toleranceGrad: Double = 1e-7,
    toleranceChange: Double = 1e-9, historySize: Int = 100, lineSearchFn: LineSearch? = nil, maximize: Bool = false
  ) {
    super.init(
      parameters,
      defaults: [
        .lr: lr, "max_iter": Double(maxIter),
        "max_eval": maxEval.map(Double.init) ?? (Double(maxIter) * 1.25).rounded(.down),
        "tolerance_grad": toleranceGrad, "tolerance_change": toleranceChange, "history_size": Double(historySize),
        "line_search_fn": lineSearchFn == nil ? 0 : 1, .maximize: maximize ? 1 : 0,
      ])
    if parameterGroups.count > 1 { report(LBFGS.severalGroups) }
  }

  private static let severalGroups = BackplaneError(
    .value, "LBFGS doesn't support per-parameter options (parameter groups)")

  public override func addParameterGroup(_ group: ParameterGroup) { report(LBFGS.severalGroups) }

  public override func check(_ group: ParameterGroup) throws(BackplaneError) {
    try group.requireRate()
    for option: ParameterGroup.Option in ["max_iter", "max_eval", "history_size"] {
      try group.require(option) { Int(exactly: $0) != nil }
    }
  }

  public override func memory(_ name: String, of parameter: Tensor) -> Memory {
    let isTensor = name == "d" || name == "prev_flat_grad" || name.hasPrefix("old_")
    guard isTensor else { return .number }
    let parameters = parameterGroups.flatMap(\.parameters)
    let dtype = parameters.reduce(parameter.dtype.realType) { DType.promote($0, $1.dtype.realType) }
    return .tensor([FlatParameters.count(parameters)], dtype)
  }

  /// An error: a step takes a closure.
  public override func step() {
    report(BackplaneError(.value, "LBFGS.step() missing 1 required positional argument: 'closure'"))
  }

  @discardableResult
  public override func step<Failure: Error>(_ closure: () throws(Failure) -> Tensor) throws(Failure) -> Tensor {
    hasStepped = isScheduled
    var failure: Failure?
    do throws(BackplaneError) {
      return try withoutGradients { () throws(BackplaneError) in
        try advance { () throws(BackplaneError) in
          switch Optimizer.evaluate(closure) {
          case .success(let loss): return loss
          case .failure(let error):
            failure = error
            throw BackplaneError(.internal, "\(error)")
          }
        }
      }
    } catch {
      if let failure { throw failure }
      report(error)
      return Tensor.invalid
    }
  }

  private typealias Closure = () throws(BackplaneError) -> Tensor

  private func advance(_ closure: Closure) throws(BackplaneError) -> Tensor {
    guard let group = parameterGroups.first else { return try closure() }
    try check(group)
    let parameters = FlatParameters(group.parameters, isNegated: group.isSet(.maximize))
    guard parameters.count > 0 else { return try closure() }
    let maxIter = Int(group["max_iter"]), maxEval = Int(group["max_eval"])
    let tolerance = (grad: group["tolerance_grad"], change: group["tolerance_change"])
    var state = self[state: group.parameters[0]]
    var history = StepHistory(state, limit: Int(group["history_size"]))
    func count(_ name: String, _ n: Int) { state.numbers[name, default: 0] += Double(n) }

    let first = try closure()
    var loss = try parameters.value(first)
    var evaluations = 1
    count("func_evals", 1)
    var grad = try parameters.grad()
    var isOptimal = try Flat.greatest(grad) <= tolerance.grad
    state.step = try Sizes.add(state.step, 1, in: "step")
    if isOptimal {
      self[state: group.parameters[0]] = state
      return first
    }

    for iteration in stride(from: 1, through: maxIter, by: 1) {
      count("n_iter", 1)
      let isFirst = state.numbers["n_iter"] == 1
      let direction = try history.direction(for: grad, isFirst: isFirst)
      history.previousGrad = try Ops.copy(grad)
      let previousLoss = loss
      state.numbers["prev_loss"] = loss

      history.length = group.lr
      if isFirst { history.length *= min(1, try 1 / Ops.item(Ops.sum(Ops.abs(grad), nil, keepDim: false)).double) }
      let slope = try Flat.dot(grad, direction)
      if slope > -tolerance.change { break }

      var used = 0
      if group.isSet("line_search_fn") {
        let start = try parameters.copies()
        var search = StrongWolfe(direction: direction, rounding: parameters.rounding)
        let found = try search.run(
          from: history.length, loss: loss, grad: grad, slope: slope, limit: maxEval - evaluations
        ) { length throws(BackplaneError) in
          try parameters.move(along: direction, by: length)
          let value = try parameters.value(closure())
          let grad = try parameters.grad()
          try parameters.set(start)
          return (value, grad)
        }
        (loss, grad, history.length, used) = (found.value, found.grad, found.length, search.evaluations)
        try parameters.move(along: direction, by: history.length)
        isOptimal = try Flat.greatest(grad) <= tolerance.grad
      } else {
        try parameters.move(along: direction, by: history.length)
        // What the loss is after the last iteration nobody asks.
        if iteration != maxIter {
          loss = try parameters.value(closure())
          grad = try parameters.grad()
          isOptimal = try Flat.greatest(grad) <= tolerance.grad
          used = 1
        }
      }
      evaluations += used
      count("func_evals", used)
      if iteration == maxIter || evaluations >= maxEval || isOptimal { break }
      if try Flat.greatest(direction) * history.length.magnitude <= tolerance.change { break }
      if (loss - previousLoss).magnitude < tolerance.change { break }
    }
    history.save(to: &state)
    self[state: group.parameters[0]] = state
    return first
  }
}

/// What L-BFGS remembers of the steps before.
private struct StepHistory {
  /// Differences of gradients and steps, with the reciprocals of their products, from the oldest.
  private var pairs: [(y: Tensor, s: Tensor, ro: Double)] = []
  private var direction: Tensor?
  private var scale: Double
  private let limit: Int
  var previousGrad: Tensor?
  var length: Double

  init(_ state: Optimizer.ParameterState, limit: Int) {
    self.limit = limit
    while let y = state.tensors["old_dirs.\(pairs.count)"], let s = state.tensors["old_stps.\(pairs.count)"],
      let ro = state.numbers["ro.\(pairs.count)"]
    {
      pairs.append((y, s, ro))
    }
    direction = state.tensors["d"]
    previousGrad = state.tensors["prev_flat_grad"]
    length = state.numbers["t"] ?? 0
    scale = state.numbers["H_diag"] ?? 1
  }

  func save(to state: inout Optimizer.ParameterState) {
    state.tensors = [:]
    state.numbers = state.numbers.filter { !$0.key.hasPrefix("ro.") }
    state.tensors["d"] = direction
    state.tensors["prev_flat_grad"] = previousGrad
    (state.numbers["t"], state.numbers["H_diag"]) = (length, scale)
    for (i, pair) in pairs.enumerated() {
      state.tensors["old_dirs.\(i)"] = pair.y
      state.tensors["old_stps.\(i)"] = pair.s
      state.numbers["ro.\(i)"] = pair.ro
    }
  }

  /// Downhill, by what is known of the curvature.
  mutating func direction(for grad: Tensor, isFirst: Bool) throws(BackplaneError) -> Tensor {
    guard !isFirst, let previousGrad, let old = direction else {
      pairs = []
      scale = 1
      let downhill = try Ops.neg(grad)
      direction = downhill
      return downhill
    }
    let y = try Ops.sub(grad, previousGrad)
    let s = try Ops.mul(old, .double(length))
    let ys = try Flat.dot(y, s)
    if ys > 1e-10 {
      if pairs.count >= limit, !pairs.isEmpty { pairs.removeFirst() }
      if limit > 0 { pairs.append((y, s, 1 / ys)) }
      scale = try ys / Flat.dot(y, y)
    }
    var weights = [Double](repeating: 0, count: pairs.count)
    let q = try Ops.neg(grad)
    for (i, pair) in pairs.enumerated().reversed() {
      weights[i] = try Flat.dot(pair.s, q) * pair.ro
      try Ops.binaryInPlace(.sub, q, Ops.mul(pair.y, .double(weights[i])))
    }
    try Ops.binaryInPlace(.mul, q, .double(scale))
    for (i, pair) in pairs.enumerated() {
      let weight = try weights[i] - Flat.dot(pair.y, q) * pair.ro
      try Ops.binaryInPlace(.add, q, Ops.mul(pair.s, .double(weight)))
    }
    direction = q
    return q
  }
}
