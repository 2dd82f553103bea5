import BackendAPI
import CUDATypes

/// CUMSUM, CUMPROD, CUMMAX and CUMMIN.
let scanClaims = [NetworkClaim(BP_OP_CUMSUM, BP_OP_CUMPROD, BP_OP_CUMMAX, BP_OP_CUMMIN, run: scan)]

private func scan(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let x = op.pointee.inputs[0]!, out = op.pointee.outputs[0]!
  let index = op.pointee.output_count == 2 ? op.pointee.outputs[1]! : out
  guard x.hasShape(of: out) && x.hasShape(of: index) else {
    throw .invalid(
      "\(operatorName(queue.op)): input \(x.shapeText) and outputs \(out.shapeText), \(index.shapeText) have to be of one "
        + "shape")
  }
  let axis = try axis(op, parameters(op, bp_axis_params()).axis, x), n = x.extent(axis)
  var slices = Axes()
  for other in 0..<x.rank where other != axis {
    slices.append(x.extent(other), SIMD4(out.stride(other), x.stride(other), index.stride(other), 0))
  }
  if slices.count == 0 || n == 0 { return }
  slices.arrange(by: 1)
  var p = ck_scan()
  p.data = x.address
  p.out = out.address
  p.index = index.address
  p.slices = slices.parameters
  p.length = Int64(n)
  p.stride = (Int64(out.stride(axis)), Int64(x.stride(axis)), Int64(index.stride(axis)))
  let share = Int(CK_SCANNED), threads = Queue.threads
  let isColumns =
    slices.rank > 0 && slices.inner.extent >= 8 && slices.inner.stride[1].magnitude < x.stride(axis).magnitude
  var height = 1
  if !isColumns {
    // The threads of a warp as far as they suffice, else a block's.
    while height < 32 && height * share < n { height *= 2 }
    if n > 2 * height * share { height = threads }
  }
  p.group = ck_group(width: Int32(threads / height), height: Int32(height), is_columns: isColumns ? 1 : 0, reserved: 0)
  let tiles = (slices.count + threads / height - 1) / (threads / height)
  // Segments of four rounds and more, for all multiprocessors to have work.
  let most = isColumns ? 32 : 1024, least = isColumns ? 64 : 4 * height * share
  let segments = max(1, min(queue.device.multiprocessors * 8 / tiles, most, n / least))
  p.segment = Int64((n + segments - 1) / segments)
  p.segments = (Int64(n) + p.segment - 1) / p.segment
  if p.segments == 1 { return try launch(queue, "scan", 0, tiles, x.dtype, &p) }
  try queue.withScratch(16 * slices.count * Int(p.segments - 1)) { scratch throws(Failure) in
    p.partial = scratch
    try launch(queue, "scan_totals", 1, tiles * Int(p.segments - 1), x.dtype, &p)
    try launch(queue, "scan", 0, tiles * Int(p.segments), x.dtype, &p)
  }
}

private func launch(
  _ queue: Queue, _ kernel: String, _ number: Int, _ blocks: Int, _ dtype: Int32, _ p: inout ck_scan
) throws(Failure) {
  try queue.launch(
    Int(queue.op) << 9 | Int(dtype) << 5 | number, blocks: queue.everyBlock(for: blocks, threads: 1), &p
  ) { (kernel, "scans.cu", ["DTYPE=\(dtype)", "OPERATOR=\(operatorName(queue.op))"]) }
}
