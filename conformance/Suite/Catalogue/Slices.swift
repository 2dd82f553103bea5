import BackendAPI

extension OperatorCatalogue {
  /// Sections 6.13 and 6.14 of the header: what goes along one axis.
  static let slices: [OperatorEntry] = [
    OperatorEntry("SORT", BP_OP_SORT, .sorting, withIndices, cases: sorts),
    OperatorEntry("TOPK", BP_OP_TOPK, .sorting, withIndices, cases: firsts),
    OperatorEntry("CUMSUM", BP_OP_CUMSUM, .scan, sums) { scans($0, .random) },
    OperatorEntry("CUMPROD", BP_OP_CUMPROD, .scan, sums) { scans($0, factors) },
    OperatorEntry("CUMMAX", BP_OP_CUMMAX, .scan, withIndices, cases: runningExtremes),
    OperatorEntry("CUMMIN", BP_OP_CUMMIN, .scan, withIndices, cases: runningExtremes),
  ]

  private static let sums = DType.any.map { Signature($0.name, [$0], [$0.sum]) }
  private static let withIndices = DType.real.map { Signature($0.name, [$0], [$0, .int64]) }

  // MARK: - Layouts

  private struct Plan {
    let label: String
    let input: Layout
    let axis: Int
    var output: Layout?
  }

  private static func plans(_ signature: Signature) -> [Plan] {
    var plans = ElementwiseCases.oddLengths.map { n in
      Plan(label: "n\(n)", input: Layout(contiguous: [3, n]), axis: 1)
    }
    plans += [
      Plan(label: "vector", input: Layout(contiguous: [300]), axis: 0),
      Plan(label: "columns", input: Layout(contiguous: [33, 17]), axis: 0),
      Plan(label: "middle", input: Layout(contiguous: [3, 17, 5]), axis: 1),
      Plan(label: "rank8", input: Layout(contiguous: [2, 1, 3, 1, 5, 2, 1, 3]), axis: 4),
      Plan(label: "empty", input: Layout(contiguous: [0, 3]), axis: 1),
      Plan(label: "empty-axis", input: Layout(contiguous: [3, 0]), axis: 1),
      Plan(label: "misaligned", input: Layout(contiguous: [5, 35], lead: 1), axis: 1),
      Plan(label: "transposed", input: Layout([17, 39], strides: [1, 17]), axis: 1),
      Plan(label: "transposed-columns", input: Layout([17, 9], strides: [1, 17]), axis: 0),
      Plan(label: "sliced", input: Layout([6, 33], strides: [40, 1], lead: 3), axis: 1),
      Plan(label: "step2", input: Layout([5, 17], strides: [34, 2]), axis: 1),
      Plan(label: "negative", input: Layout([5, 17], strides: [-17, -1]), axis: 1),
      Plan(label: "broadcast-axis", input: Layout([5, 17], strides: [1, 0]), axis: 1),
      Plan(label: "broadcast-rows", input: Layout([5, 17], strides: [0, 1]), axis: 1),
      Plan(
        label: "output-transposed", input: Layout(contiguous: [9, 7]), axis: 1,
        output: Layout([9, 7], strides: [1, 9])),
      Plan(
        label: "output-sliced", input: Layout(contiguous: [9, 7]), axis: 0,
        output: Layout([9, 7], strides: [12, 1], lead: 2)),
    ]
    if signature.inputs[0].isCore {
      plans += [
        Plan(label: "large-rows", input: Layout(contiguous: [301, 333]), axis: 1),
        Plan(label: "large-columns", input: Layout(contiguous: [333, 301]), axis: 0),
        Plan(label: "long", input: Layout(contiguous: [2, 50_003]), axis: 1),
      ]
    }
    return plans
  }

  // MARK: - Cases

  @Sendable private static func sorts(_ signature: Signature) -> [OperatorCase] {
    [false, true].flatMap { isDescending in
      ordered(signature).map { plan, values in
        let label = "\(isDescending ? "descending" : "ascending")-\(plan.label)"
        return sliceCase(label, plan, signature, values, .sort(axis: plan.axis, descending: isDescending))
      }
    }
  }

  /// Of each slice none, one, few, most or all: two of these for each plan, in turn.
  @Sendable private static func firsts(_ signature: Signature) -> [OperatorCase] {
    [false, true].flatMap { isDescending in
      ordered(signature).enumerated().flatMap { i, plan in
        let (plan, values) = plan
        let extent = plan.input.shape[plan.axis]
        let counts = extent > 300 ? [1, 70, 10, 4000] : [0, 5, extent, 1, extent / 2]
        let chosen = Set([counts[i % counts.count], counts[(i + 1) % counts.count]].map { min($0, extent) })
        return chosen.sorted().map { k in
          var plan = plan
          var shape = plan.input.shape
          shape[plan.axis] = k
          plan.output = plan.output.map { Layout(shape, strides: $0.strides, lead: 1) } ?? Layout(contiguous: shape)
          let label = "\(isDescending ? "descending" : "ascending")-\(plan.label)-k\(k)"
          return sliceCase(label, plan, signature, values, .sort(axis: plan.axis, descending: isDescending))
        }
      }
    }
  }

  @Sendable private static func runningExtremes(_ signature: Signature) -> [OperatorCase] {
    ordered(signature).map { plan, values in
      sliceCase(plan.label, plan, signature, values, .axis(plan.axis))
    }
  }

  /// Values in which order and ties matter: everyday ones, mostly equal ones, special ones.
  private static func ordered(_ signature: Signature) -> [(Plan, ValueSet)] {
    let rows = Layout(contiguous: [23, 67]), columns = Layout(contiguous: [300, 5])
    var cases = plans(signature).map { ($0, ValueSet.random) }
    cases += [
      (Plan(label: "ties", input: rows, axis: 1), .ties), (Plan(label: "ties-columns", input: columns, axis: 0), .ties),
      (Plan(label: "special", input: rows, axis: 1), .mixed),
      (Plan(label: "special-columns", input: columns, axis: 0), .mixed),
      (Plan(label: "wide", input: rows, axis: 1), .wide),
    ]
    if signature.inputs[0].isFloat {
      let few = ValueSet.each("few") { _, random in
        [.nan, -.nan, .infinity, -.infinity, 0, -0.0, 1].randomElement(using: &random)!
      }
      cases.append((Plan(label: "nan-inf-zero", input: rows, axis: 1), few))
    }
    return cases
  }

  private static func scans(_ signature: Signature, _ values: ValueSet) -> [OperatorCase] {
    var cases = plans(signature).map { sliceCase($0.label, $0, signature, values, .axis($0.axis)) }
    let rows = Plan(label: "", input: Layout(contiguous: [23, 67]), axis: 1)
    guard signature.inputs[0].isFloat else { return cases }
    for (label, value) in [("nan", Double.nan), ("inf", .infinity), ("minus-inf", -.infinity), ("zero", 0)] {
      let some = ValueSet.each(label) { _, random in random.oneIn(64) ? value : random.double(0.5...1.5) }
      cases.append(sliceCase("some-\(label)", rows, signature, some, .axis(1)))
    }
    if signature.inputs[0] != .float64 {
      // The same rounding error at each step: what a plain accumulator of the type itself gets wrong.
      let biased = ValueSet.each("biased") { _, _ in 0.1 }
      let long = Plan(label: "", input: Layout(contiguous: [2, 20_001]), axis: 1)
      cases.append(sliceCase("biased-long", long, signature, biased, .axis(1)))
    }
    return cases
  }

  private static func sliceCase(
    _ label: String, _ plan: Plan, _ signature: Signature, _ values: ValueSet, _ params: Parameters
  ) -> OperatorCase {
    OperatorCase(label) { random in
      let layout = plan.output ?? Layout(contiguous: plan.input.shape)
      return Operation(
        [Operand(signature.inputs[0], plan.input, values, &random)],
        signature.outputs.map { Operand($0, layout) }, params)
    }
  }

  /// Values near 1 in magnitude, so that long products stay in range.
  private static let factors = ValueSet.each("factors") { dtype, random in
    if dtype == .bool { return random.oneIn(16) ? 0 : 1 }
    if dtype.isInteger { return Double(random.int(1...3)) }
    return random.double(0.9...1.11)
  }
}
