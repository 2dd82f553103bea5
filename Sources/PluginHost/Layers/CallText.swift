import BackendAPI

/// Calls of the ABI in words, for findings and traces.
enum CallText {
  /// The operator as the header has it, without `BP_OP_`: `ADD`.
  static func name(_ id: Int32) -> String { OperatorFacts.name(id) }

  /// `float32`
  static func dtype(_ number: Int32) -> String {
    bp_dtype_size(number) > 0 ? dtypeName(number) : "type \(number)"
  }

  /// `float32[2, 3]`
  static func operand(_ view: UnsafePointer<bp_tensor>?) -> String {
    guard let view else { return "NULL" }
    let dtype = dtype(view.pointee.dtype)
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
  static func call(_ op: bp_op) -> String { "\(name(op.op)) \(operands(of: op))" }

  /// `(float32[2], float32[2]) -> float32[2]`
  static func operands(of op: bp_op) -> String {
    let inputs = operands(op.inputs, op.input_count).joined(separator: ", ")
    let outputs = operands(op.outputs, op.output_count).joined(separator: ", ")
    return "(\(inputs)) -> \(outputs)"
  }
}

/// The operator's name in the header, without `BP_OP_`, as findings and traces have it.
package func headerName(ofOperator id: Int32) -> String { CallText.name(id) }
