import BackendAPI

/// A program of `backplane.fusion/1`, kept beyond the call of prepare: calls of it say nothing of its steps.
struct FusedProgram: Sendable {
  struct Step: Sendable {
    let op: Int32
    let dtype: Int32
    let inputs: [Int32]
  }

  let inputTypes: [Int32]
  let steps: [Step]
  /// Values, numbered as the header has it.
  let outputs: [Int32]
  /// What the program ends in [BP-12.6].
  let reduction: Reduction?

  struct Reduction: Sendable {
    let op: Int32
    let value: Int32
    let dtype: Int32
  }

  /// Nil where the lists are not there, or not of the header's sizes [BP-12.5]: nothing can be read of them then.
  init?(_ pointer: UnsafePointer<bp_fusion_program>?) {
    guard let program = pointer?.pointee, Int(program.struct_size) >= MemoryLayout<bp_fusion_program>.size,
      (0...BP_FUSION_INPUTS).contains(program.input_count), (1...BP_FUSION_STEPS).contains(program.step_count),
      (program.reduction == 0 ? 1...BP_FUSION_OUTPUTS : 0...BP_FUSION_OUTPUTS).contains(program.output_count),
      program.input_count == 0 || program.input_types != nil,
      let steps = program.steps, Int(steps.pointee.struct_size) >= MemoryLayout<bp_fusion_step>.size,
      program.output_count == 0 || program.outputs != nil
    else { return nil }
    inputTypes = (0..<Int(program.input_count)).map { program.input_types[$0] }
    self.steps = (0..<program.step_count).map { i in
      let step = bp_fusion_step_of(pointer, i)!.pointee
      return Step(op: step.op, dtype: step.dtype, inputs: [step.inputs.0, step.inputs.1, step.inputs.2])
    }
    outputs = (0..<Int(program.output_count)).map { program.outputs[$0] }
    let values = program.input_count..<program.input_count + program.step_count
    reduction =
      program.reduction == 0
      ? nil
      : Reduction(
        op: program.reduction, value: program.reduced,
        dtype: values.contains(program.reduced) ? bp_fusion_reduced_type(pointer) : 0)
  }

  /// `MUL`, `ADD`, `TANH`, and the reduction
  var stepNames: [String] { steps.map { CallText.name($0.op) } + (reduction.map { [CallText.name($0.op)] } ?? []) }

  /// Of the outputs and the reduction's result.
  var resultTypes: [Int32] { outputs.map(dtype) + (reduction.map { [$0.dtype] } ?? []) }

  /// The type of a value that there is.
  func dtype(_ value: Int32) -> Int32 {
    value < inputTypes.count ? inputTypes[Int(value)] : steps[Int(value) - inputTypes.count].dtype
  }
}
