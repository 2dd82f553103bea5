import BackendAPI

extension OperatorCatalogue {
  /// Section 6.7 of the header.
  static let products: [OperatorEntry] = [
    OperatorEntry("MATMUL", BP_OP_MATMUL, .matmul, DType.numbers.map { Signature($0, inputs: 2) }) {
      signature in
      var plans = sizes + batches + strided
      if signature.isCore || signature.dtype == .float64 { plans.append(plan("large", 128, 131, 129)) }
      if signature.dtype.isFloat { plans += blocks }
      if signature.dtype == .float32 { plans.append(plan("long", 3, 20_011, 3)) }
      let special = [
        plan("special", 9, 17, 7), plan("special-vector", 1, 33, 5), plan("special-wide", 33, 2, 65),
      ]
      return plans.map { productCase($0, signature, .random) }
        + special.map { productCase($0, signature, signature.dtype.isInteger ? .wide : rarelySpecial) }
    }
  ]

  private struct Plan {
    let label: String
    var a: Layout
    var b: Layout
    var out: Layout
  }

  private static func plan(_ label: String, batch: [Int] = [], _ m: Int, _ k: Int, _ n: Int) -> Plan {
    Plan(
      label: label, a: Layout(contiguous: batch + [m, k]), b: Layout(contiguous: batch + [k, n]),
      out: Layout(contiguous: batch + [m, n]))
  }

  private static let sizes: [Plan] = {
    let extents = [
      (1, 1, 1), (1, 7, 1), (1, 33, 17), (17, 33, 1), (3, 5, 7), (7, 1, 9), (8, 8, 8), (15, 17, 31),
      (16, 16, 16),
      (31, 33, 15), (64, 64, 64), (65, 63, 65), (2, 257, 3),
    ]
    let empty = [(0, 3, 4), (3, 4, 0), (3, 0, 4), (0, 0, 0)]
    return (extents + empty).map { plan("\($0)x\($1)x\($2)", $0, $1, $2) }
  }()

  private static let batches: [Plan] = {
    var left = plan("batch-broadcast-left", batch: [3], 5, 7, 4)
    left.a = Layout([3, 5, 7], strides: [0, 7, 1])
    var right = plan("batch-broadcast-right", batch: [2, 3], 5, 7, 4)
    right.b = Layout([2, 3, 7, 4], strides: [0, 0, 4, 1])
    var cross = plan("batch-broadcast-cross", batch: [2, 3], 4, 5, 3)
    cross.a = Layout([2, 3, 4, 5], strides: [20, 0, 5, 1])
    cross.b = Layout([2, 3, 5, 3], strides: [0, 15, 3, 1])
    return [
      plan("batch", batch: [3], 5, 7, 4), plan("batch-rank4", batch: [2, 3], 4, 5, 3),
      plan("batch-empty", batch: [0], 4, 5, 3), plan("batch-empty-sum", batch: [2], 4, 0, 3),
      plan("rank8", batch: [2, 1, 1, 2, 1, 2], 3, 4, 5), left, right, cross,
    ]
  }()

  private static let strided: [Plan] = {
    var plans: [Plan] = []
    func add(_ label: String, _ change: (inout Plan) -> Void) {
      var result = plan(label, 9, 17, 7)
      change(&result)
      plans.append(result)
    }
    add("transposed-left") { $0.a = Layout([9, 17], strides: [1, 9]) }
    add("transposed-right") { $0.b = Layout([17, 7], strides: [1, 17]) }
    add("transposed-both") {
      $0.a = Layout([9, 17], strides: [1, 9])
      $0.b = Layout([17, 7], strides: [1, 17])
    }
    add("sliced") {
      $0.a = Layout([9, 17], strides: [23, 1], lead: 3)
      $0.b = Layout([17, 7], strides: [11, 1], lead: 1)
    }
    add("transposed-sliced") {
      $0.a = Layout([9, 17], strides: [1, 13], lead: 2)
      $0.b = Layout([17, 7], strides: [1, 20], lead: 3)
    }
    add("step2") {
      $0.a = Layout([9, 17], strides: [34, 2])
      $0.b = Layout([17, 7], strides: [28, 2])
    }
    add("negative") {
      $0.a = Layout([9, 17], strides: [-17, 1])
      $0.b = Layout([17, 7], strides: [7, -1])
    }
    add("broadcast-rows") { $0.a = Layout([9, 17], strides: [0, 1]) }
    add("broadcast-columns") { $0.b = Layout([17, 7], strides: [1, 0]) }
    add("broadcast-all") {
      $0.a = Layout([9, 17], strides: [0, 0])
      $0.b = Layout([17, 7], strides: [0, 0])
    }
    add("output-transposed") { $0.out = Layout([9, 7], strides: [1, 9]) }
    add("output-sliced") { $0.out = Layout([9, 7], strides: [12, 1], lead: 2) }
    add("output-step2") { $0.out = Layout([9, 7], strides: [14, 2]) }
    var batch = plan("batch-permuted", batch: [3], 5, 7, 4)
    batch.a = Layout([3, 5, 7], strides: [7, 21, 1])
    batch.b = Layout([3, 7, 4], strides: [1, 12, 3])
    batch.out = Layout([3, 5, 4], strides: [4, 12, 1])
    var vector = plan("vector-strides", 1, 17, 1)
    vector.a = Layout([1, 17], strides: [999, 2])
    vector.b = Layout([17, 1], strides: [-3, -999])
    return plans + [batch, vector]
  }()

  /// Larger than the blocks and tiles that fast products are cut into, and not multiples of them.
  private static let blocks: [Plan] = {
    var transposed = plan("blocks-transposed", 15, 611, 577)
    transposed.a = Layout([15, 611], strides: [1, 15])
    transposed.b = Layout([611, 577], strides: [1, 611])
    var steps = plan("blocks-step2", 14, 530, 577)
    steps.a = Layout([14, 530], strides: [1060, 2])
    steps.b = Layout([530, 577], strides: [1154, 2])
    steps.out = Layout([14, 577], strides: [600, 1])
    return [plan("blocks", 21, 611, 577), plan("blocks-tall", 617, 43, 173), transposed, steps]
  }()

  private static func productCase(_ plan: Plan, _ signature: Signature, _ values: ValueSet) -> OperatorCase {
    OperatorCase(plan.label) { random in
      let dtype = signature.dtype
      return Operation(
        [Operand(dtype, plan.a, values, &random), Operand(dtype, plan.b, values, operand: 1, &random)],
        [Operand(dtype, plan.out)])
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
}
