import BackendAPI
import CPUKernelTypes
import CPULanes

// The product of a few rows, the states of a batch, and a panel of the weights that stays as it is from step to step: the
// rows are brought to a fixed distance from one another, and the sums stay in registers.

/// Columns of the rows that are brought together at a time.
private let panelDepth = 512

extension FloatLanes {
  /// From row to row: a constant, for then one register points at all rows; and more than the depth, or all rows would
  /// share their places in the cache.
  @inline(__always) fileprivate static var pitch: Int { panelDepth &+ width }
}

/// Two rows of a tile, of up to four vectors. What is not used the compiler leaves out.
private struct TwoRows<V: FloatLanes> {
  private var (r0, r1, r2, r3) = (V(0), V(0), V(0), V(0))
  private var (s0, s1, s2, s3) = (V(0), V(0), V(0), V(0))

  @inline(__always)
  mutating func add(_ a: UnsafePointer<V.Scalar>, _ vectors: Int, _ b0: V, _ b1: V, _ b2: V, _ b3: V) {
    let x = V(splat: a[0])
    r0 = V.fma(x, b0, r0)
    if vectors > 1 { r1 = V.fma(x, b1, r1) }
    if vectors > 2 { r2 = V.fma(x, b2, r2) }
    if vectors > 3 { r3 = V.fma(x, b3, r3) }
    let y = V(splat: a[V.pitch])
    s0 = V.fma(y, b0, s0)
    if vectors > 1 { s1 = V.fma(y, b1, s1) }
    if vectors > 2 { s2 = V.fma(y, b2, s2) }
    if vectors > 3 { s3 = V.fma(y, b3, s3) }
  }

  @inline(__always) func finish(_ out: UnsafeMutableRawPointer, _ vectors: Int, adds: Bool) {
    @inline(__always) func put(_ v: V, _ at: UnsafeMutableRawPointer) {
      (adds ? V.add(V.load(at), v) : v).store(at)
    }
    let second = out + vectors &* 64
    put(r0, out)
    put(s0, second)
    if vectors > 1 {
      put(r1, out + 64)
      put(s1, second + 64)
    }
    if vectors > 2 {
      put(r2, out + 128)
      put(s2, second + 128)
    }
    if vectors > 3 {
      put(r3, out + 192)
      put(s3, second + 192)
    }
  }
}

@inline(__always)
private func tile<V: FloatLanes>(
  _: V.Type, vectors: Int, pairs: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafePointer<V.Scalar>,
  _ panel: UnsafeRawPointer, adds: Bool
) {
  var p0 = TwoRows<V>(), p1 = TwoRows<V>(), p2 = TwoRows<V>(), p3 = TwoRows<V>(), p4 = TwoRows<V>(), p5 = TwoRows<V>()
  var (p, q) = (a, panel)
  for _ in 0..<k {
    let b0 = V.load(q), b1 = vectors > 1 ? V.load(q + 64) : b0
    let b2 = vectors > 2 ? V.load(q + 128) : b0, b3 = vectors > 3 ? V.load(q + 192) : b0
    p0.add(p, vectors, b0, b1, b2, b3)
    if pairs > 1 { p1.add(p + 2 &* V.pitch, vectors, b0, b1, b2, b3) }
    if pairs > 2 { p2.add(p + 4 &* V.pitch, vectors, b0, b1, b2, b3) }
    if pairs > 3 { p3.add(p + 6 &* V.pitch, vectors, b0, b1, b2, b3) }
    if pairs > 4 { p4.add(p + 8 &* V.pitch, vectors, b0, b1, b2, b3) }
    if pairs > 5 { p5.add(p + 10 &* V.pitch, vectors, b0, b1, b2, b3) }
    p += 1
    q += vectors &* 64
  }
  let pair = vectors &* 128
  p0.finish(out, vectors, adds: adds)
  if pairs > 1 { p1.finish(out + pair, vectors, adds: adds) }
  if pairs > 2 { p2.finish(out + 2 &* pair, vectors, adds: adds) }
  if pairs > 3 { p3.finish(out + 3 &* pair, vectors, adds: adds) }
  if pairs > 4 { p4.finish(out + 4 &* pair, vectors, adds: adds) }
  if pairs > 5 { p5.finish(out + 5 &* pair, vectors, adds: adds) }
}

@inline(__always)
private func panel<V: FloatLanes>(
  _: V.Type, _ vectors: Int, _ rows: Int, _ k: Int, _ a: UnsafeRawPointer, _ aRow: Int, _ panel: UnsafeRawPointer,
  _ adds: Bool,
  _ tiles: (_ k: Int, _ a: UnsafePointer<V.Scalar>, _ panel: UnsafeRawPointer, _ adds: Bool) -> Void
) {
  let size = MemoryLayout<V.Scalar>.stride, pairs = (rows &+ 1) / 2
  withUnsafeTemporaryAllocation(byteCount: 2 &* pairs &* V.pitch &* size, alignment: 64) { memory in
    let gathered = memory.baseAddress.unsafelyUnwrapped
    let block = gathered.assumingMemoryBound(to: V.Scalar.self)
    var deep = 0
    repeat {
      let depth = min(panelDepth, k &- deep)
      for r in 0..<(2 &* pairs) {
        // An odd row is taken twice.
        let row = a + (min(r, rows &- 1) &* aRow &+ deep) &* size, target = gathered + r &* V.pitch &* size
        var i = 0
        while i &+ V.width <= depth {
          V.load(row + i &* size).store(target + i &* size)
          i &+= V.width
        }
        if i < depth { V.loadPartial(row + i &* size, depth &- i).storePartial(target + i &* size, depth &- i) }
      }
      tiles(depth, block, panel + deep &* vectors &* 64, adds || deep > 0)
      deep &+= depth
    } while deep < k
  }
}

// Each width is a function of its own: in one with all of them the compiler would leave the tiles' numbers of rows and
// vectors variable.

@inline(never) private func panel2x32(
  _ rows: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ aRow: Int,
  _ weights: UnsafeRawPointer,
  _ adds: Bool
) {
  panel(F32.self, 2, rows, k, a, aRow, weights, adds) { depth, block, part, adds in
    switch (rows &+ 1) / 2 {
    case 1: tile(F32.self, vectors: 2, pairs: 1, depth, out, block, part, adds: adds)
    case 2: tile(F32.self, vectors: 2, pairs: 2, depth, out, block, part, adds: adds)
    case 3: tile(F32.self, vectors: 2, pairs: 3, depth, out, block, part, adds: adds)
    case 4: tile(F32.self, vectors: 2, pairs: 4, depth, out, block, part, adds: adds)
    case 5: tile(F32.self, vectors: 2, pairs: 5, depth, out, block, part, adds: adds)
    default: tile(F32.self, vectors: 2, pairs: 6, depth, out, block, part, adds: adds)
    }
  }
}

@inline(never) private func panel3x32(
  _ rows: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ aRow: Int,
  _ weights: UnsafeRawPointer,
  _ adds: Bool
) {
  panel(F32.self, 3, rows, k, a, aRow, weights, adds) { depth, block, part, adds in
    switch (rows &+ 1) / 2 {
    case 1: tile(F32.self, vectors: 3, pairs: 1, depth, out, block, part, adds: adds)
    case 2: tile(F32.self, vectors: 3, pairs: 2, depth, out, block, part, adds: adds)
    case 3: tile(F32.self, vectors: 3, pairs: 3, depth, out, block, part, adds: adds)
    default: tile(F32.self, vectors: 3, pairs: 4, depth, out, block, part, adds: adds)
    }
  }
}

@inline(never) private func panel4x32(
  _ rows: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ aRow: Int,
  _ weights: UnsafeRawPointer,
  _ adds: Bool
) {
  panel(F32.self, 4, rows, k, a, aRow, weights, adds) { depth, block, part, adds in
    switch (rows &+ 1) / 2 {
    case 1: tile(F32.self, vectors: 4, pairs: 1, depth, out, block, part, adds: adds)
    case 2: tile(F32.self, vectors: 4, pairs: 2, depth, out, block, part, adds: adds)
    default: tile(F32.self, vectors: 4, pairs: 3, depth, out, block, part, adds: adds)
    }
  }
}

@inline(never) private func panel2x64(
  _ rows: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ aRow: Int,
  _ weights: UnsafeRawPointer,
  _ adds: Bool
) {
  panel(F64.self, 2, rows, k, a, aRow, weights, adds) { depth, block, part, adds in
    switch (rows &+ 1) / 2 {
    case 1: tile(F64.self, vectors: 2, pairs: 1, depth, out, block, part, adds: adds)
    case 2: tile(F64.self, vectors: 2, pairs: 2, depth, out, block, part, adds: adds)
    case 3: tile(F64.self, vectors: 2, pairs: 3, depth, out, block, part, adds: adds)
    case 4: tile(F64.self, vectors: 2, pairs: 4, depth, out, block, part, adds: adds)
    case 5: tile(F64.self, vectors: 2, pairs: 5, depth, out, block, part, adds: adds)
    default: tile(F64.self, vectors: 2, pairs: 6, depth, out, block, part, adds: adds)
    }
  }
}

@inline(never) private func panel3x64(
  _ rows: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ aRow: Int,
  _ weights: UnsafeRawPointer,
  _ adds: Bool
) {
  panel(F64.self, 3, rows, k, a, aRow, weights, adds) { depth, block, part, adds in
    switch (rows &+ 1) / 2 {
    case 1: tile(F64.self, vectors: 3, pairs: 1, depth, out, block, part, adds: adds)
    case 2: tile(F64.self, vectors: 3, pairs: 2, depth, out, block, part, adds: adds)
    case 3: tile(F64.self, vectors: 3, pairs: 3, depth, out, block, part, adds: adds)
    default: tile(F64.self, vectors: 3, pairs: 4, depth, out, block, part, adds: adds)
    }
  }
}

@inline(never) private func panel4x64(
  _ rows: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ aRow: Int,
  _ weights: UnsafeRawPointer,
  _ adds: Bool
) {
  panel(F64.self, 4, rows, k, a, aRow, weights, adds) { depth, block, part, adds in
    switch (rows &+ 1) / 2 {
    case 1: tile(F64.self, vectors: 4, pairs: 1, depth, out, block, part, adds: adds)
    case 2: tile(F64.self, vectors: 4, pairs: 2, depth, out, block, part, adds: adds)
    default: tile(F64.self, vectors: 4, pairs: 3, depth, out, block, part, adds: adds)
    }
  }
}

let recurrentPanel: RecurrenceKernels.Panel = { type, vectors, rows, k, out, a, aRow, weights, _, adds in
  switch (vectors, type == BP_FLOAT64) {
  case (4, false): panel4x32(rows, k, out, a, aRow, weights, adds != 0)
  case (3, false): panel3x32(rows, k, out, a, aRow, weights, adds != 0)
  case (_, false): panel2x32(rows, k, out, a, aRow, weights, adds != 0)
  case (4, true): panel4x64(rows, k, out, a, aRow, weights, adds != 0)
  case (3, true): panel3x64(rows, k, out, a, aRow, weights, adds != 0)
  case (_, true): panel2x64(rows, k, out, a, aRow, weights, adds != 0)
  }
}
