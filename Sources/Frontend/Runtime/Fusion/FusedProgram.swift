import BackendAPI

/// What a region comes to: the steps that somebody needs, as the plugin takes them.
struct FusedProgram {
  let shape: FusedShape
  /// Of the steps, and of the reduction.
  let operators: [Operator]
  let steps: [bp_fusion_step]
  let inputs: [FusedInput]
  /// The values that are stored.
  private(set) var outputs: [Int32]
  private(set) var reduction: Reduction?
  /// Where the outputs are stored, and what the reduction gives.
  let targets: [Storage]

  struct Reduction {
    let op: Operator
    let value: Int32
    let dtype: DType
    let extents: [Int]
  }

  /// Nil where nobody holds any result.
  init?(_ region: PendingRegion) {
    guard let shape = region.shape else { return nil }
    // From the end, so that all who read a step are known before it.
    var isNeeded = region.steps.map { $0.target != nil }
    if let reduction = region.reduction, reduction.target != nil { isNeeded[reduction.step] = true }
    var isRead = [Bool](repeating: false, count: region.inputs.count)
    for i in region.steps.indices.reversed() where isNeeded[i] {
      for operand in region.steps[i].operands {
        if operand < 0 { isRead[Int(~operand)] = true } else { isNeeded[Int(operand)] = true }
      }
    }
    guard isNeeded.contains(true) else { return nil }
    self.shape = shape
    var next: Int32 = 0
    let inputValues = isRead.map { isRead -> Int32 in
      defer { if isRead { next += 1 } }
      return next
    }
    inputs = zip(region.inputs, isRead).filter(\.1).map(\.0)
    var values = [Int32](repeating: -1, count: region.steps.count)
    var operators: [Operator] = [], steps: [bp_fusion_step] = [], outputs: [Int32] = [], targets: [Storage] = []
    for (i, step) in region.steps.enumerated() where isNeeded[i] {
      values[i] = next
      next += 1
      var operands = step.operands.map { $0 < 0 ? inputValues[Int(~$0)] : values[Int($0)] }
      operands += [Int32](repeating: -1, count: 3 - operands.count)
      operators.append(step.op)
      steps.append(
        bp_fusion_step(
          struct_size: UInt32(MemoryLayout<bp_fusion_step>.size), op: step.op.id, dtype: step.dtype.rawValue,
          inputs: (operands[0], operands[1], operands[2])))
      if let target = step.target {
        outputs.append(values[i])
        targets.append(target.takeUnretainedValue())
      }
    }
    if let end = region.reduction, let target = end.target {
      reduction = Reduction(op: end.op, value: values[end.step], dtype: end.dtype, extents: end.extents)
      operators.append(end.op)
      targets.append(target.takeUnretainedValue())
    }
    (self.operators, self.steps, self.outputs, self.targets) = (operators, steps, outputs, targets)
  }

  /// Equal for programs that the plugin need prepare once.
  var key: [Int32] {
    var key = [Int32(inputs.count)] + inputs.map(\.dtype.rawValue) + outputs
    for step in steps { key += [step.op, step.dtype, step.inputs.0, step.inputs.1, step.inputs.2] }
    if let reduction { key += [reduction.op.id, reduction.value] }
    return key
  }

  /// The type of a step's value.
  func dtype(_ value: Int32) -> DType { DType(rawValue: steps[Int(value) - inputs.count].dtype) ?? .float32 }

  /// What computes a target.
  func producer(of target: Int) -> Operator {
    target < outputs.count ? operators[Int(outputs[target]) - inputs.count] : operators[operators.count - 1]
  }

  /// The same without the reduction, whose value is stored, as the output of this number.
  func storingReduced() -> (program: FusedProgram, output: Int) {
    var program = self
    program.reduction = nil
    let value = reduction!.value
    if let output = outputs.firstIndex(of: value) { return (program, output) }
    program.outputs.append(value)
    return (program, outputs.count)
  }

  /// The inputs as the plugin sees them, and what has to live as long.
  func inputViews() throws(BackplaneError) -> (views: [bp_tensor], layouts: [Layout]) {
    var views: [bp_tensor] = [], layouts: [Layout] = []
    for input in inputs {
      let layout = try Layout.strided(shape.extents, input.strides)
      layouts.append(layout)
      if let storage = input.storage {
        views.append(layout.descriptor(input.dtype, buffer: storage.memory.buffer, byteOffset: input.byteOffset))
      } else {
        views.append(
          layout.descriptor(
            input.dtype, buffer: 0, byteOffset: 0, flags: BP_TENSOR_IMMEDIATE, immediate: input.immediate))
      }
    }
    return (views, layouts)
  }

  /// Calls `body` with the program as the plugin reads it.
  func withProgram<Result>(_ body: (UnsafePointer<bp_fusion_program>) -> Result) -> Result {
    let types = inputs.map(\.dtype.rawValue)
    return types.withUnsafeBufferPointer { types in
      steps.withUnsafeBufferPointer { steps in
        outputs.withUnsafeBufferPointer { outputs in
          var program = bp_fusion_program(
            struct_size: UInt32(MemoryLayout<bp_fusion_program>.size), input_count: Int32(types.count),
            step_count: Int32(steps.count), output_count: Int32(outputs.count), input_types: types.baseAddress,
            steps: steps.baseAddress, outputs: outputs.baseAddress, reduction: reduction?.op.id ?? 0,
            reduced: reduction?.value ?? 0)
          return body(&program)
        }
      }
    }
  }
}
