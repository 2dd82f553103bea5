/// The cases that elementwise operators share: the layouts of their operands, and values.
struct ElementwiseCases: Sendable {
  let signature: Signature
  /// The values that the layouts are tried with.
  var filling = ValueSet.mixed
  /// Further values, contiguous, and how many.
  var sets: [(values: ValueSet, count: Int)] = []
  /// Outputs may have negative strides too ("any strides on both sides").
  var takesAnyOutput = false

  var cases: [OperatorCase] { layouts.map(layoutCase) + sets.map(valueCase) }

  private func layoutCase(_ plan: Plan) -> OperatorCase {
    OperatorCase(plan.label) { random in
      var inputs: [Operand] = []
      for (i, layout) in plan.inputs.enumerated() {
        if plan.immediates.contains(i) {
          let value = filling.make(signature.inputs[i], 1, i, &random)
          inputs.append(Operand(immediate: value, shape: layout.shape))
        } else {
          inputs.append(Operand(signature.inputs[i], layout, filling, operand: i, &random))
        }
      }
      return Operation(inputs, [Operand(signature.outputs[0], plan.output)], sharedInput: plan.sharedInput)
    }
  }

  private func valueCase(_ set: (values: ValueSet, count: Int)) -> OperatorCase {
    OperatorCase(set.values.name) { random in
      let layout = Layout(contiguous: [set.count])
      let inputs = signature.inputs.enumerated().map { i, dtype in
        Operand(dtype, layout, set.values, operand: i, &random)
      }
      return Operation(inputs, [Operand(signature.outputs[0], layout)])
    }
  }
}

// MARK: - Layouts

extension ElementwiseCases {
  struct Plan {
    let label: String
    var inputs: [Layout]
    var output: Layout
    var immediates: Set<Int> = []
    var sharedInput: Int?
  }

  /// Sizes around the widths of vectors, and the tails they leave.
  static let oddLengths = [1, 3, 7, 15, 17, 31, 33, 63, 65, 127, 257]

  private var layouts: [Plan] {
    let n = signature.inputs.count
    func same(_ label: String, _ layout: Layout) -> Plan {
      Plan(label: label, inputs: Array(repeating: layout, count: n), output: layout)
    }
    func inputs(_ label: String, _ layout: Layout) -> Plan {
      var plan = same(label, layout)
      plan.output = Layout(contiguous: layout.shape)
      return plan
    }
    func output(_ label: String, _ layout: Layout) -> Plan {
      var plan = same(label, Layout(contiguous: layout.shape))
      plan.output = layout
      return plan
    }

    var plans = ElementwiseCases.oddLengths.map { same("n\($0)", Layout(contiguous: [$0])) }
    plans += [
      same("scalar", Layout(contiguous: [])),
      same("dense", Layout(contiguous: [3, 5, 7])),
      same("empty", Layout(contiguous: [3, 0, 5])),
      same("rank8", Layout(contiguous: [2, 1, 3, 1, 2, 2, 1, 3])),
      same("rank16", Layout(contiguous: [2, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 1, 2, 1, 1, 2])),
      same("misaligned", Layout(contiguous: [67], lead: 1)),
      inputs("transposed", Layout([7, 9], strides: [1, 7])),
      same("transposed-all", Layout([33, 17], strides: [1, 33])),
      inputs("permuted", Layout([3, 4, 5], strides: [1, 15, 3])),
      inputs("permuted-rank8", Layout([2, 1, 3, 2, 2, 1, 2, 3], strides: [1, 2, 2, 6, 12, 24, 24, 48])),
      inputs("sliced", Layout([6, 11], strides: [17, 1], lead: 3)),
      same("sliced-all", Layout([6, 33], strides: [40, 1], lead: 5)),
      inputs("step2", Layout([37], strides: [2])),
      inputs("step3-rows", Layout([5, 9], strides: [54, 3], lead: 2)),
      inputs("negative", Layout([35], strides: [-1])),
      inputs("negative-both", Layout([4, 9], strides: [-18, -2], lead: 1)),
      inputs("unit-axes", Layout([1, 17, 1], strides: [12345, 1, -777])),
      inputs("empty-strides", Layout([4, 0], strides: [-3, 99])),
      output("output-transposed", Layout([9, 7], strides: [1, 9])),
      output("output-sliced", Layout([5, 13], strides: [19, 1], lead: 2)),
      output("output-step2", Layout([35], strides: [2], lead: 1)),
    ]
    if takesAnyOutput {
      plans += [
        output("output-negative", Layout([33], strides: [-1])),
        output("output-negative-both", Layout([5, 7], strides: [-30, -3], lead: 4)),
      ]
    }
    if signature.isCore || signature.dtype == .float64 {
      plans.append(same("large", Layout(contiguous: [100_003])))
    }
    if signature.isCore { plans.append(inputs("large-transposed", Layout([301, 333], strides: [1, 301]))) }
    return plans + (0..<n).flatMap(perInput) + pairs
  }

  /// What is done to one input, the others being contiguous.
  private func perInput(_ k: Int) -> [Plan] {
    let n = signature.inputs.count
    func one(_ label: String, _ layout: Layout, immediate: Bool = false, shared: Bool = false) -> Plan {
      var plan = Plan(
        label: "\(label)-\(k)", inputs: Array(repeating: Layout(contiguous: layout.shape), count: n),
        output: Layout(contiguous: layout.shape))
      plan.inputs[k] = layout
      if shared { (plan.output, plan.sharedInput) = (layout, k) }
      if immediate { plan.immediates = [k] }
      return plan
    }
    var plans = [
      one("broadcast-rows", Layout([5, 17], strides: [0, 1])),
      one("broadcast-columns", Layout([17, 5], strides: [1, 0])),
      one("broadcast-middle", Layout([3, 7, 33], strides: [33, 0, 1])),
      one("broadcast-all", Layout([3, 35], strides: [0, 0])),
      one("broadcast-length1", Layout([1, 1], strides: [0, 0])),
      one("immediate", Layout(contiguous: [35]), immediate: true),
      one("immediate-rank2", Layout(contiguous: [4, 9]), immediate: true),
      one("immediate-scalar", Layout(contiguous: []), immediate: true),
    ]
    if n > 1 { plans.append(one("transposed", Layout([9, 7], strides: [1, 9]))) }
    if signature.inputs[k] == signature.outputs[0] {
      plans += [
        one("in-place", Layout(contiguous: [3, 67]), shared: true),
        one("in-place-strided", Layout([9, 7], strides: [2, 21], lead: 1), shared: true),
      ]
    }
    return plans
  }

  /// What is done to several inputs at once.
  private var pairs: [Plan] {
    let n = signature.inputs.count
    let dense = Layout(contiguous: [9, 17])
    let broadcast = [Layout([9, 17], strides: [1, 0]), Layout([9, 17], strides: [0, 1])]
    let outer = (0..<n).map { broadcast[$0 % 2] }
    var plans: [Plan] = []
    if n > 1 {
      plans.append(Plan(label: "outer", inputs: outer, output: dense))
      plans.append(Plan(label: "outer-transposed", inputs: outer, output: Layout([9, 17], strides: [1, 9])))
      plans.append(
        Plan(label: "immediate-all", inputs: outer.map { _ in dense }, output: dense, immediates: Set(0..<n)))
      // Reading one tensor twice: the operands are different views all the same.
      plans.append(
        Plan(
          label: "mixed-strides",
          inputs: (0..<n).map {
            [Layout([9, 17], strides: [-17, 1]), Layout([9, 17], strides: [3, 40])][$0 % 2]
          },
          output: Layout([9, 17], strides: [1, 11])))
    }
    return plans
  }
}
