import CPUKernelTypes
import CPULanes

// Few queries, as where a text is written word by word: two vectors of them would mostly be empty. Here the lanes are keys,
// then channels, and keys and values are read where they lie.

extension AttentionBlocks {
  /// The most queries that are better taken one by one.
  @inline(__always) static var few: Int { V.width / 2 }

  /// Queries `low ..< high`, few of them.
  @inline(__always)
  func forwardRows(_ low: Int, _ high: Int) {
    let count = high &- low, whole = (count &+ 3) & ~3, pitch = AttentionScratch.keyBlock &+ 16
    let shares = at(layout.scores), result = at(layout.result), queries = at(layout.rows)
    let (greatest, sums) = (at(layout.index), at(layout.index) + layout.lanes)
    rows(p.q, head, low, count, all: count, p.width, queries, layout.pitch)
    let scale = V(p.scale)
    for i in 0..<count {
      for c in stride(from: 0, to: layout.width, by: V.width) {
        let x = queries + (i &* layout.pitch &+ c)
        store(V.mul(load(x), scale), x)
      }
      V(-.infinity).storePartial(UnsafeMutableRawPointer(greatest + i), 1)
      V(0).storePartial(UnsafeMutableRawPointer(sums + i), 1)
    }
    clear(shares, whole &* pitch)
    clear(result, whole &* layout.vWidth)
    let limit = p.isCausal ? min(p.keys, high) : p.keys
    for key in stride(from: 0, to: limit, by: AttentionScratch.keyBlock) {
      let keys = min(AttentionScratch.keyBlock, limit &- key)
      let (k, kPitch) = place(p.k, key, keys, p.width, at(layout.keys), layout.pitch)
      let (v, vPitch) = place(p.v, key, keys, p.vWidth, at(layout.values), layout.vPitch)
      for i in 0..<count {
        let row = shares + i &* pitch
        for j in stride(from: 0, to: keys, by: V.width) {
          store(
            V.products(queries + i &* layout.pitch, layout.width, k + j &* kPitch, kPitch, keys &- j), row + j)
        }
        let change = sharesOfRow(low &+ i, key, keys, row, greatest + i, sums + i)
        if key > 0 {
          for c in stride(from: 0, to: layout.vWidth, by: V.width) {
            let x = result + (i &* layout.vWidth &+ c)
            store(V.mul(load(x), change), x)
          }
        }
      }
      V.rowProduct(
        whole, layout.vWidth / V.width, keys, shares, pitch, v, vPitch, result, layout.vWidth, adds: true)
    }
    for i in 0..<count { finishRow(low &+ i, result + i &* layout.vWidth, greatest[i], sums[i]) }
  }

  /// A block of keys or values where it lies, or laid out.
  @inline(__always)
  func place(
    _ operand: AttentionOperand, _ first: Int, _ count: Int, _ width: Int, _ to: UnsafeMutablePointer<T>, _ pitch: Int
  ) -> (UnsafePointer<T>, Int) {
    if F.isDirect && operand.column == 1 && width & 15 == 0 {
      return (UnsafePointer(pointer(operand, keyHead, first).assumingMemoryBound(to: T.self)), operand.row)
    }
    rows(operand, keyHead, first, count, all: count, width, to, pitch)
    return (UnsafePointer(to), pitch)
  }

  /// The scores of one query become shares of those seen so far. Returns what earlier ones are to be multiplied with.
  @inline(__always)
  private func sharesOfRow(
    _ query: Int, _ firstKey: Int, _ keys: Int, _ row: UnsafeMutablePointer<T>, _ greatest: UnsafeMutablePointer<T>,
    _ sum: UnsafeMutablePointer<T>
  ) -> V {
    let lowest = V(-.infinity), zero = V(0)
    for j in keys..<((keys &+ 15) & ~15) { lowest.storePartial(UnsafeMutableRawPointer(row + j), 1) }
    if p.isCausal && firstKey &+ keys &- 1 > query {
      for j in max(0, query &+ 1 &- firstKey)..<keys { lowest.storePartial(UnsafeMutableRawPointer(row + j), 1) }
    }
    let other = at(layout.maskRows)
    if p.maskKind != .none {
      maskRow(query, firstKey, keys, other)
      for j in stride(from: 0, to: keys, by: V.width) {
        let x = load(row + j), m = load(other + j)
        // What is past the last key stays -inf.
        let masked = p.maskKind == .added ? V.add(x, m) : V.select(V.less(m, zero), lowest, x)
        if j &+ V.width <= keys {
          store(masked, row + j)
        } else {
          masked.storePartial(UnsafeMutableRawPointer(row + j), keys &- j)
        }
      }
    }
    let before = V(splat: greatest[0])
    var top = before
    for j in stride(from: 0, to: keys, by: V.width) {
      let x = load(row + j)
      top = V.select(V.less(top, x), x, top)
    }
    top = V(top.extreme(greatest: true))
    let level = V.select(V.less(lowest, top), top, zero)
    let change = V.sub(before, level).expNonPositive()
    var total = zero
    for j in stride(from: 0, to: keys, by: V.width) {
      let x = V.sub(load(row + j), level).expNonPositive()
      store(x, row + j)
      total = V.add(total, x)
    }
    top.storePartial(UnsafeMutableRawPointer(greatest), 1)
    V.fma(V(splat: sum[0]), change, V(total.total())).storePartial(UnsafeMutableRawPointer(sum), 1)
    if p.dropsBelow > 0 {
      factorRow(query, firstKey, keys, other)
      for j in stride(from: 0, to: keys, by: V.width) { store(V.mul(load(row + j), load(other + j)), row + j) }
    }
    return change
  }

  @inline(__always)
  private func finishRow(_ query: Int, _ result: UnsafeMutablePointer<T>, _ greatest: T, _ sum: T) {
    let (factor, log) = quotient(V(splat: greatest), V(splat: sum))
    for c in stride(from: 0, to: layout.vWidth, by: V.width) { store(V.mul(load(result + c), factor), result + c) }
    F.unstage(p.vWidth, result, pointer(p.out, head, query), p.out.column)
    let l = p.logSums
    let target = batch &* l.batch &+ head &* l.head &+ query &* l.row
    log.storePartial(UnsafeMutableRawPointer(l.data.assumingMemoryBound(to: T.self) + target), 1)
  }
}

extension SIMD16<Float> {
  /// The inner products of `a` with sixteen rows of `b`, or as many as there are.
  @inline(__always)
  static func products(_ a: UnsafePointer<Float>, _ n: Int, _ b: UnsafePointer<Float>, _ rb: Int, _ rows: Int) -> F32 {
    // Each vector's lanes are added up by fours of vectors: within quarters, then the quarters.
    @inline(__always) func four(_ row: Int) -> F32 {
      var (x0, x1, x2, x3) = (F32(0), F32(0), F32(0), F32(0))
      let last = rows &- 1
      let b0 = b + Swift.min(row, last) &* rb, b1 = b + Swift.min(row &+ 1, last) &* rb
      let b2 = b + Swift.min(row &+ 2, last) &* rb, b3 = b + Swift.min(row &+ 3, last) &* rb
      var i = 0
      while i < n {
        let x = F32.load(a + i)
        x0 = F32.fma(x, F32.load(b0 + i), x0)
        x1 = F32.fma(x, F32.load(b1 + i), x1)
        x2 = F32.fma(x, F32.load(b2 + i), x2)
        x3 = F32.fma(x, F32.load(b3 + i), x3)
        i &+= 16
      }
      let y0 = lanes_low_singles(x0, x1) + lanes_high_singles(x0, x1)
      let y1 = lanes_low_singles(x2, x3) + lanes_high_singles(x2, x3)
      return lanes_low_pairs(y0, y1) + lanes_high_pairs(y0, y1)
    }
    let w = four(0)
    let x = rows > 4 ? four(4) : w, y = rows > 8 ? four(8) : w, z = rows > 12 ? four(12) : w
    let wx = lanes_even_quarters(w, x) + lanes_odd_quarters(w, x)
    let yz = lanes_even_quarters(y, z) + lanes_odd_quarters(y, z)
    return lanes_even_quarters(wx, yz) + lanes_odd_quarters(wx, yz)
  }
}

extension SIMD8<Double> {
  /// The inner products of `a` with eight rows of `b`, or as many as there are.
  @inline(__always)
  static func products(_ a: UnsafePointer<Double>, _ n: Int, _ b: UnsafePointer<Double>, _ rb: Int, _ rows: Int) -> F64
  {
    var result = F64(0)
    for row in 0..<Swift.min(8, rows) {
      var sum = F64(0)
      for i in stride(from: 0, to: n, by: 8) { sum = F64.fma(F64.load(a + i), F64.load(b + row &* rb + i), sum) }
      result[row] = sum.total()
    }
    return result
  }
}
