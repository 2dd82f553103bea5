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

/// Sixteen rows of sixteen elements of 32 bits become as many columns, in registers.
@inline(__always)
func transposeSquare(
  _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int
) {
  @inline(__always) func row(_ i: Int) -> F32 { F32.load(a + i &* sa) }
  // Four rows at a time: every quarter of a vector becomes a transposed square of four.
  @inline(__always) func four(_ i: Int) -> (F32, F32, F32, F32) {
    let a = row(i), b = row(i &+ 1), c = row(i &+ 2), d = row(i &+ 3)
    let ab0 = lanes_low_singles(a, b), ab1 = lanes_high_singles(a, b)
    let cd0 = lanes_low_singles(c, d), cd1 = lanes_high_singles(c, d)
    return (
      lanes_low_pairs(ab0, cd0), lanes_high_pairs(ab0, cd0), lanes_low_pairs(ab1, cd1),
      lanes_high_pairs(ab1, cd1)
    )
  }
  // Then the quarters go where they belong: those of column q, 4+q, 8+q and 12+q.
  @inline(__always) func columns(_ q: Int, _ w: F32, _ x: F32, _ y: F32, _ z: F32) {
    let wx0 = lanes_even_quarters(w, x), wx1 = lanes_odd_quarters(w, x)
    let yz0 = lanes_even_quarters(y, z), yz1 = lanes_odd_quarters(y, z)
    lanes_even_quarters(wx0, yz0).store(out + q &* so)
    lanes_even_quarters(wx1, yz1).store(out + (q &+ 4) &* so)
    lanes_odd_quarters(wx0, yz0).store(out + (q &+ 8) &* so)
    lanes_odd_quarters(wx1, yz1).store(out + (q &+ 12) &* so)
  }
  let w = four(0), x = four(4), y = four(8), z = four(12)
  columns(0, w.0, x.0, y.0, z.0)
  columns(1, w.1, x.1, y.1, z.1)
  columns(2, w.2, x.2, y.2, z.2)
  columns(3, w.3, x.3, y.3, z.3)
}

/// Squares of 16 × 16 elements: their rows on both sides stay in the first-level cache.
@inline(__always)
private func transpose<T: BitwiseCopyable>(
  _: T.Type, _ rows: Int, _ columns: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer,
  _ sa: Int
) {
  let o = out.assumingMemoryBound(to: T.self), a = a.assumingMemoryBound(to: T.self)
  for c in stride(from: 0, to: columns, by: 16) {
    for r in stride(from: 0, to: rows, by: 16) {
      if T.self == UInt32.self && r &+ 16 <= rows && c &+ 16 <= columns {
        transposeSquare(
          UnsafeMutableRawPointer(o + (r &* so &+ c)), so &* 4, UnsafeRawPointer(a + (c &* sa &+ r)), sa &* 4)
        continue
      }
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
