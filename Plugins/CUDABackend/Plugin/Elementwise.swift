import BackendAPI
import CUDATypes

/// The call of a kernel over operands of one shape: of the two that there are for each operator, by packs of 16 bytes
/// where no operand has gaps along the innermost axis, else element by element.
struct ElementwiseCall {
  private(set) var parameters = ck_elementwise()
  private(set) var isPacked = true
  /// What there is to do at once; 0 for empty operands.
  private(set) var items: Int
  /// Packs that a thread has under way at once.
  private var together = 1

  init(_ out: View, _ inputs: [View], packLength length: Int) {
    let operands = [out] + inputs
    var walk = Axes(operands)
    items = walk.count
    if items == 0 { return }
    walk.arrange()

    let inner = walk.inner
    isPacked = inner.stride[0] == 1 && (walk.rank <= 1 || inner.extent % length == 0)
    for (i, operand) in operands.enumerated() where isPacked {
      if inner.stride[i] == 1 {
        isPacked = operand.address % UInt64(length * operand.size) == 0
        for axis in 0..<max(walk.rank - 1, 0) where walk.stride(axis)[i] % length != 0 { isPacked = false }
      } else {
        isPacked = inner.stride[i] == 0
      }
    }

    let length = isPacked ? length : 1
    parameters.walk = walk.parameters(packs: length)
    parameters.tail = isPacked && walk.rank <= 1 ? Int64(inner.extent % length) : 0
    items = max(Int(parameters.walk.count), Int(parameters.tail))
    if isPacked { together = Int(ck_packs_together(Int32(inputs.count), Int32(length))) }
    for (i, operand) in operands.enumerated() {
      set(&parameters.operands, i, walk.operand(i, operand, packs: length))
      let isFixed = i > 0 && walk.isOneValue(i)
      set(&parameters.modes, i, isFixed ? CK_FIXED : isPacked && inner.stride[i] == 1 ? CK_PACKS : CK_MOVING)
    }
  }

  /// Starts the kernel `prefix`packs or `prefix`elements, which an operator and two types tell from all others.
  mutating func launch(
    _ queue: Queue, _ types: (Int32, Int32),
    _ names: () -> (prefix: String, file: String, definitions: [String])
  ) throws(Failure) {
    if items == 0 { return }
    let isPacked = isPacked
    let number = Int(queue.op) << 9 | Int(types.0) << 5 | Int(types.1) << 1 | (isPacked ? 1 : 0)
    // Packs are taken by as many threads as there is work for: blocks that follow one another in memory keep its pages
    // busy better than some that go round and round.
    let blocks = isPacked ? queue.everyBlock(for: items, threads: Queue.threads * together) : queue.blocks(for: items)
    try queue.launch(number, blocks: blocks, &parameters) {
      let names = names()
      return (names.prefix + (isPacked ? "packs" : "elements"), names.file, names.definitions)
    }
  }
}

/// Unary, binary and comparison operators, and WHERE.
func elementwise(_ queue: Queue, _ known: Operator, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!
  let inputs = (0..<Int(op.pointee.input_count)).map { op.pointee.inputs[$0]! }
  guard inputs.allSatisfy({ $0.hasShape(of: out) }) else { throw shapesDiffer(known, op) }
  if known.family == .select {
    var call = ElementwiseCall(out, inputs, packLength: 16 / out.size)
    return try call.launch(queue, (out.dtype, out.dtype)) {
      ("where_", "copy.cu", ["SIZE=\(out.size)"] + (out.dtype == BP_BOOL ? ["BOOLEAN"] : []))
    }
  }
  let type = inputs[0].dtype
  var call = ElementwiseCall(out, inputs, packLength: 16 / max(out.size, inputs[0].size))
  try call.launch(queue, (type, out.dtype)) { ("", "elementwise.cu", ["DTYPE=\(type)", "OPERATOR=\(known.name)"]) }
}

private func shapesDiffer(_ known: Operator, _ op: UnsafePointer<bp_op>) -> Failure {
  var inputs = (0..<Int(op.pointee.input_count)).map { op.pointee.inputs[$0]!.shapeText }
  let last = known.family == .select ? " and " + inputs.removeLast() : ""
  return .invalid(
    "\(known.name): inputs \(inputs.joined(separator: ", "))\(last) and output \(op.pointee.outputs[0]!.shapeText) "
      + "have to be of one shape")
}
