import BackendAPI

extension OperatorCatalogue {
  /// Sections 6.10 and 6.19 of the header.
  static let optimizer: [OperatorEntry] = [
    OperatorEntry("ADAM_STEP", BP_OP_ADAM_STEP, .optimizer, steps(outputs: 3), readsOutputs: true) {
      signature in
      var cases: [OperatorCase] = []
      for (label, change) in adamVariants {
        var params = bp_adam_params()
        (params.lr, params.beta1, params.beta2, params.eps, params.step) = (1e-3, 0.9, 0.999, 1e-8, 1)
        change(&params)
        for plan in plans {
          cases.append(step("\(label)-\(plan.label)", plan, signature, ranges: moments, .adam(params)))
        }
      }
      return cases
    },
    OperatorEntry("SGD_STEP", BP_OP_SGD_STEP, .optimizer, steps(outputs: 1), readsOutputs: true) {
      signature in
      var cases: [OperatorCase] = []
      for (label, change) in sgdVariants {
        var params = bp_sgd_params()
        params.lr = 0.1
        change(&params)
        let rows = params.momentum != 0 ? 2 : 1
        for plan in plans {
          cases.append(
            step("\(label)-\(plan.label)", plan, signature, ranges: Array(moments[..<rows]), .sgd(params)))
        }
      }
      return cases
    },
    OperatorEntry("RMSPROP_STEP", BP_OP_RMSPROP_STEP, .optimizer, steps(outputs: 2), readsOutputs: true, drawn: rmsprop)
    {
      signature in
      rmspropVariants.flatMap { label, change in
        var params = bp_rmsprop_params()
        (params.lr, params.alpha, params.eps) = (1e-2, 0.99, 1e-8)
        change(&params)
        return plans.map { step("\(label)-\($0.label)", $0, signature, ranges: ranges(params), .rmsprop(params)) }
      }
    },
    OperatorEntry("ADAGRAD_STEP", BP_OP_ADAGRAD_STEP, .optimizer, steps(outputs: 2), readsOutputs: true, drawn: adagrad)
    {
      signature in
      adagradVariants.flatMap { label, change in
        var params = bp_adagrad_params()
        (params.lr, params.eps, params.step) = (1e-2, 1e-10, 1)
        change(&params)
        return plans.map {
          step("\(label)-\($0.label)", $0, signature, ranges: [-2...2, 0...0.5], .adagrad(params))
        }
      }
    },
    OperatorEntry(
      "SUM_OF_SQUARES", BP_OP_SUM_OF_SQUARES, .optimizer,
      DType.floats.map { Signature($0.name, [$0], [$0.statistics]) }, drawn: squares
    ) { signature in
      squarePlans(signature).map { squareCase($0, signature, .random) }
        + [
          squareCase(Plan("large-numbers", [Layout(contiguous: [65])]), signature, .uniform("", 900...60_000)),
          squareCase(Plan("special", [[5, 7], [33], [3]].map { Layout(contiguous: $0) }), signature, rarelySpecial),
        ]
    },
  ]

  private static func steps(outputs: Int) -> [Signature] {
    DType.floats.map { Signature($0.name, [$0], Array(repeating: $0, count: outputs)) }
  }

  private static let adamVariants: [(String, @Sendable (inout bp_adam_params) -> Void)] = [
    ("first", { _ in }),
    ("later", { $0.step = 1000 }),
    ("decay", { ($0.weight_decay, $0.step) = (0.1, 3) }),
    ("decoupled", { ($0.weight_decay, $0.decoupled, $0.step) = (0.1, 1, 3) }),
    ("large-eps", { ($0.eps, $0.step) = (0.5, 2) }),
    ("no-moments", { ($0.beta1, $0.beta2) = (0, 0) }),
  ]

  private static let sgdVariants: [(String, @Sendable (inout bp_sgd_params) -> Void)] = [
    ("plain", { _ in }),
    ("decay", { $0.weight_decay = 0.1 }),
    ("momentum", { $0.momentum = 0.9 }),
    ("momentum-first", { ($0.momentum, $0.first_step, $0.dampening) = (0.9, 1, 0.5) }),
    ("dampening", { ($0.momentum, $0.dampening, $0.weight_decay) = (0.9, 0.5, 0.01) }),
    ("nesterov", { ($0.momentum, $0.nesterov) = (0.9, 1) }),
    ("nesterov-first", { ($0.momentum, $0.nesterov, $0.first_step, $0.weight_decay) = (0.9, 1, 1, 0.1) }),
  ]

  private static let rmspropVariants: [(String, @Sendable (inout bp_rmsprop_params) -> Void)] = [
    ("plain", { _ in }),
    ("decay", { ($0.weight_decay, $0.alpha) = (0.1, 0.9) }),
    ("momentum", { ($0.momentum, $0.eps) = (0.9, 1e-3) }),
    ("centered", { ($0.centered, $0.alpha) = (1, 0.9) }),
    ("centered-momentum", { ($0.centered, $0.momentum, $0.weight_decay, $0.alpha) = (1, 0.5, 0.01, 0.75) }),
    ("large-eps", { $0.eps = 0.5 }),
  ]

  private static let adagradVariants: [(String, @Sendable (inout bp_adagrad_params) -> Void)] = [
    ("first", { _ in }),
    ("later", { ($0.lr_decay, $0.step) = (0.1, 31) }),
    ("decay", { ($0.weight_decay, $0.step) = (0.1, 3) }),
    ("large-eps", { ($0.eps, $0.lr_decay, $0.step) = (0.5, 0.01, 2) }),
  ]

  /// Of Adam: parameters, first moments, second moments, which are never negative; of SGD the first one or two.
  private static let moments: [ClosedRange<Double>] = [-2...2, -0.5...0.5, 0...0.5]

  /// What a step of RMSprop finds: parameters, mean squares, momentum, means. A mean's square is less than that of the
  /// squares, as where they come from: else the root would be of a negative number.
  private static func ranges(_ params: bp_rmsprop_params) -> [ClosedRange<Double>] {
    [-2...2, params.centered != 0 ? 0.2...0.5 : 0...0.5] + (params.momentum != 0 ? [-1...1] : [])
      + (params.centered != 0 ? [-0.3...0.3] : [])
  }

  /// The parameters of one call: the layouts of their gradients, and of what belongs to each.
  private struct Plan {
    let label: String
    var gradients: [Layout]
    var states: [Layout]

    init(_ label: String, _ gradients: [Layout], states: [Layout]? = nil) {
      self.label = label
      self.gradients = gradients
      self.states = states ?? gradients
    }
  }

  private static let plans: [Plan] = {
    let dense = Layout(contiguous: [9, 7])
    return [
      Plan("n1", [Layout(contiguous: [1])]), Plan("n33", [Layout(contiguous: [33])]), Plan("dense", [dense]),
      Plan("scalar", [Layout(contiguous: [])]), Plan("empty", [Layout(contiguous: [0, 3])]),
      Plan("several", [[3], [5, 7], [], [0], [65], [2, 3, 4]].map { Layout(contiguous: $0) }),
      Plan("transposed-gradient", [Layout([9, 7], strides: [1, 9])], states: [dense]),
      Plan("broadcast-gradient", [Layout([9, 7], strides: [0, 0])], states: [dense]),
      Plan(
        "strided", [Layout([9, 7], strides: [1, 9])], states: [Layout([9, 7], strides: [20, 2], lead: 1)]),
      Plan("large", [Layout(contiguous: [20_011])]),
    ]
  }()

  private static func step(
    _ label: String, _ plan: Plan, _ signature: Signature, ranges: [ClosedRange<Double>], _ params: Parameters
  ) -> OperatorCase {
    OperatorCase(label) { random in
      let gradients = plan.gradients.map {
        Operand(signature.dtype, $0, .uniform("gradients", -1...1), &random)
      }
      let outputs = ranges.flatMap { range in
        plan.states.map { Operand(signature.dtype, $0, .uniform("state", range), &random) }
      }
      return Operation(gradients, outputs, params)
    }
  }

  // MARK: - Sums of squares

  private static func squarePlans(_ signature: Signature) -> [Plan] {
    func plan(_ label: String, _ layout: Layout) -> Plan { Plan(label, [layout]) }
    let lengths = ElementwiseCases.oddLengths.map { plan("n\($0)", Layout(contiguous: [$0])) }
    let shapes = [
      plan("scalar", Layout(contiguous: [])), plan("empty", Layout(contiguous: [0, 3])),
      plan("rank5", Layout(contiguous: [2, 1, 3, 5, 7])), plan("transposed", Layout([9, 7], strides: [1, 9])),
      plan("sliced", Layout([6, 33], strides: [40, 1], lead: 3)), plan("step2", Layout([5, 17], strides: [34, 2])),
      plan("negative", Layout([5, 17], strides: [-17, -1])), plan("broadcast", Layout([9, 7], strides: [0, 1])),
      plan("misaligned", Layout(contiguous: [131], lead: 1)),
      Plan("several", [[3], [5, 7], [], [0], [65], [2, 3, 4], [1024]].map { Layout(contiguous: $0) }),
      plan("large", Layout(contiguous: [40_011])),
    ]
    let larger = [
      plan("larger", Layout(contiguous: [3, 300_007])),
      Plan("many", (1...40).map { Layout(contiguous: [$0 * 97]) }),
    ]
    return lengths + shapes + (signature.isCore ? larger : [])
  }

  private static func squareCase(_ plan: Plan, _ signature: Signature, _ values: ValueSet) -> OperatorCase {
    OperatorCase(plan.label) { random in
      Operation(
        plan.gradients.map { Operand(signature.dtype, $0, values, &random) },
        plan.gradients.map { _ in Operand(signature.outputs[0], Layout(contiguous: [])) })
    }
  }

  /// Each tensor has its own: where one holds NaN or an infinity, the others do not.
  private static let rarelySpecial = ValueSet.each("rarely-special") { _, random in
    random.oneIn(32) ? [.nan, .infinity, -.infinity].randomElement(using: &random)! : random.double(-4...4)
  }

  // MARK: - Random calls

  @Sendable private static func rmsprop(
    _ signature: Signature, _ size: Int, _ random: inout RandomSource
  ) -> Operation {
    var params = bp_rmsprop_params()
    (params.lr, params.alpha) = (random.double(1e-4...1e-1), random.double(0.5...0.99))
    params.eps = random.oneIn(2) ? 1e-8 : 0.5
    params.weight_decay = random.oneIn(2) ? 0 : random.double(0...0.2)
    params.momentum = random.oneIn(2) ? 0 : random.double(0.1...0.9)
    params.centered = random.oneIn(2) ? 1 : 0
    return drawnStep(signature, size, ranges(params), .rmsprop(params), &random)
  }

  @Sendable private static func adagrad(
    _ signature: Signature, _ size: Int, _ random: inout RandomSource
  ) -> Operation {
    var params = bp_adagrad_params()
    (params.lr, params.eps) = (random.double(1e-4...1e-1), random.oneIn(2) ? 1e-10 : 0.5)
    params.weight_decay = random.oneIn(2) ? 0 : random.double(0...0.2)
    params.lr_decay = random.oneIn(2) ? 0 : random.double(0...0.2)
    params.step = Int64(random.int(1...2000))
    return drawnStep(signature, size, [-2...2, 0...0.5], .adagrad(params), &random)
  }

  private static func drawnStep(
    _ signature: Signature, _ size: Int, _ ranges: [ClosedRange<Double>], _ params: Parameters,
    _ random: inout RandomSource
  ) -> Operation {
    let shapes = drawnShapes(size, &random)
    let gradients = shapes.map {
      Operand(signature.dtype, .scattered($0, isInput: true, &random), .uniform("gradients", -1...1), &random)
    }
    let outputs = ranges.flatMap { range in
      shapes.map {
        Operand(signature.dtype, .scattered($0, isInput: false, &random), .uniform("state", range), &random)
      }
    }
    return Operation(gradients, outputs, params)
  }

  @Sendable private static func squares(
    _ signature: Signature, _ size: Int, _ random: inout RandomSource
  ) -> Operation {
    let shapes = drawnShapes(size, &random)
    return Operation(
      shapes.map { Operand(signature.dtype, .scattered($0, isInput: true, &random), .random, &random) },
      shapes.map { _ in Operand(signature.outputs[0], Layout(contiguous: [])) })
  }

  private static func drawnShapes(_ size: Int, _ random: inout RandomSource) -> [[Int]] {
    (0..<random.int(1...3)).map { _ in (0..<random.int(0...3)).map { _ in random.int(0...max(size, 1)) } }
  }
}
