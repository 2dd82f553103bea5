import BackendAPI

/// Operators that are executed alike.
enum Family: UInt8 {
  case copy, fill, arange, random, unary, binary, comparison, select
  case reduction, argReduction, matmul, gather, scatter
  case softmax, softmaxBackward, adam, sgd
  /// Each runs in a function of its own, which the claim names.
  case network
}

/// Starts an operator whose operands' types have been checked.
typealias NetworkOperator = @Sendable (_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) -> Void

/// Operators that one function runs; a file of `Plugin/Networks` has a list of them.
struct NetworkClaim {
  let ids: [Int32]
  /// Narrowed to those that the definitions admit.
  let types: UInt32
  /// Whether the results are the same bits each time: no sums by atomic additions, which come in any order.
  let isOrdered: Bool
  /// Whether the output may be the same view as an input.
  let isInPlace: Bool
  let run: NetworkOperator

  init(
    _ ids: Int32..., of types: UInt32 = BP_TYPES_REAL, isOrdered: Bool = true, isInPlace: Bool = false,
    run: @escaping NetworkOperator
  ) {
    (self.ids, self.types, self.isOrdered, self.isInPlace, self.run) = (ids, types, isOrdered, isInPlace, run)
  }
}

private let networkClaims =
  convolutionClaims + poolingClaims + attentionClaims + orderClaims
  + statisticsClaims + crossEntropyClaims + dropoutClaims + affineClaims + recurrenceClaims
  + optimizerClaims + scanClaims + fourierClaims

/// What the plugin knows of one operator.
struct Operator {
  let definition: UnsafePointer<bp_op_definition>
  let family: Family
  /// The types it is claimed for, of those that the definition admits.
  let types: UInt32
  /// Of the family `network`.
  var claim: NetworkClaim?

  var id: Int32 { definition.pointee.op }
  /// For messages, and for the kernels.
  var name: String { String(cString: definition.pointee.name) }
}

/// Operators that the plugin has. It moves complex numbers, and does not compute with them.
private struct Claim {
  let family: Family
  let types: UInt32
  let ids: [Int32]

  init(_ family: Family, of types: UInt32 = BP_TYPES_REAL, _ ids: Int32...) {
    (self.family, self.types, self.ids) = (family, types, ids)
  }
}

private let claims = [
  Claim(.copy, of: BP_TYPES_ALL, BP_OP_COPY),
  Claim(.fill, of: BP_TYPES_ALL, BP_OP_FILL),
  Claim(.arange, BP_OP_ARANGE),
  Claim(.random, BP_OP_RANDOM_UNIFORM, BP_OP_RANDOM_NORMAL, BP_OP_RANDOM_INTEGER),
  Claim(
    .unary, BP_OP_NEG, BP_OP_ABS, BP_OP_SIGN, BP_OP_BITWISE_NOT, BP_OP_FLOOR, BP_OP_CEIL, BP_OP_ROUND, BP_OP_TRUNC,
    BP_OP_SQRT, BP_OP_RSQRT, BP_OP_RECIPROCAL, BP_OP_EXP, BP_OP_EXPM1, BP_OP_LOG, BP_OP_LOG1P, BP_OP_SIN, BP_OP_COS,
    BP_OP_TANH, BP_OP_SIGMOID, BP_OP_ERF, BP_OP_RELU, BP_OP_SILU, BP_OP_GELU, BP_OP_GELU_TANH, BP_OP_TAN, BP_OP_ASIN,
    BP_OP_ACOS, BP_OP_ATAN, BP_OP_SINH, BP_OP_COSH, BP_OP_ASINH, BP_OP_ACOSH, BP_OP_ATANH, BP_OP_EXP2, BP_OP_LOG2,
    BP_OP_LOG10, BP_OP_ERFC, BP_OP_ERFINV, BP_OP_LGAMMA, BP_OP_DIGAMMA),
  Claim(
    .binary, BP_OP_ADD, BP_OP_SUB, BP_OP_MUL, BP_OP_DIV, BP_OP_FLOOR_DIVIDE, BP_OP_REMAINDER, BP_OP_FMOD, BP_OP_POW,
    BP_OP_MAXIMUM, BP_OP_MINIMUM, BP_OP_ATAN2, BP_OP_BITWISE_AND, BP_OP_BITWISE_OR, BP_OP_BITWISE_XOR,
    BP_OP_GELU_BACKWARD, BP_OP_GELU_TANH_BACKWARD, BP_OP_SILU_BACKWARD, BP_OP_SIGMOID_BACKWARD, BP_OP_TANH_BACKWARD,
    BP_OP_RELU_BACKWARD),
  Claim(.comparison, BP_OP_EQ, BP_OP_NE, BP_OP_LT, BP_OP_LE, BP_OP_GT, BP_OP_GE),
  Claim(.select, of: BP_TYPES_ALL, BP_OP_WHERE),
  Claim(.reduction, BP_OP_SUM, BP_OP_PROD, BP_OP_MEAN, BP_OP_MAX, BP_OP_MIN),
  Claim(.argReduction, BP_OP_ARGMAX, BP_OP_ARGMIN),
  Claim(.matmul, BP_OP_MATMUL),
  Claim(.gather, of: BP_TYPES_ALL, BP_OP_GATHER),
  // A claim covers every mode [BP-5.8].
  Claim(.scatter, BP_OP_SCATTER),
  Claim(.softmax, BP_OP_SOFTMAX, BP_OP_LOG_SOFTMAX),
  Claim(.softmaxBackward, BP_OP_SOFTMAX_BACKWARD, BP_OP_LOG_SOFTMAX_BACKWARD),
  Claim(.adam, BP_OP_ADAM_STEP),
  Claim(.sgd, BP_OP_SGD_STEP),
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
          definition: definition, family: claim.family, types: definition.pointee.types & claim.types)
      }
    }
    for claim in networkClaims {
      for id in claim.ids {
        guard let definition = bp_op_definition_of(id) else { continue }
        slots[Int(id)] = Operator(
          definition: definition, family: .network, types: definition.pointee.types & claim.types, claim: claim)
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
private func checkTypes(_ known: Operator, _ op: UnsafePointer<bp_op>) throws(Failure) {
  try check { bp_check_operands(known.definition, op, known.types, $0) }
  if known.family == .copy {
    let from = op.pointee.inputs[0]!.dtype, to = op.pointee.outputs[0]!.dtype
    guard from == to || bp_has_type(BP_TYPES_REAL, from) && bp_has_type(BP_TYPES_REAL, to) else {
      throw .unsupported("this plugin does not convert to or from complex types")
    }
  }
}

private func claimFlags(_ known: Operator, _ op: UnsafePointer<bp_op>) -> UInt32 {
  let isElementwise = known.definition.pointee.flags & BP_DEFINITION_ELEMENTWISE != 0
  let isInPlace =
    isElementwise || known.family == .softmax || known.family == .softmaxBackward || known.claim?.isInPlace == true
  // Sums by atomic additions come in any order.
  let isOrdered =
    known.claim?.isOrdered ?? (known.family != .scatter || bp_has_type(BP_TYPES_BITS, op.pointee.outputs[0]!.dtype))
  return (isOrdered ? BP_OP_INFO_DETERMINISTIC : 0) | (isInPlace ? BP_OP_INFO_IN_PLACE : 0)
}

let queryOperator:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, UnsafePointer<bp_op>?, UnsafeMutablePointer<bp_op_info>?,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, device, op, out, err in
    status(err) { () throws(Failure) in
      let backend = Backend.of(context)
      guard device >= 0, device < backend.devices.count else {
        throw .invalid("there are \(backend.devices.count) devices, and no device \(device)")
      }
      guard let op, let out else { throw .invalid("query_op: op and out must not be NULL") }
      guard let known = backend.operators[op.pointee.op] else {
        return bp_answer_query(out, 0, "this plugin does not know operator \(op.pointee.op)")
      }
      do throws(Failure) { try checkTypes(known, op) } catch { return bp_answer_query(out, 0, error.message) }
      bp_answer_query(out, claimFlags(known, op), nil)
    }
  }

// MARK: - Execution

let executeOperator:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_stream, UnsafePointer<bp_op>?, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, device, stream, op, err in
    status(err) { () throws(Failure) in
      let backend = Backend.of(context)
      _ = try backend.device(device)
      guard let op else { throw .invalid("execute: op is NULL") }
      let stream = try Stream.of(stream, "execute")
      guard let known = backend.operators[op.pointee.op], op.pointee.version == 1 else {
        throw .unsupported("operator \(op.pointee.op), version \(op.pointee.version), is not known")
      }
      try checkTypes(known, op)
      try execute(Queue(stream: stream, op: known.id), known, op)
    }
  }

private func execute(_ queue: Queue, _ known: Operator, _ op: UnsafePointer<bp_op>) throws(Failure) {
  switch known.family {
  case .unary, .binary, .comparison, .select: try elementwise(queue, known, op)
  case .copy: try copy(queue, op)
  case .fill: try fill(queue, op)
  case .arange: try arange(queue, op)
  case .random: try random(queue, op)
  case .reduction: try reduce(queue, op)
  case .argReduction: try argReduce(queue, op)
  case .matmul: try matmul(queue, op)
  case .gather: try gather(queue, op)
  case .scatter: try scatter(queue, op)
  case .softmax, .softmaxBackward: try softmax(queue, op)
  case .adam: try adam(queue, op)
  case .sgd: try sgd(queue, op)
  case .network: try known.claim.unsafelyUnwrapped.run(queue, op)
  }
}
