import CPULanes

// The products of attention: a few rows of one factor, whose elements are repeated in all lanes, by vectors of the other,
// whose rows are a strip. Everything is in the caches and laid out, so that there is nothing to pack.

/// Four rows of a tile, of one or two vectors.
private struct FourRows<V: FloatLanes> {
  private var (r0, r1, r2, r3) = (V(0), V(0), V(0), V(0))
  private var (s0, s1, s2, s3) = (V(0), V(0), V(0), V(0))

  @inline(__always) mutating func add(_ a: UnsafePointer<V.Scalar>, _ step: Int, _ b0: V, _ b1: V, _ vectors: Int) {
    var x = V(splat: a[0])
    r0 = V.fma(x, b0, r0)
    if vectors > 1 { s0 = V.fma(x, b1, s0) }
    x = V(splat: a[step])
    r1 = V.fma(x, b0, r1)
    if vectors > 1 { s1 = V.fma(x, b1, s1) }
    x = V(splat: a[2 &* step])
    r2 = V.fma(x, b0, r2)
    if vectors > 1 { s2 = V.fma(x, b1, s2) }
    x = V(splat: a[3 &* step])
    r3 = V.fma(x, b0, r3)
    if vectors > 1 { s3 = V.fma(x, b1, s3) }
  }

  @inline(__always) func finish(_ out: UnsafeMutablePointer<V.Scalar>, _ ro: Int, adds: Bool, _ vectors: Int) {
    @inline(__always) func row(_ i: Int, _ r: V, _ s: V) {
      let t = UnsafeMutableRawPointer(out + i &* ro)
      (adds ? V.add(V.load(t), r) : r).store(t)
      if vectors > 1 {
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

/// A tile of 4, 8 or 12 rows. Row r of the first factor lies r × `rowStep` elements on, its column p p × `depthStep`.
@inline(__always)
private func tile<V: FloatLanes>(
  _: V.Type, fours: Int, vectors: Int, _ k: Int, _ a: UnsafePointer<V.Scalar>, _ rowStep: Int, _ depthStep: Int,
  _ b: UnsafePointer<V.Scalar>, _ rb: Int, _ out: UnsafeMutablePointer<V.Scalar>, _ ro: Int, adds: Bool
) {
  var x = FourRows<V>(), y = FourRows<V>(), z = FourRows<V>()
  var p = a, p1 = a + 4 &* rowStep, p2 = a + 8 &* rowStep, q = b
  for _ in 0..<k {
    let b0 = V.load(q), b1 = vectors > 1 ? V.load(q + V.width) : b0
    x.add(p, rowStep, b0, b1, vectors)
    if fours > 1 { y.add(p1, rowStep, b0, b1, vectors) }
    if fours > 2 { z.add(p2, rowStep, b0, b1, vectors) }
    p += depthStep
    if fours > 1 { p1 += depthStep }
    if fours > 2 { p2 += depthStep }
    q += rb
  }
  x.finish(out, ro, adds: adds, vectors)
  if fours > 1 { y.finish(out + 4 &* ro, ro, adds: adds, vectors) }
  if fours > 2 { z.finish(out + 8 &* ro, ro, adds: adds, vectors) }
}

/// `m` rows, a multiple of four, by `vectors` vectors of columns.
@inline(__always)
private func product<V: FloatLanes>(
  _: V.Type, _ m: Int, _ vectors: Int, _ k: Int, _ a: UnsafePointer<V.Scalar>, _ rowStep: Int, _ depthStep: Int,
  _ b: UnsafePointer<V.Scalar>, _ rb: Int, _ out: UnsafeMutablePointer<V.Scalar>, _ ro: Int, adds: Bool
) {
  let isWide = lanes_have_avx512() != 0
  let most = isWide ? 2 : 1
  var vector = 0
  while vector < vectors {
    let count = min(most, vectors &- vector), b = b + vector &* V.width, out = out + vector &* V.width
    var row = 0
    while row < m {
      let left = m &- row
      let rows = isWide ? left >= 12 && left != 16 ? 12 : min(8, left) : lanes_have_fma() != 0 ? narrowRows(left) : 2
      let a = a + row &* rowStep, out = out + row &* ro
      if !isWide {
        switch rows {
        case 6: narrowTile(V.self, Narrow6.self, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        case 5: narrowTile(V.self, Narrow5.self, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        case 4: narrowTile(V.self, Narrow4.self, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        case 3: narrowTile(V.self, Narrow3.self, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        default: narrowTile(V.self, Narrow2.self, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        }
      } else if count == 2 {
        switch rows {
        case 12: tile(V.self, fours: 3, vectors: 2, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        case 8: tile(V.self, fours: 2, vectors: 2, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        default: tile(V.self, fours: 1, vectors: 2, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        }
      } else {
        switch rows {
        case 12: tile(V.self, fours: 3, vectors: 1, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        case 8: tile(V.self, fours: 2, vectors: 1, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        default: tile(V.self, fours: 1, vectors: 1, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        }
      }
      row &+= rows
    }
    vector &+= count
  }
}

/// A float type's products, each compiled once.
protocol AttentionLanes: FloatLanes {
  /// `out = a b`, or `out += a b`: `a` row-major with rows `ra` apart.
  static func rowProduct(
    _ m: Int, _ vectors: Int, _ k: Int, _ a: UnsafePointer<Scalar>, _ ra: Int, _ b: UnsafePointer<Scalar>, _ rb: Int,
    _ out: UnsafeMutablePointer<Scalar>, _ ro: Int, adds: Bool)
  /// The same of a transposed `a`: its columns lie `ca` apart, and the elements of a column side by side.
  static func columnProduct(
    _ m: Int, _ vectors: Int, _ k: Int, _ a: UnsafePointer<Scalar>, _ ca: Int, _ b: UnsafePointer<Scalar>, _ rb: Int,
    _ out: UnsafeMutablePointer<Scalar>, _ ro: Int, adds: Bool)
  /// `out = a b`, or `out = out * scale + a b`, a number for each column: `a` the first `m` of a panel's `all` rows, whose
  /// tiles are `pitch` deep.
  static func panelProduct(
    _ m: Int, of all: Int, _ vectors: Int, _ k: Int, _ panel: UnsafePointer<Scalar>, _ pitch: Int,
    _ b: UnsafePointer<Scalar>, _ rb: Int, _ out: UnsafeMutablePointer<Scalar>, _ ro: Int, scale: UnsafePointer<Scalar>?
  )
  /// The inner products of `a`, of `n` elements up to a whole vector, with as many rows of `b` as a vector has lanes, or
  /// as there are.
  static func products(_ a: UnsafePointer<Scalar>, _ n: Int, _ b: UnsafePointer<Scalar>, _ rb: Int, _ rows: Int) -> Self
  /// `out[r*so + c] = a[c*sa + r]`.
  static func transpose(
    _ rows: Int, _ columns: Int, _ out: UnsafeMutablePointer<Scalar>, _ so: Int, _ a: UnsafePointer<Scalar>, _ sa: Int)
}

extension SIMD16<Float>: AttentionLanes {
  @inline(never) static func rowProduct(
    _ m: Int, _ vectors: Int, _ k: Int, _ a: UnsafePointer<Float>, _ ra: Int, _ b: UnsafePointer<Float>, _ rb: Int,
    _ out: UnsafeMutablePointer<Float>, _ ro: Int, adds: Bool
  ) { product(F32.self, m, vectors, k, a, ra, 1, b, rb, out, ro, adds: adds) }

  @inline(never) static func columnProduct(
    _ m: Int, _ vectors: Int, _ k: Int, _ a: UnsafePointer<Float>, _ ca: Int, _ b: UnsafePointer<Float>, _ rb: Int,
    _ out: UnsafeMutablePointer<Float>, _ ro: Int, adds: Bool
  ) { product(F32.self, m, vectors, k, a, 1, ca, b, rb, out, ro, adds: adds) }

  @inline(never) static func panelProduct(
    _ m: Int, of all: Int, _ vectors: Int, _ k: Int, _ panel: UnsafePointer<Float>, _ pitch: Int,
    _ b: UnsafePointer<Float>, _ rb: Int, _ out: UnsafeMutablePointer<Float>, _ ro: Int, scale: UnsafePointer<Float>?
  ) { multiply(F32.self, m, of: all, vectors, k, panel, pitch, b, rb, out, ro, scale: scale) }

  @inline(never) static func transpose(
    _ rows: Int, _ columns: Int, _ out: UnsafeMutablePointer<Float>, _ so: Int, _ a: UnsafePointer<Float>, _ sa: Int
  ) { transposeElements(UInt32.self, rows, columns, out, so, a, sa) }
}

extension SIMD8<Double>: AttentionLanes {
  @inline(never) static func rowProduct(
    _ m: Int, _ vectors: Int, _ k: Int, _ a: UnsafePointer<Double>, _ ra: Int, _ b: UnsafePointer<Double>, _ rb: Int,
    _ out: UnsafeMutablePointer<Double>, _ ro: Int, adds: Bool
  ) { product(F64.self, m, vectors, k, a, ra, 1, b, rb, out, ro, adds: adds) }

  @inline(never) static func columnProduct(
    _ m: Int, _ vectors: Int, _ k: Int, _ a: UnsafePointer<Double>, _ ca: Int, _ b: UnsafePointer<Double>, _ rb: Int,
    _ out: UnsafeMutablePointer<Double>, _ ro: Int, adds: Bool
  ) { product(F64.self, m, vectors, k, a, 1, ca, b, rb, out, ro, adds: adds) }

  @inline(never) static func panelProduct(
    _ m: Int, of all: Int, _ vectors: Int, _ k: Int, _ panel: UnsafePointer<Double>, _ pitch: Int,
    _ b: UnsafePointer<Double>, _ rb: Int, _ out: UnsafeMutablePointer<Double>, _ ro: Int, scale: UnsafePointer<Double>?
  ) { multiply(F64.self, m, of: all, vectors, k, panel, pitch, b, rb, out, ro, scale: scale) }

  @inline(never) static func transpose(
    _ rows: Int, _ columns: Int, _ out: UnsafeMutablePointer<Double>, _ so: Int, _ a: UnsafePointer<Double>, _ sa: Int
  ) { transposeElements(UInt64.self, rows, columns, out, so, a, sa) }
}
