import BackendAPI
import CPUKernelTypes
import CPULanes

/// The part of the input that a block needs, with zeros where it is not defined, in the numbers it is computed with; or
/// the input itself, where nothing has to be done to it.
struct ConvolutionSource<F: FloatFormat> {
  typealias Scalar = F.Lanes.Scalar

  let sum: ConvolutionSum
  let block: ConvolutionBlock
  let layout: ConvolutionLayout
  let isInPlace: Bool
  let data: UnsafeMutablePointer<Scalar>

  @inline(__always)
  init(
    _ sum: ConvolutionSum, _ block: ConvolutionBlock, group: Int, isInPlace: Bool, copy: UnsafeMutablePointer<Scalar>
  ) {
    self.sum = sum
    self.block = block
    self.isInPlace = isInPlace
    layout = ConvolutionLayout(sum, outers: block.outers, lines: block.lines, columns: block.columns)
    if isInPlace {
      let from = sum.input.data.assumingMemoryBound(to: Scalar.self) + group &* sum.input.group
      let a = sum.input.axis
      data = from + (sum.start[0] &* a[0] &+ sum.start[1] &* a[1] &+ sum.start[2] &* a[2])
    } else {
      data = copy
    }
  }

  /// Where the first tap of a pixel lies.
  @inline(__always) func offset(plane: Int, line: Int, column: Int) -> Int {
    if isInPlace {
      let (n, i) = (block.outer &+ plane).quotientAndRemainder(dividingBy: sum.extent[0])
      let a = sum.input.axis
      return n &* sum.input.batch &+ i &* sum.step[0] &* a[0] &+ line &* sum.step[1] &* a[1] &+ column
    }
    return plane &* layout.outerPitch &+ (line &- block.line) &* layout.rowPitch &+ (column &- block.column)
  }

  /// Where the terms `low ..< high` of a sum lie, relative to the first tap of the first channel that is copied.
  @inline(__always) func offsets(_ low: Int, _ high: Int, _ offsets: UnsafeMutablePointer<Int>) {
    let (t1, t2) = (sum.taps[1], sum.taps[2])
    var channel = 0, tap = low % sum.tapCount
    var k2 = tap % t2, k1 = tap / t2 % t1, k0 = tap / t2 / t1
    let channelPitch = isInPlace ? sum.input.channel : layout.channelPitch
    for k in low..<high {
      var at = channel &* channelPitch
      if isInPlace {
        at &+= k0 &* sum.spacing[0] &* sum.input.axis[0] &+ k1 &* sum.spacing[1] &* sum.input.axis[1]
        at &+= k2 &* sum.spacing[2] &* sum.input.axis[2]
      } else {
        at &+= k0 &* layout.tapPitch
        at &+= (layout.rows.slot(k1) &* layout.rows.length &+ layout.rows.shift(k1)) &* layout.rowPitch
        at &+= layout.columns.slot(k2) &* layout.columns.length &+ layout.columns.shift(k2)
      }
      offsets[k &- low] = at
      k2 &+= 1
      if k2 == t2 {
        k2 = 0
        k1 &+= 1
        if k1 == t1 {
          k1 = 0
          k0 &+= 1
        }
      }
      tap &+= 1
      if tap == sum.tapCount {
        tap = 0
        k0 = 0
        channel &+= 1
      }
    }
  }

  /// Copies what the terms `low ..< high` need.
  @inline(__always) func copy(group: Int, _ low: Int, _ high: Int) {
    if isInPlace || low == high { return }
    let input = sum.input
    let (firstChannel, lastChannel) = (low / sum.tapCount, (high &- 1) / sum.tapCount)
    for channel in firstChannel...lastChannel {
      var to = data + (channel &- firstChannel) &* layout.channelPitch
      let from = input.data + (group &* input.group &+ channel &* input.channel) &* F.size
      for plane in 0..<block.outers {
        let (n, i) = (block.outer &+ plane).quotientAndRemainder(dividingBy: sum.extent[0])
        for tap in 0..<sum.taps[0] {
          let position = i &* sum.step[0] &+ sum.start[0] &+ tap &* sum.spacing[0]
          if position >= 0 && position < sum.inputExtent[0] {
            copyPlane(from + (n &* input.batch &+ position &* input.axis[0]) &* F.size, to)
          } else {
            clear(to, layout.tapPitch)
          }
          to += layout.tapPitch
        }
      }
    }
  }

  @inline(__always) private func copyPlane(_ from: UnsafeRawPointer, _ plane: UnsafeMutablePointer<Scalar>) {
    let rows = layout.rows, columns = layout.columns
    var to = plane
    for slot in 0..<rows.slots {
      let first = sum.start[1] &+ block.line &* sum.step[1] &+ rows.phase(slot)
      for q in 0..<rows.length {
        let position = first &+ q &* sum.step[1]
        if position >= 0 && position < sum.inputExtent[1] {
          copyLine(from + position &* sum.input.axis[1] &* F.size, to, columns)
        } else {
          clear(to, layout.rowPitch)
        }
        to += layout.rowPitch
      }
    }
  }

  @inline(__always)
  private func copyLine(_ from: UnsafeRawPointer, _ line: UnsafeMutablePointer<Scalar>, _ columns: ConvolutionAxis) {
    let step = sum.step[2], extent = sum.inputExtent[2], length = columns.length, pitch = step &* sum.input.axis[2]
    for slot in 0..<columns.slots {
      let to = line + slot &* length
      let first = sum.start[2] &+ block.column &* step &+ columns.phase(slot)
      // Those of the positions first + q*step that lie within the extent.
      let low = first >= 0 ? 0 : min(length, step == 1 ? -first : (step &- 1 &- first) / step)
      let left = extent &- first
      let high = left <= 0 ? low : max(low, min(length, step == 1 ? left : (left &+ step &- 1) / step))
      if low > 0 { clear(to, low) }
      if high > low {
        let p = from + (first &+ low &* step) &* sum.input.axis[2] &* F.size
        if pitch == 1 && F.isDirect {
          copyRun(p, to + low, high &- low)
        } else {
          F.stage(high &- low, p, pitch, to + low)
        }
      }
      if high < length { clear(to + high, length &- high) }
    }
  }

  /// Short runs, for which a call of memcpy would take as long as the copy.
  @inline(__always) private func copyRun(_ from: UnsafeRawPointer, _ to: UnsafeMutablePointer<Scalar>, _ n: Int) {
    typealias V = F.Lanes
    let from = from.assumingMemoryBound(to: Scalar.self)
    var i = 0
    while i &+ V.width <= n {
      V.load(from + i).store(to + i)
      i &+= V.width
    }
    if i == n { return }
    // Where a part of a vector is not one instruction, the last one over some of the one before.
    if i > 0 && lanes_have_avx512() == 0 {
      V.load(from + (n &- V.width)).store(to + (n &- V.width))
    } else {
      V.loadPartial(from + i, n &- i).storePartial(to + i, n &- i)
    }
  }

  @inline(__always) private func clear(_ to: UnsafeMutablePointer<Scalar>, _ n: Int) {
    typealias V = F.Lanes
    var i = 0
    while i &+ V.width <= n {
      V(0).store(to + i)
      i &+= V.width
    }
    if i < n { V(0).storePartial(to + i, n &- i) }
  }
}
