import BackendAPI

extension OperatorCatalogue {
  /// Section 6.17 of the header.
  static let onePassActivations: [OperatorEntry] = [
    unary(
      "GELU", BP_OP_GELU, within: .bounded(Conditioning.gelu),
      basis: "abs(x) × (the error of PHI: erf's 16 ulp / 2, u (2 abs(x) phi(x) + PHI); u PHI)",
      ranges: { _ in [-6...6, -20...20, -1e-2...1e-2, -1e4...1e4] }),
    unary(
      "GELU_TANH", BP_OP_GELU_TANH, within: .bounded(Conditioning.geluTanh),
      basis: "abs(x)/2 × u × (10 abs(T) + 6 abs(t) (1 - T²) + 2 (1 + T)), with T = tanh(t)",
      ranges: { _ in [-6...6, -30...30, -1e-2...1e-2, -1e4...1e4] }),
    gradient(
      "GELU_BACKWARD", BP_OP_GELU_BACKWARD, of: distinct,
      ranges: [-6...6, -12...12, -1e-2...1e-2, -1e4...1e4]),
    gradient(
      "GELU_TANH_BACKWARD", BP_OP_GELU_TANH_BACKWARD,
      // What an infinite x gives, the header leaves open.
      of: { distinct($0).filter { !$0.isInfinite } }, ranges: [-6...6, -30...30, -1e-2...1e-2, -1e4...1e4]),
    gradient(
      "SILU_BACKWARD", BP_OP_SILU_BACKWARD, of: distinct,
      ranges: [-6...6, -80...80, -1e-2...1e-2, -1e4...1e4]),
    gradient(
      "SIGMOID_BACKWARD", BP_OP_SIGMOID_BACKWARD,
      of: results(from: 0), ranges: [0...1, 0...1e-3, 0.99...1]),
    gradient(
      "TANH_BACKWARD", BP_OP_TANH_BACKWARD, of: results(from: -1),
      ranges: [-1...1, -1e-3...1e-3, 0.99...1]),
    gradient(
      "RELU_BACKWARD", BP_OP_RELU_BACKWARD,
      of: specials,
      ranges: [-1...1, -4...0, 0...4]),
  ]

  /// The special values that a function with results from `least` to 1 may give.
  private static func results(from least: Double) -> @Sendable (DType) -> [Double] {
    { specials($0).filter { $0.isNaN || (least...1).contains($0) } }
  }

  /// Those at which float32 and float64 agree on whether a derivative has vanished: an infinite gradient tells them apart.
  @Sendable private static func distinct(_ dtype: DType) -> [Double] {
    specials(dtype).filter { !(12...745).contains(abs($0)) }
  }

  @Sendable private static func specials(_ dtype: DType) -> [Double] {
    ElementArray(dtype, bits: ValueSet.special(dtype)).doubles
  }

  /// A gradient in one pass: of in0, the incoming one, and in1, what it is taken at.
  ///
  /// - Parameter specials: What in1 may be, beside the ranges: each meets every special incoming gradient.
  private static func gradient(
    _ name: String, _ id: Int32, of specials: @escaping @Sendable (DType) -> [Double], ranges: [ClosedRange<Double>]
  ) -> OperatorEntry {
    OperatorEntry(name, id, .elementwise, DType.floats.map { Signature($0, inputs: 2) }) { signature in
      let dtype = signature.dtype
      let places = specials(dtype), incoming = ValueSet.special(dtype)
      let filling = ValueSet("filling") { dtype, count, operand, random in
        if operand == 0 { return ValueSet.mixed.make(dtype, count, operand, &random) }
        let values = (0..<count).map { _ in
          random.oneIn(8) ? places.randomElement(using: &random)! : random.double(ranges[0])
        }
        return ElementArray(dtype, doubles: values)
      }
      let combinations = ValueSet("special") { dtype, count, operand, _ in
        if operand == 1 { return ElementArray(dtype, doubles: (0..<count).map { places[$0 / incoming.count] }) }
        return ElementArray(dtype, bits: (0..<count).map { incoming[$0 % incoming.count] })
      }
      var sets = [(combinations, incoming.count * places.count), (filling, 4099)]
      for (i, range) in ranges.enumerated() {
        let values = ValueSet("range\(i)") { dtype, count, operand, random in
          ValueSet.uniform("", operand == 0 ? -4...4 : range).make(dtype, count, operand, &random)
        }
        sets.append((values, 4099))
      }
      return ElementwiseCases(signature: signature, filling: filling, sets: sets).cases
    }
  }
}
