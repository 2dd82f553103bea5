import BackendAPI
import CPUKernelTypes

/// Elements that one segment of a long reduction has. Segments are cut alike for any number of
/// threads, so that results do not depend on it.
private let segment = 1 << 16
private let mostSegments = 1 << 16

/// The elements of one segment of `n`. A broadcast view may be longer than any memory: its segments grow, not their number.
private func segmentLength(_ n: Int) -> Int { max(segment, (n + mostSegments - 1) / mostSegments) }

/// Columns that are reduced at once: their accumulators stay in the first-level cache.
private let columnBlock = 2048

/// Elements of a row-major input that lie nowhere yet: calls `body` with where `low ..< high` begin.
typealias Elements = (_ low: Int, _ high: Int, _ body: (UnsafeRawPointer) -> Void) -> Void

/// What a reduction's parts have in common.
private struct Reduction {
  let context: Context
  let id: Int32
  let type: Int32
  let size: Int
  let outSize: Int
  let accumulatorSize: Int
  var data: UnsafeRawPointer
  /// What makes the elements that are to be at `data`, where they are not there yet.
  let elements: Elements?
  let out: UnsafeMutableRawPointer
  /// Over the results: the strides of the output (0) and the input (1).
  let kept: Loop
  /// Over what each result is made of.
  let reduced: Loop

  func start(_ acc: UnsafeMutableRawPointer, _ n: Int) { context.pointee.kernels.reduceStart(id, type, n, acc) }

  func finish(_ acc: UnsafeRawPointer, _ n: Int, _ at: Int, _ stride: Int) {
    context.pointee.kernels.reduceFinish(id, type, n, acc, reduced.count, out + at &* outSize, stride)
  }

  /// Calls `body` when the input's elements `low ..< high` are in memory.
  @inline(__always)
  func having(_ low: Int, _ high: Int, _ body: (Reduction) -> Void) {
    guard let elements else { return body(self) }
    elements(low, high) { memory in
      var reduction = self
      reduction.data = memory - low &* size
      body(reduction)
    }
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

  var isInPairs: Bool { (type == BP_FLOAT64 || type == BP_COMPLEX128) && (id == BP_OP_SUM || id == BP_OP_MEAN) }

  /// Sums of float64 and complex128, for which there is no wider type, are sums of two halves down to `leaf`. Every
  /// other reduction is done in one go.
  private func inPairs(
    _ low: Int, _ high: Int, _ leaf: Int, _ count: Int, _ acc: UnsafeMutableRawPointer,
    _ body: (Int, Int, UnsafeMutableRawPointer) -> Void
  ) {
    guard isInPairs && high - low > leaf else { return body(low, high, acc) }
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
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!
  try reduce(context, op.pointee.op, a, out)
}

private func reduce(_ context: Context, _ id: Int32, _ a: View, _ out: View) throws(Failure) {
  // An empty input may have no memory at all: the output's address is as good, and is not read.
  let loops = try loops(id, a, out) { a.stride($0) }
  if loops.kept.count == 0 { return }
  let data = loops.reduced.count == 0 ? UnsafeRawPointer(out.data) : UnsafeRawPointer(a.data)
  let reduction = Reduction(context, id, a.dtype, data, nil, out, loops)
  if reduction.isAlongRows {
    reduceRows(context, reduction)
  } else {
    reduceRuns(context, reduction)
  }
}

/// The same of what is row-major and made part by part: false, and nothing is done, where no such part is one run of
/// elements.
///
/// - Parameter shape: Any view of the input's shape.
func reduceInParts(
  _ context: Context, _ id: Int32, _ type: Int32, _ shape: View, _ out: View, _ elements: @escaping Elements
) throws(Failure) -> Bool {
  let strides = rowMajorStrides(shape), loops = try loops(id, shape, out) { strides[$0] }
  let reduction = Reduction(context, id, type, UnsafeRawPointer(out.data), elements, out, loops)
  guard reduction.reduced.rank == 1 else { return false }
  if reduction.isAlongRows {
    // Rows follow one another, each its columns and nothing else.
    guard reduction.kept.rank <= 2, reduction.reduced.inner.stride[1] == reduction.kept.inner.extent
    else { return false }
    reduceRowsInParts(context, reduction)
  } else {
    guard reduction.kept.rank <= 1, reduction.reduced.inner.stride[1] == 1 else { return false }
    reduceRuns(context, reduction)
  }
  return true
}

/// The same of row-major memory, of which there is none where there are no elements.
func reduceRowMajor(
  _ context: Context, _ id: Int32, _ type: Int32, _ shape: View, _ data: UnsafeRawPointer?, _ out: View
) throws(Failure) {
  let extents = (0..<shape.rank).map { Int64(shape.extent($0)) }, strides = rowMajorStrides(shape).map(Int64.init)
  var failure: Failure?
  extents.withUnsafeBufferPointer { extents in
    strides.withUnsafeBufferPointer { strides in
      var view = bp_tensor()
      view.struct_size = UInt32(MemoryLayout<bp_tensor>.size)
      (view.dtype, view.rank) = (type, Int32(extents.count))
      (view.shape, view.strides) = (extents.baseAddress, strides.baseAddress)
      view.buffer = UInt64(UInt(bitPattern: data))
      do throws(Failure) { try reduce(context, id, &view, out) } catch { failure = error }
    }
  }
  if let failure { throw failure }
}

private func rowMajorStrides(_ shape: View) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.rank)
  for axis in (0..<shape.rank).dropLast().reversed() { strides[axis] = strides[axis + 1] * shape.extent(axis + 1) }
  return strides
}

/// Over the results, and over what each is made of: the strides of the output (0) and the input (1).
private func loops(
  _ id: Int32, _ a: View, _ out: View, _ stride: (Int) -> Int
) throws(Failure) -> (kept: Loop, reduced: Loop) {
  var (kept, reduced) = (Loop(), Loop())
  var isOne = a.rank == out.rank
  for axis in 0..<(isOne ? a.rank : 0) {
    let (extent, result) = (a.extent(axis), out.extent(axis))
    if extent == result {
      kept.append(extent, SIMD4(out.stride(axis), stride(axis), 0, 0))
    } else {
      isOne = isOne && result == 1
      reduced.append(extent, SIMD4(0, stride(axis), 0, 0))
    }
  }
  guard isOne else { throw reductionShapes(id, a, out) }
  kept.arrange(by: 1)
  reduced.arrange(by: 1)
  return (kept, reduced)
}

private func reductionShapes(_ id: Int32, _ a: View, _ out: View) -> Failure {
  .invalid("\(operatorName(id)): input \(a.shapeText) does not reduce to output \(out.shapeText)")
}

extension Reduction {
  fileprivate init(
    _ context: Context, _ id: Int32, _ type: Int32, _ data: UnsafeRawPointer, _ elements: Elements?, _ out: View,
    _ loops: (kept: Loop, reduced: Loop)
  ) {
    let isSum = id == BP_OP_SUM || id == BP_OP_PROD || id == BP_OP_MEAN, size = Int(bp_dtype_size(type))
    let isHalf = type == BP_FLOAT16 || type == BP_BFLOAT16, isComplex = type >= BP_COMPLEX64
    self.init(
      context: context, id: id, type: type, size: size, outSize: out.size,
      accumulatorSize: isComplex ? 16 : isSum ? 8 : isHalf ? 4 : size, data: data, elements: elements, out: out.data,
      kept: loops.kept, reduced: loops.reduced)
  }

  /// Whether many neighbouring results are made at once, row after row.
  fileprivate var isAlongRows: Bool {
    reduced.count > 0 && kept.inner.stride[1] == 1 && kept.inner.extent >= 8
      && !(reduced.rank > 0 && reduced.inner.stride[1] == 1)
  }
}

/// One result after another; the segments of long ones on the pool.
private func reduceRuns(_ context: Context, _ r: Reduction) {
  let (results, n) = (r.kept.count, r.reduced.count)
  let step = r.kept.inner.stride
  if n >= 2 * segment && results < 16 {
    let segment = segmentLength(n)
    let segments = (n + segment - 1) / segment
    withUnsafeTemporaryAllocation(byteCount: results * segments * r.accumulatorSize, alignment: 64) { memory in
      let partial = memory.baseAddress!
      r.start(partial, results * segments)
      parallel(context, results &* segments) { item in
        let (result, low) = (item / segments, item % segments &* segment)
        let acc = partial + item &* r.accumulatorSize
        let first = r.kept.offset(of: result)[1], high = min(n, low &+ segment)
        r.having(first &+ low, first &+ high) { $0.run(first, low, high, acc) }
      }
      for result in 0..<results {
        let acc = partial + result * segments * r.accumulatorSize
        for s in 1..<segments {
          context.pointee.kernels.reduceCombine(r.id, r.type, 1, acc, acc + s * r.accumulatorSize)
        }
        r.finish(acc, 1, r.kept.offset(of: result)[0], 1)
      }
    }
    return
  }
  r.kept.runs(context, atLeast: max(1, 32768 / max(1, n))) { offset, count in
    // What has to be made first is made some rows at a time.
    let rows = r.elements == nil ? count : max(1, segment / max(1, n))
    var first = 0
    while first < count {
      let last = min(count, first &+ rows), begin = offset[1] &+ first &* step[1]
      r.having(begin, begin &+ (last &- first) &* n) { r in few(r, offset, first, last) }
      first = last
    }
  }

  /// Sixteen results at a time are begun and finished together.
  func few(_ r: Reduction, _ offset: SIMD4<Int>, _ low: Int, _ high: Int) {
    var block = InlineArray<32, UInt64>(repeating: 0)
    withUnsafeMutableBytes(of: &block) { memory in
      let acc = memory.baseAddress.unsafelyUnwrapped
      var i = low
      while i < high {
        let part = min(16, high &- i)
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

/// How results that are made row after row are shared out.
private struct RowShares {
  /// Over the results that lie apart.
  let outer: Loop
  let columns: (extent: Int, stride: SIMD4<Int>)
  /// Columns are cut into blocks of `width`.
  let blocks: Int
  let width: Int
  /// Rows are cut into segments of `each`, where there are too few blocks to share.
  let segments: Int
  let each: Int

  init(_ r: Reduction) {
    var outer = r.kept
    columns = outer.remove(outer.rank - 1)
    self.outer = outer
    blocks = (columns.extent + columnBlock - 1) / columnBlock
    width = (columns.extent + blocks - 1) / blocks
    let (items, rows) = (outer.count * blocks, r.reduced.count)
    // At multiples of eight, for the kernel takes eight at once.
    let rowsAtLeast = max(8, segment / width & ~7)
    let isCut = items < 16 && rows >= 2 * rowsAtLeast
    segments = isCut ? min(64, rows / rowsAtLeast) : 1
    each = ((rows + segments - 1) / segments + 7) & ~7
  }

  func block(_ item: Int) -> (offset: SIMD4<Int>, count: Int) {
    let first = item % blocks &* width
    let offset = outer.offset(of: item / blocks) &+ SIMD4(repeating: first) &* columns.stride
    return (offset, min(width, columns.extent &- first))
  }
}

/// Many neighbouring results at once, row after row in the order of memory.
private func reduceRows(_ context: Context, _ r: Reduction) {
  let shares = RowShares(r), (segments, width) = (shares.segments, shares.width)
  let (items, rows) = (shares.outer.count * shares.blocks, r.reduced.count)
  let stripe = width * r.accumulatorSize
  if segments > 1 {
    withUnsafeTemporaryAllocation(byteCount: items * segments * stripe, alignment: 64) { memory in
      let partial = memory.baseAddress!
      parallel(context, items &* segments) { index in
        let (offset, count) = shares.block(index / segments)
        let acc = partial + index &* stripe
        let low = min(rows, index % segments &* shares.each)
        r.start(acc, count)
        r.rows(offset[1], count, low, min(rows, low &+ shares.each), acc)
      }
      finish(r, shares, partial) { item, segment in (item &* segments &+ segment) &* stripe }
    }
    return
  }
  let pieces = min(items, pieces(context, items * rows * width, atLeast: 32768))
  parallel(context, pieces) { piece in
    withUnsafeTemporaryAllocation(byteCount: stripe, alignment: 64) { memory in
      let acc = memory.baseAddress.unsafelyUnwrapped
      for item in (items &* piece / pieces)..<(items &* (piece &+ 1) / pieces) {
        let (offset, count) = shares.block(item)
        r.start(acc, count)
        r.rows(offset[1], count, 0, rows, acc)
        r.finish(acc, count, offset[0], shares.columns.stride[0])
      }
    }
  }
}

/// The same of rows that are made some at a time, whole: the columns' blocks go over them in turn.
private func reduceRowsInParts(_ context: Context, _ r: Reduction) {
  let shares = RowShares(r), (segments, blocks) = (shares.segments, shares.blocks)
  let rows = r.reduced.count, step = r.reduced.inner.stride[1]
  let stripe = shares.width * r.accumulatorSize
  // Sums of halves are cut at other places.
  let isWhole = r.isInPairs
  withUnsafeTemporaryAllocation(byteCount: shares.outer.count * segments * blocks * stripe, alignment: 64) { memory in
    let partial = memory.baseAddress.unsafelyUnwrapped
    parallel(context, shares.outer.count &* segments) { index in
      let (outer, low) = (index / segments, min(rows, index % segments &* shares.each))
      let high = min(rows, low &+ shares.each), first = shares.outer.offset(of: outer)[1]
      for block in 0..<blocks { r.start(partial + (index &* blocks &+ block) &* stripe, shares.block(block).count) }
      let most = isWhole ? max(1, high &- low) : max(8, segment / shares.columns.extent & ~7)
      var row = low
      while row < high {
        let next = min(high, row &+ most)
        r.having(first &+ row &* step, first &+ next &* step) { r in
          for block in 0..<blocks {
            let (offset, count) = shares.block(outer &* blocks &+ block)
            r.rows(offset[1], count, row, next, partial + (index &* blocks &+ block) &* stripe)
          }
        }
        row = next
      }
    }
    finish(r, shares, partial) { item, segment in
      ((item / blocks &* segments &+ segment) &* blocks &+ item % blocks) &* stripe
    }
  }
}

/// Puts the segments' accumulators together, of each block of results.
private func finish(
  _ r: Reduction, _ shares: RowShares, _ partial: UnsafeMutableRawPointer, _ place: (_ item: Int, _ segment: Int) -> Int
) {
  for item in 0..<(shares.outer.count * shares.blocks) {
    let (offset, count) = shares.block(item)
    let acc = partial + place(item, 0)
    for s in 1..<max(1, shares.segments) {
      r.context.pointee.kernels.reduceCombine(r.id, r.type, count, acc, partial + place(item, s))
    }
    r.finish(acc, count, offset[0], shares.columns.stride[0])
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
  guard a.rank == out.rank && a.extent(axis) > 0 && out.extent(axis) == 1 else { throw reductionShapes(id, a, out) }
  var kept = Loop()
  for other in 0..<a.rank where other != axis {
    guard a.extent(other) == out.extent(other) else { throw reductionShapes(id, a, out) }
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
  let segment = segmentLength(n)
  let segments = (n + segment - 1) / segment
  return withUnsafeTemporaryAllocation(of: Int.self, capacity: segments) { indices in
    let index = indices.baseAddress!
    parallel(context, segments) { s in
      let low = s &* segment
      let found = kernels.argRun(id, type, min(segment, n &- low), a + low &* stride &* size, stride)
      index[s] = low &+ found
    }
    return withUnsafeTemporaryAllocation(byteCount: segments * size, alignment: 8) { values in
      for s in 0..<segments {
        values.baseAddress!.advanced(by: s * size)
          .copyMemory(from: a + index[s] * stride * size, byteCount: size)
      }
      return index[kernels.argRun(id, type, segments, values.baseAddress!, 1)]
    }
  }
}
