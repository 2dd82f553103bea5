import CPUKernelTypes
import CPULanes

/// What one thread works on of an attention: blocks of keys by as many queries as two vectors have lanes, in scratch
/// memory, in the type computed in. Scores stand with the keys as rows and the queries as lanes: what belongs to a query,
/// its greatest score and its sum, is a lane, and neither shares nor values have to be laid out for the product of them.
struct AttentionBlocks<F: FloatFormat> where F.Lanes: AttentionLanes {
  typealias V = F.Lanes
  typealias T = V.Scalar

  let problem: UnsafePointer<AttentionProblem>
  let layout: AttentionScratch
  let memory: UnsafeMutablePointer<T>
  let (batch, head): (Int, Int)

  @inline(__always)
  init(
    _ problem: UnsafePointer<AttentionProblem>, _ layout: AttentionScratch, _ scratch: UnsafeMutableRawPointer,
    batch: Int, head: Int
  ) {
    self.problem = problem
    self.layout = layout
    memory = scratch.assumingMemoryBound(to: T.self)
    (self.batch, self.head) = (batch, head)
  }

  @inline(__always) var p: AttentionProblem { problem.pointee }
  @inline(__always) func at(_ place: Int) -> UnsafeMutablePointer<T> { memory + place }
  @inline(__always) func load(_ p: UnsafePointer<T>) -> V { V.load(UnsafeRawPointer(p)) }
  @inline(__always) func store(_ v: V, _ p: UnsafeMutablePointer<T>) { v.store(UnsafeMutableRawPointer(p)) }

  /// Which head of keys this one reads.
  @inline(__always) var keyHead: Int { head / (p.heads / p.keyHeads) }

  @inline(__always) func pointer(_ operand: AttentionOperand, _ head: Int, _ row: Int) -> UnsafeMutableRawPointer {
    operand.data + (batch &* operand.batch &+ head &* operand.head &+ row &* operand.row) &* F.size
  }

  // MARK: - Laying out

  @inline(__always) func clear(_ to: UnsafeMutablePointer<T>, _ count: Int) {
    (UnsafeMutableRawPointer(to)).initializeMemory(as: UInt8.self, repeating: 0, count: count &* MemoryLayout<T>.size)
  }

  /// Rows `first ..< first + count` of an operand; rows up to `all`, and columns up to a whole vector, become zeros.
  @inline(__always)
  func rows(
    _ operand: AttentionOperand, _ head: Int, _ first: Int, _ count: Int, all: Int, _ width: Int,
    _ to: UnsafeMutablePointer<T>, _ pitch: Int
  ) {
    let whole = (width &+ 15) & ~15
    for r in 0..<count {
      let row = to + r &* pitch
      F.stage(width, pointer(operand, head, first &+ r), operand.column, row)
      if whole > width { clear(row + width, whole &- width) }
    }
    for r in count..<max(count, all) { clear(to + r &* pitch, whole) }
  }

  /// Keys and values `first ..< first + count`, and rows of zeros up to a multiple of four.
  @inline(__always)
  func stageKeys(_ first: Int, _ count: Int) {
    let all = (count &+ 3) & ~3
    rows(p.k, keyHead, first, count, all: all, p.width, at(layout.keys), layout.pitch)
    rows(p.v, keyHead, first, count, all: all, p.vWidth, at(layout.values), layout.vPitch)
  }

  /// Queries as rows, and scaled and transposed.
  @inline(__always)
  func stageQueries(_ first: Int, _ count: Int) {
    let rows = at(layout.rows), columns = at(layout.columns), lanes = layout.lanes
    self.rows(p.q, head, first, count, all: lanes, p.width, rows, layout.pitch)
    let scale = V(p.scale)
    for r in 0..<lanes {
      for c in stride(from: 0, to: layout.width, by: V.width) {
        let x = rows + (r &* layout.pitch &+ c)
        store(V.mul(load(x), scale), x)
      }
    }
    V.transpose(layout.width, lanes, columns, lanes, rows, layout.pitch)
  }

  /// The numbers of the lanes.
  @inline(__always)
  func stageIndex() {
    let index = at(layout.index)
    for lane in 0..<layout.lanes { V(Double(lane)).storePartial(UnsafeMutableRawPointer(index + lane), 1) }
  }

  // MARK: - Scores

  /// The scores of a block of keys, which begins at row `row` of what is laid out, as a panel of so many rows or
  /// not, unseen ones -inf.
  @inline(__always)
  func scores(
    _ firstQuery: Int, _ count: Int, _ vectors: Int, _ firstKey: Int, _ keys: Int, row: Int, panel: Int = 0
  ) {
    let scores = at(layout.scores), lanes = layout.lanes
    if panel > 0 {
      V.panelProduct(
        keys, of: panel, vectors, p.width, keyPanel(row), p.width, at(layout.columns), lanes, scores, lanes, scale: nil)
    } else {
      V.rowProduct(
        (keys &+ 3) & ~3, vectors, p.width, at(layout.keys) + row &* layout.pitch, layout.pitch, at(layout.columns),
        lanes, scores, lanes, adds: false)
    }
    if p.maskKind != .none { mask(firstQuery, count, vectors, firstKey, keys) }
    if p.isCausal && firstKey &+ keys &- 1 > firstQuery {
      let lowest = V(-.infinity)
      for j in max(0, firstQuery &+ 1 &- firstKey)..<keys {
        let first = V(Double(firstKey &+ j &- firstQuery))
        for vector in 0..<vectors {
          let x = scores + (j &* lanes &+ vector &* V.width)
          store(V.select(V.less(load(at(layout.index) + vector &* V.width), first), lowest, load(x)), x)
        }
      }
    }
  }

  /// One row of the mask: what is added, or of bool 0 and -1.
  @inline(__always)
  func maskRow(_ query: Int, _ firstKey: Int, _ keys: Int, _ to: UnsafeMutablePointer<T>) {
    let m = p.mask
    let at = batch &* m.batch &+ head &* m.head &+ query &* m.row &+ firstKey &* m.column
    if p.maskKind == .added { return F.stage(keys, m.data + at &* F.size, m.column, to) }
    let bytes = (m.data + at).assumingMemoryBound(to: UInt8.self), step = m.column
    @inline(__always) func fill<Bits: FixedWidthInteger>(_: Bits.Type, _ minusOne: Bits) {
      let bits = UnsafeMutableRawPointer(to).assumingMemoryBound(to: Bits.self)
      if step == 1 {
        for j in 0..<keys { bits[j] = bytes[j] != 0 ? 0 : minusOne }
      } else {
        for j in 0..<keys { bits[j] = bytes[j &* step] != 0 ? 0 : minusOne }
      }
    }
    if MemoryLayout<T>.size == 4 { fill(UInt32.self, 0xbf80_0000) } else { fill(UInt64.self, 0xbff0_0000_0000_0000) }
  }

  @inline(__always)
  private func mask(_ firstQuery: Int, _ count: Int, _ vectors: Int, _ firstKey: Int, _ keys: Int) {
    let scores = at(layout.scores), lanes = layout.lanes, rows = at(layout.maskRows), columns = at(layout.maskColumns)
    let pitch = AttentionScratch.keyBlock &+ 16
    let isOneRow = p.mask.row == 0 || count == 1
    for i in 0..<(isOneRow ? 1 : count) { maskRow(firstQuery &+ i, firstKey, keys, rows + i &* pitch) }
    if !isOneRow {
      for i in count..<max(count, vectors &* V.width) { clear(rows + i &* pitch, keys) }
      V.transpose((keys &+ 15) & ~15, vectors &* V.width, columns, lanes, rows, pitch)
    }
    let (zero, lowest, isAdded) = (V(0), V(-.infinity), p.maskKind == .added)
    for j in 0..<keys {
      for vector in 0..<vectors {
        let place = j &* lanes &+ vector &* V.width
        let m = isOneRow ? V(splat: rows[j]) : load(columns + place), x = load(scores + place)
        store(isAdded ? V.add(x, m) : V.select(V.less(m, zero), lowest, x), scores + place)
      }
    }
  }

  /// What dropout multiplies the shares of one query and a block of keys with.
  @inline(__always)
  func factorRow(_ query: Int, _ firstKey: Int, _ keys: Int, _ to: UnsafeMutablePointer<T>) {
    var factor = V(p.keptFactor)
    withUnsafeBytes(of: &factor) { factor in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 128) { words in
        let words = words.baseAddress.unsafelyUnwrapped
        let first = ((batch &* p.heads &+ head) &* p.queries &+ query) &* p.keys &+ firstKey
        philox(p.offset &+ UInt64(truncatingIfNeeded: first >> 2), p.seed, words)
        let random = words + first & 3, limit = p.dropsBelow
        @inline(__always) func fill<Bits: FixedWidthInteger>(_: Bits.Type) {
          let kept = factor.load(as: Bits.self)
          let bits = UnsafeMutableRawPointer(to).assumingMemoryBound(to: Bits.self)
          for j in 0..<keys { bits[j] = random[j] &>> 8 < limit ? 0 : kept }
        }
        if MemoryLayout<T>.size == 4 { fill(UInt32.self) } else { fill(UInt64.self) }
      }
    }
  }

  /// The same of several queries, laid out as the scores are.
  @inline(__always)
  func factors(_ firstQuery: Int, _ count: Int, _ vectors: Int, _ firstKey: Int, _ keys: Int) {
    let rows = at(layout.maskRows), pitch = AttentionScratch.keyBlock &+ 16
    for i in 0..<count { factorRow(firstQuery &+ i, firstKey, keys, rows + i &* pitch) }
    for i in count..<max(count, vectors &* V.width) { clear(rows + i &* pitch, keys) }
    V.transpose(
      (keys &+ 15) & ~15, vectors &* V.width, at(layout.maskColumns), layout.lanes, rows, pitch)
  }
}
