import CPULanes

// The products of attention: a few rows of one factor, whose elements are repeated in all lanes, by vectors of the other,
// whose rows are a strip. Everything is in the caches and laid out, so that there is nothing to pack.

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
        case 12: wideTile(V.self, Wide122.self, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        case 8: wideTile(V.self, Wide82.self, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        default: wideTile(V.self, Wide42.self, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        }
      } else {
        switch rows {
        case 12: wideTile(V.self, Wide121.self, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        case 8: wideTile(V.self, Wide81.self, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
        default: wideTile(V.self, Wide41.self, k, a, rowStep, depthStep, b, rb, out, ro, adds: adds)
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
