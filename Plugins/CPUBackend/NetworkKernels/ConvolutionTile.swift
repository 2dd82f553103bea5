import CPUKernelTypes
import CPULanes

// A product of two matrices that are laid out for it: a panel of rows whose elements are broadcast, and a strip of
// columns that are vectors. A tile of their product stays in registers.

/// The rows of a panel, and the vectors of a strip. With AVX-512 all are one tile, 24 of 32 registers; without, a vector is
/// two registers of 16 or four, and six rows of one, or two, are a tile. A strip is no wider than a tile, so that nothing lies
/// between what a tile reads, and all sets of the cache serve it.
let convolutionTileRows = 12
@inline(__always) var convolutionTileVectors: Int { lanes_have_avx512() != 0 ? 2 : 1 }

extension FloatLanes {
  /// Columns of a strip.
  @inline(__always) static var stripWidth: Int { convolutionTileVectors &* width }
  /// From row to row of a panel: a constant, for then one register points at all rows; and more than its depth, or all
  /// rows would share their places in the cache.
  @inline(__always) static var panelPitch: Int { ConvolutionPlan.greatestDepth &+ width }
}

/// Where a tile goes.
struct TileTarget<Scalar> {
  var data: UnsafeMutablePointer<Scalar>
  var pitch: Int
  /// Whether it is added to what is there; else to `bias`, an element for each row.
  var adds: Bool
  var bias: UnsafePointer<Scalar>
  /// Rows of the matrix whose panel is next, to be fetched meanwhile.
  var ahead: UnsafePointer<Scalar>
  var aheadPitch: Int
}

/// Four rows of a tile, one vector wide.
private struct FourRows<V: FloatLanes> {
  private var (r0, r1, r2, r3) = (V(0), V(0), V(0), V(0))

  @inline(__always) init() {}

  /// Adds the products of a column of `a` by a row of `b`.
  @inline(__always) mutating func add(_ a: UnsafePointer<V.Scalar>, _ b: V) {
    let pitch = V.panelPitch
    r0 = V.fma(V(splat: a[0]), b, r0)
    r1 = V.fma(V(splat: a[pitch]), b, r1)
    r2 = V.fma(V(splat: a[2 &* pitch]), b, r2)
    r3 = V.fma(V(splat: a[3 &* pitch]), b, r3)
  }

  @inline(__always) func finish(_ target: TileTarget<V.Scalar>, _ row: Int, _ column: Int) {
    @inline(__always) func write(_ i: Int, _ x: V) {
      let p = UnsafeMutableRawPointer(target.data + ((row &+ i) &* target.pitch &+ column))
      V.add(target.adds ? V.load(p) : V(splat: target.bias[row &+ i]), x).store(p)
    }
    write(0, r0)
    write(1, r1)
    write(2, r2)
    write(3, r3)
  }
}

@inline(__always)
private func wideTile<V: FloatLanes, S: WideShape>(
  _: V.Type, _: S.Type, _ depth: Int, _ a: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>,
  _ target: TileTarget<V.Scalar>
) {
  // The tile is written at the end, in one go: by then its lines are there.
  for r in 0..<(4 &* S.fours) {
    lanes_prefetch_to_write(target.data + r &* target.pitch)
    lanes_prefetch_to_write(target.data + (r &* target.pitch &+ (S.vectors &* V.width &- 1)))
  }
  var x0 = FourRows<V>(), y0 = FourRows<V>(), z0 = FourRows<V>()
  var x1 = FourRows<V>(), y1 = FourRows<V>(), z1 = FourRows<V>()
  var p = a, q = b
  for k in 0..<depth {
    if S.fours == 3 {
      // A line of each of twelve rows in sixteen steps: the panel that comes next is on its way.
      lanes_prefetch(target.ahead + ((k & 15) &* target.aheadPitch &+ (k & ~15)))
    }
    let b0 = V.load(q), b1 = S.vectors > 1 ? V.load(q + V.width) : b0
    x0.add(p, b0)
    if S.vectors > 1 { x1.add(p, b1) }
    if S.fours > 1 {
      y0.add(p + 4 &* V.panelPitch, b0)
      if S.vectors > 1 { y1.add(p + 4 &* V.panelPitch, b1) }
    }
    if S.fours > 2 {
      z0.add(p + 8 &* V.panelPitch, b0)
      if S.vectors > 1 { z1.add(p + 8 &* V.panelPitch, b1) }
    }
    p += 1
    q += V.stripWidth
  }
  x0.finish(target, 0, 0)
  if S.vectors > 1 { x1.finish(target, 0, V.width) }
  if S.fours > 1 {
    y0.finish(target, 4, 0)
    if S.vectors > 1 { y1.finish(target, 4, V.width) }
  }
  if S.fours > 2 {
    z0.finish(target, 8, 0)
    if S.vectors > 1 { z1.finish(target, 8, V.width) }
  }
}

/// A tile of two to six rows, one vector wide.
@inline(__always)
private func narrowTile<V: FloatLanes, S: NarrowShape>(
  _: V.Type, _: S.Type, _ depth: Int, _ a: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>,
  _ places: UnsafePointer<Int>, _ target: TileTarget<V.Scalar>, _ row: Int
) {
  // The tile is written at the end, in one go: by then its lines are there.
  let rows = S.rows
  for r in row..<(row &+ rows) {
    lanes_prefetch_to_write(target.data + r &* target.pitch)
    lanes_prefetch_to_write(target.data + (r &* target.pitch &+ (V.width &- 1)))
  }
  let pitch = panelIsInTurn ? 1 : V.panelPitch
  var sums = NarrowSums<V, S>()
  var p = a + row &* (panelIsInTurn ? depth : pitch), k = 0
  let step = panelIsInTurn ? rows : 1
  while k &+ 4 <= depth {
    sums.add(p, pitch, V.load(b + places[k]))
    sums.add(p + step, pitch, V.load(b + places[k &+ 1]))
    sums.add(p + 2 &* step, pitch, V.load(b + places[k &+ 2]))
    sums.add(p + 3 &* step, pitch, V.load(b + places[k &+ 3]))
    p += 4 &* step
    k &+= 4
  }
  while k < depth {
    sums.add(p, pitch, V.load(b + places[k]))
    p += step
    k &+= 1
  }
  sums.forEach { i, sum in
    let to = UnsafeMutableRawPointer(target.data + (row &+ i) &* target.pitch)
    V.add(target.adds ? V.load(to) : V(splat: target.bias[row &+ i]), sum).store(to)
  }
}

/// The tiles of a panel of seven rows and more, half a vector wide: both at once, or too few sums would be under way.
@inline(__always)
private func halfTiles<V: FloatLanes, S: NarrowShape, T: NarrowShape>(
  _: V.Type, _: S.Type, _: T.Type, _ depth: Int, _ a: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>,
  _ places: UnsafePointer<Int>, _ target: TileTarget<V.Scalar>, _ first: Int
) {
  typealias H = V.Half
  var upper = NarrowSums<H, S>(), lower = NarrowSums<H, T>()
  var p = a + first &* depth, q = p + S.rows &* depth
  for k in 0..<depth {
    let x = H.load(b + places[k])
    upper.add(p, 1, x)
    lower.add(q, 1, x)
    p += S.rows
    q += T.rows
  }
  @inline(__always) func write(_ row: Int, _ sum: H) {
    let to = UnsafeMutableRawPointer(target.data + row &* target.pitch)
    H.add(target.adds ? H.load(to) : H(splat: target.bias[row]), sum).store(to)
  }
  upper.forEach { write(first &+ $0, $1) }
  lower.forEach { write(first &+ S.rows &+ $0, $1) }
}

/// Multiplies a panel of up to twelve rows, or of any number where they lie in turn, by a strip, of which `wanted` lanes are
/// wanted, or more are written; `tileRows` are written. Where a vector is a tile wide, that of depth k lies at `places[k]`;
/// else the strip is contiguous.
@inline(__always)
func convolutionTile<V: FloatLanes>(
  _: V.Type, rows: Int, wanted: Int, _ depth: Int, _ a: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>,
  _ places: UnsafePointer<Int>, _ target: TileTarget<V.Scalar>
) {
  if lanes_have_avx512() == 0 {
    if lanes_have_fma() == 0 {
      for row in stride(from: 0, to: tileRows(rows), by: 2) {
        narrowTile(V.self, Narrow2.self, depth, a, b, places, target, row)
      }
      return
    }
    var row = 0
    while row < rows {
      let left = rows &- row
      if left > 6 && wanted <= V.Half.width {
        let pair = narrowPanelRows(left)
        switch pair {
        case 12: halfTiles(V.self, Narrow6.self, Narrow6.self, depth, a, b, places, target, row)
        case 11: halfTiles(V.self, Narrow6.self, Narrow5.self, depth, a, b, places, target, row)
        case 10: halfTiles(V.self, Narrow5.self, Narrow5.self, depth, a, b, places, target, row)
        case 9: halfTiles(V.self, Narrow5.self, Narrow4.self, depth, a, b, places, target, row)
        case 8: halfTiles(V.self, Narrow4.self, Narrow4.self, depth, a, b, places, target, row)
        default: halfTiles(V.self, Narrow4.self, Narrow3.self, depth, a, b, places, target, row)
        }
        row &+= pair
        continue
      }
      let count = narrowRows(left)
      switch count {
      case 6: narrowTile(V.self, Narrow6.self, depth, a, b, places, target, row)
      case 5: narrowTile(V.self, Narrow5.self, depth, a, b, places, target, row)
      case 4: narrowTile(V.self, Narrow4.self, depth, a, b, places, target, row)
      case 3: narrowTile(V.self, Narrow3.self, depth, a, b, places, target, row)
      default: narrowTile(V.self, Narrow2.self, depth, a, b, places, target, row)
      }
      row &+= count
    }
    return
  }
  let fours = (rows &+ 3) / 4
  if wanted <= V.width {
    switch fours {
    case 1: wideTile(V.self, Wide41.self, depth, a, b, target)
    case 2: wideTile(V.self, Wide81.self, depth, a, b, target)
    default: wideTile(V.self, Wide121.self, depth, a, b, target)
    }
  } else {
    switch fours {
    case 1: wideTile(V.self, Wide42.self, depth, a, b, target)
    case 2: wideTile(V.self, Wide82.self, depth, a, b, target)
    default: wideTile(V.self, Wide122.self, depth, a, b, target)
    }
  }
}

/// How many rows are written where a panel has so many.
@inline(__always) func tileRows(_ rows: Int) -> Int {
  panelIsInTurn ? max(2, rows) : (rows &+ 3) & ~3
}

/// How many of `left` rows the next panel has: twelve as long as there are; thirteen to sixteen are better as eight and
/// the rest.
@inline(__always) func panelRows(_ left: Int) -> Int {
  if panelIsInTurn { return narrowPanelRows(left) }
  return left >= 12 && (left < 13 || left > 16) ? 12 : min(8, left)
}

// MARK: - Laying out

/// A run of lanes of a strip: elements that lie side by side in memory.
struct Piece {
  var source: Int
  var lane: Int
  var count: Int
}

/// Where the vectors of a strip lie that is laid out.
@inline(__always)
func placesOfStrip<V: FloatLanes>(_: V.Type, _ depth: Int, _ places: UnsafeMutablePointer<Int>) {
  for k in 0..<depth { places[k] = k &* V.stripWidth }
}

/// Lays out a strip: at every depth the pieces, `wanted` lanes together, each in a vector's load and store of which the next
/// one overwrites what is too much. Up to a vector beyond the strip's end is written. Where `isExact`, nothing but the pieces
/// is read. Lanes that nobody wants are zero: with what memory holds by chance, subnormal numbers, a product takes several
/// times as long.
@inline(__always)
func packStrip<V: FloatLanes>(
  _: V.Type, _ depth: Int, _ strip: UnsafeMutablePointer<V.Scalar>, _ source: UnsafePointer<V.Scalar>,
  _ offsets: UnsafePointer<Int>, _ pieces: UnsafePointer<Piece>, _ count: Int, wanted: Int, isExact: Bool
) {
  let width = V.stripWidth, isPartial = wanted < width
  if isExact {
    for k in 0..<depth {
      let from = source + offsets[k], to = strip + k &* width
      for i in 0..<count {
        let piece = pieces[i]
        let x =
          piece.count == V.width
          ? V.load(from + piece.source) : V.loadPartial(from + piece.source, piece.count)
        x.store(to + piece.lane)
      }
      if isPartial { V(0).store(to + wanted) }
    }
    return
  }
  @inline(__always) func fixed(_ count: Int) {
    let p0 = pieces[0], p1 = pieces[min(1, count &- 1)], p2 = pieces[min(2, count &- 1)]
    for k in 0..<depth {
      let from = source + offsets[k], to = strip + k &* width
      V.load(from + p0.source).store(to + p0.lane)
      if count > 1 { V.load(from + p1.source).store(to + p1.lane) }
      if count > 2 { V.load(from + p2.source).store(to + p2.lane) }
      if isPartial { V(0).store(to + wanted) }
    }
  }
  switch count {
  case 1: fixed(1)
  case 2: fixed(2)
  case 3: fixed(3)
  default:
    for k in 0..<depth {
      let from = source + offsets[k], to = strip + k &* width
      for i in 0..<count { V.load(from + pieces[i].source).store(to + pieces[i].lane) }
      if isPartial { V(0).store(to + wanted) }
    }
  }
}

/// Cuts a run into pieces of a vector; returns how many there are now.
@inline(__always)
func cutRun<V: FloatLanes>(
  _: V.Type, _ pieces: UnsafeMutablePointer<Piece>, _ count: Int, source: Int, lane: Int, length: Int
) -> Int {
  var n = count, done = 0
  while done < length {
    pieces[n] = Piece(source: source &+ done, lane: lane &+ done, count: min(V.width, length &- done))
    done &+= V.width
    n &+= 1
  }
  return n
}

/// Lays out rows of a matrix, each contiguous, as a panel; where there are too few for a tile, the last is repeated.
@inline(__always)
func packPanel<V: FloatLanes>(
  _: V.Type, rows: Int, _ depth: Int, _ panel: UnsafeMutablePointer<V.Scalar>, _ a: UnsafePointer<V.Scalar>,
  _ pitch: Int
) {
  if panelIsInTurn { return packInTurn(V.self, rows: rows, depth, panel, a, pitch) }
  let whole = depth / V.width &* V.width
  for r in 0..<((rows &+ 3) & ~3) {
    let from = a + min(r, rows &- 1) &* pitch, to = panel + r &* V.panelPitch
    for p in stride(from: 0, to: whole, by: V.width) { V.load(from + p).store(to + p) }
    if whole < depth { V.loadPartial(from + whole, depth &- whole).store(to + whole) }
  }
}

/// Fetches one of so many parts of the rows of a matrix of which the next panel is made.
@inline(__always)
func prefetchPanel<V: FloatLanes>(
  _: V.Type, rows: Int, _ depth: Int, _ a: UnsafePointer<V.Scalar>, _ pitch: Int, part: Int, of parts: Int
) {
  let lines = (depth &+ V.width &- 1) / V.width &* rows
  for line in (lines &* part / parts)..<(lines &* (part &+ 1) / parts) {
    let (column, row) = line.quotientAndRemainder(dividingBy: rows)
    lanes_prefetch(a + (row &* pitch &+ column &* V.width))
  }
}

// MARK: - Blocks

extension ConvolutionBlock {
  /// Calls `body` for the runs of pixels `low ..< low + count`, counted through all planes of the block.
  @inline(__always)
  func runs(
    _ low: Int, _ count: Int, width: Int,
    _ body: (_ plane: Int, _ line: Int, _ column: Int, _ at: Int, _ count: Int) -> Void
  ) {
    var (plane, pixel) = low.quotientAndRemainder(dividingBy: span)
    pixel &+= first
    var at = 0
    while at < count {
      let (line, column) = pixel.quotientAndRemainder(dividingBy: width)
      let n = min(width &- column, end &- pixel, count &- at)
      body(plane, line, column, at, n)
      at &+= n
      pixel &+= n
      if pixel == end {
        pixel = first
        plane &+= 1
      }
    }
  }
}

extension ConvolutionSum {
  /// Where a pixel lies in an operand that has this sum's pixels, without channel.
  @inline(__always)
  func offset(_ operand: ConvolutionOperand, outer: Int, line: Int, column: Int) -> Int {
    let (n, i) = outer.quotientAndRemainder(dividingBy: extent[0])
    return n &* operand.batch &+ i &* operand.axis[0] &+ line &* operand.axis[1] &+ column &* operand.axis[2]
  }
}
