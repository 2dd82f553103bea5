import BackendAPI
import Text

/// A handle belongs to a device.
struct TracedProgram: Hashable {
  let device: Int32
  let handle: UInt64
}

extension TraceLayer {
  func prepareFusion(
    _ fusion: bp_fusion, _ device: Int32, _ program: UnsafePointer<bp_fusion_program>?,
    _ handle: UnsafeMutablePointer<UInt64>?, _ err: ErrorPointer
  ) -> Int32 {
    let known = FusedProgram(program)
    let code = traced(
      "fusion.prepare", device, TraceLayer.arguments(known) + [("handle", "\(handle?.pointee ?? 0)")]
    ) {
      fusion.prepare(inner.context, device, program, handle, err)
    }
    // Also while no trace is running: one may begin before the program is executed.
    if code == BP_OK, let handle, let known {
      programs.withLock { $0[TracedProgram(device: device, handle: handle.pointee)] = known }
    }
    return code
  }

  func releaseFusion(_ fusion: bp_fusion, _ device: Int32, _ handle: UInt64) {
    // Before the plugin may give the handle out again.
    programs.withLock { _ = $0.removeValue(forKey: TracedProgram(device: device, handle: handle)) }
    traced("fusion.release", device, ("handle", handle)) { fusion.release(inner.context, device, handle) }
  }

  func executeFusion(_ fusion: bp_fusion, _ device: Int32, _ call: FusedCall, _ err: ErrorPointer) -> Int32 {
    traced("fusion.execute", device, arguments(device, call)) {
      fusion.execute(inner.context, device, call.stream, call.handle, call.inputs, call.outputs, err)
    }
  }

  private func arguments(_ device: Int32, _ call: FusedCall) -> [(String, String)] {
    let own = [("handle", "\(call.handle)"), ("stream", "\(call.stream)")]
    let key = TracedProgram(device: device, handle: call.handle)
    guard let program = programs.withLock({ $0[key] }) else { return own }
    let operands = TraceLayer.operands(
      (call.inputs, Int32(program.inputTypes.count)), (call.outputs, Int32(program.resultTypes.count)))
    return [("steps", TraceLayer.list(program.stepNames))] + operands + own
  }

  private static func arguments(_ program: FusedProgram?) -> [(String, String)] {
    guard let program else { return [] }
    return [
      ("steps", list(program.stepNames)), ("types", list(program.steps.map { CallText.dtype($0.dtype) })),
    ]
  }
}
