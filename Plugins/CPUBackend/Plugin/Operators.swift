import BackendAPI

/// A set of data types, by their numbers.
struct Types: OptionSet {
  let rawValue: UInt16
  static let bool = Types(rawValue: 1 << 1)
  static let integers = Types(rawValue: 0b11111 << 2)
  static let floats = Types(rawValue: 0b1111 << 7)
  static let complex = Types(rawValue: 0b11 << 11)
  static let floating: Types = [.floats, .complex]
  static let numbers: Types = [.integers, .floats]
  static let real: Types = [.bool, .integers, .floats]
  /// Float32, float64 and the complex types.
  static let wide: Types = [Types(rawValue: 0b11 << 9), .complex]
  static let all: Types = [.real, .complex]

  @inline(__always) func contains(dtype: Int32) -> Bool {
    dtype > 0 && dtype < 16 && rawValue & (1 << UInt16(truncatingIfNeeded: dtype)) != 0
  }
}

/// Operators that are executed alike.
enum Family: UInt8 {
  case copy, fill, arange, random, unary, binary, comparison, select
  case reduction, argReduction, matmul, gather, scatter
  case softmax, softmaxBackward, adam, sgd
  case sort, scan, scanExtreme
  case factorization, fourier
}

/// What the plugin knows of one operator.
struct Operator {
  let id: Int32
  let name: StaticString
  let family: Family
  /// The types it is claimed for: of the first input, or of the output where there is none.
  let types: Types
}

/// Every operator, in the header's order.
private let operators: [Operator] = [
  Operator(id: BP_OP_COPY, name: "COPY", family: .copy, types: .all),
  Operator(id: BP_OP_FILL, name: "FILL", family: .fill, types: .all),
  Operator(id: BP_OP_ARANGE, name: "ARANGE", family: .arange, types: .numbers),
  Operator(id: BP_OP_RANDOM_UNIFORM, name: "RANDOM_UNIFORM", family: .random, types: .floats),
  Operator(id: BP_OP_RANDOM_NORMAL, name: "RANDOM_NORMAL", family: .random, types: .floats),
  Operator(id: BP_OP_RANDOM_INTEGER, name: "RANDOM_INTEGER", family: .random, types: .integers),
  Operator(id: BP_OP_NEG, name: "NEG", family: .unary, types: [.numbers, .complex]),
  Operator(id: BP_OP_ABS, name: "ABS", family: .unary, types: .numbers),
  Operator(id: BP_OP_SIGN, name: "SIGN", family: .unary, types: .numbers),
  Operator(id: BP_OP_BITWISE_NOT, name: "BITWISE_NOT", family: .unary, types: [.integers, .bool]),
  Operator(id: BP_OP_FLOOR, name: "FLOOR", family: .unary, types: .floats),
  Operator(id: BP_OP_CEIL, name: "CEIL", family: .unary, types: .floats),
  Operator(id: BP_OP_ROUND, name: "ROUND", family: .unary, types: .floats),
  Operator(id: BP_OP_TRUNC, name: "TRUNC", family: .unary, types: .floats),
  Operator(id: BP_OP_SQRT, name: "SQRT", family: .unary, types: .floating),
  Operator(id: BP_OP_RSQRT, name: "RSQRT", family: .unary, types: .floating),
  Operator(id: BP_OP_RECIPROCAL, name: "RECIPROCAL", family: .unary, types: .floating),
  Operator(id: BP_OP_EXP, name: "EXP", family: .unary, types: .floating),
  Operator(id: BP_OP_EXPM1, name: "EXPM1", family: .unary, types: .floating),
  Operator(id: BP_OP_LOG, name: "LOG", family: .unary, types: .floating),
  Operator(id: BP_OP_LOG1P, name: "LOG1P", family: .unary, types: .floating),
  Operator(id: BP_OP_SIN, name: "SIN", family: .unary, types: .floating),
  Operator(id: BP_OP_COS, name: "COS", family: .unary, types: .floating),
  Operator(id: BP_OP_TANH, name: "TANH", family: .unary, types: .floating),
  Operator(id: BP_OP_SIGMOID, name: "SIGMOID", family: .unary, types: .floating),
  Operator(id: BP_OP_ERF, name: "ERF", family: .unary, types: .floats),
  Operator(id: BP_OP_RELU, name: "RELU", family: .unary, types: .numbers),
  Operator(id: BP_OP_ADD, name: "ADD", family: .binary, types: .all),
  Operator(id: BP_OP_SUB, name: "SUB", family: .binary, types: [.numbers, .complex]),
  Operator(id: BP_OP_MUL, name: "MUL", family: .binary, types: .all),
  Operator(id: BP_OP_DIV, name: "DIV", family: .binary, types: .floating),
  Operator(id: BP_OP_FLOOR_DIVIDE, name: "FLOOR_DIVIDE", family: .binary, types: .numbers),
  Operator(id: BP_OP_REMAINDER, name: "REMAINDER", family: .binary, types: .numbers),
  Operator(id: BP_OP_FMOD, name: "FMOD", family: .binary, types: .numbers),
  Operator(id: BP_OP_POW, name: "POW", family: .binary, types: [.numbers, .complex]),
  Operator(id: BP_OP_MAXIMUM, name: "MAXIMUM", family: .binary, types: .real),
  Operator(id: BP_OP_MINIMUM, name: "MINIMUM", family: .binary, types: .real),
  Operator(id: BP_OP_ATAN2, name: "ATAN2", family: .binary, types: .floats),
  Operator(id: BP_OP_BITWISE_AND, name: "BITWISE_AND", family: .binary, types: [.integers, .bool]),
  Operator(id: BP_OP_BITWISE_OR, name: "BITWISE_OR", family: .binary, types: [.integers, .bool]),
  Operator(id: BP_OP_BITWISE_XOR, name: "BITWISE_XOR", family: .binary, types: [.integers, .bool]),
  Operator(id: BP_OP_EQ, name: "EQ", family: .comparison, types: .all),
  Operator(id: BP_OP_NE, name: "NE", family: .comparison, types: .all),
  Operator(id: BP_OP_LT, name: "LT", family: .comparison, types: .real),
  Operator(id: BP_OP_LE, name: "LE", family: .comparison, types: .real),
  Operator(id: BP_OP_GT, name: "GT", family: .comparison, types: .real),
  Operator(id: BP_OP_GE, name: "GE", family: .comparison, types: .real),
  Operator(id: BP_OP_WHERE, name: "WHERE", family: .select, types: .bool),
  Operator(id: BP_OP_SUM, name: "SUM", family: .reduction, types: .all),
  Operator(id: BP_OP_PROD, name: "PROD", family: .reduction, types: .all),
  Operator(id: BP_OP_MEAN, name: "MEAN", family: .reduction, types: .floating),
  Operator(id: BP_OP_MAX, name: "MAX", family: .reduction, types: .real),
  Operator(id: BP_OP_MIN, name: "MIN", family: .reduction, types: .real),
  Operator(id: BP_OP_ARGMAX, name: "ARGMAX", family: .argReduction, types: .real),
  Operator(id: BP_OP_ARGMIN, name: "ARGMIN", family: .argReduction, types: .real),
  Operator(id: BP_OP_MATMUL, name: "MATMUL", family: .matmul, types: [.numbers, .complex]),
  Operator(id: BP_OP_GATHER, name: "GATHER", family: .gather, types: .all),
  Operator(id: BP_OP_SCATTER, name: "SCATTER", family: .scatter, types: Types(rawValue: 1 << 6)),
  Operator(id: BP_OP_SOFTMAX, name: "SOFTMAX", family: .softmax, types: .floats),
  Operator(id: BP_OP_LOG_SOFTMAX, name: "LOG_SOFTMAX", family: .softmax, types: .floats),
  Operator(id: BP_OP_SOFTMAX_BACKWARD, name: "SOFTMAX_BACKWARD", family: .softmaxBackward, types: .floats),
  Operator(
    id: BP_OP_LOG_SOFTMAX_BACKWARD, name: "LOG_SOFTMAX_BACKWARD", family: .softmaxBackward, types: .floats),
  Operator(id: BP_OP_ADAM_STEP, name: "ADAM_STEP", family: .adam, types: .floats),
  Operator(id: BP_OP_SGD_STEP, name: "SGD_STEP", family: .sgd, types: .floats),
  Operator(id: BP_OP_SORT, name: "SORT", family: .sort, types: .real),
  Operator(id: BP_OP_CUMSUM, name: "CUMSUM", family: .scan, types: .all),
  Operator(id: BP_OP_CUMPROD, name: "CUMPROD", family: .scan, types: .all),
  Operator(id: BP_OP_CUMMAX, name: "CUMMAX", family: .scanExtreme, types: .real),
  Operator(id: BP_OP_CUMMIN, name: "CUMMIN", family: .scanExtreme, types: .real),
  Operator(id: BP_OP_SILU, name: "SILU", family: .unary, types: .floats),
  Operator(id: BP_OP_TAN, name: "TAN", family: .unary, types: .floating),
  Operator(id: BP_OP_ASIN, name: "ASIN", family: .unary, types: .floating),
  Operator(id: BP_OP_ACOS, name: "ACOS", family: .unary, types: .floating),
  Operator(id: BP_OP_ATAN, name: "ATAN", family: .unary, types: .floating),
  Operator(id: BP_OP_SINH, name: "SINH", family: .unary, types: .floating),
  Operator(id: BP_OP_COSH, name: "COSH", family: .unary, types: .floating),
  Operator(id: BP_OP_ASINH, name: "ASINH", family: .unary, types: .floating),
  Operator(id: BP_OP_ACOSH, name: "ACOSH", family: .unary, types: .floating),
  Operator(id: BP_OP_ATANH, name: "ATANH", family: .unary, types: .floating),
  Operator(id: BP_OP_EXP2, name: "EXP2", family: .unary, types: .floating),
  Operator(id: BP_OP_LOG2, name: "LOG2", family: .unary, types: .floating),
  Operator(id: BP_OP_LOG10, name: "LOG10", family: .unary, types: .floating),
  Operator(id: BP_OP_ERFC, name: "ERFC", family: .unary, types: .floats),
  Operator(id: BP_OP_ERFINV, name: "ERFINV", family: .unary, types: .floats),
  Operator(id: BP_OP_LGAMMA, name: "LGAMMA", family: .unary, types: .floats),
  Operator(id: BP_OP_DIGAMMA, name: "DIGAMMA", family: .unary, types: .floats),
  Operator(id: BP_OP_CHOLESKY, name: "CHOLESKY", family: .factorization, types: .wide),
  Operator(id: BP_OP_LU, name: "LU", family: .factorization, types: .wide),
  Operator(id: BP_OP_SOLVE_TRIANGULAR, name: "SOLVE_TRIANGULAR", family: .factorization, types: .wide),
  Operator(id: BP_OP_QR, name: "QR", family: .factorization, types: .wide),
  Operator(id: BP_OP_EIGH, name: "EIGH", family: .factorization, types: .wide),
  Operator(id: BP_OP_EIG, name: "EIG", family: .factorization, types: .wide),
  Operator(id: BP_OP_SVD, name: "SVD", family: .factorization, types: .wide),
  Operator(id: BP_OP_FFT, name: "FFT", family: .fourier, types: .complex),
]

/// The operators by id.
struct OperatorTable {
  private let slots: UnsafeMutablePointer<Operator?>
  private static let size = 2048

  init() {
    slots = .allocate(capacity: Self.size)
    slots.initialize(repeating: nil, count: Self.size)
    for op in operators { slots[Int(op.id)] = op }
  }

  @inline(__always) subscript(id: Int32) -> Operator? {
    UInt32(bitPattern: id) < UInt32(Self.size) ? slots[Int(id)] : nil
  }
}

/// An operator's name for messages.
func operatorName(_ id: Int32) -> String {
  operators.first { $0.id == id }.map { "\($0.name)" } ?? "operator \(id)"
}

/// A type's name for messages.
func typeName(_ dtype: Int32) -> String {
  let names = [
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64",
    "complex64", "complex128",
  ]
  return dtype >= 1 && Int(dtype) <= names.count ? names[Int(dtype) - 1] : "type \(dtype)"
}

// MARK: - Claims

/// Operand counts for each family; nil where they depend on the parameters.
private func counts(_ family: Family) -> (inputs: Int32, outputs: Int32)? {
  switch family {
  case .arange, .random: (0, 1)
  case .copy, .fill, .unary, .reduction, .argReduction, .softmax, .scan, .fourier: (1, 1)
  case .binary, .comparison, .matmul, .gather, .scatter, .softmaxBackward: (2, 1)
  case .sort, .scanExtreme: (1, 2)
  case .select: (3, 1)
  case .adam, .sgd, .factorization: nil
  }
}

/// The types of all operands, checked against the operator's definition and what is supported.
func checkTypes(_ known: Operator, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let call = op.pointee
  let name = known.name
  if let counts = counts(known.family) {
    guard call.input_count == counts.inputs && call.output_count == counts.outputs else {
      throw .invalid(
        "\(name) takes \(counts.inputs) inputs and \(counts.outputs) outputs, not \(call.input_count) and \(call.output_count)"
      )
    }
  } else {
    guard call.input_count >= 0, call.output_count >= 0 else { throw .invalid("\(name): operand counts") }
  }
  for i in 0..<Int(call.input_count + call.output_count) {
    let operand = i < call.input_count ? call.inputs[i]! : call.outputs[i - Int(call.input_count)]!
    guard operand.pointee.rank >= 0 && operand.pointee.rank <= BP_MAX_RANK else {
      throw .invalid("\(name): an operand of rank \(operand.pointee.rank)")
    }
  }
  func input(_ i: Int) -> Int32 { call.inputs[i]!.pointee.dtype }
  func output(_ i: Int) -> Int32 { call.outputs[i]!.pointee.dtype }
  func expect(_ isRight: Bool, _ rule: String) throws(Failure) {
    guard isRight else {
      let inputs = (0..<Int(call.input_count)).map { typeName(input($0)) }.joined(separator: ", ")
      let outputs = (0..<Int(call.output_count)).map { typeName(output($0)) }.joined(separator: ", ")
      throw .invalid("\(name): (\(inputs)) to (\(outputs)): \(rule)")
    }
  }
  func claimed(_ dtype: Int32, _ types: Types) throws(Failure) {
    guard Types.all.contains(dtype: dtype) else { throw .unsupported("\(name): unknown \(typeName(dtype))") }
    guard types.contains(dtype: dtype) else {
      throw .unsupported("\(name) of \(typeName(dtype)) is not defined")
    }
  }
  switch known.family {
  case .copy:
    try claimed(input(0), .all)
    try claimed(output(0), .all)
  case .fill:
    try claimed(output(0), .all)
    try expect(input(0) == output(0), "the value is of the output's type")
  case .arange, .random: try claimed(output(0), known.types)
  case .unary, .softmax, .fourier:
    try claimed(input(0), known.types)
    try expect(input(0) == output(0), "all operands are of one type")
  case .binary, .matmul, .softmaxBackward:
    try claimed(input(0), known.types)
    try expect(input(0) == input(1) && input(0) == output(0), "all operands are of one type")
  case .comparison:
    try claimed(input(0), known.types)
    try expect(input(0) == input(1) && output(0) == BP_BOOL, "both inputs are of one type, the output is bool")
  case .select:
    try claimed(input(1), .all)
    try expect(
      input(0) == BP_BOOL && input(1) == input(2) && input(1) == output(0),
      "the condition is bool, all else of one type")
  case .reduction:
    try claimed(input(0), known.types)
    let isSum = known.id == BP_OP_SUM || known.id == BP_OP_PROD
    let result = isSum && input(0) <= BP_INT64 ? BP_INT64 : input(0)
    try expect(output(0) == result, "the output is \(typeName(result))")
  case .argReduction:
    try claimed(input(0), known.types)
    try expect(output(0) == BP_INT64, "the output is int64")
  case .gather:
    try claimed(input(0), .all)
    try expect(input(1) == BP_INT64 && input(0) == output(0), "the indices are int64, all else of one type")
  case .scatter:
    try claimed(output(0), .all)
    try expect(input(0) == BP_INT64 && input(1) == output(0), "the indices are int64, all else of one type")
  case .sort, .scanExtreme:
    try claimed(input(0), known.types)
    try expect(
      input(0) == output(0) && output(1) == BP_INT64, "the first output is of the input's type, the second int64")
  case .scan:
    try claimed(input(0), known.types)
    let result = input(0) <= BP_INT64 ? BP_INT64 : input(0)
    try expect(output(0) == result, "the output is \(typeName(result))")
  case .factorization:
    guard call.input_count > 0 else { throw .invalid("\(name): no input") }
    try claimed(input(0), known.types)
    let types = factorizationTypes(known.id, input(0))
    try expect(
      Int(call.input_count) == types.inputs.count && Int(call.output_count) == types.outputs.count
        && types.inputs.indices.allSatisfy { input($0) == types.inputs[$0] }
        && types.outputs.indices.allSatisfy { output($0) == types.outputs[$0] },
      "the operands are (\(types.inputs.map(typeName).joined(separator: ", "))) to "
        + "(\(types.outputs.map(typeName).joined(separator: ", ")))")
  case .adam, .sgd:
    for i in 0..<Int(call.input_count) {
      try claimed(input(i), .floats)
      try expect(input(i) == input(0), "all operands are of one type")
    }
    for i in 0..<Int(call.output_count) { try expect(output(i) == input(0), "all operands are of one type") }
  }
}

private func claimFlags(_ known: Operator) -> UInt32 {
  var flags = BP_OP_INFO_DETERMINISTIC
  switch known.family {
  case .copy, .unary, .binary, .comparison, .select, .softmax, .softmaxBackward: flags |= BP_OP_INFO_IN_PLACE
  default: break
  }
  return flags
}

let queryOperator:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, UnsafePointer<bp_op>?, UnsafeMutablePointer<bp_op_info>?,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, device, op, out, err in
    status(err) { () throws(Failure) in
      guard device == 0 else { throw .invalid("there is one device, 0, and no device \(device)") }
      guard let op, let out else { throw .invalid("query_op: op and out must not be NULL") }
      var info = bp_op_info()
      do throws(Failure) {
        let backend = context!.assumingMemoryBound(to: Backend.self)
        guard let known = backend.pointee.operators[op.pointee.op] else {
          throw .unsupported("this plugin does not know operator \(op.pointee.op)")
        }
        guard op.pointee.version == 1 else {
          throw .unsupported("\(known.name): version \(op.pointee.version) of its definition is not known")
        }
        try checkTypes(known, op)
        info.supported = 1
        info.flags = claimFlags(known)
      } catch {
        withUnsafeMutableBytes(of: &info.reason) { write(error.message, to: $0) }
      }
      answer(out, with: info)
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
  }
}
