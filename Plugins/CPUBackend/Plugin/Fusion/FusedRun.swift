import BackendAPI
import CPUKernelTypes
import CPULanes

/// One execution of a fused program, on at least one element.
struct FusedRun {
  let context: Context
  let program: FusedProgram
  let operands: FusedOperands

  init(context: Context, _ program: FusedProgram, _ views: [View]) {
    self.context = context
    self.program = program
    operands = FusedOperands(views, inputCount: program.inputCount, isRowMajor: program.reduction != nil)
  }

  /// Bytes of one thread's blocks, inputs and outputs aside: they stay in the cache from step to step.
  private static let slotBytes = 64 << 10

  /// All elements, on the pool. What is going to be reduced lies at `reduced` then.
  func whole(reduced: UnsafeMutableRawPointer? = nil) {
    let count = operands.count, pieces = pieces(context, count, atLeast: program.grain)
    let size = program.reduction.map { Int(bp_dtype_size($0.type)) } ?? 0
    parallel(context, pieces) { piece in
      let (low, high) = share(count, pieces, piece)
      part(low, high, reduced: reduced.map { $0 + low &* size })
    }
  }

  /// Elements `low ..< high`, on this thread.
  private func part(_ low: Int, _ high: Int, reduced: UnsafeMutableRawPointer?) {
    // What is gathered or staged takes room in the cache too.
    let staged = operands.operands.filter { if case .walked = $0.way { true } else { $0.isStaged } }.count
    let slots = max(1, program.slotCount + staged), placeCount = program.firstSlot + program.slotCount
    let length = min(4096, max(512, FusedRun.slotBytes / (slots * program.largestSize) / 64 * 64))
    let slotSize = length * program.largestSize
    let size = program.reduction.map { Int(bp_dtype_size($0.type)) } ?? 0
    withUnsafeTemporaryAllocation(byteCount: placeCount * slotSize, alignment: 64) { memory in
      withUnsafeTemporaryAllocation(of: (data: UnsafeMutableRawPointer, stride: Int).self, capacity: placeCount) {
        places in
        let block = FusedBlock(
          context: context, program: program, operands: operands, memory: memory.baseAddress.unsafelyUnwrapped,
          slotSize: slotSize, places: places.baseAddress.unsafelyUnwrapped)
        var at = low
        while at < high {
          let next = min(high, at &+ length)
          block.run(at, next, reduced: reduced.map { $0 + (at &- low) &* size })
          at = next
        }
        lanes_stream_fence()
      }
    }
  }

  // MARK: Reducing

  /// Reduces the program's last value, which as a whole is never stored, where the operator asks for it part by part.
  ///
  /// - Parameter shape: A view of the shape that is reduced.
  func reduce(_ op: Int32, _ type: Int32, _ shape: View, _ result: View) throws(Failure) {
    let size = Int(bp_dtype_size(type))
    let elements: Elements = { low, high, body in
      withUnsafeTemporaryAllocation(byteCount: (high - low) * size, alignment: 64) { memory in
        let reduced = memory.baseAddress.unsafelyUnwrapped
        part(low, high, reduced: reduced)
        body(reduced)
      }
    }
    if try reduceInParts(context, op, type, shape, result, elements) { return }
    try requireWorkSpace(operands.count * size, operatorName(op))
    var failure: Failure?
    withUnsafeTemporaryAllocation(byteCount: operands.count * size, alignment: 64) { memory in
      let value = memory.baseAddress.unsafelyUnwrapped
      whole(reduced: value)
      do throws(Failure) { try reduceRowMajor(context, op, type, shape, value, result) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
