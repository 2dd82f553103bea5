import BackendAPI
import CPUKernelTypes

/// RANDOM_UNIFORM, RANDOM_NORMAL and RANDOM_INTEGER.
func random(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, id = op.pointee.op
  let p = try parameters(op, bp_random_params())
  guard id != BP_OP_RANDOM_INTEGER || p.range > 0 else {
    throw .invalid("RANDOM_INTEGER: the range has to be more than 0")
  }
  let kernel = context.pointee.kernels.random, type = out.dtype
  generate(context, out, atLeast: 4096) { first, n, to in
    kernel(id, type, first, n, to, p.seed, p.offset, p.low, p.range)
  }
}
