import BackendAPI

/// A call as the plugin sees it: with its own buffers, behind the guard zones.
final class PassedOperation {
  private let views: UnsafeMutablePointer<bp_tensor>
  private let pointers: UnsafeMutablePointer<UnsafePointer<bp_tensor>?>
  private let count: Int
  private(set) var op: bp_op

  /// - Parameter buffers: By position, inputs first; an empty tensor has one too. Immediates have none, nor has
  ///   anything of a query.
  init(_ op: bp_op, _ buffers: [GuardedBuffer?] = []) {
    let inputs = max(Int(op.input_count), 0), outputs = max(Int(op.output_count), 0)
    count = inputs + outputs
    views = .allocate(capacity: max(count, 1))
    pointers = .allocate(capacity: max(count, 1))
    self.op = op
    for i in 0..<count {
      let given = i < inputs ? op.inputs?[i] : op.outputs?[i - inputs]
      (views + i).initialize(to: given?.pointee ?? bp_tensor())
      let buffer = buffers.indices.contains(i) ? buffers[i] : nil
      views[i].buffer = buffer?.inner ?? 0
      if let buffer { views[i].byte_offset += Int64(buffer.guardBytes) }
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
