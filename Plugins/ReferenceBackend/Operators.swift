import BackendAPI

/// One operator: what its definition says of its operands, and its loop.
struct Operator: Sendable {
  /// How one operand's type is given.
  enum OperandType: Sendable {
    /// The operator's one type: all such operands agree.
    case common
    /// Any admitted type, whatever the others are.
    case independent
    case exactly(DType)
    /// What sums of the common type are held in.
    case sum
    /// The float type of the common type's parts.
    case real
    /// The complex type whose parts are of the common type, or which is it.
    case complex
    /// Statistics: float32 where the common type has 16 bits, else the common type.
    case statistics
    /// Bool or the common type.
    case mask
  }

  /// The operands an operator takes. For the optimizer steps it depends on how many are given.
  struct Signature {
    var inputs: [OperandType]
    var outputs: [OperandType]
  }

  /// Which operands may be immediates, and what may share memory.
  enum Style {
    /// All shapes equal, immediates welcome, in place allowed.
    case elementwise
    /// In place allowed.
    case inPlace
    /// An immediate of any shape goes in.
    case fill
    case plain
  }

  let id: Int32
  let name: String
  /// The kinds of type that the common and independent operands may have.
  let kinds: Kinds
  let style: Style
  let signature: @Sendable (_ inputCount: Int, _ outputCount: Int) -> Signature
  let run: @Sendable (Call) throws(Failure) -> Void

  init(
    _ id: Int32, _ name: String, _ kinds: Kinds, _ style: Style = .plain, inputs: [OperandType],
    outputs: [OperandType] = [.common], run: @escaping @Sendable (Call) throws(Failure) -> Void
  ) {
    self.init(id, name, kinds, style, run: run) { _, _ in Signature(inputs: inputs, outputs: outputs) }
  }

  init(
    _ id: Int32, _ name: String, _ kinds: Kinds, _ style: Style = .plain,
    run: @escaping @Sendable (Call) throws(Failure) -> Void,
    signature: @escaping @Sendable (_ inputCount: Int, _ outputCount: Int) -> Signature
  ) {
    self.id = id
    self.name = name
    self.kinds = kinds
    self.style = style
    self.signature = signature
    self.run = run
  }
}

extension Operator {
  /// Fails unless the definition admits operands of these types, and this many.
  func check(inputs: [DType], outputs: [DType]) throws(Failure) {
    let signature = signature(inputs.count, outputs.count)
    guard inputs.count == signature.inputs.count && outputs.count == signature.outputs.count else {
      throw .invalid(
        "\(name): \(inputs.count) inputs and \(outputs.count) outputs,"
          + " not \(signature.inputs.count) and \(signature.outputs.count)")
    }
    var common: DType?
    let operands =
      zip(inputs, signature.inputs).enumerated().map { ("input \($0)", $1.0, $1.1) }
      + zip(outputs, signature.outputs).enumerated().map { ("output \($0)", $1.0, $1.1) }
    for (operand, dtype, type) in operands {
      let expected: DType
      switch type {
      case .common, .independent:
        guard dtype.isAdmitted(by: kinds) else {
          throw .unsupported(
            "\(name): \(operand) is \(dtype); the reference backend takes types"
              + " \(kinds)")
        }
        if case .independent = type { continue }
        expected = common ?? dtype
        common = expected
      case .exactly(let exact): expected = exact
      case .sum: expected = common!.sumType
      case .real: expected = common!.partType
      case .complex: expected = common!.complexType
      case .statistics: expected = common!.size < 4 ? .float32 : common!
      case .mask: expected = dtype == .bool ? .bool : common!
      }
      guard dtype == expected else {
        throw .invalid("\(name): \(operand) is \(dtype), not \(expected)")
      }
    }
  }
}

/// Every operator of the header, by id.
let operators = Dictionary(
  uniqueKeysWithValues: [
    creationOperators, randomOperators, unaryOperators, functionOperators, binaryOperators,
    comparisonOperators, reductionOperators, [matmul], indexingOperators, normalizationOperators, optimizerOperators,
    sortingOperators, scanOperators, factorizationOperators, fourierOperators,
    activationOperators, dropoutOperators, convolutionOperators, poolingOperators, statisticsOperators,
    attentionOperators,
    crossEntropyOperators, recurrenceOperators, affineOperators,
  ].joined().map { ($0.id, $0) })

/// What an operator's loop works on: its operands, checked, and its parameters.
struct Call {
  let name: String
  let inputs: [View]
  let outputs: [View]
  let params: UnsafeRawPointer?

  /// The operator's parameters; members that an older host's struct lacks are zero [BP-5.6].
  func parameters<T: BitwiseCopyable>(_ zero: T) throws(Failure) -> T {
    guard let params else { throw .invalid("\(name): params is NULL") }
    var result = zero
    let given = Int(params.load(as: UInt32.self))
    let size = min(given, MemoryLayout<T>.size)
    // What a newer host says beyond this struct has to be nothing [BP-5.6].
    guard given <= size || (size..<given).allSatisfy({ params.load(fromByteOffset: $0, as: UInt8.self) == 0 }) else {
      throw .unsupported("\(name): params of \(given) bytes, of a newer host, say more than the \(size) known here")
    }
    withUnsafeMutableBytes(of: &result) { bytes in
      bytes.copyMemory(from: UnsafeRawBufferPointer(start: params, count: size))
    }
    return result
  }

  /// Fails for flags of the parameters that are not among the known ones [BP-5.6].
  func requireFlags(_ flags: UInt32, among known: UInt32) throws(Failure) {
    guard flags & ~known != 0 else { return }
    throw .unsupported("\(name): the flags 0x\(String(flags & ~known, radix: 16)) of its params are not known here")
  }

  /// An axis from the parameters, checked against the operands' rank.
  func checkedAxis(_ axis: Int32, rank: Int) throws(Failure) -> Int {
    guard (0..<rank).contains(Int(axis)) else {
      throw .invalid("\(name): axis \(axis) of a tensor of rank \(rank)")
    }
    return Int(axis)
  }

  /// Fails with the operands' shapes unless the condition holds.
  func requireShapes(_ condition: Bool) throws(Failure) {
    if condition { return }
    let ins = inputs.map { "\($0.shape)" }.joined(separator: ", ")
    let outs = outputs.map { "\($0.shape)" }.joined(separator: ", ")
    throw .invalid("\(name): shapes do not fit: inputs \(ins); outputs \(outs)")
  }

  /// Fails unless all operands have one shape.
  func requireEqualShapes() throws(Failure) {
    try requireShapes((inputs + outputs).allSatisfy { $0.shape == outputs[0].shape })
  }
}

// MARK: - From bp_op to Call

/// A `bp_op` whose operator is known and whose operands have the right number and types: all that
/// `query_op` may look at [BP-5.4].
private struct TypedCall {
  let definition: Operator
  let op: bp_op
  private(set) var inputs: [(tensor: UnsafePointer<bp_tensor>, dtype: DType)] = []
  private(set) var outputs: [(tensor: UnsafePointer<bp_tensor>, dtype: DType)] = []

  init(_ pointer: UnsafePointer<bp_op>?) throws(Failure) {
    guard let pointer else { throw .invalid("op is NULL") }
    guard Int(pointer.pointee.struct_size) >= MemoryLayout<bp_op>.size else {
      throw .invalid("bp_op of \(pointer.pointee.struct_size) bytes")
    }
    op = pointer.pointee
    guard let definition = operators[op.op] else { throw .unsupported("operator \(op.op) is not known") }
    self.definition = definition
    guard op.version == 1 else {
      throw .unsupported("version \(op.version) of \(definition.name) is not known")
    }
    inputs = try TypedCall.operands(op.inputs, op.input_count, "\(definition.name): input")
    outputs = try TypedCall.operands(op.outputs, op.output_count, "\(definition.name): output")
    try definition.check(inputs: inputs.map(\.dtype), outputs: outputs.map(\.dtype))
  }

  private static func operands(
    _ list: UnsafePointer<UnsafePointer<bp_tensor>?>?, _ count: Int32, _ name: String
  ) throws(Failure) -> [(tensor: UnsafePointer<bp_tensor>, dtype: DType)] {
    guard count >= 0 && (count == 0 || list != nil) else {
      throw .invalid("\(name)s: count \(count), array \(list == nil ? "NULL" : "given")")
    }
    var result: [(UnsafePointer<bp_tensor>, DType)] = []
    for i in 0..<Int(count) {
      guard let tensor = list![i] else { throw .invalid("\(name) \(i) is NULL") }
      guard Int(tensor.pointee.struct_size) >= MemoryLayout<bp_tensor>.size else {
        throw .invalid("\(name) \(i) is a bp_tensor of \(tensor.pointee.struct_size) bytes")
      }
      guard let dtype = DType(rawValue: tensor.pointee.dtype) else {
        throw .unsupported("\(name) \(i): type \(tensor.pointee.dtype) is not known")
      }
      result.append((tensor, dtype))
    }
    return result
  }

  /// Reads shapes, strides and buffers too.
  func call() throws(Failure) -> Call {
    let name = definition.name
    var ins: [View] = []
    var outs: [View] = []
    for (i, (tensor, dtype)) in inputs.enumerated() {
      ins.append(try View(tensor, dtype: dtype, name: "\(name): input \(i)"))
    }
    for (i, (tensor, dtype)) in outputs.enumerated() {
      outs.append(try View(tensor, dtype: dtype, name: "\(name): output \(i)"))
    }
    switch definition.style {
    case .elementwise, .fill: break
    case .inPlace, .plain:
      if let i = ins.firstIndex(where: \.isImmediate) {
        throw .invalid("\(name): input \(i) may not be an immediate")
      }
    }
    for (i, out) in outs.enumerated() {
      let overlaps = zip(out.shape, out.strides).contains { extent, stride in extent > 1 && stride == 0 }
      if out.isImmediate || (overlaps && !out.shape.contains(0)) {
        throw .invalid("\(name): output \(i) is \(out.isImmediate ? "an immediate" : "broadcast")")
      }
    }
    let call = Call(name: name, inputs: ins, outputs: outs, params: op.params)
    if case .elementwise = definition.style { try call.requireEqualShapes() }
    return call
  }
}

// MARK: - Table functions

func queryOp(
  _ context: UnsafeMutableRawPointer?, _ device: Int32, _ op: UnsafePointer<bp_op>?,
  _ out: UnsafeMutablePointer<bp_op_info>?, _ err: UnsafeMutablePointer<bp_error>?
) -> Int32 {
  status(err) { () throws(Failure) in
    try check(device: device)
    guard let op, let out else { throw .invalid("query_op: \(op == nil ? "op" : "out") is NULL") }
    do throws(Failure) {
      let typed = try TypedCall(op)
      switch typed.definition.style {
      case .elementwise, .inPlace: bp_answer_query(out, BP_OP_INFO_DETERMINISTIC | BP_OP_INFO_IN_PLACE, nil)
      case .fill, .plain: bp_answer_query(out, BP_OP_INFO_DETERMINISTIC, nil)
      }
    } catch {
      bp_answer_query(out, 0, error.message)
    }
  }
}

func execute(
  _ context: UnsafeMutableRawPointer?, _ device: Int32, _ stream: bp_stream,
  _ op: UnsafePointer<bp_op>?, _ err: UnsafeMutablePointer<bp_error>?
) -> Int32 {
  status(err) { () throws(Failure) in
    try check(device: device, stream: stream)
    let typed = try TypedCall(op)
    try typed.definition.run(try typed.call())
  }
}
