import BackendAPI
import Glibc

extension OperatorCatalogue {
  /// Section 6.3 of the header: one input.
  static let unary: [OperatorEntry] = [
    unary("NEG", BP_OP_NEG, DType.numbers),
    unary("ABS", BP_OP_ABS, DType.realNumbers),
    unary("SIGN", BP_OP_SIGN, DType.realNumbers),
    unary("BITWISE_NOT", BP_OP_BITWISE_NOT, DType.integers + [.bool]),
    unary("FLOOR", BP_OP_FLOOR, halves: true),
    unary("CEIL", BP_OP_CEIL, halves: true),
    unary("ROUND", BP_OP_ROUND, halves: true),
    unary("TRUNC", BP_OP_TRUNC, halves: true),
    unary("SQRT", BP_OP_SQRT, complex: .branched, ranges: { [positive($0)] }),
    unary("RSQRT", BP_OP_RSQRT, within: .ulps(2), complex: .branched, ranges: { _ in [0.1...100] }),
    unary("RECIPROCAL", BP_OP_RECIPROCAL, complex: .plain, ranges: { _ in [-10...10] }),
    unary(
      "EXP", BP_OP_EXP, within: .ulps(3), complex: .periodic, ranges: { [exponents($0), -1...1] + thresholds($0) }),
    unary(
      "EXPM1", BP_OP_EXPM1, within: .ulps(3), complex: .periodic,
      ranges: { [exponents($0), -1...1, -1e-3...1e-3] + thresholds($0) }),
    unary("LOG", BP_OP_LOG, within: .ulps(3), complex: .branched, ranges: { [positive($0), 0...10, 0.9...1.1] }),
    unary(
      "LOG1P", BP_OP_LOG1P, within: .ulps(2), complex: .branched, ranges: { [positive($0), -1...1, -1e-3...1e-3] }),
    unary(
      "SIN", BP_OP_SIN, within: .ulps(4), complex: .periodic, ranges: { _ in [-10...10, -1e5...1e5, 3.1415...3.1416] }),
    unary(
      "COS", BP_OP_COS, within: .ulps(4), complex: .periodic, ranges: { _ in [-10...10, -1e5...1e5, 1.5707...1.5708] }),
    unary("TANH", BP_OP_TANH, within: .ulps(5), complex: .periodic, ranges: { _ in [-10...10, -1e-2...1e-2] }),
    unary(
      "SIGMOID", BP_OP_SIGMOID, within: .ulps(8), basis: "exp's 3 ulp as 6 units, the sum, the quotient",
      complex: .periodic, ranges: { [exponents($0), -20...20] + thresholds($0) }),
    unary("ERF", BP_OP_ERF, within: .ulps(16), ranges: { _ in [-6...6, -1e-2...1e-2] }),
    unary("RELU", BP_OP_RELU, DType.realNumbers, within: .exactUpToZeroSign),
  ]

  /// Section 6.11 of the header.
  static let activations: [OperatorEntry] = [
    unary(
      "SILU", BP_OP_SILU, within: .ulps(9), basis: "SIGMOID's and a product",
      ranges: { [exponents($0), -20...20] + thresholds($0) })
  ]

  /// Section 6.4 of the header, arithmetic.
  static let binary: [OperatorEntry] = [
    binary("ADD", BP_OP_ADD, DType.numbers + [.bool]),
    binary("SUB", BP_OP_SUB, DType.numbers),
    binary("MUL", BP_OP_MUL, DType.numbers + [.bool]),
    binary("DIV", BP_OP_DIV, DType.floating),
    binary("FLOOR_DIVIDE", BP_OP_FLOOR_DIVIDE, DType.realNumbers, also: [nearlyWhole]),
    binary("REMAINDER", BP_OP_REMAINDER, DType.realNumbers, also: [nearlyWhole]),
    binary("FMOD", BP_OP_FMOD, DType.realNumbers, also: [nearlyWhole]),
    binary("POW", BP_OP_POW, DType.numbers, also: [powers]),
    binary("MAXIMUM", BP_OP_MAXIMUM, DType.real, also: [.ties]),
    binary("MINIMUM", BP_OP_MINIMUM, DType.real, also: [.ties]),
    binary("ATAN2", BP_OP_ATAN2, DType.floats),
    binary("BITWISE_AND", BP_OP_BITWISE_AND, DType.integers + [.bool]),
    binary("BITWISE_OR", BP_OP_BITWISE_OR, DType.integers + [.bool]),
    binary("BITWISE_XOR", BP_OP_BITWISE_XOR, DType.integers + [.bool]),
  ]

  /// Section 6.4 of the header, comparison.
  static let comparison: [OperatorEntry] = [
    comparison("EQ", BP_OP_EQ, DType.any),
    comparison("NE", BP_OP_NE, DType.any),
    comparison("LT", BP_OP_LT, DType.real),
    comparison("LE", BP_OP_LE, DType.real),
    comparison("GT", BP_OP_GT, DType.real),
    comparison("GE", BP_OP_GE, DType.real),
  ]

  /// Section 6.5 of the header.
  static let selection: [OperatorEntry] = [
    OperatorEntry(
      "WHERE", BP_OP_WHERE, .elementwise, DType.any.map { Signature($0.name, [.bool, $0, $0], [$0]) }
    ) { signature in
      ElementwiseCases(signature: signature, sets: [(.wide, 1025)]).cases
    }
  ]

  // MARK: - Building entries

  /// A function that has `complex` domains takes complex types too.
  ///
  /// - Parameters:
  ///   - accuracy: How far results may be off; nothing where they are exact.
  ///   - basis: What that rests on, where it is not OpenCL.
  static func unary(
    _ name: String, _ id: Int32, _ dtypes: [DType] = DType.floats, within accuracy: Accuracy? = nil,
    basis: String? = nil, halves: Bool = false, complex: ComplexDomain? = nil,
    ranges: @escaping @Sendable (DType) -> [ClosedRange<Double>] = { _ in [] }
  ) -> OperatorEntry {
    let dtypes = complex == nil ? dtypes : dtypes + DType.complexes
    return OperatorEntry(
      name, id, .elementwise, dtypes.map { Signature($0) }, accuracy: accuracy, basis: basis,
      complexAccuracy: complex.map { _ in .bounded(Conditioning.complexFunction) }
    ) { signature in
      let dtype = signature.dtype
      var cases = ElementwiseCases(signature: signature)
      if let complex, dtype.isComplex {
        cases.filling = .finiteComplex
        cases.sets = complex.sets.map { ($0, 1025) }
        return cases.cases
      }
      cases.sets = [(.special, ValueSet.specialCombinations(dtype, operands: 1)), (.wide, 4099)]
      if dtype.size == 1 { cases.sets.append((.exhaustive, 256)) }
      if dtype.size == 2 { cases.sets.append((.exhaustive, 65536)) }
      if halves { cases.sets.append((.halves, 255)) }
      for (i, range) in ranges(dtype).enumerated() { cases.sets.append((.uniform("range\(i)", range), 4099)) }
      return cases.cases
    }
  }

  private static func binary(
    _ name: String, _ id: Int32, _ dtypes: [DType], also: [ValueSet] = []
  ) -> OperatorEntry {
    OperatorEntry(name, id, .elementwise, dtypes.map { Signature($0, inputs: 2) }) { signature in
      // Sums and differences of complex numbers are those of their parts, whatever these are.
      guard signature.dtype.isComplex && name != "ADD" && name != "SUB" else { return pairs(signature, also) }
      let sets = name == "POW" ? [ValueSet.complexPowers] : [.finiteComplex, .widePlane]
      return ElementwiseCases(signature: signature, filling: .finiteComplex, sets: sets.map { ($0, 1025) }).cases
    }
  }

  private static func comparison(_ name: String, _ id: Int32, _ dtypes: [DType]) -> OperatorEntry {
    OperatorEntry(name, id, .elementwise, dtypes.map { Signature($0.name, [$0, $0], [.bool]) }) { signature in
      pairs(signature, [.ties])
    }
  }

  private static func pairs(_ signature: Signature, _ also: [ValueSet]) -> [OperatorCase] {
    let combinations = ValueSet.specialCombinations(signature.dtype, operands: 2)
    let sets: [(ValueSet, Int)] = [(.special, combinations), (.random, 1025), (.wide, 4099)]
    return ElementwiseCases(signature: signature, sets: sets + also.map { ($0, 1025) }).cases
  }

  // MARK: - Values

  /// The finite positive numbers, evenly over the exponents' middle.
  @Sendable static func positive(_ dtype: DType) -> ClosedRange<Double> {
    0...min(dtype.format!.greatest, 1e30)
  }

  /// Where exp goes from 0 through the subnormals to infinity.
  @Sendable static func exponents(_ dtype: DType) -> ClosedRange<Double> {
    Glibc.log(dtype.format!.leastSubnormal) - 1...Glibc.log(dtype.format!.greatest) + 1
  }

  /// Around where exp overflows, becomes subnormal, and vanishes.
  @Sendable static func thresholds(_ dtype: DType) -> [ClosedRange<Double>] {
    let format = dtype.format!
    return [format.greatest, format.leastNormal, format.leastSubnormal].map { value in
      Glibc.log(value) - 0.75...Glibc.log(value) + 0.75
    }
  }

  /// A positive base and an exponent whose power stays in range; small integers for integer types.
  private static let powers = ValueSet("powers") { dtype, count, operand, random in
    let range: ClosedRange<Double> = operand == 0 ? (dtype.isInteger ? -9...9 : 0.01...20) : -9...9
    let values = (0..<count).map { _ in random.double(range) }
    return dtype.isInteger
      ? ElementArray(dtype, integers: values.map { Int64($0) }) : ElementArray(dtype, doubles: values)
  }

  /// Dividends that are nearly multiples of their divisors: there a rounded quotient lies.
  private static let nearlyWhole = ValueSet("nearly-whole") { dtype, count, operand, random in
    // Divisor i is a function of i alone, so that the dividends can be multiples of it.
    let divisors = (0..<count).map { i in Double(i % 97 + 1) * (dtype.isFloat ? 0.1 : 1) }
    if operand == 1 { return ElementArray(dtype, doubles: divisors) }
    let rounded = ElementArray(dtype, doubles: divisors)
    let dividends = (0..<count).map { i in
      let product = rounded.double(i) * Double(random.int(dtype == .uint8 ? 0...2 : -60...60))
      return dtype.isFloat ? product + Double(random.int(-1...1)) * dtype.format!.ulp(product) : product
    }
    return ElementArray(dtype, doubles: dividends)
  }
}
