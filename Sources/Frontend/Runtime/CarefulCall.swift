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
      var view = layout.descriptor(.float32, buffer: storage.block.buffer, byteOffset: 0)
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
    let wantsContiguous =
      answer.flags & BP_OP_INFO_CONTIGUOUS != 0 && op.id != BP_OP_COPY && op.id != BP_OP_FILL
    let allowsInPlace = answer.flags & BP_OP_INFO_IN_PLACE != 0

    let inputs = (0..<Int(call.input_count)).map { call.inputs[$0]!.pointee }
    let outputs = (0..<Int(call.output_count)).map { call.outputs[$0]!.pointee }
    var passedInputs = inputs
    var passedOutputs = outputs
    var temporaries: [Temporary] = []
    var copiesBack: [Int] = []

    for i in inputs.indices where wantsContiguous && !isContiguous(inputs[i]) {
      let temporary = try Temporary(like: inputs[i], on: context)
      temporaries.append(temporary)
      passedInputs[i] = temporary.view(inputs[i].dtype)
      if inputs[i].flags & BP_TENSOR_IMMEDIATE != 0 {
        try run(.fill, on: context, [inputs[i]], [passedInputs[i]])
      } else {
        try run(.copy, on: context, [inputs[i]], [passedInputs[i]])
      }
    }
    for i in outputs.indices {
      let isShared = inputs.contains { $0.buffer == outputs[i].buffer && $0.flags & BP_TENSOR_IMMEDIATE == 0 }
      guard (wantsContiguous && !isContiguous(outputs[i])) || (isShared && !allowsInPlace) else { continue }
      let temporary = try Temporary(like: outputs[i], on: context)
      temporaries.append(temporary)
      passedOutputs[i] = temporary.view(outputs[i].dtype)
      copiesBack.append(i)
      // An output that is also read (scatter, optimizer steps) brings its contents along.
      if op.readsOutputs { try run(.copy, on: context, [outputs[i]], [passedOutputs[i]]) }
    }
    try run(op, on: context, passedInputs, passedOutputs, params: call.params, answer)
    for i in copiesBack { try run(.copy, on: context, [passedOutputs[i]], [outputs[i]]) }
    withExtendedLifetime(temporaries) {}
  }

  /// The call itself, with workspace if the plugin wants some.
  static func run(
    _ op: Operator, on context: DeviceContext, _ inputs: [bp_tensor], _ outputs: [bp_tensor],
    params: UnsafeRawPointer? = nil, _ answer: CapabilityCache.Answer? = nil
  ) throws(BackplaneError) {
    let views = inputs + outputs
    let result = views.withUnsafeBufferPointer { views -> Result<Void, BackplaneError> in
      let pointers = views.indices.map { UnsafePointer<bp_tensor>?(views.baseAddress! + $0) }
      return pointers.withUnsafeBufferPointer { p in
        Result { () throws(BackplaneError) in
          var call = bp_op(
            struct_size: UInt32(MemoryLayout<bp_op>.size), op: op.id, version: 1,
            input_count: Int32(inputs.count), output_count: Int32(outputs.count), reserved: 0,
            inputs: UnsafeMutablePointer(mutating: p.baseAddress!),
            outputs: UnsafeMutablePointer(mutating: p.baseAddress! + inputs.count),
            params: params, workspace: 0, workspace_offset: 0, workspace_bytes: 0)
          var workspace: Storage?
          if let answer, answer.flags & BP_OP_INFO_WORKSPACE != 0 {
            let bytes = try Dispatcher.ask(op, call, on: context).workspace_bytes
            if bytes > 0 {
              let storage = try Storage(Int(bytes), on: context)
              call.workspace = storage.block.buffer
              call.workspace_bytes = bytes
              workspace = storage
            }
          }
          var error = bp_error.empty
          let code = context.onStream {
            context.table.execute(context.table.context, context.index, context.stream, &call, &error)
          }
          withExtendedLifetime(workspace) {}
          if code != BP_OK { throw context.executionFailure(code, error, op) }
        }
      }
    }
    try result.get()
  }

  private static func isContiguous(_ view: bp_tensor) -> Bool {
    if view.flags & BP_TENSOR_IMMEDIATE != 0 { return false }
    var step: Int64 = 1
    for d in (0..<Int(view.rank)).reversed() {
      if view.shape[d] == 0 { return true }
      if view.shape[d] != 1, view.strides[d] != step { return false }
      step *= view.shape[d]
    }
    return true
  }
}
