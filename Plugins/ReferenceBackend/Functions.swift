import BackendAPI
import Glibc

/// Section 6.12 of the header: further functions of one float or complex element.
let functionOperators: [Operator] = [
  unary(BP_OP_TAN, "TAN", float: tan, complex: tan),
  unary(BP_OP_ASIN, "ASIN", float: asin, complex: asin),
  unary(BP_OP_ACOS, "ACOS", float: acos, complex: acos),
  unary(BP_OP_ATAN, "ATAN", float: atan, complex: atan),
  unary(BP_OP_SINH, "SINH", float: sinh, complex: sinh),
  unary(BP_OP_COSH, "COSH", float: cosh, complex: cosh),
  unary(BP_OP_ASINH, "ASINH", float: asinh, complex: asinh),
  unary(BP_OP_ACOSH, "ACOSH", float: acosh, complex: acosh),
  unary(BP_OP_ATANH, "ATANH", float: atanh, complex: atanh),
  unary(BP_OP_EXP2, "EXP2", float: exp2, complex: exp2),
  unary(BP_OP_LOG2, "LOG2", float: log2, complex: log2),
  unary(BP_OP_LOG10, "LOG10", float: log10, complex: log10),
  unary(BP_OP_ERFC, "ERFC", float: erfc),
  unary(BP_OP_ERFINV, "ERFINV", float: erfInverse),
  unary(BP_OP_LGAMMA, "LGAMMA", float: logGamma),
  unary(BP_OP_DIGAMMA, "DIGAMMA", float: digamma),
]
