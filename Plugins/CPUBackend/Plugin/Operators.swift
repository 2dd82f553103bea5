import BackendAPI

/// Operators that are executed alike.
enum Family: UInt8 {
  case copy, fill, arange, random, unary, binary, comparison, select
  case reduction, argReduction, matmul, gather, scatter
  case softmax, softmaxBackward, adam, sgd
  case sort, scan, scanExtreme
  case factorization, fourier
  /// What networks are made of: each runs in a function of its own, which the claim names.
  case network
}

/// What an elementwise operator costs for each element: it decides how many of them are worth a thread.
enum Cost: UInt8 {
  /// Less than its memory, of complex numbers too.
  case memory
  /// Less than its memory, but not of complex numbers.
  case arithmetic
  /// Quotients and powers, element by element.
  case division
  /// A function, in vectors.
  case function
  /// A function, element by element.
  case slowFunction
}

/// Runs an operator whose operands' types have been checked.
typealias NetworkOperator =
  @Sendable (_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) -> Void

/// Operators of one kind among those that networks are made of; a file of `Plugin/Networks` has a list of them.
struct NetworkClaim {
  let ids: [Int32]
  let run: NetworkOperator

  init(_ ids: Int32..., run: @escaping NetworkOperator) {
    (self.ids, self.run) = (ids, run)
  }
}

private let networkClaims =
  convolutionClaims + poolingClaims + statisticsClaims + attentionClaims + crossEntropyClaims + recurrenceClaims
  + affineClaims + dropoutClaims + furtherOptimizerClaims + orderClaims

/// What the plugin knows of one operator.
struct Operator {
  let definition: UnsafePointer<bp_op_definition>
  let id: Int32
  /// The types it is claimed for: all that the definition admits.
  let types: UInt32
  let family: Family
  let cost: Cost
  /// Of the family `network`.
  let run: NetworkOperator?

  /// For messages.
  var name: String { String(cString: definition.pointee.name) }
}

/// Operators that the plugin has.
private struct Claim {
  let family: Family
  let cost: Cost
  let ids: [Int32]

  init(_ family: Family, cost: Cost = .memory, _ ids: Int32...) {
    (self.family, self.cost, self.ids) = (family, cost, ids)
  }
}

private let claims = [
  Claim(.copy, BP_OP_COPY),
  Claim(.fill, BP_OP_FILL),
  Claim(.arange, BP_OP_ARANGE),
  Claim(.random, BP_OP_RANDOM_UNIFORM, BP_OP_RANDOM_NORMAL, BP_OP_RANDOM_INTEGER),
  Claim(.unary, BP_OP_NEG),
  Claim(
    .unary, cost: .arithmetic, BP_OP_ABS, BP_OP_SIGN, BP_OP_BITWISE_NOT, BP_OP_FLOOR, BP_OP_CEIL, BP_OP_ROUND,
    BP_OP_TRUNC, BP_OP_SQRT, BP_OP_RSQRT, BP_OP_RECIPROCAL, BP_OP_RELU),
  Claim(
    .unary, cost: .function, BP_OP_EXP, BP_OP_EXPM1, BP_OP_LOG, BP_OP_LOG1P, BP_OP_SIN, BP_OP_COS, BP_OP_TANH,
    BP_OP_SIGMOID, BP_OP_ERF, BP_OP_SILU, BP_OP_GELU, BP_OP_GELU_TANH),
  Claim(
    .unary, cost: .slowFunction, BP_OP_TAN, BP_OP_ASIN, BP_OP_ACOS, BP_OP_ATAN, BP_OP_SINH, BP_OP_COSH, BP_OP_ASINH,
    BP_OP_ACOSH, BP_OP_ATANH, BP_OP_EXP2, BP_OP_LOG2, BP_OP_LOG10, BP_OP_ERFC, BP_OP_ERFINV, BP_OP_LGAMMA,
    BP_OP_DIGAMMA),
  Claim(.binary, BP_OP_ADD, BP_OP_SUB, BP_OP_MUL),
  Claim(
    .binary, cost: .arithmetic, BP_OP_DIV, BP_OP_MAXIMUM, BP_OP_MINIMUM, BP_OP_BITWISE_AND, BP_OP_BITWISE_OR,
    BP_OP_BITWISE_XOR),
  Claim(.binary, cost: .division, BP_OP_FLOOR_DIVIDE, BP_OP_REMAINDER, BP_OP_FMOD, BP_OP_POW, BP_OP_ATAN2),
  Claim(
    .binary, cost: .arithmetic, BP_OP_SIGMOID_BACKWARD, BP_OP_TANH_BACKWARD, BP_OP_RELU_BACKWARD),
  Claim(.binary, cost: .function, BP_OP_GELU_BACKWARD, BP_OP_GELU_TANH_BACKWARD, BP_OP_SILU_BACKWARD),
  Claim(.comparison, BP_OP_EQ, BP_OP_NE, BP_OP_LT, BP_OP_LE, BP_OP_GT, BP_OP_GE),
  Claim(.select, BP_OP_WHERE),
  Claim(.reduction, BP_OP_SUM, BP_OP_PROD, BP_OP_MEAN, BP_OP_MAX, BP_OP_MIN),
  Claim(.argReduction, BP_OP_ARGMAX, BP_OP_ARGMIN),
  Claim(.matmul, BP_OP_MATMUL),
  Claim(.gather, BP_OP_GATHER),
  Claim(.scatter, BP_OP_SCATTER),
  Claim(.softmax, BP_OP_SOFTMAX, BP_OP_LOG_SOFTMAX),
  Claim(.softmaxBackward, BP_OP_SOFTMAX_BACKWARD, BP_OP_LOG_SOFTMAX_BACKWARD),
  Claim(.adam, BP_OP_ADAM_STEP),
  Claim(.sgd, BP_OP_SGD_STEP),
  Claim(.sort, BP_OP_SORT),
  Claim(.scan, BP_OP_CUMSUM, BP_OP_CUMPROD),
  Claim(.scanExtreme, BP_OP_CUMMAX, BP_OP_CUMMIN),
  Claim(
    .factorization, BP_OP_CHOLESKY, BP_OP_LU, BP_OP_SOLVE_TRIANGULAR, BP_OP_QR, BP_OP_EIGH, BP_OP_EIG, BP_OP_SVD),
  Claim(.fourier, BP_OP_FFT),
]

/// The operators by id.
struct OperatorTable {
  private let slots: UnsafeMutablePointer<Operator?>
  private static let size = 4096

  init() {
    slots = .allocate(capacity: Self.size)
    slots.initialize(repeating: nil, count: Self.size)
    for claim in claims {
      for id in claim.ids {
        guard let definition = bp_op_definition_of(id) else { continue }
        slots[Int(id)] = Operator(
          definition: definition, id: id, types: definition.pointee.types, family: claim.family, cost: claim.cost,
          run: nil)
      }
    }
    for claim in networkClaims {
      for id in claim.ids {
        guard let definition = bp_op_definition_of(id) else { continue }
        slots[Int(id)] = Operator(
          definition: definition, id: id, types: definition.pointee.types, family: .network, cost: .function,
          run: claim.run)
      }
    }
  }

  @inline(__always) subscript(id: Int32) -> Operator? {
    UInt32(bitPattern: id) < UInt32(Self.size) ? slots[Int(id)] : nil
  }
}

/// An operator's name for messages.
func operatorName(_ id: Int32) -> String { String(cString: bp_op_name(id)) }

/// The types of all operands, checked against the operator's definition and what is claimed.
func checkTypes(_ known: Operator, _ op: UnsafePointer<bp_op>) throws(Failure) {
  try check { bp_check_operands(known.definition, op, known.types, $0) }
}

private func claimFlags(_ known: Operator) -> UInt32 {
  let isElementwise = known.definition.pointee.flags & BP_DEFINITION_ELEMENTWISE != 0
  let isInPlace =
    isElementwise || known.family == .softmax || known.family == .softmaxBackward
    || known.id == BP_OP_DROPOUT
  return BP_OP_INFO_DETERMINISTIC | (isInPlace ? BP_OP_INFO_IN_PLACE : 0)
}

let queryOperator:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, UnsafePointer<bp_op>?, UnsafeMutablePointer<bp_op_info>?,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, device, op, out, err in
    status(err) { () throws(Failure) in
      guard device == 0 else { throw .invalid("there is one device, 0, and no device \(device)") }
      guard let op, let out else { throw .invalid("query_op: op and out must not be NULL") }
      let backend = context!.assumingMemoryBound(to: Backend.self)
      guard let known = backend.pointee.operators[op.pointee.op] else {
        return bp_answer_query(out, 0, "this plugin does not know operator \(op.pointee.op)")
      }
      do throws(Failure) { try checkTypes(known, op) } catch { return bp_answer_query(out, 0, error.message) }
      bp_answer_query(out, claimFlags(known), nil)
    }
  }

// MARK: - Execution

let executeOperator:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_stream, UnsafePointer<bp_op>?, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, device, _, op, err in
    status(err) { () throws(Failure) in
      guard let op, device == 0 else { throw .invalid("execute: op is NULL, or the device is not 0") }
      let context = Context(context.unsafelyUnwrapped.assumingMemoryBound(to: Backend.self))
      guard let known = context.pointee.operators[op.pointee.op], op.pointee.version == 1 else {
        throw .unsupported("operator \(op.pointee.op), version \(op.pointee.version), is not known")
      }
      switch known.family {
      case .unary, .binary, .comparison: try elementwise(context, known, op)
      default: try execute(context, known, op)
      }
    }
  }

@inline(never)
private func execute(_ context: Context, _ known: Operator, _ op: UnsafePointer<bp_op>) throws(Failure) {
  try checkTypes(known, op)
  switch known.family {
  case .unary, .binary, .comparison: break
  case .copy: try copy(context, op)
  case .fill: try fill(context, op)
  case .arange: try arange(context, op)
  case .random: try random(context, op)
  case .select: try select(context, op)
  case .reduction: try reduce(context, op)
  case .argReduction: try argReduce(context, op)
  case .matmul: try matmul(context, op)
  case .gather: try gather(context, op)
  case .scatter: try scatter(context, op)
  case .softmax, .softmaxBackward: try softmax(context, op)
  case .adam: try adam(context, op)
  case .sgd: try sgd(context, op)
  case .sort: try sort(context, op)
  case .scan, .scanExtreme: try scan(context, op)
  case .factorization: try factorize(context, op)
  case .fourier: try fourier(context, op)
  case .network: try known.run.unsafelyUnwrapped(context, op)
  }
}
