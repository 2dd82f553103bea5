import BackendAPI

extension AttentionPlan {
  /// The cases of a signature.
  static func all(_ signature: Signature) -> [AttentionPlan] {
    let hasMask =
      [.bool, signature.outputs[0]].contains(signature.inputs.last) && [4, 7].contains(signature.inputs.count)
    return (lengths + shapes + strides + options + (hasMask ? masks : []) + (signature.isCore ? large : []))
      .map { plan in
        var plan = plan
        plan.label = plan.label.isEmpty ? "\(plan.extents)" : plan.label
        return plan
      }
  }

  /// Lengths about the widths of vectors and of blocks.
  private static var lengths: [AttentionPlan] {
    [1, 3, 7, 15, 17, 31, 33, 63, 65, 127, 129].map { AttentionPlan("keys\($0)", [1, 2, 2, 5, $0, 8, 8]) }
      + [1, 2, 15, 17, 33, 63, 65, 129].map { AttentionPlan("queries\($0)", [1, 2, 1, $0, 9, 8, 8]) }
      + [1, 3, 7, 15, 17, 31, 33, 64, 65, 128, 131].map { AttentionPlan("width\($0)", [1, 1, 1, 5, 6, $0, $0]) }
  }

  private static var shapes: [AttentionPlan] {
    [
      AttentionPlan("narrow-values", [2, 2, 2, 7, 9, 16, 3]), AttentionPlan("wide-values", [2, 2, 2, 7, 9, 3, 37]),
      AttentionPlan("wide-keys", [1, 2, 2, 3, 5, 257, 8]), AttentionPlan("widest-values", [1, 2, 2, 3, 5, 8, 300]),
      AttentionPlan("heads8-2", [2, 8, 2, 6, 7, 8, 8]), AttentionPlan("heads6-1", [2, 6, 1, 6, 7, 8, 8]),
      AttentionPlan("heads3-3", [3, 3, 3, 4, 4, 4, 4]), AttentionPlan("one-query", [2, 4, 2, 1, 75, 16, 16]),
      AttentionPlan("few-queries", [1, 4, 4, 3, 75, 64, 64]), AttentionPlan("one-key", [2, 2, 2, 9, 1, 8, 8]),
      AttentionPlan("scalars", [1, 1, 1, 1, 1, 1, 1]),
      AttentionPlan("no-batch", [0, 2, 2, 3, 4, 5, 6]), AttentionPlan("no-heads", [2, 0, 0, 3, 4, 5, 6]),
      AttentionPlan("no-queries", [2, 2, 1, 0, 4, 5, 6]), AttentionPlan("no-keys", [2, 2, 1, 3, 0, 5, 6]),
      AttentionPlan("no-width", [2, 2, 2, 3, 4, 0, 6]), AttentionPlan("no-values", [2, 2, 2, 3, 4, 5, 0]),
    ]
  }

  private static var strides: [AttentionPlan] {
    Heads.allCases.flatMap { heads -> [AttentionPlan] in
      var all = AttentionPlan("\(heads)", [2, 4, 2, 19, 21, 12, 12])
      (all.q, all.k, all.v) = (heads, heads, heads)
      var keys = AttentionPlan("keys-\(heads)", [2, 2, 2, 5, 35, 20, 9])
      keys.k = heads
      var out = AttentionPlan("out-\(heads)", [2, 3, 3, 18, 7, 6, 10])
      out.v = .interleaved
      out.out = heads
      return [all, keys] + (heads == .shared || heads == .reversed ? [] : [out])
    }
  }

  private static var options: [AttentionPlan] {
    func causal(_ label: String, _ extents: [Int]) -> AttentionPlan {
      var plan = AttentionPlan("causal-\(label)", extents)
      plan.isCausal = true
      return plan
    }
    func dropped(_ label: String, _ p: Double, _ extents: [Int]) -> AttentionPlan {
      var plan = AttentionPlan("dropout-\(label)", extents)
      plan.p = p
      return plan
    }
    var causalDropped = dropped("causal", 0.25, [2, 2, 1, 37, 41, 8, 8])
    causalDropped.isCausal = true
    var interleaved = causal("interleaved", [2, 2, 2, 70, 70, 8, 8])
    (interleaved.q, interleaved.k, interleaved.v, interleaved.out) = (.interleaved, .packed, .packed, .interleaved)
    var unscaled = AttentionPlan("scale-1", [1, 2, 2, 9, 11, 6, 6])
    unscaled.scale = 1
    var negative = AttentionPlan("scale-negative", [1, 2, 2, 9, 11, 6, 6])
    negative.scale = -0.5
    var zero = AttentionPlan("scale-0", [1, 2, 2, 9, 11, 6, 6])
    zero.scale = 0
    var farApart = AttentionPlan("far-apart", [1, 2, 2, 20, 150, 16, 16])
    (farApart.range, farApart.scale) = (4, 1)
    return [
      causal("square", [2, 2, 2, 33, 33, 8, 8]), causal("more-keys", [1, 2, 1, 20, 90, 8, 8]),
      causal("more-queries", [1, 2, 1, 90, 20, 8, 8]), causal("one-query", [2, 2, 2, 1, 9, 8, 8]),
      causal("blocks", [1, 1, 1, 131, 131, 16, 16]), interleaved,
      dropped("half", 0.5, [2, 2, 2, 17, 19, 8, 8]), dropped("tenth", 0.1, [1, 4, 2, 9, 70, 8, 5]),
      dropped("most", 0.99, [1, 2, 2, 33, 65, 4, 4]), dropped("one-query", 0.5, [1, 3, 3, 1, 33, 8, 8]), causalDropped,
      unscaled, negative, zero, farApart,
    ]
  }

  private static var masks: [AttentionPlan] {
    MaskExtent.allCases.map { extent in
      var plan = AttentionPlan("mask-\(extent)", [2, 4, 2, 13, 70, 8, 8])
      plan.mask = extent
      return plan
    }
      + [false, true].flatMap { isCausal -> [AttentionPlan] in
        var blind = AttentionPlan("blind-rows\(isCausal ? "-causal" : "")", [2, 2, 2, 35, 67, 8, 8])
        (blind.hasBlindRows, blind.isCausal) = (true, isCausal)
        var dropped = AttentionPlan("mask-dropout\(isCausal ? "-causal" : "")", [2, 2, 2, 35, 67, 8, 8])
        (dropped.p, dropped.isCausal) = (0.3, isCausal)
        return [blind, dropped]
      }
  }

  /// Enough for several threads.
  private static var large: [AttentionPlan] {
    var causal = AttentionPlan("large-causal", [1, 4, 2, 300, 300, 64, 64])
    (causal.isCausal, causal.p) = (true, 0.1)
    (causal.q, causal.k, causal.v) = (.interleaved, .interleaved, .interleaved)
    var long = AttentionPlan("long", [1, 2, 2, 2, 3001, 32, 32])
    long.mask = .keys
    return [AttentionPlan("large", [2, 3, 3, 131, 257, 64, 64]), causal, long]
  }

  /// Of extents up to about `size`.
  static func drawn(_ size: Int, _ random: inout RandomSource) -> AttentionPlan {
    func extent(_ limit: Int) -> Int { random.oneIn(24) ? 0 : random.int(1...max(1, limit)) }
    let groups = random.int(1...3)
    let keyHeads = extent(3)
    var plan = AttentionPlan(
      "drawn",
      [extent(3), keyHeads * groups, keyHeads, extent(size), extent(size), extent(size), extent(size)])
    let heads = Heads.allCases
    plan.q = heads.randomElement(using: &random)!
    plan.k = heads.randomElement(using: &random)!
    plan.v = heads.randomElement(using: &random)!
    plan.out = [.apart, .interleaved, .packed, .columns, .everySecond].randomElement(using: &random)!
    plan.mask = MaskExtent.allCases.randomElement(using: &random)!
    plan.isCausal = random.oneIn(3)
    plan.p = random.oneIn(3) ? random.double(0...0.9) : 0
    plan.hasBlindRows = random.oneIn(6)
    return plan
  }

  // MARK: - What is not finite

  /// Forward passes whose scores are not finite, and keys that no query may look at.
  static func infinite(_ signature: Signature) -> [OperatorCase] {
    func keys(_ label: String, isCausal: Bool = false, _ choices: [Double], oneIn n: Int) -> OperatorCase {
      var plan = AttentionPlan(label, [1, 2, 2, 33, 40, 1, 5])
      plan.isCausal = isCausal
      return OperatorCase(label) { [plan] random in
        var operation = plan.operation(signature, &random)
        let dtype = signature.outputs[0]
        // One number a head, so that no score is inf - inf; queries are positive.
        operation.inputs[0] = Operand(dtype, Layout(contiguous: plan.qShape), .uniform("", 0.5...2), &random)
        let values = ValueSet.each(label) { _, random in
          random.oneIn(n) ? choices.randomElement(using: &random)! : random.double(-2...2)
        }
        operation.inputs[1] = Operand(dtype, Layout(contiguous: plan.kShape), values, &random)
        return operation
      }
    }
    var cases = [
      keys("minus-inf", [-.infinity], oneIn: 3), keys("all-minus-inf", [-.infinity], oneIn: 1),
      keys("inf", [.infinity], oneIn: 60), keys("nan", [.nan], oneIn: 60),
      keys("causal-minus-inf", isCausal: true, [-.infinity], oneIn: 2),
      keys("causal-nan", isCausal: true, [.nan, .infinity], oneIn: 40),
    ]
    if signature.inputs.last == .bool {
      var plan = AttentionPlan("unseen-nan", [1, 2, 2, 17, 40, 7, 5])
      plan.mask = .keys
      cases.append(
        OperatorCase(plan.label) { [plan] random in
          var operation = plan.operation(signature, &random)
          let (seen, k) = (operation.inputs[3].elements, operation.inputs[1])
          var elements = k.elements
          for i in 0..<elements.count where seen.integer(i / 7 % 40) == 0 {
            elements.setBits(i, elements.dtype.bits(of: i % 2 == 0 ? .nan : .infinity))
          }
          operation.inputs[1] = Operand(k.layout, elements)
          return operation
        })
    }
    return cases
  }
}
