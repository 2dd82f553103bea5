import BackendAPI
import Glibc

// Sections 6.3 and 6.4 of the header: one function of one element, or of two, per operator and kind
// of type. Integers are computed in Int64 and wrap to their own type when stored; a bool is 0 or 1.
// A kind without a function is one that the operator does not take.

/// Elementwise, one input.
let unaryOperators: [Operator] = [
  unary(BP_OP_NEG, "NEG", float: { -$0 }, integer: { 0 &- $0 }, complex: { -$0 }),
  unary(BP_OP_ABS, "ABS", float: { abs($0) }, integer: { $0 < 0 ? 0 &- $0 : $0 }),
  unary(BP_OP_SIGN, "SIGN", float: { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }, integer: { $0.signum() }),
  unary(BP_OP_BITWISE_NOT, "BITWISE_NOT", integer: { ~$0 }, bool: { 1 - $0 }),
  unary(BP_OP_FLOOR, "FLOOR", float: { $0.rounded(.down) }),
  unary(BP_OP_CEIL, "CEIL", float: { $0.rounded(.up) }),
  unary(BP_OP_ROUND, "ROUND", float: { $0.rounded(.toNearestOrEven) }),
  unary(BP_OP_TRUNC, "TRUNC", float: { $0.rounded(.towardZero) }),
  unary(BP_OP_SQRT, "SQRT", float: { $0.squareRoot() }, complex: sqrt),
  unary(BP_OP_RSQRT, "RSQRT", float: { 1 / $0.squareRoot() }, complex: rsqrt),
  unary(BP_OP_RECIPROCAL, "RECIPROCAL", float: { 1 / $0 }, complex: { .one / $0 }),
  unary(BP_OP_EXP, "EXP", float: { exp($0) }, complex: exp),
  unary(BP_OP_EXPM1, "EXPM1", float: { expm1($0) }, complex: expm1),
  unary(BP_OP_LOG, "LOG", float: { log($0) }, complex: log),
  unary(BP_OP_LOG1P, "LOG1P", float: { log1p($0) }, complex: log1p),
  unary(BP_OP_SIN, "SIN", float: { sin($0) }, complex: sin),
  unary(BP_OP_COS, "COS", float: { cos($0) }, complex: cos),
  unary(BP_OP_TANH, "TANH", float: { tanh($0) }, complex: tanh),
  unary(BP_OP_SIGMOID, "SIGMOID", float: sigmoid, complex: sigmoid),
  unary(BP_OP_ERF, "ERF", float: { erf($0) }),
  unary(BP_OP_RELU, "RELU", float: { $0 < 0 ? 0 : $0 }, integer: { max($0, 0) }),
  unary(BP_OP_SILU, "SILU", float: silu),
]

/// Elementwise, two inputs of one type, the result of the same.
let binaryOperators: [Operator] = [
  binary(BP_OP_ADD, "ADD", float: { $0 + $1 }, integer: { $0 &+ $1 }, bool: { $0 | $1 }, complex: { $0 + $1 }),
  binary(BP_OP_SUB, "SUB", float: { $0 - $1 }, integer: { $0 &- $1 }, complex: { $0 - $1 }),
  binary(BP_OP_MUL, "MUL", float: { $0 * $1 }, integer: { $0 &* $1 }, bool: { $0 & $1 }, complex: { $0 * $1 }),
  binary(BP_OP_DIV, "DIV", float: { $0 / $1 }, complex: { $0 / $1 }),
  binary(BP_OP_FLOOR_DIVIDE, "FLOOR_DIVIDE", float: floorDivide, integer: floorDivide),
  binary(BP_OP_REMAINDER, "REMAINDER", float: floorRemainder, integer: floorRemainder),
  binary(BP_OP_FMOD, "FMOD", float: { fmod($0, $1) }, integer: { $1 == 0 || $1 == -1 ? 0 : $0 % $1 }),
  binary(BP_OP_POW, "POW", float: { pow($0, $1) }, integer: power, complex: pow),
  binary(BP_OP_MAXIMUM, "MAXIMUM", float: maximum, integer: { max($0, $1) }, bool: { $0 | $1 }),
  binary(BP_OP_MINIMUM, "MINIMUM", float: minimum, integer: { min($0, $1) }, bool: { $0 & $1 }),
  binary(BP_OP_ATAN2, "ATAN2", float: { atan2($0, $1) }),
  binary(BP_OP_BITWISE_AND, "BITWISE_AND", integer: { $0 & $1 }, bool: { $0 & $1 }),
  binary(BP_OP_BITWISE_OR, "BITWISE_OR", integer: { $0 | $1 }, bool: { $0 | $1 }),
  binary(BP_OP_BITWISE_XOR, "BITWISE_XOR", integer: { $0 ^ $1 }, bool: { $0 ^ $1 }),
]

/// Elementwise, two inputs of one type, the result bool.
let comparisonOperators: [Operator] = [
  comparison(BP_OP_EQ, "EQ", float: { $0 == $1 }, integer: { $0 == $1 }, complex: { $0 == $1 }),
  comparison(BP_OP_NE, "NE", float: { $0 != $1 }, integer: { $0 != $1 }, complex: { $0 != $1 }),
  comparison(BP_OP_LT, "LT", float: { $0 < $1 }, integer: { $0 < $1 }),
  comparison(BP_OP_LE, "LE", float: { $0 <= $1 }, integer: { $0 <= $1 }),
  comparison(BP_OP_GT, "GT", float: { $0 > $1 }, integer: { $0 > $1 }),
  comparison(BP_OP_GE, "GE", float: { $0 >= $1 }, integer: { $0 >= $1 }),
]

// MARK: - Functions longer than a line

/// NaN if either is NaN; of equals the first.
func maximum(_ a: Double, _ b: Double) -> Double { a.isNaN || a >= b ? a : b }

/// NaN if either is NaN; of equals the first.
func minimum(_ a: Double, _ b: Double) -> Double { a.isNaN || a <= b ? a : b }

/// 1 / (1 + exp(-x)), of which exp never overflows.
func sigmoid(_ x: Double) -> Double {
  let power = exp(-abs(x))
  return (x < 0 ? power : 1) / (1 + power)
}

/// x / (1 + exp(-x)). The exponential of a large |x| overflows, or loses its digits to underflow, before the result
/// does; its square root does neither.
private func silu(_ x: Double) -> Double {
  let root = exp(-abs(x) / 2)
  return (x < 0 ? x * root * root : x) / (1 + root * root)
}

/// The floor of the exact quotient.
private func floorDivide(_ a: Double, _ b: Double) -> Double {
  if b == 0 { return a / b }
  guard a.isFinite else { return .nan }
  let quotient = a / b
  let floor = quotient.rounded(.down)
  guard floor.isFinite else { return floor }
  if b.isInfinite { return a != 0 && (a < 0) != (b < 0) ? -1 : floor }
  // The quotient may have been rounded up to an integer that the exact one does not reach. The
  // error of the division, a - floor*b, is exact in one rounding, and its sign tells.
  let rest = a.addingProduct(-floor, b)
  return floor == quotient && rest != 0 && (rest < 0) != (b < 0) ? floor - 1 : floor
}

/// What floorDivide leaves: the divisor's sign; a zero has the dividend's.
private func floorRemainder(_ a: Double, _ b: Double) -> Double {
  let rest = fmod(a, b)
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
}

private func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
  if b == 0 { return 0 }
  if b == -1 { return 0 &- a }
  return a % b != 0 && (a < 0) != (b < 0) ? a / b - 1 : a / b
}

private func floorRemainder(_ a: Int64, _ b: Int64) -> Int64 {
  if b == 0 || b == -1 { return 0 }
  let rest = a % b
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
}

/// Wraps; the exact reciprocal of a power, where the exponent is negative, truncated.
private func power(_ base: Int64, _ exponent: Int64) -> Int64 {
  if exponent < 0 {
    if base == 1 { return 1 }
    if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
    return 0
  }
  var (result, square, bits) = (Int64(1), base, exponent)
  while bits > 0 {
    if bits & 1 == 1 { result = result &* square }
    square = square &* square
    bits >>= 1
  }
  return result
}

// MARK: - Building operators

func unary(
  _ id: Int32, _ name: String, float: (@Sendable (Double) -> Double)? = nil,
  integer: (@Sendable (Int64) -> Int64)? = nil, bool: (@Sendable (Int64) -> Int64)? = nil,
  complex: (@Sendable (Complex) -> Complex)? = nil
) -> Operator {
  let kinds = kinds(float != nil, integer != nil, bool != nil, complex != nil)
  return Operator(id, name, kinds, .elementwise, inputs: [.common]) { call in
    let (x, out) = (call.inputs[0], call.outputs[0])
    switch out.dtype.kind {
    case .float: out.store(x.floats().map(float!))
    case .integer: out.store(x.integers().map(integer!))
    case .complex: out.store(x.complexes().map(complex!))
    default: out.store(x.integers().map(bool!))
    }
  }
}

func binary(
  _ id: Int32, _ name: String, float: (@Sendable (Double, Double) -> Double)? = nil,
  integer: (@Sendable (Int64, Int64) -> Int64)? = nil, bool: (@Sendable (Int64, Int64) -> Int64)? = nil,
  complex: (@Sendable (Complex, Complex) -> Complex)? = nil
) -> Operator {
  let kinds = kinds(float != nil, integer != nil, bool != nil, complex != nil)
  return Operator(id, name, kinds, .elementwise, inputs: [.common, .common]) { call in
    let (a, b, out) = (call.inputs[0], call.inputs[1], call.outputs[0])
    switch out.dtype.kind {
    case .float: out.store(zip(a.floats(), b.floats()).map(float!))
    case .integer: out.store(zip(a.integers(), b.integers()).map(integer!))
    case .complex: out.store(zip(a.complexes(), b.complexes()).map(complex!))
    default: out.store(zip(a.integers(), b.integers()).map(bool!))
    }
  }
}

private func comparison(
  _ id: Int32, _ name: String, float: @escaping @Sendable (Double, Double) -> Bool,
  integer: @escaping @Sendable (Int64, Int64) -> Bool, complex: (@Sendable (Complex, Complex) -> Bool)? = nil
) -> Operator {
  let kinds = complex == nil ? Kinds.real : .any
  return Operator(
    id, name, kinds, .elementwise, inputs: [.common, .common], outputs: [.exactly(.bool)]
  ) { call in
    let (a, b) = (call.inputs[0], call.inputs[1])
    let answers: [Bool]
    switch a.dtype.kind {
    case .float: answers = zip(a.floats(), b.floats()).map(float)
    case .complex: answers = zip(a.complexes(), b.complexes()).map(complex!)
    default: answers = zip(a.integers(), b.integers()).map(integer)
    }
    call.outputs[0].store(answers)
  }
}

private func kinds(_ float: Bool, _ integer: Bool, _ bool: Bool, _ complex: Bool) -> Kinds {
  var kinds: Kinds = []
  if float { kinds.insert(.float) }
  if integer { kinds.insert(.integer) }
  if bool { kinds.insert(.bool) }
  if complex { kinds.insert(.complex) }
  return kinds
}
