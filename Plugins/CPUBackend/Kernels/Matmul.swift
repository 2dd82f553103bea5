import BackendAPI
import CPUKernelTypes
import CPULanes

// Products of integers, and small ones of floats and complex numbers, for which a call of the BLAS
// costs more than the arithmetic.

@inline(__always)
private func integerProduct<T: FixedWidthInteger & BitwiseCopyable>(
  _: T.Type, _ m: Int, _ n: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ ro: Int,
  _ a: UnsafeRawPointer, _ ra: Int, _ ca: Int, _ b: UnsafeRawPointer, _ rb: Int, _ cb: Int
) {
  let o = out.assumingMemoryBound(to: T.self)
  let a = a.assumingMemoryBound(to: T.self), b = b.assumingMemoryBound(to: T.self)
  for i in 0..<m {
    let target = o + i &* ro
    for j in 0..<n { target[j] = 0 }
    for p in 0..<k {
      let x = a[i &* ra &+ p &* ca], row = b + p &* rb
      if cb == 1 {
        for j in 0..<n { target[j] = target[j] &+ x &* row[j] }
      } else {
        for j in 0..<n { target[j] = target[j] &+ x &* row[j &* cb] }
      }
    }
  }
}

@inline(__always)
private func complexProduct<C: ComplexElement>(
  _: C.Type, _ m: Int, _ n: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ ro: Int,
  _ a: UnsafeRawPointer, _ ra: Int, _ ca: Int, _ b: UnsafeRawPointer, _ rb: Int, _ cb: Int
) {
  let o = out.assumingMemoryBound(to: C.self)
  let a = a.assumingMemoryBound(to: C.self), b = b.assumingMemoryBound(to: C.self)
  for i in 0..<m {
    let target = o + i &* ro
    for j in 0..<n { target[j] = C(0, 0) }
    for p in 0..<k {
      let x = a[i &* ra &+ p &* ca], row = b + p &* rb
      for j in 0..<n { target[j] = target[j] + x * row[j &* cb] }
    }
  }
}

/// Up to four rows by one vector of columns, from `b` with contiguous columns.
@inline(__always)
private func tile<V: FloatLanes>(
  _: V.Type, _ rows: Int, _ columns: Int, _ k: Int, _ out: UnsafeMutablePointer<V.Scalar>, _ ro: Int,
  _ a: UnsafePointer<V.Scalar>, _ ra: Int, _ ca: Int, _ b: UnsafePointer<V.Scalar>, _ rb: Int
) {
  let zero = V(0)
  var (t0, t1, t2, t3) = (zero, zero, zero, zero)
  // Rows past the last repeat the last: cheaper than a loop with a branch per row.
  let last = rows &- 1
  let r1 = min(1, last) &* ra, r2 = min(2, last) &* ra, r3 = min(3, last) &* ra
  var (p, q) = (a, b)
  for _ in 0..<k {
    let v = columns >= V.width ? V.load(q) : V.loadPartial(q, columns)
    t0 = V.fma(V(splat: p[0]), v, t0)
    t1 = V.fma(V(splat: p[r1]), v, t1)
    t2 = V.fma(V(splat: p[r2]), v, t2)
    t3 = V.fma(V(splat: p[r3]), v, t3)
    p += ca
    q += rb
  }
  let count = min(columns, V.width)
  for r in 0..<rows {
    let v = r == 0 ? t0 : r == 1 ? t1 : r == 2 ? t2 : t3
    let target = UnsafeMutableRawPointer(out + r &* ro)
    if count == V.width { v.store(target) } else { v.storePartial(target, count) }
  }
}

@inline(__always)
private func floatProduct<V: FloatLanes>(
  _: V.Type, _ m: Int, _ n: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ ro: Int, _ a: UnsafeRawPointer,
  _ ra: Int, _ ca: Int, _ b: UnsafeRawPointer, _ rb: Int, _ cb: Int
) {
  typealias T = V.Scalar
  let o = out.assumingMemoryBound(to: T.self)
  let a = a.assumingMemoryBound(to: T.self), b = b.assumingMemoryBound(to: T.self)
  if cb == 1 {
    for j in stride(from: 0, to: n, by: V.width) {
      for i in stride(from: 0, to: m, by: 4) {
        tile(V.self, min(4, m &- i), n &- j, k, o + (i &* ro &+ j), ro, a + i &* ra, ra, ca, b + j, rb)
      }
    }
    return
  }
  // A strip of b, one vector wide, laid out anew.
  withUnsafeTemporaryAllocation(of: T.self, capacity: max(k, 1) &* V.width) { strip in
    let s = strip.baseAddress!
    for j in stride(from: 0, to: n, by: V.width) {
      let count = min(V.width, n &- j)
      for p in 0..<k {
        let row = b + (p &* rb &+ j &* cb)
        for c in 0..<count { s[p &* V.width &+ c] = row[c &* cb] }
        for c in count..<V.width { s[p &* V.width &+ c] = row[0] }
      }
      for i in stride(from: 0, to: m, by: 4) {
        tile(V.self, min(4, m &- i), count, k, o + (i &* ro &+ j), ro, a + i &* ra, ra, ca, s, V.width)
      }
    }
  }
}

let matmulKernel: KernelTable.Matmul = { type, m, n, k, o, ro, a, ra, ca, b, rb, cb in
  switch type {
  case BP_UINT8: integerProduct(UInt8.self, m, n, k, o, ro, a, ra, ca, b, rb, cb)
  case BP_INT8: integerProduct(Int8.self, m, n, k, o, ro, a, ra, ca, b, rb, cb)
  case BP_INT16: integerProduct(Int16.self, m, n, k, o, ro, a, ra, ca, b, rb, cb)
  case BP_INT32: integerProduct(Int32.self, m, n, k, o, ro, a, ra, ca, b, rb, cb)
  case BP_INT64: integerProduct(Int64.self, m, n, k, o, ro, a, ra, ca, b, rb, cb)
  case BP_FLOAT32: floatProduct(F32.self, m, n, k, o, ro, a, ra, ca, b, rb, cb)
  case BP_FLOAT64: floatProduct(F64.self, m, n, k, o, ro, a, ra, ca, b, rb, cb)
  case BP_COMPLEX64: complexProduct(Complex64.self, m, n, k, o, ro, a, ra, ca, b, rb, cb)
  case BP_COMPLEX128: complexProduct(Complex128.self, m, n, k, o, ro, a, ra, ca, b, rb, cb)
  default: break
  }
}
