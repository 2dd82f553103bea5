import BackendAPI
import CPUKernelTypes
import CPULanes

// MARK: - Moving bytes

/// Sixteen bytes, as two words.
typealias Pair = SIMD2<UInt64>

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

let streamBytes: KernelTable.Stream = { n, o, a in
  let head = min(n, -Int(bitPattern: o) & 63)
  o.copyMemory(from: a, byteCount: head)
  var i = head
  while i &+ 64 <= n {
    lanes_stream_f32(o + i, F32.load(a + i))
    i &+= 64
  }
  (o + i).copyMemory(from: a + i, byteCount: n &- i)
}

/// Rows of any kind; those of a few elements cost little more than the elements.
@inline(__always)
private func moveRows<T: BitwiseCopyable>(
  _: T.Type, _ rows: Int, _ columns: Int, _ out: UnsafeMutableRawPointer, _ ro: Int, _ co: Int,
  _ a: UnsafeRawPointer, _ ra: Int, _ ca: Int
) {
  var o = out.assumingMemoryBound(to: T.self), a = a.assumingMemoryBound(to: T.self)
  if co == 1 && ca == 1 {
    for _ in 0..<rows {
      var c = 0
      while c < columns {
        o[c] = a[c]
        c &+= 1
      }
      o += ro
      a += ra
    }
    return
  }
  for _ in 0..<rows {
    for c in 0..<columns { o[c &* co] = a[c &* ca] }
    o += ro
    a += ra
  }
}

let moveRowsOfBytes: KernelTable.MoveRows = { size, rows, columns, o, ro, co, a, ra, ca in
  if columns >= 32 {
    for r in 0..<rows { moveBytes(size, columns, o + r &* ro &* size, co, a + r &* ra &* size, ca) }
    return
  }
  switch size {
  case 1: moveRows(UInt8.self, rows, columns, o, ro, co, a, ra, ca)
  case 2: moveRows(UInt16.self, rows, columns, o, ro, co, a, ra, ca)
  case 4: moveRows(UInt32.self, rows, columns, o, ro, co, a, ra, ca)
  case 8: moveRows(UInt64.self, rows, columns, o, ro, co, a, ra, ca)
  default:
    for r in 0..<rows { moveBytes(size, columns, o + r &* ro &* size, co, a + r &* ra &* size, ca) }
  }
}

// MARK: - Transposition

let transposeBytes: KernelTable.Transpose = { size, rows, columns, o, so, a, sa in
  switch size {
  case 1: transposeElements(UInt8.self, rows, columns, o, so, a, sa)
  case 2: transposeElements(UInt16.self, rows, columns, o, so, a, sa)
  case 4: transposeElements(UInt32.self, rows, columns, o, so, a, sa)
  case 8: transposeElements(UInt64.self, rows, columns, o, so, a, sa)
  default:
    for i in 0..<rows {
      for j in 0..<columns {
        let x = (a + 16 &* (j &* sa &+ i)).loadUnaligned(as: Pair.self)
        (o + 16 &* (i &* so &+ j)).storeBytes(of: x, as: Pair.self)
      }
    }
  }
}
