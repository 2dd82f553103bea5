import BackendAPI
import CPUKernelTypes
import CPULanes

/// An index outside its axis.
private func outside(_ name: StaticString, _ index: Int64, _ extent: Int, _ axis: Int) -> Failure {
  .invalid("\(name): index \(index) is outside axis \(axis) of extent \(extent)")
}

/// The first index outside `0 ..< extent`, or nil.
private func firstOutside(_ context: Context, _ index: View, _ extent: Int) -> Int64? {
  var loop = Loop()
  for axis in 0..<index.rank { loop.append(index.extent(axis), SIMD4(index.stride(axis), 0, 0, 0)) }
  if loop.count == 0 { return nil }
  loop.arrange(by: 0)
  // Broadcast indices are looked at once.
  var distinct = Loop()
  for axis in 0..<loop.rank where loop.stride(axis)[0] != 0 {
    distinct.append(loop.extent(axis), loop.stride(axis))
  }
  let step = distinct.inner.stride[0], p = UnsafeRawPointer(index.data)
  var found: Int64?
  distinct.runs(0, distinct.count) { offset, n in
    if found != nil { return }
    let at = context.pointee.kernels.checkIndices(n, p + offset[0] &* 8, step, extent)
    if at >= 0 { found = (p + (offset[0] &+ at &* step) &* 8).load(as: Int64.self) }
  }
  return found
}

/// GATHER.
func gather(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, data = op.pointee.inputs[0]!, index = op.pointee.inputs[1]!
  let axis = try axis(op, parameters(op, bp_axis_params()).axis, data)
  guard index.hasShape(of: out) && data.rank == out.rank else {
    throw .invalid("GATHER: indices \(index.shapeText) and output \(out.shapeText) have to be of one shape")
  }
  for other in 0..<data.rank where other != axis && index.extent(other) > data.extent(other) {
    throw .invalid("GATHER: indices \(index.shapeText) exceed data \(data.shapeText) off axis \(axis)")
  }
  var loop = Loop()
  for other in 0..<out.rank {
    let along = other == axis ? 0 : data.stride(other)
    loop.append(out.extent(other), SIMD4(out.stride(other), along, index.stride(other), 0))
  }
  if loop.count == 0 { return }
  let extent = data.extent(axis)
  if let wrong = firstOutside(context, index, extent) { throw outside("GATHER", wrong, extent, axis) }
  loop.arrange(by: 0)
  let kernels = context.pointee.kernels, size = out.size
  let (o, p, q) = (out.data, UnsafeRawPointer(data.data), UnsafeRawPointer(index.data))
  let step = loop.inner.stride, axisStride = data.stride(axis)
  let isBool = out.dtype == BP_BOOL
  if loop.rank > 0 && step[2] == 0 && !isBool {
    // One index for the whole run: rows are selected.
    let streams =
      loop.count &* size >= streamedBytes && step[0] == 1 && step[1] == 1 && loop.inner.extent &* size >= 512
    let pieces = pieces(context, loop.count, atLeast: max(1, 65536 / size))
    parallel(context, pieces) { piece in
      let (low, high) = share(loop.count, pieces, piece)
      loop.runs(low, high) { offset, n in
        let i = Int((q + offset[2] &* 8).load(as: Int64.self))
        let source = p + (offset[1] &+ i &* axisStride) &* size
        if streams {
          kernels.stream(n &* size, o + offset[0] &* size, source)
        } else {
          kernels.move(size, n, o + offset[0] &* size, step[0], source, step[1])
        }
      }
      if streams { lanes_stream_fence() }
    }
    return
  }
  loop.runs(context, atLeast: 16384) { offset, n in
    _ = kernels.gather(
      isBool ? 0 : size, n, o + offset[0] &* size, step[0], p + offset[1] &* size, axisStride, step[1],
      q + offset[2] &* 8,
      step[2], extent)
  }
}

/// SCATTER. Several sources may go to one target, and are taken in row-major order: what is shared
/// among threads is cut across the axis, never along it.
func scatter(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, index = op.pointee.inputs[0]!, source = op.pointee.inputs[1]!
  let parameters = try parameters(op, bp_scatter_params())
  let axis = try axis(op, parameters.axis, out), mode = parameters.mode
  guard mode >= BP_SCATTER_SET && mode <= BP_SCATTER_MIN else {
    throw .invalid("SCATTER: there is no mode \(mode)")
  }
  guard out.dtype < BP_COMPLEX64 || mode <= BP_SCATTER_MUL else {
    throw .invalid("SCATTER: mode \(mode) of \(String(cString: bp_dtype_name(out.dtype))), which has no order")
  }
  guard source.hasShape(of: index) && index.rank == out.rank else {
    throw .invalid("SCATTER: indices \(index.shapeText) and source \(source.shapeText) have to be of one shape")
  }
  for other in 0..<out.rank where other != axis && index.extent(other) > out.extent(other) {
    throw .invalid("SCATTER: indices \(index.shapeText) exceed output \(out.shapeText) off axis \(axis)")
  }
  let extent = out.extent(axis)
  if index.count == 0 { return }
  if let wrong = firstOutside(context, index, extent) { throw outside("SCATTER", wrong, extent, axis) }

  let isHalf = out.dtype == BP_FLOAT16 || out.dtype == BP_BFLOAT16
  if isHalf && (mode == BP_SCATTER_ADD || mode == BP_SCATTER_MUL) {
    try requireWorkSpace(amount(4, out.count + source.count), "SCATTER")
    return scatterHalf(context, mode, axis, out, index, source)
  }
  scatter(context, mode, axis, out, index, source)
}

/// By way of float32, for sums and products to be rounded once.
private func scatterHalf(
  _ context: Context, _ mode: Int32, _ axis: Int, _ out: View, _ index: View, _ source: View
) {
  withUnsafeTemporaryAllocation(byteCount: (out.count + source.count) * 4, alignment: 64) { memory in
    let base = memory.baseAddress.unsafelyUnwrapped
    withContiguous(out, BP_FLOAT32, base) { wideOut in
      withContiguous(source, BP_FLOAT32, base + out.count * 4) { wideSource in
        copy(context, from: out, to: wideOut)
        copy(context, from: source, to: wideSource)
        scatter(context, mode, axis, wideOut, index, wideSource)
        copy(context, from: wideOut, to: out)
      }
    }
  }
}

/// A contiguous tensor of this shape, of another type, in this memory.
private func withContiguous(
  _ shape: View, _ type: Int32, _ memory: UnsafeMutableRawPointer, _ body: (View) -> Void
) {
  withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(1, shape.rank)) { strides in
    var stride: Int64 = 1
    for axis in (0..<shape.rank).reversed() {
      strides[axis] = stride
      stride *= Int64(shape.extent(axis))
    }
    var tensor = shape.pointee
    tensor.dtype = type
    tensor.flags = 0
    tensor.buffer = UInt64(UInt(bitPattern: memory))
    tensor.byte_offset = 0
    tensor.strides = UnsafePointer(strides.baseAddress)
    withUnsafePointer(to: tensor, body)
  }
}

/// SCATTER with operands that are known to be right.
private func scatter(
  _ context: Context, _ mode: Int32, _ axis: Int, _ out: View, _ index: View, _ source: View
) {
  var across = Loop()
  for other in 0..<out.rank where other != axis {
    across.append(
      index.extent(other), SIMD4(out.stride(other), index.stride(other), source.stride(other), 0))
  }
  across.arrange(by: 0)
  let kernel = context.pointee.kernels.scatter, type = out.dtype, size = out.size
  let (o, p, q) = (out.data, UnsafeRawPointer(index.data), UnsafeRawPointer(source.data))
  let n = index.extent(axis), axisStride = out.stride(axis)
  let (indexStride, sourceStride) = (index.stride(axis), source.stride(axis))
  let step = across.inner.stride
  let addsRows = mode != BP_SCATTER_SET && step[1] == 0 && step[0] == 1 && step[2] == 1
  let rowKernel = context.pointee.kernels.elementwise[Int(type)]!, rowOperator = rowOperator(mode)
  across.runs(context, atLeast: max(1, 32768 / n)) { offset, count in
    if addsRows && count >= 8 {
      // One index for the whole row: its target is combined with the source by the elementwise kernel.
      for i in 0..<n {
        let j = Int((p + (offset[1] &+ i &* indexStride) &* 8).load(as: Int64.self))
        let target = o + (offset[0] &+ j &* axisStride) &* size
        rowKernel(
          rowOperator, count, target, 1, target, 1, q + (offset[2] &+ i &* sourceStride) &* size, 1)
      }
    } else if count >= 8 {
      // Neighbours across the axis together, for each position along it.
      for i in 0..<n {
        kernel(
          mode, type, count, o + offset[0] &* size, axisStride, step[0],
          p + (offset[1] &+ i &* indexStride) &* 8, step[1],
          q + (offset[2] &+ i &* sourceStride) &* size, step[2])
      }
    } else {
      for j in 0..<count {
        let at = offset &+ SIMD4(repeating: j) &* step
        kernel(
          mode, type, n, o + at[0] &* size, axisStride, 0, p + at[1] &* 8, indexStride,
          q + at[2] &* size, sourceStride)
      }
    }
  }
}

/// The elementwise operator that a scatter mode applies.
private func rowOperator(_ mode: Int32) -> Int32 {
  switch mode {
  case BP_SCATTER_ADD: BP_OP_ADD
  case BP_SCATTER_MUL: BP_OP_MUL
  case BP_SCATTER_MAX: BP_OP_MAXIMUM
  default: BP_OP_MINIMUM
  }
}
