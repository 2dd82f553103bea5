import BackendAPI
import CPUKernelTypes
import CPULanes
import Glibc

/// Calls `body` with an element offset and a count for each block of at most `block` elements.
@inline(__always) private func forEachBlock(_ n: Int, _ block: Int, _ body: (Int, Int) -> Void) {
  var i = 0
  while i < n {
    body(i, min(block, n &- i))
    i &+= block
  }
}

// MARK: - Adam

@inline(__always)
private func adam<V: FloatLanes>(
  _: V.Type, _ n: Int, _ s: bp_adam_params, _ g: UnsafeRawPointer, _ p: UnsafeMutableRawPointer,
  _ m: UnsafeMutableRawPointer, _ v: UnsafeMutableRawPointer
) {
  let one1 = V(1 - s.beta1), beta2 = V(s.beta2), one2 = V(1 - s.beta2)
  let isDecoupled = s.decoupled != 0, t = Double(s.step)
  let decay = V(isDecoupled ? -s.lr * s.weight_decay : s.weight_decay)
  let eps = V(s.eps), step = V(-s.lr / (1 - pow(s.beta1, t)))
  let correction = V(1 / (1 - pow(s.beta2, t)).squareRoot())
  forEachBlock(n, V.width) { i, count in
    let at = i &* MemoryLayout<V.Scalar>.stride, isWhole = count == V.width
    var x = isWhole ? V.load(p + at) : V.loadPartial(p + at, count)
    var gradient = isWhole ? V.load(g + at) : V.loadPartial(g + at, count)
    var mean = isWhole ? V.load(m + at) : V.loadPartial(m + at, count)
    var square = isWhole ? V.load(v + at) : V.loadPartial(v + at, count)
    if s.weight_decay != 0 {
      if isDecoupled { x = V.fma(decay, x, x) } else { gradient = V.fma(decay, x, gradient) }
    }
    mean = V.fma(one1, V.sub(gradient, mean), mean)
    square = V.fma(beta2, square, V.mul(V.mul(one2, gradient), gradient))
    let denominator = V.fma(square.sqrt(), correction, eps)
    x = V.fma(step, V.div(mean, denominator), x)
    if isWhole {
      x.store(p + at)
      mean.store(m + at)
      square.store(v + at)
    } else {
      x.storePartial(p + at, count)
      mean.storePartial(m + at, count)
      square.storePartial(v + at, count)
    }
  }
}

@inline(never) private func adam32(
  _ n: Int, _ s: bp_adam_params, _ g: UnsafeRawPointer, _ p: UnsafeMutableRawPointer,
  _ m: UnsafeMutableRawPointer, _ v: UnsafeMutableRawPointer
) { adam(F32.self, n, s, g, p, m, v) }

@inline(__always)
private func adamHalf<F: HalfFormat>(
  _: F.Type, _ n: Int, _ s: bp_adam_params, _ g: UnsafeRawPointer, _ p: UnsafeMutableRawPointer,
  _ m: UnsafeMutableRawPointer, _ v: UnsafeMutableRawPointer
) {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 &* stagingBlock) { memory in
    let fg = memory.baseAddress!
    let fp = fg + stagingBlock, fm = fp + stagingBlock, fv = fm + stagingBlock
    forEachBlock(n, stagingBlock) { i, count in
      F.readRun(count, g + 2 &* i, fg)
      F.readRun(count, p + 2 &* i, fp)
      F.readRun(count, m + 2 &* i, fm)
      F.readRun(count, v + 2 &* i, fv)
      adam32(count, s, fg, fp, fm, fv)
      F.writeRun(count, fp, p + 2 &* i)
      F.writeRun(count, fm, m + 2 &* i)
      F.writeRun(count, fv, v + 2 &* i)
    }
  }
}

let adamKernel: KernelTable.Adam = { type, n, s, g, p, m, v in
  switch type {
  case BP_FLOAT16: adamHalf(Float16Format.self, n, s.pointee, g, p, m, v)
  case BP_BFLOAT16: adamHalf(BFloat16Format.self, n, s.pointee, g, p, m, v)
  case BP_FLOAT32: adam32(n, s.pointee, g, p, m, v)
  case BP_FLOAT64: adam(F64.self, n, s.pointee, g, p, m, v)
  default: break
  }
}

// MARK: - SGD

@inline(__always)
private func sgd<V: FloatLanes>(
  _: V.Type, _ n: Int, _ s: bp_sgd_params, _ g: UnsafeRawPointer, _ p: UnsafeMutableRawPointer,
  _ b: UnsafeMutableRawPointer
) {
  let decay = V(s.weight_decay), momentum = V(s.momentum)
  let isFirst = s.first_step != 0, isNesterov = s.nesterov != 0
  let damped = V(1 - s.dampening), step = V(-s.lr)
  forEachBlock(n, V.width) { i, count in
    let at = i &* MemoryLayout<V.Scalar>.stride, isWhole = count == V.width
    let x = isWhole ? V.load(p + at) : V.loadPartial(p + at, count)
    var gradient = isWhole ? V.load(g + at) : V.loadPartial(g + at, count)
    if s.weight_decay != 0 { gradient = V.fma(decay, x, gradient) }
    if s.momentum != 0 {
      var buffer = gradient
      if !isFirst {
        let old = isWhole ? V.load(b + at) : V.loadPartial(b + at, count)
        buffer = V.fma(momentum, old, V.mul(damped, gradient))
      }
      if isWhole { buffer.store(b + at) } else { buffer.storePartial(b + at, count) }
      gradient = isNesterov ? V.fma(momentum, buffer, gradient) : buffer
    }
    let result = V.fma(step, gradient, x)
    if isWhole { result.store(p + at) } else { result.storePartial(p + at, count) }
  }
}

@inline(never) private func sgd32(
  _ n: Int, _ s: bp_sgd_params, _ g: UnsafeRawPointer, _ p: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer
) { sgd(F32.self, n, s, g, p, b) }

@inline(__always)
private func sgdHalf<F: HalfFormat>(
  _: F.Type, _ n: Int, _ s: bp_sgd_params, _ g: UnsafeRawPointer, _ p: UnsafeMutableRawPointer,
  _ b: UnsafeMutableRawPointer
) {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 &* stagingBlock) { memory in
    let fg = memory.baseAddress!, fp = fg + stagingBlock, fb = fp + stagingBlock
    forEachBlock(n, stagingBlock) { i, count in
      F.readRun(count, g + 2 &* i, fg)
      F.readRun(count, p + 2 &* i, fp)
      if s.momentum != 0 { F.readRun(count, b + 2 &* i, fb) }
      sgd32(count, s, fg, fp, fb)
      F.writeRun(count, fp, p + 2 &* i)
      if s.momentum != 0 { F.writeRun(count, fb, b + 2 &* i) }
    }
  }
}

let sgdKernel: KernelTable.SGD = { type, n, s, g, p, b in
  switch type {
  case BP_FLOAT16: sgdHalf(Float16Format.self, n, s.pointee, g, p, b)
  case BP_BFLOAT16: sgdHalf(BFloat16Format.self, n, s.pointee, g, p, b)
  case BP_FLOAT32: sgd32(n, s.pointee, g, p, b)
  case BP_FLOAT64: sgd(F64.self, n, s.pointee, g, p, b)
  default: break
  }
}
