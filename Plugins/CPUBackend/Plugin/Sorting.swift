import BackendAPI
import CPUKernelTypes

/// SORT: slice by slice, with room for the keys of one slice twice.
func sort(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let values = op.pointee.outputs[0]!, indices = op.pointee.outputs[1]!, a = op.pointee.inputs[0]!
  let p = try parameters(op, bp_sort_params())
  let axis = try slicesAxis(op, p.axis)
  let slices = slices(op, apartFrom: axis)
  let n = values.extent(axis)
  if slices.count == 0 || n == 0 { return }
  let kernels = context.pointee.kernels, type = values.dtype, size = values.size
  let (o, i, x) = (values.data, indices.data, a.data)
  let (so, sx, si) = (values.stride(axis), a.stride(axis), indices.stride(axis))
  let step = slices.inner.stride
  try requireWorkSpace(amount(32, n, min(slices.count, context.pointee.threads)), "SORT")
  slices.runs(context, atLeast: max(1, 2048 / n)) { offset, count in
    withUnsafeTemporaryAllocation(byteCount: 32 &* n, alignment: 64) { scratch in
      for slice in 0..<count {
        let at = offset &+ SIMD4(repeating: slice) &* step
        kernels.sort(
          type, n, p.descending, o + at[0] &* size, so, i + at[2] &* 8, si, x + at[1] &* size, sx,
          scratch.baseAddress.unsafelyUnwrapped)
      }
    }
  }
}

/// The axis of an operator that works on slices, all of whose operands have one shape.
func slicesAxis(_ op: UnsafePointer<bp_op>, _ axis: Int32) throws(Failure) -> Int {
  let a = op.pointee.inputs[0]!
  for i in 0..<Int(op.pointee.output_count) {
    let out = op.pointee.outputs[i]!
    guard a.hasShape(of: out) else {
      throw .invalid(
        "\(operatorName(op.pointee.op)): input \(a.shapeText) and output \(out.shapeText) have to be of one shape")
    }
  }
  return try CPUBackend.axis(op, axis, a)
}

/// The slices along an axis: strides of the first output (0), the input (1), and the second output (2) if there is one.
func slices(_ op: UnsafePointer<bp_op>, apartFrom axis: Int) -> Loop {
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!
  let second = op.pointee.output_count > 1 ? op.pointee.outputs[1]! : out
  var slices = Loop()
  for other in 0..<out.rank where other != axis {
    slices.append(out.extent(other), SIMD4(out.stride(other), a.stride(other), second.stride(other), 0))
  }
  if slices.count > 0 { slices.arrange(by: 0) }
  return slices
}
