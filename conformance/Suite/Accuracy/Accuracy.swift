/// How far a result may lie from the reference's.
///
/// The reference computes in float64 and rounds once to the type asked for, so that its results in
/// types up to float32 are off by at most half an ulp; in float64 they carry the error of one
/// evaluation in float64, which the rules below grant in full.
enum Accuracy: Sendable {
  /// The very bits, also of a NaN.
  case bits
  /// The same number. NaN equals NaN; -0 and 0 differ.
  case exact
  /// The same number; -0 equals 0, where the header leaves the sign of a zero open.
  case exactUpToZeroSign
  /// So many units in the last place of float32 and float64. Types of 16 bits are computed in
  /// float32 [BP-3.5] and rounded: with the reference's own rounding at most one unit of theirs.
  case ulps(Double)
  /// A bound for each element, from the operation's own values.
  case bounded(@Sendable (Conditioning.Problem) -> Conditioning.Bounds)

  /// The rule for an operator's output type, from the table.
  static func rule(for entry: OperatorEntry, _ signature: Signature) -> Accuracy {
    let output = signature.outputs[0]
    if entry.name == "COPY" && signature.inputs == signature.outputs && output != .bool { return .bits }
    if output.format == nil || output.isComplex { return exactly(entry) }
    return table[entry.name] ?? .exact
  }

  private static func exactly(_ entry: OperatorEntry) -> Accuracy {
    if case .exactUpToZeroSign? = table[entry.name] { return .exactUpToZeroSign }
    return .exact
  }

  /// The table. An operator that is not in it is exact.
  ///
  /// The ulps of functions are those of OpenCL's full profile (OpenCL C specification, table
  /// "ULP values for built-in math functions"; those of float64 are the same), but for what the
  /// header wants correctly rounded: SQRT, RECIPROCAL, DIV are exact. SIGMOID is not in OpenCL:
  /// exp's 3 ulp are up to 6 units of rounding, the sum and the quotient one each, and a unit of
  /// rounding is at most one ulp of the result. SILU is that times x: one more. The bounds are derived in Conditioning.
  static let table: [String: Accuracy] = [
    "RSQRT": .ulps(2),
    "EXP": .ulps(3),
    "EXPM1": .ulps(3),
    "LOG": .ulps(3),
    "LOG1P": .ulps(2),
    "SIN": .ulps(4),
    "COS": .ulps(4),
    "TANH": .ulps(5),
    "SIGMOID": .ulps(8),
    "ERF": .ulps(16),
    "SILU": .ulps(9),
    "POW": .ulps(16),
    "ATAN2": .ulps(6),

    "FLOOR_DIVIDE": .bounded(Conditioning.floorDivide),
    "MAXIMUM": .exactUpToZeroSign,
    "MINIMUM": .exactUpToZeroSign,
    "MAX": .exactUpToZeroSign,
    "MIN": .exactUpToZeroSign,

    "SUM": .bounded(Conditioning.sum),
    "MEAN": .bounded(Conditioning.mean),
    "PROD": .bounded(Conditioning.product),
    "MATMUL": .bounded(Conditioning.matmul),
    "SCATTER": .bounded(Conditioning.scatter),

    "SOFTMAX": .bounded(Conditioning.softmax),
    "LOG_SOFTMAX": .bounded(Conditioning.logSoftmax),
    "SOFTMAX_BACKWARD": .bounded(Conditioning.softmaxBackward),
    "LOG_SOFTMAX_BACKWARD": .bounded(Conditioning.logSoftmaxBackward),
    "ADAM_STEP": .bounded(Conditioning.adamStep),
    "SGD_STEP": .bounded(Conditioning.sgdStep),
  ]
}
