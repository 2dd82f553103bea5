// The list of operators. A row is a claim, and what execute runs: one less, and query_op turns that operator and type down.
import BackplaneBackend
import Glibc

enum Family { case creation, movement, elementwise, reduction, argument, product, gather, scatter }

/// An operator over one choice of types, inputs first.
struct Row {
  let id: Int32
  let family: Family
  let types: [Int32]
  let run: (Call) throws(Failure) -> Void

  init(_ id: Int32, _ family: Family, _ types: [Int32], _ run: @escaping (Call) throws(Failure) -> Void) {
    (self.id, self.family, self.types, self.run) = (id, family, types, run)
  }
}

/// A call whose operator and types are in the list.
struct Call {
  private let op: UnsafePointer<bp_op>
  private let row: Row
  let inputs: [View]
  let out: View

  /// Finds the row. The header's table knows which types an operator takes: of those, this plugin has the core types.
  init(_ op: UnsafePointer<bp_op>) throws(Failure) {
    try check { bp_check_types(op, BP_TYPES_CORE, $0) }
    self.op = op
    inputs = (0..<Int(op.pointee.input_count)).map { View(op.pointee.inputs[$0]!) }
    out = View(op.pointee.outputs[0]!)
    let types = (inputs + [out]).map(\.tensor.dtype)
    guard let row = table.rows[op.pointee.op]?.first(where: { $0.types == types }) else {
      throw .unsupported("there is no \(String(cString: bp_op_name(op.pointee.op))) of these types")
    }
    self.row = row
  }

  /// Without CONTIGUOUS the host makes no copies, and the loop follows strides and takes immediates.
  var flags: UInt32 {
    let definition = bp_op_definition_of(row.id).pointee.flags
    return BP_OP_INFO_DETERMINISTIC | (definition & BP_DEFINITION_ANY_STRIDES != 0 ? 0 : BP_OP_INFO_CONTIGUOUS)
      | (definition & BP_DEFINITION_ELEMENTWISE != 0 ? BP_OP_INFO_IN_PLACE : 0)
  }

  func run() throws(Failure) {
    guard try fits else {
      throw .invalid("\(String(cString: bp_op_name(row.id))): the operands do not fit")
    }
    try row.run(self)
  }

  /// The parameters: what an older host's struct lacks is zero [BP-5.6].
  func params<P: BitwiseCopyable>(_ empty: P) throws(Failure) -> P {
    var params = empty
    try check { bp_params(op, &params, UInt32(MemoryLayout<P>.size), $0) }
    return params
  }

  /// bp_axis_params begins like bp_scatter_params, and lacks the mode.
  var axis: Int { get throws(Failure) { Int(try params(bp_scatter_params()).axis) } }

  /// Whether the operands fit one another. The host sees to it [BP-5.1]; a plugin that looks is easier to debug.
  private var fits: Bool {
    get throws(Failure) {
      let rank = out.shape.count
      guard inputs.allSatisfy({ $0.tensor.rank == out.tensor.rank }) else { return false }
      let hasAxis = [.argument, .gather, .scatter].contains(row.family)
      let axis = hasAxis ? try self.axis : rank
      if (hasAxis && !(0..<rank).contains(axis)) || (row.family == .product && rank < 2) { return false }
      return (0..<rank).allSatisfy { d in
        let o = out.shape[d]
        let extents = inputs.map { $0.shape[d] }
        switch row.family {
        case .reduction: return extents[0] == o || o == 1
        case .argument: return d == axis ? o == 1 && extents[0] > 0 : extents[0] == o
        case .gather: return extents[1] == o && (d == axis || o <= extents[0])
        case .scatter: return extents[0] == extents[1] && (d == axis || extents[0] <= o)
        case .product:
          let wanted = d == rank - 2 ? inputs[0].shape[rank - 1] : o
          return (d == rank - 1 || extents[0] == o) && extents[1] == wanted
        case .creation, .movement, .elementwise: return extents.allSatisfy { $0 == o }
        }
      }
    }
  }
}

/// The rows by operator, made when first asked for.
// Sendable: never changed, and its closures capture nothing that is.
private struct Table: @unchecked Sendable {
  // Sendable: nothing changes after it is made, and the functions in it keep nothing.
  let rows = Dictionary(grouping: creations + floats + integers + booleans, by: \.id)
}

private let table = Table()

private var creations: [Row] {
  func words(_ p: bp_random_params, _ i: Int, each: Int) -> SIMD4<UInt32> {
    philox(p.seed, p.offset &+ UInt64(i / each))
  }
  return [
    creation(BP_OP_ARANGE, Float.self, bp_arange_params()) { p, i in Float(p.start + Double(i) * p.step) },
    creation(BP_OP_ARANGE, Int64.self, bp_arange_params()) { p, i in
      p.integer_start &+ Int64(i) &* p.integer_step
    },
    creation(BP_OP_RANDOM_UNIFORM, Float.self, bp_random_params()) { uniform(words($0, $1, each: 4)[$1 % 4]) },
    creation(BP_OP_RANDOM_NORMAL, Float.self, bp_random_params()) { normal(words($0, $1, each: 4)[$1 % 4]) },
    creation(BP_OP_RANDOM_INTEGER, Int64.self, bp_random_params()) { p, i in
      inRange(words(p, i, each: 2), pair: i % 2, low: p.low, range: p.range)
    },
  ]
}

/// What every type has. `a != a`: a NaN.
private func common<T: Element>(_ t: T.Type) -> [Row] {
  let bit = { (b: Bool) -> UInt8 in b ? 1 : 0 }
  return [
    binary(BP_OP_MAXIMUM, t, maximum),
    binary(BP_OP_MINIMUM, t, minimum),
    binary(BP_OP_EQ, t, to: Boolean.self) { bit($0 == $1) },
    binary(BP_OP_NE, t, to: Boolean.self) { bit($0 != $1) },
    binary(BP_OP_LT, t, to: Boolean.self) { bit($0 < $1) },
    binary(BP_OP_LE, t, to: Boolean.self) { bit($0 <= $1) },
    binary(BP_OP_GT, t, to: Boolean.self) { bit($0 > $1) },
    binary(BP_OP_GE, t, to: Boolean.self) { bit($0 >= $1) },
    choice(t),
    // The first of equals, a NaN over all else.
    argument(BP_OP_ARGMAX, t) { a, b in b == b && (a != a || a > b) },
    argument(BP_OP_ARGMIN, t) { a, b in b == b && (a != a || a < b) },
    gather(t),
  ]
}

private var floats: [Row] {
  let f = Float.self
  return common(f) + [
    movement(BP_OP_COPY, Bits.self, Bits.self) { $0 },
    movement(BP_OP_COPY, f, Int64.self, integer),
    movement(BP_OP_COPY, f, Boolean.self) { $0 != 0 ? 1 : 0 },
    movement(BP_OP_FILL, Bits.self, Bits.self) { $0 },
    unary(BP_OP_NEG, f) { -$0 },
    unary(BP_OP_ABS, f) { $0.magnitude },
    unary(BP_OP_SIGN, f) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 },
    unary(BP_OP_FLOOR, f) { $0.rounded(.down) },
    unary(BP_OP_CEIL, f) { $0.rounded(.up) },
    unary(BP_OP_ROUND, f) { $0.rounded(.toNearestOrEven) },
    unary(BP_OP_TRUNC, f) { $0.rounded(.towardZero) },
    unary(BP_OP_SQRT, f) { $0.squareRoot() },
    unary(BP_OP_RSQRT, f) { 1 / $0.squareRoot() },
    unary(BP_OP_RECIPROCAL, f) { 1 / $0 },
    unary(BP_OP_EXP, f, expf),
    unary(BP_OP_EXPM1, f, expm1f),
    unary(BP_OP_LOG, f, logf),
    unary(BP_OP_LOG1P, f, log1pf),
    unary(BP_OP_SIN, f, sinf),
    unary(BP_OP_COS, f, cosf),
    unary(BP_OP_TANH, f, tanhf),
    unary(BP_OP_SIGMOID, f) { $0 >= 0 ? 1 / (1 + expf(-$0)) : expf($0) / (1 + expf($0)) },
    unary(BP_OP_ERF, f, erff),
    unary(BP_OP_RELU, f) { $0 < 0 ? 0 : $0 },
    binary(BP_OP_ADD, f, +),
    binary(BP_OP_SUB, f, -),
    binary(BP_OP_MUL, f, *),
    binary(BP_OP_DIV, f, /),
    binary(BP_OP_FLOOR_DIVIDE, f, floorDivide),
    binary(BP_OP_REMAINDER, f, floorRest),
    binary(BP_OP_FMOD, f, fmodf),
    binary(BP_OP_POW, f, powf),
    binary(BP_OP_ATAN2, f, atan2f),
    reduction(BP_OP_SUM, f, to: f, from: 0.0, { $0 + Double($1) }, { sum, _ in Float(sum) }),
    reduction(BP_OP_PROD, f, to: f, from: 1.0, { $0 * Double($1) }, { product, _ in Float(product) }),
    reduction(BP_OP_MEAN, f, to: f, from: 0.0, { $0 + Double($1) }, { Float($0 / Double($1)) }),
    reduction(BP_OP_MAX, f, to: f, from: -Float.infinity, maximum, { greatest, _ in greatest }),
    reduction(BP_OP_MIN, f, to: f, from: Float.infinity, minimum, { least, _ in least }),
    matmul(f, zero: 0) { $0 + $1 * $2 },
    scatter(f, [{ $1 }, { $0 + $1 }, { $0 * $1 }, maximum, minimum]),
  ]
}

/// They wrap [BP-3.4].
private var integers: [Row] {
  let i = Int64.self
  return common(i) + [
    movement(BP_OP_COPY, i, Float.self) { Float($0) },
    movement(BP_OP_COPY, i, i) { $0 },
    movement(BP_OP_COPY, i, Boolean.self) { $0 != 0 ? 1 : 0 },
    movement(BP_OP_FILL, i, i) { $0 },
    unary(BP_OP_NEG, i) { 0 &- $0 },
    unary(BP_OP_ABS, i) { $0 < 0 ? 0 &- $0 : $0 },
    unary(BP_OP_SIGN, i) { $0.signum() },
    unary(BP_OP_BITWISE_NOT, i) { ~$0 },
    unary(BP_OP_RELU, i) { max($0, 0) },
    binary(BP_OP_ADD, i, &+),
    binary(BP_OP_SUB, i, &-),
    binary(BP_OP_MUL, i, &*),
    binary(BP_OP_FLOOR_DIVIDE, i, floorDivide),
    binary(BP_OP_REMAINDER, i, floorRest),
    binary(BP_OP_FMOD, i, integerFmod),
    binary(BP_OP_POW, i, power),
    binary(BP_OP_BITWISE_AND, i, &),
    binary(BP_OP_BITWISE_OR, i, |),
    binary(BP_OP_BITWISE_XOR, i, ^),
    reduction(BP_OP_SUM, i, to: i, from: Int64(0), &+, { sum, _ in sum }),
    reduction(BP_OP_PROD, i, to: i, from: Int64(1), &*, { product, _ in product }),
    reduction(BP_OP_MAX, i, to: i, from: Int64.min, maximum, { greatest, _ in greatest }),
    reduction(BP_OP_MIN, i, to: i, from: Int64.max, minimum, { least, _ in least }),
    matmul(i, zero: 0) { $0 &+ $1 &* $2 },
    scatter(i, [{ $1 }, { $0 &+ $1 }, { $0 &* $1 }, maximum, minimum]),
  ]
}

private var booleans: [Row] {
  let (b, i) = (Boolean.self, Int64.self)
  return common(b) + [
    movement(BP_OP_COPY, b, Float.self) { Float($0) },
    movement(BP_OP_COPY, b, i) { Int64($0) },
    movement(BP_OP_COPY, b, b) { $0 },
    movement(BP_OP_FILL, b, b) { $0 },
    unary(BP_OP_BITWISE_NOT, b) { 1 - $0 },
    binary(BP_OP_ADD, b, |),
    binary(BP_OP_MUL, b, &),
    binary(BP_OP_BITWISE_AND, b, &),
    binary(BP_OP_BITWISE_OR, b, |),
    binary(BP_OP_BITWISE_XOR, b, ^),
    reduction(BP_OP_SUM, b, to: i, from: Int64(0), { $0 + Int64($1) }, { sum, _ in sum }),
    reduction(BP_OP_PROD, b, to: i, from: Int64(1), { $0 & Int64($1) }, { product, _ in product }),
    reduction(BP_OP_MAX, b, to: b, from: UInt8(0), |, { any, _ in any }),
    reduction(BP_OP_MIN, b, to: b, from: UInt8(1), &, { all, _ in all }),
    scatter(b, [{ $1 }, { $0 | $1 }, { $0 & $1 }, { $0 | $1 }, { $0 & $1 }]),
  ]
}

// MARK: - Mathematics: what Swift's operators do not give

/// Of floats NaN if either is NaN.
private func maximum<V: Comparable>(_ a: V, _ b: V) -> V { a != a || a >= b ? a : b }
private func minimum<V: Comparable>(_ a: V, _ b: V) -> V { a != a || a <= b ? a : b }

/// Out of range, any value will do, but no trap.
private func integer(_ a: Float) -> Int64 { Int64(exactly: a.rounded(.towardZero)) ?? .min }

/// The floor of the exact quotient: where a/b was rounded up to an integer, the sign of what is left tells.
private func floorDivide(_ x: Float, _ y: Float) -> Float {
  let (a, b) = (Double(x), Double(y))
  let quotient = a / b
  let down = quotient.rounded(.down)
  if b == 0 { return x / y }
  if !a.isFinite { return .nan }
  if !down.isFinite { return Float(down) }
  if b.isInfinite { return a != 0 && (a < 0) != (b < 0) ? -1 : Float(down) }
  let rest = fma(-down, b, a)
  return Float(down == quotient && rest != 0 && (rest < 0) != (b < 0) ? down - 1 : down)
}

private func floorRest(_ a: Float, _ b: Float) -> Float {
  let rest = fmodf(a, b)
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
}

/// By 0 they give 0; the least by -1 would trap.
private func integerFmod(_ a: Int64, _ b: Int64) -> Int64 { b == 0 || b == -1 ? 0 : a % b }

private func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
  if b == 0 || b == -1 { return b == 0 ? 0 : 0 &- a }
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0)
}

private func floorRest(_ a: Int64, _ b: Int64) -> Int64 {
  let rest = integerFmod(a, b)
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
}

private func power(_ base: Int64, _ exponent: Int64) -> Int64 {
  if exponent < 0 { return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0 }
  var (result, square, bits) = (Int64(1), base, exponent)
  while bits > 0 {
    if bits & 1 == 1 { result = result &* square }
    square = square &* square
    bits >>= 1
  }
  return result
}
