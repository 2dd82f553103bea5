import BackendAPI
import CPUKernelTypes

/// CUMSUM and CUMPROD, CUMMAX and CUMMIN: slice by slice.
func scan(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!, id = op.pointee.op
  let axis = try slicesAxis(op, parameters(op, bp_axis_params()).axis)
  let slices = slices(op, apartFrom: axis)
  let n = out.extent(axis)
  if slices.count == 0 || n == 0 { return }
  let kernels = context.pointee.kernels, type = a.dtype, size = a.size, outSize = out.size
  let (o, x) = (out.data, a.data)
  let (so, sx) = (out.stride(axis), a.stride(axis))
  let step = slices.inner.stride
  let indices = op.pointee.output_count > 1 ? op.pointee.outputs[1]! : nil
  let places = indices?.data, si = indices?.stride(axis) ?? 0
  slices.runs(context, atLeast: max(1, 8192 / n)) { offset, count in
    for slice in 0..<count {
      let at = offset &+ SIMD4(repeating: slice) &* step
      if let places {
        kernels.scanExtreme(id, type, n, o + at[0] &* outSize, so, places + at[2] &* 8, si, x + at[1] &* size, sx)
      } else {
        kernels.scan(id, type, n, o + at[0] &* outSize, so, x + at[1] &* size, sx)
      }
    }
  }
}
