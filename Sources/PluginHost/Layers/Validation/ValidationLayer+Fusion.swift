import BackendAPI

// The extension `backplane.fusion/1`. Handles are the layer's own, so that one that was given back is known as such.
extension ValidationLayer {
  func prepareFusion(
    _ fusion: bp_fusion, _ device: Int32, _ program: UnsafePointer<bp_fusion_program>?,
    _ handle: UnsafeMutablePointer<UInt64>?, _ err: ErrorPointer
  ) -> Int32 {
    guard let program, let handle else {
      return check("fusion.prepare", [device], err) { $0.refuse("BP-12.3", "the program or the handle is NULL") }
    }
    guard let known = FusedProgram(program) else {
      return check("fusion.prepare", [device], err) { call in
        let given = program.pointee
        return call.refuse(
          "BP-12.5",
          "a program of \(given.input_count) inputs, \(given.step_count) steps and \(given.output_count) outputs, or "
            + "without the lists of them")
      }
    }
    return check("fusion.prepare", [device], on: .program(known), err) { call in
      do throws(HostFault) {
        try checkProgram(program, known)
        let isDeterministic = try checkClaims(known, device, &call)
        let passed = PassedProgram(known)
        var inner: UInt64 = 0
        let code = call.invoke { fusion.prepare(self.inner.context, device, passed.program, &inner, $0) }
        passed.erase()
        guard code == BP_OK else {
          if code == BP_ERROR_INVALID_ARGUMENT || code == BP_ERROR_INTERNAL {
            call.find("BP-12.3", "a program that keeps to the rules is refused: \(call.error.text(code))")
          }
          return code
        }
        guard inner != 0 else {
          call.find("BP-12.3", "it succeeded and gave no handle: 0 is never one")
          // The host goes on without the program.
          return call.fail(CallFailed(error: bp_error(BP_ERROR_UNSUPPORTED, "prepare succeeded and gave handle 0")))
        }
        let prepared = PreparedProgram(inner, device, known, passed, isDeterministic: isDeterministic)
        handle.pointee = state.withLock { $0.programs.add(prepared) }
        return BP_OK
      } catch {
        return call.refuse(error.obligation, error.message)
      }
    }
  }

  func releaseFusion(_ fusion: bp_fusion, _ device: Int32, _ handle: UInt64) {
    check("fusion.release", device) { call in
      do throws(HostFault) {
        let prepared = try self.program(handle, device)
        state.withLock { _ = $0.programs.remove(handle) }
        call.invoke { fusion.release(inner.context, device, prepared.inner) }
      } catch {
        call.find(error.obligation, error.message, by: .host)
      }
    }
  }

  func executeFusion(_ fusion: bp_fusion, _ device: Int32, _ fused: FusedCall, _ err: ErrorPointer) -> Int32 {
    let prepared: PreparedProgram
    do throws(HostFault) { prepared = try program(fused.handle, device) } catch {
      let fault = error
      return check("fusion.execute", [device], err) { $0.refuse(fault.obligation, fault.message) }
    }
    let op = fused.operation(of: prepared.program)
    guard op.isReadable else {
      return check("fusion.execute", [device], on: .program(prepared.program), err) {
        $0.refuse("BP-5.5", "one of its operands is NULL")
      }
    }
    let subject = CheckedCall.Subject.fused(prepared.program, op)
    return check("fusion.execute", [device], on: subject, marker: marker(device, fused.stream), err) { call in
      do {
        let stream = try self.stream(fused.stream, device)
        let operands = try checkedOperands(op, prepared.program, device)
        let passed = PassedOperation(op, try buffers(op, device))
        let run = Run(
          device: device, stream: stream, operands: operands, readsOutputs: false,
          isDeterministic: prepared.isDeterministic, obligation: "BP-12.2",
          isProbed: { prepared.isDeterministic && prepared.wantsProbe },
          start: { [inner] in
            fusion.execute(inner.context, device, stream, prepared.inner, passed.op.inputs, passed.op.outputs, $0)
          },
          checkRefusal: { code, call in
            if [BP_ERROR_INVALID_ARGUMENT, BP_ERROR_UNSUPPORTED, BP_ERROR_INTERNAL].contains(code) {
              call.find("BP-12.3", "prepare took the program, and execute refuses it: \(call.error.text(code))")
            }
          })
        return try self.run(run, &call)
      } catch let fault as HostFault {
        return call.refuse(fault.obligation == "BP-4.3" ? "BP-12.4" : fault.obligation, fault.message)
      } catch {
        return call.fail(error as! CallFailed)
      }
    }
  }

  // MARK: Parts

  private func program(_ handle: UInt64, _ device: Int32) throws(HostFault) -> PreparedProgram {
    let (program, fault) = state.withLock { ($0.programs[handle], $0.programs.fault(handle)) }
    guard let program else { throw HostFault(obligation: "BP-12.3", message: "handle \(fault)") }
    guard program.device == device else {
      throw HostFault(obligation: "BP-12.3", message: "handle \(handle) belongs to device \(program.device)")
    }
    return program
  }

  private func checkProgram(
    _ pointer: UnsafePointer<bp_fusion_program>, _ program: FusedProgram
  ) throws(HostFault) {
    if let i = program.inputTypes.firstIndex(where: { bp_dtype_size($0) <= 0 }) {
      throw HostFault(obligation: "BP-12.2", message: "input \(i) is of the unknown type \(program.inputTypes[i])")
    }
    var error = bp_error.empty
    guard bp_check_fusion(pointer, &error) != BP_OK else { return }
    let values = Int32(program.inputTypes.count)..<Int32(program.inputTypes.count + program.steps.count)
    if let reduction = program.reduction, !values.contains(reduction.value) || !isReduction(reduction.op) {
      throw HostFault(obligation: "BP-12.6", message: PluginText.text(in: error.message))
    }
    let isOfOutputs = !program.outputs.allSatisfy(values.contains) || Set(program.outputs).count < program.outputs.count
    throw HostFault(obligation: isOfOutputs ? "BP-12.5" : "BP-12.2", message: PluginText.text(in: error.message))
  }

  private func isReduction(_ op: Int32) -> Bool { [BP_OP_SUM, BP_OP_MEAN, BP_OP_MAX, BP_OP_MIN].contains(op) }

  /// That the plugin claims each step and the reduction; whether it says of all that they are deterministic.
  private func checkClaims(
    _ program: FusedProgram, _ device: Int32, _ call: inout CheckedCall
  ) throws(HostFault) -> Bool {
    var isDeterministic = true
    func claim(_ what: String, _ op: Int32, _ types: [Int32], _ obligation: String) throws(HostFault) {
      let answer = answer(device, op, types, &call)
      if answer.supported != 1 {
        let names = types.map(CallText.dtype).joined(separator: ", ")
        throw HostFault(
          obligation: obligation, message: "\(what), \(CallText.name(op)) of \(names), is not claimed")
      }
      isDeterministic = isDeterministic && answer.flags & BP_OP_INFO_DETERMINISTIC != 0
    }
    for (i, step) in program.steps.enumerated() {
      try claim("step \(i)", step.op, step.inputs.filter { $0 >= 0 }.map(program.dtype) + [step.dtype], "BP-12.2")
    }
    if let end = program.reduction {
      try claim("the reduction", end.op, [program.dtype(end.value), end.dtype], "BP-12.6")
    }
    return isDeterministic
  }

  /// What the plugin says of an operator over these types, the last of them the result's: asked once.
  private func answer(_ device: Int32, _ op: Int32, _ types: [Int32], _ call: inout CheckedCall) -> bp_op_info {
    var view = bp_tensor()
    view.struct_size = UInt32(MemoryLayout<bp_tensor>.size)
    let views = types.map { dtype in
      view.dtype = dtype
      return view
    }
    return views.withUnsafeBufferPointer { views in
      let pointers = views.indices.map { UnsafePointer<bp_tensor>?(views.baseAddress! + $0) }
      return pointers.withUnsafeBufferPointer { pointers in
        var query = bp_op()
        query.struct_size = UInt32(MemoryLayout<bp_op>.size)
        (query.op, query.version, query.input_count, query.output_count) = (op, 1, Int32(types.count - 1), 1)
        query.inputs = pointers.baseAddress!
        query.outputs = pointers.baseAddress! + types.count - 1
        if let known = state.withLock({ $0.answers[QueryKey(device, query)] }) { return known }
        var answer = bp_op_info()
        _ = ask(device, query, &answer, &call)
        return answer
      }
    }
  }

  /// The operands against the program [BP-12.4].
  private func checkedOperands(
    _ op: bp_op, _ program: FusedProgram, _ device: Int32
  ) throws(HostFault) -> [CheckedOperand] {
    var operands: [CheckedOperand] = []
    let results = program.resultTypes
    let isInputFirst = program.outputs.isEmpty
    let shape = (isInputFirst ? op.inputs[0]! : op.outputs[0]!).pointee
    for isOutput in [false, true] {
      for i in 0..<Int(isOutput ? op.output_count : op.input_count) {
        let pointer = isOutput ? op.outputs[i]! : op.inputs[i]!
        let view = pointer.pointee
        let wanted = isOutput ? results[i] : program.inputTypes[i]
        let isReduced = isOutput && i == program.outputs.count
        let name = "\(isOutput ? "output" : "input") \(i)"
        if view.dtype != wanted {
          throw HostFault(
            obligation: "BP-12.4",
            message: "\(name) is \(CallText.dtype(view.dtype)), in the program \(CallText.dtype(wanted))")
        }
        let operand = try CheckedOperand.check(pointer, i, isOutput: isOutput, of: op, self, device)
        if let operand { operands.append(operand) }
        guard (0...BP_MAX_RANK).contains(shape.rank), shape.rank == 0 || shape.shape != nil else { continue }
        let extents = view.extents
        if isReduced {
          guard extents.count == shape.extents.count, zip(extents, shape.extents).allSatisfy({ $0 == $1 || $0 == 1 })
          else {
            throw HostFault(
              obligation: "BP-12.6", message: "\(name) of the shape \(extents) is no reduction of \(shape.extents)")
          }
        } else if extents != shape.extents {
          let first = isInputFirst ? "input 0" : "output 0"
          throw HostFault(
            obligation: "BP-12.4", message: "\(name) has the shape \(extents), \(first) \(shape.extents)")
        }
      }
    }
    return operands
  }
}

extension PreparedProgram {
  fileprivate var wantsProbe: Bool {
    probes.withLock { count in
      count += 1
      return count <= ValidationLayer.probeCount
    }
  }
}

extension FusedCall {
  /// The operands as those of an operator that takes immediates and any strides, as a program does.
  fileprivate func operation(of program: FusedProgram) -> bp_op {
    var op = bp_op()
    op.struct_size = UInt32(MemoryLayout<bp_op>.size)
    (op.op, op.version) = (BP_OP_COPY, 1)
    (op.input_count, op.output_count) = (Int32(program.inputTypes.count), Int32(program.resultTypes.count))
    (op.inputs, op.outputs) = (inputs, outputs)
    return op
  }
}
