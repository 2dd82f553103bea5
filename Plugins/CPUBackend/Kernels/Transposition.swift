import CPULanes

/// Sixteen rows of sixteen elements of 32 bits become as many columns, in registers.
@inline(__always)
private func transposeSquare(
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
func transposeElements<T: BitwiseCopyable>(
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
