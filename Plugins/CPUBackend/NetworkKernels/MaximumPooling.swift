import BackendAPI
import CPUKernelTypes
import CPULanes

/// The greater of each lane, or NaN, of the first of equals; and its place.
@inline(__always)
private func keepGreater<V: PoolLanes>(_ best: inout V, _ place: inout V, _ x: V, _ at: V) {
  let isGreater = V.less(best, x), isNumber = V.ordered(x), wasNumber = V.ordered(best)
  place = V.select(wasNumber, V.select(isGreater, at, V.select(isNumber, place, at)), place)
  best = V.select(wasNumber, V.select(isGreater, x, V.select(isNumber, best, x)), best)
}

@inline(__always)
func maxPool<F: FloatFormat>(
  _: F.Type, _ shape: UnsafePointer<PoolShape>, _ low: Int, _ high: Int, _ out: UnsafeMutableRawPointer,
  _ indices: UnsafeMutableRawPointer?, _ x: UnsafeRawPointer, _ scratch: UnsafeMutableRawPointer
) where F.Lanes: PoolLanes {
  if shape.pointee.takesChannels { return maxOfChannels(F.self, shape, low, high, out, indices, x, scratch) }
  if shape.pointee.takesWindows { return maxOfWindows(F.self, shape, low, high, out, indices, x, scratch) }
  typealias V = F.Lanes
  let s = shape, width = V.width, count = s.pointee.pooled[2], kernel = s.pointee.kernel[2]
  let pooledStrides = s.pointee.pooledStrides, indexStrides = s.pointee.indexStrides
  let least = V(-Double.infinity)
  let isPaired =
    F.isDirect && kernel == 2 && s.pointee.stride[2] == 2 && s.pointee.dilation[2] == 1 && s.pointee.low[2] == 0
    && 2 &* count <= s.pointee.whole[2] && s.pointee.wholeStrides[4] == 1
  let rows = PoolRows<F>(s, x, scratch, padding: V.scalar(-Double.infinity))
  // The place of the first tap of each window that lies in the row: only at the row's edge another one than the first.
  let firsts = rows.further
  if indices != nil {
    for e in 0..<count {
      V.places(s.pointee.taps(e, 2).first &* s.pointee.dilation[2]).storePartial(UnsafeMutableRawPointer(firsts + e), 1)
    }
  }
  for unit in low..<high {
    let row = PoolRow(unit, s.pointee.pooled, channels: s.pointee.channels)
    let target = out + row.offset(pooledStrides) &* F.size
    if isPaired {
      pairedRow(F.self, rows, row, count, indices == nil)
    } else {
      let taken = rows.collect(row)
      var e = 0
      while e < count {
        var best = least
        if indices == nil {
          for r in 0..<taken {
            let from = rows.rows[r] + e
            for t in 0..<kernel { best = V.maximum(best, V.load(UnsafeRawPointer(from + rows.taps[t]))) }
          }
        } else {
          var place = V.addingPlaces(V.load(UnsafeRawPointer(firsts + e)), V.places(rows.offsets[0]))
          for r in 0..<taken {
            let from = rows.rows[r] + e
            for t in 0..<kernel {
              keepGreater(
                &best, &place, V.load(UnsafeRawPointer(from + rows.taps[t])),
                V.places(rows.offsets[r] &+ t &* s.pointee.dilation[2]))
            }
          }
          place.store(UnsafeMutableRawPointer(rows.places + e))
        }
        best.store(UnsafeMutableRawPointer(rows.values + e))
        e &+= width
      }
    }
    F.unstage(count, rows.values, target, pooledStrides[4])
    guard let indices else { continue }
    let to = indices.assumingMemoryBound(to: Int64.self) + row.offset(indexStrides)
    let base =
      ((row.d &* s.pointee.stride[0] &- s.pointee.low[0]) &* s.pointee.whole[1]
        &+ row.h &* s.pointee.stride[1] &- s.pointee.low[1]) &* s.pointee.whole[2] &- s.pointee.low[2]
    let step = s.pointee.stride[2]
    if indexStrides[4] == 1 {
      for e in 0..<count { to[e] = Int64(base &+ e &* step &+ V.place(rows.places + e)) }
    } else {
      for e in 0..<count { to[e &* indexStrides[4]] = Int64(base &+ e &* step &+ V.place(rows.places + e)) }
    }
  }
}

/// Windows of two neighbours, which are taken apart on the way from memory.
@inline(__always)
private func pairedRow<F: FloatFormat>(
  _: F.Type, _ rows: PoolRows<F>, _ row: PoolRow, _ count: Int, _ valuesAlone: Bool
)
where F.Lanes: PoolLanes {
  typealias V = F.Lanes
  let s = rows.shape, width = V.width, strides = s.pointee.wholeStrides
  let (d0, d1) = s.pointee.taps(row.d, 0), (h0, h1) = s.pointee.taps(row.h, 1)
  let plane = rows.x + (row.image &* strides[0] &+ row.channel &* strides[1]) &* F.size
  var e = 0
  while e < count {
    // The last vector overlaps the one before it, where there is one.
    let at = count >= width ? min(e, count &- width) : 0, n = 2 &* min(width, count &- at)
    var best = V(-Double.infinity), place = V.places(0)
    var isFirst = true
    for td in d0..<max(d0, d1) {
      let d = row.d &* s.pointee.stride[0] &- s.pointee.low[0] &+ td &* s.pointee.dilation[0]
      for th in h0..<max(h0, h1) {
        let h = row.h &* s.pointee.stride[1] &- s.pointee.low[1] &+ th &* s.pointee.dilation[1]
        let from = plane + (d &* strides[2] &+ h &* strides[3] &+ 2 &* at) &* F.size
        let a: V, b: V
        if n == 2 &* width {
          (a, b) = (V.load(from), V.load(from + width &* F.size))
        } else {
          a = n >= width ? V.load(from) : V.loadPartial(from, n)
          b = n > width ? V.loadPartial(from + width &* F.size, n &- width) : a
        }
        let even = V.evens(a, b), odd = V.odds(a, b)
        if valuesAlone {
          best = V.maximum(best, V.maximum(even, odd))
        } else {
          let offset =
            (td &* s.pointee.dilation[0] &* s.pointee.whole[1] &+ th &* s.pointee.dilation[1]) &* s.pointee.whole[2]
          if isFirst { (best, place, isFirst) = (even, V.places(offset), false) }
          keepGreater(&best, &place, even, V.places(offset))
          keepGreater(&best, &place, odd, V.places(offset &+ 1))
        }
      }
    }
    best.store(UnsafeMutableRawPointer(rows.values + at))
    if !valuesAlone { place.store(UnsafeMutableRawPointer(rows.places + at)) }
    e &+= width
  }
}

/// Window by window, in two looks: for the greatest element, and for where it is.
@inline(__always)
private func maxOfWindows<F: FloatFormat>(
  _: F.Type, _ shape: UnsafePointer<PoolShape>, _ low: Int, _ high: Int, _ out: UnsafeMutableRawPointer,
  _ indices: UnsafeMutableRawPointer?, _ x: UnsafeRawPointer, _ scratch: UnsafeMutableRawPointer
) where F.Lanes: PoolLanes {
  typealias V = F.Lanes
  let s = shape.pointee, width = V.width, step = s.dilation[2]
  let plain = scratch.assumingMemoryBound(to: V.Scalar.self)
  let isDirect = F.isDirect && s.wholeStrides[4] == 1 && step == 1
  for unit in low..<high {
    let row = PoolRow(unit, s.pooled, channels: s.channels)
    let plane = x + (row.image &* s.wholeStrides[0] &+ row.channel &* s.wholeStrides[1]) &* F.size
    let (d0, d1) = s.taps(row.d, 0), (h0, h1) = s.taps(row.h, 1)
    for e in 0..<s.pooled[2] {
      let (w0, w1) = s.taps(e, 2), n = w1 &- w0
      let firstColumn = e &* s.stride[2] &- s.low[2] &+ w0 &* step
      var greatest = -Double.infinity
      var (best, hasNaN, isFirst) = (0, false, true)
      for td in d0..<max(d0, d1) {
        let d = row.d &* s.stride[0] &- s.low[0] &+ td &* s.dilation[0]
        for th in h0..<max(h0, h1) where !hasNaN {
          let h = row.h &* s.stride[1] &- s.low[1] &+ th &* s.dilation[1]
          let from =
            plane + (d &* s.wholeStrides[2] &+ h &* s.wholeStrides[3] &+ firstColumn &* s.wholeStrides[4]) &* F.size
          var run = UnsafePointer(plain)
          if isDirect {
            run = UnsafePointer(from.assumingMemoryBound(to: V.Scalar.self))
          } else {
            F.stage(n, from, s.wholeStrides[4] &* step, plain)
          }
          var lanes = V(-Double.infinity)
          var i = 0
          while i &+ width <= n {
            lanes = V.maximum(lanes, V.load(UnsafeRawPointer(run + i)))
            i &+= width
          }
          var ofRow = -Double.infinity
          hasNaN = lanes.hasNaN
          if !hasNaN { ofRow = lanes.extreme(greatest: true) }
          while i < n {
            let value = V.read(UnsafeRawPointer(run + i))
            if value != value { hasNaN = true }
            if value > ofRow { ofRow = value }
            i &+= 1
          }
          // The first row of all that has the greatest, and the first place in it.
          if hasNaN || ofRow > greatest || isFirst {
            var j = 0
            while j < n {
              let value = V.read(UnsafeRawPointer(run + j))
              if hasNaN ? value != value : value == ofRow { break }
              j &+= 1
            }
            best = (d &* s.whole[1] &+ h) &* s.whole[2] &+ firstColumn &+ min(j, max(n &- 1, 0)) &* step
            (greatest, isFirst) = (ofRow, false)
          }
        }
      }
      // The element itself, with its bits.
      let (line, column) = best.quotientAndRemainder(dividingBy: s.whole[2])
      let (d, h) = line.quotientAndRemainder(dividingBy: s.whole[1])
      let from = plane + (d &* s.wholeStrides[2] &+ h &* s.wholeStrides[3] &+ column &* s.wholeStrides[4]) &* F.size
      (out + (row.offset(s.pooledStrides) &+ e &* s.pooledStrides[4]) &* F.size).copyMemory(
        from: from, byteCount: F.size)
      if let indices {
        indices.storeBytes(
          of: Int64(best), toByteOffset: (row.offset(s.indexStrides) &+ e &* s.indexStrides[4]) &* 8, as: Int64.self)
      }
    }
  }
}

/// All channels of a row of windows, vectors of channels at a time.
@inline(__always)
private func maxOfChannels<F: FloatFormat>(
  _: F.Type, _ shape: UnsafePointer<PoolShape>, _ low: Int, _ high: Int, _ out: UnsafeMutableRawPointer,
  _ indices: UnsafeMutableRawPointer?, _ x: UnsafeRawPointer, _ scratch: UnsafeMutableRawPointer
) where F.Lanes: PoolLanes {
  typealias V = F.Lanes
  let s = shape.pointee, width = V.width
  let taps = s.windowRows &* min(s.kernel[2], s.whole[2])
  let offsets = scratch.assumingMemoryBound(to: Int.self), places = offsets + taps
  withUnsafeTemporaryAllocation(byteCount: 64, alignment: 64) { lanes in
    let placed = lanes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: V.Scalar.self)
    for unit in low..<high {
      let row = PoolRow(unit, s.pooled, channels: 1)
      let image = x + row.image &* s.wholeStrides[0] &* F.size
      let (d0, d1) = s.taps(row.d, 0), (h0, h1) = s.taps(row.h, 1)
      for e in 0..<s.pooled[2] {
        let (w0, w1) = s.taps(e, 2)
        var count = 0
        for td in d0..<max(d0, d1) {
          let d = row.d &* s.stride[0] &- s.low[0] &+ td &* s.dilation[0]
          for th in h0..<max(h0, h1) {
            let h = row.h &* s.stride[1] &- s.low[1] &+ th &* s.dilation[1]
            for tw in w0..<max(w0, w1) {
              let w = e &* s.stride[2] &- s.low[2] &+ tw &* s.dilation[2]
              offsets[count] = (d &* s.wholeStrides[2] &+ h &* s.wholeStrides[3] &+ w &* s.wholeStrides[4]) &* F.size
              places[count] = (d &* s.whole[1] &+ h) &* s.whole[2] &+ w
              count &+= 1
            }
          }
        }
        let target = out + (row.offset(s.pooledStrides) &+ e &* s.pooledStrides[4]) &* F.size
        let offset = row.offset(s.indexStrides) &+ e &* s.indexStrides[4]
        var c = 0
        while c < s.channels {
          let n = min(width, s.channels &- c), from = image + c &* F.size
          @inline(__always) func load(_ i: Int) -> V {
            n == width ? V.load(from + offsets[i]) : V.loadPartial(from + offsets[i], n)
          }
          var best = load(0), place = V.places(0)
          if indices == nil {
            for i in 1..<max(1, count) { best = V.maximum(best, load(i)) }
          } else {
            for i in 1..<max(1, count) { keepGreater(&best, &place, load(i), V.places(i)) }
          }
          if n == width { best.store(target + c &* F.size) } else { best.storePartial(target + c &* F.size, n) }
          if let indices {
            place.store(UnsafeMutableRawPointer(placed))
            let to = indices.assumingMemoryBound(to: Int64.self) + (offset &+ c)
            for i in 0..<n { to[i] = Int64(places[V.place(placed + i)]) }
          }
          c &+= width
        }
      }
    }
  }
}

/// The gradient: each element of `g` is added where its index says.
@inline(__always)
func scatterPool<F: FloatFormat>(
  _: F.Type, _ shape: UnsafePointer<PoolShape>, _ image: Int, _ low: Int, _ high: Int,
  _ out: UnsafeMutableRawPointer, _ step: Int, _ g: UnsafeRawPointer, _ indices: UnsafeRawPointer,
  _ scratch: UnsafeMutableRawPointer?, _ stray: UnsafeMutablePointer<Int64>
) -> Bool where F.Lanes: PoolLanes, F.Lanes.Scalar: BinaryFloatingPoint {
  typealias Scalar = F.Lanes.Scalar
  let s = shape.pointee, size = s.planeSize
  let (gs, xs, ws) = (s.pooledStrides, s.indexStrides, s.wholeStrides)
  let places = indices.assumingMemoryBound(to: Int64.self) + image &* xs[0]
  // Channels side by side are taken together, and so are the elements of a plane otherwise.
  let isAbreast = scratch == nil && s.takesChannels
  let group = isAbreast ? high &- low : 1
  for c in stride(from: low, to: high, by: group) {
    let to =
      scratch?.assumingMemoryBound(to: Scalar.self)
      ?? (out + (image &* ws[0] &+ c &* ws[1]) &* F.size).assumingMemoryBound(to: Scalar.self)
    let pitch = scratch == nil ? step : 1
    if pitch == 1 && group == 1 {
      for i in 0..<size { to[i] = 0 }
    } else {
      for i in 0..<size { for j in 0..<group { to[i &* pitch &+ j &* ws[1]] = 0 } }
    }
    for d in 0..<s.pooled[0] {
      for h in 0..<s.pooled[1] {
        let from = g + (image &* gs[0] &+ c &* gs[1] &+ d &* gs[2] &+ h &* gs[3]) &* F.size
        let of = places + (c &* xs[1] &+ d &* xs[2] &+ h &* xs[3])
        for w in 0..<s.pooled[2] {
          for j in 0..<group {
            let place = of[w &* xs[4] &+ j &* xs[1]]
            if UInt64(bitPattern: place) >= UInt64(size) {
              stray.pointee = place
              return false
            }
            let value = F.read(from + (w &* gs[4] &+ j &* gs[1]) &* F.size)
            to[Int(truncatingIfNeeded: place) &* pitch &+ j &* ws[1]] += value
          }
        }
      }
    }
    guard let scratch else { continue }
    let rows = scratch.assumingMemoryBound(to: Scalar.self)
    for d in 0..<s.whole[0] {
      for h in 0..<s.whole[1] {
        F.unstage(
          s.whole[2], rows + (d &* s.whole[1] &+ h) &* s.whole[2],
          out + (image &* ws[0] &+ c &* ws[1] &+ d &* ws[2] &+ h &* ws[3]) &* F.size, ws[4])
      }
    }
  }
  return true
}
