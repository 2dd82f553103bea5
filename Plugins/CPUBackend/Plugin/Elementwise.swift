import BackendAPI
import CPUKernelTypes

/// Elements below which an operator is not shared among threads: about 10 µs of work.
@inline(__always)
private func grain(_ cost: Cost, _ type: Int32) -> Int {
  switch cost {
  case .memory: 32768
  case .slowFunction: 512
  case _ where type >= BP_COMPLEX64: 512
  case .function: type == BP_FLOAT32 ? 8192 : 2048
  case .division: type >= BP_FLOAT16 ? 1024 : 8192
  case .arithmetic: 32768
  }
}

/// Unary, binary and comparison operators.
@inline(__always)
func elementwise(_ context: Context, _ known: Operator, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let isUnary = known.family == .unary
  guard op.pointee.input_count == (isUnary ? 1 : 2) && op.pointee.output_count == 1 else {
    return try checkTypes(known, op)
  }
  let out = op.pointee.outputs[0].unsafelyUnwrapped, a = op.pointee.inputs[0].unsafelyUnwrapped
  // A unary operator's second operand is its first: no branch below needs to know.
  let b = isUnary ? a : op.pointee.inputs[1].unsafelyUnwrapped
  let type = a.dtype
  guard
    bp_has_type(known.types, type) && b.dtype == type
      && out.dtype == (known.family == .comparison ? BP_BOOL : type)
  else {
    try checkTypes(known, op)
    throw .invalid("\(known.name): operands of wrong types")
  }
  let rank = out.rank
  guard a.rank == rank && b.rank == rank && rank >= 0 && rank <= Int(BP_MAX_RANK) else {
    try checkTypes(known, op)
    throw shapesDiffer(known, op)
  }

  // One pass decides whether each operand is contiguous, or one element repeated.
  var n = 1
  var isSimple = true
  var (aIsContiguous, bIsContiguous, aIsScalar, bIsScalar) = (true, true, true, true)
  var axis = rank &- 1
  while axis >= 0 {
    let extent = out.extent(axis)
    guard a.extent(axis) == extent && b.extent(axis) == extent else { throw shapesDiffer(known, op) }
    if extent != 1 {
      let (sa, sb) = (a.stride(axis), b.stride(axis))
      if out.stride(axis) != n { isSimple = false }
      if sa != n { aIsContiguous = false }
      if sb != n { bIsContiguous = false }
      if sa != 0 { aIsScalar = false }
      if sb != 0 { bIsScalar = false }
    }
    n = n &* extent
    axis &-= 1
  }
  if n == 0 { return }
  let kernel = context.pointee.kernels.elementwise[unchecked: Int(type)].unsafelyUnwrapped
  let id = known.id
  let least = grain(known.cost, type)
  if isSimple && (aIsContiguous || aIsScalar) && (bIsContiguous || bIsScalar) {
    let (sa, sb) = (aIsContiguous ? 1 : 0, bIsContiguous ? 1 : 0)
    if n < 2 &* least {
      return kernel(id, n, out.data, 1, a.data, sa, b.data, sb)
    }
    return shared(context, kernel, id, n, least, out, a, sa, b, sb)
  }
  strided(context, kernel, id, least, out, a, b)
}

@inline(never)
private func shapesDiffer(_ known: Operator, _ op: UnsafePointer<bp_op>) -> Failure {
  let inputs = (0..<Int(op.pointee.input_count)).map { op.pointee.inputs[$0]!.shapeText }
  return .invalid(
    "\(known.name): inputs \(inputs.joined(separator: ", ")) and output \(op.pointee.outputs[0]!.shapeText) have to be of one shape"
  )
}

@inline(never)
private func shared(
  _ context: Context, _ kernel: @escaping KernelTable.Elementwise, _ id: Int32, _ n: Int, _ least: Int,
  _ out: View, _ a: View, _ sa: Int, _ b: View, _ sb: Int
) {
  let (o, p, q) = (out.data, a.data, b.data)
  let (size, outSize) = (a.size, out.size)
  if n &* outSize >= streamedBytes && o != p && o != q {
    return streamed(context, n &* outSize, o) { low, high, block in
      let first = low / outSize
      kernel(
        id, (high &- low) / outSize, block, 1, p + first &* sa &* size, sa, q + first &* sb &* size, sb)
    }
  }
  let pieces = pieces(context, n, atLeast: least)
  parallel(context, pieces) { piece in
    let (low, high) = share(n, pieces, piece)
    kernel(
      id, high &- low, o + low &* outSize, 1, p + low &* sa &* size, sa, q + low &* sb &* size, sb)
  }
}

@inline(never)
private func strided(
  _ context: Context, _ kernel: @escaping KernelTable.Elementwise, _ id: Int32, _ least: Int, _ out: View,
  _ a: View, _ b: View
) {
  var loop = Loop()
  for axis in 0..<out.rank {
    loop.append(out.extent(axis), SIMD4(out.stride(axis), a.stride(axis), b.stride(axis), 0))
  }
  loop.arrange(by: 0)
  let (o, p, q) = (out.data, a.data, b.data)
  let (outSize, size) = (out.size, a.size)
  let step = loop.inner.stride
  if loop.inner.extent < 32 && loop.rank >= 2 {
    return gathered(context, kernel, id, least, &loop, (o, outSize), p, q, size)
  }
  if step[0] == 1, let axis = crossAxis(loop) {
    return crossed(context, kernel, id, least, &loop, axis, (o, outSize), p, q, size)
  }
  loop.runs(context, atLeast: least) { offset, n in
    kernel(
      id, n, o + offset[0] &* outSize, step[0], p + offset[1] &* size, step[1], q + offset[2] &* size, step[2])
  }
}

/// The axis along which an operand's elements lie side by side that along the innermost one are far apart, if there is one
/// such for all operands of which that is true.
private func crossAxis(_ loop: Loop) -> Int? {
  let inner = loop.inner.stride
  let isFar = (1...2).map { inner[$0].magnitude > 1 }
  return (0..<max(0, loop.rank - 1)).first { axis in
    isFar.contains(true) && loop.extent(axis) >= 16
      && (0...1).allSatisfy { !isFar[$0] || loop.stride(axis)[$0 + 1] == 1 }
  }
}

/// Walks over such operands in tiles, which are turned over beforehand: else each element would fetch a line of the cache that
/// is gone when its neighbour wants it.
private func crossed(
  _ context: Context, _ kernel: KernelTable.Elementwise, _ id: Int32, _ least: Int, _ loop: inout Loop, _ axis: Int,
  _ out: (data: UnsafeMutableRawPointer, size: Int), _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ size: Int
) {
  let side = 32, width = 128, total = loop.count
  let columns = loop.remove(loop.rank - 1), rows = loop.remove(axis), rest = loop
  let transpose = context.pointee.kernels.transpose
  let strips = (rows.extent + side - 1) / side, bands = (columns.extent + width - 1) / width
  let items = rest.count * strips * bands
  let pieces = min(items, pieces(context, total, atLeast: least))
  // A unary operator's second operand is its first.
  let isOne = a == b && columns.stride[1] == columns.stride[2] && rows.stride[1] == rows.stride[2]
  let turnsA = columns.stride[1].magnitude > 1, turnsB = !isOne && columns.stride[2].magnitude > 1
  parallel(context, pieces) { piece in
    withUnsafeTemporaryAllocation(byteCount: 2 * side * width * size, alignment: 64) { memory in
      let x = memory.baseAddress.unsafelyUnwrapped, y = x + side * width * size
      for item in (items &* piece / pieces)..<(items &* (piece &+ 1) / pieces) {
        let (upper, band) = item.quotientAndRemainder(dividingBy: bands)
        let (outer, strip) = upper.quotientAndRemainder(dividingBy: strips)
        let (row, column) = (strip &* side, band &* width)
        let height = min(side, rows.extent &- row), n = min(width, columns.extent &- column)
        let offset =
          rest.offset(of: outer) &+ SIMD4(repeating: row) &* rows.stride &+ SIMD4(repeating: column) &* columns.stride
        let p = a + offset[1] &* size, q = b + offset[2] &* size
        if turnsA { transpose(size, height, n, x, width, p, columns.stride[1]) }
        if turnsB { transpose(size, height, n, y, width, q, columns.stride[2]) }
        for r in 0..<height {
          let first = turnsA ? UnsafeRawPointer(x + r &* width &* size) : p + r &* rows.stride[1] &* size
          let second = turnsB ? UnsafeRawPointer(y + r &* width &* size) : q + r &* rows.stride[2] &* size
          let step = turnsA ? 1 : columns.stride[1]
          kernel(
            id, n, out.data + (offset[0] &+ r &* rows.stride[0]) &* out.size, 1, first, step, isOne ? first : second,
            isOne ? step : turnsB ? 1 : columns.stride[2])
        }
      }
    }
  }
}

/// Where the innermost axis is short, a call of the kernel for each of its runs would cost more than
/// the elements: many are brought together first.
private func gathered(
  _ context: Context, _ kernel: KernelTable.Elementwise, _ id: Int32, _ least: Int, _ loop: inout Loop,
  _ out: (data: UnsafeMutableRawPointer, size: Int), _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ size: Int
) {
  let total = loop.count
  let inner = loop.remove(loop.rank - 1), rows = loop.remove(loop.rank - 1)
  let n = inner.extent, rest = loop, moveRows = context.pointee.kernels.moveRows
  let strip = max(1, 512 / n), strips = (rows.extent + strip - 1) / strip
  let items = rest.count * strips
  /// Whether rows of an operand follow one another without gaps.
  func isDense(_ i: Int) -> Bool { inner.stride[i] == 1 && rows.stride[i] == n }
  func isOne(_ i: Int) -> Bool { inner.stride[i] == 0 && rows.stride[i] == 0 }
  let stagesOut = !isDense(0)
  let stagesA = !isDense(1) && !isOne(1), stagesB = !isDense(2) && !isOne(2)
  let (sa, sb) = (isOne(1) ? 0 : 1, isOne(2) ? 0 : 1)
  let pieces = min(items, pieces(context, total, atLeast: least))
  parallel(context, pieces) { piece in
    withUnsafeTemporaryAllocation(byteCount: 3 * 512 * 16, alignment: 64) { memory in
      let x = memory.baseAddress.unsafelyUnwrapped, y = x + 512 * 16, z = y + 512 * 16
      for item in (items &* piece / pieces)..<(items &* (piece &+ 1) / pieces) {
        let first = item % strips &* strip
        let offset = rest.offset(of: item / strips) &+ SIMD4(repeating: first) &* rows.stride
        let count = min(strip, rows.extent &- first)
        let p = a + offset[1] &* size, q = b + offset[2] &* size, o = out.data + offset[0] &* out.size
        if stagesA { moveRows(size, count, n, x, n, 1, p, rows.stride[1], inner.stride[1]) }
        if stagesB { moveRows(size, count, n, y, n, 1, q, rows.stride[2], inner.stride[2]) }
        kernel(
          id, count &* n, stagesOut ? z : o, 1, stagesA ? UnsafeRawPointer(x) : p, sa,
          stagesB ? UnsafeRawPointer(y) : q, sb)
        if stagesOut { moveRows(out.size, count, n, o, rows.stride[0], inner.stride[0], z, n, 1) }
      }
    }
  }
}

/// WHERE.
func select(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, c = op.pointee.inputs[0]!, a = op.pointee.inputs[1]!
  let b = op.pointee.inputs[2]!
  guard c.hasShape(of: out) && a.hasShape(of: out) && b.hasShape(of: out) else {
    throw .invalid(
      "WHERE: inputs \(c.shapeText), \(a.shapeText), \(b.shapeText) and output \(out.shapeText) have to be of one shape"
    )
  }
  var loop = Loop()
  for axis in 0..<out.rank {
    loop.append(out.extent(axis), SIMD4(out.stride(axis), c.stride(axis), a.stride(axis), b.stride(axis)))
  }
  if loop.count == 0 { return }
  loop.arrange(by: 0)
  let (o, pc, pa, pb) = (out.data, c.data, a.data, b.data)
  let size = out.size, step = loop.inner.stride, kernel = context.pointee.kernels.select
  let kind = out.dtype == BP_BOOL ? 0 : size
  loop.runs(context, atLeast: 32768) { offset, n in
    kernel(
      kind, n, o + offset[0] &* size, step[0], pc + offset[1], step[1], pa + offset[2] &* size, step[2],
      pb + offset[3] &* size, step[3])
  }
}
