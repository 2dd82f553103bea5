import BackendAPI
import CPUKernelTypes

/// One thread's run of a fused program over one block of elements after the other.
struct FusedBlock {
  let context: Context
  let program: FusedProgram
  let operands: FusedOperands
  /// A slot for each place.
  let memory: UnsafeMutableRawPointer
  let slotSize: Int
  /// Where each place's elements of the present block begin, and whether they are one for all.
  let places: UnsafeMutablePointer<(data: UnsafeMutableRawPointer, stride: Int)>

  private func slot(_ place: Int) -> UnsafeMutableRawPointer { memory + place &* slotSize }

  /// Elements `low ..< high`, which fit into a slot. What is going to be reduced lies at `reduced` then.
  func run(_ low: Int, _ high: Int, reduced: UnsafeMutableRawPointer? = nil) {
    let n = high &- low, firstSlot = program.firstSlot
    for i in 0..<operands.operands.count {
      places[i] = i < program.inputCount ? fetch(i, low, high) : target(i, low)
    }
    if let reduced { places[firstSlot &- 1] = (reduced, 1) }
    for i in firstSlot..<(firstSlot &+ program.slotCount) { places[i] = (slot(i), 1) }
    for step in program.steps { execute(step, n) }
    for i in program.inputCount..<operands.operands.count { store(i, low, high) }
  }

  /// Where an input's elements are: in its memory, or gathered.
  private func fetch(_ i: Int, _ low: Int, _ high: Int) -> (UnsafeMutableRawPointer, Int) {
    let operand = operands.operands[i]
    switch operand.way {
    case .one: return (operand.data, 0)
    case .dense: return (operand.data + low &* operand.size, 1)
    case .walked(let loop):
      let move = context.pointee.kernels.move, slot = slot(i), size = operand.size
      var done = 0, found: (UnsafeMutableRawPointer, Int)?
      loop.runs(low, high) { offset, n in
        let source = operand.data + offset[0] &* size, stride = loop.inner.stride[0]
        if n == high &- low, stride == 0 || stride == 1 {
          found = (source, stride)
          return
        }
        move(size, n, slot + done &* size, 1, source, stride)
        done &+= n
      }
      return found ?? (slot, 1)
    }
  }

  /// Where an output's elements are computed: in its memory, or in a slot until the block is done.
  private func target(_ i: Int, _ low: Int) -> (UnsafeMutableRawPointer, Int) {
    let operand = operands.operands[i]
    if case .dense = operand.way, !operand.isStaged { return (operand.data + low &* operand.size, 1) }
    return (slot(i), 1)
  }

  private func store(_ i: Int, _ low: Int, _ high: Int) {
    let operand = operands.operands[i], kernels = context.pointee.kernels, slot = slot(i), size = operand.size
    switch operand.way {
    case .dense:
      guard operand.isStaged else { return }
      let n = high &- low, out = operand.data + low &* size
      if operands.count &* size >= streamedBytes {
        kernels.stream(n &* size, out, slot)
      } else {
        kernels.move(size, n, out, 1, slot, 1)
      }
    case .one: kernels.move(size, 1, operand.data, 1, slot, 1)
    case .walked(let loop):
      var done = 0
      loop.runs(low, high) { offset, n in
        kernels.move(size, n, operand.data + offset[0] &* size, loop.inner.stride[0], slot + done &* size, 1)
        done &+= n
      }
    }
  }

  private func execute(_ step: FusedProgram.Step, _ n: Int) {
    let target = places[step.target].data
    let a = places[step.a], b = places[step.b]
    switch step.kernel {
    case .elementwise(let kernel): kernel(step.op, n, target, 1, a.data, a.stride, b.data, b.stride)
    case .cast: context.pointee.kernels.cast(step.from, step.to, n, target, 1, a.data, a.stride)
    case .move: context.pointee.kernels.move(step.size, n, target, 1, a.data, a.stride)
    case .select:
      let c = places[step.c], kind = step.to == BP_BOOL ? 0 : step.size
      context.pointee.kernels.select(
        kind, n, target, 1, a.data, a.stride, b.data, b.stride, c.data, c.stride)
    }
  }
}
