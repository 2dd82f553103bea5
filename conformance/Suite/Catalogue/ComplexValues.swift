import Glibc

/// Where a function of a complex number is tried. Everywhere finite, and nowhere at a pole: what comes then the header
/// leaves open [BP-6.3].
enum ComplexDomain: Sendable {
  /// The whole plane.
  case plain
  /// Along the real and the imaginary axis no further than exponentials reach.
  case periodic
  /// The whole plane, and both sides of the axes, on which the branch cuts lie.
  case branched

  var sets: [ValueSet] {
    switch self {
    case .plain: [.finiteComplex, .widePlane, .aroundLandmarks]
    case .periodic: [.finiteComplex, .uniform("strip", -25...25), .aroundLandmarks]
    case .branched: [.finiteComplex, .widePlane, .aroundLandmarks, .axes]
    }
  }
}

extension ValueSet {
  /// Of everyday size in any direction, none of them zero. Of other types everyday numbers.
  static let finiteComplex = polar("finite", 0.1...4)

  /// Of many sizes in any direction.
  static let widePlane = ValueSet("wide-plane") { dtype, count, _, random in
    polars(dtype, count, &random) { exp($0.double(-20...20)) }
  }

  /// Near to where functions vanish, have poles, or lose digits: 0, ±1, ±i, ±pi/2, ±i pi.
  static let aroundLandmarks = ValueSet("landmarks") { dtype, count, _, random in
    let landmarks: [(Double, Double)] = [
      (0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (.pi / 2, 0), (-.pi / 2, 0), (0, .pi), (0, -.pi), (0, .pi / 2),
    ]
    var values: [Double] = []
    for _ in 0..<count {
      let landmark = landmarks.randomElement(using: &random)!
      let (distance, angle) = (exp(random.double(-15...(-1))), random.double(-.pi ... .pi))
      values += [landmark.0 + distance * cos(angle), landmark.1 + distance * sin(angle)]
    }
    return ElementArray(dtype, doubles: values)
  }

  /// On either side of the real and the imaginary axis, as the sign of a zero says.
  static let axes = ValueSet("axes") { dtype, count, _, random in
    var values: [Double] = []
    for _ in 0..<count {
      let (value, zero) = (random.double(-4...4), random.oneIn(2) ? 0.0 : -0.0)
      values += random.oneIn(2) ? [value, zero] : [zero, value]
    }
    return ElementArray(dtype, doubles: values)
  }

  /// Bases and exponents whose power stays in range, and zero as a base where the header says what comes.
  static let complexPowers = ValueSet("complex-powers") { dtype, count, operand, random in
    var values: [Double] = []
    for i in 0..<count {
      if i % 64 == 0 {
        // 0 to the power of 0, and of numbers with a positive real part.
        values += operand == 0 || i % 128 == 0 ? [0, 0] : [random.double(0.5...3), random.double(-3...3)]
      } else {
        let (magnitude, angle) = (random.double(0.2...5), random.double(-.pi ... .pi))
        values += [magnitude * cos(angle), magnitude * sin(angle)]
      }
    }
    return ElementArray(dtype, doubles: values)
  }

  private static func polar(_ name: String, _ magnitudes: ClosedRange<Double>) -> ValueSet {
    ValueSet(name) { dtype, count, operand, random in
      dtype.isComplex
        ? polars(dtype, count, &random) { $0.double(magnitudes) }
        : ValueSet.random.make(dtype, count, operand, &random)
    }
  }

  private static func polars(
    _ dtype: DType, _ count: Int, _ random: inout RandomSource, _ magnitude: (inout RandomSource) -> Double
  ) -> ElementArray {
    var values: [Double] = []
    for _ in 0..<count {
      let (magnitude, angle) = (magnitude(&random), random.double(-.pi ... .pi))
      values += [magnitude * cos(angle), magnitude * sin(angle)]
    }
    return ElementArray(dtype, doubles: values)
  }
}
