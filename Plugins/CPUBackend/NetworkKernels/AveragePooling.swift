import BackendAPI
import CPUKernelTypes
import CPULanes

/// Of a row's windows what is counted along it, as many as whole vectors take.
@inline(__always)
private func fillCounts<V: PoolLanes>(_: V.Type, _ s: PoolShape, _ to: UnsafeMutablePointer<V.Scalar>) {
  for e in 0..<s.pooled[2] { to[e] = V.scalar(s.divisor != 0 ? 1 : Double(s.counted(e, 2))) }
  for e in s.pooled[2]..<s.pooled[2] &+ V.width { to[e] = V.scalar(1) }
}

extension PoolShape {
  /// What is counted along the first two axes.
  @inline(__always) fileprivate func countedOfRow(_ d: Int, _ h: Int) -> Double {
    divisor != 0 ? Double(divisor) : Double(counted(d, 0) &* counted(h, 1))
  }
}

@inline(__always)
func averagePool<F: FloatFormat>(
  _: F.Type, _ shape: UnsafePointer<PoolShape>, _ low: Int, _ high: Int, _ out: UnsafeMutableRawPointer,
  _ x: UnsafeRawPointer, _ scratch: UnsafeMutableRawPointer
) where F.Lanes: PoolLanes {
  if shape.pointee.takesChannels { return averageOfChannels(F.self, shape, low, high, out, x, scratch) }
  if shape.pointee.takesWindows { return averageOfWindows(F.self, shape, low, high, out, x, scratch) }
  typealias V = F.Lanes
  let s = shape, width = V.width, count = s.pointee.pooled[2], kernel = s.pointee.kernel[2]
  let rows = PoolRows<F>(s, x, scratch, padding: V.scalar(0))
  let counts = rows.further
  fillCounts(V.self, s.pointee, counts)
  for unit in low..<high {
    let row = PoolRow(unit, s.pointee.pooled, channels: s.pointee.channels)
    let taken = rows.collect(row)
    let ofDepth = s.pointee.taps(row.h, 1), height = ofDepth.end &- ofDepth.first
    let counted = V(s.pointee.countedOfRow(row.d, row.h))
    var e = 0
    while e < count {
      // Sums of sums: no one of them has many terms.
      var sum = V(0), r = 0
      while r < taken {
        var ofPlane = V(0)
        for _ in 0..<height {
          let from = rows.rows[r] + e
          var ofRow = V.load(UnsafeRawPointer(from + rows.taps[0]))
          for t in 1..<max(kernel, 1) { ofRow = V.add(ofRow, V.load(UnsafeRawPointer(from + rows.taps[t]))) }
          ofPlane = V.add(ofPlane, ofRow)
          r &+= 1
        }
        sum = V.add(sum, ofPlane)
      }
      let divisor = V.mul(V.load(UnsafeRawPointer(counts + e)), counted)
      V.div(sum, divisor).store(UnsafeMutableRawPointer(rows.values + e))
      e &+= width
    }
    F.unstage(
      count, rows.values, out + row.offset(s.pointee.pooledStrides) &* F.size, s.pointee.pooledStrides[4])
  }
}

/// Window by window, in float64.
@inline(__always)
private func averageOfWindows<F: FloatFormat>(
  _: F.Type, _ shape: UnsafePointer<PoolShape>, _ low: Int, _ high: Int, _ out: UnsafeMutableRawPointer,
  _ x: UnsafeRawPointer, _ scratch: UnsafeMutableRawPointer
) where F.Lanes: PoolLanes {
  typealias V = F.Lanes
  let s = shape.pointee
  let plain = scratch.assumingMemoryBound(to: V.Scalar.self)
  let isDirect = F.isDirect && s.wholeStrides[4] == 1
  for unit in low..<high {
    let row = PoolRow(unit, s.pooled, channels: s.channels)
    let plane = x + (row.image &* s.wholeStrides[0] &+ row.channel &* s.wholeStrides[1]) &* F.size
    let (d0, d1) = s.taps(row.d, 0), (h0, h1) = s.taps(row.h, 1)
    let counted = s.countedOfRow(row.d, row.h)
    for e in 0..<s.pooled[2] {
      let (w0, w1) = s.taps(e, 2), n = w1 &- w0
      var sum = 0.0
      for td in d0..<max(d0, d1) {
        let d = row.d &* s.stride[0] &- s.low[0] &+ td
        for th in h0..<max(h0, h1) {
          let h = row.h &* s.stride[1] &- s.low[1] &+ th
          let w = e &* s.stride[2] &- s.low[2] &+ w0
          let from = plane + (d &* s.wholeStrides[2] &+ h &* s.wholeStrides[3] &+ w &* s.wholeStrides[4]) &* F.size
          if isDirect {
            sum += V.sum(n, UnsafePointer(from.assumingMemoryBound(to: V.Scalar.self)))
          } else {
            F.stage(n, from, s.wholeStrides[4], plain)
            sum += V.sum(n, plain)
          }
        }
      }
      let ofRow = s.divisor != 0 ? 1 : Double(s.counted(e, 2))
      F.write(
        out + (row.offset(s.pooledStrides) &+ e &* s.pooledStrides[4]) &* F.size, V.scalar(sum / (counted * ofRow)))
    }
  }
}

/// All channels of a row of windows, vectors of channels at a time.
@inline(__always)
private func averageOfChannels<F: FloatFormat>(
  _: F.Type, _ shape: UnsafePointer<PoolShape>, _ low: Int, _ high: Int, _ out: UnsafeMutableRawPointer,
  _ x: UnsafeRawPointer, _ scratch: UnsafeMutableRawPointer
) where F.Lanes: PoolLanes {
  typealias V = F.Lanes
  let s = shape.pointee, width = V.width, strides = s.wholeStrides
  for unit in low..<high {
    let row = PoolRow(unit, s.pooled, channels: 1)
    let image = x + row.image &* strides[0] &* F.size
    let (d0, d1) = s.taps(row.d, 0), (h0, h1) = s.taps(row.h, 1)
    let counted = s.countedOfRow(row.d, row.h)
    for e in 0..<s.pooled[2] {
      let (w0, w1) = s.taps(e, 2)
      let divisor = V(s.divisor != 0 ? counted : counted * Double(s.counted(e, 2)))
      let target = out + (row.offset(s.pooledStrides) &+ e &* s.pooledStrides[4]) &* F.size
      var c = 0
      while c < s.channels {
        let n = min(width, s.channels &- c)
        var sum = V(0)
        for td in d0..<max(d0, d1) {
          let d = row.d &* s.stride[0] &- s.low[0] &+ td
          var ofPlane = V(0)
          for th in h0..<max(h0, h1) {
            let h = row.h &* s.stride[1] &- s.low[1] &+ th
            var ofRow = V(0)
            for tw in w0..<max(w0, w1) {
              let w = e &* s.stride[2] &- s.low[2] &+ tw
              let from = image + (d &* strides[2] &+ h &* strides[3] &+ w &* strides[4] &+ c) &* F.size
              ofRow = V.add(ofRow, n == width ? V.load(from) : V.loadPartial(from, n))
            }
            ofPlane = V.add(ofPlane, ofRow)
          }
          sum = V.add(sum, ofPlane)
        }
        let result = V.div(sum, divisor)
        if n == width { result.store(target + c &* F.size) } else { result.storePartial(target + c &* F.size, n) }
        c &+= width
      }
    }
  }
}

// MARK: - The gradient

@inline(__always)
func averagePoolBackward<F: FloatFormat>(
  _: F.Type, _ shape: UnsafePointer<PoolShape>, _ low: Int, _ high: Int, _ out: UnsafeMutableRawPointer,
  _ g: UnsafeRawPointer, _ scratch: UnsafeMutableRawPointer
) where F.Lanes: PoolLanes {
  if shape.pointee.takesChannels { return averageBackwardOfChannels(F.self, shape, low, high, out, g) }
  typealias V = F.Lanes
  typealias Scalar = V.Scalar
  let s = shape.pointee, width = V.width, count = s.pooled[2], kernel = min(s.kernel[2], s.whole[2] &+ s.low[2])
  let stride = s.stride[2], extent = s.whole[2], isOne = count == 1
  let row = (max(extent, count) &+ 2 &* width &+ 15) & ~15
  let counts = scratch.assumingMemoryBound(to: Scalar.self), plain = counts + row
  // The row of windows has zeros before and behind, for as many as a kernel reaches.
  let reach = s.reach
  let room = (count &+ 2 &* reach &+ 4 &* width &+ 15) & ~15
  let padded = plain + row, results = padded + room
  let sums = padded + reach
  fillCounts(V.self, s, counts)
  for i in 0..<room { padded[i] = V.scalar(0) }
  let gs = s.pooledStrides, ws = s.wholeStrides
  /// Elements of the padded row that a phase has, and how many phases there are.
  let phaseLength = (extent &+ s.low[2]) / stride &+ 1
  for unit in low..<high {
    let at = PoolRow(unit, s.whole, channels: s.channels)
    let target = out + at.offset(ws) &* F.size
    let plane = g + (at.image &* gs[0] &+ at.channel &* gs[1]) &* F.size
    let (d0, d1) = s.holders(at.d, 0), (h0, h1) = s.holders(at.h, 1)
    var e = 0
    while e < count {
      V(0).store(UnsafeMutableRawPointer(sums + e))
      e &+= width
    }
    for d in d0..<max(d0, d1) {
      for h in h0..<max(h0, h1) {
        let from = plane + (d &* gs[2] &+ h &* gs[3]) &* F.size
        F.stage(count, from, gs[4], plain)
        let counted = V(s.countedOfRow(d, h))
        e = 0
        while e < count {
          let share = V.div(V.load(UnsafeRawPointer(plain + e)), V.mul(V.load(UnsafeRawPointer(counts + e)), counted))
          V.add(V.load(UnsafeRawPointer(sums + e)), share).store(UnsafeMutableRawPointer(sums + e))
          e &+= width
        }
      }
    }
    // What whole vectors have left behind the last window.
    for i in count..<count &+ width { sums[i] = V.scalar(0) }
    if isOne {
      let first = max(0, 0 &- s.low[2]), end = min(extent, kernel &- s.low[2])
      for i in 0..<extent { results[i] = i >= first && i < end ? sums[0] : V.scalar(0) }
      F.unstage(extent, results, target, ws[4])
      continue
    }
    // Position w + low = j * stride + phase lies in the windows j, j - 1, … whose tap phase, phase + stride, … it is.
    for phase in 0..<stride {
      let w0 = phase &- s.low[2], steps = phase < kernel ? (kernel &- 1 &- phase) / stride &+ 1 : 0
      var j = w0 < 0 ? (stride &- 1 &- w0) / stride : 0
      let end = min(phaseLength, (extent &- w0 &+ stride &- 1) / stride)
      if w0 &+ j &* stride >= extent { continue }
      while j < end {
        let n = min(width, end &- j)
        var sum = V(0)
        // Windows behind the last one are zeros, of which only so many are there.
        let last = count &+ reach
        for m in 0..<steps where j &- m < last { sum = V.add(sum, V.load(UnsafeRawPointer(sums + (j &- m)))) }
        let w = w0 &+ j &* stride
        if stride == 1 {
          if n == width {
            sum.store(UnsafeMutableRawPointer(results + w))
          } else {
            sum.storePartial(UnsafeMutableRawPointer(results + w), n)
          }
        } else {
          sum.store(UnsafeMutableRawPointer(plain))
          for i in 0..<n { results[w &+ i &* stride] = plain[i] }
        }
        j &+= width
      }
    }
    F.unstage(extent, results, target, ws[4])
  }
}

@inline(__always)
private func averageBackwardOfChannels<F: FloatFormat>(
  _: F.Type, _ shape: UnsafePointer<PoolShape>, _ low: Int, _ high: Int, _ out: UnsafeMutableRawPointer,
  _ g: UnsafeRawPointer
) where F.Lanes: PoolLanes {
  typealias V = F.Lanes
  let s = shape.pointee, width = V.width, gs = s.pooledStrides
  for unit in low..<high {
    let row = PoolRow(unit, s.whole, channels: 1)
    let image = g + row.image &* gs[0] &* F.size
    let (d0, d1) = s.holders(row.d, 0), (h0, h1) = s.holders(row.h, 1)
    for w in 0..<s.whole[2] {
      let (w0, w1) = s.holders(w, 2)
      let target = out + (row.offset(s.wholeStrides) &+ w &* s.wholeStrides[4]) &* F.size
      var c = 0
      while c < s.channels {
        let n = min(width, s.channels &- c)
        var sum = V(0)
        for d in d0..<max(d0, d1) {
          for h in h0..<max(h0, h1) {
            let counted = s.countedOfRow(d, h)
            for e in w0..<max(w0, w1) {
              let from = image + (d &* gs[2] &+ h &* gs[3] &+ e &* gs[4] &+ c) &* F.size
              let divisor = V(s.divisor != 0 ? counted : counted * Double(s.counted(e, 2)))
              sum = V.add(sum, V.div(n == width ? V.load(from) : V.loadPartial(from, n), divisor))
            }
          }
        }
        if n == width { sum.store(target + c &* F.size) } else { sum.storePartial(target + c &* F.size, n) }
        c &+= width
      }
    }
  }
}
