import BackendAPI
import CUDATypes

/// RANDOM_UNIFORM, RANDOM_NORMAL and RANDOM_INTEGER.
func random(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, id = op.pointee.op
  let given = try parameters(op, bp_random_params())
  guard id != BP_OP_RANDOM_INTEGER || given.range > 0 else {
    throw .invalid("RANDOM_INTEGER: the range has to be more than 0")
  }
  var walk = Axes([out])
  if walk.count == 0 { return }
  walk.merge()
  // What one block of random numbers gives: 64 bits for each integer and each float64, else 32.
  let length = id == BP_OP_RANDOM_INTEGER || out.dtype == BP_FLOAT64 ? 2 : 4
  let isDense =
    walk.rank <= 1 && walk.inner.stride[0] == 1 && out.address % UInt64(length * out.size) == 0
  let parameters = ck_random(
    walk: walk.parameters(), out: walk.operand(0, out), is_dense: isDense ? 1 : 0, seed: given.seed,
    offset: given.offset, range: given.range, low: given.low)
  let kernel =
    switch id {
    case BP_OP_RANDOM_UNIFORM: "uniform"
    case BP_OP_RANDOM_NORMAL: "normal_distribution"
    default: "integer"
    }
  try queue.launch(
    kernel, of: "random.cu", ["DTYPE=\(out.dtype)"],
    blocks: queue.blocks(for: (walk.count + length - 1) / length), parameters)
}
