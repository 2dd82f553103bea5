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
  let isColumns =
    slices.rank > 0 && slices.inner.extent >= 8
    && slices.inner.stride[1].magnitude < a.stride(axis).magnitude
  // More threads for a slice that does not fit the registers of fewer.
  let threads = !isColumns && n > 8 * Queue.threads ? Int(CK_LONG_BLOCK) : Queue.threads
  var p = ck_normalization()
  p.out = out.address
  p.data = (a.address, b.address)
  p.slices = slices.parameters
  p.length = Int64(n)
  p.stride = (Int64(out.stride(axis)), Int64(a.stride(axis)), Int64(b.stride(axis)))
  p.group = ck_group(length: n, threads: threads, isColumns: isColumns)
  p.op = queue.op
  let tiles = (slices.count + Int(p.group.width) - 1) / Int(p.group.width)
  try queue.launch(
    op.pointee.input_count == 2 ? "softmax_backward" : "softmax", of: "normalization.cu", ["DTYPE=\(out.dtype)"],
    blocks: queue.blocks(for: tiles, threads: 1), threads: threads, p)
}
