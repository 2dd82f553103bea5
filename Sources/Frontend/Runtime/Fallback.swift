import BackendAPI

/// Running an operator elsewhere because its device lacks it.
///
/// Off unless `BACKPLANE_FALLBACK` names a device: a copy to another device and back is never made silently.
enum Fallback {
  private static let reported = Lock<[String: Int]>([:])

  /// How often each operator ran elsewhere, as `"cuda:0 ERF → cpu"`.
  static var counts: [String: Int] { reported.withLock { $0 } }

  static func execute(_ op: Operator, _ call: bp_op, on context: DeviceContext) throws(BackplaneError) {
    let target = try target(op, call, on: context)
    let key = "\(context.device) \(op.name) → \(target.device)"
    let count = reported.withLock { counts -> Int in
      counts[key, default: 0] += 1
      return counts[key, default: 0]
    }
    if count == 1 {
      Log.write(.warning, "\(op.name) is not supported on \(context.device); it runs on \(target.device)")
    }

    var inputs: [bp_tensor] = [], outputs: [bp_tensor] = []
    var carriedInputs: [CarriedTensor] = [], carriedOutputs: [CarriedTensor] = []
    for i in 0..<Int(call.input_count) {
      let view = call.inputs[i]!.pointee
      if view.flags & BP_TENSOR_IMMEDIATE != 0 {
        inputs.append(view)
        continue
      }
      let carried = try CarriedTensor(view, from: context, to: target, withContents: true)
      carriedInputs.append(carried)
      inputs.append(carried.view)
    }
    for i in 0..<Int(call.output_count) {
      let carried = try CarriedTensor(
        call.outputs[i]!.pointee, from: context, to: target, withContents: op.readsOutputs)
      carriedOutputs.append(carried)
      outputs.append(carried.view)
    }
    try Dispatcher.part(op, on: target, inputs, outputs, params: call.params)
    for carried in carriedOutputs { try carried.copyBack() }
    withExtendedLifetime(carriedInputs) {}
  }

  /// The device that `BACKPLANE_FALLBACK` names, once it has been asked and has the operator.
  private static func target(
    _ op: Operator, _ call: bp_op, on context: DeviceContext
  ) throws(BackplaneError) -> DeviceContext {
    guard let name = Environment.fallback else { throw try unsupported(op, call, on: context) }
    let target: DeviceContext
    do throws(BackplaneError) {
      target = try DeviceContext.of(Device(name))
    } catch {
      throw try unsupported(op, call, on: context, "; BACKPLANE_FALLBACK cannot be used: \(error.message)")
    }
    guard target !== context else { throw try unsupported(op, call, on: context) }
    // A query's operands are types and shapes: the buffers are another device's.
    func bare(_ views: UnsafePointer<UnsafePointer<bp_tensor>?>?, _ count: Int32) -> [bp_tensor] {
      (0..<Int(count)).map { i in
        var view = views![i]!.pointee
        (view.buffer, view.byte_offset) = (0, 0)
        return view
      }
    }
    let inputs = bare(call.inputs, call.input_count), outputs = bare(call.outputs, call.output_count)
    let reason = try Dispatcher.withCall(op, inputs, outputs, call.params) {
      (query) throws(BackplaneError) -> String? in
      if try Dispatcher.capability(op, query, on: target).isSupported { return nil }
      return PluginText.text(in: try target.query(op, query).reason)
    }
    guard let reason else { return target }
    throw try unsupported(
      op, call, on: context,
      "; nor on \(target.device), which BACKPLANE_FALLBACK names" + (reason.isEmpty ? "" : ": \(reason)"))
  }

  private static func unsupported(
    _ op: Operator, _ call: bp_op, on context: DeviceContext, _ more: String = ""
  ) throws(BackplaneError) -> BackplaneError {
    let info = try context.query(op, call)
    let reason = PluginText.text(in: info.reason)
    let dtypes = (0..<Int(call.input_count)).map { i in
      DType(rawValue: call.inputs[i]!.pointee.dtype)?.description ?? "?"
    }
    return BackplaneError(
      .unsupported,
      "\(op.name) of (\(dtypes.joined(separator: ", "))) is not supported on \(context.device)"
        + (reason.isEmpty ? "" : ": \(reason)") + more)
  }
}
