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
    // Slices side by side are turned sixteen at a time, for whole cache lines to be used; others are
    // taken one by one.
    let isSideBySide = step[0] == 1 && step[1] == 1 && (step[2] == 1 || !isBinary) && count > 1
    let group = isSideBySide ? min(16, count) : 1
    withUnsafeTemporaryAllocation(byteCount: 2 &* group &* n &* size, alignment: 64) { memory in
      let x = memory.baseAddress.unsafelyUnwrapped, y = x + group &* n &* size
      for i in stride(from: 0, to: count, by: group) {
        let width = min(group, count &- i)
        let at = offset &+ SIMD4(repeating: i) &* step
        let o = o + at[0] &* size, p = p + at[1] &* size, q = q + at[2] &* size
        if isSideBySide {
          kernels.transpose(size, width, n, x, n, p, sa)
          if isBinary { kernels.transpose(size, width, n, y, n, q, sb) }
        } else {
          kernels.move(size, n, x, 1, p, sa)
          if isBinary { kernels.move(size, n, y, 1, q, sb) }
        }
        for j in 0..<width {
          let slice = j &* n &* size
          kernels.softmax(id, type, n, x + slice, x + slice, y + slice)
        }
        if isSideBySide {
          kernels.transpose(size, n, width, o, so, x, n)
        } else {
          kernels.move(size, n, o, so, x, 1)
        }
      }
    }
  }
}
