import BackendAPI

extension OperatorCatalogue {
  /// Section 6.6 of the header.
  static let reduction: [OperatorEntry] = [
    OperatorEntry("SUM", BP_OP_SUM, .reduction, sums) { reductions($0) + longSums($0) },
    OperatorEntry("PROD", BP_OP_PROD, .reduction, sums) { reductions($0, filling: factors) },
    OperatorEntry("MEAN", BP_OP_MEAN, .reduction, (DType.floats + DType.complexes).map { Signature($0) }) {
      reductions($0) + longSums($0)
    },
    OperatorEntry("MAX", BP_OP_MAX, .reduction, DType.real.map { Signature($0) }) { reductions($0) },
    OperatorEntry("MIN", BP_OP_MIN, .reduction, DType.real.map { Signature($0) }) { reductions($0) },
    OperatorEntry("ARGMAX", BP_OP_ARGMAX, .reduction, positions, cases: argReductions),
    OperatorEntry("ARGMIN", BP_OP_ARGMIN, .reduction, positions, cases: argReductions),
  ]

  private static let sums = DType.any.map { Signature($0.name, [$0], [$0.sum]) }
  private static let positions = DType.real.map { Signature($0.name, [$0], [.int64]) }

  // MARK: - Layouts

  private struct Plan {
    let label: String
    let input: Layout
    /// The axes that are reduced.
    let axes: [Int]
    var output: Layout?

    var reduced: [Int] { input.shape.indices.map { axes.contains($0) ? 1 : input.shape[$0] } }
  }

  private static func plans(_ signature: Signature) -> [Plan] {
    var plans = ElementwiseCases.oddLengths.map {
      Plan(label: "n\($0)", input: Layout(contiguous: [$0]), axes: [0])
    }
    plans += [
      Plan(label: "scalar", input: Layout(contiguous: []), axes: []),
      Plan(label: "nothing", input: Layout(contiguous: [4, 5]), axes: []),
      Plan(label: "rows", input: Layout(contiguous: [5, 33]), axes: [1]),
      Plan(label: "columns", input: Layout(contiguous: [33, 17]), axes: [0]),
      Plan(label: "all", input: Layout(contiguous: [7, 19]), axes: [0, 1]),
      Plan(label: "middle", input: Layout(contiguous: [3, 17, 5]), axes: [1]),
      Plan(label: "outer-inner", input: Layout(contiguous: [3, 4, 5]), axes: [0, 2]),
      Plan(label: "leading", input: Layout(contiguous: [3, 7, 65]), axes: [0, 1]),
      Plan(label: "rank8", input: Layout(contiguous: [2, 1, 3, 1, 2, 2, 1, 3]), axes: [1, 2, 4, 7]),
      Plan(label: "long-rows", input: Layout(contiguous: [3, 1025]), axes: [1]),
      Plan(label: "long-columns", input: Layout(contiguous: [1025, 3]), axes: [0]),
      Plan(label: "misaligned", input: Layout(contiguous: [67], lead: 1), axes: [0]),
      Plan(label: "transposed", input: Layout([17, 9], strides: [1, 17]), axes: [1]),
      Plan(label: "transposed-columns", input: Layout([17, 9], strides: [1, 17]), axes: [0]),
      Plan(label: "permuted", input: Layout([3, 4, 5], strides: [1, 15, 3]), axes: [0, 2]),
      Plan(label: "sliced", input: Layout([6, 33], strides: [40, 1], lead: 3), axes: [1]),
      Plan(label: "sliced-all", input: Layout([6, 33], strides: [40, 1], lead: 3), axes: [0, 1]),
      Plan(label: "step2", input: Layout([37], strides: [2]), axes: [0]),
      Plan(label: "negative", input: Layout([5, 35], strides: [-35, -1]), axes: [1]),
      Plan(label: "broadcast-reduced", input: Layout([7, 9], strides: [1, 0]), axes: [1]),
      Plan(label: "broadcast-kept", input: Layout([7, 9], strides: [0, 1]), axes: [1]),
      Plan(label: "broadcast-all", input: Layout([7, 9], strides: [0, 0]), axes: [0, 1]),
      Plan(label: "unit-axes", input: Layout([1, 17, 1], strides: [12345, 1, -777]), axes: [1]),
      Plan(
        label: "output-transposed", input: Layout(contiguous: [9, 5, 7]), axes: [1],
        output: Layout([9, 1, 7], strides: [1, 1, 9])),
      Plan(
        label: "output-step2", input: Layout(contiguous: [17, 5]), axes: [1],
        output: Layout([17, 1], strides: [2, 1], lead: 1)),
    ]
    if signature.isCore || signature.dtype == .float64 {
      plans += [
        Plan(label: "large", input: Layout(contiguous: [100_003]), axes: [0]),
        Plan(label: "large-rows", input: Layout(contiguous: [317, 331]), axes: [1]),
        Plan(label: "large-columns", input: Layout(contiguous: [317, 331]), axes: [0]),
        Plan(label: "large-all", input: Layout([317, 331], strides: [1, 317]), axes: [0, 1]),
      ]
    }
    return plans
  }

  // MARK: - Cases

  private static func reductions(_ signature: Signature, filling: ValueSet = .random) -> [OperatorCase] {
    let empties = [
      Plan(label: "empty", input: Layout(contiguous: [0]), axes: [0]),
      Plan(label: "empty-rows", input: Layout(contiguous: [3, 0]), axes: [1]),
      Plan(label: "empty-columns", input: Layout(contiguous: [0, 3]), axes: [0]),
      Plan(label: "empty-result", input: Layout(contiguous: [0, 3]), axes: [1]),
    ]
    let special = [
      Plan(label: "special-rows", input: Layout(contiguous: [41, 5]), axes: [1]),
      Plan(label: "special-columns", input: Layout(contiguous: [3, 65]), axes: [0]),
      Plan(label: "special-all", input: Layout(contiguous: [9, 33]), axes: [0, 1]),
    ]
    var cases = (plans(signature) + empties).map { reductionCase($0, signature, filling) }
    if !signature.dtype.isComplex { cases += special.map { reductionCase($0, signature, .mixed) } }
    // Each special value alone among ordinary ones, at every place of a vector.
    for (label, value) in [
      ("nan", Double.nan), ("inf", .infinity), ("minus-inf", -.infinity), ("minus-zero", -0.0),
    ]
    where signature.dtype.isFloat {
      let plan = Plan(label: "one-\(label)", input: Layout(contiguous: [67, 67]), axes: [1])
      let values = ValueSet("one") { dtype, count, _, random in
        let ordinary: ClosedRange<Double> = value == 0 ? 0...0 : 0.5...1.5
        let values = (0..<count).map { $0 / 67 == $0 % 67 ? value : random.double(ordinary) }
        return ElementArray(dtype, doubles: values)
      }
      cases.append(reductionCase(plan, signature, values))
    }
    return cases
  }

  private static func reductionCase(_ plan: Plan, _ signature: Signature, _ values: ValueSet) -> OperatorCase {
    OperatorCase(plan.label) { random in
      let input = Operand(signature.inputs[0], plan.input, values, &random)
      let output = Operand(signature.outputs[0], plan.output ?? Layout(contiguous: plan.reduced))
      return Operation([input], [output])
    }
  }

  /// Sums that a plain float32 accumulator gets wrong.
  private static func longSums(_ signature: Signature) -> [OperatorCase] {
    // Of float64 the header asks for no more than a plain sum, which is what the reference does.
    guard signature.dtype.isFloat && signature.dtype != .float64 else { return [] }
    // The same rounding error at each step, and terms below half a unit of the first one.
    let biased = ValueSet("biased") { dtype, count, _, _ in
      ElementArray(dtype, doubles: Array(repeating: 0.1, count: count))
    }
    let absorbed = ValueSet("absorbed") { dtype, count, _, _ in
      let unit = dtype.format!.roundingUnit
      return ElementArray(dtype, doubles: (0..<count).map { $0 == 0 ? 1 : unit / 2 })
    }
    // float16 ends at 65504, and beyond the suite's interest is how sums of it overflow.
    let length = signature.dtype == .float16 ? 50_001 : 200_001
    let plans = [
      Plan(label: "long", input: Layout(contiguous: [length]), axes: [0]),
      Plan(label: "long-columns", input: Layout(contiguous: [length / 3, 3]), axes: [0]),
      Plan(label: "long-strided", input: Layout([length], strides: [2]), axes: [0]),
    ]
    return [biased, absorbed].flatMap { values in
      plans.map { plan in
        reductionCase(
          Plan(label: "\(values.name)-\(plan.label)", input: plan.input, axes: plan.axes), signature, values)
      }
    }
  }

  @Sendable private static func argReductions(_ signature: Signature) -> [OperatorCase] {
    let dtype = signature.dtype
    var cases: [OperatorCase] = []
    for plan in plans(signature) where plan.axes.count == 1 {
      for values in [ValueSet.random, .ties] {
        cases.append(argCase("\(values.name)-\(plan.label)", plan, signature, values))
      }
    }
    let rows = Plan(label: "", input: Layout(contiguous: [65, 33]), axes: [1])
    cases.append(argCase("special", rows, signature, .mixed))
    let equal = ValueSet("equal") { dtype, count, _, _ in
      ElementArray(dtype, integers: Array(repeating: 1, count: count))
    }
    cases.append(argCase("all-equal", rows, signature, equal))
    let empty = Plan(label: "", input: Layout(contiguous: [0, 3]), axes: [1])
    cases.append(argCase("empty", empty, signature, .random))
    if dtype.isFloat {
      let several = ValueSet("several") { dtype, count, _, random in
        let choices: [Double] = [.nan, -.nan, .infinity, -.infinity, 0, -0.0]
        return ElementArray(dtype, doubles: (0..<count).map { _ in choices.randomElement(using: &random)! })
      }
      cases.append(
        argCase(
          "nan-inf-zero", Plan(label: "", input: Layout(contiguous: [257, 5]), axes: [1]), signature, several)
      )
      let infinities = ValueSet("infinities") { dtype, count, _, random in
        ElementArray(dtype, doubles: (0..<count).map { _ in random.oneIn(2) ? .infinity : -.infinity })
      }
      cases.append(argCase("infinities", rows, signature, infinities))
    }
    return cases
  }

  private static func argCase(
    _ label: String, _ plan: Plan, _ signature: Signature, _ values: ValueSet
  ) -> OperatorCase {
    OperatorCase(label) { random in
      let input = Operand(signature.inputs[0], plan.input, values, &random)
      let output = Operand(.int64, plan.output ?? Layout(contiguous: plan.reduced))
      return Operation([input], [output], .axis(plan.axes[0]))
    }
  }

  /// Values near 1 in magnitude, so that long products stay in range; small integers wrap soon enough.
  private static let factors = ValueSet("factors") { dtype, count, _, random in
    if dtype.isInteger || dtype == .bool { return ValueSet.random.make(dtype, count, 0, &random) }
    let spread = 1 / Double(max(count, 8)).squareRoot()
    let values = (0..<(dtype.isComplex ? 2 * count : count)).map { _ in
      (random.oneIn(2) ? 1 : -1) * (1 + random.double(-spread...spread))
    }
    return ElementArray(dtype, doubles: values)
  }
}
