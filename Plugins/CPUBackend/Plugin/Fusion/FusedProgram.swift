import BackendAPI
import CPUKernelTypes

/// A program of `backplane.fusion/1`, made ready to run block by block: which kernel each step is, and where its operands
/// lie within a block.
///
/// Places are numbered: the inputs, the outputs, the value that is reduced at the end, if one is, then the slots, memory
/// of one block's elements for values that are never stored.
final class FusedProgram: @unchecked Sendable {
  // Sendable: what the pointers lead to is written while the program is being made ready.

  /// A step, and the kernel that it is.
  struct Step {
    enum Kernel {
      case elementwise(KernelTable.Elementwise)
      case select
      case cast
      case move

      /// Whether the result may take an operand's memory.
      var allowsInPlace: Bool { if case .elementwise = self { true } else { false } }
    }

    let kernel: Kernel
    let op: Int32
    /// The types of the first operand and of the result.
    let from: Int32
    let to: Int32
    let size: Int
    /// Places; of fewer operands than three the last again.
    let a: Int
    let b: Int
    let c: Int
    let target: Int
  }

  let inputCount: Int
  let outputCount: Int
  /// The types of inputs and outputs.
  let types: [Int32]
  /// What the program ends in.
  let reduction: (op: Int32, type: Int32, resultType: Int32)?
  let steps: UnsafeMutableBufferPointer<Step>
  let slotCount: Int
  /// The places before the slots.
  var firstSlot: Int { types.count + (reduction == nil ? 0 : 1) }
  /// The size of the largest element of all values.
  let largestSize: Int
  /// What a thread should have of elements at the least.
  let grain: Int

  /// Throws where a program is none that keeps to the header, or wants what is not claimed.
  init(_ program: UnsafePointer<bp_fusion_program>, _ backend: Context) throws(Failure) {
    try check { bp_check_fusion(program, $0) }
    let inputCount = Int(program.pointee.input_count), outputCount = Int(program.pointee.output_count)
    let stepCount = Int(program.pointee.step_count), valueCount = inputCount + stepCount
    let valueTypes = (0..<valueCount).map { bp_fusion_type(program, Int32($0)) }
    let outputs = (0..<outputCount).map { Int(program.pointee.outputs[$0]) }
    types = Array(valueTypes[..<inputCount]) + outputs.map { valueTypes[$0] }
    largestSize = valueTypes.reduce(1) { max($0, Int(bp_dtype_size($1))) }

    let definitions = (0..<stepCount).map { bp_fusion_step_of(program, Int32($0)).unsafelyUnwrapped.pointee }
    let lastUses = FusedProgram.lastUses(definitions, inputCount)
    let reduced = program.pointee.reduction == 0 ? nil : Int(program.pointee.reduced)
    let reducedPlace = inputCount + outputCount, firstSlot = reducedPlace + (reduced == nil ? 0 : 1)
    if let reduced {
      let op = program.pointee.reduction, type = valueTypes[reduced]
      guard let known = backend.pointee.operators[op], bp_has_type(known.types, type) else {
        throw .unsupported("\(operatorName(op)) of this type is not claimed")
      }
      reduction = (op, type, bp_fusion_reduced_type(program))
    } else {
      reduction = nil
    }
    var places = Array(0..<inputCount), free: [Int] = [], slots = 0, weight = 0
    var steps: [Step] = []
    for (i, step) in definitions.enumerated() {
      let operands = FusedProgram.operands(step)
      guard let known = backend.pointee.operators[step.op], bp_has_type(known.types, valueTypes[operands.last!]) else {
        throw .unsupported("\(operatorName(step.op)) of this type is not claimed")
      }
      let read = operands.map { places[$0] }
      let value = inputCount + i
      let kernel = try FusedProgram.kernel(known, valueTypes[operands[0]], step.dtype, backend)
      let ended = Set(operands.filter { lastUses[$0] == i }.map { places[$0] }).filter { $0 >= firstSlot }
      // The slot of an operand that nothing reads later takes the result, where the kernel allows that.
      let isInPlace = kernel.allowsInPlace && bp_dtype_size(valueTypes[operands[0]]) == bp_dtype_size(step.dtype)
      if isInPlace { free += ended }
      let target: Int
      if value == reduced {
        target = reducedPlace
      } else if let output = outputs.firstIndex(of: value) {
        target = inputCount + output
      } else if let slot = free.popLast() {
        target = slot
      } else {
        target = firstSlot + slots
        slots += 1
      }
      if !isInPlace { free += ended }
      places.append(target)
      if target >= firstSlot, lastUses[value] == nil { free.append(target) }
      weight += known.cost == .memory ? 1 : known.cost == .arithmetic ? 2 : known.cost == .function ? 8 : 32
      steps.append(
        Step(
          kernel: kernel, op: step.op, from: valueTypes[operands[0]], to: step.dtype,
          size: Int(bp_dtype_size(step.dtype)), a: read[0], b: read[min(1, read.count - 1)], c: read[read.count - 1],
          target: target))
    }
    if let reduced, let output = outputs.firstIndex(of: reduced) {
      let type = valueTypes[reduced]
      steps.append(
        Step(
          kernel: .move, op: BP_OP_COPY, from: type, to: type, size: Int(bp_dtype_size(type)), a: reducedPlace,
          b: reducedPlace, c: reducedPlace, target: inputCount + output))
    }
    (self.inputCount, self.outputCount) = (inputCount, outputCount)
    slotCount = slots
    grain = max(1024, 65536 / (weight + 1))
    self.steps = .allocate(capacity: steps.count)
    _ = self.steps.initialize(from: steps)
  }

  deinit { steps.deallocate() }

  private static func operands(_ step: bp_fusion_step) -> [Int] {
    [step.inputs.0, step.inputs.1, step.inputs.2].filter { $0 >= 0 }.map { Int($0) }
  }

  /// The last step that reads each value.
  private static func lastUses(_ steps: [bp_fusion_step], _ inputCount: Int) -> [Int: Int] {
    var uses: [Int: Int] = [:]
    for (i, step) in steps.enumerated() { for operand in operands(step) { uses[operand] = i } }
    return uses
  }

  private static func kernel(
    _ known: Operator, _ from: Int32, _ to: Int32, _ backend: Context
  ) throws(Failure) -> Step.Kernel {
    switch known.family {
    case .copy: return from == to && to != BP_BOOL ? .move : .cast
    case .select: return .select
    case .unary, .binary, .comparison:
      if let kernel = backend.pointee.kernels.elementwise[Int(from)] { return .elementwise(kernel) }
      fallthrough
    default: throw .unsupported("\(known.name) is no step that can be fused here")
    }
  }
}
