import BackendAPI

/// Calls of the ABI in words, for findings and traces.
enum CallText {
  private static let names: [Int32: String] = {
    var names: [Int32: String] = [:]
    for op in Operator.all { names[op.id] = "\(op.name)".uppercased() }
    // PyTorch's names of these are not the header's.
    names[BP_OP_RANDOM_UNIFORM] = "RANDOM_UNIFORM"
    names[BP_OP_RANDOM_NORMAL] = "RANDOM_NORMAL"
    names[BP_OP_RANDOM_INTEGER] = "RANDOM_INTEGER"
    return names
  }()

  /// Whether the definition of an operator says that it reads its outputs; also for one this host does not know.
  static func readsOutputs(_ id: Int32) -> Bool { outputReaders[id] ?? true }

  private static let outputReaders: [Int32: Bool] = {
    var readers: [Int32: Bool] = [:]
    for op in Operator.all { readers[op.id] = op.readsOutputs }
    return readers
  }()

  /// The operator as the header has it, without `BP_OP_`: `ADD`.
  static func name(_ id: Int32) -> String { names[id] ?? "operator \(id)" }

  /// `float32[2, 3]`
  static func operand(_ view: UnsafePointer<bp_tensor>?) -> String {
    guard let view else { return "NULL" }
    let dtype = DType(rawValue: view.pointee.dtype).map { "\($0)" } ?? "type \(view.pointee.dtype)"
    let rank = Int(view.pointee.rank)
    guard (0...Int(BP_MAX_RANK)).contains(rank), rank == 0 || view.pointee.shape != nil else {
      return "\(dtype) of rank \(rank)"
    }
    return "\(dtype)\(view.pointee.extents)"
  }

  static func operands(_ views: UnsafePointer<UnsafePointer<bp_tensor>?>?, _ count: Int32) -> [String] {
    guard let views else { return [] }
    return (0..<max(Int(count), 0)).map { operand(views[$0]) }
  }

  /// `ADD (float32[2], float32[2]) -> float32[2]`
  static func call(_ op: bp_op) -> String {
    let inputs = operands(op.inputs, op.input_count).joined(separator: ", ")
    let outputs = operands(op.outputs, op.output_count).joined(separator: ", ")
    return "\(name(op.op)) (\(inputs)) -> \(outputs)"
  }
}

/// The operator's name in the header, without `BP_OP_`, as findings and traces have it.
package func headerName(ofOperator id: Int32) -> String { CallText.name(id) }
