import BackendAPI
import CUDATypes

/// DROPOUT: a thread reads its elements before it writes them.
let dropoutClaims = [NetworkClaim(BP_OP_DROPOUT, isInPlace: true, run: dropout)]

private func dropout(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, x = op.pointee.inputs[0]!
  let h = try parameters(op, bp_dropout_params())
  guard x.hasShape(of: out) else {
    throw .invalid("DROPOUT: input \(x.shapeText) and output \(out.shapeText) have to be of one shape")
  }
  guard h.p >= 0 && h.p < 1 else { throw .invalid("DROPOUT: p \(h.p) has to be 0 or more, and less than 1") }
  // In row-major order, which numbers the elements.
  var walk = Axes([out, x])
  if walk.count == 0 { return }
  walk.merge()
  let inner = walk.inner, alignment = UInt64(4 * out.size)
  var p = ck_dropout()
  p.is_dense =
    (walk.rank == 0 || walk.rank == 1 && inner.stride[0] == 1 && inner.stride[1] == 1)
      && out.address % alignment == 0 && x.address % alignment == 0 ? 1 : 0
  p.walk = walk.parameters()
  p.operands = (walk.operand(0, out), walk.operand(1, x))
  p.p = Float(h.p)
  p.scale = 1 / (1 - h.p)
  p.seed = h.seed
  p.offset = h.offset
  let type = out.dtype
  // A thread has two blocks of random numbers under way.
  let blocks = queue.everyBlock(for: (walk.count + 7) / 8, threads: Queue.threads)
  try queue.launch(Int(queue.op) << 9 | Int(type) << 5, blocks: blocks, &p) {
    ("dropout", "dropout.cu", ["DTYPE=\(type)"])
  }
}
