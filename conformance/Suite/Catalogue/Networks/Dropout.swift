import BackendAPI

extension OperatorCatalogue {
  /// DROPOUT of section 6.17 of the header.
  static let dropout: [OperatorEntry] = [
    OperatorEntry(
      "DROPOUT", BP_OP_DROPOUT, .activation, DType.floats.map { Signature($0) }, accuracy: .ulps(0),
      basis: "one product",
      drawn: { signature, size, random in
        let shape = (0..<random.int(0...4)).map { _ in random.oneIn(24) ? 0 : random.int(1...max(1, size)) }
        let layout = random.oneIn(2) ? Layout(contiguous: shape) : Layout(permuting: shape)
        return dropoutOperation(
          signature, layout, p: random.oneIn(4) ? 0 : random.double(0...0.999), seed: random.next(),
          offset: random.next(), .mixed, &random)
      }
    ) { signature in
      let layouts: [(String, Layout)] = [
        ("scalar", Layout(contiguous: [])), ("empty", Layout(contiguous: [3, 0])),
        ("dense", Layout(contiguous: [3, 5, 7])), ("transposed", Layout([9, 7], strides: [1, 9])),
        ("sliced", Layout([5, 13], strides: [19, 1], lead: 2)), ("step2", Layout([35], strides: [2], lead: 1)),
        ("misaligned", Layout(contiguous: [67], lead: 1)), ("negative", Layout([5, 17], strides: [-17, -1])),
        ("broadcast", Layout([5, 17], strides: [0, 1])), ("broadcast-columns", Layout([5, 17], strides: [1, 0])),
        ("channels-last", Layout([2, 5, 3, 4], strides: [60, 1, 20, 5])), ("large", Layout(contiguous: [100_003])),
        ("large-transposed", Layout([301, 333], strides: [1, 301])),
      ]
      let lengths = ElementwiseCases.oddLengths.map { ("n\($0)", Layout(contiguous: [$0])) }
      let keys: [(String, UInt64, UInt64)] = [
        ("high-key", 0xdead_beef_0000_0000, 5), ("counter-carry", 42, 0xffff_fffe),
        ("high-counter", 42, 0x1234_5678_9abc_def0), ("counter-wrap", 7, .max - 2), ("all-ones", .max, .max),
      ]
      // Between two numbers of float32, to the greater of which it is rounded; and the greatest below 1.
      let chances: [(String, Double)] = [
        ("p0", 0), ("tenth", 0.1), ("most", 0.999), ("least", 0x1p-24), ("rounded", 0.5 - 0x1p-27),
        ("greatest", 1 - 0x1p-24),
      ]
      let line = Layout(contiguous: [1027])
      return (layouts + lengths).map { label, layout in
        OperatorCase(label) {
          dropoutOperation(signature, layout, p: 0.5, seed: 0x0123_4567_89ab_cdef, offset: 9, .random, &$0)
        }
      }
        + keys.map { label, seed, offset in
          OperatorCase(label) { dropoutOperation(signature, line, p: 0.3, seed: seed, offset: offset, .random, &$0) }
        }
        + chances.map { label, p in
          OperatorCase(label) { dropoutOperation(signature, line, p: p, seed: 3, offset: 4, .random, &$0) }
        }
        + [
          OperatorCase("mixed") { dropoutOperation(signature, line, p: 0.5, seed: 5, offset: 6, .mixed, &$0) },
          OperatorCase("output-transposed") { random in
            var result = dropoutOperation(
              signature, Layout(contiguous: [9, 7]), p: 0.5, seed: 5, offset: 6, .random, &random)
            result.outputs[0] = Operand(signature.dtype, Layout([9, 7], strides: [1, 9]))
            return result
          },
          OperatorCase("in-place") { random in
            var result = dropoutOperation(signature, line, p: 0.5, seed: 5, offset: 6, .random, &random)
            result.sharedInput = 0
            return result
          },
        ]
    }
  ]

  private static func dropoutOperation(
    _ signature: Signature, _ layout: Layout, p: Double, seed: UInt64, offset: UInt64, _ values: ValueSet,
    _ random: inout RandomSource
  ) -> Operation {
    var params = bp_dropout_params()
    (params.p, params.seed, params.offset) = (p, seed, offset)
    return Operation(
      [Operand(signature.dtype, layout, values, &random)],
      [Operand(signature.dtype, Layout(contiguous: layout.shape))], .dropout(params))
  }
}

extension Layout {
  /// The axes lie in memory in the opposite order.
  fileprivate init(permuting shape: [Int]) {
    let reversed = Layout(contiguous: shape.reversed())
    self.init(shape, strides: reversed.strides.reversed(), lead: 1)
  }
}

enum Dropout {
  /// What the elements of a tensor are multiplied with, in row-major order.
  static func factors(_ count: Int, p: Double, seed: UInt64, offset: UInt64, _ dtype: DType) -> [Double] {
    let threshold = Double(Float(p))
    let scale = dtype == .float64 ? 1 / (1 - p) : Double(Float(1 / (1 - p)))
    var factors: [Double] = []
    factors.reserveCapacity(count + 3)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4) { words in
      for block in 0..<UInt64((count + 3) / 4) {
        bp_philox(seed, offset &+ block, words.baseAddress!)
        for word in words { factors.append(Double(word >> 8) * 0x1p-24 < threshold ? 0 : scale) }
      }
    }
    return Array(factors.prefix(count))
  }
}
