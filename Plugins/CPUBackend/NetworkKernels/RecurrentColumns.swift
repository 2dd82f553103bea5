import BackendAPI
import CPUKernelTypes
import CPULanes

// The product of a few rows and a panel, as in RecurrentPanel.swift, for sixteen registers: they hold six rows of one vector,
// or of four registers' vectors two. The panel is laid out as columns of vectors, each of which stays in the first-level
// cache while all rows pass by.

/// Rows of a column that are multiplied by all rows before the next ones are.
private let columnDepth = 256

/// The rows of a tile, or its vectors: as types, so that each number is code of its own.
private protocol TileCount {
  static var count: Int { get }
}

private enum One: TileCount {
  @inline(__always) static var count: Int { 1 }
}
private enum Two: TileCount {
  @inline(__always) static var count: Int { 2 }
}
private enum Three: TileCount {
  @inline(__always) static var count: Int { 3 }
}
private enum Four: TileCount {
  @inline(__always) static var count: Int { 4 }
}
private enum Five: TileCount {
  @inline(__always) static var count: Int { 5 }
}
private enum Six: TileCount {
  @inline(__always) static var count: Int { 6 }
}

/// A tile of up to six rows, one vector wide.
@inline(__always)
private func columnTile<V: FloatLanes, C: TileCount>(
  _: V.Type, _: C.Type, _ k: Int, _ out: UnsafeMutableRawPointer, _ pitch: Int, _ a: UnsafePointer<V.Scalar>,
  _ aRow: Int, _ column: UnsafeRawPointer, _ adds: Bool
) {
  let rows = C.count
  var r0 = V(0), r1 = V(0), r2 = V(0), r3 = V(0), r4 = V(0), r5 = V(0)
  var q = column
  let (p0, p1, p2) = (a, a + (rows > 1 ? aRow : 0), a + (rows > 2 ? 2 &* aRow : 0))
  let (p3, p4, p5) = (a + (rows > 3 ? 3 &* aRow : 0), a + (rows > 4 ? 4 &* aRow : 0), a + (rows > 5 ? 5 &* aRow : 0))
  for i in 0..<k {
    let b = V.load(q)
    r0 = V.fma(V(splat: p0[i]), b, r0)
    if rows > 1 { r1 = V.fma(V(splat: p1[i]), b, r1) }
    if rows > 2 { r2 = V.fma(V(splat: p2[i]), b, r2) }
    if rows > 3 { r3 = V.fma(V(splat: p3[i]), b, r3) }
    if rows > 4 { r4 = V.fma(V(splat: p4[i]), b, r4) }
    if rows > 5 { r5 = V.fma(V(splat: p5[i]), b, r5) }
    q += 64
  }
  @inline(__always) func put(_ row: Int, _ x: V) {
    let at = out + row &* pitch
    (adds ? V.add(V.load(at), x) : x).store(at)
  }
  put(0, r0)
  if rows > 1 { put(1, r1) }
  if rows > 2 { put(2, r2) }
  if rows > 3 { put(3, r3) }
  if rows > 4 { put(4, r4) }
  if rows > 5 { put(5, r5) }
}

/// One row: all vectors at once, for with one the additions would wait for each other.
@inline(__always)
private func rowTile<V: FloatLanes, C: TileCount>(
  _: V.Type, _: C.Type, _ k: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafePointer<V.Scalar>,
  _ panel: UnsafeRawPointer, _ column: Int, _ adds: Bool
) {
  let vectors = C.count
  var r0 = V(0), r1 = V(0), r2 = V(0), r3 = V(0)
  let third = vectors > 2 ? 2 &* column : 0, fourth = vectors > 3 ? 3 &* column : 0
  var q = panel
  for i in 0..<k {
    let x = V(splat: a[i])
    r0 = V.fma(x, V.load(q), r0)
    r1 = V.fma(x, V.load(q + column), r1)
    if vectors > 2 { r2 = V.fma(x, V.load(q + third), r2) }
    if vectors > 3 { r3 = V.fma(x, V.load(q + fourth), r3) }
    q += 64
  }
  @inline(__always) func put(_ i: Int, _ x: V) {
    let at = out + 64 &* i
    (adds ? V.add(V.load(at), x) : x).store(at)
  }
  put(0, r0)
  put(1, r1)
  if vectors > 2 { put(2, r2) }
  if vectors > 3 { put(3, r3) }
}

@inline(__always)
private func columns<V: FloatLanes>(
  _: V.Type, _ vectors: Int, _ rows: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafePointer<V.Scalar>,
  _ aRow: Int, _ panel: UnsafeRawPointer, _ column: Int, _ adds: Bool
) {
  let bytes = column &* MemoryLayout<V.Scalar>.stride, pitch = vectors &* 64
  if rows == 1 {
    switch vectors {
    case 4: rowTile(V.self, Four.self, k, out, a, panel, bytes, adds)
    case 3: rowTile(V.self, Three.self, k, out, a, panel, bytes, adds)
    default: rowTile(V.self, Two.self, k, out, a, panel, bytes, adds)
    }
    return
  }
  let most = lanes_have_fma() != 0 ? 6 : 2
  var deep = 0
  repeat {
    let depth = min(columnDepth, k &- deep), adds = adds || deep > 0
    for vector in 0..<vectors {
      let part = panel + (vector &* bytes &+ deep &* 64)
      var row = 0
      while row < rows {
        // Seven and eight rows are better as four and the rest.
        let left = rows &- row, count = left == most &+ 1 || left == most &+ 2 ? (left &+ 1) / 2 : min(most, left)
        let target = out + (row &* pitch &+ vector &* 64), from = a + (row &* aRow &+ deep)
        switch count {
        case 1: columnTile(V.self, One.self, depth, target, pitch, from, aRow, part, adds)
        case 2: columnTile(V.self, Two.self, depth, target, pitch, from, aRow, part, adds)
        case 3: columnTile(V.self, Three.self, depth, target, pitch, from, aRow, part, adds)
        case 4: columnTile(V.self, Four.self, depth, target, pitch, from, aRow, part, adds)
        case 5: columnTile(V.self, Five.self, depth, target, pitch, from, aRow, part, adds)
        default: columnTile(V.self, Six.self, depth, target, pitch, from, aRow, part, adds)
        }
        row &+= count
      }
    }
    deep &+= depth
  } while deep < k
}

let recurrentColumns: RecurrenceKernels.Panel = { type, vectors, rows, k, out, a, aRow, panel, column, adds in
  if type == BP_FLOAT64 {
    columns(F64.self, vectors, rows, k, out, a.assumingMemoryBound(to: Double.self), aRow, panel, column, adds != 0)
  } else {
    columns(F32.self, vectors, rows, k, out, a.assumingMemoryBound(to: Float.self), aRow, panel, column, adds != 0)
  }
}
