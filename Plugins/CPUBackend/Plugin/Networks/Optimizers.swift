import BackendAPI
import CPUKernelTypes
import Glibc

/// Section 6.19 of the header.
let furtherOptimizerClaims: [NetworkClaim] = [
  NetworkClaim(BP_OP_RMSPROP_STEP, run: rmsprop), NetworkClaim(BP_OP_ADAGRAD_STEP, run: adagrad),
  NetworkClaim(BP_OP_SUM_OF_SQUARES, run: sumOfSquares),
]

/// Elements of parameters below which a step is not shared among threads.
private let least = 16384

/// Runs `body` over runs of the elements of each parameter: of its gradient and its `states` outputs, which it changes.
/// What is not contiguous is brought together, and taken back.
private func forEachRun(
  _ context: Context, _ op: UnsafePointer<bp_op>, states: Int,
  _ body: (_ type: Int32, _ n: Int, _ p: InlineArray<5, UnsafeMutableRawPointer>) -> Void
) throws(Failure) {
  let n = Int(op.pointee.input_count), name = operatorName(op.pointee.op)
  guard n > 0 && Int(op.pointee.output_count) == states * n else {
    throw .invalid("\(name): \(n) gradients take \(states * n) outputs, not \(op.pointee.output_count)")
  }
  var largest = 0
  for i in 0..<n {
    let g = op.pointee.inputs[i]!
    for s in 0..<states where !op.pointee.outputs[s * n + i]!.hasShape(of: g) {
      throw .invalid(
        "\(name): gradient \(i) is \(g.shapeText), and output \(s * n + i) \(op.pointee.outputs[s * n + i]!.shapeText)")
    }
    largest = max(largest, amount(g.count, g.size))
  }
  // Before anything is changed.
  try requireWorkSpace(amount(largest, states + 1), name)
  let staging = Staging(context: context)
  for i in 0..<n {
    let operands = [op.pointee.inputs[i]!] + (0..<states).map { op.pointee.outputs[$0 * n + i]! }
    let count = operands[0].count, type = operands[0].dtype, size = operands[0].size
    if count == 0 { continue }
    func run(_ bases: InlineArray<5, UnsafeMutableRawPointer>) {
      let pieces = pieces(context, count, atLeast: least)
      parallel(context, pieces) { piece in
        let (low, high) = share(count, pieces, piece)
        var p = bases
        for j in 0..<5 { p[j] = bases[j] + low * size }
        if low < high { body(type, high - low, p) }
      }
    }
    var bases = InlineArray<5, UnsafeMutableRawPointer>(repeating: operands[0].data)
    if operands.allSatisfy(\.isContiguous) {
      for (j, operand) in operands.enumerated() { bases[j] = operand.data }
      run(bases)
      continue
    }
    withUnsafeTemporaryAllocation(byteCount: operands.count * (count * size + 63), alignment: 64) { memory in
      var scratch = WorkBlock(memory.baseAddress.unsafelyUnwrapped)
      for (j, operand) in operands.enumerated() {
        bases[j] = scratch.take(count, size)
        staging.bring(operand, to: bases[j], type)
      }
      run(bases)
      for (j, operand) in operands.enumerated().dropFirst() { staging.send(bases[j], type, to: operand) }
    }
  }
}

private func rmsprop(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let scalars = try parameters(op, bp_rmsprop_params())
  let (hasMomentum, isCentered) = (scalars.momentum != 0, scalars.centered != 0)
  let kernel = context.pointee.networks.optimizer.rmsprop
  let states = 2 + (hasMomentum ? 1 : 0) + (isCentered ? 1 : 0)
  try forEachRun(context, op, states: states) { type, n, p in
    withUnsafePointer(to: scalars) { kernel(type, n, $0, p[0], p[1], p[2], p[3], p[isCentered ? states : 3]) }
  }
}

private func adagrad(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let scalars = try parameters(op, bp_adagrad_params())
  guard scalars.step >= 1 else { throw .invalid("ADAGRAD_STEP: step \(scalars.step) has to be 1 or more") }
  let kernel = context.pointee.networks.optimizer.adagrad
  try forEachRun(context, op, states: 2) { type, n, p in
    withUnsafePointer(to: scalars) { kernel(type, n, $0, p[0], p[1], p[2]) }
  }
}

// MARK: - Sums of squares

/// Elements that are one sum of float64: the same for any number of threads.
private let part = 32768

private func sumOfSquares(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let n = Int(op.pointee.input_count)
  // The parts of all tensors, one after the other.
  var starts = [0], loops: [Loop] = []
  for i in 0..<n {
    let x = op.pointee.inputs[i]!, out = op.pointee.outputs[i]!
    guard out.rank == 0 else { throw .invalid("SUM_OF_SQUARES: output \(i) is \(out.shapeText), not of rank 0") }
    var loop = Loop()
    for axis in 0..<x.rank { loop.append(x.extent(axis), SIMD4(x.stride(axis), 0, 0, 0)) }
    if loop.count > 0 { loop.arrange(by: 0) }
    loops.append(loop)
    starts.append(starts[i] + (loop.count + part - 1) / part)
  }
  let count = starts[n], kernel = context.pointee.networks.optimizer.sumOfSquares
  let move = context.pointee.kernels.move
  func sum(_ tensor: Int, _ low: Int, _ high: Int) -> Double {
    let x = op.pointee.inputs[tensor]!, loop = loops[tensor], step = loop.inner.stride[0], size = x.size
    let data = x.data, type = x.dtype
    if loop.rank <= 1 && step == 1 { return kernel(type, high - low, data + low * size) }
    return withUnsafeTemporaryAllocation(byteCount: 512 * size, alignment: 64) { memory in
      let block = memory.baseAddress.unsafelyUnwrapped
      var total = 0.0
      loop.runs(low, high) { offset, n in
        if step == 1 { return total += kernel(type, n, data + offset[0] * size) }
        for done in stride(from: 0, to: n, by: 512) {
          let count = min(512, n - done)
          move(size, count, block, 1, data + (offset[0] + done * step) * size, step)
          total += kernel(type, count, block)
        }
      }
      return total
    }
  }
  withUnsafeTemporaryAllocation(of: Double.self, capacity: max(count, 1)) { sums in
    let pieces = count < 4 ? 1 : min(count, 4 * context.pointee.threads)
    let results = sums.baseAddress.unsafelyUnwrapped
    parallel(context, pieces) { piece in
      var tensor = 0
      for i in (count * piece / pieces)..<(count * (piece + 1) / pieces) {
        while starts[tensor + 1] <= i { tensor += 1 }
        let low = (i - starts[tensor]) * part
        results[i] = sum(tensor, low, min(loops[tensor].count, low + part))
      }
    }
    for i in 0..<n {
      var total = 0.0
      for j in starts[i]..<starts[i + 1] { total += results[j] }
      let out = op.pointee.outputs[i]!
      if out.dtype == BP_FLOAT64 {
        out.data.storeBytes(of: total, as: Double.self)
      } else {
        out.data.storeBytes(of: Float(total), as: Float.self)
      }
    }
  }
}
