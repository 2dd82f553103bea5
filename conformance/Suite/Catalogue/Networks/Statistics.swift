import BackendAPI

extension OperatorCatalogue {
  /// Section 6.23 of the header.
  static let statistics: [OperatorEntry] = [
    OperatorEntry(
      "NORMALIZE", BP_OP_NORMALIZE, .statistics,
      signatures([("", 3), ("-weight", 2), ("-bare", 1)], given: 1) { count, w in [w, w] },
      drawn: { signature, size, random in
        let plan = NormalizationPlan.drawn(size * size, &random)
        return plan.forward(signature, &random)
      }, cases: normalizes),
    OperatorEntry(
      "NORMALIZE_BACKWARD", BP_OP_NORMALIZE_BACKWARD, .statistics,
      signatures([("", 5), ("-bare", 4)], given: 2) { count, w in count == 5 ? [w, w] : [] },
      drawn: { signature, size, random in
        let plan = NormalizationPlan.drawn(size * size, &random)
        return plan.backward(signature, &random)
      }, cases: backwards),
    OperatorEntry(
      "NORMALIZE_FROZEN", BP_OP_NORMALIZE_FROZEN, .statistics,
      signatures([("", 5), ("-weight", 4), ("-bare", 3)], given: 1) { _, _ in [] },
      drawn: { signature, size, random in
        var plan = NormalizationPlan.drawn(size * size, &random)
        plan.flags = 0
        return plan.frozen(signature, &random)
      }, cases: frozen),
  ]

  /// Signatures with so many inputs, the first few of the common type, the others of statistics type.
  private static func signatures(
    _ variants: [(String, Int)], given: Int, outputs: (Int, DType) -> [DType]
  ) -> [Signature] {
    DType.floats.flatMap { t in
      variants.map { label, count in
        let w = t.statistics
        return Signature(
          t.name + label, Array(repeating: t, count: given) + Array(repeating: w, count: count - given),
          [t] + outputs(count, w))
      }
    }
  }

  @Sendable private static func normalizes(_ signature: Signature) -> [OperatorCase] {
    var plans = NormalizationPlan.layouts(signature)
    plans += NormalizationPlan.values(signature)
    return plans.map { plan in OperatorCase(plan.label) { plan.forward(signature, &$0) } } + golden(signature)
  }

  @Sendable private static func backwards(_ signature: Signature) -> [OperatorCase] {
    NormalizationPlan.layouts(signature).map { plan in
      OperatorCase(plan.label) { plan.backward(signature, &$0) }
    } + goldenBackward(signature)
  }

  @Sendable private static func frozen(_ signature: Signature) -> [OperatorCase] {
    NormalizationPlan.layouts(signature).filter { $0.flags == 0 }.map { plan in
      OperatorCase(plan.label) { plan.frozen(signature, &$0) }
    } + goldenFrozen(signature)
  }
}

/// Which axes are normalized, how the operands lie, and what they hold.
struct NormalizationPlan: Sendable {
  let label: String
  let x: Layout
  /// The extents of the statistics, and of weight and bias.
  let statistics: [Int]
  let weight: [Int]
  var eps = 1e-5
  var flags: UInt32 = 0
  var output: Layout?
  /// The small operands lie with gaps.
  var hasGaps = false
  var values = ValueSet.uniform("", -3...3)

  init(_ label: String, _ x: Layout, _ statistics: [Int], _ weight: [Int]) {
    (self.label, self.x, self.statistics, self.weight) = (label, x, statistics, weight)
  }

  init(_ label: String, _ shape: [Int], _ statistics: [Int], _ weight: [Int]) {
    self.init(label, Layout(contiguous: shape), statistics, weight)
  }

  func with(_ change: (inout NormalizationPlan) -> Void) -> NormalizationPlan {
    var plan = self
    change(&plan)
    return plan
  }

  private func small(_ shape: [Int]) -> Layout {
    guard hasGaps else { return Layout(contiguous: shape) }
    let dense = Layout(contiguous: shape)
    return Layout(shape, strides: dense.strides.map { $0 * 3 }, lead: 1)
  }

  private var params: Parameters { .normalize(bp_normalize_params(struct_size: 0, flags: flags, eps: eps)) }

  private func result(_ dtype: DType) -> Operand { Operand(dtype, output ?? Layout(contiguous: x.shape)) }

  func forward(_ signature: Signature, _ random: inout RandomSource) -> Operation {
    var inputs = [Operand(signature.inputs[0], x, values, &random)]
    for dtype in signature.inputs.dropFirst() {
      inputs.append(Operand(dtype, small(weight), .uniform("", -2...2), &random))
    }
    let statistic = signature.outputs[1]
    return Operation(
      inputs,
      [result(signature.outputs[0]), Operand(statistic, small(statistics)), Operand(statistic, small(statistics))],
      params)
  }

  func backward(_ signature: Signature, _ random: inout RandomSource) -> Operation {
    var inputs = [
      Operand(signature.inputs[0], x, .uniform("", -2...2), &random), Operand(signature.inputs[1], x, values, &random),
    ]
    // What a plugin is given need not be the statistics of x: it takes the numbers as they are.
    let mean = flags & BP_NORMALIZE_UNCENTERED != 0 ? ValueSet.each("") { _, _ in 0 } : .uniform("", -1...1)
    inputs.append(Operand(signature.inputs[2], small(statistics), mean, &random))
    inputs.append(Operand(signature.inputs[3], small(statistics), .uniform("", 0.25...1.5), &random))
    for dtype in signature.inputs.dropFirst(4) {
      inputs.append(Operand(dtype, small(weight), .uniform("", -2...2), &random))
    }
    let gradients = signature.outputs.dropFirst().map { Operand($0, small(weight)) }
    return Operation(inputs, [result(signature.outputs[0])] + gradients, params)
  }

  func frozen(_ signature: Signature, _ random: inout RandomSource) -> Operation {
    var inputs = [Operand(signature.inputs[0], x, values, &random)]
    // Here the statistics are known beforehand, and most often lie as the weight does.
    inputs.append(Operand(signature.inputs[1], small(statistics), .uniform("", -1...1), &random))
    inputs.append(Operand(signature.inputs[2], small(statistics), .uniform("", 0...4), &random))
    for dtype in signature.inputs.dropFirst(3) {
      inputs.append(Operand(dtype, small(weight), .uniform("", -2...2), &random))
    }
    return Operation(inputs, [result(signature.outputs[0])], params)
  }
}

// MARK: - Plans

extension NormalizationPlan {
  static func layouts(_ signature: Signature) -> [NormalizationPlan] {
    typealias Plan = NormalizationPlan
    let layer = Plan("layer", [6, 33], [6, 1], [1, 33])
    let batch = Plan("batch", [5, 3, 7], [1, 3, 1], [1, 3, 1])
    var plans = ElementwiseCases.oddLengths.map { Plan("layer-n\($0)", [3, $0], [3, 1], [1, $0]) }
    plans += [
      layer, batch, layer.with { $0.flags = BP_NORMALIZE_UNCENTERED }.named("uncentered"),
      batch.with { $0.flags = BP_NORMALIZE_UNCENTERED }.named("uncentered-batch"),
      batch.with { $0.eps = 0.5 }.named("large-eps"), layer.with { $0.eps = 0 }.named("no-eps"),
      batch.with { $0.hasGaps = true }.named("gaps"), layer.with { $0.hasGaps = true }.named("gaps-rows"),
      Plan("scalar", [], [], []), Plan("vector", [33], [1], [33]), Plan("columns", [33, 17], [1, 17], [1, 17]),
      Plan("pixels", [2, 5, 35], [1, 5, 1], [1, 5, 1]), Plan("group", [2, 3, 4, 5], [2, 3, 1, 1], [1, 3, 4, 1]),
      Plan("instance", [2, 3, 7], [2, 3, 1], [1, 3, 1]), Plan("everything", [5, 7], [1, 1], [5, 7]),
      Plan("nothing", [5, 7], [5, 7], [1, 7]), Plan("one-weight", [5, 3, 7], [1, 3, 1], [1, 1, 1]),
      Plan("weight-of-rows", [5, 7], [5, 1], [5, 1]), Plan("middle", [4, 3, 5], [4, 1, 5], [1, 3, 1]),
      Plan("weight-across", [4, 3, 5], [4, 1, 1], [1, 3, 5]), Plan("weight-whole", [4, 6], [4, 1], [4, 6]),
      Plan("one-channel", [5, 1, 9], [1, 1, 1], [1, 1, 1]), Plan("one-sample", [1, 5, 9], [1, 5, 1], [1, 5, 1]),
      Plan("rank8", [2, 1, 3, 1, 5, 2, 1, 3], [2, 1, 1, 1, 5, 1, 1, 3], [1, 1, 3, 1, 5, 2, 1, 1]),
      Plan("empty", [0, 5], [0, 1], [1, 5]), Plan("empty-slices", [3, 0], [3, 1], [1, 0]),
      Plan("empty-batch", [0, 3, 7], [1, 3, 1], [1, 3, 1]),
      Plan("misaligned", Layout(contiguous: [5, 35], lead: 1), [5, 1], [1, 35]),
      Plan("transposed", Layout([17, 9], strides: [1, 17]), [17, 1], [1, 9]),
      Plan("transposed-columns", Layout([17, 9], strides: [1, 17]), [1, 9], [1, 9]),
      Plan("sliced", Layout([6, 33], strides: [40, 1], lead: 3), [6, 1], [1, 33]),
      Plan("sliced-batch", Layout([4, 3, 17], strides: [80, 20, 1], lead: 3), [1, 3, 1], [1, 3, 1]),
      Plan("step2", Layout([5, 17], strides: [34, 2]), [5, 1], [1, 17]),
      Plan("negative", Layout([5, 17], strides: [-17, -1]), [5, 1], [1, 17]),
      Plan("channels-last", Layout([5, 19, 7], strides: [133, 1, 19]), [1, 19, 1], [1, 19, 1]).with {
        $0.output = Layout([5, 19, 7], strides: [133, 1, 19])
      },
      Plan("channels-last-in", Layout([5, 3, 7], strides: [21, 1, 3]), [1, 3, 1], [1, 3, 1]),
      Plan("channels-last-group", Layout([2, 3, 4, 5], strides: [60, 4, 1, 12]), [2, 3, 1, 1], [1, 3, 4, 1]),
      Plan("broadcast-slices", Layout([5, 17], strides: [0, 1]), [5, 1], [1, 17]),
      Plan("output-transposed", [9, 7], [9, 1], [1, 7]).with { $0.output = Layout([9, 7], strides: [1, 9]) },
      Plan("output-sliced", [9, 7], [1, 7], [1, 7]).with { $0.output = Layout([9, 7], strides: [12, 1], lead: 2) },
    ]
    if signature.isCore {
      plans += [
        Plan("large-rows", [301, 333], [301, 1], [1, 333]), Plan("long-rows", [2, 50_003], [2, 1], [1, 50_003]),
        Plan("large-batch", [8, 19, 401], [1, 19, 1], [1, 19, 1]),
        Plan("few-channels", [64, 2, 500], [1, 2, 1], [1, 2, 1]),
        Plan("many-rows", [4001, 17], [1, 17], [1, 17]),
        Plan("large-group", [4, 4, 8, 300], [4, 4, 1, 1], [1, 4, 8, 1]),
        Plan("large-everything", [301, 233], [1, 1], [1, 1]),
      ]
    }
    return plans
  }

  /// What the sums of squares have to stand, and what the formula makes of special values.
  static func values(_ signature: Signature) -> [NormalizationPlan] {
    let layer = NormalizationPlan("", [17, 33], [17, 1], [1, 33])
    let batch = NormalizationPlan("", [5, 3, 35], [1, 3, 1], [1, 3, 1])
    func plan(_ label: String, _ values: ValueSet, eps: Double = 1e-5) -> [NormalizationPlan] {
      [(layer, label), (batch, label + "-batch")].map { plan, label in
        plan.with { ($0.values, $0.eps) = (values, eps) }.named(label)
      }
    }
    func oneOf(_ value: Double) -> ValueSet {
      .each("") { _, random in random.oneIn(64) ? value : random.double(-4...4) }
    }
    let isHalf = signature.inputs[0] == .float16
    let greatest = signature.inputs[0] == .float64 ? 1e200 : isHalf ? 6e4 : 1e30
    return plan("offset", .uniform("", 99...101)) + plan("constant", .each("") { _, _ in 3.25 })
      + plan("large", .uniform("", -greatest...greatest))
      + plan("tiny", .uniform("", -1 / greatest...1 / greatest), eps: 0)
      + plan("small-beside-eps", .uniform("", -1e-4...1e-4)) + plan("nan", oneOf(.nan))
  }

  private func named(_ label: String) -> NormalizationPlan {
    var plan = NormalizationPlan(label, x, statistics, weight)
    (plan.eps, plan.flags, plan.output, plan.hasGaps, plan.values) = (eps, flags, output, hasGaps, values)
    return plan
  }

  /// Any extents, axes and strides.
  static func drawn(_ size: Int, _ random: inout RandomSource) -> NormalizationPlan {
    let rank = random.int(1...4)
    var left = max(size, 1)
    var shape: [Int] = []
    for _ in 0..<rank {
      let extent = random.oneIn(24) ? 0 : random.int(1...max(1, min(left, random.oneIn(3) ? 70 : 9)))
      shape.append(extent)
      left /= max(extent, 1)
    }
    func some(_ random: inout RandomSource) -> [Int] { shape.map { random.oneIn(2) ? 1 : $0 } }
    var plan = NormalizationPlan("", Layout.drawn(shape, mayFlip: true, &random), some(&random), some(&random))
    plan.output = Layout.drawn(shape, mayFlip: false, &random)
    plan.flags = random.oneIn(4) ? BP_NORMALIZE_UNCENTERED : 0
    plan.eps = [1e-5, 1e-3, 0.5].randomElement(using: &random)!
    plan.hasGaps = random.oneIn(3)
    return plan
  }
}

extension Layout {
  /// Dense, or permuted with gaps.
  static func drawn(_ shape: [Int], mayFlip: Bool, _ random: inout RandomSource) -> Layout {
    if random.oneIn(2) { return Layout(contiguous: shape) }
    var strides = shape
    var stride = 1
    for axis in shape.indices.shuffled(using: &random) {
      if random.oneIn(5) { stride *= 2 }
      strides[axis] = mayFlip && random.oneIn(6) ? -stride : stride
      stride *= max(shape[axis], 1)
      if random.oneIn(5) { stride += random.int(1...4) }
    }
    return Layout(shape, strides: strides, lead: random.int(0...3))
  }
}
