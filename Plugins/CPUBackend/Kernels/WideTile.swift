import CPULanes

// Tiles of AVX-512, whose 32 registers are vectors: up to twelve rows of two are 24 sums.

/// The rows of such a tile, in fours, and its vectors: types, so that each is code of its own, whose sums stay in registers.
protocol WideShape {
  static var fours: Int { get }
  static var vectors: Int { get }
}

enum Wide41: WideShape {
  @inline(__always) static var fours: Int { 1 }
  @inline(__always) static var vectors: Int { 1 }
}
enum Wide42: WideShape {
  @inline(__always) static var fours: Int { 1 }
  @inline(__always) static var vectors: Int { 2 }
}
enum Wide81: WideShape {
  @inline(__always) static var fours: Int { 2 }
  @inline(__always) static var vectors: Int { 1 }
}
enum Wide82: WideShape {
  @inline(__always) static var fours: Int { 2 }
  @inline(__always) static var vectors: Int { 2 }
}
enum Wide121: WideShape {
  @inline(__always) static var fours: Int { 3 }
  @inline(__always) static var vectors: Int { 1 }
}
enum Wide122: WideShape {
  @inline(__always) static var fours: Int { 3 }
  @inline(__always) static var vectors: Int { 2 }
}

/// Four rows of a tile.
private struct FourRows<V: FloatLanes, S: WideShape> {
  private var (r0, r1, r2, r3) = (V(0), V(0), V(0), V(0))
  private var (s0, s1, s2, s3) = (V(0), V(0), V(0), V(0))

  @inline(__always) init() {}

  /// Adds the products of elements that lie `step` apart, one for each row, by a row of the second factor.
  @inline(__always) mutating func add(_ a: UnsafePointer<V.Scalar>, _ step: Int, _ b0: V, _ b1: V) {
    var x = V(splat: a[0])
    r0 = V.fma(x, b0, r0)
    if S.vectors > 1 { s0 = V.fma(x, b1, s0) }
    x = V(splat: a[step])
    r1 = V.fma(x, b0, r1)
    if S.vectors > 1 { s1 = V.fma(x, b1, s1) }
    x = V(splat: a[2 &* step])
    r2 = V.fma(x, b0, r2)
    if S.vectors > 1 { s2 = V.fma(x, b1, s2) }
    x = V(splat: a[3 &* step])
    r3 = V.fma(x, b0, r3)
    if S.vectors > 1 { s3 = V.fma(x, b1, s3) }
  }

  /// Adds the rows to the result's, or replaces those.
  @inline(__always) func finish(_ out: UnsafeMutablePointer<V.Scalar>, _ ro: Int, adds: Bool) {
    @inline(__always) func row(_ i: Int, _ r: V, _ s: V) {
      let t = UnsafeMutableRawPointer(out + i &* ro)
      (adds ? V.add(V.load(t), r) : r).store(t)
      if S.vectors > 1 {
        let u = UnsafeMutableRawPointer(out + (i &* ro &+ V.width))
        (adds ? V.add(V.load(u), s) : s).store(u)
      }
    }
    row(0, r0, s0)
    row(1, r1, s1)
    row(2, r2, s2)
    row(3, r3, s3)
  }
}

/// As `narrowTile`, of which row r of the first factor lies r × `rowStep` elements on, its column p p × `depthStep`; the rows
/// of the second, one or two vectors, `rb` elements apart.
@inline(__always)
func wideTile<V: FloatLanes, S: WideShape>(
  _: V.Type, _: S.Type, _ k: Int, _ a: UnsafePointer<V.Scalar>, _ rowStep: Int, _ depthStep: Int,
  _ b: UnsafePointer<V.Scalar>, _ rb: Int, _ out: UnsafeMutablePointer<V.Scalar>, _ ro: Int, adds: Bool
) {
  var x = FourRows<V, S>(), y = FourRows<V, S>(), z = FourRows<V, S>()
  var p = a, p1 = a + 4 &* rowStep, p2 = a + 8 &* rowStep, q = b
  for _ in 0..<k {
    let b0 = V.load(q), b1 = S.vectors > 1 ? V.load(q + V.width) : b0
    x.add(p, rowStep, b0, b1)
    if S.fours > 1 { y.add(p1, rowStep, b0, b1) }
    if S.fours > 2 { z.add(p2, rowStep, b0, b1) }
    p += depthStep
    if S.fours > 1 { p1 += depthStep }
    if S.fours > 2 { p2 += depthStep }
    q += rb
  }
  x.finish(out, ro, adds: adds)
  if S.fours > 1 { y.finish(out + 4 &* ro, ro, adds: adds) }
  if S.fours > 2 { z.finish(out + 8 &* ro, ro, adds: adds) }
}
