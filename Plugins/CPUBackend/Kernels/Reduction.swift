import BackendAPI
import CPUKernelTypes
import CPULanes

// Sums and products accumulate in float64 or int64, extremes in the type that computes. Float32
// sums add up to eight numbers in float32, as a tree, before they go into float64.

private typealias Sums = (F64, F64)

// MARK: - Float32 runs

@inline(__always) private func widened(_ v: F32) -> Sums {
  (lanes_widen_f32(v.lowHalf), lanes_widen_f32(v.highHalf))
}

@inline(__always) private func sumOfEight(_ p: UnsafeRawPointer, _ step: Int) -> F32 {
  let a = F32.load(p) + F32.load(p + step), b = F32.load(p + 2 &* step) + F32.load(p + 3 &* step)
  let c = F32.load(p + 4 &* step) + F32.load(p + 5 &* step)
  let d = F32.load(p + 6 &* step) + F32.load(p + 7 &* step)
  return (a + b) + (c + d)
}

@inline(__always) private func sum(_ n: Int, _ a: UnsafeRawPointer) -> Double {
  var (p, rest) = (a, n)
  var total = Sums(F64(repeating: 0), F64(repeating: 0))
  while rest >= 128 {
    let (low, high) = widened(sumOfEight(p, 64))
    total.0 += low
    total.1 += high
    p += 512
    rest &-= 128
  }
  while rest > 0 {
    let v = rest >= 16 ? F32.load(p) : F32.loadPartial(p, rest)
    let (low, high) = widened(v)
    total.0 += low
    total.1 += high
    p += 64
    rest &-= 16
  }
  return (total.0 + total.1).total()
}

@inline(__always) private func product(_ n: Int, _ a: UnsafeRawPointer) -> Double {
  var total = Sums(F64(repeating: 1), F64(repeating: 1))
  var (p, rest) = (a, n)
  while rest >= 16 {
    let (low, high) = widened(F32.load(p))
    total.0 *= low
    total.1 *= high
    p += 64
    rest &-= 16
  }
  var result = 1.0
  let lanes = total.0 * total.1
  for i in 0..<8 { result *= lanes[i] }
  let x = p.assumingMemoryBound(to: Float.self)
  for i in 0..<max(rest, 0) { result *= Double(x[i]) }
  return result
}

// MARK: - Float64 runs

@inline(__always) private func sum64Block(_ n: Int, _ a: UnsafeRawPointer) -> Double {
  var (p, rest) = (a, n)
  var (t0, t1, t2, t3) = (F64(repeating: 0), F64(repeating: 0), F64(repeating: 0), F64(repeating: 0))
  while rest >= 32 {
    t0 += F64.load(p)
    t1 += F64.load(p + 64)
    t2 += F64.load(p + 128)
    t3 += F64.load(p + 192)
    p += 256
    rest &-= 32
  }
  while rest > 0 {
    t0 += rest >= 8 ? F64.load(p) : F64.loadPartial(p, rest)
    p += 64
    rest &-= 8
  }
  return ((t0 + t1) + (t2 + t3)).total()
}

/// Pairwise, down to blocks in which each lane adds up sixteen.
private func sum64(_ n: Int, _ a: UnsafeRawPointer) -> Double {
  if n <= 512 { return sum64Block(n, a) }
  let half = (n &+ 512) / 1024 &* 512
  return sum64(half, a) + sum64(n &- half, a + half &* 8)
}

@inline(__always) private func product64(_ n: Int, _ a: UnsafeRawPointer) -> Double {
  let x = a.assumingMemoryBound(to: Double.self)
  var lanes = F64(repeating: 1)
  var i = 0
  while i &+ 8 <= n {
    lanes *= F64.load(x + i)
    i &+= 8
  }
  var result = 1.0
  for j in 0..<8 { result *= lanes[j] }
  while i < n {
    result *= x[i]
    i &+= 1
  }
  return result
}

// MARK: - Extremes

/// NaN where either is NaN.
@inline(__always) func extreme<T: FloatingPoint>(_ a: T, _ b: T, greatest: Bool) -> T {
  if a != a { return a }
  return b != b || (greatest ? b > a : b < a) ? b : a
}

/// Of float32 elements too as float64, which holds them.
@inline(__always) func extremeRun<V: FloatLanes>(
  _: V.Type, _ n: Int, _ a: UnsafeRawPointer, greatest: Bool
) -> Double {
  let size = MemoryLayout<V.Scalar>.stride, none = greatest ? -Double.infinity : .infinity
  if n < V.width {
    var best = none
    for i in 0..<n { best = extreme(best, V.read(a + i &* size), greatest: greatest) }
    return best
  }
  // A comparison with NaN is false, which keeps NaN out of the extremes; whether there was one is
  // noted apart.
  var m0 = V(none), m1 = m0, nan = V(0)
  let last = a + (n &- V.width) &* size
  var p = a
  while p < last {
    let second = p + 64 < last ? p + 64 : last
    let x = V.load(p), y = V.load(second)
    m0 = V.select(greatest ? V.less(m0, x) : V.less(x, m0), x, m0)
    m1 = V.select(greatest ? V.less(m1, y) : V.less(y, m1), y, m1)
    nan = V.select(V.ordered(x), V.select(V.ordered(y), nan, y), x)
    p += 128
  }
  let end = V.load(last)
  m0 = V.select(greatest ? V.less(m0, end) : V.less(end, m0), end, m0)
  nan = V.select(V.ordered(end), nan, end)
  m0 = V.select(greatest ? V.less(m0, m1) : V.less(m1, m0), m1, m0)
  return nan.hasNaN ? .nan : m0.extreme(greatest: greatest)
}

// MARK: - Contiguous runs, any type

@inline(never) private func run32(
  _ op: Int32, _ n: Int, _ a: UnsafeRawPointer, _ accumulator: UnsafeMutableRawPointer
) {
  let wide = accumulator.assumingMemoryBound(to: Double.self)
  let narrow = accumulator.assumingMemoryBound(to: Float.self)
  switch op {
  case BP_OP_SUM, BP_OP_MEAN: wide[0] += sum(n, a)
  case BP_OP_PROD: wide[0] *= product(n, a)
  case BP_OP_MAX: narrow[0] = extreme(narrow[0], Float(extremeRun(F32.self, n, a, greatest: true)), greatest: true)
  default: narrow[0] = extreme(narrow[0], Float(extremeRun(F32.self, n, a, greatest: false)), greatest: false)
  }
}

@inline(never) private func run64(
  _ op: Int32, _ n: Int, _ a: UnsafeRawPointer, _ accumulator: UnsafeMutableRawPointer
) {
  let x = accumulator.assumingMemoryBound(to: Double.self)
  switch op {
  case BP_OP_SUM, BP_OP_MEAN: x[0] += sum64(n, a)
  case BP_OP_PROD: x[0] *= product64(n, a)
  case BP_OP_MAX: x[0] = extreme(x[0], extremeRun(F64.self, n, a, greatest: true), greatest: true)
  default: x[0] = extreme(x[0], extremeRun(F64.self, n, a, greatest: false), greatest: false)
  }
}

@inline(__always) private func floatRun<F: FloatFormat>(
  _: F.Type, _ op: Int32, _ n: Int, _ a: UnsafeRawPointer, _ stride: Int,
  _ accumulator: UnsafeMutableRawPointer,
  _ run: (Int32, Int, UnsafeRawPointer, UnsafeMutableRawPointer) -> Void
) {
  if F.isDirect && stride == 1 { return run(op, n, a, accumulator) }
  withUnsafeTemporaryAllocation(of: F.Lanes.Scalar.self, capacity: stagingBlock) { block in
    let x = block.baseAddress!
    var i = 0
    while i < n {
      let count = min(stagingBlock, n &- i)
      F.stage(count, a + i &* stride &* F.size, stride, x)
      run(op, count, x, accumulator)
      i &+= count
    }
  }
}

/// `value` makes a bool of any nonzero byte.
@inline(__always) private func integerRun<T: FixedWidthInteger>(
  _: T.Type, _ op: Int32, _ n: Int, _ a: UnsafeRawPointer, _ stride: Int,
  _ accumulator: UnsafeMutableRawPointer, _ value: (T) -> T
) {
  let x = a.assumingMemoryBound(to: T.self)
  let wide = accumulator.assumingMemoryBound(to: Int64.self)
  let narrow = accumulator.assumingMemoryBound(to: T.self)
  switch op {
  case BP_OP_SUM:
    var s = wide[0]
    if stride == 1 {
      for i in 0..<n { s = s &+ Int64(truncatingIfNeeded: value(x[i])) }
    } else {
      for i in 0..<n { s = s &+ Int64(truncatingIfNeeded: value(x[i &* stride])) }
    }
    wide[0] = s
  case BP_OP_PROD:
    var s = wide[0]
    for i in 0..<n { s = s &* Int64(truncatingIfNeeded: value(x[i &* stride])) }
    wide[0] = s
  case BP_OP_MAX:
    var s = narrow[0]
    if stride == 1 {
      for i in 0..<n { s = max(s, value(x[i])) }
    } else {
      for i in 0..<n { s = max(s, value(x[i &* stride])) }
    }
    narrow[0] = s
  default:
    var s = narrow[0]
    if stride == 1 {
      for i in 0..<n { s = min(s, value(x[i])) }
    } else {
      for i in 0..<n { s = min(s, value(x[i &* stride])) }
    }
    narrow[0] = s
  }
}

let reduceRunKernel: KernelTable.ReduceRun = { op, type, n, a, stride, acc in
  switch type {
  case BP_BOOL: integerRun(UInt8.self, op, n, a, stride, acc) { min($0, 1) }
  case BP_UINT8: integerRun(UInt8.self, op, n, a, stride, acc) { $0 }
  case BP_INT8: integerRun(Int8.self, op, n, a, stride, acc) { $0 }
  case BP_INT16: integerRun(Int16.self, op, n, a, stride, acc) { $0 }
  case BP_INT32: integerRun(Int32.self, op, n, a, stride, acc) { $0 }
  case BP_INT64: integerRun(Int64.self, op, n, a, stride, acc) { $0 }
  case BP_FLOAT16: floatRun(Float16Format.self, op, n, a, stride, acc, run32)
  case BP_BFLOAT16: floatRun(BFloat16Format.self, op, n, a, stride, acc, run32)
  case BP_FLOAT32: floatRun(Float32Format.self, op, n, a, stride, acc, run32)
  case BP_FLOAT64: floatRun(Float64Format.self, op, n, a, stride, acc, run64)
  case BP_COMPLEX64: complexRun(Complex64.self, op, n, a, stride, acc)
  case BP_COMPLEX128: complexRun(Complex128.self, op, n, a, stride, acc)
  default: break
  }
}

// MARK: - Rows into accumulators

/// Adds eight rows at once, so that the accumulators are touched an eighth as often.
@inline(__always) private func sumRows(
  _ rows: Int, _ columns: Int, _ a: UnsafeRawPointer, _ rowBytes: Int, _ acc: UnsafeMutablePointer<Double>
) {
  var (r, p) = (0, a)
  while r < rows {
    let isEight = r &+ 8 <= rows
    var j = 0
    while j &+ 16 <= columns {
      let v = isEight ? sumOfEight(p + 4 &* j, rowBytes) : F32.load(p + 4 &* j)
      let (low, high) = widened(v)
      let target = UnsafeMutableRawPointer(acc + j)
      (F64.load(target) + low).store(target)
      (F64.load(target + 64) + high).store(target + 64)
      j &+= 16
    }
    let taken = isEight ? 8 : 1
    if j < columns {
      for k in 0..<taken {
        let row = (p + k &* rowBytes).assumingMemoryBound(to: Float.self)
        for c in j..<columns { acc[c] += Double(row[c]) }
      }
    }
    r &+= taken
    p += taken &* rowBytes
  }
}

@inline(__always) private func floatRows<T: BinaryFloatingPoint>(
  _: T.Type, _ op: Int32, _ rows: Int, _ columns: Int, _ a: UnsafeRawPointer, _ rowBytes: Int,
  _ acc: UnsafeMutableRawPointer
) {
  let wide = acc.assumingMemoryBound(to: Double.self), narrow = acc.assumingMemoryBound(to: T.self)
  if T.self == Float.self && (op == BP_OP_SUM || op == BP_OP_MEAN) {
    return sumRows(rows, columns, a, rowBytes, wide)
  }
  for r in 0..<rows {
    let x = (a + r &* rowBytes).assumingMemoryBound(to: T.self)
    switch op {
    case BP_OP_SUM, BP_OP_MEAN: for c in 0..<columns { wide[c] += Double(x[c]) }
    case BP_OP_PROD: for c in 0..<columns { wide[c] *= Double(x[c]) }
    case BP_OP_MAX: for c in 0..<columns { narrow[c] = extreme(narrow[c], x[c], greatest: true) }
    default: for c in 0..<columns { narrow[c] = extreme(narrow[c], x[c], greatest: false) }
    }
  }
}

@inline(never) private func rows32(
  _ op: Int32, _ rows: Int, _ columns: Int, _ a: UnsafeRawPointer, _ rowBytes: Int,
  _ acc: UnsafeMutableRawPointer
) { floatRows(Float.self, op, rows, columns, a, rowBytes, acc) }

@inline(__always) private func halfRows<F: HalfFormat>(
  _: F.Type, _ op: Int32, _ rows: Int, _ columns: Int, _ a: UnsafeRawPointer, _ rowStride: Int,
  _ acc: UnsafeMutableRawPointer
) {
  let isWide = op == BP_OP_SUM || op == BP_OP_MEAN || op == BP_OP_PROD
  withUnsafeTemporaryAllocation(of: Float.self, capacity: stagingBlock) { block in
    let x = block.baseAddress!
    for c in stride(from: 0, to: columns, by: stagingBlock) {
      let count = min(stagingBlock, columns &- c)
      for r in 0..<rows {
        F.readRun(count, a + (r &* rowStride &+ c) &* 2, x)
        rows32(op, 1, count, x, 0, acc + c &* (isWide ? 8 : 4))
      }
    }
  }
}

@inline(__always) private func integerRows<T: FixedWidthInteger>(
  _: T.Type, _ op: Int32, _ rows: Int, _ columns: Int, _ a: UnsafeRawPointer, _ rowStride: Int,
  _ acc: UnsafeMutableRawPointer, _ value: (T) -> T
) {
  let wide = acc.assumingMemoryBound(to: Int64.self), narrow = acc.assumingMemoryBound(to: T.self)
  for r in 0..<rows {
    let x = a.assumingMemoryBound(to: T.self) + r &* rowStride
    switch op {
    case BP_OP_SUM: for c in 0..<columns { wide[c] = wide[c] &+ Int64(truncatingIfNeeded: value(x[c])) }
    case BP_OP_PROD: for c in 0..<columns { wide[c] = wide[c] &* Int64(truncatingIfNeeded: value(x[c])) }
    case BP_OP_MAX: for c in 0..<columns { narrow[c] = max(narrow[c], value(x[c])) }
    default: for c in 0..<columns { narrow[c] = min(narrow[c], value(x[c])) }
    }
  }
}

let reduceRowsKernel: KernelTable.ReduceRows = { op, type, rows, columns, a, stride, acc in
  switch type {
  case BP_BOOL: integerRows(UInt8.self, op, rows, columns, a, stride, acc) { min($0, 1) }
  case BP_UINT8: integerRows(UInt8.self, op, rows, columns, a, stride, acc) { $0 }
  case BP_INT8: integerRows(Int8.self, op, rows, columns, a, stride, acc) { $0 }
  case BP_INT16: integerRows(Int16.self, op, rows, columns, a, stride, acc) { $0 }
  case BP_INT32: integerRows(Int32.self, op, rows, columns, a, stride, acc) { $0 }
  case BP_INT64: integerRows(Int64.self, op, rows, columns, a, stride, acc) { $0 }
  case BP_FLOAT16: halfRows(Float16Format.self, op, rows, columns, a, stride, acc)
  case BP_BFLOAT16: halfRows(BFloat16Format.self, op, rows, columns, a, stride, acc)
  case BP_FLOAT32: rows32(op, rows, columns, a, stride &* 4, acc)
  case BP_FLOAT64: floatRows(Double.self, op, rows, columns, a, stride &* 8, acc)
  case BP_COMPLEX64: complexRows(Complex64.self, op, rows, columns, a, stride, acc)
  case BP_COMPLEX128: complexRows(Complex128.self, op, rows, columns, a, stride, acc)
  default: break
  }
}
