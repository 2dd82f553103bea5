import BackendAPI
import CPUKernelTypes
import CPULanes
import Glibc

/// The extension `backplane.fusion/1`: a program runs block by block, within the cache, by the kernels of its steps.
private nonisolated(unsafe) let fusion: UnsafePointer<bp_fusion> = {
  // Written once, here, before anybody sees it.
  let table = UnsafeMutablePointer<bp_fusion>.allocate(capacity: 1)
  table.initialize(
    to: bp_fusion(
      struct_size: UInt32(MemoryLayout<bp_fusion>.size), reserved: 0, prepare: prepare, release: releaseProgram,
      execute: executeProgram))
  return UnsafePointer(table)
}()

let getExtension: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> UnsafeRawPointer? = { _, name in
  guard let name, strcmp(name, BP_EXTENSION_FUSION) == 0 else { return nil }
  return UnsafeRawPointer(fusion)
}

private let prepare:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, UnsafePointer<bp_fusion_program>?, UnsafeMutablePointer<UInt64>?,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, device, program, handle, err in
    status(err) { () throws(Failure) in
      guard device == 0, let program, let handle else {
        throw .invalid("fusion: program or handle is NULL, or the device is not 0")
      }
      let backend = Context(context.unsafelyUnwrapped.assumingMemoryBound(to: Backend.self))
      let ready = try FusedProgram(program, backend)
      handle.pointee = UInt64(UInt(bitPattern: Unmanaged.passRetained(ready).toOpaque()))
    }
  }

private let releaseProgram: @convention(c) (UnsafeMutableRawPointer?, Int32, UInt64) -> Void = { _, _, handle in
  guard let program = UnsafeRawPointer(bitPattern: UInt(handle)) else { return }
  Unmanaged<FusedProgram>.fromOpaque(program).release()
}

private let executeProgram:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_stream, UInt64, UnsafePointer<UnsafePointer<bp_tensor>?>?,
    UnsafePointer<UnsafePointer<bp_tensor>?>?, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, device, _, handle, inputs, outputs, err in
    status(err) { () throws(Failure) in
      guard device == 0, let outputs, let object = UnsafeRawPointer(bitPattern: UInt(handle)) else {
        throw .invalid("fusion: handle or outputs are NULL, or the device is not 0")
      }
      let program = Unmanaged<FusedProgram>.fromOpaque(object).takeUnretainedValue()
      let views = try operands(of: program, inputs, outputs)
      let backend = Context(context.unsafelyUnwrapped.assumingMemoryBound(to: Backend.self))
      let isEmpty = views[0].count == 0
      guard let reduction = program.reduction else {
        if !isEmpty { FusedRun(context: backend, program, views).whole() }
        return
      }
      guard let result = outputs[program.outputCount], result.dtype == reduction.resultType, !result.isImmediate else {
        throw .invalid("fusion: the reduction's result is NULL, or not of the program's type")
      }
      if isEmpty { return try reduceRowMajor(backend, reduction.op, reduction.type, views[0], nil, result) }
      try FusedRun(context: backend, program, views).reduce(reduction.op, reduction.type, views[0], result)
    }
  }

/// The operands, inputs first, once they are what the program takes.
private func operands(
  of program: FusedProgram, _ inputs: UnsafePointer<UnsafePointer<bp_tensor>?>?,
  _ outputs: UnsafePointer<UnsafePointer<bp_tensor>?>
) throws(Failure) -> [View] {
  var views: [View] = []
  for i in program.types.indices {
    let isInput = i < program.inputCount
    let place = isInput ? "input \(i)" : "output \(i - program.inputCount)"
    guard let view = isInput ? inputs?[i] : outputs[i - program.inputCount] else {
      throw .invalid("fusion: \(place) is NULL")
    }
    guard view.dtype == program.types[i], isInput || !view.isImmediate else {
      throw .invalid("fusion: \(place) is not of the program's type, or an immediate that is written to")
    }
    guard (0...Int(BP_MAX_RANK)).contains(view.rank), views.first.map({ $0.hasShape(of: view) }) ?? true else {
      throw .invalid("fusion: \(place) of shape \(view.shapeText) differs from the others; all have to be of one shape")
    }
    views.append(view)
  }
  return views
}
