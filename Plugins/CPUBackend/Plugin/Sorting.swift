import BackendAPI
import CPUKernelTypes

/// SORT.
func sort(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let p = try parameters(op, bp_sort_params())
  let axis = try slicesAxis(op, p.axis)
  try writeOrder(context, op, axis, p.descending)
}

/// The first elements in order along an axis, as many as the outputs have room for.
func writeOrder(
  _ context: Context, _ op: UnsafePointer<bp_op>, _ axis: Int, _ descending: Int32
) throws(Failure) {
  let values = op.pointee.outputs[0]!, indices = op.pointee.outputs[1]!, x = op.pointee.inputs[0]!
  let slices = slices(op, apartFrom: axis), threads = context.pointee.threads
  if slices.count == 0 || values.extent(axis) == 0 { return }
  let order = Order(values, indices, x, axis, descending)
  let name = operatorName(op.pointee.op)
  if order.n >= (slices.count < threads ? 1 << 14 : 1 << 18) {
    for slice in 0..<slices.count { try order.write(context, slices.offset(of: slice), name) }
    return
  }
  let pieces = pieces(context, slices.count, atLeast: max(1, 2048 / order.n))
  let room = (amount(order.n, values.size &+ 2 &* order.entrySize) &+ 127) / 64 &* 64
  let step = slices.inner.stride
  try withWorkSpace(amount(room, pieces), name) { scratch in
    parallel(context, pieces) { piece in
      let (low, high) = share(slices.count, pieces, piece)
      slices.runs(low, high) { offset, count in
        for slice in 0..<count {
          order.write(context, offset &+ SIMD4(repeating: slice) &* step, scratch + room &* piece)
        }
      }
    }
  }
}

/// The first `k` in order of the `n` elements of a slice.
private struct Order {
  let n: Int, k: Int
  private let type: Int32, size: Int
  private let descending: Int32
  private let values: UnsafeMutableRawPointer, indices: UnsafeMutableRawPointer, x: UnsafeMutableRawPointer
  private let valuesStride: Int, indicesStride: Int, stride: Int

  init(
    _ values: UnsafePointer<bp_tensor>, _ indices: UnsafePointer<bp_tensor>, _ x: UnsafePointer<bp_tensor>, _ axis: Int,
    _ descending: Int32
  ) {
    (n, k, type, size) = (x.extent(axis), values.extent(axis), values.dtype, values.size)
    self.descending = descending
    (self.values, self.indices, self.x) = (values.data, indices.data, x.data)
    (valuesStride, indicesStride, stride) = (values.stride(axis), indices.stride(axis), x.stride(axis))
  }

  /// Room for an entry, whatever the keys.
  var entrySize: Int { size == 8 || n > Int(UInt32.max) ? 16 : 8 }

  /// By one thread.
  func write(_ context: Context, _ at: SIMD4<Int>, _ scratch: UnsafeMutableRawPointer) {
    context.pointee.kernels.sort.slice(
      type, descending, n, k, values + at[0] &* size, valuesStride, indices + at[2] &* 8, indicesStride,
      x + at[1] &* size, stride, scratch)
  }

  /// By all threads: entries are brought into buckets by their first digit, and each of these is put in order by
  /// itself. Buckets beyond the first k stay empty.
  func write(_ context: Context, _ at: SIMD4<Int>, _ name: String) throws(Failure) {
    let kernels = context.pointee.kernels.sort, threads = context.pointee.threads
    let x = UnsafeRawPointer(x + at[1] &* size)
    let pieces = threads == 1 ? 1 : min(2 &* threads, n >> 12)
    var keys = SortKeys(type, descending != 0, base: 0, differences: 0, n: n)
    withUnsafeTemporaryAllocation(of: (base: UInt64, differences: UInt64).self, capacity: pieces) { found in
      let found = found.baseAddress.unsafelyUnwrapped
      parallel(context, pieces) { piece in
        let (low, high) = share(n, pieces, piece)
        var base: UInt64 = 0
        let differences = kernels.differences(type, descending, low, high, x, stride, &base)
        found[piece] = (base, differences)
      }
      let differences = (0..<pieces).reduce(0) { $0 | found[$1].differences }
      keys = SortKeys(type, descending != 0, base: found[0].base, differences: differences, n: n)
    }

    let buckets = 1 << keys.digitBits
    var failure: Failure?
    withUnsafeTemporaryAllocation(of: Int.self, capacity: buckets * pieces + buckets + 1) { memory in
      let counts = memory.baseAddress.unsafelyUnwrapped, starts = counts + buckets * pieces
      parallel(context, pieces) { piece in
        let (low, high) = share(n, pieces, piece), own = counts + buckets * piece
        own.update(repeating: 0, count: buckets)
        withUnsafePointer(to: keys) { kernels.count($0, low, high, x, stride, own) }
      }
      // Counts become places: in a bucket, the pieces one after another.
      var (place, used) = (0, 0)
      while place < k {
        starts[used] = place
        for piece in 0..<pieces {
          let count = counts[buckets * piece + used]
          counts[buckets * piece + used] = place
          place += count
        }
        used += 1
      }
      starts[used] = place
      do throws(Failure) {
        try withWorkSpace(amount(2, keys.entrySize, place), name) { entries in
          parallel(context, pieces) { piece in
            let (low, high) = share(n, pieces, piece)
            withUnsafePointer(to: keys) {
              kernels.distribute($0, low, high, x, stride, used - 1, counts + buckets * piece, entries)
            }
          }
          finish(context, at, keys, UnsafePointer(starts), used, entries)
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Puts each of the buckets in order that lie one after another from where `starts` says.
  private func finish(
    _ context: Context, _ at: SIMD4<Int>, _ keys: SortKeys, _ starts: UnsafePointer<Int>, _ buckets: Int,
    _ entries: UnsafeMutableRawPointer
  ) {
    let kernels = context.pointee.kernels.sort, total = starts[buckets], spare = entries + total &* keys.entrySize
    let x = UnsafeRawPointer(x + at[1] &* size)
    let (values, indices) = (values + at[0] &* size, indices + at[2] &* 8)
    // A piece has the buckets that begin within its part: few buckets may have nearly all there is.
    let pieces = context.pointee.threads == 1 ? 1 : min(buckets, 16 &* context.pointee.threads)
    parallel(context, pieces) { piece in
      let (low, high) = (total / pieces &* piece, piece == pieces &- 1 ? total : total / pieces &* (piece &+ 1))
      var bucket = first(starts, buckets, atLeast: low)
      while bucket < buckets && starts[bucket] < high {
        let start = starts[bucket], count = starts[bucket &+ 1] &- start
        if count > 0 {
          withUnsafePointer(to: keys) {
            kernels.finish(
              $0, count, min(count, k &- start), entries + start &* keys.entrySize, spare + start &* keys.entrySize,
              values + start &* valuesStride &* size, valuesStride, indices + start &* indicesStride &* 8,
              indicesStride, x, stride)
          }
        }
        bucket &+= 1
      }
    }
  }

  /// The first of the buckets that begins at `place` or after it.
  private func first(_ starts: UnsafePointer<Int>, _ buckets: Int, atLeast place: Int) -> Int {
    var (low, high) = (0, buckets)
    while low < high {
      let middle = (low &+ high) / 2
      if starts[middle] < place { low = middle &+ 1 } else { high = middle }
    }
    return low
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
