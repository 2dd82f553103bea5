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
  if id == BP_OP_CUMSUM && (type == BP_FLOAT32 || type == BP_FLOAT64) && so == 1 && sx == 1 {
    return runningSums(context, type, size, slices, n, o, x)
  }
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

/// CUMSUM along elements that lie side by side: slice by slice, and the parts of a long slice by several threads, once what
/// stands before each of them is known. The parts are the same whatever the number of threads.
private func runningSums(
  _ context: Context, _ type: Int32, _ size: Int, _ slices: Loop, _ n: Int, _ out: UnsafeMutableRawPointer,
  _ a: UnsafeRawPointer
) {
  let length = 16384, parts = (n + length - 1) / length
  let runningSum = context.pointee.kernels.runningSum, step = slices.inner.stride
  func run(_ part: Int, _ out: UnsafeMutableRawPointer?, _ a: UnsafeRawPointer, _ start: Double) -> Double {
    let low = part &* length, count = min(length, n &- low)
    return runningSum(type, count, out.map { $0 + low &* size }, a + low &* size, start)
  }
  // Enough slices for all threads, or too little in each.
  if slices.count >= 2 * context.pointee.threads || parts < 8 {
    return slices.runs(context, atLeast: max(1, 32768 / n)) { offset, count in
      for slice in 0..<count {
        let at = offset &+ SIMD4(repeating: slice) &* step
        let (out, a) = (out + at[0] &* size, a + at[1] &* size)
        var start = 0.0
        for part in 0..<parts {
          let next = part == parts &- 1 ? 0 : start + run(part, nil, a, 0)
          _ = run(part, out, a, start)
          start = next
        }
      }
    }
  }
  for slice in 0..<slices.count {
    let at = slices.offset(of: slice)
    let (out, a) = (out + at[0] &* size, a + at[1] &* size)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: parts) { starts in
      let starts = starts.baseAddress.unsafelyUnwrapped, pieces = pieces(context, n, atLeast: length)
      parallel(context, pieces) { piece in
        for part in (parts &* piece / pieces)..<(parts &* (piece &+ 1) / pieces) { starts[part] = run(part, nil, a, 0) }
      }
      var start = 0.0
      for part in 0..<parts { (starts[part], start) = (start, start + starts[part]) }
      parallel(context, pieces) { piece in
        for part in (parts &* piece / pieces)..<(parts &* (piece &+ 1) / pieces) { _ = run(part, out, a, starts[part]) }
      }
    }
  }
}
