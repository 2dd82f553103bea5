import BackendAPI
import CPUKernelTypes

/// Elements that one segment of a long reduction has. Segments are cut alike for any number of
/// threads, so that results do not depend on it.
private let segment = 1 << 16

/// Segments whose results are kept at a time.
private let segmentsAtOnce = 4096

/// Columns that are reduced at once: their accumulators stay in the first-level cache.
private let columnBlock = 2048

/// What a reduction's parts have in common.
private struct Reduction {
  let context: Context
  let id: Int32
  let type: Int32
  let size: Int
  let outSize: Int
  let accumulatorSize: Int
  let data: UnsafeRawPointer
  let out: UnsafeMutableRawPointer
  /// Over the results: the strides of the output (0) and the input (1).
  let kept: Loop
  /// Over what each result is made of.
  let reduced: Loop

  func start(_ acc: UnsafeMutableRawPointer, _ n: Int) { context.pointee.kernels.reduceStart(id, type, n, acc) }

  func finish(_ acc: UnsafeRawPointer, _ n: Int, _ at: Int, _ stride: Int) {
    context.pointee.kernels.reduceFinish(id, type, n, acc, reduced.count, out + at &* outSize, stride)
  }

  /// Reduces the elements `low ..< high` behind the result at `offset`.
  func run(_ offset: Int, _ low: Int, _ high: Int, _ acc: UnsafeMutableRawPointer) {
    let (extent, stride) = (reduced.inner.extent, reduced.inner.stride[1])
    // The kernel itself adds up a run of float64 pairwise.
    inPairs(low, high, max(512, extent), 1, acc) { low, high, acc in
      reduced.runs(low, high) { at, n in
        context.pointee.kernels.reduceRun(id, type, n, data + (offset &+ at[1]) &* size, stride, acc)
      }
    }
  }

  /// Reduces the rows `low ..< high` behind `columns` contiguous results at `offset`.
  func rows(_ offset: Int, _ columns: Int, _ low: Int, _ high: Int, _ acc: UnsafeMutableRawPointer) {
    let step = reduced.inner.stride[1]
    inPairs(low, high, 16, columns, acc) { low, high, acc in
      reduced.runs(low, high) { at, n in
        context.pointee.kernels.reduceRows(id, type, n, columns, data + (offset &+ at[1]) &* size, step, acc)
      }
    }
  }

  /// Sums of float64 and complex128, for which there is no wider type, are sums of two halves down to `leaf`. Every
  /// other reduction is done in one go.
  private func inPairs(
    _ low: Int, _ high: Int, _ leaf: Int, _ count: Int, _ acc: UnsafeMutableRawPointer,
    _ body: (Int, Int, UnsafeMutableRawPointer) -> Void
  ) {
    let isWidest = type == BP_FLOAT64 || type == BP_COMPLEX128
    guard isWidest && (id == BP_OP_SUM || id == BP_OP_MEAN) && high - low > leaf else {
      return body(low, high, acc)
    }
    let middle = low + (high - low + leaf) / (2 * leaf) * leaf
    inPairs(low, middle, leaf, count, acc, body)
    withUnsafeTemporaryAllocation(byteCount: count * accumulatorSize, alignment: 64) { memory in
      let other = memory.baseAddress.unsafelyUnwrapped
      start(other, count)
      inPairs(middle, high, leaf, count, other, body)
      context.pointee.kernels.reduceCombine(id, type, count, acc, other)
    }
  }
}

/// SUM, PROD, MEAN, MAX and MIN.
func reduce(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!, id = op.pointee.op
  var (kept, reduced) = (Loop(), Loop())
  guard a.rank == out.rank else { throw reductionShapes(op) }
  for axis in 0..<a.rank {
    let (extent, result) = (a.extent(axis), out.extent(axis))
    if extent == result {
      kept.append(extent, SIMD4(out.stride(axis), a.stride(axis), 0, 0))
    } else if result == 1 {
      reduced.append(extent, SIMD4(0, a.stride(axis), 0, 0))
    } else {
      throw reductionShapes(op)
    }
  }
  if kept.count == 0 { return }
  kept.arrange(by: 1)
  reduced.arrange(by: 1)
  let isSum = id == BP_OP_SUM || id == BP_OP_PROD || id == BP_OP_MEAN
  let isHalf = a.dtype == BP_FLOAT16 || a.dtype == BP_BFLOAT16, isComplex = a.dtype >= BP_COMPLEX64
  // An empty input may have no memory at all: the output's address is as good, and is not read.
  let data = reduced.count == 0 ? UnsafeRawPointer(out.data) : UnsafeRawPointer(a.data)
  let reduction = Reduction(
    context: context, id: id, type: a.dtype, size: a.size, outSize: out.size,
    accumulatorSize: isComplex ? 16 : isSum ? 8 : isHalf ? 4 : a.size, data: data, out: out.data, kept: kept,
    reduced: reduced)
  let columns = kept.inner
  let alongRows =
    reduced.count > 0 && columns.stride[1] == 1 && columns.extent >= 8
    && !(reduced.rank > 0 && reduced.inner.stride[1] == 1)
  if alongRows {
    reduceRows(context, reduction)
  } else {
    reduceRuns(context, reduction)
  }
}

private func reductionShapes(_ op: UnsafePointer<bp_op>) -> Failure {
  .invalid(
    "\(operatorName(op.pointee.op)): input \(op.pointee.inputs[0]!.shapeText) does not reduce to output \(op.pointee.outputs[0]!.shapeText)"
  )
}

/// One result after another; the segments of long ones on the pool.
private func reduceRuns(_ context: Context, _ r: Reduction) {
  let (results, n) = (r.kept.count, r.reduced.count)
  let step = r.kept.inner.stride
  if n >= 2 * segment && results < 16 {
    let segments = (n - 1) / segment + 1
    // For each result a row of slots, the first of which holds what is done.
    let row = min(segments, segmentsAtOnce + 1)
    withUnsafeTemporaryAllocation(byteCount: results * row * r.accumulatorSize, alignment: 64) { memory in
      func slot(_ result: Int, _ i: Int) -> UnsafeMutableRawPointer {
        memory.baseAddress! + (result &* row &+ i) &* r.accumulatorSize
      }
      var (done, first) = (0, 0)
      while done < segments {
        let (from, free) = (done, first), count = min(row - free, segments - from)
        for result in 0..<results { r.start(slot(result, free), count) }
        parallel(context, results &* count) { item in
          let (result, i) = (item / count, item % count)
          let low = (from &+ i) &* segment
          r.run(r.kept.offset(of: result)[1], low, min(n, low &+ segment), slot(result, free &+ i))
        }
        for result in 0..<results {
          for i in max(free, 1)..<max(free + count, 1) {
            context.pointee.kernels.reduceCombine(r.id, r.type, 1, slot(result, 0), slot(result, i))
          }
        }
        (done, first) = (done + count, 1)
      }
      for result in 0..<results { r.finish(slot(result, 0), 1, r.kept.offset(of: result)[0], 1) }
    }
    return
  }
  r.kept.runs(context, atLeast: max(1, 32768 / max(1, n))) { offset, count in
    // Sixteen results at a time are begun and finished together.
    var block = InlineArray<32, UInt64>(repeating: 0)
    withUnsafeMutableBytes(of: &block) { memory in
      let acc = memory.baseAddress.unsafelyUnwrapped
      var i = 0
      while i < count {
        let part = min(16, count &- i)
        r.start(acc, part)
        for j in 0..<part {
          r.run(offset[1] &+ (i &+ j) &* step[1], 0, n, acc + j &* r.accumulatorSize)
        }
        r.finish(acc, part, offset[0] &+ i &* step[0], step[0])
        i &+= part
      }
    }
  }
}

/// Many neighbouring results at once, row after row in the order of memory.
private func reduceRows(_ context: Context, _ r: Reduction) {
  var outer = r.kept
  let columns = outer.remove(outer.rank - 1)
  let blocks = (columns.extent + columnBlock - 1) / columnBlock
  let width = (columns.extent + blocks - 1) / blocks
  let (items, rows) = (outer.count * blocks, r.reduced.count)
  let outerLoop = outer

  // Too few blocks to share: the rows are cut too, at multiples of eight.
  let rowsAtLeast = max(8, segment / width & ~7)
  let isCut = items < 16 && rows >= 2 * rowsAtLeast
  let segments = isCut ? min(64, rows / rowsAtLeast) : 1
  let each = ((rows + segments - 1) / segments + 7) & ~7
  let stripe = width * r.accumulatorSize

  func block(_ item: Int) -> (offset: SIMD4<Int>, count: Int) {
    let first = item % blocks &* width
    let offset = outerLoop.offset(of: item / blocks) &+ SIMD4(repeating: first) &* columns.stride
    return (offset, min(width, columns.extent &- first))
  }
  if segments > 1 {
    withUnsafeTemporaryAllocation(byteCount: items * segments * stripe, alignment: 64) { memory in
      let partial = memory.baseAddress!
      parallel(context, items &* segments) { index in
        let (offset, count) = block(index / segments)
        let acc = partial + index &* stripe
        let low = min(rows, index % segments &* each)
        r.start(acc, count)
        r.rows(offset[1], count, low, min(rows, low &+ each), acc)
      }
      for item in 0..<items {
        let (offset, count) = block(item)
        let acc = partial + item * segments * stripe
        for s in 1..<segments { context.pointee.kernels.reduceCombine(r.id, r.type, count, acc, acc + s * stripe) }
        r.finish(acc, count, offset[0], columns.stride[0])
      }
    }
    return
  }
  let pieces = min(items, pieces(context, items * rows * width, atLeast: 32768))
  parallel(context, pieces) { piece in
    withUnsafeTemporaryAllocation(byteCount: stripe, alignment: 64) { memory in
      let acc = memory.baseAddress.unsafelyUnwrapped
      for item in (items &* piece / pieces)..<(items &* (piece &+ 1) / pieces) {
        let (offset, count) = block(item)
        r.start(acc, count)
        r.rows(offset[1], count, 0, rows, acc)
        r.finish(acc, count, offset[0], columns.stride[0])
      }
    }
  }
}

// MARK: - ARGMAX and ARGMIN

/// The axis of an operator that works along one, checked.
func axis(_ op: UnsafePointer<bp_op>, _ value: Int32, _ tensor: View) throws(Failure) -> Int {
  guard value >= 0 && value < tensor.pointee.rank else {
    throw .invalid("\(operatorName(op.pointee.op)): axis \(value) of a tensor of rank \(tensor.rank)")
  }
  return Int(value)
}

/// ARGMAX and ARGMIN.
func argReduce(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!, id = op.pointee.op
  let axis = try axis(op, parameters(op, bp_axis_params()).axis, a)
  guard a.rank == out.rank && a.extent(axis) > 0 && out.extent(axis) == 1 else { throw reductionShapes(op) }
  var kept = Loop()
  for other in 0..<a.rank where other != axis {
    guard a.extent(other) == out.extent(other) else { throw reductionShapes(op) }
    kept.append(a.extent(other), SIMD4(out.stride(other), a.stride(other), 0, 0))
  }
  if kept.count == 0 { return }
  kept.arrange(by: 1)
  let kernels = context.pointee.kernels, type = a.dtype, size = a.size
  let (n, stride) = (a.extent(axis), a.stride(axis))
  let (o, p) = (out.data, UnsafeRawPointer(a.data))
  let inner = kept.inner

  if kept.rank > 0 && inner.stride[1] == 1 && inner.extent >= 8 && stride != 1 {
    kept.runs(context, atLeast: max(64, 32768 / n)) { offset, count in
      kernels.argRows(
        id, type, n, count, p + offset[1] &* size, stride, o + offset[0] &* 8, inner.stride[0])
    }
    return
  }
  if kept.count < 16 && n >= 2 * segment {
    for result in 0..<kept.count {
      let offset = kept.offset(of: result)
      let index = argSegments(context, id, type, n, p + offset[1] * size, stride, size)
      (o + offset[0] * 8).storeBytes(of: Int64(index), as: Int64.self)
    }
    return
  }
  kept.runs(context, atLeast: max(1, 32768 / n)) { offset, count in
    for i in 0..<count {
      let index = kernels.argRun(id, type, n, p + (offset[1] &+ i &* inner.stride[1]) &* size, stride)
      (o + (offset[0] &+ i &* inner.stride[0]) &* 8).storeBytes(of: Int64(index), as: Int64.self)
    }
  }
}

/// The winner of each segment, and then the winner of those.
private func argSegments(
  _ context: Context, _ id: Int32, _ type: Int32, _ n: Int, _ a: UnsafeRawPointer, _ stride: Int, _ size: Int
) -> Int {
  let kernels = context.pointee.kernels
  let segments = (n - 1) / segment + 1
  // The first slot holds the winner of what is done.
  let slots = min(segments, segmentsAtOnce + 1)
  return withUnsafeTemporaryAllocation(of: Int.self, capacity: slots) { indices in
    let index = indices.baseAddress!
    return withUnsafeTemporaryAllocation(byteCount: slots * size, alignment: 8) { values in
      var (done, first) = (0, 0)
      while done < segments {
        let (from, free) = (done, first), count = min(slots - free, segments - from)
        parallel(context, count) { i in
          let low = (from &+ i) &* segment
          let found = kernels.argRun(id, type, min(segment, n &- low), a + low &* stride &* size, stride)
          index[free &+ i] = low &+ found
        }
        for i in 0..<(free + count) {
          values.baseAddress!.advanced(by: i * size)
            .copyMemory(from: a + index[i] * stride * size, byteCount: size)
        }
        index[0] = index[kernels.argRun(id, type, free + count, values.baseAddress!, 1)]
        (done, first) = (done + count, 1)
      }
      return index[0]
    }
  }
}
