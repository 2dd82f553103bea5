import BackendAPI

extension OperatorCatalogue {
  /// Section 6.10 of the header.
  static let optimizer: [OperatorEntry] = [
    OperatorEntry("ADAM_STEP", BP_OP_ADAM_STEP, .optimizer, steps(outputs: 3), readsOutputs: true) {
      signature in
      var cases: [OperatorCase] = []
      for (label, change) in adamVariants {
        var params = bp_adam_params()
        (params.lr, params.beta1, params.beta2, params.eps, params.step) = (1e-3, 0.9, 0.999, 1e-8, 1)
        change(&params)
        for plan in plans {
          cases.append(step("\(label)-\(plan.label)", plan, signature, rows: 3, .adam(params)))
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
          cases.append(step("\(label)-\(plan.label)", plan, signature, rows: rows, .sgd(params)))
        }
      }
      return cases
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
    _ label: String, _ plan: Plan, _ signature: Signature, rows: Int, _ params: Parameters
  ) -> OperatorCase {
    OperatorCase(label) { random in
      let gradients = plan.gradients.map {
        Operand(signature.dtype, $0, .uniform("gradients", -1...1), &random)
      }
      // Rows: parameters, first moments, second moments; the last are never negative.
      let ranges: [ClosedRange<Double>] = [-2...2, -0.5...0.5, 0...0.5]
      let outputs = (0..<rows).flatMap { row in
        plan.states.map { Operand(signature.dtype, $0, .uniform("state", ranges[row]), &random) }
      }
      return Operation(gradients, outputs, params)
    }
  }
}
