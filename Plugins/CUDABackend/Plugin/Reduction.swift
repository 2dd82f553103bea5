import BackendAPI
import CUDATypes

/// Elements that a thread should have before a long reduction is split further.
private let leastRun = 16

/// SUM, PROD, MEAN, MAX and MIN.
func reduce(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!
  guard a.rank == out.rank else { throw reductionShapes(op) }
  for axis in 0..<a.rank where a.extent(axis) != out.extent(axis) && out.extent(axis) != 1 { throw reductionShapes(op) }
  try reduce(queue, a, to: out)
}

/// The operator of the queue, of operands whose shapes fit.
func reduce(_ queue: Queue, _ a: View, to out: View) throws(Failure) {
  var (kept, reduced) = (Axes(), Axes())
  for axis in 0..<a.rank {
    if a.extent(axis) == out.extent(axis) {
      kept.append(a.extent(axis), SIMD4(out.stride(axis), a.stride(axis), 0, 0))
    } else {
      reduced.append(a.extent(axis), SIMD4(0, a.stride(axis), 0, 0))
    }
  }
  try reduce(queue, a, out, kept, reduced)
}

/// ARGMAX and ARGMIN.
func argReduce(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!
  let axis = try axis(op, parameters(op, bp_axis_params()).axis, a)
  guard a.rank == out.rank && a.extent(axis) > 0 && out.extent(axis) == 1 else { throw reductionShapes(op) }
  var (kept, reduced) = (Axes(), Axes())
  for other in 0..<a.rank where other != axis {
    guard a.extent(other) == out.extent(other) else { throw reductionShapes(op) }
    kept.append(a.extent(other), SIMD4(out.stride(other), a.stride(other), 0, 0))
  }
  reduced.append(a.extent(axis), SIMD4(0, a.stride(axis), 0, 0))
  try reduce(queue, a, out, kept, reduced)
}

private func reductionShapes(_ op: UnsafePointer<bp_op>) -> Failure {
  .invalid(
    "\(operatorName(op.pointee.op)): input \(op.pointee.inputs[0]!.shapeText) does not reduce to output \(op.pointee.outputs[0]!.shapeText)"
  )
}

/// The axis of an operator that works along one, checked.
func axis(_ op: UnsafePointer<bp_op>, _ value: Int32, _ tensor: View) throws(Failure) -> Int {
  guard value >= 0 && value < tensor.pointee.rank else {
    throw .invalid("\(operatorName(op.pointee.op)): axis \(value) of a tensor of rank \(tensor.rank)")
  }
  return Int(value)
}

private func reduce(
  _ queue: Queue, _ a: View, _ out: View, _ kept: Axes, _ reduced: Axes
) throws(Failure) {
  var (kept, reduced) = (kept, reduced)
  let results = kept.count, n = reduced.count
  if results == 0 { return }
  kept.arrange(by: 1)
  reduced.arrange(by: 1)
  // Along the axis whose elements are neighbours in memory.
  let isColumns =
    kept.rank > 0 && kept.inner.extent >= 8 && reduced.rank > 0
    && kept.inner.stride[1].magnitude < reduced.inner.stride[1].magnitude
  let isPacked = !isColumns && isPacked(a, kept, reduced)
  let multiprocessors = queue.device.multiprocessors
  // Where there are enough results for all threads, fewer of them work on one.
  let share = isPacked && results >= multiprocessors * 64 ? 32 : 8
  let group = ck_group(length: n, threads: Queue.threads, isColumns: isColumns, share: share)
  let tiles = (results + Int(group.width) - 1) / Int(group.width)

  // Few results of many elements: each is made of parts, for all multiprocessors to have work until the end.
  let wanted = multiprocessors * 32 / tiles
  let segments = max(1, min(wanted, n / (Int(group.height) * leastRun)))
  var p = ck_reduction()
  p.data = a.address
  p.out = out.address
  p.kept = kept.parameters
  p.reduced = reduced.parameters
  p.group = group
  // A segment begins a pack.
  p.segment = Int64(((n + segments - 1) / segments + 15) / 16 * 16)
  p.segments = p.segment == 0 ? 1 : (Int64(n) + p.segment - 1) / p.segment

  let first = isPacked ? "reduce_packs" : "reduce"
  let blocks = queue.everyBlock(for: tiles * Int(p.segments), threads: 1)
  if p.segments == 1 {
    return try launch(queue, first, a.dtype, isPacked ? 1 : 0, blocks: blocks, &p)
  }
  // No accumulator is larger than two words of 64 bits.
  try queue.withScratch(16 * results * Int(p.segments)) { scratch throws(Failure) in
    p.partial = scratch
    try launch(queue, first, a.dtype, isPacked ? 1 : 0, blocks: blocks, &p)
    p.group = ck_group(length: Int(p.segments), threads: Queue.threads, isColumns: false)
    let tiles = (results + Int(p.group.width) - 1) / Int(p.group.width)
    try launch(queue, "reduce_partials", a.dtype, 2, blocks: queue.blocks(for: tiles, threads: 1), &p)
  }
}

/// Whether the elements of each result lie without gaps, and begin at a multiple of 16 bytes.
private func isPacked(_ a: View, _ kept: Axes, _ reduced: Axes) -> Bool {
  guard reduced.rank == 1, reduced.stride(0)[1] == 1, a.address % 16 == 0 else { return false }
  return (0..<kept.rank).allSatisfy { kept.stride($0)[1] &* a.size % 16 == 0 }
}

/// Starts one of the kernels, which have a number in each module.
private func launch(
  _ queue: Queue, _ kernel: String, _ dtype: Int32, _ number: Int, blocks: Int, _ parameters: inout ck_reduction
) throws(Failure) {
  try queue.launch(Int(queue.op) << 9 | Int(dtype) << 5 | number, blocks: blocks, &parameters) {
    (kernel, "reduction.cu", ["DTYPE=\(dtype)", "OPERATOR=\(operatorName(queue.op))"])
  }
}
