import BackendAPI

extension OperatorCatalogue {
  /// Section 6.9 of the header.
  static let normalization: [OperatorEntry] = [
    OperatorEntry("SOFTMAX", BP_OP_SOFTMAX, .normalization, one, cases: forward),
    OperatorEntry("LOG_SOFTMAX", BP_OP_LOG_SOFTMAX, .normalization, one, cases: forward),
    OperatorEntry("SOFTMAX_BACKWARD", BP_OP_SOFTMAX_BACKWARD, .normalization, two) { signature in
      backward(signature, results: .uniform("probabilities", 0...1))
    },
    OperatorEntry("LOG_SOFTMAX_BACKWARD", BP_OP_LOG_SOFTMAX_BACKWARD, .normalization, two) { signature in
      backward(signature, results: .uniform("log-probabilities", -8...0))
    },
  ]

  private static let one = DType.floats.map { Signature($0) }
  private static let two = DType.floats.map { Signature($0, inputs: 2) }

  private struct Plan {
    let label: String
    let input: Layout
    let axis: Int
    var output: Layout?
    var sharesInput = false
  }

  private static func plans(_ signature: Signature) -> [Plan] {
    var plans = ElementwiseCases.oddLengths.map { n in
      Plan(label: "n\(n)", input: Layout(contiguous: [3, n]), axis: 1)
    }
    plans += [
      Plan(label: "vector", input: Layout(contiguous: [33]), axis: 0),
      Plan(label: "columns", input: Layout(contiguous: [33, 17]), axis: 0),
      Plan(label: "middle", input: Layout(contiguous: [3, 17, 5]), axis: 1),
      Plan(label: "rank8", input: Layout(contiguous: [2, 1, 3, 1, 5, 2, 1, 3]), axis: 4),
      Plan(label: "empty", input: Layout(contiguous: [0, 3]), axis: 1),
      Plan(label: "empty-axis", input: Layout(contiguous: [3, 0]), axis: 1),
      Plan(label: "misaligned", input: Layout(contiguous: [5, 35], lead: 1), axis: 1),
      Plan(label: "transposed", input: Layout([17, 9], strides: [1, 17]), axis: 1),
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
      Plan(label: "in-place", input: Layout(contiguous: [5, 33]), axis: 1, sharesInput: true),
      Plan(label: "in-place-columns", input: Layout(contiguous: [33, 5]), axis: 0, sharesInput: true),
    ]
    if signature.isCore {
      plans += [
        Plan(label: "large-rows", input: Layout(contiguous: [301, 333]), axis: 1),
        Plan(label: "large-columns", input: Layout(contiguous: [333, 301]), axis: 0),
        Plan(label: "long", input: Layout(contiguous: [2, 50_003]), axis: 1),
      ]
    }
    return plans
  }

  @Sendable private static func forward(_ signature: Signature) -> [OperatorCase] {
    let rows = Plan(label: "", input: Layout(contiguous: [67, 33]), axis: 1)
    func oneOf(_ label: String, _ choices: [Double]) -> OperatorCase {
      let values = ValueSet.each(label) { _, random in
        random.oneIn(16) ? choices.randomElement(using: &random)! : random.double(-4...4)
      }
      return normalizationCase(Plan(label: label, input: rows.input, axis: 1), signature, [values])
    }
    let values: [(String, ValueSet)] = [
      ("far-apart", .uniform("", -80...80)), ("large-equal", .each("") { _, _ in 60_000 }),
      ("very-negative", .uniform("", -60_000 ... -59_000)),
    ]
    return plans(signature).map { normalizationCase($0, signature, [.uniform("", -5...5)]) }
      + values.map { normalizationCase(Plan(label: $0, input: rows.input, axis: 1), signature, [$1]) }
      + [oneOf("minus-inf", [-.infinity]), oneOf("inf", [.infinity]), oneOf("nan", [.nan])]
      + [
        normalizationCase(
          Plan(label: "all-minus-inf", input: rows.input, axis: 1), signature,
          [.each("") { _, _ in -.infinity }])
      ]
  }

  private static func backward(_ signature: Signature, results: ValueSet) -> [OperatorCase] {
    plans(signature).map { normalizationCase($0, signature, [results, .uniform("gradients", -4...4)]) }
  }

  private static func normalizationCase(
    _ plan: Plan, _ signature: Signature, _ values: [ValueSet]
  ) -> OperatorCase {
    OperatorCase(plan.label) { random in
      let inputs = values.map { Operand(signature.dtype, plan.input, $0, &random) }
      let output = plan.output ?? (plan.sharesInput ? plan.input : Layout(contiguous: plan.input.shape))
      return Operation(
        inputs, [Operand(signature.dtype, output)], .axis(plan.axis),
        // The result of a gradient takes the place of the incoming one.
        sharedInput: plan.sharesInput ? inputs.count - 1 : nil)
    }
  }
}
