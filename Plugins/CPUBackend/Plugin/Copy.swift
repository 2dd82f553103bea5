import BackendAPI
import CPUKernelTypes
import CPULanes
import Glibc

/// COPY.
func copy(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!
  guard a.hasShape(of: out) else {
    throw .invalid("COPY: input \(a.shapeText) and output \(out.shapeText) have to be of one shape")
  }
  copy(context, from: a, to: out)
}

/// Copies between tensors of one shape, converting where the types differ.
func copy(_ context: Context, from a: View, to out: View) {
  var loop = Loop()
  for axis in 0..<out.rank { loop.append(out.extent(axis), SIMD4(out.stride(axis), a.stride(axis), 0, 0)) }
  if loop.count == 0 { return }
  loop.arrange(by: 0)
  let (o, p) = (out.data, UnsafeRawPointer(a.data))
  let (outSize, size) = (out.size, a.size)
  let step = loop.inner.stride
  // A bool is made 0 or 1 even on its way to a bool.
  if a.dtype != out.dtype || a.dtype == BP_BOOL {
    let cast = context.pointee.kernels.cast, from = a.dtype, to = out.dtype
    return loop.runs(context, atLeast: 16384) { offset, n in
      cast(from, to, n, o + offset[0] &* outSize, step[0], p + offset[1] &* size, step[1])
    }
  }
  if loop.rank == 1 && step[0] == 1 && step[1] == 1 && loop.count &* size >= streamedBytes && o != p {
    let n = loop.count &* size, stream = context.pointee.kernels.stream
    let pieces = pieces(context, n, atLeast: 1 << 20)
    return parallel(context, pieces) { piece in
      let (low, high) = share(n, pieces, piece)
      stream(high &- low, o + low, p + low)
      lanes_stream_fence()
    }
  }
  if transposed(context, &loop, size, o, p) { return }
  if loop.rank >= 2 && loop.inner.extent < 64 { return moveRows(context, &loop, size, o, p) }
  let move = context.pointee.kernels.move
  loop.runs(context, atLeast: (1 << 18) / size) { offset, n in
    move(size, n, o + offset[0] &* size, step[0], p + offset[1] &* size, step[1])
  }
}

/// Copies by many short rows at once.
private func moveRows(
  _ context: Context, _ loop: inout Loop, _ size: Int, _ o: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
) {
  let total = loop.count
  let inner = loop.remove(loop.rank - 1), rows = loop.remove(loop.rank - 1)
  let rest = loop, kernel = context.pointee.kernels.moveRows
  let strip = max(1, 8192 / inner.extent), strips = (rows.extent + strip - 1) / strip
  let items = rest.count * strips
  let pieces = min(items, pieces(context, total, atLeast: (1 << 17) / size))
  parallel(context, pieces) { piece in
    for item in (items &* piece / pieces)..<(items &* (piece &+ 1) / pieces) {
      let first = item % strips &* strip
      let offset = rest.offset(of: item / strips) &+ SIMD4(repeating: first) &* rows.stride
      kernel(
        size, min(strip, rows.extent &- first), inner.extent, o + offset[0] &* size, rows.stride[0],
        inner.stride[0], p + offset[1] &* size, rows.stride[1], inner.stride[1])
    }
  }
}

/// Copies by squares where the output is contiguous along one axis and the input along another:
/// going along either would touch a new cache line for each element of the other side.
private func transposed(
  _ context: Context, _ loop: inout Loop, _ size: Int, _ o: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
) -> Bool {
  guard loop.rank >= 2 && loop.inner.stride[0] == 1 && loop.inner.stride[1] != 1 && loop.inner.extent >= 8
  else { return false }
  var along = loop.rank - 2
  while along >= 0 && loop.stride(along)[1] != 1 { along -= 1 }
  guard along >= 0 && loop.extent(along) >= 8 else { return false }
  let total = loop.count
  let columns = loop.remove(loop.rank - 1), rows = loop.remove(along)
  let outStride = rows.stride[0], inStride = columns.stride[1]
  let transpose = context.pointee.kernels.transpose
  // Strips of rows, so that a single matrix is shared among the threads too.
  let strip = 64
  let strips = (rows.extent + strip - 1) / strip
  let items = loop.count * strips
  let pieces = min(items, pieces(context, total, atLeast: (1 << 17) / size))
  let rest = loop
  parallel(context, pieces) { piece in
    let low = items &* piece / pieces, high = items &* (piece &+ 1) / pieces
    for item in low..<high {
      let offset = rest.offset(of: item / strips)
      let first = item % strips &* strip
      transpose(
        size, min(strip, rows.extent &- first), columns.extent,
        o + (offset[0] &+ first &* outStride) &* size, outStride,
        p + (offset[1] &+ first) &* size, inStride)
    }
  }
  return true
}
