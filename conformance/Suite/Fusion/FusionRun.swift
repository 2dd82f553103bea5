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
        // Programs without one may be taken nevertheless.
        if fuzz.reduction != nil { return try run(fuzz.withoutReduction, subject, fusion) }
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
    // Both laid out alike: the order of an operator's sums may depend on where they go.
    var reduced: (expected: GuardedTensor, got: GuardedTensor)?
    if let reduction = fuzz.reduction {
      let shape = reduction.shape(of: fuzz.shape)
      reduced = (
        try GuardedTensor(reduction.dtype, reduction.placement.layout(shape), nil, on: device),
        try GuardedTensor(reduction.dtype, reduction.placement.layout(shape), nil, on: device)
      )
    }
    let views = zip(inputs, operands).map { $0?.view ?? $1.immediateView }

    // All of it in a row, as programs do. The steps come first: an output may take the place of an input.
    device.isQueueing = true
    defer { device.isQueueing = false }
    try executeSteps(fuzz, subject, operands, views, temporaries)
    if let reduction = fuzz.reduction, let reduced {
      try execute(reduction, subject, temporaries[reduction.step], to: reduced.expected, fuzz.shape)
    }
    let results = outputs.map(\.view) + (reduced.map { [$0.got.view] } ?? [])
    do throws(PluginError) { try fusion.execute(handle, views, results) } catch {
      throw PluginError("prepared, and refused by execute [BP-12.3]: \(error)", code: error.code)
    }
    try device.synchronize()

    for temporary in temporaries { self.results.append(try temporary.output().elements) }
    let overwritten = Set(fuzz.outputs.compactMap(\.sharedInput))
    for (i, input) in inputs.enumerated() where !overwritten.contains(fuzz.inputs[i].twin ?? i) {
      if let change = try input?.changeOfInput() { findings.append("\(fuzz.text): in\(i): \(change)") }
    }
    for (i, output) in outputs.enumerated() {
      let (elements, change) = try output.output()
      if let change { findings.append("\(fuzz.text): out\(i): \(change)") }
      if let difference = difference(fuzz, output: i, elements, operands) { findings.append(difference) }
    }
    if let reduction = fuzz.reduction, let reduced {
      let (elements, change) = try reduced.got.output()
      if let change { findings.append("\(fuzz.text): reduction: \(change)") }
      let expected = try reduced.expected.output().elements
      if let (place, _) = FusionRun.differences(expected, elements) {
        let layout = Layout(contiguous: reduction.shape(of: fuzz.shape))
        findings.append(
          "\(fuzz.text): reduction\(layout.coordinates(place)): after the steps \(expected.description(place)), fused "
            + "\(elements.description(place)) [BP-12.6]")
      }
    }
  }

  private func execute(
    _ reduction: FusionCase.Reduction, _ subject: Subject, _ value: GuardedTensor, to result: GuardedTensor,
    _ shape: [Int]
  ) throws(PluginError) {
    let entry = reduction.fused.entry
    let call = OperatorCall(op: entry.id, inputs: [value.view], outputs: [result.view])
    let operation = Operation(
      [Operand(reduction.fused.signature.inputs[0], Layout(contiguous: shape))],
      [Operand(reduction.dtype, reduction.placement.layout(reduction.shape(of: shape)))])
    let capability = try subject.capability(of: operation, entry)
    try OperationRun.execute(call, operation, entry, on: subject.device, capability)
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
    let expected = results[fuzz.outputs[output].step]
    guard let (place, number) = FusionRun.differences(expected, got) else { return nil }
    let inputs = operands.enumerated().map { i, operand in
      let element = operand.isImmediate ? operand.stored!.description(0) : operand.elements.description(place)
      return "in\(i) = \(element)"
    }
    let steps = fuzz.steps.indices.map { "t\($0) = \(results[$0].description(place))" }
    let count = number > 1 ? "; \(number) of \(expected.parts.count) parts differ" : ""
    return "\(fuzz.text): out\(output)\(Layout(contiguous: fuzz.shape).coordinates(place)): step by step "
      + "\(expected.description(place)), fused \(got.description(place)); there "
      + "\((inputs + steps).joined(separator: ", "))\(count) [BP-12.2]"
  }

  /// The first element that differs, and how many parts do; nil where none does.
  private static func differences(_ expected: ElementArray, _ got: ElementArray) -> (place: Int, count: Int)? {
    if expected.bytes == got.bytes { return nil }
    let (e, g) = (expected.parts, got.parts)
    let places = (0..<e.count).filter { i in
      let bothNaN = e.dtype.isFloat && e.double(i).isNaN && g.double(i).isNaN
      return e.bits(i) != g.bits(i) && !bothNaN
    }
    return places.first.map { ($0 / (expected.dtype.isComplex ? 2 : 1), places.count) }
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
    if let reduction {
      let axes = reduction.isReduced.indices.filter { reduction.isReduced[$0] }
      words.append("\(reduction.fused.entry.name)(t\(reduction.step)) over \(axes) \(reduction.dtype.name)")
    }
    return "FUSION \(shape): \(words.joined(separator: "; "))"
  }
}
