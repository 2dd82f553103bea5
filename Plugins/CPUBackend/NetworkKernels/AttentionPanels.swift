import CPUKernelTypes
import CPULanes

// Keys and values laid out for tiles whose rows lie in turn: of each block of keys the keys as rows, and the channels of the
// values as rows, at every depth an element of each row of a tile. Many queries read them, in one stream.

extension AttentionBlocks {
  /// Keys and values `first ..< first + count`, from whole blocks of keys on.
  @inline(__always)
  func stagePanels(_ first: Int, _ count: Int) {
    let block = AttentionScratch.keyBlock
    withUnsafeTemporaryAllocation(of: T.self, capacity: block &* max(layout.pitch, layout.vPitch)) { staged in
      let staged = staged.baseAddress.unsafelyUnwrapped
      // A panel's end is written over: by the next one, and behind keys lie values, behind these what is free.
      for key in stride(from: 0, to: count, by: block) {
        let keys = min(block, count &- key)
        let (rows, pitch) = place(p.k, first &+ key, keys, p.width, staged, layout.pitch)
        packInTurn(V.self, rows: keys, p.width, keyPanel(key), rows, pitch)
      }
      for key in stride(from: 0, to: count, by: block) {
        let keys = min(block, count &- key)
        let (rows, pitch) = place(p.v, first &+ key, keys, p.vWidth, staged, layout.vPitch)
        var channel = 0
        while channel < p.vWidth {
          let left = p.vWidth &- channel, tile = narrowRows(left)
          let from = rows + channel, to = valuePanel(key) + channel &* keys
          if left >= V.width {
            for j in 0..<keys { store(load(from + j &* pitch), to + j &* tile) }
          } else {
            for j in 0..<keys { store(V.loadPartial(from + j &* pitch, left), to + j &* tile) }
          }
          channel &+= tile
        }
      }
    }
  }

  /// The panel of a block of keys that begins at row `key` of what is laid out, and that of their values.
  @inline(__always) func keyPanel(_ key: Int) -> UnsafeMutablePointer<T> { at(layout.keys) + key &* p.width }
  @inline(__always) func valuePanel(_ key: Int) -> UnsafeMutablePointer<T> {
    at(layout.values) + key &* max(2, p.vWidth)
  }
}

/// A tile of a panel by one vector: `out = a b`, or `out = out * scale + a b`.
@inline(__always)
private func panelTile<V: FloatLanes, S: NarrowShape>(
  _: V.Type, _: S.Type, _ k: Int, _ a: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>, _ rb: Int,
  _ out: UnsafeMutablePointer<V.Scalar>, _ ro: Int, _ scale: UnsafePointer<V.Scalar>?
) {
  var sums = NarrowSums<V, S>()
  var p = a, q = b, left = k
  while left >= 4 {
    sums.add(p, 1, V.load(q))
    sums.add(p + S.rows, 1, V.load(q + rb))
    sums.add(p + 2 &* S.rows, 1, V.load(q + 2 &* rb))
    sums.add(p + 3 &* S.rows, 1, V.load(q + 3 &* rb))
    p += 4 &* S.rows
    q += 4 &* rb
    left &-= 4
  }
  while left > 0 {
    sums.add(p, 1, V.load(q))
    p += S.rows
    q += rb
    left &-= 1
  }
  if let scale {
    let x = V.load(scale)
    sums.forEach { i, sum in
      let to = UnsafeMutableRawPointer(out + i &* ro)
      V.fma(V.load(to), x, sum).store(to)
    }
  } else {
    sums.forEach { i, sum in sum.store(UnsafeMutableRawPointer(out + i &* ro)) }
  }
}

/// The first `m` of a panel's `all` rows by `vectors` vectors; both read a tile's rows while they are in the first-level
/// cache. Its tiles are `pitch` deep, of which `k` count; up to a tile's rows beyond `m` are written.
@inline(__always)
func multiply<V: FloatLanes>(
  _: V.Type, _ m: Int, of all: Int, _ vectors: Int, _ k: Int, _ panel: UnsafePointer<V.Scalar>, _ pitch: Int,
  _ b: UnsafePointer<V.Scalar>, _ rb: Int, _ out: UnsafeMutablePointer<V.Scalar>, _ ro: Int,
  scale: UnsafePointer<V.Scalar>?
) {
  var row = 0
  while row < m {
    let rows = narrowRows(all &- row), a = panel + row &* pitch
    for vector in 0..<vectors {
      let place = vector &* V.width, b = b + place, out = out + (row &* ro &+ place), scale = scale.map { $0 + place }
      switch rows {
      case 6: panelTile(V.self, Narrow6.self, k, a, b, rb, out, ro, scale)
      case 5: panelTile(V.self, Narrow5.self, k, a, b, rb, out, ro, scale)
      case 4: panelTile(V.self, Narrow4.self, k, a, b, rb, out, ro, scale)
      case 3: panelTile(V.self, Narrow3.self, k, a, b, rb, out, ro, scale)
      default: panelTile(V.self, Narrow2.self, k, a, b, rb, out, ro, scale)
      }
    }
    row &+= rows
  }
}
