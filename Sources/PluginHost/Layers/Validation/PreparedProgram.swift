import BackendAPI

/// A program that the plugin has prepared.
final class PreparedProgram: Sendable {
  let inner: UInt64
  let device: Int32
  let program: FusedProgram
  /// Whether all its operators are.
  let isDeterministic: Bool
  /// How often it was run twice although nothing was wrong.
  let probes = Lock(0)
  /// What the plugin was given; it may have kept the address.
  private let passed: PassedProgram

  init(_ inner: UInt64, _ device: Int32, _ program: FusedProgram, _ passed: PassedProgram, isDeterministic: Bool) {
    self.inner = inner
    self.device = device
    self.program = program
    self.passed = passed
    self.isDeterministic = isDeterministic
  }
}

/// A program as the plugin sees it: a copy, which says nothing any more when prepare has returned. A plugin that kept its
/// address instead of its contents is then found out [BP-12.3].
final class PassedProgram: @unchecked Sendable {
  // Sendable: changed in the call that made it, before anyone else knows it.
  private let types: UnsafeMutablePointer<Int32>
  private let steps: UnsafeMutablePointer<bp_fusion_step>
  private let outputs: UnsafeMutablePointer<Int32>
  let program: UnsafeMutablePointer<bp_fusion_program>
  private let counts: (types: Int, steps: Int, outputs: Int)

  init(_ given: FusedProgram) {
    counts = (given.inputTypes.count, given.steps.count, given.outputs.count)
    types = .allocate(capacity: max(counts.types, 1))
    steps = .allocate(capacity: counts.steps)
    outputs = .allocate(capacity: max(counts.outputs, 1))
    program = .allocate(capacity: 1)
    for (i, dtype) in given.inputTypes.enumerated() { types[i] = dtype }
    for (i, step) in given.steps.enumerated() {
      let inputs = (step.inputs[0], step.inputs[1], step.inputs[2])
      (steps + i).initialize(
        to: bp_fusion_step(
          struct_size: UInt32(MemoryLayout<bp_fusion_step>.stride), op: step.op, dtype: step.dtype, inputs: inputs))
    }
    for (i, value) in given.outputs.enumerated() { outputs[i] = value }
    program.initialize(
      to: bp_fusion_program(
        struct_size: UInt32(MemoryLayout<bp_fusion_program>.size), input_count: Int32(counts.types),
        step_count: Int32(counts.steps), output_count: Int32(counts.outputs), input_types: types, steps: steps,
        outputs: outputs, reduction: given.reduction?.op ?? 0, reduced: given.reduction?.value ?? 0))
  }

  /// No operator and no type: what still reads it refuses, or finds nothing to do.
  func erase() {
    types.update(repeating: 0, count: counts.types)
    for i in 0..<counts.steps {
      steps[i].op = 0
      steps[i].dtype = 0
      steps[i].inputs = (-1, -1, -1)
    }
    outputs.update(repeating: 0, count: counts.outputs)
    (program.pointee.reduction, program.pointee.reduced) = (0, 0)
  }

  deinit {
    types.deallocate()
    steps.deallocate()
    outputs.deallocate()
    program.deallocate()
  }
}
