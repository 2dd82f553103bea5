import BackendAPI
import CPUKernelTypes
import CPULanes

// A row of windows is computed by vectors of windows. For that each row of the input is prepared: padded, in the type
// computed in, and its elements taken apart by what they leave when divided by the stride, so that what a tap of the
// kernel meets in neighbouring windows lies side by side. Rows stay prepared for the windows below.

protocol PoolLanes: FloatLanes {
  static func evens(_ a: Self, _ b: Self) -> Self
  static func odds(_ a: Self, _ b: Self) -> Self
  static func zipLow(_ a: Self, _ b: Self) -> Self
  static func zipHigh(_ a: Self, _ b: Self) -> Self
  static func scalar(_ x: Double) -> Scalar
  /// An integer's bits in each lane: positions travel as the values do.
  static func places(_ i: Int) -> Self
  static func place(_ p: UnsafePointer<Scalar>) -> Int
  static func addingPlaces(_ a: Self, _ b: Self) -> Self
  /// The sum of `n` contiguous elements, in float64.
  static func sum(_ n: Int, _ p: UnsafePointer<Scalar>) -> Double
}

extension SIMD16<Float>: PoolLanes {
  @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self { lanes_evens_f32(a, b) }
  @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self { lanes_odds_f32(a, b) }
  @inline(__always) static func zipLow(_ a: Self, _ b: Self) -> Self { lanes_zip_low_f32(a, b) }
  @inline(__always) static func zipHigh(_ a: Self, _ b: Self) -> Self { lanes_zip_high_f32(a, b) }
  @inline(__always) static func scalar(_ x: Double) -> Float { Float(x) }
  @inline(__always) static func places(_ i: Int) -> Self { Self(bits: I32(repeating: Int32(truncatingIfNeeded: i))) }
  @inline(__always) static func place(_ p: UnsafePointer<Float>) -> Int { Int(Int32(bitPattern: p.pointee.bitPattern)) }
  @inline(__always) static func addingPlaces(_ a: Self, _ b: Self) -> Self { Self(bits: a.bits &+ b.bits) }
  @inline(__always) static func sum(_ n: Int, _ p: UnsafePointer<Float>) -> Double {
    var sum = F64(repeating: 0)
    var i = 0
    while i &+ 16 <= n {
      let x = load(UnsafeRawPointer(p + i))
      sum += lanes_widen_f32(x.lowHalf) + lanes_widen_f32(x.highHalf)
      i &+= 16
    }
    if i < n {
      let x = loadPartial(UnsafeRawPointer(p + i), n &- i)
      sum += lanes_widen_f32(x.lowHalf) + lanes_widen_f32(x.highHalf)
    }
    return sum.total()
  }
}

extension SIMD8<Double>: PoolLanes {
  @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self { lanes_evens_f64(a, b) }
  @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self { lanes_odds_f64(a, b) }
  @inline(__always) static func zipLow(_ a: Self, _ b: Self) -> Self { lanes_zip_low_f64(a, b) }
  @inline(__always) static func zipHigh(_ a: Self, _ b: Self) -> Self { lanes_zip_high_f64(a, b) }
  @inline(__always) static func scalar(_ x: Double) -> Double { x }
  @inline(__always) static func places(_ i: Int) -> Self { Self(bits: I64(repeating: Int64(i))) }
  @inline(__always) static func place(_ p: UnsafePointer<Double>) -> Int {
    Int(Int64(bitPattern: p.pointee.bitPattern))
  }
  @inline(__always) static func addingPlaces(_ a: Self, _ b: Self) -> Self { Self(bits: a.bits &+ b.bits) }
  @inline(__always) static func sum(_ n: Int, _ p: UnsafePointer<Double>) -> Double {
    var sum = Self(repeating: 0)
    var i = 0
    while i &+ 8 <= n {
      sum += load(UnsafeRawPointer(p + i))
      i &+= 8
    }
    if i < n { sum += loadPartial(UnsafeRawPointer(p + i), n &- i) }
    return sum.total()
  }
}

/// Where a unit of work lies: image, channel, and the first two spatial axes.
struct PoolRow {
  let image: Int, channel: Int, d: Int, h: Int

  @inline(__always) init(_ unit: Int, _ extents: InlineArray<3, Int>, channels: Int) {
    let (upper, h) = unit.quotientAndRemainder(dividingBy: extents[1])
    let (plane, d) = upper.quotientAndRemainder(dividingBy: extents[0])
    let (image, channel) = plane.quotientAndRemainder(dividingBy: channels)
    (self.image, self.channel, self.d, self.h) = (image, channel, d, h)
  }

  @inline(__always) func offset(_ strides: InlineArray<5, Int>) -> Int {
    image &* strides[0] &+ channel &* strides[1] &+ d &* strides[2] &+ h &* strides[3]
  }
}

extension PoolShape {
  /// The taps of window `e` along an axis that lie in the input.
  @inline(__always) func taps(_ e: Int, _ axis: Int) -> (first: Int, end: Int) {
    let start = e &* stride[axis] &- low[axis], step = dilation[axis]
    let first = start < 0 ? (step &- 1 &- start) / step : 0
    let room = whole[axis] &- start
    return (first, room <= 0 ? 0 : min(kernel[axis], (room &+ step &- 1) / step))
  }

  /// What is counted along an axis for an average.
  @inline(__always) func counted(_ e: Int, _ axis: Int) -> Int {
    let start = e &* stride[axis] &- low[axis]
    let end = min(start &+ kernel[axis], whole[axis] &+ (countsPadding ? high[axis] : 0))
    return end &- (countsPadding ? start : max(start, 0))
  }

  /// The windows along an axis that hold position `i`.
  @inline(__always) func holders(_ i: Int, _ axis: Int) -> (first: Int, end: Int) {
    let position = i &+ low[axis], before = position &- kernel[axis] &+ 1
    let first = before <= 0 ? 0 : (before &+ stride[axis] &- 1) / stride[axis]
    return (first, min(pooled[axis], position / stride[axis] &+ 1))
  }
}

/// Prepared rows, and what else a thread works with.
struct PoolRows<F: FloatFormat> where F.Lanes: PoolLanes {
  typealias Scalar = F.Lanes.Scalar
  let shape: UnsafePointer<PoolShape>
  let x: UnsafeRawPointer
  let slots: UnsafeMutablePointer<Scalar>
  let tags: UnsafeMutablePointer<Int>
  /// A row as it is, and rows of results; each has room for whole vectors.
  let plain: UnsafeMutablePointer<Scalar>
  let values: UnsafeMutablePointer<Scalar>
  let places: UnsafeMutablePointer<Scalar>
  let spare: UnsafeMutablePointer<Scalar>
  /// The rows of a window, and how far each lies from its first one.
  let rows: UnsafeMutablePointer<UnsafePointer<Scalar>>
  let offsets: UnsafeMutablePointer<Int>
  /// Where in a prepared row the taps' elements of the first windows lie.
  let taps: UnsafeMutablePointer<Int>
  /// As long as a row of results, for whoever wants it.
  let further: UnsafeMutablePointer<Scalar>
  let depth: Int, height: Int, phases: Int, length: Int

  @inline(__always)
  init(_ shape: UnsafePointer<PoolShape>, _ x: UnsafeRawPointer, _ scratch: UnsafeMutableRawPointer, padding: Scalar) {
    self.shape = shape
    self.x = x
    let s = shape.pointee, size = MemoryLayout<Scalar>.size
    let row = max(s.whole[2], s.pooled[2]) &+ 2 &* F.Lanes.width
    var at = scratch
    @inline(__always) func take(_ count: Int) -> UnsafeMutablePointer<Scalar> {
      defer { at += (count &* size &+ 63) & ~63 }
      return at.assumingMemoryBound(to: Scalar.self)
    }
    plain = take(row)
    values = take(row)
    places = take(row)
    spare = take(row)
    (depth, height, phases, length) = (s.slots[0], s.slots[1], s.phases, s.phaseLength)
    let count = depth &* height
    slots = take(count &* phases &* length)
    for i in 0..<(count &* phases &* length) { slots[i] = padding }
    tags = at.assumingMemoryBound(to: Int.self)
    for i in 0..<count { tags[i] = -1 }
    at += count &* 8
    let window = s.windowRows
    rows = at.assumingMemoryBound(to: UnsafePointer<Scalar>.self)
    offsets = (at + window &* 8).assumingMemoryBound(to: Int.self)
    taps = offsets + window
    for t in 0..<s.kernel[2] {
      let (step, phase) = (t &* s.dilation[2]).quotientAndRemainder(dividingBy: s.stride[2])
      taps[t] = phase &* length &+ step
    }
    further = UnsafeMutableRawPointer(taps + s.kernel[2]).assumingMemoryBound(to: Scalar.self)
  }

  /// The prepared row of a plane.
  @inline(__always)
  func prepared(_ row: PoolRow, _ d: Int, _ h: Int) -> UnsafePointer<Scalar> {
    let s = shape
    let slot = d % depth &* height &+ h % height
    let to = slots + slot &* phases &* length
    let tag = ((row.image &* s.pointee.channels &+ row.channel) &* s.pointee.whole[0] &+ d) &* s.pointee.whole[1] &+ h
    if tags[slot] == tag { return UnsafePointer(to) }
    tags[slot] = tag
    let strides = s.pointee.wholeStrides
    let offset = row.image &* strides[0] &+ row.channel &* strides[1] &+ d &* strides[2] &+ h &* strides[3]
    prepare(x + offset &* F.size, strides[4], to)
    return UnsafePointer(to)
  }

  @inline(__always)
  private func prepare(_ from: UnsafeRawPointer, _ step: Int, _ to: UnsafeMutablePointer<Scalar>) {
    let s = shape.pointee, stride = s.stride[2], low = s.low[2], n = s.whole[2]
    if stride == 1 {
      if low < length { F.stage(min(n, length &- low), from, step, to + low) }
      return
    }
    var source = UnsafePointer(plain)
    if F.isDirect && step == 1 {
      source = UnsafePointer(from.assumingMemoryBound(to: Scalar.self))
    } else {
      F.stage(n, from, step, plain)
    }
    if stride == 2 && phases == 2 {
      // Elements of even places begin in one phase, those of odd places in the other.
      let width = F.Lanes.width
      let evens = to + ((low & 1) &* length &+ (low >> 1))
      let odds = to + (((low &+ 1) & 1) &* length &+ ((low &+ 1) >> 1))
      let room = length &- ((low &+ 1) >> 1)
      let pairs = min(n / 2, room)
      var i = 0
      while i &+ width <= pairs {
        let a = F.Lanes.load(UnsafeRawPointer(source + 2 &* i)),
          b = F.Lanes.load(UnsafeRawPointer(source + (2 &* i &+ width)))
        F.Lanes.evens(a, b).store(UnsafeMutableRawPointer(evens + i))
        F.Lanes.odds(a, b).store(UnsafeMutableRawPointer(odds + i))
        i &+= width
      }
      while i < pairs {
        evens[i] = source[2 &* i]
        odds[i] = source[2 &* i &+ 1]
        i &+= 1
      }
      if n & 1 != 0 && n / 2 < length &- (low >> 1) { evens[n / 2] = source[n &- 1] }
      return
    }
    for r in 0..<min(stride, n) {
      let q = low &+ r, phase = q % stride, first = q / stride
      if phase >= phases || first >= length { continue }
      let target = to + (phase &* length &+ first)
      for j in 0..<min(length &- first, (n &- r &+ stride &- 1) / stride) { target[j] = source[r &+ j &* stride] }
    }
  }

  /// The rows of a window that lie in the input: how many.
  @inline(__always)
  func collect(_ row: PoolRow) -> Int {
    let s = shape.pointee, (d0, d1) = s.taps(row.d, 0), (h0, h1) = s.taps(row.h, 1)
    var count = 0
    for td in d0..<max(d0, d1) {
      let d = row.d &* s.stride[0] &- s.low[0] &+ td &* s.dilation[0]
      for th in h0..<max(h0, h1) {
        let h = row.h &* s.stride[1] &- s.low[1] &+ th &* s.dilation[1]
        rows[count] = prepared(row, d, h)
        offsets[count] = (td &* s.dilation[0] &* s.whole[1] &+ th &* s.dilation[1]) &* s.whole[2]
        count &+= 1
      }
    }
    return count
  }
}

/// The type computed in is that of the lanes; the memory's is the format.
@inline(__always) private func shape(_ p: UnsafeRawPointer) -> UnsafePointer<PoolShape> {
  p.assumingMemoryBound(to: PoolShape.self)
}

private let maximum: PoolingKernels.Maximum = { p, low, high, out, indices, x, scratch in
  switch shape(p).pointee.type {
  case BP_FLOAT16: maxPool(Float16Format.self, shape(p), low, high, out, indices, x, scratch)
  case BP_BFLOAT16: maxPool(BFloat16Format.self, shape(p), low, high, out, indices, x, scratch)
  case BP_FLOAT32: maxPool(Float32Format.self, shape(p), low, high, out, indices, x, scratch)
  default: maxPool(Float64Format.self, shape(p), low, high, out, indices, x, scratch)
  }
}

private let average: PoolingKernels.Average = { p, low, high, out, x, scratch in
  switch shape(p).pointee.type {
  case BP_FLOAT16: averagePool(Float16Format.self, shape(p), low, high, out, x, scratch)
  case BP_BFLOAT16: averagePool(BFloat16Format.self, shape(p), low, high, out, x, scratch)
  case BP_FLOAT32: averagePool(Float32Format.self, shape(p), low, high, out, x, scratch)
  default: averagePool(Float64Format.self, shape(p), low, high, out, x, scratch)
  }
}

private let averageBackward: PoolingKernels.Average = { p, low, high, out, g, scratch in
  switch shape(p).pointee.type {
  case BP_FLOAT16: averagePoolBackward(Float16Format.self, shape(p), low, high, out, g, scratch)
  case BP_BFLOAT16: averagePoolBackward(BFloat16Format.self, shape(p), low, high, out, g, scratch)
  case BP_FLOAT32: averagePoolBackward(Float32Format.self, shape(p), low, high, out, g, scratch)
  default: averagePoolBackward(Float64Format.self, shape(p), low, high, out, g, scratch)
  }
}

private let scatter: PoolingKernels.Scatter = { p, image, low, high, out, step, g, indices, scratch, stray in
  switch shape(p).pointee.type {
  case BP_FLOAT16: scatterPool(Float16Format.self, shape(p), image, low, high, out, step, g, indices, scratch, stray)
  case BP_BFLOAT16: scatterPool(BFloat16Format.self, shape(p), image, low, high, out, step, g, indices, scratch, stray)
  case BP_FLOAT32: scatterPool(Float32Format.self, shape(p), image, low, high, out, step, g, indices, scratch, stray)
  default: scatterPool(Float64Format.self, shape(p), image, low, high, out, step, g, indices, scratch, stray)
  }
}

var poolingKernels: PoolingKernels {
  PoolingKernels(maximum: maximum, maximumBackward: scatter, average: average, averageBackward: averageBackward)
}
