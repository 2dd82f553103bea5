import BackendAPI
import CPUKernelTypes

/// Elements of parameters below which a step is not shared among threads.
private let least = 16384

/// Runs `body` over the elements of up to four operands that are walked together: where they lie if
/// all are contiguous, else by blocks brought together and, but for the first operand, taken back.
private func walk(
  _ context: Context, _ operands: [View],
  _ body: (_ n: Int, _ p: InlineArray<4, UnsafeMutableRawPointer>) -> Void
) {
  var loop = Loop()
  let first = operands[0], size = first.size
  func stride(_ i: Int, _ axis: Int) -> Int { i < operands.count ? operands[i].stride(axis) : 0 }
  for axis in 0..<first.rank {
    loop.append(
      first.extent(axis), SIMD4(stride(0, axis), stride(1, axis), stride(2, axis), stride(3, axis)))
  }
  if loop.count == 0 { return }
  loop.arrange(by: 1)
  var base = InlineArray<4, UnsafeMutableRawPointer>(repeating: first.data)
  for i in operands.indices { base[i] = operands[i].data }
  let count = operands.count, starts = base, step = loop.inner.stride
  var isContiguous = true
  for i in 0..<count where step[i] != 1 { isContiguous = false }
  let move = context.pointee.kernels.move
  loop.runs(context, atLeast: least) { offset, n in
    var p = starts
    for i in 0..<count { p[i] = starts[i] + offset[i] &* size }
    if isContiguous { return body(n, p) }
    withUnsafeTemporaryAllocation(byteCount: 4 &* 512 &* size, alignment: 64) { memory in
      var blocks = starts
      for i in 0..<4 { blocks[i] = memory.baseAddress.unsafelyUnwrapped + i &* 512 &* size }
      var done = 0
      while done < n {
        let part = min(512, n &- done)
        for i in 0..<count { move(size, part, blocks[i], 1, p[i] + done &* step[i] &* size, step[i]) }
        body(part, blocks)
        for i in 1..<count { move(size, part, p[i] + done &* step[i] &* size, step[i], blocks[i], 1) }
        done &+= part
      }
    }
  }
}

/// The operands of each parameter: its gradient and its `states` outputs, checked.
private func forEachParameter(
  _ op: UnsafePointer<bp_op>, states: Int, _ body: ([View]) -> Void
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
  for i in 0..<n {
    body([op.pointee.inputs[i]!] + (0..<states).map { op.pointee.outputs[$0 * n + i]! })
  }
}

/// ADAM_STEP.
func adam(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let scalars = try parameters(op, bp_adam_params())
  guard scalars.step >= 1 else { throw .invalid("ADAM_STEP: step \(scalars.step) has to be 1 or more") }
  let kernel = context.pointee.kernels.adam
  try forEachParameter(op, states: 3) { operands in
    let type = operands[0].dtype
    walk(context, operands) { n, p in
      withUnsafePointer(to: scalars) { kernel(type, n, $0, p[0], p[1], p[2], p[3]) }
    }
  }
}

/// SGD_STEP.
func sgd(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let scalars = try parameters(op, bp_sgd_params())
  let kernel = context.pointee.kernels.sgd
  try forEachParameter(op, states: scalars.momentum == 0 ? 1 : 2) { operands in
    let type = operands[0].dtype
    walk(context, operands) { n, p in
      withUnsafePointer(to: scalars) { kernel(type, n, $0, p[0], p[1], p[2]) }
    }
  }
}
