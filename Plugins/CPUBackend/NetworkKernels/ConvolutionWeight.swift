import BackendAPI
import CPUKernelTypes
import CPULanes

// The gradient for the weight: the result's gradient, a matrix of rows by pixels, multiplied by that of windows, pixels
// by taps and channels. The input is copied with its channels last, where a window's line is one run.

let convolutionWeightUnits: ConvolutionKernels.WeightUnits = { sum, plan, partials, low, high in
  switch sum.pointee.type {
  case BP_FLOAT16: units(Float16Format.self, sum.pointee, plan.pointee, partials, low, high)
  case BP_BFLOAT16: units(BFloat16Format.self, sum.pointee, plan.pointee, partials, low, high)
  case BP_FLOAT32: units(Float32Format.self, sum.pointee, plan.pointee, partials, low, high)
  case BP_FLOAT64: units(Float64Format.self, sum.pointee, plan.pointee, partials, low, high)
  default: break
  }
}

let finishConvolutionWeight: ConvolutionKernels.WeightUnits = { sum, plan, partials, low, high in
  switch sum.pointee.type {
  case BP_FLOAT16: finish(Float16Format.self, sum.pointee, plan.pointee, partials, low, high)
  case BP_BFLOAT16: finish(BFloat16Format.self, sum.pointee, plan.pointee, partials, low, high)
  case BP_FLOAT32: finish(Float32Format.self, sum.pointee, plan.pointee, partials, low, high)
  case BP_FLOAT64: finish(Float64Format.self, sum.pointee, plan.pointee, partials, low, high)
  default: break
  }
}

/// The channels, and the blocks, of a unit.
private struct Unit {
  let group: Int
  let channel: Int
  let channels: Int
  let blocks: Range<Int>

  @inline(__always) init(_ sum: ConvolutionSum, _ plan: ConvolutionWeightPlan, _ index: Int) {
    let (whole, part) = index.quotientAndRemainder(dividingBy: plan.parts)
    let (group, channelUnit) = whole.quotientAndRemainder(dividingBy: plan.channelUnits)
    self.group = group
    channel = channelUnit &* plan.channels
    channels = min(plan.channels, sum.channels &- channel)
    let count = plan.blocks.count
    blocks = (count &* part / plan.parts)..<(count &* (part &+ 1) / plan.parts)
  }
}

@inline(__always)
private func units<F: FloatFormat>(
  _: F.Type, _ sum: ConvolutionSum, _ plan: ConvolutionWeightPlan, _ partials: UnsafeMutableRawPointer, _ low: Int,
  _ high: Int
) {
  typealias V = F.Lanes
  typealias T = V.Scalar
  let partials = partials.assumingMemoryBound(to: T.self), size = plan.paddedRows &* plan.paddedColumns
  let pixels = plan.blocks.greatest, strip = V.stripWidth
  withConvolutionSpace(
    V.self, rows: convolutionTileRows, bias: convolutionTileRows, copy: plan.copied(sum),
    strips: plan.isDirect ? pixels : pixels &* plan.paddedColumns,
    // A line of the input, before its channels come last, where it has to be converted.
    result: plan.isDirect ? 0 : plan.channels &* plan.length(sum, columns: plan.blocks.mostColumns),
    offsets: max(pixels, plan.isDirect ? sum.depth : 0),
    pieces: plan.isDirect ? pixels : plan.paddedColumns &+ strip, places: pixels
  ) { space in
    for r in 0..<convolutionTileRows { V(0).storePartial(space.bias + r, 1) }
    for index in low..<high {
      let unit = Unit(sum, plan, index), out = partials + index &* size
      if plan.isDirect || unit.blocks.isEmpty {
        for i in stride(from: 0, to: size, by: V.width) { V(0).store(out + i) }
      }
      for i in unit.blocks {
        if plan.isDirect {
          direct(F.self, sum, plan, unit, plan.blocks[i], out, space)
        } else {
          block(F.self, sum, plan, unit, plan.blocks[i], out, space, adds: i > unit.blocks.lowerBound)
        }
      }
    }
  }
}

@inline(__always)
private func block<F: FloatFormat>(
  _: F.Type, _ sum: ConvolutionSum, _ plan: ConvolutionWeightPlan, _ unit: Unit, _ block: ConvolutionBlock,
  _ out: UnsafeMutablePointer<F.Lanes.Scalar>, _ space: ConvolutionSpace<F.Lanes>, adds: Bool
) {
  typealias V = F.Lanes
  typealias T = V.Scalar
  let strip = V.stripWidth, width = sum.extent[2], channels = unit.channels
  let rows = ConvolutionAxis(count: block.lines, taps: sum.taps[1], step: sum.step[1], spacing: sum.spacing[1])
  let linePitch = plan.length(sum, columns: block.columns) &* channels
  let tapPitch = linePitch &* rows.slots &* rows.length, planePitch = tapPitch &* sum.taps[0]
  copyLast(F.self, sum, plan, unit, block, rows, space)

  // Where the windows of the pixels begin.
  let step = plan.isShared ? sum.step[2] &* channels : channels
  block.runs(0, block.pixels, width: width) { plane, line, column, at, n in
    var offset = plane &* planePitch &+ (line &- block.line) &* linePitch &+ (column &- block.column) &* step
    for i in at..<(at &+ n) {
      space.offsets[i] = offset
      offset &+= step
    }
  }
  // The windows, whose columns are the taps, and in each the channels.
  let columns = sum.tapCount &* channels, depth = block.pixels
  let tapStep = (plan.isShared ? sum.spacing[2] : block.columns) &* channels
  for at in stride(from: 0, to: columns, by: strip) {
    var count = 0, lane = 0
    let wanted = min(strip, columns &- at)
    while lane < wanted {
      let (tap, channel) = (at &+ lane).quotientAndRemainder(dividingBy: channels)
      let (upper, t2) = tap.quotientAndRemainder(dividingBy: sum.taps[2])
      let (t0, t1) = upper.quotientAndRemainder(dividingBy: sum.taps[1])
      let source =
        t0 &* tapPitch &+ (rows.slot(t1) &* rows.length &+ rows.shift(t1)) &* linePitch &+ t2 &* tapStep &+ channel
      let line = tapStep == channels ? (sum.taps[2] &- t2) &* channels : channels
      let length = min(line &- channel, wanted &- lane)
      count = cutRun(V.self, space.pieces, count, source: source, lane: lane, length: length)
      lane &+= length
    }
    packStrip(
      V.self, depth, space.strips + at &* depth, space.copy, space.offsets, space.pieces, count, wanted: wanted,
      isExact: false)
  }
  placesOfStrip(V.self, depth, space.places)
  let gradient = sum.output.data + unit.group &* sum.output.group &* F.size
  // Lines that follow each other are one run.
  let isFlat = sum.extent[1] == 1 || sum.output.axis[1] == width &* sum.output.axis[2]
  let run = isFlat ? sum.plane : width
  var row = 0
  while row < sum.rows {
    let count = panelRows(sum.rows &- row)
    for r in 0..<tileRows(count) {
      let from = gradient + (row &+ min(r, count &- 1)) &* sum.output.channel &* F.size
      let to = (panelIsInTurn ? space.rows : space.panel) + r &* V.panelPitch
      block.runs(0, depth, width: run) { plane, line, column, at, n in
        let offset = sum.offset(sum.output, outer: block.outer &+ plane, line: line, column: column)
        let source = from + offset &* F.size
        if F.isDirect && sum.output.axis[2] == 1 {
          // The last vector is followed by the next run, or by what no tile reads.
          var i = 0
          while i &+ V.width <= n {
            V.load(source + i &* F.size).store(to + (at &+ i))
            i &+= V.width
          }
          if i < n { V.loadPartial(source + i &* F.size, n &- i).store(to + (at &+ i)) }
        } else {
          F.stage(n, source, sum.output.axis[2], to + at)
        }
      }
    }
    if panelIsInTurn {
      packPanel(V.self, rows: count, depth, space.panel, UnsafePointer(space.rows), V.panelPitch)
    }
    for at in stride(from: 0, to: columns, by: strip) {
      convolutionTile(
        V.self, rows: count, wanted: min(strip, columns &- at), depth, space.panel, space.strips + at &* depth,
        UnsafePointer(space.places),
        TileTarget(
          data: out + (row &* plan.paddedColumns &+ at), pitch: plan.paddedColumns, adds: adds,
          bias: UnsafePointer(space.bias), ahead: UnsafePointer(space.bias), aheadPitch: 0))
    }
    row &+= count
  }
}

@inline(__always)
private func turn<V: FloatLanes>(
  _: V.Type, _ rows: Int, _ columns: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int
) {
  if V.width == 16 {
    transposeElements(UInt32.self, rows, columns, out, so, a, sa)
  } else {
    transposeElements(UInt64.self, rows, columns, out, so, a, sa)
  }
}

/// Copies what a block needs of the input with the channels last.
@inline(__always)
private func copyLast<F: FloatFormat>(
  _: F.Type, _ sum: ConvolutionSum, _ plan: ConvolutionWeightPlan, _ unit: Unit, _ block: ConvolutionBlock,
  _ rows: ConvolutionAxis, _ space: ConvolutionSpace<F.Lanes>
) {
  typealias V = F.Lanes
  let input = sum.input, channels = unit.channels, length = plan.length(sum, columns: block.columns)
  let from = input.data + (unit.group &* input.group &+ unit.channel &* input.channel) &* F.size
  var to = space.copy
  @inline(__always) func clear(_ positions: Int) {
    let n = positions &* channels
    for i in stride(from: 0, to: n, by: V.width) { V(0).storePartial(to + i, min(V.width, n &- i)) }
    to += n
  }
  /// Positions first, first + step, … of a line.
  @inline(__always) func copy(_ line: UnsafeRawPointer, first: Int, step: Int, count: Int) {
    let low = first >= 0 ? 0 : min(count, (step &- 1 &- first) / step)
    let left = sum.inputExtent[2] &- first
    let high = left <= 0 ? low : max(low, min(count, (left &+ step &- 1) / step))
    clear(low)
    let n = high &- low
    if n > 0 {
      let source = line + (first &+ low &* step) &* input.axis[2] &* F.size, pitch = step &* input.axis[2]
      if input.channel == 1 {
        for i in 0..<n { F.stage(channels, source + i &* pitch &* F.size, 1, to + i &* channels) }
      } else if channels == 1 {
        F.stage(n, source, pitch, to)
      } else if F.isDirect && pitch == 1 {
        turn(V.self, n, channels, to, channels, source, input.channel)
      } else {
        for c in 0..<channels { F.stage(n, source + c &* input.channel &* F.size, pitch, space.result + c &* n) }
        turn(V.self, n, channels, to, channels, space.result, n)
      }
      to += n &* channels
    }
    clear(count &- high)
  }
  for plane in 0..<block.outers {
    let (n, i) = (block.outer &+ plane).quotientAndRemainder(dividingBy: sum.extent[0])
    for tap in 0..<sum.taps[0] {
      let p0 = i &* sum.step[0] &+ sum.start[0] &+ tap &* sum.spacing[0]
      for slot in 0..<rows.slots {
        for q in 0..<rows.length {
          let p1 = sum.start[1] &+ (block.line &+ q) &* sum.step[1] &+ rows.phase(slot)
          guard p0 >= 0 && p0 < sum.inputExtent[0] && p1 >= 0 && p1 < sum.inputExtent[1] else {
            clear(length)
            continue
          }
          let line = from + (n &* input.batch &+ p0 &* input.axis[0] &+ p1 &* input.axis[1]) &* F.size
          let first = sum.start[2] &+ block.column &* sum.step[2]
          if plan.isShared {
            copy(line, first: first, step: 1, count: length)
          } else {
            for t in 0..<sum.taps[2] {
              copy(line, first: first &+ t &* sum.spacing[2], step: sum.step[2], count: block.columns)
            }
          }
        }
      }
    }
  }
}

/// Few rows and columns: each of their sums is taken over vectors of pixels.
@inline(__always)
private func direct<F: FloatFormat>(
  _: F.Type, _ sum: ConvolutionSum, _ plan: ConvolutionWeightPlan, _ unit: Unit, _ block: ConvolutionBlock,
  _ out: UnsafeMutablePointer<F.Lanes.Scalar>, _ space: ConvolutionSpace<F.Lanes>
) {
  typealias V = F.Lanes
  let width = sum.extent[2], taps = sum.tapCount
  let source = ConvolutionSource<F>(sum, block, group: unit.group, isInPlace: false, copy: space.copy)
  source.copy(group: unit.group, 0, sum.depth)
  source.offsets(0, sum.depth, space.offsets)
  let gradient = sum.output.data + unit.group &* sum.output.group &* F.size
  let isSide = F.isDirect && sum.output.axis[2] == 1
  var runs = 0
  block.runs(0, block.pixels, width: width) { plane, line, column, at, n in
    space.pieces[runs] = Piece(
      source: source.offset(plane: plane, line: line, column: column), lane: at, count: n)
    space.places[runs] = sum.offset(sum.output, outer: block.outer &+ plane, line: line, column: column)
    runs &+= 1
  }
  for row in 0..<sum.rows {
    let from = gradient + row &* sum.output.channel &* F.size
    if !isSide {
      block.runs(0, block.pixels, width: width) { plane, line, column, at, n in
        let offset = sum.offset(sum.output, outer: block.outer &+ plane, line: line, column: column)
        F.stage(n, from + offset &* F.size, sum.output.axis[2], space.strips + at)
      }
    }
    for k in 0..<sum.depth {
      var (a, b, c, d) = (V(0), V(0), V(0), V(0))
      for r in 0..<runs {
        let piece = space.pieces[r], n = piece.count
        let x = source.data + (piece.source &+ space.offsets[k])
        let y =
          isSide
          ? UnsafePointer(from.assumingMemoryBound(to: V.Scalar.self) + space.places[r])
          : UnsafePointer(space.strips + piece.lane)
        var i = 0
        while i &+ 4 &* V.width <= n {
          a = V.fma(V.load(y + i), V.load(x + i), a)
          b = V.fma(V.load(y + (i &+ V.width)), V.load(x + (i &+ V.width)), b)
          c = V.fma(V.load(y + (i &+ 2 &* V.width)), V.load(x + (i &+ 2 &* V.width)), c)
          d = V.fma(V.load(y + (i &+ 3 &* V.width)), V.load(x + (i &+ 3 &* V.width)), d)
          i &+= 4 &* V.width
        }
        if i &+ V.width <= n {
          a = V.fma(V.load(y + i), V.load(x + i), a)
          i &+= V.width
        }
        if i &+ V.width <= n {
          b = V.fma(V.load(y + i), V.load(x + i), b)
          i &+= V.width
        }
        if i &+ V.width <= n {
          c = V.fma(V.load(y + i), V.load(x + i), c)
          i &+= V.width
        }
        if i < n { d = V.fma(V.loadPartial(y + i, n &- i), V.loadPartial(x + i, n &- i), d) }
      }
      // Columns are ordered by tap and channel.
      let (channel, tap) = k.quotientAndRemainder(dividingBy: taps)
      let to = out + (row &* plan.paddedColumns &+ tap &* sum.channels &+ channel)
      let total = V.add(V.add(a, b), V.add(c, d)).total()
      V.add(V(splat: to[0]), V(total)).storePartial(to, 1)
    }
  }
}

/// Adds up the parts of the rows `low ..< high`, counted through all groups, and writes them in the order of the weight.
@inline(__always)
private func finish<F: FloatFormat>(
  _: F.Type, _ sum: ConvolutionSum, _ plan: ConvolutionWeightPlan, _ partials: UnsafeMutableRawPointer, _ low: Int,
  _ high: Int
) {
  typealias V = F.Lanes
  typealias T = V.Scalar
  let partials = partials.assumingMemoryBound(to: T.self), size = plan.paddedRows &* plan.paddedColumns
  let weight = plan.weight, taps = sum.tapCount
  // Where few taps lie one after the other, channels and taps change places in squares.
  let isShort =
    F.self == Float32Format.self && taps <= 16 && weight.channel == taps && weight.axis[2] == 1
    && weight.axis[1] == sum.taps[2] && weight.axis[0] == sum.taps[2] &* sum.taps[1]
  let count = max(plan.paddedColumns, 16 &* plan.channels) &+ 16, size4 = MemoryLayout<T>.size
  withUnsafeTemporaryAllocation(byteCount: count &* size4 &+ 1024 &+ taps &* 8, alignment: 64) { memory in
    let square = memory.baseAddress.unsafelyUnwrapped
    let total = (square + 1024).assumingMemoryBound(to: T.self)
    let offsets = (square + (1024 &+ count &* size4)).assumingMemoryBound(to: Int.self)
    for tap in 0..<taps {
      let (upper, t2) = tap.quotientAndRemainder(dividingBy: sum.taps[2])
      let (t0, t1) = upper.quotientAndRemainder(dividingBy: sum.taps[1])
      offsets[tap] = t0 &* weight.axis[0] &+ t1 &* weight.axis[1] &+ t2 &* weight.axis[2]
    }
    for index in low..<high {
      let (group, row) = index.quotientAndRemainder(dividingBy: sum.rows)
      for channelUnit in 0..<plan.channelUnits {
        let first = (group &* plan.channelUnits &+ channelUnit) &* plan.parts
        let unit = Unit(sum, plan, first), channels = unit.channels
        let from = partials + (first &* size &+ row &* plan.paddedColumns)
        for i in stride(from: 0, to: plan.paddedColumns, by: V.width) {
          var x = V.load(from + i)
          for part in 1..<max(1, plan.parts) { x = V.add(x, V.load(from + (part &* size &+ i))) }
          x.store(total + i)
        }
        let to =
          weight.data
          + (group &* weight.group &+ row &* weight.batch &+ unit.channel &* weight.channel) &* F.size
        var c = 0
        if isShort {
          while c &+ 16 <= channels {
            transposeElements(UInt32.self, 16, 16, square, 16, total + c, channels)
            let target = to + c &* taps &* 4
            for i in 0..<15 where (15 &- i) &* taps >= 16 {
              F32.load(square + i &* 64).store(target + i &* taps &* 4)
            }
            for i in 0..<16 where (15 &- i) &* taps < 16 {
              F32.load(square + i &* 64).storePartial(target + i &* taps &* 4, taps)
            }
            c &+= 16
          }
        }
        while c < channels {
          let target = to + c &* weight.channel &* F.size
          for tap in 0..<taps { F.write(target + offsets[tap] &* F.size, total[tap &* channels &+ c]) }
          c &+= 1
        }
      }
    }
  }
}
