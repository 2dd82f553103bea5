import BackendAPI

extension OperatorCatalogue {
  /// Section 6.1 of the header.
  static let creation: [OperatorEntry] = [
    OperatorEntry("COPY", BP_OP_COPY, .creation, conversions) { signature in
      let (from, to) = (signature.inputs[0], signature.outputs[0])
      var cases = ElementwiseCases(signature: signature, takesAnyOutput: true)
      if to.isInteger && from.format != nil {
        cases.filling = convertible
        cases.sets = [(convertible, 1025)]
      } else {
        cases.sets = [(.special, ValueSet.specialCombinations(from, operands: 1)), (.wide, 1025)]
      }
      if let narrow = to.format, !to.isComplex, !from.isComplex, from != .bool, from != to {
        cases.sets.append((halfway(to: narrow), 1025))
      }
      return cases.cases
    },

    OperatorEntry("FILL", BP_OP_FILL, .creation, DType.any.map { Signature($0) }) { signature in
      let shapes: [(String, Layout)] = [
        ("scalar", Layout(contiguous: [])), ("empty", Layout(contiguous: [0, 3])),
        ("dense", Layout(contiguous: [3, 5, 7])), ("rank8", Layout(contiguous: [2, 1, 3, 1, 2, 2, 1, 3])),
        ("transposed", Layout([9, 7], strides: [1, 9])),
        ("sliced", Layout([5, 13], strides: [19, 1], lead: 2)),
        ("step2", Layout([35], strides: [2], lead: 1)), ("negative", Layout([33], strides: [-1])),
        ("misaligned", Layout(contiguous: [67], lead: 1)), ("large", Layout(contiguous: [100_003])),
      ]
      let lengths = ElementwiseCases.oddLengths.map { ("n\($0)", Layout(contiguous: [$0])) }
      return (shapes + lengths).map { label, layout in
        OperatorCase(label) { random in
          let value = ValueSet.mixed.make(signature.dtype, 1, 0, &random)
          // "in0, an immediate": of any shape; the output's own and rank 0 are what hosts pass.
          let input = Operand(immediate: value, shape: layout.shape)
          return Operation([input], [Operand(signature.dtype, layout)])
        }
      }
    },

    OperatorEntry("ARANGE", BP_OP_ARANGE, .creation, DType.realNumbers.map { Signature($0, inputs: 0) }) {
      signature in
      let progressions: [(String, Double, Double, Int64, Int64)] = [
        ("up", 0, 1, 0, 1), ("down", 10, -1, 10, -3), ("fraction", 0.1, 0.1, -5, 7),
        ("third", -1.0 / 3, 1.0 / 3, .max - 3, 1), ("constant", 2.5, 0, 9, 0),
        ("extreme", 1e30, 1e28, .min, .max),
      ]
      let layouts: [(String, Layout)] = [
        ("scalar", Layout(contiguous: [])), ("empty", Layout(contiguous: [0])),
        ("n1", Layout(contiguous: [1])),
        ("n33", Layout(contiguous: [33])), ("dense", Layout(contiguous: [3, 5, 7])),
        ("transposed", Layout([9, 7], strides: [1, 9])), ("step2", Layout([35], strides: [2], lead: 1)),
        ("large", Layout(contiguous: [100_003])),
      ]
      return progressions.flatMap { name, start, step, integerStart, integerStep in
        layouts.map { label, layout in
          OperatorCase("\(name)-\(label)") { _ in
            var params = bp_arange_params()
            (params.start, params.step) = (start, step)
            (params.integer_start, params.integer_step) = (integerStart, integerStep)
            return Operation([], [Operand(signature.outputs[0], layout)], .arange(params))
          }
        }
      }
    },
  ]

  private static let conversions = DType.any.flatMap { from in
    DType.any.map { to in Signature(from == to ? from.name : "\(from.name)-\(to.name)", [from], [to]) }
  }

  /// Floats within int64: what lies outside converts to an unspecified value [BP-3.3].
  private static let convertible = ValueSet.each("convertible") { dtype, random in
    let landmarks: [Double] = [
      0, -0.0, 0.5, -0.5, 0.99, -0.99, 1.5, -1.5, 127, 128, -128, -129, 255, 256, 32767, 32768, 65504, 0x1p31,
      0x1p32 + 5, -0x1p31 - 1, 1e-40,
    ]
    let limit = min(dtype.format!.greatest, 9e18)
    let value =
      switch random.int(0...3) {
      case 0: landmarks.randomElement(using: &random)!
      case 1: random.double(-300...300)
      case 2: random.double(-1e5...1e5)
      default: random.double(-9e18...9e18)
      }
    return min(max(value, -limit), limit)
  }

  /// Values halfway between two numbers of a format, and just beside.
  private static func halfway(to format: FloatFormat) -> ValueSet {
    ValueSet("halfway") { dtype, count, _, random in
      if dtype.isInteger {
        let integers = (0..<count).map { _ in
          let shift = random.int(1...max(1, 62 - format.precision))
          let significand = Int64(random.int(1 << (format.precision - 1)...1 << format.precision))
          return (significand << shift) + (1 << (shift - 1)) + Int64(random.int(-1...1))
        }
        return ElementArray(dtype, integers: integers)
      }
      return ElementArray(
        dtype,
        doubles: (0..<count).map { _ in
          let value = random.double(-1...1) * (random.oneIn(4) ? format.leastNormal : 2)
          let ulp = format.ulp(value)
          let half = ((value / ulp).rounded(.down) + 0.5) * ulp
          return half + Double(random.int(-1...1)) * dtype.format!.ulp(half)
        })
    }
  }
}
