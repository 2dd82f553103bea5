import BackendAPI
import CPUKernelTypes

/// SOFTMAX, LOG_SOFTMAX and their gradients: slice by slice, each staged where it is not contiguous.
func softmax(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!, id = op.pointee.op
  let b = op.pointee.input_count == 2 ? op.pointee.inputs[1]! : a
  guard a.hasShape(of: out) && b.hasShape(of: out) else {
    throw .invalid(
      "\(operatorName(id)): inputs \(a.shapeText), \(b.shapeText) and output \(out.shapeText) have to be of one shape"
    )
  }
  let axis = try axis(op, parameters(op, bp_axis_params()).axis, out)
  var slices = Loop()
  for other in 0..<out.rank where other != axis {
    slices.append(out.extent(other), SIMD4(out.stride(other), a.stride(other), b.stride(other), 0))
  }
  let n = out.extent(axis)
  if slices.count == 0 || n == 0 { return }
  slices.arrange(by: 0)
  let kernels = context.pointee.kernels, type = out.dtype, size = out.size
  let (o, p, q) = (out.data, a.data, b.data)
  let (so, sa, sb) = (out.stride(axis), a.stride(axis), b.stride(axis))
  let step = slices.inner.stride
  let isBinary = op.pointee.input_count == 2
  let isContiguous = n == 1 || (so == 1 && sa == 1 && sb == 1)
  slices.runs(context, atLeast: max(1, 8192 / n)) { offset, count in
    if isContiguous {
      for i in 0..<count {
        let at = offset &+ SIMD4(repeating: i) &* step
        kernels.softmax(id, type, n, o + at[0] &* size, p + at[1] &* size, q + at[2] &* size)
      }
      return
    }
    withUnsafeTemporaryAllocation(byteCount: 2 &* n &* size, alignment: 64) { memory in
      let x = memory.baseAddress.unsafelyUnwrapped, y = x + n &* size
      for i in 0..<count {
        let at = offset &+ SIMD4(repeating: i) &* step
        kernels.move(size, n, x, 1, p + at[1] &* size, sa)
        if isBinary { kernels.move(size, n, y, 1, q + at[2] &* size, sb) }
        kernels.softmax(id, type, n, x, x, y)
        kernels.move(size, n, o + at[0] &* size, so, x, 1)
      }
    }
  }
}
