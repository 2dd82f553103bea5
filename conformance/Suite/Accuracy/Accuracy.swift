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
    if output.isComplex { return ofComplex(entry) ?? .exact }
    return ofReal(entry) ?? .exact
  }

  /// What is stated of an operator's real types: in its entry, if it is a function of one operand, or in the table.
  static func ofReal(_ entry: OperatorEntry) -> Accuracy? { entry.accuracy ?? table[entry.name] }

  /// What is stated of its complex types.
  static func ofComplex(_ entry: OperatorEntry) -> Accuracy? { complexTable[entry.name] ?? entry.complexAccuracy }

  private static func exactly(_ entry: OperatorEntry) -> Accuracy {
    if case .exactUpToZeroSign? = ofReal(entry) { return .exactUpToZeroSign }
    return .exact
  }

  /// The table. An operator that is neither in it nor states its own accuracy in the catalogue is exact.
  ///
  /// The ulps of functions, here and there, are those of OpenCL's full profile (OpenCL C specification, table
  /// "ULP values for built-in math functions"; those of float64 are the same), but for what the
  /// header wants correctly rounded: SQRT, RECIPROCAL, DIV are exact. SIGMOID is not in OpenCL:
  /// exp's 3 ulp are up to 6 units of rounding, the sum and the quotient one each, and a unit of
  /// rounding is at most one ulp of the result. SILU is that times x: one more. The bounds are derived in Conditioning.
  static let table: [String: Accuracy] = [
    "POW": .ulps(16),
    "ATAN2": .ulps(6),

    "FLOOR_DIVIDE": .bounded(Conditioning.floorDivide),
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

    "GELU_BACKWARD": .bounded(Conditioning.geluBackward),
    "GELU_TANH_BACKWARD": .bounded(Conditioning.geluTanhBackward),
    "SILU_BACKWARD": .bounded(Conditioning.siluBackward),
    "SIGMOID_BACKWARD": .bounded(Conditioning.sigmoidBackward),
    "TANH_BACKWARD": .bounded(Conditioning.tanhBackward),

    "MAX_POOL": .exactUpToZeroSign,
    "MAX_POOL_BACKWARD": .bounded(Conditioning.maxPoolBackward),
    "AVERAGE_POOL": .bounded(Conditioning.averagePool),
    "AVERAGE_POOL_BACKWARD": .bounded(Conditioning.averagePoolBackward),
    "CONVOLUTION": .bounded(Conditioning.convolution),
    "CONVOLUTION_INPUT": .bounded(Conditioning.convolutionInput),
    "CONVOLUTION_WEIGHT": .bounded(Conditioning.convolutionWeight),
    "ATTENTION": .bounded(Conditioning.attention),
    "ATTENTION_BACKWARD": .bounded(Conditioning.attentionBackward),
    "NORMALIZE": .bounded(Conditioning.normalize),
    "NORMALIZE_BACKWARD": .bounded(Conditioning.normalizeBackward),
    "NORMALIZE_FROZEN": .bounded(Conditioning.normalizeFrozen),
    "CROSS_ENTROPY": .bounded(Conditioning.crossEntropy),
    "CROSS_ENTROPY_BACKWARD": .bounded(Conditioning.crossEntropyBackward),
    "RMSPROP_STEP": .bounded(Conditioning.rmspropStep),
    "ADAGRAD_STEP": .bounded(Conditioning.adagradStep),
    "SUM_OF_SQUARES": .bounded(Conditioning.sumOfSquares),

    "LINEAR": .bounded(Conditioning.linear),
    "RNN_BACKWARD": .bounded(Conditioning.rnnBackward),
    "LSTM_BACKWARD": .bounded(Conditioning.lstmBackward),
    "GRU_BACKWARD": .bounded(Conditioning.gruBackward),
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
    "RNN": RecurrenceJudges.rnn,
    "LSTM": RecurrenceJudges.lstm,
    "GRU": RecurrenceJudges.gru,
  ]

  /// The same for complex types. The error of a complex number is its distance from the other, so that a part which is
  /// small beside its like may have lost digits of its own. Functions of one operand that are not here have the general
  /// bound; all else is exact in each part.
  static let complexTable: [String: Accuracy] = [
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
}
