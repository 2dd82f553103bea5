import Glibc

/// How an output compares with what was expected of it.
struct Comparison {
  /// The greatest difference, in units in the last place.
  private(set) var worstUlps = 0.0
  private(set) var failures = 0
  private(set) var firstFailure: Failure?

  struct Failure {
    let index: Int
    /// In units in the last place, of `scale` where it is given: the terms', where these are what a bound is about.
    let ulps: Double
    let scale: Double?
    let allowed: String
  }

  /// Compares element by element; `bounds` are the given output's, where the rule has some.
  init(
    _ expected: ElementArray, _ got: ElementArray, _ rule: Accuracy,
    bounds: (errors: [Double], scales: [Double], grantsLastRounding: Bool)? = nil
  ) {
    if expected.bytes == got.bytes { return }
    var isBytewise = expected.dtype.format == nil
    if case .bits = rule { isBytewise = true }
    guard !isBytewise, let format = expected.dtype.format else {
      compareBytes(expected, got)
      return
    }
    if expected.dtype.isComplex, let bounds {
      compareComplex(expected, got, bounds, format)
      return
    }
    let (e, g) = (expected.parts, got.parts)
    let elementParts = expected.dtype.isComplex ? 2 : 1
    for i in 0..<e.count where e.bits(i) != g.bits(i) {
      if let bounds {
        compare(e.double(i), g.double(i), i, bounds, format, expected.dtype)
      } else {
        compare(e, g, i, elementParts, rule)
      }
    }
  }

  private mutating func fail(_ index: Int, _ ulps: Double, _ allowed: String, scale: Double? = nil) {
    failures += 1
    if firstFailure == nil { firstFailure = Failure(index: index, ulps: ulps, scale: scale, allowed: allowed) }
  }

  /// Measures an error that has a bound, in the unit that the bound is made of: the last place of the result, or that of
  /// the terms in the type computed in (for 16 bits float32 [BP-3.5]) where it is greater, because they cancel.
  private mutating func judge(
    _ error: Double, _ expected: Double, _ scale: Double, _ bound: Double, _ i: Int, grantsLastRounding: Bool,
    _ format: FloatFormat, _ dtype: DType
  ) {
    let lastPlace = format.ulp(expected)
    let computed = dtype.part.size == 2 ? DType.float32.format! : format
    let magnitude = scale.isFinite ? max(scale, abs(expected)) : abs(expected)
    let unit = max(lastPlace, computed.ulp(magnitude))
    let allowed = (bound.isFinite ? bound : 0) + (grantsLastRounding ? lastPlace : 0)
    let ulps = error / unit
    worstUlps = max(worstUlps, ulps)
    if error <= allowed { return }
    fail(
      i, ulps, "an error of \(allowed) (\(Ulps.text(allowed / unit)) ulp)", scale: unit > lastPlace ? magnitude : nil)
  }

  private mutating func compareBytes(_ expected: ElementArray, _ got: ElementArray) {
    let size = expected.dtype.size
    for i in 0..<expected.count {
      let range = i * size..<(i + 1) * size
      if expected.bytes[range] != got.bytes[range] { fail(i, .infinity, "exact") }
    }
  }

  /// By counting the numbers of the type that lie between.
  private mutating func compare(
    _ e: ElementArray, _ g: ElementArray, _ i: Int, _ parts: Int, _ rule: Accuracy
  ) {
    let (x, y) = (e.double(i), g.double(i))
    if x.isNaN && y.isNaN { return }
    if x.isNaN || y.isNaN { return fail(i / parts, .infinity, "NaN on either side or on neither") }
    let distance = Comparison.steps(Comparison.ordinal(e, i), Comparison.ordinal(g, i))
    let allowed: Double
    switch rule {
    case .ulps(let ulps):
      // The reference's own error: half an ulp up to float32; in float64 its function's one.
      allowed = e.dtype.size == 2 ? 1 : e.dtype == .float64 ? ulps + 1 : ulps
    case _ where e.dtype == .bfloat16 && abs(x) < e.dtype.format!.leastNormal:
      // Computed in float32 as [BP-3.5] allows, a subnormal bfloat16 is rounded twice.
      allowed = 1
    default:
      allowed = 0
      if case .exact = rule, distance == 0 { return fail(i / parts, 0, "the sign of zero counts") }
    }
    worstUlps = max(worstUlps, distance)
    if distance > allowed { fail(i / parts, distance, allowed == 0 ? "exact" : "\(allowed) ulp") }
  }

  /// By the error's bound.
  private mutating func compare(
    _ expected: Double, _ got: Double, _ i: Int,
    _ bounds: (errors: [Double], scales: [Double], grantsLastRounding: Bool), _ format: FloatFormat, _ dtype: DType
  ) {
    if expected.isNaN && got.isNaN { return }
    if expected.isNaN || got.isNaN { return fail(i, .infinity, "NaN on either side or on neither") }
    // An infinity stands one step beyond the greatest number: rounding may tip a result over.
    func value(_ x: Double) -> Double {
      x.isFinite ? x : (x < 0 ? -1 : 1) * (format.greatest + format.ulp(format.greatest))
    }
    let error = abs(value(expected) - value(got))
    if error == 0 { return }
    judge(
      error, expected, bounds.scales[i], bounds.errors[i], i, grantsLastRounding: bounds.grantsLastRounding, format,
      dtype)
  }

  /// By the error's bound, and the distance of two complex numbers. Where the expected one is not finite, an operand or an
  /// intermediate result was not, and the result is open [BP-6.3].
  private mutating func compareComplex(
    _ expected: ElementArray, _ got: ElementArray,
    _ bounds: (errors: [Double], scales: [Double], grantsLastRounding: Bool), _ format: FloatFormat
  ) {
    let (e, g) = (expected.parts, got.parts), magnitudes = expected.magnitudes
    for i in magnitudes.indices where magnitudes[i].isFinite {
      let error = hypot(e.double(2 * i) - g.double(2 * i), e.double(2 * i + 1) - g.double(2 * i + 1))
      if error == 0 { continue }
      judge(
        error, magnitudes[i], bounds.scales[i], bounds.errors[i], i, grantsLastRounding: bounds.grantsLastRounding,
        format, expected.dtype)
    }
  }

  /// How many numbers lie between two. Subtracted as integers: as float64 two neighbours would be the same, or 512 apart.
  private static func steps(_ a: Int64, _ b: Int64) -> Double {
    let (difference, overflow) = a.subtractingReportingOverflow(b)
    return overflow ? abs(Double(a) - Double(b)) : Double(difference.magnitude)
  }

  /// The numbers of a float type in order: -1 and 1 are the least subnormals, either zero is 0.
  private static func ordinal(_ array: ElementArray, _ i: Int) -> Int64 {
    let bits = array.bits(i)
    let sign = UInt64(1) << (8 * array.dtype.size - 1)
    return bits & sign == 0 ? Int64(bits) : -Int64(bits & ~sign)
  }
}
