import BackendAPI
import CUDATypes

/// COPY.
func copy(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!
  guard a.hasShape(of: out) else {
    throw .invalid("COPY: input \(a.shapeText) and output \(out.shapeText) have to be of one shape")
  }
  try copy(queue, from: a, to: out)
}

/// Copies between tensors of one shape, converting where the types differ.
func copy(_ queue: Queue, from a: View, to out: View) throws(Failure) {
  // A bool is made 0 or 1 even on its way to a bool.
  if a.dtype != out.dtype || a.dtype == BP_BOOL {
    var call = ElementwiseCall(out, [a], packLength: 16 / max(a.size, out.size))
    return try call.launch(queue, (a.dtype, out.dtype)) {
      ("", "convert.cu", ["FROM=\(a.dtype)", "TO=\(out.dtype)"])
    }
  }
  var walk = Axes([out, a])
  if walk.count == 0 { return }
  walk.arrange()
  let isContiguous = walk.rank == 0 || walk.rank == 1 && walk.stride(0)[0] == 1 && walk.stride(0)[1] == 1
  if isContiguous && !a.isImmediate {
    if a.address == out.address { return }
    queue.stream.lastOperator = queue.op
    let bytes = walk.count * out.size
    let code = queue.device.driver.cuMemcpyDtoDAsync_v2(out.address, a.address, bytes, queue.stream.handle)
    return try queue.device.check(code, "\(operatorName(queue.op)): copy of \(bytes) bytes")
  }
  if try transposed(queue, walk, from: a, to: out) { return }
  var call = ElementwiseCall(out, [a], packLength: 16 / out.size)
  try call.launch(queue, (out.dtype, out.dtype)) { ("copy_", "copy.cu", ["SIZE=\(out.size)"]) }
}

/// Copies by squares where the output is contiguous along one axis and the input along another: going along either
/// would touch a piece of memory of its own for each element of the other side. Small matrices fit the caches.
private func transposed(_ queue: Queue, _ walk: Axes, from a: View, to out: View) throws(Failure) -> Bool {
  var walk = walk
  let inner = walk.inner
  guard walk.rank >= 2, inner.stride[0] == 1, inner.stride[1] != 0, inner.stride[1] != 1, inner.extent >= 16 else {
    return false
  }
  var along = walk.rank - 2
  while along >= 0 && walk.stride(along)[1] != 1 { along -= 1 }
  guard along >= 0, walk.extent(along) >= 16 else { return false }
  let columns = walk.remove(walk.rank - 1), rows = walk.remove(along)
  var parameters = ck_transpose()
  parameters.walk = walk.parameters()
  parameters.operands = (walk.operand(0, out), walk.operand(1, a))
  parameters.rows = Int64(rows.extent)
  parameters.columns = Int64(columns.extent)
  parameters.row_stride = Int64(rows.stride[0])
  parameters.column_stride = Int64(columns.stride[1])
  let squares = walk.count * ((rows.extent + 31) / 32) * ((columns.extent + 31) / 32)
  try queue.launch(
    "copy_squares", of: "copy.cu", ["SIZE=\(out.size)"], blocks: queue.blocks(for: squares, threads: 1), parameters)
  return true
}
