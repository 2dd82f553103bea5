import BackendAPI
import CPUKernelTypes
import CPULanes

// Running sums and products accumulate as SUM and PROD do: in int64, float64 or pairs of float64.

@inline(__always)
private func running<T: BitwiseCopyable, A, R: BitwiseCopyable>(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int, _ start: A,
  _ step: (A, T) -> A, _ finish: (A) -> R
) {
  let x = a.assumingMemoryBound(to: T.self), o = out.assumingMemoryBound(to: R.self)
  var total = start
  for i in 0..<n {
    total = step(total, x[i &* sa])
    o[i &* so] = finish(total)
  }
}

@inline(__always)
private func integers<T: FixedWidthInteger & BitwiseCopyable>(
  _: T.Type, _ isProduct: Bool, _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int
) {
  if isProduct {
    running(n, out, so, a, sa, Int64(1), { (total, x: T) in total &* Int64(x) }, { $0 })
  } else {
    running(n, out, so, a, sa, Int64(0), { (total, x: T) in total &+ Int64(x) }, { $0 })
  }
}

@inline(__always)
private func floats<T: BitwiseCopyable>(
  _: T.Type, _ isProduct: Bool, _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int,
  _ widen: (T) -> Double, _ narrow: (Double) -> T
) {
  if isProduct {
    running(n, out, so, a, sa, 1.0, { (total, x: T) in total * widen(x) }, narrow)
  } else {
    running(n, out, so, a, sa, 0.0, { (total, x: T) in total + widen(x) }, narrow)
  }
}

@inline(__always)
private func halves<F: HalfFormat>(
  _: F.Type, _ isProduct: Bool, _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int
) {
  floats(
    UInt16.self, isProduct, n, out, so, a, sa,
    { Double(F.widen(SIMD16<UInt16>(repeating: $0))[0]) },
    { F.narrow(F32(repeating: roundedToOdd($0)))[0] })
}

@inline(__always)
private func complexes<C: ComplexElement>(
  _: C.Type, _ isProduct: Bool, _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int
) {
  // The first element starts the run: a product with 1 would turn infinite parts into NaN.
  guard n > 0 else { return }
  let first = Complex128(a.assumingMemoryBound(to: C.self)[0].wide)
  out.assumingMemoryBound(to: C.self)[0] = C(first.wide)
  let (rest, next) = (a + sa &* MemoryLayout<C>.stride, out + so &* MemoryLayout<C>.stride)
  if isProduct {
    running(n &- 1, next, so, rest, sa, first, { (total, x: C) in total * Complex128(x.wide) }, { C($0.wide) })
  } else {
    running(n &- 1, next, so, rest, sa, first, { (total, x: C) in total + Complex128(x.wide) }, { C($0.wide) })
  }
}

let scanKernel: KernelTable.Scan = { op, type, n, out, so, a, sa in
  let isProduct = op == BP_OP_CUMPROD
  switch type {
  case BP_BOOL:
    if isProduct {
      running(n, out, so, a, sa, Int64(1), { (total, x: UInt8) in x == 0 ? 0 : total }, { $0 })
    } else {
      running(n, out, so, a, sa, Int64(0), { (total, x: UInt8) in total &+ (x == 0 ? 0 : 1) }, { $0 })
    }
  case BP_UINT8: integers(UInt8.self, isProduct, n, out, so, a, sa)
  case BP_INT8: integers(Int8.self, isProduct, n, out, so, a, sa)
  case BP_INT16: integers(Int16.self, isProduct, n, out, so, a, sa)
  case BP_INT32: integers(Int32.self, isProduct, n, out, so, a, sa)
  case BP_INT64: integers(Int64.self, isProduct, n, out, so, a, sa)
  case BP_FLOAT16: halves(Float16Format.self, isProduct, n, out, so, a, sa)
  case BP_BFLOAT16: halves(BFloat16Format.self, isProduct, n, out, so, a, sa)
  case BP_FLOAT32: floats(Float.self, isProduct, n, out, so, a, sa, { Double($0) }, { Float($0) })
  case BP_FLOAT64: floats(Double.self, isProduct, n, out, so, a, sa, { $0 }, { $0 })
  case BP_COMPLEX64: complexes(Complex64.self, isProduct, n, out, so, a, sa)
  case BP_COMPLEX128: complexes(Complex128.self, isProduct, n, out, so, a, sa)
  default: break
  }
}

// MARK: - Running sums side by side

/// The numbers of a vector of 64 bytes as float64, in one vector or two.
@inline(__always)
private func runningSums<T: BitwiseCopyable>(
  _: T.Type, _ n: Int, _ out: UnsafeMutableRawPointer?, _ a: UnsafeRawPointer, _ start: Double,
  _ load: (UnsafeRawPointer) -> F64, _ store: (F64, UnsafeMutableRawPointer) -> Void, _ widen: (T) -> Double,
  _ narrow: (Double) -> T
) -> Double {
  let x = a.assumingMemoryBound(to: T.self), whole = n & ~7
  var carry = F64(repeating: start)
  if let out {
    let o = out.assumingMemoryBound(to: T.self)
    // What a vector adds to those behind it waits for no other vector but in one addition.
    for i in stride(from: 0, to: whole, by: 8) {
      let sums = lanes_prefix_sums(load(x + i))
      store(carry + sums, o + i)
      carry += lanes_last_f64(sums)
    }
    var total = carry[0]
    for i in whole..<n {
      total += widen(x[i])
      o[i] = narrow(total)
    }
    return total
  }
  var (s, t) = (F64(repeating: 0), F64(repeating: 0))
  for i in stride(from: 0, to: whole & ~15, by: 16) {
    s += load(x + i)
    t += load(x + (i &+ 8))
  }
  if whole & 8 != 0 { s += load(x + (whole &- 8)) }
  var total = start + (s + t).total()
  for i in whole..<n { total += widen(x[i]) }
  return total
}

let runningSumKernel: KernelTable.RunningSum = { type, n, out, a, start in
  if type == BP_FLOAT64 {
    return runningSums(
      Double.self, n, out, a, start, { F64.load($0) }, { $0.store($1) }, { $0 }, { $0 })
  }
  return runningSums(
    Float.self, n, out, a, start, { lanes_widen_f32($0.loadUnaligned(as: SIMD8<Float>.self)) },
    { $1.storeBytes(of: lanes_narrow_f64($0), as: SIMD8<Float>.self) }, { Double($0) }, { Float($0) })
}

// MARK: - Running extremes

@inline(__always)
private func extremes<T: BitwiseCopyable, X>(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ indices: UnsafeMutableRawPointer, _ si: Int,
  _ a: UnsafeRawPointer, _ sa: Int, _ value: (T) -> X, _ takes: (X, X) -> Bool, _ clean: (T) -> T
) {
  if n == 0 { return }
  let x = a.assumingMemoryBound(to: T.self), o = out.assumingMemoryBound(to: T.self)
  let places = indices.assumingMemoryBound(to: Int64.self)
  var best = value(x[0]), index = 0
  for i in 0..<n {
    let candidate = value(x[i &* sa])
    if takes(candidate, best) { (best, index) = (candidate, i) }
    o[i &* so] = clean(x[index &* sa])
    places[i &* si] = Int64(index)
  }
}

@inline(__always)
private func extremes<T: BitwiseCopyable, X: Comparable>(
  _ isGreatest: Bool, _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ indices: UnsafeMutableRawPointer,
  _ si: Int, _ a: UnsafeRawPointer, _ sa: Int, _ value: (T) -> X, _ clean: (T) -> T = { $0 }
) {
  // A NaN takes the place of all, and nothing else that of a NaN.
  if isGreatest {
    extremes(n, out, so, indices, si, a, sa, value, { $0 >= $1 || $0 != $0 }, clean)
  } else {
    extremes(n, out, so, indices, si, a, sa, value, { $0 <= $1 || $0 != $0 }, clean)
  }
}

let scanExtremeKernel: KernelTable.ScanExtreme = { op, type, n, out, so, indices, si, a, sa in
  let isGreatest = op == BP_OP_CUMMAX
  switch type {
  case BP_BOOL:
    extremes(isGreatest, n, out, so, indices, si, a, sa, { (x: UInt8) in min(x, 1) }, { min($0, 1) })
  case BP_UINT8: extremes(isGreatest, n, out, so, indices, si, a, sa) { (x: UInt8) in x }
  case BP_INT8: extremes(isGreatest, n, out, so, indices, si, a, sa) { (x: Int8) in x }
  case BP_INT16: extremes(isGreatest, n, out, so, indices, si, a, sa) { (x: Int16) in x }
  case BP_INT32: extremes(isGreatest, n, out, so, indices, si, a, sa) { (x: Int32) in x }
  case BP_INT64: extremes(isGreatest, n, out, so, indices, si, a, sa) { (x: Int64) in x }
  case BP_FLOAT16:
    extremes(isGreatest, n, out, so, indices, si, a, sa) { (x: UInt16) in
      Float16Format.widen(SIMD16<UInt16>(repeating: x))[0]
    }
  case BP_BFLOAT16:
    extremes(isGreatest, n, out, so, indices, si, a, sa) { (x: UInt16) in
      BFloat16Format.widen(SIMD16<UInt16>(repeating: x))[0]
    }
  case BP_FLOAT32: extremes(isGreatest, n, out, so, indices, si, a, sa) { (x: Float) in x }
  case BP_FLOAT64: extremes(isGreatest, n, out, so, indices, si, a, sa) { (x: Double) in x }
  default: break
  }
}
