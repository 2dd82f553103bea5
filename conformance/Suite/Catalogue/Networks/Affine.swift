import BackendAPI

extension OperatorCatalogue {
  /// Section 6.20 of the header.
  static let affine: [OperatorEntry] = [
    OperatorEntry("LINEAR", BP_OP_LINEAR, .affine, signatures, drawn: drawn) { signature in
      let ordinary = (sizes + strided).map { linearCase($0, signature, BP_ACTIVATION_NONE, .random) }
      let rows = plan("", 9, 17, 33)
      let activated = applied.flatMap { name, activation in
        [
          linearCase(rows.named(name), signature, activation, .random),
          linearCase(rows.named("\(name)-far"), signature, activation, .uniform("", -8...8)),
          linearCase(plan("\(name)-one-row", 1, 65, 31), signature, activation, .random),
          linearCase(plan("\(name)-no-sum", 3, 0, 5), signature, activation, .random),
        ]
      }
      let special = applied.map { linearCase(plan("special-\($0)", 33, 5, 17), signature, $1, rarelySpecial) }
      return ordinary + activated + special
        + blocks(signature).map { linearCase($0, signature, BP_ACTIVATION_RELU, .random) }
    }
  ]

  /// With a bias and without.
  private static let signatures = DType.floats.flatMap { dtype in
    [Signature(dtype, inputs: 3), Signature("\(dtype.name)-unbiased", [dtype, dtype], [dtype])]
  }

  private static let applied: [(String, Int32)] = [
    ("relu", BP_ACTIVATION_RELU), ("sigmoid", BP_ACTIVATION_SIGMOID), ("tanh", BP_ACTIVATION_TANH),
    ("silu", BP_ACTIVATION_SILU), ("gelu", BP_ACTIVATION_GELU), ("gelu-tanh", BP_ACTIVATION_GELU_TANH),
  ]

  private struct Plan {
    let label: String
    var x: Layout
    var w: Layout
    var bias: Layout
    var out: Layout

    func named(_ label: String) -> Plan { Plan(label: label, x: x, w: w, bias: bias, out: out) }
  }

  private static func plan(_ label: String, _ m: Int, _ k: Int, _ n: Int) -> Plan {
    Plan(
      label: label, x: Layout(contiguous: [m, k]), w: Layout(contiguous: [n, k]), bias: Layout(contiguous: [n]),
      out: Layout(contiguous: [m, n]))
  }

  private static let sizes: [Plan] = {
    let extents = [
      (1, 1, 1), (1, 7, 1), (1, 33, 17), (17, 33, 1), (3, 5, 7), (7, 1, 9), (8, 8, 8), (15, 17, 31), (16, 16, 16),
      (31, 33, 15), (64, 64, 64), (65, 63, 65), (2, 257, 3),
    ]
    let empty = [(0, 3, 4), (3, 4, 0), (3, 0, 4), (0, 0, 0)]
    return (extents + empty).map { plan("\($0)x\($1)x\($2)", $0, $1, $2) }
  }()

  private static let strided: [Plan] = {
    var plans: [Plan] = []
    func add(_ label: String, _ change: (inout Plan) -> Void) {
      var result = plan(label, 9, 17, 7)
      change(&result)
      plans.append(result)
    }
    add("transposed-input") { $0.x = Layout([9, 17], strides: [1, 9]) }
    add("transposed-weight") { $0.w = Layout([7, 17], strides: [1, 7]) }
    add("sliced") {
      $0.x = Layout([9, 17], strides: [23, 1], lead: 3)
      $0.w = Layout([7, 17], strides: [19, 1], lead: 1)
      $0.bias = Layout([7], strides: [1], lead: 1)
    }
    add("step2") {
      $0.x = Layout([9, 17], strides: [34, 2])
      $0.w = Layout([7, 17], strides: [68, 2])
      $0.bias = Layout([7], strides: [2])
    }
    add("negative") {
      $0.x = Layout([9, 17], strides: [-17, 1])
      $0.w = Layout([7, 17], strides: [17, -1])
      $0.bias = Layout([7], strides: [-1])
    }
    add("broadcast-input") { $0.x = Layout([9, 17], strides: [0, 1]) }
    add("broadcast-weight") { $0.w = Layout([7, 17], strides: [0, 1]) }
    add("broadcast-bias") { $0.bias = Layout([7], strides: [0]) }
    add("output-transposed") { $0.out = Layout([9, 7], strides: [1, 9]) }
    add("output-sliced") { $0.out = Layout([9, 7], strides: [12, 1], lead: 2) }
    add("output-step2") { $0.out = Layout([9, 7], strides: [14, 2]) }
    return plans
  }()

  /// Larger than the blocks and tiles that fast products are cut into, and not multiples of them.
  private static func blocks(_ signature: Signature) -> [Plan] {
    var transposed = plan("blocks-transposed", 15, 611, 177)
    transposed.w = Layout([177, 611], strides: [1, 177])
    return [plan("blocks", 21, 611, 177), plan("blocks-tall", 317, 43, 73), transposed]
      + (signature.isCore ? [plan("large", 128, 131, 129), plan("long", 3, 20_011, 3)] : [])
  }

  private static func linearCase(
    _ plan: Plan, _ signature: Signature, _ activation: Int32, _ values: ValueSet
  ) -> OperatorCase {
    OperatorCase(plan.label) { random in
      let layouts = [plan.x, plan.w, plan.bias][..<signature.inputs.count]
      let inputs = layouts.enumerated().map { Operand(signature.dtype, $1, values, operand: $0, &random) }
      return Operation(
        inputs, [Operand(signature.dtype, plan.out)], .linear(bp_linear_params(struct_size: 0, activation: activation)))
    }
  }

  /// Zeros beside infinities and NaN: what a product that skips zeros would lose.
  private static let rarelySpecial = ValueSet.each("rarely-special") { _, random in
    switch random.int(0...31) {
    case 0: .nan
    case 1: .infinity
    case 2: -.infinity
    case 3...8: 0
    default: random.double(-4...4)
    }
  }

  @Sendable private static func drawn(
    _ signature: Signature, _ size: Int, _ random: inout RandomSource
  ) -> Operation {
    func extent() -> Int { random.int((random.oneIn(12) ? 0 : 1)...max(size, 1)) }
    let (m, k, n) = (extent(), extent(), extent())
    let inputs = [[m, k], [n, k], [n]][..<signature.inputs.count].map {
      Operand(signature.dtype, .scattered($0, isInput: true, &random), .random, &random)
    }
    let activation = random.oneIn(3) ? BP_ACTIVATION_NONE : applied.randomElement(using: &random)!.1
    return Operation(
      inputs, [Operand(signature.dtype, .scattered([m, n], isInput: false, &random))],
      .linear(bp_linear_params(struct_size: 0, activation: activation)))
  }
}
