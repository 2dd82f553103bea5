import BackendAPI
import CUDATypes
import Glibc

/// ADAM_STEP.
func adam(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let h = try parameters(op, bp_adam_params())
  guard h.step >= 1 else { throw .invalid("ADAM_STEP: step \(h.step) has to be 1 or more") }
  var p = ck_adam()
  p.beta2 = h.beta2
  p.eps = h.eps
  p.gradient_share = (1 - h.beta1, 1 - h.beta2)
  p.decay = h.decoupled != 0 ? h.lr * h.weight_decay : h.weight_decay
  p.rate = h.lr / (1 - pow(h.beta1, Double(h.step)))
  p.correction = 1 / (1 - pow(h.beta2, Double(h.step))).squareRoot()
  p.decoupled = h.decoupled != 0 ? 1 : 0
  try forEachLaunch(queue, op, states: 3) { parameters, type, blocks throws(Failure) in
    p.parameters = parameters
    try queue.launch("adam", of: "optimizer.cu", type, blocks: blocks, p)
  }
}

/// SGD_STEP.
func sgd(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let h = try parameters(op, bp_sgd_params())
  var p = ck_sgd()
  p.lr = h.lr
  p.momentum = h.momentum
  p.damped = 1 - h.dampening
  p.weight_decay = h.weight_decay
  p.has_momentum = h.momentum != 0 ? 1 : 0
  p.nesterov = h.nesterov != 0 ? 1 : 0
  p.first_step = h.first_step != 0 ? 1 : 0
  try forEachLaunch(queue, op, states: h.momentum == 0 ? 1 : 2) { parameters, type, blocks throws(Failure) in
    p.parameters = parameters
    try queue.launch("sgd", of: "optimizer.cu", type, blocks: blocks, p)
  }
}

/// Checks the operands, and calls `body` for the parameters of each launch: contiguous ones share launches, up to a
/// table's length of them.
func forEachLaunch(
  _ queue: Queue, _ op: UnsafePointer<bp_op>, states: Int,
  _ body: (ck_parameters, [String], Int) throws(Failure) -> Void
) throws(Failure) {
  let n = Int(op.pointee.input_count), name = operatorName(op.pointee.op)
  guard n > 0 && Int(op.pointee.output_count) == states * n else {
    throw .invalid("\(name): \(n) gradients take \(states * n) outputs, not \(op.pointee.output_count)")
  }
  for i in 0..<n {
    let g = op.pointee.inputs[i]!
    for s in 0..<states where !op.pointee.outputs[s * n + i]!.hasShape(of: g) {
      throw .invalid(
        "\(name): gradient \(i) is \(g.shapeText), and output \(s * n + i) \(op.pointee.outputs[s * n + i]!.shapeText)"
      )
    }
  }
  let type = ["DTYPE=\(op.pointee.inputs[0]!.dtype)"]
  var shared = ParameterTable()
  for i in 0..<n {
    let operands = [op.pointee.inputs[i]!] + (0..<states).map { op.pointee.outputs[$0 * n + i]! }
    var axes = WideAxes()
    for axis in 0..<operands[0].rank {
      var stride = SIMD8(repeating: 0)
      for (s, operand) in operands.enumerated() { stride[s] = operand.stride(axis) }
      axes.append(operands[0].extent(axis), stride)
    }
    if axes.count == 0 { continue }
    axes.arrange(by: 1)
    let isContiguous = axes.rank == 0 || axes.rank == 1 && operands.indices.allSatisfy { axes.inner.stride[$0] == 1 }
    if isContiguous {
      shared.add(operands, axes.count)
      if shared.count < Int(CK_PARAMETERS) { continue }
      try body(shared.parameters, type, queue.blocks(for: shared.chunks, threads: 1))
      shared = ParameterTable()
    } else {
      var table = ParameterTable()
      table.add(operands, axes.count)
      table.parameters.axes = axes.wideParameters()
      try body(table.parameters, type, queue.blocks(for: table.chunks, threads: 1))
    }
  }
  if shared.count > 0 { try body(shared.parameters, type, queue.blocks(for: shared.chunks, threads: 1)) }
}

/// The parameters of one launch.
struct ParameterTable {
  var parameters = ck_parameters()
  private(set) var chunks = 0
  /// Elements of a parameter that a block takes at once.
  var chunk = Int(CK_CHUNK)

  var count: Int { Int(parameters.count) }

  mutating func add(_ operands: [View], _ length: Int) {
    let i = count, room = Int(CK_PARAMETERS)
    for (s, operand) in operands.enumerated() { set(&parameters.data, s * room + i, operand.address) }
    set(&parameters.length, i, Int64(length))
    chunks += (length + chunk - 1) / chunk
    set(&parameters.first_chunk, i + 1, Int64(chunks))
    parameters.count += 1
  }
}
