import BackendAPI
import CPUKernelTypes
import CPULanes

/// Whether `x` displaces `best`: strictly beyond it, or the first NaN.
@inline(__always) private func displaces<T: FloatingPoint>(_ x: T, _ best: T, greatest: Bool) -> Bool {
  if x != x { return best == best }
  return greatest ? x > best : x < best
}

@inline(__always) private func argRun<T: BitwiseCopyable, X>(
  _: T.Type, _ n: Int, _ a: UnsafeRawPointer, _ stride: Int, _ value: (T) -> X, _ displaces: (X, X) -> Bool
) -> Int {
  let x = a.assumingMemoryBound(to: T.self)
  var best = value(x[0]), index = 0
  for i in 1..<max(n, 1) {
    let candidate = value(x[i &* stride])
    if displaces(candidate, best) { (best, index) = (candidate, i) }
  }
  return index
}

/// Two passes: the extreme, and then where it is first. The second is mostly in the cache.
@inline(__always) private func argVectors(_ n: Int, _ a: UnsafeRawPointer, greatest: Bool) -> Int {
  let x = a.assumingMemoryBound(to: Float.self)
  var best: Float = 0
  withUnsafeMutableBytes(of: &best) { acc in
    reduceStartKernel(greatest ? BP_OP_MAX : BP_OP_MIN, BP_FLOAT32, 1, acc.baseAddress!)
    reduceRunKernel(greatest ? BP_OP_MAX : BP_OP_MIN, BP_FLOAT32, n, a, 1, acc.baseAddress!)
  }
  let target = F32(repeating: best), wantsNaN = best != best
  var i = 0
  while i &+ 16 <= n {
    let v = F32.load(x + i)
    if anyLane(wantsNaN ? v .!= v : v .== target) { break }
    i &+= 16
  }
  while i < n &- 1 && !(wantsNaN ? x[i] != x[i] : x[i] == best) { i &+= 1 }
  return i
}

@inline(__always) private func halfValue<F: HalfFormat>(_: F.Type, _ x: UInt16) -> Float {
  F.widen(SIMD16<UInt16>(repeating: x))[0]
}

@inline(__always) private func argInteger<T: FixedWidthInteger & BitwiseCopyable>(
  _: T.Type, _ n: Int, _ a: UnsafeRawPointer, _ stride: Int, greatest: Bool
) -> Int {
  greatest
    ? argRun(T.self, n, a, stride, { $0 }, { $0 > $1 }) : argRun(T.self, n, a, stride, { $0 }, { $0 < $1 })
}

let argRunKernel: KernelTable.ArgRun = { op, type, n, a, stride in
  let greatest = op == BP_OP_ARGMAX
  switch type {
  case BP_BOOL:
    return greatest
      ? argRun(UInt8.self, n, a, stride, { min($0, 1) }, { $0 > $1 })
      : argRun(UInt8.self, n, a, stride, { min($0, 1) }, { $0 < $1 })
  case BP_UINT8: return argInteger(UInt8.self, n, a, stride, greatest: greatest)
  case BP_INT8: return argInteger(Int8.self, n, a, stride, greatest: greatest)
  case BP_INT16: return argInteger(Int16.self, n, a, stride, greatest: greatest)
  case BP_INT32: return argInteger(Int32.self, n, a, stride, greatest: greatest)
  case BP_INT64: return argInteger(Int64.self, n, a, stride, greatest: greatest)
  case BP_FLOAT16:
    return argRun(
      UInt16.self, n, a, stride, { halfValue(Float16Format.self, $0) },
      { displaces($0, $1, greatest: greatest) })
  case BP_BFLOAT16:
    return argRun(
      UInt16.self, n, a, stride, { halfValue(BFloat16Format.self, $0) },
      { displaces($0, $1, greatest: greatest) })
  case BP_FLOAT32:
    if stride == 1 { return argVectors(n, a, greatest: greatest) }
    return argRun(Float.self, n, a, stride, { $0 }, { displaces($0, $1, greatest: greatest) })
  case BP_FLOAT64:
    return argRun(Double.self, n, a, stride, { $0 }, { displaces($0, $1, greatest: greatest) })
  default: return 0
  }
}

/// Rows are read in the order of memory; the best so far of up to 256 columns are kept aside.
@inline(__always) private func argRows<T: BitwiseCopyable, X: BitwiseCopyable>(
  _: T.Type, _: X.Type, _ n: Int, _ columns: Int, _ a: UnsafeRawPointer, _ rowStride: Int,
  _ out: UnsafeMutableRawPointer, _ so: Int, _ value: (T) -> X, _ displaces: (X, X) -> Bool
) {
  let x = a.assumingMemoryBound(to: T.self), o = out.assumingMemoryBound(to: Int64.self)
  withUnsafeTemporaryAllocation(of: X.self, capacity: 256) { bests in
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: 256) { indices in
      let best = bests.baseAddress!, index = indices.baseAddress!
      for c in stride(from: 0, to: columns, by: 256) {
        let count = min(256, columns &- c)
        for j in 0..<count { (best[j], index[j]) = (value(x[c &+ j]), 0) }
        for r in 1..<max(n, 1) {
          let row = x + (r &* rowStride &+ c)
          for j in 0..<count {
            let candidate = value(row[j])
            let wins = displaces(candidate, best[j])
            best[j] = wins ? candidate : best[j]
            index[j] = wins ? Int64(r) : index[j]
          }
        }
        for j in 0..<count { o[(c &+ j) &* so] = index[j] }
      }
    }
  }
}

@inline(__always) private func argIntegerRows<T: FixedWidthInteger & BitwiseCopyable>(
  _: T.Type, _ n: Int, _ columns: Int, _ a: UnsafeRawPointer, _ rowStride: Int,
  _ out: UnsafeMutableRawPointer, _ so: Int, greatest: Bool, _ value: (T) -> T
) {
  if greatest {
    argRows(T.self, T.self, n, columns, a, rowStride, out, so, value, { $0 > $1 })
  } else {
    argRows(T.self, T.self, n, columns, a, rowStride, out, so, value, { $0 < $1 })
  }
}

let argRowsKernel: KernelTable.ArgRows = { op, type, n, columns, a, rowStride, o, so in
  let greatest = op == BP_OP_ARGMAX
  switch type {
  case BP_BOOL:
    argIntegerRows(UInt8.self, n, columns, a, rowStride, o, so, greatest: greatest) { min($0, 1) }
  case BP_UINT8: argIntegerRows(UInt8.self, n, columns, a, rowStride, o, so, greatest: greatest) { $0 }
  case BP_INT8: argIntegerRows(Int8.self, n, columns, a, rowStride, o, so, greatest: greatest) { $0 }
  case BP_INT16: argIntegerRows(Int16.self, n, columns, a, rowStride, o, so, greatest: greatest) { $0 }
  case BP_INT32: argIntegerRows(Int32.self, n, columns, a, rowStride, o, so, greatest: greatest) { $0 }
  case BP_INT64: argIntegerRows(Int64.self, n, columns, a, rowStride, o, so, greatest: greatest) { $0 }
  case BP_FLOAT16:
    argRows(
      UInt16.self, Float.self, n, columns, a, rowStride, o, so, { halfValue(Float16Format.self, $0) },
      { displaces($0, $1, greatest: greatest) })
  case BP_BFLOAT16:
    argRows(
      UInt16.self, Float.self, n, columns, a, rowStride, o, so, { halfValue(BFloat16Format.self, $0) },
      { displaces($0, $1, greatest: greatest) })
  case BP_FLOAT32:
    argRows(
      Float.self, Float.self, n, columns, a, rowStride, o, so, { $0 },
      { displaces($0, $1, greatest: greatest) })
  case BP_FLOAT64:
    argRows(
      Double.self, Double.self, n, columns, a, rowStride, o, so, { $0 },
      { displaces($0, $1, greatest: greatest) })
  default: break
  }
}
