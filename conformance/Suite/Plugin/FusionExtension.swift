import BackendAPI

/// A program of `backplane.fusion/1` as the ABI has it, lawful or not.
struct FusionProgram: Sendable {
  struct Step: Sendable {
    var op: Int32
    var inputs: [Int32]
    var dtype: Int32
  }

  var types: [Int32]
  var steps: [Step]
  var outputs: [Int32]
  /// The operator at the end, and the value that it reduces [BP-12.6].
  var reduction: (op: Int32, value: Int32)?

  /// The lists are overwritten when `body` has returned: prepare reads them during the call alone [BP-12.3].
  func withPointer<Result>(_ body: (UnsafePointer<bp_fusion_program>) -> Result) -> Result {
    var types = types + [0]
    var outputs = outputs + [0]
    var steps = (steps + [Step(op: 0, inputs: [], dtype: 0)]).map { step in
      let inputs = step.inputs + [-1, -1, -1]
      return bp_fusion_step(
        struct_size: UInt32(MemoryLayout<bp_fusion_step>.stride), op: step.op, dtype: step.dtype,
        inputs: (inputs[0], inputs[1], inputs[2]))
    }
    return types.withUnsafeMutableBufferPointer { types in
      outputs.withUnsafeMutableBufferPointer { outputs in
        steps.withUnsafeMutableBufferPointer { steps in
          var program = bp_fusion_program(
            struct_size: UInt32(MemoryLayout<bp_fusion_program>.size), input_count: Int32(self.types.count),
            step_count: Int32(self.steps.count), output_count: Int32(self.outputs.count),
            input_types: types.baseAddress, steps: steps.baseAddress, outputs: outputs.baseAddress,
            reduction: reduction?.op ?? 0, reduced: reduction?.value ?? 0)
          let result = body(&program)
          (program.reduction, program.reduced) = (0, 0)
          for i in types.indices { types[i] = 0 }
          for i in outputs.indices { outputs[i] = 0 }
          for i in steps.indices { (steps[i].op, steps[i].dtype, steps[i].inputs) = (0, 0, (0, 0, 0)) }
          return result
        }
      }
    }
  }
}

/// The extension `backplane.fusion/1` of a device, as typed, throwing calls.
struct FusionExtension {
  let device: Device
  private let fusion: bp_fusion

  /// Nil where the plugin does not offer it.
  init?(_ device: Device) throws(PluginError) {
    let table = device.plugin.table
    guard let find = table.get_extension, let found = find(table.context, BP_EXTENSION_FUSION) else { return nil }
    let fusion = found.assumingMemoryBound(to: bp_fusion.self)
    guard Int(fusion.pointee.struct_size) >= MemoryLayout<bp_fusion>.size else {
      throw PluginError("\(BP_EXTENSION_FUSION): a table of \(fusion.pointee.struct_size) bytes [BP-1.2]")
    }
    guard fusion.pointee.prepare != nil, fusion.pointee.release != nil, fusion.pointee.execute != nil else {
      throw PluginError("\(BP_EXTENSION_FUSION): prepare, release or execute is NULL [BP-12.3]")
    }
    self.device = device
    self.fusion = fusion.pointee
  }

  func prepare(_ program: FusionProgram) throws(PluginError) -> UInt64 {
    var handle: UInt64 = 0
    let (context, index) = (device.plugin.table.context, device.index)
    try device.plugin.call("fusion.prepare") { error in
      program.withPointer { fusion.prepare(context, index, $0, &handle, error) }
    }
    if handle == 0 { throw PluginError("fusion.prepare succeeded and gave handle 0 [BP-12.3]") }
    return handle
  }

  /// Of a call without a bp_error the status, and the handle [BP-2.1].
  func prepareWithoutError(_ program: FusionProgram) -> (code: Int32, handle: UInt64) {
    var handle: UInt64 = 0
    let (context, index) = (device.plugin.table.context, device.index)
    let code = program.withPointer { fusion.prepare(context, index, $0, &handle, nil) }
    return (code, handle)
  }

  func release(_ handle: UInt64) { fusion.release(device.plugin.table.context, device.index, handle) }

  /// Runs a program to its end; while the device is queueing, starts it.
  func execute(_ handle: UInt64, _ inputs: [View], _ outputs: [View]) throws(PluginError) {
    let (context, index, stream) = (device.plugin.table.context, device.index, device.stream)
    // The operands lie as those of an operator.
    let call = OperatorCall(op: 0, inputs: inputs, outputs: outputs)
    try device.plugin.call("fusion.execute") { error in
      call.withOperation { op in
        fusion.execute(context, index, stream, handle, op.pointee.inputs, op.pointee.outputs, error)
      }
    }
    if !device.isQueueing { try device.synchronize() }
  }
}
