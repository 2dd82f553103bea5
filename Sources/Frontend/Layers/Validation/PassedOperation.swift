import BackendAPI

/// A call as the plugin sees it: with its own buffers, behind the guard zones.
final class PassedOperation {
  private let views: UnsafeMutablePointer<bp_tensor>
  private let pointers: UnsafeMutablePointer<UnsafePointer<bp_tensor>?>
  private let count: Int
  private(set) var op: bp_op

  /// - Parameter operands: By position, inputs first. The others have no buffer: immediates, empty tensors, and all
  ///   of a query.
  init(_ op: bp_op, _ operands: [CheckedOperand?] = []) {
    let inputs = max(Int(op.input_count), 0), outputs = max(Int(op.output_count), 0)
    count = inputs + outputs
    views = .allocate(capacity: max(count, 1))
    pointers = .allocate(capacity: max(count, 1))
    self.op = op
    for i in 0..<count {
      let given = i < inputs ? op.inputs?[i] : op.outputs?[i - inputs]
      (views + i).initialize(to: given?.pointee ?? bp_tensor())
      let operand = operands.indices.contains(i) ? operands[i] : nil
      views[i].buffer = operand?.buffer.inner ?? 0
      if let operand { views[i].byte_offset += Int64(operand.buffer.guardBytes) }
      (pointers + i).initialize(to: given == nil ? nil : UnsafePointer(views + i))
    }
    self.op.inputs = UnsafePointer(pointers)
    self.op.outputs = UnsafePointer(pointers + inputs)
    self.op.workspace = 0
  }

  func setWorkspace(_ buffer: GuardedBuffer) {
    op.workspace = buffer.inner
    op.workspace_offset += Int64(buffer.guardBytes)
  }

  deinit {
    views.deallocate()
    pointers.deallocate()
  }
}
