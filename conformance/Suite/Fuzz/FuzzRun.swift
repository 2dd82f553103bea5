import BackendAPI

/// One execution of a fuzz case. The chain runs on the device to its end before anything is read
/// back; then each step is held against the reference's result of what that step read on the device,
/// so that the errors of one step are not counted against the next.
struct FuzzRun {
  struct Finding {
    let step: Int
    let text: String
  }

  private(set) var findings: [Finding] = []
  /// Why the chain was not run to its end.
  private(set) var skipped: String?
  private(set) var worstUlps = 0.0
  /// How many steps were held against the reference.
  private(set) var judged = 0
  /// The outputs 0 of the steps that ran, row-major.
  private(set) var results: [ElementArray] = []

  var fails: Bool { !findings.isEmpty }

  init(_ fuzz: FuzzCase, _ subject: Subject) {
    _ = subject.device.plugin.takeViolations()
    var current = 0
    do throws(PluginError) {
      var prepared: [Prepared] = []
      for i in fuzz.steps.indices {
        current = i
        prepared.append(try prepare(fuzz, i, prepared, subject))
        if !prepared[i].capability.isSupported { break }
      }
      let count = try launch(fuzz, prepared, subject.device)
      for i in 0..<count {
        current = i
        let shadow = prepared[..<count].first { $0.shadow?.step == i }?.shadow?.tensor
        try judge(fuzz, i, prepared[i], subject, shadow)
      }
    } catch {
      findings.append(Finding(step: current, text: "\(fuzz.steps[current].entry.name): \(error)"))
    }
    for violation in subject.device.plugin.takeViolations() {
      if findings.contains(where: { $0.text == violation }) { continue }
      findings.append(Finding(step: current, text: violation))
    }
  }

  // MARK: - On the device

  private struct Prepared {
    let operation: Operation
    let inputs: [GuardedTensor?]
    let outputs: [GuardedTensor]
    let call: OperatorCall
    let capability: Capability
    /// Of a step that takes the place of an earlier output: which, and where that is kept.
    let shadow: (step: Int, tensor: GuardedTensor)?
  }

  /// Puts a step's operands on the device.
  private func prepare(
    _ fuzz: FuzzCase, _ index: Int, _ earlier: [Prepared], _ subject: Subject
  ) throws(PluginError) -> Prepared {
    let (step, device) = (fuzz.steps[index], subject.device)
    var operation = fuzz.operation(index)
    let capability = try subject.capability(of: operation, step.entry)
    if !capability.has(BP_OP_INFO_IN_PLACE) { operation.sharedInput = nil }
    if fuzz.overwritten(by: index) != nil {
      let view = operation.outputs[0].immediateView
      let copies = try device.query(OperatorCall(op: BP_OP_COPY, inputs: [view], outputs: [view]))
      if !copies.isSupported { operation.sharedInput = nil }
    }
    let overwritten = operation.sharedInput == nil ? nil : fuzz.overwritten(by: index)

    var inputs: [GuardedTensor?] = []
    var outputs: [GuardedTensor] = []
    var call = OperatorCall(op: step.entry.id, inputs: [], outputs: [], params: step.params)
    for (i, operand) in operation.inputs.enumerated() {
      if case .link(let producer, _) = step.inputs[i].content {
        let source = earlier[producer].outputs[0].view
        inputs.append(nil)
        call.inputs.append(
          View(
            dtype: source.dtype, layout: operand.layout, buffer: source.buffer, byteOffset: source.byteOffset)
        )
      } else if operand.isImmediate {
        inputs.append(nil)
        call.inputs.append(operand.immediateView)
      } else {
        let tensor = try GuardedTensor(operand.dtype, operand.layout, operand.stored, on: device)
        inputs.append(tensor)
        call.inputs.append(tensor.view)
      }
    }
    for (i, operand) in operation.outputs.enumerated() {
      if i == 0, let overwritten {
        outputs.append(earlier[overwritten].outputs[0])
      } else if i == 0, let shared = operation.sharedInput, let input = inputs[shared] {
        outputs.append(input)
      } else {
        outputs.append(try GuardedTensor(operand.dtype, operand.layout, operand.stored, on: device))
      }
    }
    call.outputs = outputs.map(\.view)
    var shadow: (Int, GuardedTensor)?
    if let overwritten {
      let output = operation.outputs[0]
      let layout = Layout(contiguous: output.layout.shape)
      shadow = (overwritten, try GuardedTensor(output.dtype, layout, nil, on: device))
    }
    return Prepared(
      operation: operation, inputs: inputs, outputs: outputs, call: call, capability: capability, shadow: shadow)
  }

  /// Runs the chain without waiting in between, as programs do; how many steps were done.
  private mutating func launch(_ fuzz: FuzzCase, _ prepared: [Prepared], _ device: Device) throws(PluginError)
    -> Int
  {
    device.isQueueing = true
    defer { device.isQueueing = false }
    for (i, item) in prepared.enumerated() {
      let step = fuzz.steps[i]
      guard item.capability.isSupported else {
        try device.synchronize()
        try executeUnclaimed(item, i, step, device)
        return i
      }
      do throws(PluginError) {
        if let shadow = item.shadow {
          // What is about to be overwritten is kept, without waiting for it.
          let view = prepared[shadow.step].outputs[0].view
          try device.execute(OperatorCall(op: BP_OP_COPY, inputs: [view], outputs: [shadow.tensor.view]))
        }
        try OperationRun.execute(item.call, item.operation, step.entry, on: device, item.capability)
      } catch {
        let call = Description(step.entry, step.signature, item.operation).call
        findings.append(
          Finding(step: i, text: "\(call): claimed by query_op, refused by execute [BP-5.2]: \(error)"))
        try device.synchronize()
        return i
      }
    }
    try device.synchronize()
    return prepared.count
  }

  /// What is not claimed is refused, and every plugin has the core.
  private mutating func executeUnclaimed(
    _ item: Prepared, _ index: Int, _ step: FuzzStep, _ device: Device
  ) throws(PluginError) {
    let name = "\(step.entry.name) \(step.signature.label)"
    if step.entry.isCore && step.signature.isCore {
      findings.append(
        Finding(
          step: index, text: "\(name): a core operator over core types is not claimed: \(item.capability.reason)"))
      return
    }
    do throws(PluginError) {
      try OperationRun.execute(item.call, item.operation, step.entry, on: device, item.capability)
      try device.synchronize()
      findings.append(Finding(step: index, text: "\(name): query_op says \"not supported\", execute says OK"))
    } catch {
      skipped = item.capability.reason
      if error.code != BP_ERROR_UNSUPPORTED {
        findings.append(
          Finding(step: index, text: "\(name): not claimed: expected UNSUPPORTED [BP-5.3], got \(error)"))
      }
    }
  }

  // MARK: - Against the reference

  private mutating func judge(
    _ fuzz: FuzzCase, _ index: Int, _ executed: Prepared, _ subject: Subject, _ shadow: GuardedTensor?
  )
    throws(PluginError)
  {
    let step = fuzz.steps[index]
    // With what the linked inputs held on the device.
    var operation = fuzz.operation(index, results)
    operation.sharedInput = executed.operation.sharedInput
    let description = Description(step.entry, step.signature, operation)
    func report(_ text: String) { findings.append(Finding(step: index, text: text)) }

    for (i, input) in executed.inputs.enumerated() where i != operation.sharedInput {
      if let change = try input?.changeOfInput() { report("\(description.call): input \(i): \(change)") }
    }
    var got: [ElementArray] = []
    for (i, tensor) in executed.outputs.enumerated() {
      let (elements, change) = try tensor.output()
      got.append(elements)
      if let change { report("\(description.call): output \(i): \(change)") }
    }
    if let shadow { got[0] = try shadow.output().elements }
    results.append(got[0])

    let dense = operation.dense
    let reference = try subject.reference.query(dense.query(step.entry))
    guard reference.isSupported else { return }
    let expected: [ElementArray]
    do throws(PluginError) {
      expected = try OperationRun(dense, step.entry, on: subject.reference, reference).outputs
    } catch {
      throw PluginError("the reference failed: \(error)")
    }
    judged += 1
    let rule = Accuracy.rule(for: step.entry, step.signature)
    OpenResults.spare(&got, expected, step, dense, rule)
    let (differences, worst) = OperatorTier.compare(expected, got, rule, operation, dense, description)
    worstUlps = max(worstUlps, worst)
    differences.forEach(report)

    guard fuzz.steps.count == 1, executed.capability.has(BP_OP_INFO_DETERMINISTIC) else { return }
    let again = try OperationRun(operation, step.entry, on: subject.device, executed.capability)
    if again.outputs[0] != results[0] {
      report("\(description.call): claimed deterministic, gives other bits the second time")
    }
  }
}
