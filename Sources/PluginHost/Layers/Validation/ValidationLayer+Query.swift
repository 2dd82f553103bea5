import BackendAPI

/// What the answer to a query may depend on [BP-5.4].
struct QueryKey: Hashable {
  let device: Int32
  let op: Int32
  let version: Int32
  let inputs: [Int32]
  let outputs: [Int32]

  init(_ device: Int32, _ op: bp_op) {
    self.device = device
    self.op = op.op
    version = op.version
    inputs = (0..<max(Int(op.input_count), 0)).map { op.inputs[$0]?.pointee.dtype ?? 0 }
    outputs = (0..<max(Int(op.output_count), 0)).map { op.outputs[$0]?.pointee.dtype ?? 0 }
  }
}

extension ValidationLayer {
  func queryOp(
    _ device: Int32, _ op: UnsafePointer<bp_op>?, _ out: UnsafeMutablePointer<bp_op_info>?, _ err: ErrorPointer
  ) -> Int32 {
    guard let op = op?.pointee, let out, op.isReadable else {
      return check("query_op", [device], err) { $0.refuse("BP-5.5", "the call, its operands or the answer are NULL") }
    }
    return check("query_op", [device], on: .operation(op), err) { call in
      var info = bp_op_info()
      let code = ask(device, op, &info, &call)
      guard code == BP_OK else { return code }
      bp_answer(out, &info, UInt32(MemoryLayout<bp_op_info>.size))
      return code
    }
  }

  /// Asks the plugin twice, and compares the answers with one another and with the first one ever.
  func ask(_ device: Int32, _ op: bp_op, _ out: inout bp_op_info, _ call: inout CheckedCall) -> Int32 {
    let passed = PassedOperation(op)
    var answers: [bp_op_info] = []
    for _ in 0..<2 {
      var info = bp_op_info()
      info.struct_size = UInt32(MemoryLayout<bp_op_info>.size)
      var query = passed.op
      let code = call.invoke { inner.query_op(inner.context, device, &query, &info, $0) }
      guard code == BP_OK else { return code }
      answers.append(info)
    }
    out = answers[0]
    checkAnswer(out, &call)
    let key = QueryKey(device, op)
    let first = state.withLock { state in
      defer { if state.answers[key] == nil { state.answers[key] = answers[0] } }
      return state.answers[key] ?? answers[0]
    }
    if !answers[1].isSame(as: out) || !out.isSame(as: first) || answers[1].workspace_bytes != out.workspace_bytes {
      let different = answers[1].isSame(as: out) ? first : answers[1]
      call.find("BP-5.4", "the same types are answered \(different.words) and \(out.words)")
    }
    return BP_OK
  }

  private func checkAnswer(_ info: bp_op_info, _ call: inout CheckedCall) {
    if info.supported != 0, info.supported != 1 {
      call.find("BP-5.3", "`supported` is \(info.supported), neither 0 nor 1")
    }
    if info.workspace_bytes < 0 { call.find("BP-5.7", "it wants \(info.workspace_bytes) bytes of workspace") }
    let (isTerminated, isEmpty) = withUnsafeBytes(of: info.reason) { ($0.contains(0), $0[0] == 0) }
    if !isTerminated { call.find("BP-1.4", "the reason lacks its terminating NUL") }
    if info.supported == 0, isEmpty { call.find("BP-5.3", "not supported, and no reason is given") }
  }
}

extension bp_op {
  /// Whether there is what the counts say [BP-5.5].
  var isReadable: Bool {
    input_count >= 0 && output_count >= 0 && (input_count == 0 || inputs != nil)
      && (output_count == 0 || outputs != nil)
      && (0..<Int(input_count)).allSatisfy { inputs[$0] != nil }
      && (0..<Int(output_count)).allSatisfy { outputs[$0] != nil }
  }
}

extension bp_op_info {
  /// Equal in all that must not change.
  fileprivate func isSame(as other: bp_op_info) -> Bool {
    supported == other.supported && flags == other.flags
      && (flags & BP_OP_INFO_WORKSPACE != 0 || workspace_bytes == other.workspace_bytes)
  }

  fileprivate var words: String {
    supported == 1 ? "supported, flags \(flags), workspace \(workspace_bytes)" : "not supported"
  }
}
