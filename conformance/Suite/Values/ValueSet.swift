/// A way to choose the values of an operand.
struct ValueSet: Sendable {
  typealias Make =
    @Sendable (_ dtype: DType, _ count: Int, _ operand: Int, _ random: inout RandomSource) -> ElementArray

  let name: String
  let make: Make

  init(_ name: String, _ make: @escaping Make) {
    self.name = name
    self.make = make
  }

  /// One value at a time, of a real type.
  static func each(
    _ name: String, _ value: @escaping @Sendable (DType, inout RandomSource) -> Double
  ) -> ValueSet {
    ValueSet(name) { dtype, count, _, random in
      var values: [Double] = []
      values.reserveCapacity(count)
      for _ in 0..<(dtype.isComplex ? 2 * count : count) { values.append(value(dtype, &random)) }
      return ElementArray(dtype, doubles: values)
    }
  }

  /// Uniform floats in a range; integers in it too.
  static func uniform(_ name: String, _ range: ClosedRange<Double>) -> ValueSet {
    each(name) { _, random in random.double(range) }
  }

  /// Numbers of everyday size, some of them equal to one another; a true bool may be any nonzero byte.
  static let random = ValueSet("random") { dtype, count, _, random in
    var result = ElementArray(dtype.part, zeros: dtype.isComplex ? 2 * count : count)
    for i in 0..<result.count { result.setBits(i, everyday(result.dtype, &random)) }
    return ElementArray(dtype, bytes: result.bytes)
  }

  /// `random`, with every eighth value a special one.
  static let mixed = ValueSet("mixed") { dtype, count, _, random in
    let specials = special(dtype.part)
    var result = ElementArray(dtype.part, zeros: dtype.isComplex ? 2 * count : count)
    for i in 0..<result.count {
      let isSpecial = random.oneIn(8)
      result.setBits(i, isSpecial ? specials.randomElement(using: &random)! : everyday(result.dtype, &random))
    }
    return ElementArray(dtype, bytes: result.bytes)
  }

  /// Any bits, NaN made rare: all magnitudes from subnormal to greatest.
  static let wide = ValueSet("wide") { dtype, count, _, random in
    var result = ElementArray(dtype.part, zeros: dtype.isComplex ? 2 * count : count)
    for i in 0..<result.count {
      result.setBits(i, random.next())
      if result.dtype.isFloat && result.double(i).isNaN { result.setBits(i, random.next()) }
    }
    return ElementArray(dtype, bytes: result.bytes)
  }

  /// Every combination of special values of operands that have `specialCombinations` elements.
  static let special = ValueSet("special") { dtype, count, operand, _ in
    let specials = special(dtype.part)
    let period = (0..<operand).reduce(1) { product, _ in product * specials.count }
    let bits = (0..<(dtype.isComplex ? 2 * count : count)).map { specials[$0 / period % specials.count] }
    return ElementArray(dtype, bytes: ElementArray(dtype.part, bits: bits).bytes)
  }

  /// How many elements `special` needs to combine all special values of so many operands.
  static func specialCombinations(_ dtype: DType, operands: Int) -> Int {
    (0..<operands).reduce(1) { product, _ in product * special(dtype.part).count }
  }

  /// All bit patterns of a 16-bit type, in order.
  static let exhaustive = ValueSet("exhaustive") { dtype, count, _, _ in
    ElementArray(dtype, bits: (0..<count).map { UInt64($0) })
  }

  /// A few values, so that most are equal to others.
  static let ties = each("ties") { _, random in Double(random.int(0...3)) }

  private static func everyday(_ dtype: DType, _ random: inout RandomSource) -> UInt64 {
    switch dtype {
    case .bool: random.oneIn(8) ? UInt64(random.int(2...255)) : UInt64(random.int(0...1))
    case _ where dtype.isInteger:
      random.oneIn(2)
        ? random.next() : UInt64(bitPattern: Int64(random.int(dtype == .uint8 ? 0...9 : -9...9)))
    default: dtype.bits(of: random.oneIn(4) ? Double(random.int(-4...4)) : random.double(-4...4))
    }
  }
}

// MARK: - Special values

extension ValueSet {
  /// The values at which arithmetic changes its behaviour, as bits.
  static func special(_ dtype: DType) -> [UInt64] {
    if dtype == .bool { return [0, 1, 2, 255] }
    guard let format = dtype.format else {
      let range = dtype.integerRange
      let small: [Int64] = [0, 1, 2, 3, 7, 63, 64]
      let negative: [Int64] = range.lowerBound < 0 ? [-1, -2, -3, -7] : []
      let extreme = [range.lowerBound, range.lowerBound + 1, range.upperBound - 1, range.upperBound]
      return (small + negative + extreme).map { UInt64(bitPattern: $0) }
    }
    // 1e-3 and 1e3 stand for the ordinary; the integers and halves are where rounding turns.
    let positive: [Double] = [
      0, format.leastSubnormal, format.leastNormal - format.leastSubnormal, format.leastNormal, 1e-3, 0.5, 1,
      1.5, 2, 2.5, 3, 7, 1e3, 1 / format.roundingUnit, format.greatest, .infinity,
    ]
    return (positive + positive.map { -$0 } + [.nan]).map { dtype.bits(of: $0) }
  }

  /// Halves, their neighbours, and the end of the fractions: where rounding to an integer decides.
  static let halves = ValueSet("halves") { dtype, count, _, random in
    let format = dtype.format!
    var values: [Double] = []
    for i in 0..<count {
      let half = Double(i / 6) + 0.5
      let ulp = format.ulp(half)
      let last = 0.5 / format.roundingUnit
      let choices = [half, half + ulp, half - ulp, last + Double(i), last - 0.5 - Double(i), Double(i)]
      values.append(random.oneIn(2) ? choices[i % 6] : -choices[i % 6])
    }
    return ElementArray(dtype, doubles: values)
  }
}
