import BackendAPI

// Sums, products and means of complex numbers. Their accumulators are pairs of float64.

@inline(never) func startComplex(_ op: Int32, _ count: Int, _ acc: UnsafeMutableRawPointer) {
  let neutral = Complex128(op == BP_OP_PROD ? 1 : 0, 0)
  acc.assumingMemoryBound(to: Complex128.self).initialize(repeating: neutral, count: count)
}

/// Pairwise, down to 128 numbers: for complex128 there is no wider type.
private func sum<C: ComplexElement>(_ n: Int, _ x: UnsafePointer<C>, _ stride: Int) -> Complex128 {
  if n > 128 {
    let half = n / 2
    return sum(half, x, stride) + sum(n &- half, x + half &* stride, stride)
  }
  var (even, odd) = (Complex128(0, 0), Complex128(0, 0))
  var i = 0
  while i &+ 2 <= n {
    even = even + Complex128(x[i &* stride].wide)
    odd = odd + Complex128(x[(i &+ 1) &* stride].wide)
    i &+= 2
  }
  return i < n ? even + odd + Complex128(x[i &* stride].wide) : even + odd
}

@inline(__always) func complexRun<C: ComplexElement>(
  _: C.Type, _ op: Int32, _ n: Int, _ a: UnsafeRawPointer, _ stride: Int, _ acc: UnsafeMutableRawPointer
) {
  let x = a.assumingMemoryBound(to: C.self), total = acc.assumingMemoryBound(to: Complex128.self)
  if op != BP_OP_PROD { return total[0] = total[0] + sum(n, x, stride) }
  var product = total[0]
  for i in 0..<n { product = product * Complex128(x[i &* stride].wide) }
  total[0] = product
}

@inline(__always) func complexRows<C: ComplexElement>(
  _: C.Type, _ op: Int32, _ rows: Int, _ columns: Int, _ a: UnsafeRawPointer, _ rowStride: Int,
  _ acc: UnsafeMutableRawPointer
) {
  for r in 0..<rows {
    let row = a + r &* rowStride &* MemoryLayout<C>.stride
    if op == BP_OP_PROD {
      rowInto(C.self, columns, row, acc) { $0 * $1 }
    } else {
      rowInto(C.self, columns, row, acc) { $0 + $1 }
    }
  }
}

@inline(__always) private func rowInto<C: ComplexElement>(
  _: C.Type, _ columns: Int, _ row: UnsafeRawPointer, _ acc: UnsafeMutableRawPointer,
  _ step: (Complex128, Complex128) -> Complex128
) {
  let x = row.assumingMemoryBound(to: C.self), total = acc.assumingMemoryBound(to: Complex128.self)
  for c in 0..<columns { total[c] = step(total[c], Complex128(x[c].wide)) }
}

@inline(never) func combineComplex(
  _ op: Int32, _ count: Int, _ into: UnsafeMutableRawPointer, _ from: UnsafeRawPointer
) {
  if op == BP_OP_PROD {
    elements(count, into, 1, into, 1, from, 1) { (x: Complex128, y: Complex128) in x * y }
  } else {
    elements(count, into, 1, into, 1, from, 1) { (x: Complex128, y: Complex128) in x + y }
  }
}

@inline(__always) func finishComplex<C: ComplexElement>(
  _: C.Type, _ count: Int, _ acc: UnsafeRawPointer, _ divisor: Double, _ out: UnsafeMutableRawPointer, _ so: Int
) {
  elements(count, out, so, acc, 1) { (x: Complex128) -> C in
    C(Complex128(x.real / divisor, x.imaginary / divisor).wide)
  }
}
