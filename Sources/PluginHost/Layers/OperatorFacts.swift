import BackendAPI

/// The header's operators in words, and what its definitions say of their operands. An operator that this host does not
/// know is given the benefit of the doubt.
enum OperatorFacts {
  /// The operator as the header has it, without `BP_OP_`: `ADD`.
  static func name(_ id: Int32) -> String { names[id] ?? "operator \(id)" }

  /// Whether the plugin reads its outputs.
  static func readsOutputs(_ id: Int32) -> Bool {
    names[id] == nil || [BP_OP_SCATTER, BP_OP_ADAM_STEP, BP_OP_SGD_STEP].contains(id)
  }

  /// Whether an input may be an immediate [BP-4.6]: those of elementwise operators, and the value of FILL.
  static func takesImmediates(_ id: Int32) -> Bool {
    switch id {
    case BP_OP_COPY, BP_OP_FILL, BP_OP_NEG...BP_OP_RELU, BP_OP_ADD...BP_OP_BITWISE_XOR, BP_OP_EQ...BP_OP_GE,
      BP_OP_WHERE, BP_OP_SILU, BP_OP_TAN...BP_OP_DIGAMMA:
      true
    default: names[id] == nil
    }
  }

  /// Whether an input holds indices, which the plugin alone can check.
  static func takesIndices(_ id: Int32) -> Bool { names[id] == nil || id == BP_OP_GATHER || id == BP_OP_SCATTER }

  private static let names: [Int32: String] = [
    BP_OP_COPY: "COPY", BP_OP_FILL: "FILL", BP_OP_ARANGE: "ARANGE", BP_OP_RANDOM_UNIFORM: "RANDOM_UNIFORM",
    BP_OP_RANDOM_NORMAL: "RANDOM_NORMAL", BP_OP_RANDOM_INTEGER: "RANDOM_INTEGER", BP_OP_NEG: "NEG", BP_OP_ABS: "ABS",
    BP_OP_SIGN: "SIGN", BP_OP_BITWISE_NOT: "BITWISE_NOT", BP_OP_FLOOR: "FLOOR", BP_OP_CEIL: "CEIL",
    BP_OP_ROUND: "ROUND", BP_OP_TRUNC: "TRUNC", BP_OP_SQRT: "SQRT", BP_OP_RSQRT: "RSQRT",
    BP_OP_RECIPROCAL: "RECIPROCAL", BP_OP_EXP: "EXP", BP_OP_EXPM1: "EXPM1", BP_OP_LOG: "LOG", BP_OP_LOG1P: "LOG1P",
    BP_OP_SIN: "SIN", BP_OP_COS: "COS", BP_OP_TANH: "TANH", BP_OP_SIGMOID: "SIGMOID", BP_OP_ERF: "ERF",
    BP_OP_RELU: "RELU", BP_OP_ADD: "ADD", BP_OP_SUB: "SUB", BP_OP_MUL: "MUL", BP_OP_DIV: "DIV",
    BP_OP_FLOOR_DIVIDE: "FLOOR_DIVIDE", BP_OP_REMAINDER: "REMAINDER", BP_OP_FMOD: "FMOD", BP_OP_POW: "POW",
    BP_OP_MAXIMUM: "MAXIMUM", BP_OP_MINIMUM: "MINIMUM", BP_OP_ATAN2: "ATAN2", BP_OP_BITWISE_AND: "BITWISE_AND",
    BP_OP_BITWISE_OR: "BITWISE_OR", BP_OP_BITWISE_XOR: "BITWISE_XOR", BP_OP_EQ: "EQ", BP_OP_NE: "NE", BP_OP_LT: "LT",
    BP_OP_LE: "LE", BP_OP_GT: "GT", BP_OP_GE: "GE", BP_OP_WHERE: "WHERE", BP_OP_SUM: "SUM", BP_OP_PROD: "PROD",
    BP_OP_MEAN: "MEAN", BP_OP_MAX: "MAX", BP_OP_MIN: "MIN", BP_OP_ARGMAX: "ARGMAX", BP_OP_ARGMIN: "ARGMIN",
    BP_OP_MATMUL: "MATMUL", BP_OP_GATHER: "GATHER", BP_OP_SCATTER: "SCATTER", BP_OP_SOFTMAX: "SOFTMAX",
    BP_OP_LOG_SOFTMAX: "LOG_SOFTMAX", BP_OP_SOFTMAX_BACKWARD: "SOFTMAX_BACKWARD",
    BP_OP_LOG_SOFTMAX_BACKWARD: "LOG_SOFTMAX_BACKWARD", BP_OP_ADAM_STEP: "ADAM_STEP", BP_OP_SGD_STEP: "SGD_STEP",
    BP_OP_SILU: "SILU", BP_OP_TAN: "TAN", BP_OP_ASIN: "ASIN", BP_OP_ACOS: "ACOS", BP_OP_ATAN: "ATAN",
    BP_OP_SINH: "SINH", BP_OP_COSH: "COSH", BP_OP_ASINH: "ASINH", BP_OP_ACOSH: "ACOSH", BP_OP_ATANH: "ATANH",
    BP_OP_EXP2: "EXP2", BP_OP_LOG2: "LOG2", BP_OP_LOG10: "LOG10", BP_OP_ERFC: "ERFC", BP_OP_ERFINV: "ERFINV",
    BP_OP_LGAMMA: "LGAMMA", BP_OP_DIGAMMA: "DIGAMMA", BP_OP_SORT: "SORT", BP_OP_CUMSUM: "CUMSUM",
    BP_OP_CUMPROD: "CUMPROD", BP_OP_CUMMAX: "CUMMAX", BP_OP_CUMMIN: "CUMMIN", BP_OP_CHOLESKY: "CHOLESKY",
    BP_OP_LU: "LU", BP_OP_SOLVE_TRIANGULAR: "SOLVE_TRIANGULAR", BP_OP_QR: "QR", BP_OP_EIGH: "EIGH", BP_OP_EIG: "EIG",
    BP_OP_SVD: "SVD", BP_OP_FFT: "FFT",
  ]
}
