import BackendAPI

extension OperatorCatalogue {
  /// Section 6.25 of the header.
  static let crossEntropy: [OperatorEntry] = [
    OperatorEntry(
      "CROSS_ENTROPY", BP_OP_CROSS_ENTROPY, .loss,
      DType.floats.flatMap { t in
        let w = t.statistics
        return [
          Signature(t.name, [t, .int64, w], [w, w, w]), Signature("\(t.name)-unweighted", [t, .int64], [w, w, w]),
        ]
      },
      drawn: { ClassPlan.drawn($1 * $1, &$2).forward($0, &$2) }
    ) { signature in
      ClassPlan.all(signature).map { plan in OperatorCase(plan.label) { plan.forward(signature, &$0) } }
        + ClassPlan.golden(signature)
    },
    OperatorEntry(
      "CROSS_ENTROPY_BACKWARD", BP_OP_CROSS_ENTROPY_BACKWARD, .loss,
      DType.floats.flatMap { t in
        let w = t.statistics
        return [
          Signature(t.name, [t, w, .int64, w, w], [t]), Signature("\(t.name)-unweighted", [t, w, .int64, w], [t]),
        ]
      },
      drawn: { ClassPlan.drawn($1 * $1, &$2).backward($0, &$2) }
    ) { signature in
      ClassPlan.all(signature).filter { !$0.isForwardOnly }.map { plan in
        OperatorCase(plan.label) { plan.backward(signature, &$0) }
      } + ClassPlan.goldenBackward(signature)
    },
  ]
}

/// Logits (N, C, S), how the operands lie, what they hold, and which targets are ignored.
private struct ClassPlan: Sendable {
  let label: String
  let logits: Layout
  var targets: Layout
  var output: Layout?
  /// Weights and places lie with gaps.
  var hasGaps = false
  var smoothing = 0.0
  var ignored: Int64 = -100
  var values = ValueSet.uniform("", -5...5)
  var isForwardOnly = false

  init(_ label: String, _ logits: Layout, _ change: (inout ClassPlan) -> Void = { _ in }) {
    (self.label, self.logits) = (label, logits)
    targets = Layout(contiguous: [logits.shape[0], logits.shape[2]])
    change(&self)
  }

  init(_ label: String, _ shape: [Int], _ change: (inout ClassPlan) -> Void = { _ in }) {
    self.init(label, Layout(contiguous: shape), change)
  }

  private var places: [Int] { [logits.shape[0], logits.shape[2]] }

  private func small(_ shape: [Int]) -> Layout {
    let dense = Layout(contiguous: shape)
    return hasGaps ? Layout(shape, strides: dense.strides.map { $0 * 2 }, lead: 1) : dense
  }

  private var params: Parameters {
    .crossEntropy(
      bp_cross_entropy_params(struct_size: 0, reserved: 0, ignore_index: ignored, label_smoothing: smoothing))
  }

  /// The ends are where a target is most easily off by one. Some are ignored.
  private func targetOperand(_ random: inout RandomSource) -> Operand {
    let (last, ignored) = (logits.shape[1] - 1, ignored)
    let values = ValueSet("targets") { _, count, _, random in
      let classes = (0..<count).map { i in
        random.oneIn(5) || last < 0 ? ignored : Int64(i == 0 ? last : i == 1 ? 0 : random.int(0...last))
      }
      return ElementArray(.int64, integers: classes)
    }
    return Operand(.int64, targets, values, &random)
  }

  func forward(_ signature: Signature, _ random: inout RandomSource) -> Operation {
    var inputs = [Operand(signature.inputs[0], logits, values, &random), targetOperand(&random)]
    if signature.inputs.count > 2 {
      inputs.append(Operand(signature.inputs[2], small([logits.shape[1]]), .uniform("", 0.25...2), &random))
    }
    return Operation(inputs, signature.outputs.map { Operand($0, small(places)) }, params)
  }

  func backward(_ signature: Signature, _ random: inout RandomSource) -> Operation {
    var inputs = [
      Operand(signature.inputs[0], logits, values, &random),
      Operand(signature.inputs[1], small(places), .uniform("", -2...2), &random), targetOperand(&random),
      // At least the logits' greatest, so that the probabilities are no greater than 1; any number will do.
      Operand(signature.inputs[3], small(places), .uniform("", 5...8), &random),
    ]
    if signature.inputs.count > 4 {
      inputs.append(Operand(signature.inputs[4], small([logits.shape[1]]), .uniform("", 0.25...2), &random))
    }
    return Operation(inputs, [Operand(signature.outputs[0], output ?? Layout(contiguous: logits.shape))], params)
  }

  static func all(_ signature: Signature) -> [ClassPlan] {
    func oneOf(_ value: Double, _ n: Int) -> ValueSet {
      .each("") { _, random in random.oneIn(n) ? value : random.double(-4...4) }
    }
    var plans = ElementwiseCases.oddLengths.map { ClassPlan("classes-n\($0)", [3, $0, 1]) }
    plans += ElementwiseCases.oddLengths.map { ClassPlan("pixels-n\($0)", [2, 5, $0]) }
    plans += [
      ClassPlan("one", [1, 1, 1]), ClassPlan("rows", [64, 10, 1]), ClassPlan("empty", [0, 5, 3]),
      ClassPlan("empty-pixels", [3, 5, 0]), ClassPlan("smoothed", [17, 10, 1]) { $0.smoothing = 0.1 },
      ClassPlan("smoothed-pixels", [2, 10, 17]) { $0.smoothing = 0.3 },
      ClassPlan("smoothed-whole", [5, 33, 1]) { $0.smoothing = 1 },
      ClassPlan("ignored-class", [33, 7, 1]) { $0.ignored = 3 },
      ClassPlan("ignored-far", [33, 7, 1]) { $0.ignored = .max },
      ClassPlan("gaps", [5, 7, 3]) { $0.hasGaps = true }, ClassPlan("gaps-rows", [5, 7, 1]) { $0.hasGaps = true },
      ClassPlan("transposed", Layout([9, 17, 1], strides: [1, 9, 1])),
      ClassPlan("channels-last", Layout([3, 19, 17], strides: [323, 1, 19])) {
        $0.output = Layout([3, 19, 17], strides: [323, 1, 19])
      },
      ClassPlan("sliced", Layout([6, 33, 1], strides: [40, 1, 1], lead: 3)),
      ClassPlan("sliced-pixels", Layout([3, 5, 17], strides: [200, 20, 1], lead: 3)),
      ClassPlan("step2", Layout([5, 17, 1], strides: [34, 2, 1])),
      ClassPlan("negative", Layout([5, 17, 3], strides: [-51, -3, -1])),
      ClassPlan("broadcast-rows", Layout([5, 17, 1], strides: [0, 1, 1])),
      ClassPlan("targets-transposed", [5, 7, 9]) { $0.targets = Layout([5, 9], strides: [1, 5]) },
      ClassPlan("targets-broadcast", [5, 7, 9]) { $0.targets = Layout([5, 9], strides: [1, 0]) },
      ClassPlan("targets-negative", [5, 7, 9]) { $0.targets = Layout([5, 9], strides: [-9, -1]) },
      ClassPlan("output-sliced", [5, 7, 9]) { $0.output = Layout([5, 7, 9], strides: [80, 10, 1], lead: 2) },
      ClassPlan("output-transposed", [9, 7, 1]) { $0.output = Layout([9, 7, 1], strides: [1, 9, 1]) },
      ClassPlan("far-apart", [17, 33, 1]) {
        $0.values = .uniform("", -80...80); $0.isForwardOnly = true
      },
      ClassPlan("large", [17, 33, 1]) {
        $0.values = .uniform("", 5e4...6e4); $0.isForwardOnly = true
      },
      ClassPlan("minus-inf", [67, 33, 1]) { $0.values = oneOf(-.infinity, 8) },
      ClassPlan("minus-inf-pixels", [5, 13, 35]) { $0.values = oneOf(-.infinity, 8) },
      ClassPlan("inf", [67, 33, 1]) {
        $0.values = oneOf(.infinity, 64); $0.isForwardOnly = true
      },
      ClassPlan("inf-pixels", [5, 13, 35]) {
        $0.values = oneOf(.infinity, 32); $0.isForwardOnly = true
      },
      ClassPlan("all-minus-inf", [5, 33, 1]) {
        $0.values = oneOf(-.infinity, 1); $0.isForwardOnly = true
      },
      ClassPlan("nan", [67, 33, 1]) { $0.values = oneOf(.nan, 64) },
    ]
    if signature.inputs.allSatisfy(\.isCore) {
      plans += [
        ClassPlan("large-rows", [301, 333, 1]), ClassPlan("many-rows", [4001, 10, 1]) { $0.smoothing = 0.1 },
        ClassPlan("large-pixels", [4, 21, 1500]) { $0.smoothing = 0.1 }, ClassPlan("long", [2, 50_003, 1]),
      ]
    }
    return plans
  }

  static func drawn(_ size: Int, _ random: inout RandomSource) -> ClassPlan {
    var left = max(size, 1)
    func extent(_ greatest: Int, _ random: inout RandomSource) -> Int {
      let extent = random.int(1...max(1, min(left, greatest)))
      left /= extent
      return extent
    }
    let classes = extent(random.oneIn(3) ? 130 : 12, &random), pixels = random.oneIn(2) ? 1 : extent(40, &random)
    let rows = random.oneIn(24) ? 0 : extent(70, &random)
    let shape = [rows, classes, pixels]
    return ClassPlan("", Layout.drawn(shape, mayFlip: true, &random)) {
      $0.output = Layout.drawn(shape, mayFlip: false, &random)
      $0.targets = Layout.drawn([rows, pixels], mayFlip: true, &random)
      $0.hasGaps = random.oneIn(3)
      $0.smoothing = random.oneIn(2) ? 0 : random.double(0...1)
      $0.ignored = random.oneIn(3) ? Int64(random.int(0...classes)) : -100
    }
  }
}

// MARK: - Results of PyTorch in float64

extension ClassPlan {
  private static let rows = [1.0, 2, -1, 0, 0.5, 3, 4, -2, 1]

  private static func made(
    _ signature: Signature, _ label: String, smoothing: Double, _ inputs: [([Double], [Int])], _ outputs: [[Double]],
    _ shape: [Int]
  ) -> OperatorCase {
    OperatorCase(label, golden: zip(signature.outputs, outputs).map { ElementArray($0, doubles: $1) }) { _ in
      Operation(
        zip(signature.inputs, inputs).map { Operand(Layout(contiguous: $1.1), ElementArray($0, doubles: $1.0)) },
        signature.outputs.map { Operand($0, Layout(contiguous: shape)) },
        .crossEntropy(
          bp_cross_entropy_params(struct_size: 0, reserved: 0, ignore_index: -100, label_smoothing: smoothing)))
    }
  }

  static func golden(_ signature: Signature) -> [OperatorCase] {
    let given: [([Double], [Int])] = [(rows, [3, 3, 1]), ([2, 0, -100], [3, 1]), ([1, 2, 0.5], [3])]
    let logarithms = [2.349012216768186, 3.1238729583693674, 4.050945763522998]
    func made(_ label: String, smoothing: Double, _ losses: [Double], _ factors: [Double]) -> OperatorCase {
      ClassPlan.made(
        signature, label, smoothing: smoothing, Array(given.prefix(signature.inputs.count)),
        [losses, logarithms, factors], [3, 1])
    }
    if signature.inputs.count == 2 {
      return [made("golden", smoothing: 0, [3.349012216768186, 3.1238729583693674, 0], [1, 1, 0])]
    }
    return [
      made("golden", smoothing: 0, [1.674506108384093, 3.1238729583693674, 0], [0.5, 1, 0]),
      made("golden-smoothed", smoothing: 0.3, [1.5443085517377302, 3.0300666062878356, 0], [0.5, 1, 0]),
    ]
  }

  static func goldenBackward(_ signature: Signature) -> [OperatorCase] {
    // The logarithms stand here as PyTorch has them: types that round them have results of their own.
    guard signature.inputs[0] == .float64 else { return [halves(signature)] }
    let given: [([Double], [Int])] = [
      (rows, [3, 3, 1]), ([1, -2, 5], [3, 1]), ([2, 0, -100], [3, 1]),
      ([2.349012216768186, 3.1238729583693674, 4.050945763522998], [3, 1]), ([1, 2, 0.5], [3]),
    ]
    func made(_ label: String, smoothing: Double, _ result: [Double]) -> OperatorCase {
      ClassPlan.made(
        signature, label, smoothing: smoothing, Array(given.prefix(signature.inputs.count)), [result + [0, 0, 0]],
        [3, 3, 1])
    }
    if signature.inputs.count == 4 {
      return [
        halves(signature),
        made(
          "golden-rows", smoothing: 0,
          [
            0.25949646034241913, 0.7053845126982412, -0.9648809730406602, 1.9120270394158843, -0.1450428913614955,
            -1.7669841480543886,
          ]),
      ]
    }
    return [
      halves(signature),
      made(
        "golden-rows", smoothing: 0,
        [
          0.12974823017120957, 0.3526922563491206, -0.4824404865203301, 1.9120270394158843, -0.1450428913614955,
          -1.7669841480543886,
        ]),
      made(
        "golden-smoothed", smoothing: 0.3,
        [
          0.08164752223969339, 0.2937691588887688, -0.37541668112846216, 1.5076283913866784, 0.24770496407042972,
          -1.7553333554571078,
        ]),
    ]
  }

  /// Worked by hand: with L the logits themselves each "probability" is 1.
  private static func halves(_ signature: Signature) -> OperatorCase {
    let given: [([Double], [Int])] = [
      ([3, 3, 3, 3, 3, 3], [2, 3, 1]), ([2, -4], [2, 1]), ([2, 0], [2, 1]), ([3, 3], [2, 1]), ([1, 2, 0.5], [3]),
    ]
    let isWeighted = signature.inputs.count > 4
    return made(
      signature, "golden", smoothing: 0, Array(given.prefix(signature.inputs.count)),
      [isWeighted ? [1, 1, 0, 0, -4, -4] : [2, 2, 0, 0, -4, -4]], [2, 3, 1])
  }
}
