import BackendAPI
import CPUKernelTypes
import CPULanes

// MARK: - Moving bytes

@inline(__always)
private func move<T: BitwiseCopyable>(
  _: T.Type, _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int
) {
  let o = out.assumingMemoryBound(to: T.self), a = a.assumingMemoryBound(to: T.self)
  if so == 1 && sa == 0 {
    o.initialize(repeating: a[0], count: n)
  } else if so == 1 {
    for i in 0..<n { o[i] = a[i &* sa] }
  } else if sa == 1 {
    for i in 0..<n { o[i &* so] = a[i] }
  } else {
    for i in 0..<n { o[i &* so] = a[i &* sa] }
  }
}

let moveBytes: KernelTable.Move = { size, n, o, so, a, sa in
  if so == 1 && sa == 1 { return o.copyMemory(from: a, byteCount: n &* size) }
  switch size {
  case 1: move(UInt8.self, n, o, so, a, sa)
  case 2: move(UInt16.self, n, o, so, a, sa)
  case 4: move(UInt32.self, n, o, so, a, sa)
  case 8: move(UInt64.self, n, o, so, a, sa)
  default:
    for i in 0..<n {
      let x = (a + 16 &* i &* sa).loadUnaligned(as: Pair.self)
      (o + 16 &* i &* so).storeBytes(of: x, as: Pair.self)
    }
  }
}

// MARK: - Transposition

/// Squares of 16 × 16 elements: their rows on both sides stay in the first-level cache.
@inline(__always)
private func transpose<T: BitwiseCopyable>(
  _: T.Type, _ rows: Int, _ columns: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer,
  _ sa: Int
) {
  let o = out.assumingMemoryBound(to: T.self), a = a.assumingMemoryBound(to: T.self)
  for r in stride(from: 0, to: rows, by: 16) {
    for c in stride(from: 0, to: columns, by: 16) {
      for i in r..<min(r &+ 16, rows) {
        for j in c..<min(c &+ 16, columns) { o[i &* so &+ j] = a[j &* sa &+ i] }
      }
    }
  }
}

let transposeBytes: KernelTable.Transpose = { size, rows, columns, o, so, a, sa in
  switch size {
  case 1: transpose(UInt8.self, rows, columns, o, so, a, sa)
  case 2: transpose(UInt16.self, rows, columns, o, so, a, sa)
  case 4: transpose(UInt32.self, rows, columns, o, so, a, sa)
  case 8: transpose(UInt64.self, rows, columns, o, so, a, sa)
  default:
    for i in 0..<rows {
      for j in 0..<columns {
        let x = (a + 16 &* (j &* sa &+ i)).loadUnaligned(as: Pair.self)
        (o + 16 &* (i &* so &+ j)).storeBytes(of: x, as: Pair.self)
      }
    }
  }
}
