import BackendAPI

extension OperatorCatalogue {
  /// Section 6.2 of the header, random numbers as section 7 defines them.
  static let random: [OperatorEntry] = [
    OperatorEntry("RANDOM_UNIFORM", BP_OP_RANDOM_UNIFORM, .random, outputs(DType.floats)) { signature in
      streams(signature) + [shortParams(signature)]
    },
    OperatorEntry("RANDOM_NORMAL", BP_OP_RANDOM_NORMAL, .random, outputs(DType.floats)) { signature in
      // The last branch of AS 241 begins where a 64-bit word is within e^-25 of its end: once in
      // 36 billion words. These counters were searched for.
      let tails: [UInt64] = [50_302_075_516, 53_403_590_643, 67_095_488_922]
      return streams(signature)
        + tails.map { streamCase("tail-\($0)", signature, Layout(contiguous: [2]), seed: 0, offset: $0) }
        + [streamCase("many", signature, Layout(contiguous: [400_001]), seed: 11, offset: 0)]
    },
    OperatorEntry("RANDOM_INTEGER", BP_OP_RANDOM_INTEGER, .random, outputs(DType.integers)) { signature in
      let ranges: [(String, Int64, UInt64)] = [
        ("one", 5, 1), ("dice", 1, 6), ("bytes", 0, 256), ("negative", -100, 201), ("odd", -1, 0x1_0000_0001),
        ("half", .min, 1 << 63), ("all", .min, .max),
      ]
      return streams(signature)
        + ranges.map { label, low, range in
          streamCase(
            label, signature, Layout(contiguous: [1025]), seed: 77, offset: 3, low: low, range: range)
        }
    },
  ]

  private static func outputs(_ dtypes: [DType]) -> [Signature] { dtypes.map { Signature($0, inputs: 0) } }

  private static func streams(_ signature: Signature) -> [OperatorCase] {
    let layouts: [(String, Layout)] = [
      ("scalar", Layout(contiguous: [])), ("empty", Layout(contiguous: [0])),
      ("dense", Layout(contiguous: [3, 5, 7])), ("transposed", Layout([9, 7], strides: [1, 9])),
      ("sliced", Layout([5, 13], strides: [19, 1], lead: 2)), ("step2", Layout([35], strides: [2], lead: 1)),
      ("misaligned", Layout(contiguous: [67], lead: 1)), ("large", Layout(contiguous: [100_003])),
    ]
    let lengths = ElementwiseCases.oddLengths.map { ("n\($0)", Layout(contiguous: [$0])) }
    // Seeds and offsets that use both halves of the key and of the counter.
    let keys: [(String, UInt64, UInt64)] = [
      ("zero", 0, 0), ("low-key", 1, 0), ("high-key", 0xdead_beef_0000_0000, 5),
      ("counter-carry", 42, 0xffff_fffe),
      ("high-counter", 42, 0x1234_5678_9abc_def0), ("counter-wrap", 7, .max - 2), ("all-ones", .max, .max),
    ]
    return (layouts + lengths).map { streamCase($0, signature, $1, seed: 0x0123_4567_89ab_cdef, offset: 9) }
      + keys.map { streamCase($0, signature, Layout(contiguous: [37]), seed: $1, offset: $2) }
  }

  private static func streamCase(
    _ label: String, _ signature: Signature, _ layout: Layout, seed: UInt64, offset: UInt64, low: Int64 = -3,
    range: UInt64 = 10
  ) -> OperatorCase {
    OperatorCase(label) { _ in
      var params = bp_random_params()
      (params.seed, params.offset, params.low, params.range) = (seed, offset, low, range)
      return Operation([], [Operand(signature.outputs[0], layout)], .random(params))
    }
  }

  /// The struct of a host that knew only seed and offset [BP-5.6].
  private static func shortParams(_ signature: Signature) -> OperatorCase {
    OperatorCase("short-params") { _ in
      let words: [UInt64] = [24, 99, 4, 0xdead_dead_dead_dead, 0xdead_dead_dead_dead]
      return Operation([], [Operand(signature.outputs[0], Layout(contiguous: [33]))], .raw(words))
    }
  }
}
