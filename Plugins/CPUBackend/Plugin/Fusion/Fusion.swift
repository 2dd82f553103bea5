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
      if views[program.inputCount].count == 0 { return }
      let backend = Context(context.unsafelyUnwrapped.assumingMemoryBound(to: Backend.self))
      run(backend, program, FusedOperands(views, inputCount: program.inputCount))
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

// MARK: - Running

/// Bytes of one thread's blocks, inputs and outputs aside: they stay in the cache from step to step.
private let slotBytes = 64 << 10

private func run(_ context: Context, _ program: FusedProgram, _ operands: FusedOperands) {
  let count = operands.count, placeCount = program.types.count + program.slotCount
  // What is gathered or staged takes room in the cache too.
  let staged = operands.operands.filter { if case .walked = $0.way { true } else { $0.isStaged } }.count
  let slots = max(1, program.slotCount + staged)
  let length = min(4096, max(512, slotBytes / (slots * program.largestSize) / 64 * 64))
  let slotSize = length * program.largestSize
  let pieces = pieces(context, count, atLeast: program.grain)
  parallel(context, pieces) { piece in
    withUnsafeTemporaryAllocation(byteCount: placeCount * slotSize, alignment: 64) { memory in
      withUnsafeTemporaryAllocation(of: (data: UnsafeMutableRawPointer, stride: Int).self, capacity: placeCount) {
        places in
        let block = FusedBlock(
          context: context, program: program, operands: operands, memory: memory.baseAddress.unsafelyUnwrapped,
          slotSize: slotSize, places: places.baseAddress.unsafelyUnwrapped)
        let (start, end) = share(count, pieces, piece)
        var low = start
        while low < end {
          let high = min(end, low &+ length)
          block.run(low, high)
          low = high
        }
        lanes_stream_fence()
      }
    }
  }
}
