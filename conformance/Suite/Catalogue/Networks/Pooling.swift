import BackendAPI

extension OperatorCatalogue {
  /// Section 6.22 of the header.
  static let pooling: [OperatorEntry] = [
    OperatorEntry(
      "MAX_POOL", BP_OP_MAX_POOL, .pooling,
      DType.floats.flatMap { [Signature($0.name, [$0], [$0, .int64]), Signature("\($0.name)-values", [$0], [$0])] },
      drawn: { signature, size, random in
        PoolCase(drawing: size, dilates: true, &random).operation(signature, .mixed, isDrawn: true, &random)
      }, cases: maxima),
    OperatorEntry(
      "MAX_POOL_BACKWARD", BP_OP_MAX_POOL_BACKWARD, .pooling,
      DType.floats.map { Signature($0.name, [$0, .int64], [$0]) },
      drawn: { signature, size, random in
        PoolCase(drawing: size, dilates: true, &random).backward(signature, .uniform("", -4...4), &random)
      }, cases: maximaBackward),
    OperatorEntry(
      "AVERAGE_POOL", BP_OP_AVERAGE_POOL, .pooling, DType.floats.map { Signature($0) },
      drawn: { signature, size, random in
        PoolCase(drawing: size, dilates: false, &random)
          .operation(signature, .uniform("", -4...4), isDrawn: true, &random)
      }, cases: averages),
    OperatorEntry(
      "AVERAGE_POOL_BACKWARD", BP_OP_AVERAGE_POOL_BACKWARD, .pooling, DType.floats.map { Signature($0) },
      drawn: { signature, size, random in
        PoolCase(drawing: size, dilates: false, &random).backward(signature, .uniform("", -4...4), &random)
      }, cases: averagesBackward),
  ]

  // MARK: - Cases

  @Sendable private static func maxima(_ signature: Signature) -> [OperatorCase] {
    let dilated = [
      PoolCase("dilated", [2, 3, 11, 12], kernel: [2, 3], stride: [2, 1], dilation: [3, 2]),
      PoolCase("dilated-padded", [1, 2, 9, 10], kernel: [3, 3], stride: [1, 2], low: [1, 1], dilation: [2, 3]),
      PoolCase("dilated-1d", [2, 2, 40], kernel: [5], stride: [3], low: [2], dilation: [4]),
      PoolCase("dilated-3d", [1, 2, 7, 8, 9], kernel: [2, 2, 3], stride: [1, 2, 1], dilation: [2, 1, 3]),
    ]
    let few = ValueSet.each("few") { _, random in
      [.nan, -.nan, .infinity, -.infinity, 0, -0.0, 1].randomElement(using: &random)!
    }
    let rows = PoolCase.squares
    var cases = (plans(signature) + dilated).map { plan in
      OperatorCase(plan.label) { plan.operation(signature, .random, &$0) }
    }
    let sets: [(String, ValueSet)] = [
      ("ties", .ties), ("special", .mixed), ("wide", .wide), ("few", few),
      ("minus-inf", .each("") { _, _ in -.infinity }), ("nan", .each("") { _, random in random.oneIn(9) ? .nan : 1 }),
    ]
    for (label, values) in sets {
      for plan in rows {
        cases.append(OperatorCase("\(label)-\(plan.label)") { plan.operation(signature, values, &$0) })
      }
    }
    return cases
  }

  @Sendable private static func maximaBackward(_ signature: Signature) -> [OperatorCase] {
    let dilated = [PoolCase("dilated", [2, 3, 11, 12], kernel: [2, 3], stride: [2, 1], dilation: [3, 2])]
    var cases = (plans(signature) + dilated).map { plan in
      OperatorCase(plan.label) { plan.backward(signature, .uniform("", -4...4), &$0) }
    }
    let plan = PoolCase("one-target", [2, 3, 6, 7], kernel: [6, 7], stride: [1, 1], low: [3, 3], high: [3, 3])
    cases.append(
      OperatorCase("one-target") { random in
        plan.backward(signature, .uniform("", -4...4), &random) { $0.map { _ in 20 } }
      })
    // What is not in its window, the operator has to add all the same.
    for plan in PoolCase.squares {
      cases.append(
        OperatorCase("elsewhere-\(plan.label)") { random in
          plan.backward(signature, .uniform("", -4...4), &random) { windows in
            let positions = plan.input.shape[2...].reduce(1, *)
            return windows.indices.map { Int64(($0 * 7 + 3) % positions) }
          }
        })
    }
    return cases + broadcast(signature) + nonfinite(signature) { $0.backward(signature, $1, &$2) }
  }

  @Sendable private static func averages(_ signature: Signature) -> [OperatorCase] {
    var cases = counted(plans(signature)).map { plan in
      OperatorCase(plan.label) { plan.operation(signature, .random, &$0) }
    }
    if signature.dtype != .float64 {
      // The same rounding error at each step: what a plain accumulator of the type itself gets wrong.
      let biased = ValueSet.each("biased") { _, _ in 0.1 }
      let plan = PoolCase("", [1, 2, 111, 113], kernel: [111, 113], stride: [1, 1])
      cases.append(OperatorCase("biased-global") { plan.operation(signature, biased, &$0) })
    }
    return cases + nonfinite(signature) { $0.operation(signature, $1, &$2) }
  }

  @Sendable private static func averagesBackward(_ signature: Signature) -> [OperatorCase] {
    counted(plans(signature)).map { plan in
      OperatorCase(plan.label) { plan.backward(signature, .uniform("", -4...4), &$0) }
    } + broadcast(signature) + nonfinite(signature) { $0.backward(signature, $1, &$2) }
  }

  /// One incoming gradient for all windows, or for those of a plane: that of a sum, or of a global average.
  private static func broadcast(_ signature: Signature) -> [OperatorCase] {
    PoolCase.squares.flatMap { plan in
      [("all", [0, 0, 0, 0]), ("planes", [3, 1, 0, 0])].map { label, strides in
        var plan = plan
        plan.output = Layout(plan.output.shape, strides: strides)
        return OperatorCase("broadcast-\(label)-\(plan.label)") { [plan] random in
          plan.backward(signature, .uniform("", -4...4), &random)
        }
      }
    }
  }

  private static func nonfinite(
    _ signature: Signature, _ operation: @escaping @Sendable (PoolCase, ValueSet, inout RandomSource) -> Operation
  ) -> [OperatorCase] {
    [("nan", Double.nan), ("inf", .infinity), ("minus-inf", -.infinity)].flatMap { label, value in
      let some = ValueSet.each(label) { _, random in random.oneIn(24) ? value : random.double(-4...4) }
      return PoolCase.squares.map { plan in
        OperatorCase("some-\(label)-\(plan.label)") { operation(plan, some, &$0) }
      }
    }
  }

  /// The plans, and what an average is divided by.
  private static func counted(_ plans: [PoolCase]) -> [PoolCase] {
    var result = plans
    for var plan in plans where plan.isPadded {
      let label = plan.label
      (plan.label, plan.params.flags) = ("\(label)-counting", BP_POOL_COUNT_PADDING)
      result.append(plan)
      (plan.label, plan.params.divisor) = ("\(label)-divisor", 7)
      result.append(plan)
    }
    return result
  }

  private static func plans(_ signature: Signature) -> [PoolCase] {
    var plans = ElementwiseCases.oddLengths.dropFirst().map { n in
      PoolCase("n\(n)", [1, 2, 5, n], kernel: [2, 2], stride: [2, 2])
    }
    plans += ElementwiseCases.oddLengths.dropFirst().map { n in
      PoolCase("three-n\(n)", [1, 2, 5, n], kernel: [3, 3], stride: [2, 2], low: [1, 1], high: [1, 1])
    }
    plans += [
      PoolCase("vector", [2, 3, 33], kernel: [3], stride: [2]),
      PoolCase("vector-padded", [2, 3, 34], kernel: [4], stride: [3], low: [2], high: [1]),
      PoolCase("vector-pairs", [2, 3, 67], kernel: [2], stride: [2]),
      PoolCase("volume", [1, 2, 5, 6, 7], kernel: [2, 2, 2], stride: [2, 2, 2]),
      PoolCase(
        "volume-padded", [2, 1, 5, 4, 9], kernel: [3, 2, 4], stride: [2, 1, 3], low: [1, 1, 2], high: [1, 0, 1]),
      PoolCase("even", [2, 3, 8, 8], kernel: [2, 2], stride: [2, 2]),
      PoolCase("overlapping", [2, 3, 9, 11], kernel: [3, 3], stride: [1, 1]),
      PoolCase("same", [1, 3, 7, 9], kernel: [3, 3], stride: [1, 1], low: [1, 1], high: [1, 1]),
      PoolCase("oblong", [2, 3, 9, 13], kernel: [2, 5], stride: [3, 2], low: [0, 2], high: [1, 1]),
      PoolCase("gaps", [1, 2, 17, 19], kernel: [2, 1], stride: [3, 4]),
      PoolCase("ceil", [1, 3, 7, 9], kernel: [2, 2], stride: [2, 2], ceil: true),
      PoolCase(
        "ceil-padded", [1, 3, 7, 10], kernel: [3, 3], stride: [2, 3], low: [1, 1], high: [1, 1], ceil: true),
      PoolCase("fewer", [1, 2, 9, 9], kernel: [2, 2], stride: [2, 2], pooled: [3, 2]),
      PoolCase("padded-more", [1, 2, 4, 5], kernel: [5, 6], stride: [1, 2], low: [4, 3], high: [4, 3]),
      PoolCase("global", [2, 5, 7, 9], kernel: [7, 9], stride: [1, 1]),
      PoolCase("rows", [2, 3, 5, 37], kernel: [1, 37], stride: [1, 1]),
      PoolCase("one", [2, 3, 5, 7], kernel: [1, 1], stride: [1, 1]),
      PoolCase("extent-1", [1, 1, 1, 1], kernel: [1, 1], stride: [1, 1]),
      PoolCase("extent-1-padded", [3, 1, 1, 1], kernel: [3, 3], stride: [2, 2], low: [1, 1], high: [1, 1]),
      PoolCase("empty-batch", [0, 3, 8, 8], kernel: [2, 2], stride: [2, 2]),
      PoolCase("empty-channels", [2, 0, 8, 8], kernel: [2, 2], stride: [2, 2]),
      PoolCase("empty-result", [2, 3, 8, 8], kernel: [2, 2], stride: [2, 2], pooled: [0, 4]),
    ]
    for base in PoolCase.squares {
      func placed(_ label: String, _ change: (inout PoolCase) -> Void) {
        var plan = base
        plan.label = "\(base.label)-\(label)"
        change(&plan)
        plans.append(plan)
      }
      let (input, output) = (base.input.shape, base.output.shape)
      placed("channels-last") { ($0.input, $0.output) = (channelsLast(input), channelsLast(output)) }
      placed("channels-last-input") { $0.input = channelsLast(input) }
      placed("channels-last-output") { $0.output = channelsLast(output) }
      placed("transposed") { $0.input = Layout(input, strides: permuted(input, [0, 1, 3, 2])) }
      placed("batch-inside") { $0.input = Layout(input, strides: permuted(input, [3, 2, 1, 0])) }
      placed("sliced") { $0.input = sliced(input, lead: 3) }
      placed("negative") { $0.input = Layout(input, strides: Layout(contiguous: input).strides.map { -$0 }) }
      placed("step2") { $0.input = Layout(input, strides: Layout(contiguous: input).strides.map { 2 * $0 }) }
      placed("broadcast") { plan in
        var strides = Layout(contiguous: input).strides
        (strides[0], strides[2]) = (0, 0)
        plan.input = Layout(input, strides: strides)
        plan.isInputBroadcast = true
      }
      placed("misaligned") { $0.input = Layout(contiguous: input, lead: 1) }
      placed("output-sliced") { $0.output = sliced(output, lead: 2) }
      placed("output-transposed") { $0.output = Layout(output, strides: permuted(output, [1, 0, 3, 2])) }
    }
    let wide = [2, 19, 6, 8]
    var channels = PoolCase("channels-last-wide", wide, kernel: [2, 2], stride: [2, 2])
    (channels.input, channels.output) = (channelsLast(wide), channelsLast(channels.output.shape))
    plans.append(channels)
    if signature.outputs[0] == .float32 {
      plans += [
        PoolCase("large", [2, 16, 96, 102], kernel: [2, 2], stride: [2, 2]),
        PoolCase("large-three", [3, 8, 75, 112], kernel: [3, 3], stride: [2, 2], low: [1, 1], high: [1, 1]),
      ]
    }
    return plans
  }

  private static func channelsLast(_ shape: [Int]) -> Layout {
    Layout(shape, strides: permuted(shape, [0, 2, 3, 1]))
  }

  /// Strides of a shape whose axes lie in memory in an order, the innermost last.
  private static func permuted(_ shape: [Int], _ order: [Int]) -> [Int] {
    var strides = shape
    var stride = 1
    for axis in order.reversed() { (strides[axis], stride) = (stride, stride * max(shape[axis], 1)) }
    return strides
  }

  /// Rows with unused elements between them.
  private static func sliced(_ shape: [Int], lead: Int) -> Layout {
    var wider = shape
    wider[shape.count - 1] += 5
    return Layout(shape, strides: Layout(contiguous: wider).strides, lead: lead)
  }
}
