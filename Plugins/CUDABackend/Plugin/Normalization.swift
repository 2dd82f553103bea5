import BackendAPI
import CUDATypes

/// SOFTMAX, LOG_SOFTMAX and their gradients, each in one launch.
func softmax(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!
  let b = op.pointee.input_count == 2 ? op.pointee.inputs[1]! : a
  guard a.hasShape(of: out) && b.hasShape(of: out) else {
    throw .invalid(
      "\(operatorName(queue.op)): inputs \(a.shapeText), \(b.shapeText) and output \(out.shapeText) have to be of one shape"
    )
  }
  let axis = try axis(op, parameters(op, bp_axis_params()).axis, out)
  var slices = Axes()
  for other in 0..<out.rank where other != axis {
    slices.append(out.extent(other), SIMD4(out.stride(other), a.stride(other), b.stride(other), 0))
  }
  let n = out.extent(axis)
  if slices.count == 0 || n == 0 { return }
  slices.arrange(by: 1)
  var p = ck_normalization()
  p.out = out.address
  p.data = (a.address, b.address)
  p.slices = slices.parameters
  p.length = Int64(n)
  p.stride = (Int64(out.stride(axis)), Int64(a.stride(axis)), Int64(b.stride(axis)))
  p.op = queue.op
  if let (group, threads) = rows(slices, axis, [out, a, b]) {
    p.group = group
    return try launch(queue, "rows", of: "rows.cu", 1, out.dtype, threads, &p)
  }
  let isColumns =
    slices.rank > 0 && slices.inner.extent >= 8
    && slices.inner.stride[1].magnitude < a.stride(axis).magnitude
  // More threads for a slice that does not fit the registers of fewer.
  let threads = !isColumns && n > 8 * Queue.threads ? Int(CK_LONG_BLOCK) : Queue.threads
  p.group = ck_group(length: n, threads: threads, isColumns: isColumns)
  try launch(
    queue, op.pointee.input_count == 2 ? "softmax_backward" : "softmax", of: "normalization.cu", 0, out.dtype, threads,
    &p)
}

/// The threads for slices that they can keep in registers, by packs of 16 bytes; nil for others.
private func rows(_ slices: Axes, _ axis: Int, _ operands: [View]) -> (group: ck_group, threads: Int)? {
  let size = operands[0].size, n = operands[0].extent(axis)
  let kept = Int(CK_KEPT_BYTES) / max(size, 4)
  guard n * size % 16 == 0, n <= kept * Int(CK_LONG_BLOCK) else { return nil }
  for (i, operand) in operands.enumerated() {
    guard operand.stride(axis) == 1 || n == 1, operand.address % 16 == 0 else { return nil }
    for other in 0..<slices.rank where slices.stride(other)[i] &* size % 16 != 0 { return nil }
  }
  // A warp first, which needs no barrier, then as many as it takes.
  var height = 1
  while height * kept < n || height < 32 && height * 8 < n { height *= 2 }
  let threads = max(height, Queue.threads)
  return (ck_group(width: Int32(threads / height), height: Int32(height), is_columns: 0, reserved: 0), threads)
}

/// Starts one of the kernels, which have a number for each operator.
private func launch(
  _ queue: Queue, _ kernel: String, of file: String, _ number: Int, _ dtype: Int32, _ threads: Int,
  _ parameters: inout ck_normalization
) throws(Failure) {
  let tiles = (Int(parameters.slices.count) + Int(parameters.group.width) - 1) / Int(parameters.group.width)
  let blocks = queue.everyBlock(for: tiles, threads: 1)
  try queue.launch(Int(queue.op) << 9 | Int(dtype) << 5 | number, blocks: blocks, threads: threads, &parameters) {
    (kernel, file, ["DTYPE=\(dtype)"] + (number == 1 ? ["OPERATOR=\(operatorName(queue.op))"] : []))
  }
}
