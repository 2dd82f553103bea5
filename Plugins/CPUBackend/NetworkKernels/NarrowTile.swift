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
