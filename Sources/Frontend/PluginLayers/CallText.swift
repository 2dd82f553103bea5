import BackendAPI

/// Calls of the ABI in words, for findings and traces.
enum CallText {
  // What the header's definitions say of operators. One that this host does not know is given the benefit of the doubt.

  /// Whether the plugin reads its outputs.
  static func readsOutputs(_ id: Int32) -> Bool { has(BP_DEFINITION_READS_OUTPUTS, id) }

  /// Whether an input may be an immediate [BP-4.6].
  static func takesImmediates(_ id: Int32) -> Bool { has(BP_DEFINITION_IMMEDIATES, id) }

  /// Whether an input holds indices, which the plugin alone can check.
  static func takesIndices(_ id: Int32) -> Bool { has(BP_DEFINITION_INDICES, id) }

  /// Whether outputs may have negative strides [BP-4.2], and nothing is made contiguous.
  static func takesAnyStrides(_ id: Int32) -> Bool { has(BP_DEFINITION_ANY_STRIDES, id) }

  private static func has(_ flag: UInt32, _ id: Int32) -> Bool {
    guard let definition = bp_op_definition_of(id) else { return true }
    return definition.pointee.flags & flag != 0
  }

  /// The operator as the header has it, without `BP_OP_`: `ADD`.
  static func name(_ id: Int32) -> String {
    guard let definition = bp_op_definition_of(id) else { return "operator \(id)" }
    return String(cString: definition.pointee.name)
  }

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
