import BackendAPI
import CPUKernelTypes
import CPULanes
import Glibc

var crossEntropyKernels: CrossEntropyKernels {
  CrossEntropyKernels(row: row, columns: columns, rowGradient: rowGradient, columnGradients: columnGradients)
}

// MARK: - Rows

/// The greatest of the elements; NaN where there is one.
@inline(__always)
private func greatest<V: FloatLanes>(_: V.Type, _ n: Int, _ p: UnsafeRawPointer) -> Double {
  let size = MemoryLayout<V.Scalar>.stride
  if n < V.width {
    var top = -Double.infinity
    for i in 0..<n {
      let x = V.read(p + i &* size)
      if x > top || x != x { top = x }
      if x != x { break }
    }
    return top
  }
  // The last vector overlaps the one before it.
  var top = V.load(p), i = V.width
  while i &+ V.width <= n {
    top = V.maximum(top, V.load(p + i &* size))
    i &+= V.width
  }
  if i < n { top = V.maximum(top, V.load(p + (n &- V.width) &* size)) }
  return top.hasNaN ? .nan : top.extreme(greatest: true)
}

private let row: CrossEntropyKernels.Row = { type, n, x, stride, weights, isWeighted, logarithm, weighted in
  readRun(type, n, x, stride, length: n) { p, _, _ in
    if type == BP_FLOAT64 {
      row64(n, p, weights, isWeighted, logarithm, weighted)
    } else {
      row32(n, p, weights, isWeighted, logarithm, weighted)
    }
  }
}

@inline(never)
private func row32(
  _ n: Int, _ p: UnsafeRawPointer, _ weights: UnsafeRawPointer?, _ isWeighted: Bool,
  _ logarithm: UnsafeMutablePointer<Double>, _ weighted: UnsafeMutablePointer<Double>
) { denseRow(F32.self, n, p, weights, isWeighted, logarithm, weighted) }

@inline(never)
private func row64(
  _ n: Int, _ p: UnsafeRawPointer, _ weights: UnsafeRawPointer?, _ isWeighted: Bool,
  _ logarithm: UnsafeMutablePointer<Double>, _ weighted: UnsafeMutablePointer<Double>
) { denseRow(F64.self, n, p, weights, isWeighted, logarithm, weighted) }

@inline(__always)
private func denseRow<V: FloatLanes>(
  _: V.Type, _ n: Int, _ p: UnsafeRawPointer, _ weights: UnsafeRawPointer?, _ isWeighted: Bool,
  _ logarithm: UnsafeMutablePointer<Double>, _ weighted: UnsafeMutablePointer<Double>
) {
  let top = greatest(V.self, n, p), shift = V(top)
  let last = ones(V.self, n % V.width == 0 ? V.width : n % V.width)
  var sum = 0.0, start = 0
  let size = MemoryLayout<V.Scalar>.stride
  while start < n {
    var lanes = V(0)
    vectors(V.self, min(64 &* V.width, n &- start)) { at, count in
      let e = V.sub(loadLanes(V.self, p + (start &* size &+ at), count), shift).expNonPositive()
      // Lanes past the end are no logits.
      lanes = V.add(lanes, count < V.width ? V.select(V.less(V(0), last), e, V(0)) : e)
    }
    sum += lanes.total()
    start &+= 64 &* V.width
  }
  logarithm.pointee = top + log(sum)
  guard isWeighted else { return }
  let one = V(1)
  weighted.pointee = total(V.self, n) { at, count in
    V.mul(loadLanes(V.self, p + at, count), weights.map { loadLanes(V.self, $0 + at, count) } ?? one)
  }
}

private let rowGradient: CrossEntropyKernels.RowGradient = {
  type, n, out, outStride, x, stride, logarithm, factor, weights, share, target, hit in
  let size = numberSize(type)
  writeRun(type, n, out, outStride, x, stride, x, stride) { out, x, _, first, count in
    let w = weights.map { $0 + first &* size }
    if type == BP_FLOAT64 {
      rowGradient64(count, out, x, logarithm, factor, w, share)
    } else {
      rowGradient32(count, out, x, logarithm, factor, w, share)
    }
    if target >= first && target < first &+ count { subtract(type, out, target &- first, hit) }
  }
}

@inline(never)
private func rowGradient32(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ logarithm: Double, _ factor: Double,
  _ weights: UnsafeRawPointer?, _ share: Double
) { denseGradient(F32.self, n, out, x, logarithm, factor, weights, share) }

@inline(never)
private func rowGradient64(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ logarithm: Double, _ factor: Double,
  _ weights: UnsafeRawPointer?, _ share: Double
) { denseGradient(F64.self, n, out, x, logarithm, factor, weights, share) }

@inline(__always)
private func denseGradient<V: FloatLanes>(
  _: V.Type, _ n: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ logarithm: Double, _ factor: Double,
  _ weights: UnsafeRawPointer?, _ share: Double
) {
  let shift = V(logarithm), factor = V(factor), shares = V(share)
  vectors(V.self, n) { at, lanes in
    var p = V.mul(factor, V.sub(loadLanes(V.self, x + at, lanes), shift).exp())
    if share != 0 { p = V.sub(p, weights.map { V.mul(shares, loadLanes(V.self, $0 + at, lanes)) } ?? shares) }
    storeLanes(p, out + at, lanes)
  }
}

/// Takes a number off one in memory.
@inline(__always)
private func subtract(_ type: Int32, _ p: UnsafeMutableRawPointer, _ i: Int, _ x: Double) {
  if type == BP_FLOAT64 {
    p.assumingMemoryBound(to: Double.self)[i] -= x
  } else {
    let numbers = p.assumingMemoryBound(to: Float.self)
    numbers[i] = Float(Double(numbers[i]) - x)
  }
}

@inline(__always)
private func put(_ type: Int32, _ p: UnsafeMutableRawPointer, _ i: Int, _ x: Double) {
  if type == BP_FLOAT64 {
    p.assumingMemoryBound(to: Double.self)[i] = x
  } else {
    p.assumingMemoryBound(to: Float.self)[i] = Float(x)
  }
}

/// The number beside a class, 1 where there is none.
@inline(__always)
private func number(_ type: Int32, _ p: UnsafeRawPointer?, _ i: Int) -> Double {
  guard let p else { return 1 }
  return type == BP_FLOAT64
    ? p.load(fromByteOffset: 8 &* i, as: Double.self) : Double(p.load(fromByteOffset: 4 &* i, as: Float.self))
}

// MARK: - Columns

private let width = 64

private let columns: CrossEntropyKernels.Columns = {
  type, n, count, x, stride, weights, isWeighted, logarithms, weighted in
  if type == BP_FLOAT64 { return columns64(n, count, x, stride, weights, isWeighted, logarithms, weighted) }
  if type == BP_FLOAT32 { return columns32(n, count, x, stride, weights, isWeighted, logarithms, weighted) }
  withUnsafeTemporaryAllocation(of: Float.self, capacity: n &* width) { memory in
    let p = memory.baseAddress.unsafelyUnwrapped
    for c in 0..<n { stage(type, count, x + 2 &* c &* stride, 1, p + c &* width) }
    columns32(n, count, p, width, weights, isWeighted, logarithms, weighted)
  }
}

@inline(never)
private func columns32(
  _ n: Int, _ count: Int, _ x: UnsafeRawPointer, _ stride: Int, _ weights: UnsafeRawPointer?, _ isWeighted: Bool,
  _ logarithms: UnsafeMutablePointer<Double>, _ weighted: UnsafeMutablePointer<Double>
) { denseColumns(F32.self, n, count, x, stride, weights, isWeighted, logarithms, weighted) }

@inline(never)
private func columns64(
  _ n: Int, _ count: Int, _ x: UnsafeRawPointer, _ stride: Int, _ weights: UnsafeRawPointer?, _ isWeighted: Bool,
  _ logarithms: UnsafeMutablePointer<Double>, _ weighted: UnsafeMutablePointer<Double>
) { denseColumns(F64.self, n, count, x, stride, weights, isWeighted, logarithms, weighted) }

@inline(__always)
private func denseColumns<V: FloatLanes>(
  _: V.Type, _ n: Int, _ count: Int, _ x: UnsafeRawPointer, _ stride: Int, _ weights: UnsafeRawPointer?,
  _ isWeighted: Bool, _ logarithms: UnsafeMutablePointer<Double>, _ weighted: UnsafeMutablePointer<Double>
) {
  let size = MemoryLayout<V.Scalar>.stride, step = stride &* size
  vectors(V.self, count) { at, lanes in
    let first = at / size
    var top = V(-.infinity), p = x + at
    for _ in 0..<n {
      top = V.maximum(top, loadLanes(V.self, p, lanes))
      p += step
    }
    var sum = V(0), total = V(0)
    p = x + at
    for _ in 0..<n {
      sum = V.add(sum, V.sub(loadLanes(V.self, p, lanes), top).expNonPositive())
      p += step
    }
    numbers(top, lanes) { j, top in logarithms[first &+ j] = top }
    numbers(sum, lanes) { j, sum in logarithms[first &+ j] += log(sum) }
    guard isWeighted else { return }
    p = x + at
    for c in 0..<n {
      let w = weights.map { V.read($0 + c &* size) } ?? 1
      total = V.fma(loadLanes(V.self, p, lanes), V(w), total)
      p += step
    }
    numbers(total, lanes) { j, total in weighted[first &+ j] = total }
  }
}

private let columnGradients: CrossEntropyKernels.ColumnGradients = {
  type, n, count, out, outStride, x, stride, logarithms, factors, weights, shares, targets, hits in
  let size = numberSize(type), bytes = elementSize(type)
  withUnsafeTemporaryAllocation(byteCount: 4 &* width &* size, alignment: 64) { memory in
    // The numbers of the columns as they are computed with, and a row of the result.
    let p = memory.baseAddress.unsafelyUnwrapped, line = p + 3 &* width &* size
    for i in 0..<count {
      put(type, p, i, logarithms[i])
      put(type, p + width &* size, i, factors[i])
      put(type, p + 2 &* width &* size, i, shares[i])
    }
    for c in 0..<n {
      let w = number(type, weights, c)
      readRun(type, count, x + c &* stride &* bytes, 1) { x, _, _ in
        if type == BP_FLOAT64 { gradientLine64(count, line, x, p, w) } else { gradientLine32(count, line, x, p, w) }
      }
      for i in 0..<count {
        if targets[i] == c { subtract(type, line, i, hits[i]) }
        // What is ignored is 0, whatever its logits are.
        if targets[i] < 0 { put(type, line, i, 0) }
      }
      unstage(type, count, line, out + c &* outStride &* bytes, 1)
    }
  }
}

@inline(never)
private func gradientLine32(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ numbers: UnsafeRawPointer, _ weight: Double
) { gradientLine(F32.self, n, out, x, numbers, weight) }

@inline(never)
private func gradientLine64(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ numbers: UnsafeRawPointer, _ weight: Double
) { gradientLine(F64.self, n, out, x, numbers, weight) }

/// `numbers` are the logarithms, the factors and the shares.
@inline(__always)
private func gradientLine<V: FloatLanes>(
  _: V.Type, _ n: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ numbers: UnsafeRawPointer,
  _ weight: Double
) {
  let step = width &* MemoryLayout<V.Scalar>.stride, w = V(weight)
  vectors(V.self, n) { at, lanes in
    let d = V.sub(loadLanes(V.self, x + at, lanes), loadLanes(V.self, numbers + at, lanes))
    let p = V.mul(loadLanes(V.self, numbers + step + at, lanes), d.exp())
    storeLanes(V.sub(p, V.mul(loadLanes(V.self, numbers + 2 &* step + at, lanes), w)), out + at, lanes)
  }
}
