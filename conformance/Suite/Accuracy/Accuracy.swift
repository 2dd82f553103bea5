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

  /// By the operator's definition, over all outputs at once.
  case judged(@Sendable (Judgement.Problem) -> Judgement)

  /// The rule for an operator's output type, from the table.
  static func rule(for entry: OperatorEntry, _ signature: Signature) -> Accuracy {
    if let judge = judges[entry.name] { return .judged(judge) }
    let output = signature.outputs[0]
    if entry.name == "COPY" && signature.inputs == signature.outputs && output != .bool { return .bits }
    if output.format == nil { return exactly(entry) }
    if output.isComplex { return complexTable[entry.name] ?? .exact }
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

    "TAN": .ulps(5),
    "ASIN": .ulps(4),
    "ACOS": .ulps(4),
    "ATAN": .ulps(5),
    "SINH": .ulps(4),
    "COSH": .ulps(4),
    "ASINH": .ulps(4),
    "ACOSH": .ulps(4),
    "ATANH": .ulps(5),
    "EXP2": .ulps(3),
    "LOG2": .ulps(3),
    "LOG10": .ulps(3),
    "ERFC": .ulps(16),
    "ERFINV": .ulps(16),
    "LGAMMA": .bounded(Conditioning.logGamma),
    "DIGAMMA": .bounded(Conditioning.digamma),

    "FLOOR_DIVIDE": .bounded(Conditioning.floorDivide),
    "RELU": .exactUpToZeroSign,
    "REMAINDER": .exactUpToZeroSign,
    "MAXIMUM": .exactUpToZeroSign,
    "MINIMUM": .exactUpToZeroSign,
    "MAX": .exactUpToZeroSign,
    "MIN": .exactUpToZeroSign,

    "SUM": .bounded(Conditioning.sum),
    "MEAN": .bounded(Conditioning.mean),
    "PROD": .bounded(Conditioning.product),
    "MATMUL": .bounded(Conditioning.matmul),
    "SCATTER": .bounded(Conditioning.scatter),

    "CUMSUM": .bounded(Conditioning.runningSum),
    "CUMPROD": .bounded(Conditioning.runningProduct),

    "SOFTMAX": .bounded(Conditioning.softmax),
    "LOG_SOFTMAX": .bounded(Conditioning.logSoftmax),
    "SOFTMAX_BACKWARD": .bounded(Conditioning.softmaxBackward),
    "LOG_SOFTMAX_BACKWARD": .bounded(Conditioning.logSoftmaxBackward),
    "ADAM_STEP": .bounded(Conditioning.adamStep),
    "SGD_STEP": .bounded(Conditioning.sgdStep),
  ]

  /// What judges the operators whose results are not unique.
  static let judges: [String: @Sendable (Judgement.Problem) -> Judgement] = [
    "CHOLESKY": FactorizationJudges.cholesky,
    "LU": FactorizationJudges.lu,
    "SOLVE_TRIANGULAR": FactorizationJudges.solveTriangular,
    "QR": FactorizationJudges.qr,
    "EIGH": FactorizationJudges.eigh,
    "EIG": FactorizationJudges.eig,
    "SVD": FactorizationJudges.svd,
    "FFT": FourierJudge.judge,
  ]

  /// The same for complex types. The error of a complex number is its distance from the other, so that a part which is
  /// small beside its like may have lost digits of its own. What is not here is exact in each part.
  static let complexTable: [String: Accuracy] = {
    let functions = [
      "SQRT", "RSQRT", "RECIPROCAL", "EXP", "EXPM1", "LOG", "LOG1P", "SIN", "COS", "TANH", "SIGMOID", "TAN", "ASIN",
      "ACOS", "ATAN", "SINH", "COSH", "ASINH", "ACOSH", "ATANH", "LOG2", "LOG10",
    ]
    let own: [String: Accuracy] = [
      "MUL": .bounded(Conditioning.complexQuotient),
      "DIV": .bounded(Conditioning.complexQuotient),
      "POW": .bounded(Conditioning.complexPower),
      "EXP2": .bounded(Conditioning.complexPowerOfTwo),
      "SUM": .bounded(Conditioning.sum),
      "MEAN": .bounded(Conditioning.mean),
      "PROD": .bounded(Conditioning.product),
      "CUMSUM": .bounded(Conditioning.runningSum),
      "CUMPROD": .bounded(Conditioning.runningProduct),
      "MATMUL": .bounded(Conditioning.matmul),
      "SCATTER": .bounded(Conditioning.scatter),
    ]
    return own.merging(functions.map { ($0, .bounded(Conditioning.complexFunction)) }) { own, _ in own }
  }()
}
