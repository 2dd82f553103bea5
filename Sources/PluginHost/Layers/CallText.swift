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

  // What definitions say of operands. An operator that this host does not know is given the benefit of the doubt.

  /// Whether the plugin reads its outputs.
  static func readsOutputs(_ id: Int32) -> Bool { operators[id]?.readsOutputs ?? true }

  /// Whether an input may be an immediate [BP-4.6].
  static func takesImmediates(_ id: Int32) -> Bool { operators[id] == nil || immediateTakers.contains(id) }

  /// Whether an input holds indices, which the plugin alone can check.
  static func takesIndices(_ id: Int32) -> Bool { operators[id] == nil || indexTakers.contains(id) }

  private static let operators = Dictionary(uniqueKeysWithValues: Operator.all.map { ($0.id, $0) })
  private static let immediateTakers = Set(Operator.elementwise.map(\.id) + [BP_OP_FILL])
  private static let indexTakers = Set(Operator.indexing.map(\.id))

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
