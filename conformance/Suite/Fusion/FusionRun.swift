import BackendAPI

/// A program executed on a device, beside its steps one by one on the same device: each output has to be equal to the bit
/// [BP-12.2].
struct FusionRun {
  private(set) var findings: [String] = []
  /// Why the program was not executed.
  private(set) var skipped: String?
  /// What each step gave by itself, row-major.
  private(set) var results: [ElementArray] = []

  var fails: Bool { !findings.isEmpty }

  init(_ fuzz: FusionCase, _ subject: Subject, _ fusion: FusionExtension) {
    _ = subject.device.plugin.takeViolations()
    do throws(PluginError) {
      try run(fuzz, subject, fusion)
    } catch {
      findings.append("\(fuzz.text): \(error)")
    }
    for violation in subject.device.plugin.takeViolations() where !findings.contains(violation) {
      findings.append(violation)
    }
  }

  private mutating func run(
    _ fuzz: FusionCase, _ subject: Subject, _ fusion: FusionExtension
  ) throws(PluginError) {
    let device = subject.device
    let handle: UInt64
    do throws(PluginError) { handle = try fusion.prepare(fuzz.program) } catch {
      if error.code == BP_ERROR_UNSUPPORTED {
        skipped = error.message
        return
      }
      throw error.code == nil ? error : PluginError("a lawful program is refused: \(error) [BP-12.3]")
    }
    defer { fusion.release(handle) }
    let operands = fuzz.inputs.map(fuzz.operand)
    var inputs: [GuardedTensor?] = []
    for (i, operand) in operands.enumerated() {
      if let twin = fuzz.inputs[i].twin {
        inputs.append(inputs[twin])
      } else {
        inputs.append(
          operand.isImmediate ? nil : try GuardedTensor(operand.dtype, operand.layout, operand.stored, on: device))
      }
    }
    var temporaries: [GuardedTensor] = []
    let dense = Layout(contiguous: fuzz.shape)
    for step in fuzz.steps { temporaries.append(try GuardedTensor(step.dtype, dense, nil, on: device)) }
    var outputs: [GuardedTensor] = []
    for output in fuzz.outputs {
      if let shared = output.sharedInput, let input = inputs[shared] {
        outputs.append(input)
      } else {
        let layout = output.placement.layout(fuzz.shape)
        outputs.append(try GuardedTensor(fuzz.steps[output.step].dtype, layout, nil, on: device))
      }
    }
    let views = zip(inputs, operands).map { $0?.view ?? $1.immediateView }

    // All of it in a row, as programs do. The steps come first: an output may take the place of an input.
    device.isQueueing = true
    defer { device.isQueueing = false }
    try executeSteps(fuzz, subject, operands, views, temporaries)
    do throws(PluginError) { try fusion.execute(handle, views, outputs.map(\.view)) } catch {
      throw PluginError("prepared, and refused by execute [BP-12.3]: \(error)", code: error.code)
    }
    try device.synchronize()

    for temporary in temporaries { results.append(try temporary.output().elements) }
    let overwritten = Set(fuzz.outputs.compactMap(\.sharedInput))
    for (i, input) in inputs.enumerated() where !overwritten.contains(fuzz.inputs[i].twin ?? i) {
      if let change = try input?.changeOfInput() { findings.append("\(fuzz.text): in\(i): \(change)") }
    }
    for (i, output) in outputs.enumerated() {
      let (elements, change) = try output.output()
      if let change { findings.append("\(fuzz.text): out\(i): \(change)") }
      if let difference = difference(fuzz, output: i, elements, operands) { findings.append(difference) }
    }
  }

  private func executeSteps(
    _ fuzz: FusionCase, _ subject: Subject, _ operands: [Operand], _ views: [View], _ temporaries: [GuardedTensor]
  ) throws(PluginError) {
    let dense = Layout(contiguous: fuzz.shape)
    for (i, step) in fuzz.steps.enumerated() {
      var call = OperatorCall(op: step.fused.entry.id, inputs: [], outputs: [temporaries[i].view])
      var operation = Operation([], [Operand(step.dtype, dense)])
      for value in step.inputs {
        switch value {
        case .input(let j):
          call.inputs.append(views[j])
          operation.inputs.append(operands[j])
        case .step(let j):
          call.inputs.append(temporaries[j].view)
          operation.inputs.append(Operand(fuzz.steps[j].dtype, dense))
        }
      }
      let capability = try subject.capability(of: operation, step.fused.entry)
      try OperationRun.execute(call, operation, step.fused.entry, on: subject.device, capability)
    }
  }

  // MARK: - Comparing

  /// The first element of an output that is not what its step gives. Any NaN equals any other: whose sign and payload the
  /// result of two has is left open by IEEE 754, and compilers exchange the operands of a sum.
  private func difference(
    _ fuzz: FusionCase, output: Int, _ got: ElementArray, _ operands: [Operand]
  ) -> String? {
    let step = fuzz.outputs[output].step
    let expected = results[step]
    if expected.bytes == got.bytes { return nil }
    let (e, g) = (expected.parts, got.parts)
    let partCount = expected.dtype.isComplex ? 2 : 1
    let places = (0..<e.count).filter { i in
      let bothNaN = e.dtype.isFloat && e.double(i).isNaN && g.double(i).isNaN
      return e.bits(i) != g.bits(i) && !bothNaN
    }
    guard let place = places.first.map({ $0 / partCount }) else { return nil }
    let inputs = operands.enumerated().map { i, operand in
      let element = operand.isImmediate ? operand.stored!.description(0) : operand.elements.description(place)
      return "in\(i) = \(element)"
    }
    let steps = fuzz.steps.indices.map { "t\($0) = \(results[$0].description(place))" }
    let count = places.count > 1 ? "; \(places.count) of \(e.count) parts differ" : ""
    return "\(fuzz.text): out\(output)\(Layout(contiguous: fuzz.shape).coordinates(place)): step by step "
      + "\(expected.description(place)), fused \(got.description(place)); there "
      + "\((inputs + steps).joined(separator: ", "))\(count) [BP-12.2]"
  }
}

extension FusionCase {
  /// "FUSION [7, 5]: in0 float32, in1 immediate float32; t0 = MUL(in0, in1) float32; out0 = t0 strides [1, 7]".
  var text: String {
    func name(_ value: Value) -> String {
      switch value {
      case .input(let i): "in\(i)"
      case .step(let i): "t\(i)"
      }
    }
    func place(_ placement: Placement) -> String {
      let layout = placement.layout(shape)
      return layout.isContiguous ? "" : " strides \(layout.strides)"
    }
    var words: [String] = []
    for (i, input) in inputs.enumerated() {
      let twin = input.twin.map { " the same view as in\($0)" } ?? place(input.placement)
      words.append("in\(i) \(input.dtype.name)\(input.isImmediate ? " immediate" : twin)")
    }
    for (i, step) in steps.enumerated() {
      let inputs = step.inputs.map(name).joined(separator: ", ")
      words.append("t\(i) = \(step.fused.entry.name)(\(inputs)) \(step.dtype.name)")
    }
    for (i, output) in outputs.enumerated() {
      let shared = output.sharedInput.map { " in place of in\($0)" } ?? ""
      words.append("out\(i) = t\(output.step)\(place(output.placement))\(shared)")
    }
    return "FUSION \(shape): \(words.joined(separator: "; "))"
  }
}
