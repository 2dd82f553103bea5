import CPULanes

// Tiles of the levels with sixteen registers, in which a vector of 64 bytes takes up two or four. With AVX2 six rows of one
// vector are twelve sums under way, five are ten: enough for both units that multiply and add; four rows' eight are just not.

/// The rows of such a tile: types, so that each is code of its own.
protocol NarrowShape {
  static var rows: Int { get }
}

enum Narrow2: NarrowShape { @inline(__always) static var rows: Int { 2 } }
enum Narrow3: NarrowShape { @inline(__always) static var rows: Int { 3 } }
enum Narrow4: NarrowShape { @inline(__always) static var rows: Int { 4 } }
enum Narrow5: NarrowShape { @inline(__always) static var rows: Int { 5 } }
enum Narrow6: NarrowShape { @inline(__always) static var rows: Int { 6 } }

/// How many of `left` rows the next tile has, with AVX2: tiles as large as they can be, and as even.
@inline(__always) func narrowRows(_ left: Int) -> Int {
  let tiles = (left &+ 5) / 6
  return max(2, (left &+ tiles &- 1) / tiles)
}

/// The sums of a tile of two to six rows, one vector wide.
struct NarrowSums<V: TileLanes, S: NarrowShape> {
  private var (r0, r1, r2) = (V.zero, V.zero, V.zero)
  private var (r3, r4, r5) = (V.zero, V.zero, V.zero)

  @inline(__always) init() {}

  /// Adds the products of elements that lie `step` apart, one for each row, by a vector.
  @inline(__always) mutating func add(_ a: UnsafePointer<V.Scalar>, _ step: Int, _ x: V) {
    r0 = V.fma(V(splat: a[0]), x, r0)
    r1 = V.fma(V(splat: a[step]), x, r1)
    if S.rows > 2 { r2 = V.fma(V(splat: a[2 &* step]), x, r2) }
    if S.rows > 3 { r3 = V.fma(V(splat: a[3 &* step]), x, r3) }
    if S.rows > 4 { r4 = V.fma(V(splat: a[4 &* step]), x, r4) }
    if S.rows > 5 { r5 = V.fma(V(splat: a[5 &* step]), x, r5) }
  }

  @inline(__always) func forEach(_ body: (_ row: Int, _ sum: V) -> Void) {
    body(0, r0)
    body(1, r1)
    if S.rows > 2 { body(2, r2) }
    if S.rows > 3 { body(3, r3) }
    if S.rows > 4 { body(4, r4) }
    if S.rows > 5 { body(5, r5) }
  }
}

/// A tile of which both factors lie as they may: row r of the first r × `rowStep` elements on, its column p p × `depthStep`;
/// the rows of the second, vectors, `rb` elements apart.
@inline(__always)
func narrowTile<V: FloatLanes, S: NarrowShape>(
  _: V.Type, _: S.Type, _ k: Int, _ a: UnsafePointer<V.Scalar>, _ rowStep: Int, _ depthStep: Int,
  _ b: UnsafePointer<V.Scalar>, _ rb: Int, _ out: UnsafeMutablePointer<V.Scalar>, _ ro: Int, adds: Bool
) {
  var sums = NarrowSums<V, S>()
  var p = a, q = b
  for _ in 0..<k {
    sums.add(p, rowStep, V.load(q))
    p += depthStep
    q += rb
  }
  sums.forEach { i, sum in
    let to = UnsafeMutableRawPointer(out + i &* ro)
    (adds ? V.add(V.load(to), sum) : sum).store(to)
  }
}

// MARK: - Panels

/// Whether the rows of a tile lie in turn in a panel, at every depth an element of each: they are one stream then, of no more
/// lines of the first-level cache than they fill.
@inline(__always) var panelIsInTurn: Bool { lanes_have_avx512() == 0 && lanes_have_fma() != 0 }

/// How many of `left` rows the next panel has: those of two tiles.
@inline(__always) func narrowPanelRows(_ left: Int) -> Int {
  if left <= 6 { return left }
  let tiles = (left &+ 5) / 6, first = (left &+ tiles &- 1) / tiles
  return first &+ (left &- first &+ tiles &- 2) / (tiles &- 1)
}

/// Lays out rows of a matrix, each contiguous, as a panel of tiles; where there are too few for a tile, the last is repeated.
/// Up to a vector beyond its end is written.
@inline(__always)
func packInTurn<V: FloatLanes>(
  _: V.Type, rows: Int, _ depth: Int, _ panel: UnsafeMutablePointer<V.Scalar>, _ a: UnsafePointer<V.Scalar>,
  _ pitch: Int
) {
  var row = 0
  while row < rows {
    let count = narrowRows(rows &- row)
    packTile(V.self, count, of: rows &- row, depth, panel + row &* depth, a + row &* pitch, pitch)
    row &+= count
  }
}

/// Lays out the rows of a tile in turn. Up to a vector beyond its end is written.
@inline(__always)
private func packTile<V: FloatLanes>(
  _: V.Type, _ count: Int, of rows: Int, _ depth: Int, _ tile: UnsafeMutablePointer<V.Scalar>,
  _ a: UnsafePointer<V.Scalar>, _ pitch: Int
) {
  var k = 0
  if V.self == F32.self {
    let to = UnsafeMutableRawPointer(tile).assumingMemoryBound(to: Float.self)
    let from = UnsafeRawPointer(a).assumingMemoryBound(to: Float.self)
    while k &+ 8 <= depth {
      lanes_eight_columns_f32(to + k &* count, Int64(count), from + k, Int64(pitch), Int64(min(count, rows)))
      k &+= 8
    }
  }
  while k < depth {
    for r in 0..<count { tile[k &* count &+ r] = a[min(r, rows &- 1) &* pitch &+ k] }
    k &+= 1
  }
}
