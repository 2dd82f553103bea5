import BackendAPI
import Glibc

extension ValidationLayer {
  func execute(_ device: Int32, _ stream: bp_stream, _ op: UnsafePointer<bp_op>?, _ err: ErrorPointer) -> Int32 {
    guard let op = op?.pointee, op.isReadable else {
      return check("execute", [device], err) { $0.refuse("BP-5.5", "the call or one of its operands is NULL") }
    }
    return check("execute", [device], on: .operation(op), marker: marker(device, stream), err) { call in
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
        let isDeterministic = answer.flags & BP_OP_INFO_DETERMINISTIC != 0
        let run = Run(
          device: device, stream: stream, operands: operands.compactMap { $0 },
          readsOutputs: OperatorFacts.readsOutputs(op.op), isDeterministic: isDeterministic, obligation: "BP-5.2",
          isProbed: { isDeterministic && self.wantsProbe(device, op) },
          start: { [inner] in
            var op = passed.op
            return inner.execute(inner.context, device, stream, &op, $0)
          },
          checkRefusal: { self.checkRefusal($0, op, answer, &$1) })
        return try self.run(run, &call)
      } catch let fault as HostFault {
        return call.refuse(fault.obligation, fault.message)
      } catch {
        return call.fail(error as! CallFailed)
      }
    }
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
  func buffers(_ op: bp_op, _ device: Int32) throws(HostFault) -> [GuardedBuffer?] {
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

  /// A plugin does what it claims. An index out of range is found by the plugin alone, and is the host's fault.
  private func checkRefusal(_ code: Int32, _ op: bp_op, _ answer: bp_op_info, _ call: inout CheckedCall) {
    let takesIndices = OperatorFacts.takesIndices(op.op)
    let isBreach =
      code == BP_ERROR_UNSUPPORTED || code == BP_ERROR_INTERNAL || code == BP_ERROR_INVALID_ARGUMENT && !takesIndices
    if answer.supported == 1, isBreach {
      call.find("BP-5.2", "query_op claims it and execute refuses it: \(call.error.text(code))")
    }
  }

  private func wantsProbe(_ device: Int32, _ op: bp_op) -> Bool {
    let key = QueryKey(device, op)
    return state.withLock { state in
      let count = state.probes[key, default: 0]
      state.probes[key] = count + 1
      return count < ValidationLayer.probeCount
    }
  }
}
