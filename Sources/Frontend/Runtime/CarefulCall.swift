import BackendAPI

/// Calls that need more than passing on: operands made contiguous, an output kept apart from the input it
/// overwrites, workspace, or another device's help.
enum CarefulCall {
  /// A contiguous buffer that lives for one call.
  private final class Temporary {
    let storage: Storage
    let layout: Layout

    init(like view: bp_tensor, on context: DeviceContext) throws(BackplaneError) {
      let shape = (0..<Int(view.rank)).map { Int(view.shape[$0]) }
      layout = try .contiguous(shape)
      storage = try Storage(layout.count * Int(bp_dtype_size(view.dtype)), on: context)
    }

    func view(_ dtype: Int32) -> bp_tensor {
      var view = layout.descriptor(.float32, buffer: storage.memory.buffer, byteOffset: 0)
      view.dtype = dtype
      return view
    }
  }

  @inline(never)
  static func execute(
    _ op: Operator, _ call: inout bp_op, on context: DeviceContext, _ answer: CapabilityCache.Answer
  ) throws(BackplaneError) {
    guard answer.isSupported else {
      return try Fallback.execute(op, call, on: context)
    }
    // Copy and fill take any strides whatever the plugin says: they are what makes others contiguous.
    let wantsContiguous = answer.flags & BP_OP_INFO_CONTIGUOUS != 0 && !op.takesAnyStrides
    let allowsInPlace = answer.flags & BP_OP_INFO_IN_PLACE != 0

    let inputs = (0..<Int(call.input_count)).map { call.inputs[$0]!.pointee }
    let outputs = (0..<Int(call.output_count)).map { call.outputs[$0]!.pointee }
    var passedInputs = inputs
    var passedOutputs = outputs
    var temporaries: [Temporary] = []
    var copiesBack: [Int] = []

    for i in inputs.indices where wantsContiguous && !inputs[i].isContiguous {
      let temporary = try Temporary(like: inputs[i], on: context)
      temporaries.append(temporary)
      passedInputs[i] = temporary.view(inputs[i].dtype)
      let isImmediate = inputs[i].flags & BP_TENSOR_IMMEDIATE != 0
      try Dispatcher.part(isImmediate ? .fill : .copy, on: context, [inputs[i]], [passedInputs[i]])
    }
    for i in outputs.indices {
      let isShared = inputs.contains { $0.buffer == outputs[i].buffer && $0.flags & BP_TENSOR_IMMEDIATE == 0 }
      guard (wantsContiguous && !outputs[i].isContiguous) || (isShared && !allowsInPlace) else { continue }
      let temporary = try Temporary(like: outputs[i], on: context)
      temporaries.append(temporary)
      passedOutputs[i] = temporary.view(outputs[i].dtype)
      copiesBack.append(i)
      // An output that is also read (scatter, optimizer steps) brings its contents along.
      if op.readsOutputs { try Dispatcher.part(.copy, on: context, [outputs[i]], [passedOutputs[i]]) }
    }
    try run(op, on: context, passedInputs, passedOutputs, params: call.params, answer)
    for i in copiesBack { try Dispatcher.part(.copy, on: context, [passedOutputs[i]], [outputs[i]]) }
    withExtendedLifetime(temporaries) {}
  }

  /// The call itself, with workspace if the plugin wants some.
  private static func run(
    _ op: Operator, on context: DeviceContext, _ inputs: [bp_tensor], _ outputs: [bp_tensor],
    params: UnsafeRawPointer?, _ answer: CapabilityCache.Answer
  ) throws(BackplaneError) {
    try Dispatcher.withCall(op, inputs, outputs, params) { (call) throws(BackplaneError) in
      var call = call
      var workspace: Storage?
      if answer.flags & BP_OP_INFO_WORKSPACE != 0 {
        let bytes = try context.query(op, call).workspace_bytes
        if bytes > 0 {
          let storage = try Storage(Int(bytes), on: context)
          call.workspace = storage.memory.buffer
          call.workspace_bytes = bytes
          workspace = storage
        }
      }
      try context.execute(op, &call)
      withExtendedLifetime(workspace) {}
    }
  }
}
