import BackendAPI
import CPUKernelTypes
import CPULanes

// MARK: - RMSprop

@inline(__always)
private func rmsprop<V: FloatLanes>(
  _: V.Type, _ n: Int, _ s: bp_rmsprop_params, _ g: UnsafeRawPointer, _ p: UnsafeMutableRawPointer,
  _ v: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer, _ a: UnsafeMutableRawPointer
) {
  let alpha = V(s.alpha), rest = V(1 - s.alpha), decay = V(s.weight_decay), eps = V(s.eps)
  let momentum = V(s.momentum), step = V(-s.lr)
  let (hasMomentum, isCentered, decays) = (s.momentum != 0, s.centered != 0, s.weight_decay != 0)
  vectors(V.self, n) { at, count in
    let x = loadLanes(V.self, p + at, count)
    var gradient = loadLanes(V.self, g + at, count)
    if decays { gradient = V.fma(decay, x, gradient) }
    let square = V.fma(alpha, loadLanes(V.self, v + at, count), V.mul(V.mul(rest, gradient), gradient))
    var spread = square
    if isCentered {
      var mean = loadLanes(V.self, a + at, count)
      mean = V.fma(rest, V.sub(gradient, mean), mean)
      storeLanes(mean, a + at, count)
      spread = V.fma(mean.negated(), mean, square)
    }
    var direction = V.div(gradient, V.add(spread.sqrt(), eps))
    if hasMomentum {
      direction = V.fma(momentum, loadLanes(V.self, b + at, count), direction)
      storeLanes(direction, b + at, count)
    }
    storeLanes(square, v + at, count)
    storeLanes(V.fma(step, direction, x), p + at, count)
  }
}

@inline(never) private func rmsprop32(
  _ n: Int, _ s: bp_rmsprop_params, _ g: UnsafeRawPointer, _ p: UnsafeMutableRawPointer,
  _ v: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer, _ a: UnsafeMutableRawPointer
) { rmsprop(F32.self, n, s, g, p, v, b, a) }

@inline(__always)
private func rmspropHalf<F: HalfFormat>(
  _: F.Type, _ n: Int, _ s: bp_rmsprop_params, _ g: UnsafeRawPointer, _ p: UnsafeMutableRawPointer,
  _ v: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer, _ a: UnsafeMutableRawPointer
) {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: 5 &* stagingBlock) { memory in
    let fg = memory.baseAddress.unsafelyUnwrapped
    let fp = fg + stagingBlock, fv = fp + stagingBlock, fb = fv + stagingBlock, fa = fb + stagingBlock
    for i in stride(from: 0, to: n, by: stagingBlock) {
      let count = min(stagingBlock, n &- i), at = 2 &* i
      F.readRun(count, g + at, fg)
      F.readRun(count, p + at, fp)
      F.readRun(count, v + at, fv)
      if s.momentum != 0 { F.readRun(count, b + at, fb) }
      if s.centered != 0 { F.readRun(count, a + at, fa) }
      rmsprop32(count, s, fg, fp, fv, fb, fa)
      F.writeRun(count, fp, p + at)
      F.writeRun(count, fv, v + at)
      if s.momentum != 0 { F.writeRun(count, fb, b + at) }
      if s.centered != 0 { F.writeRun(count, fa, a + at) }
    }
  }
}

// MARK: - Adagrad

@inline(__always)
private func adagrad<V: FloatLanes>(
  _: V.Type, _ n: Int, _ h: bp_adagrad_params, _ g: UnsafeRawPointer, _ p: UnsafeMutableRawPointer,
  _ s: UnsafeMutableRawPointer
) {
  let decay = V(h.weight_decay), eps = V(h.eps), decays = h.weight_decay != 0
  let step = V(-h.lr / (1 + Double(h.step - 1) * h.lr_decay))
  vectors(V.self, n) { at, count in
    let x = loadLanes(V.self, p + at, count)
    var gradient = loadLanes(V.self, g + at, count)
    if decays { gradient = V.fma(decay, x, gradient) }
    let sum = V.fma(gradient, gradient, loadLanes(V.self, s + at, count))
    storeLanes(sum, s + at, count)
    storeLanes(V.fma(step, V.div(gradient, V.add(sum.sqrt(), eps)), x), p + at, count)
  }
}

@inline(never) private func adagrad32(
  _ n: Int, _ h: bp_adagrad_params, _ g: UnsafeRawPointer, _ p: UnsafeMutableRawPointer,
  _ s: UnsafeMutableRawPointer
) { adagrad(F32.self, n, h, g, p, s) }

@inline(__always)
private func adagradHalf<F: HalfFormat>(
  _: F.Type, _ n: Int, _ h: bp_adagrad_params, _ g: UnsafeRawPointer, _ p: UnsafeMutableRawPointer,
  _ s: UnsafeMutableRawPointer
) {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 &* stagingBlock) { memory in
    let fg = memory.baseAddress.unsafelyUnwrapped
    let fp = fg + stagingBlock, fs = fp + stagingBlock
    for i in stride(from: 0, to: n, by: stagingBlock) {
      let count = min(stagingBlock, n &- i), at = 2 &* i
      F.readRun(count, g + at, fg)
      F.readRun(count, p + at, fp)
      F.readRun(count, s + at, fs)
      adagrad32(count, h, fg, fp, fs)
      F.writeRun(count, fp, p + at)
      F.writeRun(count, fs, s + at)
    }
  }
}

// MARK: - Sums of squares

/// Four sums side by side, emptied into float64 every 16 vectors each.
@inline(__always)
private func sumOfSquares<V: FloatLanes>(_: V.Type, _ n: Int, _ a: UnsafeRawPointer) -> Double {
  let size = MemoryLayout<V.Scalar>.stride, four = 4 &* V.width
  var total = 0.0, i = 0
  while i < n {
    let end = min(n, i &+ 16 &* four)
    var s0 = V(0), s1 = V(0), s2 = V(0), s3 = V(0)
    while i &+ four <= end {
      let p = a + i &* size
      let x0 = V.load(p), x1 = V.load(p + 64), x2 = V.load(p + 128), x3 = V.load(p + 192)
      s0 = V.fma(x0, x0, s0)
      s1 = V.fma(x1, x1, s1)
      s2 = V.fma(x2, x2, s2)
      s3 = V.fma(x3, x3, s3)
      i &+= four
    }
    while i < end {
      let x = loadLanes(V.self, a + i &* size, min(V.width, end &- i))
      s0 = V.fma(x, x, s0)
      i &+= V.width
    }
    total += V.add(V.add(s0, s1), V.add(s2, s3)).total()
  }
  return total
}

@inline(never) private func sumOfSquares32(_ n: Int, _ a: UnsafeRawPointer) -> Double {
  sumOfSquares(F32.self, n, a)
}

@inline(__always)
private func sumOfSquaresHalf<F: HalfFormat>(_: F.Type, _ n: Int, _ a: UnsafeRawPointer) -> Double {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: stagingBlock) { memory in
    let block = memory.baseAddress.unsafelyUnwrapped
    var total = 0.0
    for i in stride(from: 0, to: n, by: stagingBlock) {
      let count = min(stagingBlock, n &- i)
      F.readRun(count, a + 2 &* i, block)
      total += sumOfSquares32(count, block)
    }
    return total
  }
}

var optimizerKernels: OptimizerKernels {
  OptimizerKernels(
    rmsprop: { type, n, s, g, p, v, b, a in
      switch type {
      case BP_FLOAT16: rmspropHalf(Float16Format.self, n, s.pointee, g, p, v, b, a)
      case BP_BFLOAT16: rmspropHalf(BFloat16Format.self, n, s.pointee, g, p, v, b, a)
      case BP_FLOAT32: rmsprop32(n, s.pointee, g, p, v, b, a)
      default: rmsprop(F64.self, n, s.pointee, g, p, v, b, a)
      }
    },
    adagrad: { type, n, h, g, p, s in
      switch type {
      case BP_FLOAT16: adagradHalf(Float16Format.self, n, h.pointee, g, p, s)
      case BP_BFLOAT16: adagradHalf(BFloat16Format.self, n, h.pointee, g, p, s)
      case BP_FLOAT32: adagrad32(n, h.pointee, g, p, s)
      default: adagrad(F64.self, n, h.pointee, g, p, s)
      }
    },
    sumOfSquares: { type, n, a in
      switch type {
      case BP_FLOAT16: sumOfSquaresHalf(Float16Format.self, n, a)
      case BP_BFLOAT16: sumOfSquaresHalf(BFloat16Format.self, n, a)
      case BP_FLOAT32: sumOfSquares32(n, a)
      default: sumOfSquares(F64.self, n, a)
      }
    })
}
