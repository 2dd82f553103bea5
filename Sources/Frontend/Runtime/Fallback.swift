import BackendAPI

/// Running an operator elsewhere because its device lacks it.
///
/// Off unless `BACKPLANE_FALLBACK` names a device: a copy to another device and back is never made silently.
enum Fallback {
  private static let reported = Lock<[String: Int]>([:])

  /// How often each operator ran elsewhere, as `"cuda:0 ERF → cpu"`.
  static var counts: [String: Int] { reported.withLock { $0 } }

  static func execute(_ op: Operator, _ call: bp_op, on context: DeviceContext) throws(BackplaneError) {
    guard let name = Environment.fallback else { throw try unsupported(op, call, on: context) }
    let target = try PluginRegistry.shared.context(for: Device(name))
    guard target !== context else { throw try unsupported(op, call, on: context) }
    let key = "\(context.device) \(op.name) → \(target.device)"
    let count = reported.withLock { counts -> Int in
      counts[key, default: 0] += 1
      return counts[key, default: 0]
    }
    if count == 1 {
      Log.write(.warning, "\(op.name) is not supported on \(context.device); it runs on \(target.device)")
    }

    var moved: [Carried] = []
    var inputs: [bp_tensor] = []
    for i in 0..<Int(call.input_count) {
      let view = call.inputs[i]!.pointee
      if view.flags & BP_TENSOR_IMMEDIATE != 0 {
        inputs.append(view)
        continue
      }
      let carried = try Carried(view, from: context, to: target, withContents: true)
      moved.append(carried)
      inputs.append(carried.view)
    }
    var outputs: [Carried] = []
    for i in 0..<Int(call.output_count) {
      outputs.append(
        try Carried(call.outputs[i]!.pointee, from: context, to: target, withContents: op.readsOutputs))
    }
    try CarefulCall.run(op, on: target, inputs, outputs.map(\.view), params: call.params)
    for (i, carried) in outputs.enumerated() { try carried.copyBack(to: call.outputs[i]!.pointee) }
    withExtendedLifetime(moved) {}
  }

  private static func unsupported(
    _ op: Operator, _ call: bp_op, on context: DeviceContext
  ) throws(BackplaneError) -> BackplaneError {
    let info = try Dispatcher.ask(op, call, on: context)
    let reason = PluginText.text(in: info.reason)
    let dtypes = (0..<Int(call.input_count)).map { i in
      DType(rawValue: call.inputs[i]!.pointee.dtype)?.description ?? "?"
    }
    return BackplaneError(
      .unsupported,
      "\(op.name) of (\(dtypes.joined(separator: ", "))) is not supported on \(context.device)"
        + (reason.isEmpty ? "" : ": \(reason)"))
  }

  /// A tensor's contiguous copy on another device.
  private final class Carried {
    private let source: DeviceContext
    private let target: DeviceContext
    /// The contiguous copy on the device itself, on the way there and back.
    private let near: Tensor
    private let far: Tensor

    var view: bp_tensor { far.descriptor }

    init(
      _ view: bp_tensor, from source: DeviceContext, to target: DeviceContext, withContents: Bool
    ) throws(BackplaneError) {
      self.source = source
      self.target = target
      guard let dtype = DType(rawValue: view.dtype) else {
        throw BackplaneError(.internal, "an operand of unknown type \(view.dtype)")
      }
      let layout = try Layout.contiguous((0..<Int(view.rank)).map { Int(view.shape[$0]) })
      near = try Tensor(empty: layout, dtype, on: source)
      far = try Tensor(empty: layout, dtype, on: target)
      guard withContents else { return }
      try CarefulCall.run(.copy, on: source, [view], [near.descriptor])
      try Transfer.copy(near, to: far)
    }

    func copyBack(to view: bp_tensor) throws(BackplaneError) {
      try Transfer.copy(far, to: near)
      try CarefulCall.run(.copy, on: source, [near.descriptor], [view])
    }
  }
}
