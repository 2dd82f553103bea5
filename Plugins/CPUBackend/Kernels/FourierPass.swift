/// Whether a pass is the first one, or the last one: a type, so that the passes between do not ask.
protocol FourierEnd {
  static var isEnd: Bool { get }
}

enum AtEnd: FourierEnd {
  @inline(__always) static var isEnd: Bool { true }
}

enum WithinPasses: FourierEnd {
  @inline(__always) static var isEnd: Bool { false }
}

/// One pass over lanes: butterflies of `radix` rows each, all of a stride, block by block.
///
/// The first pass reads from the source where the order says, the others what the one before has written; the last one
/// writes to the target.
struct FourierPass<V: FourierVector, First: FourierEnd, Last: FourierEnd> {
  typealias Number = ComplexLanes<V>
  typealias Scalar = V.Scalar

  let radix: Int
  let stride: Int
  let blocks: Int
  let source: UnsafePointer<Scalar>
  let sourceRow: Int
  let sourceIsSplit: Bool
  let sourceIsExchanged: Bool
  let order: UnsafePointer<Int>
  let target: UnsafeMutablePointer<Scalar>
  let targetRow: Int
  let targetIsSplit: Bool
  let targetIsExchanged: Bool
  let scale: V
  let common: UnsafePointer<Scalar>?
  let lanes: UnsafePointer<Scalar>
  let roots: UnsafePointer<Scalar>
  let factors: UnsafePointer<Scalar>
  /// Of radices that are not written out, the sums and differences of a butterfly.
  let terms: UnsafeMutablePointer<Scalar>

  /// Where a butterfly reads and writes, and its factors.
  struct Place {
    let from: UnsafePointer<Scalar>
    let fromStep: Int
    let to: Int
    let factors: UnsafePointer<Scalar>
  }

  @inline(__always) func factor(_ p: UnsafePointer<Scalar>) -> Number {
    Number(V(splat: p[0]), V(splat: p[1]))
  }

  @inline(__always) func read(_ place: Place, _ j: Int) -> Number {
    let p = place.from + j &* place.fromStep
    let a = V.load(p), b = V.load(p + V.width)
    if !First.isEnd {
      let z = Number(a, b)
      return j == 0 ? z : z * factor(place.factors + (2 &* j &- 2))
    }
    if sourceIsSplit { return Number(a, b) }
    let evens = V.evens(a, b), odds = V.odds(a, b)
    return sourceIsExchanged ? Number(odds, evens) : Number(evens, odds)
  }

  @inline(__always) func write(_ place: Place, _ j: Int, _ z: Number) {
    let row = place.to &+ j &* stride
    if !Last.isEnd {
      let p = target + row &* (2 &* V.width)
      z.re.store(p)
      z.im.store(p + V.width)
      return
    }
    let p = target + row &* targetRow
    if targetIsSplit {
      var z = z
      if let common {
        let each = lanes + row &* (2 &* V.width)
        z = z * (Number(V.load(each), V.load(each + V.width)) * factor(common + 2 &* row))
      } else {
        z = z * scale
      }
      z.re.store(p)
      z.im.store(p + V.width)
    } else {
      let scaled = z * scale
      let (a, b) = targetIsExchanged ? (scaled.im, scaled.re) : (scaled.re, scaled.im)
      V.zipLow(a, b).store(p)
      V.zipHigh(a, b).store(p + V.width)
    }
  }

  @inline(__always) func butterflies(_ body: (Place) -> Void) {
    if First.isEnd {
      let step = blocks &* sourceRow
      for block in 0..<blocks {
        body(
          Place(from: source + order[block] &* sourceRow, fromStep: step, to: block &* radix, factors: factors))
      }
    } else {
      let row = 2 &* V.width
      for block in 0..<blocks {
        for p in 0..<stride {
          let at = block &* radix &* stride &+ p
          body(
            Place(
              from: source + at &* row, fromStep: stride &* row, to: at,
              factors: factors + 2 &* p &* (radix &- 1)))
        }
      }
    }
  }

  func run() {
    switch radix {
    case 1: butterflies { write($0, 0, read($0, 0)) }
    case 2: butterflies { two($0) }
    case 3: butterflies { three($0) }
    case 4: butterflies { four($0) }
    case 5: butterflies { five($0) }
    case 8: butterflies { eight($0) }
    default: butterflies { odd($0) }
    }
  }

  @inline(__always) private func two(_ place: Place) {
    let a = read(place, 0), b = read(place, 1)
    write(place, 0, a + b)
    write(place, 1, a - b)
  }

  @inline(__always) private func three(_ place: Place) {
    let a = read(place, 0), b = read(place, 1), c = read(place, 2)
    let sum = b + c, difference = (b - c) * V(splat: 0.8660254037844386)
    write(place, 0, a + sum)
    let middle = a.adding(sum, times: V(splat: -0.5))
    write(place, 1, .minusI(middle, difference))
    write(place, 2, .plusI(middle, difference))
  }

  @inline(__always) private func four(_ place: Place) {
    let a = read(place, 0), b = read(place, 1), c = read(place, 2), d = read(place, 3)
    let (y0, y1, y2, y3) = quarters(a, b, c, d)
    write(place, 0, y0)
    write(place, 1, y1)
    write(place, 2, y2)
    write(place, 3, y3)
  }

  @inline(__always) private func quarters(
    _ a: Number, _ b: Number, _ c: Number, _ d: Number
  ) -> (Number, Number, Number, Number) {
    let e = a + c, f = a - c, g = b + d, h = b - d
    return (e + g, .minusI(f, h), e - g, .plusI(f, h))
  }

  @inline(__always) private func five(_ place: Place) {
    let a = read(place, 0), b = read(place, 1), c = read(place, 2), d = read(place, 3), e = read(place, 4)
    let s1 = b + e, d1 = b - e, s2 = c + d, d2 = c - d
    let c1 = V(splat: 0.30901699437494745), c2 = V(splat: -0.8090169943749475)
    let r1 = V(splat: 0.9510565162951535), r2 = V(splat: 0.5877852522924731)
    write(place, 0, a + s1 + s2)
    let m1 = a.adding(s1, times: c1).adding(s2, times: c2)
    let m2 = a.adding(s1, times: c2).adding(s2, times: c1)
    let n1 = (d1 * r1).adding(d2, times: r2)
    let n2 = (d1 * r2).adding(d2, times: r1.negated())
    write(place, 1, .minusI(m1, n1))
    write(place, 4, .plusI(m1, n1))
    write(place, 2, .minusI(m2, n2))
    write(place, 3, .plusI(m2, n2))
  }

  @inline(__always) private func eight(_ place: Place) {
    let (e0, e1, e2, e3) = quarters(read(place, 0), read(place, 2), read(place, 4), read(place, 6))
    let (o0, o1, o2, o3) = quarters(read(place, 1), read(place, 3), read(place, 5), read(place, 7))
    write(place, 0, e0 + o0)
    write(place, 4, e0 - o0)
    // (1 − i) and (−1 − i), by √½.
    let root = V(splat: 0.7071067811865476), negative = root.negated()
    let t1 = Number(V.add(o1.re, o1.im), V.sub(o1.im, o1.re))
    write(place, 1, e1.adding(t1, times: root))
    write(place, 5, e1.adding(t1, times: negative))
    write(place, 2, .minusI(e2, o2))
    write(place, 6, .plusI(e2, o2))
    let t3 = Number(V.sub(o3.im, o3.re), V.add(o3.re, o3.im))
    write(place, 3, Number(V.fma(t3.re, root, e3.re), V.fma(t3.im, negative, e3.im)))
    write(place, 7, Number(V.fma(t3.re, negative, e3.re), V.fma(t3.im, root, e3.im)))
  }

  /// An odd radix, by the definition of a transform; results j and −j share their products.
  @inline(__always) private func odd(_ place: Place) {
    let half = radix / 2, width = V.width
    let first = read(place, 0)
    var total = first
    for j in 1...half {
      let a = read(place, j), b = read(place, radix &- j)
      let sum = a + b, difference = a - b, p = terms + (j &- 1) &* 4 &* width
      total = total + sum
      sum.re.store(p)
      sum.im.store(p + width)
      difference.re.store(p + 2 &* width)
      difference.im.store(p + 3 &* width)
    }
    for k in 1...half {
      var even = first, odd = Number(V(splat: 0), V(splat: 0))
      var root = 0
      for j in 0..<half {
        root &+= k
        if root >= radix { root &-= radix }
        let p = terms + j &* 4 &* width
        even = even.adding(Number(V.load(p), V.load(p + width)), times: V(splat: roots[2 &* root]))
        odd = odd.adding(
          Number(V.load(p + 2 &* width), V.load(p + 3 &* width)), times: V(splat: roots[2 &* root &+ 1]))
      }
      write(place, k, .plusI(even, odd))
      write(place, radix &- k, .minusI(even, odd))
    }
    write(place, 0, total)
  }
}
