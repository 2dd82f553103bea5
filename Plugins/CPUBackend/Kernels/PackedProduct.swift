import BackendAPI
import CPUKernelTypes
import CPULanes

// Products of float matrices large enough that laying the operands out anew pays: a block of `b` that stays in the
// second-level cache, a panel of rows of `a` that stays in the first, and a tile of the result in registers. The
// loops are those of K. Goto and R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.

/// The rows of a panel and the vectors of a tile: 24 of AVX-512's 32 registers. With AVX2, a vector is two registers, and
/// a panel two tiles of five or six rows.
private let tileRows = 12
@inline(__always) private var tileVectors: Int { lanes_have_avx512() != 0 ? 2 : 1 }

/// The extents of the block of `b`, about half of the second-level cache: 1 MB of float32, or a quarter.
@inline(__always) private var blockDepth: Int { lanes_have_avx512() != 0 ? 512 : 256 }
@inline(__always) private var blockColumns: Int { lanes_have_avx512() != 0 ? 512 : 256 }

extension FloatLanes {
  /// From row to row of the panel of `a`: a constant, for then one register points at all rows; and more than its
  /// depth, or all rows would share their places in the cache.
  @inline(__always) fileprivate static var pitch: Int { blockDepth &+ width }
}

/// A tile of a panel whose rows lie one after the other.
@inline(__always)
private func tile<V: FloatLanes, S: WideShape>(
  _: V.Type, _: S.Type, _ k: Int, _ panel: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>,
  _ out: UnsafeMutablePointer<V.Scalar>, _ ro: Int, adds: Bool
) {
  // The tile is written at the end, in one go: by then its lines are there.
  for r in 0..<(4 &* S.fours) {
    lanes_prefetch_to_write(out + r &* ro)
    lanes_prefetch_to_write(out + (r &* ro &+ (tileVectors &* V.width &- 1)))
  }
  wideTile(V.self, S.self, k, panel, V.pitch, 1, b, tileVectors &* V.width, out, ro, adds: adds)
}

/// The tiles of a panel whose rows lie in turn.
@inline(__always)
private func narrowTiles<V: FloatLanes>(
  _: V.Type, _ rows: Int, _ k: Int, _ panel: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>,
  _ out: UnsafeMutablePointer<V.Scalar>, _ ro: Int, adds: Bool
) {
  var row = 0
  while row < rows {
    let count = narrowRows(rows &- row), a = panel + row &* k, out = out + row &* ro
    switch count {
    case 6: narrowTile(V.self, Narrow6.self, k, a, 1, 6, b, V.width, out, ro, adds: adds)
    case 5: narrowTile(V.self, Narrow5.self, k, a, 1, 5, b, V.width, out, ro, adds: adds)
    case 4: narrowTile(V.self, Narrow4.self, k, a, 1, 4, b, V.width, out, ro, adds: adds)
    case 3: narrowTile(V.self, Narrow3.self, k, a, 1, 3, b, V.width, out, ro, adds: adds)
    default: narrowTile(V.self, Narrow2.self, k, a, 1, 2, b, V.width, out, ro, adds: adds)
    }
    row &+= count
  }
}

/// Lays out the rows of a panel in turn, wherever they lie.
@inline(__always)
private func packRowsInTurn<V: FloatLanes>(
  _: V.Type, _ count: Int, _ k: Int, _ panel: UnsafeMutablePointer<V.Scalar>, _ a: UnsafePointer<V.Scalar>,
  _ ra: Int, _ ca: Int
) {
  if ca == 1 { return packInTurn(V.self, rows: count, k, panel, a, ra) }
  var row = 0
  while row < count {
    let rows = narrowRows(count &- row), tile = panel + row &* k, from = a + row &* ra
    for p in 0..<k {
      for r in 0..<rows { tile[p &* rows &+ r] = from[min(r, count &- row &- 1) &* ra &+ p &* ca] }
    }
    row &+= rows
  }
}

/// Lays out rows `0 ..< count` of `a`, `k` elements of each; the rows up to the next four repeat the last.
@inline(__always)
private func packRows<V: FloatLanes>(
  _: V.Type, _ count: Int, _ k: Int, _ panel: UnsafeMutablePointer<V.Scalar>, _ a: UnsafePointer<V.Scalar>,
  _ ra: Int, _ ca: Int
) {
  if ca == 1 {
    for r in 0..<count { copyRow(V.self, k, panel + r &* V.pitch, a + r &* ra) }
  } else if ra == 1 {
    transposeBytes(MemoryLayout<V.Scalar>.size, count, k, panel, V.pitch, a, ca)
  } else {
    for r in 0..<count {
      for p in 0..<k { panel[r &* V.pitch &+ p] = a[r &* ra &+ p &* ca] }
    }
  }
  for r in count..<((count &+ 3) & ~3) {
    copyRow(V.self, k, panel + r &* V.pitch, panel + (count &- 1) &* V.pitch)
  }
}

@inline(__always)
private func copyRow<V: FloatLanes>(
  _: V.Type, _ k: Int, _ row: UnsafeMutablePointer<V.Scalar>, _ a: UnsafePointer<V.Scalar>
) {
  let whole = k / V.width &* V.width
  for p in stride(from: 0, to: whole, by: V.width) { V.load(a + p).store(row + p) }
  if whole < k { V.loadPartial(a + whole, k &- whole).store(row + whole) }
}

/// Lays out `k` rows of `n` columns of `b` as strips a tile wide, the last filled up with zeros.
@inline(__always)
private func packColumns<V: FloatLanes>(
  _: V.Type, _ k: Int, _ n: Int, _ block: UnsafeMutablePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>, _ rb: Int,
  _ cb: Int
) {
  let width = tileVectors &* V.width, whole = n / width &* width
  if cb == 1 {
    for p in 0..<k {
      let row = b + p &* rb
      for j in stride(from: 0, to: whole, by: width) {
        let strip = block + (j &* k &+ p &* width)
        for i in stride(from: 0, to: width, by: V.width) { V.load(row + (j &+ i)).store(strip + i) }
      }
    }
  } else if rb == 1 {
    for j in stride(from: 0, to: whole, by: width) {
      transposeBytes(MemoryLayout<V.Scalar>.size, k, width, block + j &* k, width, b + j &* cb, cb)
    }
  } else {
    for p in 0..<k {
      for j in 0..<whole { block[(j / width &* k &+ p) &* width &+ j % width] = b[p &* rb &+ j &* cb] }
    }
  }
  if whole == n { return }
  for p in 0..<k {
    let strip = block + (whole &* k &+ p &* width)
    for i in stride(from: 0, to: width, by: V.width) { V(0).store(strip + i) }
    for j in whole..<n { strip[j &- whole] = b[p &* rb &+ j &* cb] }
  }
}

@inline(__always)
private func product<V: FloatLanes>(
  _: V.Type, _ m: Int, _ n: Int, _ k: Int, _ out: UnsafeMutableRawPointer, _ ro: Int, _ a: UnsafeRawPointer,
  _ ra: Int, _ ca: Int, _ b: UnsafeRawPointer, _ rb: Int, _ cb: Int
) {
  typealias T = V.Scalar
  let o = out.assumingMemoryBound(to: T.self)
  let a = a.assumingMemoryBound(to: T.self), b = b.assumingMemoryBound(to: T.self)
  let size = MemoryLayout<T>.size, width = tileVectors &* V.width
  let depth = min(k, blockDepth)
  let columns = (min(n, blockColumns) &+ width &- 1) / width &* width
  // One allocation: the block, the panel, and a tile for what hangs over the result's edges.
  let blockSize = depth &* columns, panelSize = tileRows &* V.pitch
  withUnsafeTemporaryAllocation(
    byteCount: (blockSize &+ panelSize &+ tileRows &* width) &* size, alignment: 64
  ) { memory in
    let block = memory.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: T.self)
    let panel = block + blockSize, edge = panel + panelSize
    for column in stride(from: 0, to: n, by: blockColumns) {
      let columns = min(blockColumns, n &- column)
      for deep in stride(from: 0, to: k, by: blockDepth) {
        let depth = min(blockDepth, k &- deep), adds = deep > 0
        packColumns(V.self, depth, columns, block, b + (deep &* rb &+ column &* cb), rb, cb)
        var row = 0
        while row < m {
          // Twelve rows as long as there are; thirteen to sixteen are better as eight and the rest.
          let left = m &- row
          let rows =
            panelIsInTurn ? narrowPanelRows(left) : left >= 12 && (left < 13 || left > 16) ? 12 : min(8, left)
          let from = a + (row &* ra &+ deep &* ca)
          if panelIsInTurn {
            packRowsInTurn(V.self, rows, depth, panel, from, ra, ca)
          } else {
            packRows(V.self, rows, depth, panel, from, ra, ca)
          }
          let fours = (rows &+ 3) / 4, written = panelIsInTurn ? max(2, rows) : fours &* 4
          for j in stride(from: 0, to: columns, by: width) {
            let strip = block + j &* depth, target = o + (row &* ro &+ column &+ j)
            let isWhole = rows == written && j &+ width <= columns
            let (place, stride) = isWhole ? (target, ro) : (edge, width)
            let adds = adds && isWhole
            if panelIsInTurn {
              narrowTiles(V.self, rows, depth, panel, strip, place, stride, adds: adds)
            } else {
              switch fours {
              case 1: tile(V.self, Wide42.self, depth, panel, strip, place, stride, adds: adds)
              case 2: tile(V.self, Wide82.self, depth, panel, strip, place, stride, adds: adds)
              default: tile(V.self, Wide122.self, depth, panel, strip, place, stride, adds: adds)
              }
            }
            if !isWhole { copyEdge(V.self, rows, min(width, columns &- j), target, ro, edge, adds: deep > 0) }
          }
          row &+= rows
        }
      }
    }
  }
}

/// The part of a tile that lies within the result.
@inline(__always)
private func copyEdge<V: FloatLanes>(
  _: V.Type, _ rows: Int, _ columns: Int, _ out: UnsafeMutablePointer<V.Scalar>, _ ro: Int,
  _ edge: UnsafeMutablePointer<V.Scalar>, adds: Bool
) {
  for r in 0..<rows {
    for j in stride(from: 0, to: columns, by: V.width) {
      let count = min(V.width, columns &- j), target = UnsafeMutableRawPointer(out + (r &* ro &+ j))
      let x = V.load(edge + (r &* tileVectors &* V.width &+ j))
      (adds ? V.add(V.loadPartial(target, count), x) : x).storePartial(target, count)
    }
  }
}

/// As `matmulKernel`, for float32 and float64.
let packedProductKernel: KernelTable.Matmul = { type, m, n, k, o, ro, a, ra, ca, b, rb, cb in
  switch type {
  case BP_FLOAT32: product(F32.self, m, n, k, o, ro, a, ra, ca, b, rb, cb)
  case BP_FLOAT64: product(F64.self, m, n, k, o, ro, a, ra, ca, b, rb, cb)
  default: break
  }
}
