import BackendAPI
import Glibc

extension ValidationLayer {
  /// How often an operator with operands of the same types is run twice although nothing is wrong, to see whether it
  /// reads what it must not.
  private static let probeCount = 2

  func execute(_ device: Int32, _ stream: bp_stream, _ op: UnsafePointer<bp_op>?, _ err: ErrorPointer) -> Int32 {
    guard let op = op?.pointee, op.isReadable else {
      return check("execute", [device], err) { $0.refuse("BP-5.5", "the call or one of its operands is NULL") }
    }
    return check("execute", [device], op: op, marker: marker(device, stream), err) { call in
      do {
        let stream = try self.stream(stream, device)
        var answer = bp_op_info()
        let code = ask(device, op, &answer, &call)
        guard code == BP_OK else { return code }
        let operands = try checkedOperands(op, answer, device)
        let passed = PassedOperation(op, try buffers(op, device))
        try checkWorkspace(op, answer, passed, device)
        if answer.supported != 1 {
          call.find("BP-5.1", "execute is called although query_op answered that it is not supported", by: .host)
        }
        let run = Run(device: device, stream: stream, op: passed, answer: answer)
        return try self.run(run, operands.compactMap { $0 }, &call)
      } catch let fault as HostFault {
        return call.refuse(fault.obligation, fault.message)
      } catch {
        return call.fail(error as! CallFailed)
      }
    }
  }

  private struct Run {
    let device: Int32
    let stream: bp_stream
    let op: PassedOperation
    let answer: bp_op_info
  }

  private func checkedOperands(
    _ op: bp_op, _ answer: bp_op_info, _ device: Int32
  ) throws(HostFault) -> [CheckedOperand?] {
    var operands: [CheckedOperand?] = []
    for i in 0..<Int(op.input_count) {
      operands.append(try .check(op.inputs[i], i, isOutput: false, of: op, self, device))
    }
    for i in 0..<Int(op.output_count) {
      operands.append(try .check(op.outputs[i], i, isOutput: true, of: op, self, device))
    }
    try checkDefinition(op)
    let inputs = operands.prefix(Int(op.input_count)).compactMap { $0 }
    let outputs = operands.dropFirst(Int(op.input_count)).compactMap { $0 }
    if answer.flags & BP_OP_INFO_IN_PLACE == 0,
      let output = outputs.first(where: { output in inputs.contains { output.isSameView(as: $0) } })
    {
      throw HostFault(obligation: "BP-4.3", message: "\(output.name) is an input, which the plugin does not allow")
    }
    if answer.flags & BP_OP_INFO_CONTIGUOUS != 0, !OperatorFacts.takesAnyStrides(op.op) {
      let pointers =
        (0..<Int(op.input_count)).map { op.inputs[$0]! } + (0..<Int(op.output_count)).map { op.outputs[$0]! }
      if let i = pointers.firstIndex(where: { !$0.pointee.isContiguous }) {
        let name = i < op.input_count ? "input \(i)" : "output \(i - Int(op.input_count))"
        throw HostFault(obligation: "BP-5.1", message: "\(name) is not contiguous, which the plugin asked for")
      }
    }
    return operands
  }

  /// The number and the types of the operands, and that there are parameters. Of an operator that this host does not
  /// know nothing is known.
  private func checkDefinition(_ op: bp_op) throws(HostFault) {
    guard let definition = bp_op_definition_of(op.op), op.version == 1 else { return }
    var op = op
    var error = bp_error.empty
    if bp_check_types(&op, BP_TYPES_ALL, &error) == BP_ERROR_INVALID_ARGUMENT {
      throw HostFault(obligation: "BP-5.1", message: PluginText.text(in: error.message))
    }
    if definition.pointee.params_size > 0, op.params == nil {
      throw HostFault(obligation: "BP-5.6", message: "params is NULL")
    }
  }

  /// The buffers of checked operands, nil for immediates.
  private func buffers(_ op: bp_op, _ device: Int32) throws(HostFault) -> [GuardedBuffer?] {
    let views = (0..<Int(op.input_count)).map { op.inputs[$0] } + (0..<Int(op.output_count)).map { op.outputs[$0] }
    var buffers: [GuardedBuffer?] = []
    for case let view? in views {
      let isImmediate = view.pointee.flags & BP_TENSOR_IMMEDIATE != 0
      buffers.append(isImmediate ? nil : try buffer(view.pointee.buffer, device))
    }
    return buffers
  }

  private func checkWorkspace(
    _ op: bp_op, _ answer: bp_op_info, _ passed: PassedOperation, _ device: Int32
  ) throws(HostFault) {
    if answer.workspace_bytes > 0, op.workspace == 0 || op.workspace_bytes < answer.workspace_bytes {
      throw HostFault(
        obligation: "BP-5.7",
        message: "\(op.workspace_bytes) bytes of workspace; the plugin asked for \(answer.workspace_bytes)")
    }
    guard op.workspace != 0 else { return }
    let buffer = try buffer(op.workspace, device)
    _ = try range(buffer, op.workspace_offset, op.workspace_bytes)
    passed.setWorkspace(buffer)
  }

  // MARK: Running

  private func run(_ run: Run, _ operands: [CheckedOperand], _ call: inout CheckedCall) throws -> Int32 {
    let op = run.op.op
    let snapshot = try Snapshot(operands, readsOutputs: OperatorFacts.readsOutputs(op.op), self, run.stream)
    if snapshot.isRepeatable { try snapshot.poison(Snapshot.poison.first, self, run.stream) }
    let code = invoke(run, &call)
    let after = try snapshot.read(self, run.stream)
    for damage in snapshot.damage(after) { call.find("BP-4.5", damage) }
    guard code == BP_OK else {
      checkRefusal(code, op, run.answer, &call)
      return code
    }
    guard snapshot.isRepeatable, call.first == nil else { return code }
    let isSuspicious = snapshot.isSuspicious(after)
    let isProbed = run.answer.flags & BP_OP_INFO_DETERMINISTIC != 0 && wantsProbe(run, op)
    guard isSuspicious || isProbed else { return code }
    return try runAgain(run, snapshot, after, &call)
  }

  /// Runs the operator on another poison, and with other bytes in the guard zones.
  private func runAgain(
    _ run: Run, _ snapshot: Snapshot, _ first: [[UInt8]], _ call: inout CheckedCall
  ) throws -> Int32 {
    try snapshot.poison(Snapshot.poison.second, self, run.stream)
    try snapshot.setGuards(inverted: true, self, run.stream)
    let code = invoke(run, &call)
    let second = try snapshot.read(self, run.stream)
    try snapshot.setGuards(inverted: false, self, run.stream)
    guard code == BP_OK else {
      call.find("BP-5.2", "run a second time on the same operands, it fails: \(call.error.text(code))")
      return code
    }
    let unwritten = snapshot.elements(first, second) { first, second, size in
      Snapshot.isPoison(first, size, Snapshot.poison.first) && Snapshot.isPoison(second, size, Snapshot.poison.second)
    }
    for (output, index) in unwritten { call.find("BP-5.2", "\(output), element \(index), was not written") }
    guard unwritten.isEmpty, run.answer.flags & BP_OP_INFO_DETERMINISTIC != 0 else { return code }
    let different = snapshot.elements(first, second) { memcmp($0, $1, $2) != 0 }
    for (output, index) in different {
      call.find(
        "BP-4.5",
        "\(output), element \(index), differs when the operator is run again, with other bytes beyond its operands: "
          + "it reads what is not its own, or is not deterministic as query_op says")
    }
    return code
  }

  /// Executes, and waits.
  private func invoke(_ run: Run, _ call: inout CheckedCall) -> Int32 {
    var op = run.op.op
    let code = call.invoke { inner.execute(inner.context, run.device, run.stream, &op, $0) }
    guard code == BP_OK, !isSynchronous else { return code }
    let finished = call.invoke { synchronize(run.device, run.stream, $0) }
    if finished != BP_OK, call.error.flags & BP_ERROR_FLAG_ASYNC == 0 {
      call.find("BP-9.4", "its fault, reported by stream_synchronize, is not flagged as asynchronous")
    }
    return finished
  }

  /// A plugin does what it claims. An index out of range is found by the plugin alone, and is the host's fault.
  private func checkRefusal(_ code: Int32, _ op: bp_op, _ answer: bp_op_info, _ call: inout CheckedCall) {
    let takesIndices = OperatorFacts.takesIndices(op.op)
    let isBreach =
      code == BP_ERROR_UNSUPPORTED || code == BP_ERROR_INTERNAL || code == BP_ERROR_INVALID_ARGUMENT && !takesIndices
    if answer.supported == 1, isBreach {
      call.find("BP-5.2", "query_op claims it and execute refuses it: \(call.error.text(code))")
    }
  }

  private func wantsProbe(_ run: Run, _ op: bp_op) -> Bool {
    let key = QueryKey(run.device, op)
    return state.withLock { state in
      let count = state.probes[key, default: 0]
      state.probes[key] = count + 1
      return count < ValidationLayer.probeCount
    }
  }
}
