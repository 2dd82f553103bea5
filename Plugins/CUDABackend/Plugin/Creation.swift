import BackendAPI
import CUDATypes

/// FILL.
func fill(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, value = op.pointee.inputs[0]!
  guard value.isImmediate else { throw .invalid("FILL: the input has to be an immediate") }
  var given = value.pointee
  if out.dtype == BP_BOOL { given.immediate.0 = given.immediate.0 & 0xff == 0 ? 0 : 1 }
  try withUnsafePointer(to: given) { (value: View) throws(Failure) in
    var call = ElementwiseCall(out, [value], packLength: 16 / out.size)
    try call.launch(queue, (out.dtype, out.dtype)) { ("fill_", "copy.cu", ["SIZE=\(out.size)"]) }
  }
}

/// ARANGE.
func arange(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!
  let given = try parameters(op, bp_arange_params())
  var walk = Axes([out])
  if walk.count == 0 { return }
  walk.merge()
  let parameters = ck_arange(
    walk: walk.parameters(), out: walk.operand(0, out), start: given.start, step: given.step,
    integer_start: given.integer_start, integer_step: given.integer_step)
  try queue.launch(
    "arange", of: "creation.cu", ["DTYPE=\(out.dtype)"], blocks: queue.blocks(for: walk.count), parameters)
}
