import BackendAPI
import CPUKernelTypes
import CPULanes

// Convolutions as products of the weight by a matrix of windows that is never there as a whole: a block of it is laid
// out, of so many pixels and terms that it stays in the second-level cache, and multiplied by all rows of the weight.

var convolutionKernels: ConvolutionKernels {
  ConvolutionKernels(
    units: convolutionUnits, pack: packWeight, weightUnits: convolutionWeightUnits,
    finishWeight: finishConvolutionWeight, layOut: layOutRows, stripVectors: convolutionTileVectors,
    depth: lanes_have_avx512() != 0 ? ConvolutionPlan.greatestDepth : 288,
    blockElements: lanes_have_avx512() != 0 ? 128 << 10 : 72 << 10,
    packedElements: panelIsInTurn ? 48 << 10 : 0)
}

private let packWeight: ConvolutionKernels.Pack = { sum, plan, out, low, high in
  if sum.pointee.type == BP_FLOAT64 {
    pack(F64.self, sum.pointee, plan.pointee, out, low, high)
  } else {
    pack(F32.self, sum.pointee, plan.pointee, out, low, high)
  }
}

@inline(__always)
private func pack<V: FloatLanes>(
  _: V.Type, _ sum: ConvolutionSum, _ plan: ConvolutionPlan, _ out: UnsafeMutableRawPointer, _ low: Int, _ high: Int
) {
  let terms = sum.depth, passes = plan.panels(sum) / sum.groups, pitch = plan.panelPitch(sum)
  let weight = sum.weight.unsafelyUnwrapped.assumingMemoryBound(to: V.Scalar.self)
  let out = out.assumingMemoryBound(to: V.Scalar.self)
  for panel in low..<high {
    let (group, pass) = panel.quotientAndRemainder(dividingBy: passes)
    let first = pass &* plan.depth
    packInTurn(
      V.self, rows: sum.rows, min(plan.depth, terms &- first), out + panel &* pitch,
      weight + (group &* sum.rows &* terms &+ first), terms)
  }
}

private let convolutionUnits: ConvolutionKernels.Units = { sums, plans, count, low, high in
  switch sums.pointee.type {
  case BP_FLOAT16: units(Float16Format.self, sums, plans, count, low, high)
  case BP_BFLOAT16: units(BFloat16Format.self, sums, plans, count, low, high)
  case BP_FLOAT32: units(Float32Format.self, sums, plans, count, low, high)
  case BP_FLOAT64: units(Float64Format.self, sums, plans, count, low, high)
  default: break
  }
}

private let layOutRows: ConvolutionKernels.LayOut = { type, rows, channels, taps, o, a, row, channel, offsets in
  switch type {
  case BP_FLOAT16: layOut(Float16Format.self, rows, channels, taps, o, a, row, channel, offsets)
  case BP_BFLOAT16: layOut(BFloat16Format.self, rows, channels, taps, o, a, row, channel, offsets)
  case BP_FLOAT32: layOut(Float32Format.self, rows, channels, taps, o, a, row, channel, offsets)
  case BP_FLOAT64: layOut(Float64Format.self, rows, channels, taps, o, a, row, channel, offsets)
  default: break
  }
}

@inline(__always)
private func layOut<F: FloatFormat>(
  _: F.Type, _ rows: Int, _ channels: Int, _ taps: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer,
  _ row: Int, _ channel: Int, _ offsets: UnsafePointer<Int>
) {
  typealias T = F.Lanes.Scalar
  let out = out.assumingMemoryBound(to: T.self)
  if taps == 1 && row == 1 && F.self == Float32Format.self {
    return transposeElements(UInt32.self, rows, channels, out, channels, a + offsets[0] &* F.size, channel)
  }
  var (least, greatest) = (offsets[0], offsets[0])
  for t in 1..<max(1, taps) { (least, greatest) = (min(least, offsets[t]), max(greatest, offsets[t])) }
  // Taps within one vector are put into their order at once, each vector over what was too much of the one before.
  let isShort = lanes_have_permute() != 0 && F.self == Float32Format.self && greatest &- least < 16
  var index = I32()
  if isShort {
    for t in 0..<taps { index[t] = Int32(truncatingIfNeeded: offsets[t] &- least) }
  }
  // Up to here everything may be read.
  let end = row < 0 || channel < 0 ? .min &+ 16 : (rows &- 1) &* row &+ (channels &- 1) &* channel &+ greatest &+ 1
  // In blocks, for what lies side by side along the rows is far apart along the channels, or the other way round; of few
  // channels, whose distance may be one that puts them all in the same place of the cache.
  for r0 in stride(from: 0, to: rows, by: 64) {
    for c0 in stride(from: 0, to: channels, by: 8) {
      let last = min(channels, c0 &+ 8)
      for r in r0..<min(rows, r0 &+ 64) {
        for c in c0..<last {
          let to = out + (r &* channels &+ c) &* taps, from = a + (r &* row &+ c &* channel) &* F.size
          if isShort {
            let x = lanes_permute_f32(
              r &* row &+ c &* channel &+ least <= end &- 16
                ? F32.load(from + least &* 4) : F32.loadPartial(from + least &* 4, greatest &- least &+ 1), index)
            // Whatever is too much is written over by the channels that follow, where so many do.
            if (channels &- c) &* taps >= 16 { x.store(to) } else { x.storePartial(to, taps) }
          } else {
            for t in 0..<taps { to[t] = F.read(from + offsets[t] &* F.size) }
          }
        }
      }
    }
  }
}

/// Work space of one thread.
struct ConvolutionSpace<V: FloatLanes> {
  let panel: UnsafeMutablePointer<V.Scalar>
  /// Where a panel's rows are gathered that do not lie side by side.
  let rows: UnsafeMutablePointer<V.Scalar>
  let edge: UnsafeMutablePointer<V.Scalar>
  let bias: UnsafeMutablePointer<V.Scalar>
  let copy: UnsafeMutablePointer<V.Scalar>
  let strips: UnsafeMutablePointer<V.Scalar>
  let result: UnsafeMutablePointer<V.Scalar>
  let offsets: UnsafeMutablePointer<Int>
  let pieces: UnsafeMutablePointer<Piece>
  let places: UnsafeMutablePointer<Int>
}

/// Calls `body` with space for so many elements of each.
@inline(__always)
func withConvolutionSpace<V: FloatLanes>(
  _: V.Type, rows: Int = 0, edge: Int = convolutionTileRows, bias: Int, copy: Int, strips: Int, result: Int,
  offsets: Int, pieces: Int, places: Int, _ body: (ConvolutionSpace<V>) -> Void
) {
  typealias T = V.Scalar
  let size = MemoryLayout<T>.size
  @inline(__always) func bytes(_ n: Int) -> Int { (n &* size &+ 63) & ~63 }
  let sizes = (
    bytes(convolutionTileRows &* V.panelPitch), bytes(edge &* V.stripWidth), bytes(bias),
    // Vectors are read and written beyond the end.
    bytes(copy &+ 4 &* V.width), bytes(strips &+ V.stripWidth), bytes(result), (offsets &* 8 &+ 63) & ~63,
    pieces &* MemoryLayout<Piece>.stride, places &* 8, bytes(rows &* V.panelPitch)
  )
  let total = sizes.9 &+ sizes.8 &+ sizes.0 &+ sizes.1 &+ sizes.2 &+ sizes.3 &+ sizes.4 &+ sizes.5 &+ sizes.6 &+ sizes.7
  withUnsafeTemporaryAllocation(byteCount: total, alignment: 64) { memory in
    var p = memory.baseAddress.unsafelyUnwrapped
    @inline(__always) func take<U>(_ bytes: Int, _: U.Type) -> UnsafeMutablePointer<U> {
      let q = p.assumingMemoryBound(to: U.self)
      p += bytes
      return q
    }
    body(
      ConvolutionSpace(
        panel: take(sizes.0, T.self), rows: take(sizes.9, T.self), edge: take(sizes.1, T.self),
        bias: take(sizes.2, T.self),
        copy: take(sizes.3, T.self), strips: take(sizes.4, T.self), result: take(sizes.5, T.self),
        offsets: take(sizes.6, Int.self), pieces: take(sizes.7, Piece.self), places: take(sizes.8, Int.self)))
  }
}

@inline(__always)
private func units<F: FloatFormat>(
  _: F.Type, _ sums: UnsafePointer<ConvolutionSum>, _ plans: UnsafePointer<ConvolutionPlan>, _ count: Int, _ low: Int,
  _ high: Int
) {
  typealias V = F.Lanes
  typealias T = V.Scalar
  // What they have in common.
  let sum = sums[0], plan = plans[0]
  let pixels = plan.blocks.greatest
  let strips = (pixels &+ V.stripWidth &- 1) / V.stripWidth
  // What is rounded to a narrow type, or does not lie side by side, is added up beside it.
  let result = plan.isStaged ? ((sum.rows &+ 3) & ~3) &* strips &* V.stripWidth : 0
  var copy = 0, depth = 0
  for i in 0..<count {
    copy = max(copy, plans[i].readsInPlace ? 0 : plans[i].copied(sums[i]))
    depth = max(depth, plans[i].depth)
  }
  let panelRows = plan.isPacked ? max(2, sum.rows) : convolutionTileRows
  withConvolutionSpace(
    V.self, edge: panelRows, bias: sum.rows &+ panelRows, copy: copy,
    strips: plan.isDirect ? 0 : (plan.isPacked ? 1 : strips) &* V.stripWidth &* depth, result: min(count, 2) &* result,
    offsets: 2 &* depth, pieces: V.stripWidth &+ 1, places: strips
  ) { space in
    let perBlock = sum.groups &* plan.parts
    for unit in low..<high {
      let (index, rest) = unit.quotientAndRemainder(dividingBy: perBlock)
      let (group, part) = rest.quotientAndRemainder(dividingBy: plan.parts)
      let fours = (sum.rows &+ 3) / 4
      let rows = (fours &* part / plan.parts &* 4)..<min(sum.rows, fours &* (part &+ 1) / plan.parts &* 4)
      let bias = sum.bias.map { $0.assumingMemoryBound(to: T.self) + group &* sum.rows }
      for r in 0..<(sum.rows &+ panelRows) {
        if let bias, r < sum.rows { space.bias[r] = bias[r] } else { V(0).storePartial(space.bias + r, 1) }
      }
      let block = plan.blocks[index]
      for i in 0..<count {
        let source = ConvolutionSource<F>(
          sums[i], block, group: group, isInPlace: plans[i].readsInPlace, copy: space.copy)
        if plans[i].isDirect {
          direct(source, sums[i], group, space)
          continue
        }
        let staged = space.result + (i & 1) &* result
        blockProduct(source, sums[i], plans[i], group, rows, space, staged)
        if count == 1 && plan.isStaged {
          writeStaged(F.self, sum, block, group, rows, staged)
        } else if i & 1 == 1 {
          writeInTurn(F.self, sums[i &- 1], block, group, rows, space.result, staged)
        }
      }
    }
  }
}

/// Brings a block's results to where they belong.
@inline(__always)
private func writeStaged<F: FloatFormat>(
  _: F.Type, _ sum: ConvolutionSum, _ block: ConvolutionBlock, _ group: Int, _ rows: Range<Int>,
  _ staged: UnsafePointer<F.Lanes.Scalar>
) {
  let out = sum.output.data + group &* sum.output.group &* F.size
  let pitch = paddedPixels(F.Lanes.self, block)
  for row in rows {
    block.runs(0, block.pixels, width: sum.extent[2]) { plane, line, column, at, n in
      let to = sum.offset(sum.output, outer: block.outer &+ plane, line: line, column: column)
      F.unstage(
        n, staged + (row &* pitch &+ at), out + (row &* sum.output.channel &+ to) &* F.size, sum.output.axis[2])
    }
  }
}

/// The same of two sums whose results lie side by side in turn: a line of memory is written as a whole.
@inline(__always)
private func writeInTurn<F: FloatFormat>(
  _: F.Type, _ sum: ConvolutionSum, _ block: ConvolutionBlock, _ group: Int, _ rows: Range<Int>,
  _ even: UnsafePointer<F.Lanes.Scalar>, _ odd: UnsafePointer<F.Lanes.Scalar>
) {
  let out = sum.output.data + group &* sum.output.group &* F.size
  let pitch = paddedPixels(F.Lanes.self, block)
  for row in rows {
    block.runs(0, block.pixels, width: sum.extent[2]) { plane, line, column, at, n in
      let offset = sum.offset(sum.output, outer: block.outer &+ plane, line: line, column: column)
      let to = out + (row &* sum.output.channel &+ offset) &* F.size
      let a = even + (row &* pitch &+ at), b = odd + (row &* pitch &+ at)
      var i = 0
      if F.self == Float32Format.self {
        while i &+ 16 <= n {
          lanes_store_in_turn_f32(to + i &* 8, F32.load(a + i), F32.load(b + i))
          i &+= 16
        }
      }
      while i < n {
        F.write(to + 2 &* i &* F.size, a[i])
        F.write(to + (2 &* i &+ 1) &* F.size, b[i])
        i &+= 1
      }
    }
  }
}

/// Pixels of a block up to whole strips.
@inline(__always) private func paddedPixels<V: FloatLanes>(_: V.Type, _ block: ConvolutionBlock) -> Int {
  (block.pixels &+ V.stripWidth &- 1) / V.stripWidth &* V.stripWidth
}

/// All terms of a block's pixels, for some rows; into `staged` where the plan says so.
@inline(__always)
private func blockProduct<F: FloatFormat>(
  _ source: ConvolutionSource<F>, _ sum: ConvolutionSum, _ plan: ConvolutionPlan, _ group: Int, _ rows: Range<Int>,
  _ space: ConvolutionSpace<F.Lanes>, _ staged: UnsafeMutablePointer<F.Lanes.Scalar>
) {
  typealias V = F.Lanes
  typealias T = V.Scalar
  let block = source.block, width = sum.extent[2], strip = V.stripWidth
  let pixels = block.pixels, terms = sum.depth
  let padded = paddedPixels(V.self, block)
  let out = sum.output.data + group &* sum.output.group &* F.size
  // Whether the pixels of a plane lie side by side.
  let isFlat = F.isDirect && sum.output.axis[2] == 1 && (sum.extent[1] == 1 || sum.output.axis[1] == width)
  // A tile of one vector may read it where it was copied to, if all lanes are of one line. In the input itself, channels
  // may lie at distances that put them all in the same place of the cache.
  let readsCopy = convolutionTileVectors == 1 && !source.isInPlace
  let places = space.offsets + plan.depth
  placesOfStrip(V.self, plan.depth, places)
  var low = 0
  repeat {
    let high = min(terms, low &+ plan.depth), depth = high &- low
    source.copy(group: group, low, high)
    source.offsets(low, high, space.offsets)
    let channel = source.isInPlace ? low / max(1, sum.tapCount) &* sum.input.channel : 0
    @inline(__always) func layOutStrip(_ at: Int, _ to: UnsafeMutablePointer<T>) {
      var count = 0
      block.runs(at, min(strip, pixels &- at), width: width) { plane, line, column, lane, n in
        count = cutRun(
          V.self, space.pieces, count, source: source.offset(plane: plane, line: line, column: column), lane: lane,
          length: n)
      }
      let isRead = readsCopy && count == 1
      space.places[at / strip] = isRead ? space.pieces[0].source : -1
      if isRead { return }
      packStrip(
        V.self, depth, to, source.data + channel, space.offsets, space.pieces, count, wanted: min(strip, pixels &- at),
        isExact: source.isInPlace)
    }
    if !plan.isPacked {
      for at in stride(from: 0, to: pixels, by: strip) { layOutStrip(at, space.strips + at &* depth) }
    }
    let numbers = sum.weight.unsafelyUnwrapped.assumingMemoryBound(to: T.self)
    var packed = numbers
    if plan.isPacked {
      packed += (group &* (plan.panels(sum) / sum.groups) &+ low / plan.depth) &* plan.panelPitch(sum)
    }
    let weight = numbers + (group &* sum.rows &* terms &+ low)
    var row = rows.lowerBound
    while row < rows.upperBound {
      let count = plan.isPacked ? rows.count : panelRows(rows.upperBound &- row)
      let panel = plan.isPacked ? packed : UnsafePointer(space.panel)
      if !plan.isPacked { packPanel(V.self, rows: count, depth, space.panel, weight + row &* terms, terms) }
      let next = row &+ count < rows.upperBound ? row &+ count : row
      // The panel after this one: of the next rows, or of the first ones' next terms.
      let isLast = row &+ count == rows.upperBound
      let ahead = weight + (isLast ? rows.lowerBound &* terms &+ depth : next &* terms)
      let aheadDepth = isLast ? min(terms, high &+ depth) &- high : depth
      let aheadRows = min(convolutionTileRows, isLast ? rows.count : rows.upperBound &- next)
      for at in stride(from: 0, to: pixels, by: strip) {
        if plan.isPacked {
          layOutStrip(at, space.strips)
        } else if panelIsInTurn {
          prefetchPanel(
            V.self, rows: aheadRows, aheadDepth, ahead, terms, part: at / strip, of: (pixels &+ strip &- 1) / strip)
        }
        let wanted = min(strip, pixels &- at)
        let vectors = (wanted &+ V.width &- 1) / V.width
        let place = space.places[at / strip], isRead = place >= 0
        let tile = isRead ? source.data + place : space.strips + (plan.isPacked ? 0 : at &* depth)
        let places = UnsafePointer(isRead ? space.offsets : places)
        var target = TileTarget<T>(
          data: space.edge, pitch: strip, adds: false, bias: UnsafePointer(space.bias + row),
          ahead: at == 0 ? weight + next &* terms : UnsafePointer(space.edge), aheadPitch: at == 0 ? terms : 0)
        if plan.isStaged {
          target.data = staged + (row &* padded &+ at)
          target.pitch = padded
          target.adds = low > 0
          convolutionTile(V.self, rows: count, wanted: wanted, depth, panel, tile, places, target)
          continue
        }
        let data = out.assumingMemoryBound(to: T.self) + row &* sum.output.channel
        let (plane, pixel) = at.quotientAndRemainder(dividingBy: block.span)
        if isFlat && wanted == vectors &* V.width && pixel &+ wanted <= block.span && count == tileRows(count) {
          target.data =
            data + (sum.offset(sum.output, outer: block.outer &+ plane, line: 0, column: 0) &+ block.first &+ pixel)
          target.pitch = sum.output.channel
          target.adds = low > 0
          convolutionTile(V.self, rows: count, wanted: wanted, depth, panel, tile, places, target)
          continue
        }
        if low > 0 { target.bias = UnsafePointer(space.bias + sum.rows) }
        convolutionTile(V.self, rows: count, wanted: wanted, depth, panel, tile, places, target)
        block.runs(at, wanted, width: width) { plane, line, column, lane, n in
          let to = data + sum.offset(sum.output, outer: block.outer &+ plane, line: line, column: column)
          for r in 0..<count {
            copyEdge(
              V.self, n, to + r &* sum.output.channel, sum.output.axis[2], space.edge + (r &* strip &+ lane),
              adds: low > 0)
          }
        }
      }
      row &+= count
    }
    low = high
  } while low < terms
}

/// Brings a run of a tile's row to where it belongs.
@inline(__always)
private func copyEdge<V: FloatLanes>(
  _: V.Type, _ n: Int, _ out: UnsafeMutablePointer<V.Scalar>, _ stride: Int, _ edge: UnsafePointer<V.Scalar>,
  adds: Bool
) {
  if stride == 1 {
    var i = 0
    while i < n {
      let count = min(V.width, n &- i), to = UnsafeMutableRawPointer(out + i)
      let x = V.loadPartial(edge + i, count)
      (adds ? V.add(V.loadPartial(to, count), x) : x).storePartial(to, count)
      i &+= V.width
    }
  } else if adds {
    for i in 0..<n {
      let to = out + i &* stride
      V.add(V(splat: to[0]), V(splat: edge[i])).storePartial(to, 1)
    }
  } else {
    for i in 0..<n { out[i &* stride] = edge[i] }
  }
}

/// Rows that are too few for a tile: for each, the taps of four vectors of pixels at a time.
@inline(__always)
private func direct<F: FloatFormat>(
  _ source: ConvolutionSource<F>, _ sum: ConvolutionSum, _ group: Int, _ space: ConvolutionSpace<F.Lanes>
) {
  typealias V = F.Lanes
  typealias T = V.Scalar
  let block = source.block, width = sum.extent[2], depth = sum.depth
  source.copy(group: group, 0, depth)
  source.offsets(0, depth, space.offsets)
  let out = sum.output.data + group &* sum.output.group &* F.size
  let weight = sum.weight.unsafelyUnwrapped.assumingMemoryBound(to: T.self) + group &* sum.rows &* depth
  let isSide = sum.output.axis[2] == 1
  block.runs(0, block.pixels, width: width) { plane, line, column, _, n in
    let from = source.data + source.offset(plane: plane, line: line, column: column)
    let to = sum.offset(sum.output, outer: block.outer &+ plane, line: line, column: column)
    for row in 0..<sum.rows {
      let w = weight + row &* depth, target = out + (row &* sum.output.channel &+ to) &* F.size
      let bias = V(splat: space.bias[row])
      var i = 0
      while i < n {
        let count = min(4 &* V.width, n &- i)
        var (a, b, c, d) = (bias, bias, bias, bias)
        if source.isInPlace && count < 4 &* V.width {
          // Nothing beyond the end is read.
          for k in 0..<depth {
            let p = from + (space.offsets[k] &+ i), x = V(splat: w[k])
            @inline(__always) func part(_ j: Int) -> V {
              let left = count &- j &* V.width
              return left >= V.width
                ? V.load(p + j &* V.width) : left > 0 ? V.loadPartial(p + j &* V.width, left) : V(0)
            }
            a = V.fma(x, part(0), a)
            b = V.fma(x, part(1), b)
            c = V.fma(x, part(2), c)
            d = V.fma(x, part(3), d)
          }
        } else {
          for k in 0..<depth {
            let p = from + (space.offsets[k] &+ i), x = V(splat: w[k])
            a = V.fma(x, V.load(p), a)
            b = V.fma(x, V.load(p + V.width), b)
            c = V.fma(x, V.load(p + 2 &* V.width), c)
            d = V.fma(x, V.load(p + 3 &* V.width), d)
          }
        }
        @inline(__always) func write(_ p: UnsafeMutableRawPointer, _ j: Int, _ x: V) {
          let left = count &- j &* V.width
          if left >= V.width {
            x.store(p + j &* V.width &* MemoryLayout<T>.size)
          } else if left > 0 {
            x.storePartial(p + j &* V.width &* MemoryLayout<T>.size, left)
          }
        }
        let isStored = isSide && F.isDirect
        let place = isStored ? target + i &* F.size : UnsafeMutableRawPointer(space.edge)
        write(place, 0, a)
        write(place, 1, b)
        write(place, 2, c)
        write(place, 3, d)
        if !isStored { F.unstage(count, space.edge, target + i &* sum.output.axis[2] &* F.size, sum.output.axis[2]) }
        i &+= 4 &* V.width
      }
    }
  }
}
