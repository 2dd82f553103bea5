import BackendAPI
import CPUKernelTypes
import CPULanes
import Glibc

// MARK: - Passes over a contiguous slice

/// Calls `body` with each vector's offset in bytes and the count of its lanes that are elements.
@inline(__always)
private func forEachVector<V: FloatLanes>(_: V.Type, _ n: Int, _ body: (Int, Int) -> Void) {
  let whole = n / V.width &* V.width
  var i = 0
  while i < whole {
    body(i &* MemoryLayout<V.Scalar>.stride, V.width)
    i &+= V.width
  }
  if i < n { body(i &* MemoryLayout<V.Scalar>.stride, n &- i) }
}

@inline(__always) private func load<V: FloatLanes>(_: V.Type, _ p: UnsafeRawPointer, _ count: Int) -> V {
  count == V.width ? V.load(p) : V.loadPartial(p, count)
}

@inline(__always) private func store<V: FloatLanes>(_ v: V, _ p: UnsafeMutableRawPointer, _ count: Int) {
  if count == V.width { v.store(p) } else { v.storePartial(p, count) }
}

/// The sum of `f` over the elements. Lanes are emptied into float64 every 64 vectors; those past the
/// last element count nothing.
@inline(__always)
private func sum<V: FloatLanes>(_: V.Type, _ n: Int, _ f: (Int, Int) -> V) -> Double {
  let block = 64 &* V.width, size = MemoryLayout<V.Scalar>.stride
  var total = 0.0, start = 0
  while start < n {
    var lanes = V(0)
    forEachVector(V.self, min(block, n &- start)) { at, count in
      lanes = V.add(lanes, f(at &+ start &* size, count))
    }
    total += lanes.total()
    start &+= block
  }
  return total
}

@inline(__always) private func greatest<V: FloatLanes>(_: V.Type, _ n: Int, _ a: UnsafeRawPointer) -> V {
  V(extremeRun(V.self, n, a, greatest: true))
}

// MARK: - The operators

@inline(__always)
private func softmaxSlice<V: FloatLanes>(
  _: V.Type, _ op: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer
) {
  switch op {
  case BP_OP_SOFTMAX:
    let top = greatest(V.self, n, a)
    let lowest = V(-.infinity)
    let total = sum(V.self, n) { at, count in
      // Lanes past the end become exp(-inf) = 0.
      var x = V.sub(load(V.self, a + at, count), top)
      if count < V.width { x = V.blended(x, lowest, count) }
      let e = x.expNonPositive()
      store(e, out + at, count)
      return e
    }
    let scale = V(1 / total)
    forEachVector(V.self, n) { at, count in
      store(V.mul(load(V.self, out + at, count), scale), out + at, count)
    }
  case BP_OP_LOG_SOFTMAX:
    let top = greatest(V.self, n, a)
    let lowest = V(-.infinity)
    let total = sum(V.self, n) { at, count in
      var x = V.sub(load(V.self, a + at, count), top)
      if count < V.width { x = V.blended(x, lowest, count) }
      return x.expNonPositive()
    }
    let shift = V(Glibc.log(total))
    forEachVector(V.self, n) { at, count in
      store(V.sub(V.sub(load(V.self, a + at, count), top), shift), out + at, count)
    }
  case BP_OP_SOFTMAX_BACKWARD:
    let total = sum(V.self, n) { at, count in
      V.mul(load(V.self, a + at, count), load(V.self, b + at, count))
    }
    let shift = V(total)
    forEachVector(V.self, n) { at, count in
      let y = load(V.self, a + at, count), g = load(V.self, b + at, count)
      store(V.mul(y, V.sub(g, shift)), out + at, count)
    }
  default:
    let total = V(sum(V.self, n) { at, count in load(V.self, b + at, count) })
    forEachVector(V.self, n) { at, count in
      let y = load(V.self, a + at, count), g = load(V.self, b + at, count)
      store(V.sub(g, V.mul(y.exp(), total)), out + at, count)
    }
  }
}

extension FloatLanes {
  /// The first `count` lanes of `a`, the others of `b`.
  @inline(__always) fileprivate static func blended(_ a: Self, _ b: Self, _ count: Int) -> Self {
    var r = b
    withUnsafeMutableBytes(of: &r) { a.storePartial($0.baseAddress!, count) }
    return r
  }
}

@inline(never) private func softmax32(
  _ op: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer
) { softmaxSlice(F32.self, op, n, out, a, b) }

@inline(__always)
private func softmaxHalf<F: HalfFormat>(
  _: F.Type, _ op: Int32, _ n: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer
) {
  let isBackward = op == BP_OP_SOFTMAX_BACKWARD || op == BP_OP_LOG_SOFTMAX_BACKWARD
  withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 &* n) { memory in
    let x = memory.baseAddress!, y = x + n
    F.readRun(n, a, x)
    if isBackward { F.readRun(n, b, y) }
    softmax32(op, n, x, x, y)
    F.writeRun(n, x, out)
  }
}

let softmaxKernel: KernelTable.Softmax = { op, type, n, out, a, b in
  switch type {
  case BP_FLOAT16: softmaxHalf(Float16Format.self, op, n, out, a, b)
  case BP_BFLOAT16: softmaxHalf(BFloat16Format.self, op, n, out, a, b)
  case BP_FLOAT32: softmax32(op, n, out, a, b)
  case BP_FLOAT64: softmaxSlice(F64.self, op, n, out, a, b)
  default: break
  }
}
