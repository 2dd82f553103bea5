import BackendAPI
import CUDATypes

/// GATHER.
func gather(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, data = op.pointee.inputs[0]!, index = op.pointee.inputs[1]!
  let axis = try axis(op, parameters(op, bp_axis_params()).axis, data)
  guard index.hasShape(of: out) && data.rank == out.rank else {
    throw .invalid("GATHER: indices \(index.shapeText) and output \(out.shapeText) have to be of one shape")
  }
  for other in 0..<data.rank where other != axis && index.extent(other) > data.extent(other) {
    throw .invalid("GATHER: indices \(index.shapeText) exceed data \(data.shapeText) off axis \(axis)")
  }
  var axes = Axes()
  for other in 0..<out.rank {
    let along = other == axis ? 0 : data.stride(other)
    axes.append(out.extent(other), SIMD4(out.stride(other), along, index.stride(other), 0))
  }
  if axes.count == 0 { return }
  axes.arrange(by: 0)
  var p = indexing(queue, data, index, out, axis)
  var size = out.size
  if out.dtype != BP_BOOL { size *= widen(&axes, &p, size) }
  p.axes = axes.parameters
  let type = out.dtype == BP_BOOL ? "BOOL" : "BYTES=\(size)"
  try queue.launch("gather", of: "gather.cu", [type], blocks: queue.blocks(for: axes.count), p)
}

/// Where whole rows are selected, their elements are moved several at a time, as one of up to 16 bytes. Gives how many.
private func widen(_ axes: inout Axes, _ p: inout ck_indexing, _ size: Int) -> Int {
  let inner = axes.inner
  guard axes.rank > 0, inner.stride[0] == 1, inner.stride[1] == 1, inner.stride[2] == 0 else { return 1 }
  var factor = 16 / size
  func fits() -> Bool {
    let bytes = UInt64(factor * size)
    guard inner.extent % factor == 0, Int(p.axis_stride) % factor == 0 else { return false }
    guard p.data % bytes == 0, p.other % bytes == 0 else { return false }
    return (0..<(axes.rank - 1)).allSatisfy {
      axes.stride($0)[0] % factor == 0 && axes.stride($0)[1] % factor == 0
    }
  }
  while factor > 1 && !fits() { factor /= 2 }
  if factor == 1 { return 1 }
  var wide = Axes()
  for i in 0..<(axes.rank - 1) {
    let stride = axes.stride(i)
    wide.append(axes.extent(i), SIMD4(stride[0] / factor, stride[1] / factor, stride[2], 0))
  }
  wide.append(inner.extent / factor, inner.stride)
  axes = wide
  p.axis_stride /= Int64(factor)
  return factor
}

private func indexing(_ queue: Queue, _ data: View, _ index: View, _ other: View, _ axis: Int) -> ck_indexing {
  var p = ck_indexing()
  p.data = data.address
  p.index = index.address
  p.other = other.address
  p.fault = queue.stream.faultAddress
  // The stride of an axis of extent 1 has no meaning; its one index is 0.
  p.axis_stride = data.extent(axis) == 1 ? 0 : Int64(data.stride(axis))
  p.extent = Int64(data.extent(axis))
  p.op = queue.op
  return p
}

/// SCATTER.
func scatter(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, index = op.pointee.inputs[0]!, source = op.pointee.inputs[1]!
  let parameters = try parameters(op, bp_scatter_params())
  let axis = try axis(op, parameters.axis, out), mode = parameters.mode
  guard mode >= BP_SCATTER_SET && mode <= BP_SCATTER_MIN else {
    throw .invalid("SCATTER: there is no mode \(mode)")
  }
  guard source.hasShape(of: index) && index.rank == out.rank else {
    throw .invalid("SCATTER: indices \(index.shapeText) and source \(source.shapeText) have to be of one shape")
  }
  for other in 0..<out.rank where other != axis && index.extent(other) > out.extent(other) {
    throw .invalid("SCATTER: indices \(index.shapeText) exceed output \(out.shapeText) off axis \(axis)")
  }
  if index.count == 0 { return }
  var p = indexing(queue, out, index, source, axis)
  p.mode = mode
  let type = ["DTYPE=\(out.dtype)"], file = "scatter.cu"

  /// Over the positions of the indices, with these strides of the output.
  func launch(_ kernel: String, strides: (Int) -> Int) throws(Failure) {
    var axes = Axes()
    for other in 0..<out.rank {
      let along = other == axis ? 0 : strides(other)
      axes.append(index.extent(other), SIMD4(source.stride(other), along, index.stride(other), 0))
    }
    axes.arrange(by: 0)
    p.axes = axes.parameters
    try queue.launch(kernel, of: file, type, blocks: queue.blocks(for: axes.count), p)
  }
  let isHalf = out.dtype == BP_FLOAT16 || out.dtype == BP_BFLOAT16
  guard isHalf && (mode == BP_SCATTER_ADD || mode == BP_SCATTER_MUL) && out.count > 0 else {
    return try launch("scatter") { out.stride($0) }
  }
  // By way of float32, for sums and products to be rounded once.
  var all = Axes()
  var strides = [Int](repeating: 0, count: out.rank)
  var stride = 1
  for other in (0..<out.rank).reversed() {
    strides[other] = stride
    stride *= out.extent(other)
  }
  for other in 0..<out.rank { all.append(out.extent(other), SIMD4(out.stride(other), strides[other], 0, 0)) }
  all.arrange(by: 0)
  try queue.withScratch(4 * out.count) { scratch throws(Failure) in
    var movement = ck_movement()
    movement.target = out.address
    movement.source = scratch
    movement.axes = all.parameters
    let blocks = queue.blocks(for: out.count)
    try queue.launch("widen", of: file, type, blocks: blocks, movement)
    p.data = scratch
    p.axis_stride = out.extent(axis) == 1 ? 0 : Int64(strides[axis])
    try launch("scatter_wide") { strides[$0] }
    try queue.launch("narrow", of: file, type, blocks: blocks, movement)
  }
}
