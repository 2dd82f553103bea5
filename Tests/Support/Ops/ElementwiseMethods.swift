import Backplane
import Testing

/// A row of the frontend's table of functions of one tensor, and how Swift spells it.
package struct UnaryMethod: Sendable, CustomTestStringConvertible {
  package typealias Function = @Sendable (Tensor) -> Tensor
  /// The first of the row's names.
  package let name: String
  package let method: Function
  package let inPlace: Function?
  /// Its names in `Special` and `Functional`, by PyTorch's.
  package let functions: [String: Function]

  package init(
    _ name: String, _ method: @escaping Function, _ inPlace: Function?, _ functions: [String: Function] = [:]
  ) {
    self.name = name
    self.method = method
    self.inPlace = inPlace
    self.functions = functions
  }

  package var testDescription: String { name }
  package var row: UnaryFunction? { UnaryFunction.all.first { $0.names[0] == name } }

  package static let all: [UnaryMethod] = [
    .init("neg", { $0.neg() }, { $0.neg_() }),
    .init("abs", { $0.abs() }, { $0.abs_() }),
    .init("sign", { $0.sign() }, { $0.sign_() }),
    .init("bitwise_not", { $0.bitwiseNot() }, { $0.bitwiseNot_() }),
    .init("floor", { $0.floor() }, { $0.floor_() }),
    .init("ceil", { $0.ceil() }, { $0.ceil_() }),
    .init("round", { $0.round() }, { $0.round_() }, ["special.round": { $0.round() }]),
    .init("trunc", { $0.trunc() }, { $0.trunc_() }),
    .init("sqrt", { $0.sqrt() }, { $0.sqrt_() }),
    .init("rsqrt", { $0.rsqrt() }, { $0.rsqrt_() }),
    .init("reciprocal", { $0.reciprocal() }, { $0.reciprocal_() }),
    .init("exp", { $0.exp() }, { $0.exp_() }),
    .init("expm1", { $0.expm1() }, { $0.expm1_() }, ["special.expm1": { Special.expm1($0) }]),
    .init("log", { $0.log() }, { $0.log_() }),
    .init("log1p", { $0.log1p() }, { $0.log1p_() }, ["special.log1p": { Special.log1p($0) }]),
    .init("sin", { $0.sin() }, { $0.sin_() }),
    .init("cos", { $0.cos() }, { $0.cos_() }),
    .init("tanh", { $0.tanh() }, { $0.tanh_() }, ["nn.functional.tanh": { F.tanh($0) }]),
    .init(
      "sigmoid", { $0.sigmoid() }, { $0.sigmoid_() },
      ["special.expit": { Special.expit($0) }, "nn.functional.sigmoid": { F.sigmoid($0) }]),
    .init("erf", { $0.erf() }, { $0.erf_() }, ["special.erf": { Special.erf($0) }]),
    .init("relu", { $0.relu() }, { $0.relu_() }, ["nn.functional.relu": { F.relu($0) }]),
    .init("nn.functional.silu", { $0.silu() }, nil, ["nn.functional.silu": { F.silu($0) }]),
    .init("tan", { $0.tan() }, { $0.tan_() }),
    .init("asin", { $0.asin() }, { $0.asin_() }),
    .init("acos", { $0.acos() }, { $0.acos_() }),
    .init("atan", { $0.atan() }, { $0.atan_() }),
    .init("sinh", { $0.sinh() }, { $0.sinh_() }),
    .init("cosh", { $0.cosh() }, { $0.cosh_() }),
    .init("asinh", { $0.asinh() }, { $0.asinh_() }),
    .init("acosh", { $0.acosh() }, { $0.acosh_() }),
    .init("atanh", { $0.atanh() }, { $0.atanh_() }),
    .init("exp2", { $0.exp2() }, { $0.exp2_() }, ["special.exp2": { Special.exp2($0) }]),
    .init("log2", { $0.log2() }, { $0.log2_() }),
    .init("log10", { $0.log10() }, { $0.log10_() }),
    .init("erfc", { $0.erfc() }, { $0.erfc_() }, ["special.erfc": { Special.erfc($0) }]),
    .init("erfinv", { $0.erfinv() }, { $0.erfinv_() }, ["special.erfinv": { Special.erfinv($0) }]),
    .init("lgamma", { $0.lgamma() }, { $0.lgamma_() }, ["special.gammaln": { Special.gammaln($0) }]),
    .init(
      "digamma", { $0.digamma() }, { $0.digamma_() },
      ["special.digamma": { Special.digamma($0) }, "special.psi": { Special.psi($0) }]),
  ]
}

/// A row of the table of functions of two tensors, and how Swift spells it.
package struct BinaryMethod: Sendable, CustomTestStringConvertible {
  package typealias Function = @Sendable (Tensor, Tensor) -> Tensor
  package typealias FunctionOfNumber = @Sendable (Tensor, Double) -> Tensor
  /// The first of the row's names.
  package let name: String
  package let method: Function
  package let inPlace: Function?
  /// With a number second.
  package let ofNumber: FunctionOfNumber?

  package init(_ name: String, _ method: @escaping Function, _ inPlace: Function?, _ ofNumber: FunctionOfNumber? = nil)
  {
    self.name = name
    self.method = method
    self.inPlace = inPlace
    self.ofNumber = ofNumber
  }

  package var testDescription: String { name }
  package var row: BinaryFunction? { BinaryFunction.all.first { $0.names[0] == name } }

  package static let all: [BinaryMethod] = [
    .init("add", { $0.add($1) }, { $0.add_($1) }, { $0.add($1) }),
    .init("sub", { $0.sub($1) }, { $0.sub_($1) }, { $0.sub($1) }),
    .init("mul", { $0.mul($1) }, { $0.mul_($1) }, { $0.mul($1) }),
    .init("div", { $0.div($1) }, { $0.div_($1) }, { $0.div($1) }),
    .init("floor_divide", { $0.floorDivide($1) }, { $0.floorDivide_($1) }, { $0.floorDivide($1) }),
    .init("remainder", { $0.remainder($1) }, { $0.remainder_($1) }, { $0.remainder($1) }),
    .init("fmod", { $0.fmod($1) }, { $0.fmod_($1) }, { $0.fmod($1) }),
    .init("pow", { $0.pow($1) }, { $0.pow_($1) }, { $0.pow($1) }),
    .init("maximum", { $0.maximum($1) }, nil),
    .init("minimum", { $0.minimum($1) }, nil),
    .init("atan2", { $0.atan2($1) }, { $0.atan2_($1) }),
    .init("bitwise_and", { $0.bitwiseAnd($1) }, { $0.bitwiseAnd_($1) }, { $0.bitwiseAnd($1) }),
    .init("bitwise_or", { $0.bitwiseOr($1) }, { $0.bitwiseOr_($1) }, { $0.bitwiseOr($1) }),
    .init("bitwise_xor", { $0.bitwiseXor($1) }, { $0.bitwiseXor_($1) }, { $0.bitwiseXor($1) }),
  ]
}
