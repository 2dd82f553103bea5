import BackendAPI
import CPUKernelTypes

// What the kernels that move and combine elements leave to be put right afterwards.

/// Makes the bytes of a bool tensor 0 or 1 [BP-3.2], where a kernel has moved them as they were.
func normalizeTruth(_ context: Context, _ out: View) {
  var loop = Loop()
  for axis in 0..<out.rank { loop.append(out.extent(axis), SIMD4(out.stride(axis), 0, 0, 0)) }
  if loop.count == 0 { return }
  loop.arrange(by: 0)
  let o = out.data, step = loop.inner.stride[0], cast = context.pointee.kernels.cast
  loop.runs(context, atLeast: 1 << 17) { offset, n in
    cast(BP_UINT8, BP_BOOL, n, o + offset[0], step, o + offset[0], step)
  }
}

/// SCATTER, as its type wants it rounded.
func scatterRounded(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let isHalf = op.pointee.outputs[0]!.size == 2 && op.pointee.outputs[0]!.dtype != BP_INT16
  let mode = try parameters(op, bp_scatter_params()).mode
  let combines = mode == BP_SCATTER_ADD || mode == BP_SCATTER_MUL
  try isHalf && combines ? scatterThroughFloat32(context, op) : scatter(context, op)
}

/// SCATTER that sums or multiplies 16-bit floats: in float32, and rounded once at the end [BP-3.5].
private func scatterThroughFloat32(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, source = op.pointee.inputs[1]!
  if source.count == 0 || out.count == 0 { return try scatter(context, op) }
  let wideOut = WideCopy(of: out), wideSource = WideCopy(of: source)
  defer {
    wideOut.free()
    wideSource.free()
  }
  try copy(context, out, to: wideOut.view)
  try copy(context, source, to: wideSource.view)
  var inputs: (View?, View?) = (op.pointee.inputs[0], wideSource.view)
  var outputs: View? = wideOut.view
  var wide = op.pointee
  let result = withUnsafePointer(to: &inputs) { inputs in
    withUnsafePointer(to: &outputs) { outputs in
      wide.inputs = UnsafeRawPointer(inputs).assumingMemoryBound(to: View?.self)
      wide.outputs = outputs
      return Result { () throws(Failure) in try scatter(context, &wide) }
    }
  }
  try result.get()
  try copy(context, wideOut.view, to: out)
}

private func copy(_ context: Context, _ from: View, to: View) throws(Failure) {
  var input: View? = from, output: View? = to
  let result = withUnsafePointer(to: &input) { input in
    withUnsafePointer(to: &output) { output in
      var op = bp_op()
      op.op = BP_OP_COPY
      op.input_count = 1
      op.output_count = 1
      op.inputs = input
      op.outputs = output
      return Result { () throws(Failure) in try copy(context, &op) }
    }
  }
  try result.get()
}

/// A contiguous float32 tensor of another's shape.
private struct WideCopy {
  private let tensor: UnsafeMutablePointer<bp_tensor>
  private let strides: UnsafeMutablePointer<Int64>
  private let elements: UnsafeMutablePointer<Float>

  var view: View { View(tensor) }

  init(of other: View) {
    strides = .allocate(capacity: max(other.rank, 1))
    var step: Int64 = 1
    for axis in (0..<other.rank).reversed() {
      (strides + axis).initialize(to: step)
      step *= Int64(other.extent(axis))
    }
    elements = .allocate(capacity: Int(step))
    tensor = .allocate(capacity: 1)
    tensor.initialize(to: other.pointee)
    tensor.pointee.dtype = BP_FLOAT32
    tensor.pointee.buffer = bp_buffer(UInt(bitPattern: elements))
    tensor.pointee.byte_offset = 0
    tensor.pointee.strides = UnsafePointer(strides)
  }

  func free() {
    tensor.deallocate()
    strides.deallocate()
    elements.deallocate()
  }
}
