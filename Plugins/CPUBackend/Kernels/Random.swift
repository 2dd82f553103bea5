import BackendAPI
import CPUKernelTypes
import CPULanes

// Section 7 of the ABI.

/// Counters whose words are made at once.
private let blockCounters = 64

/// Calls `body` for each block of 64 counters that overlaps elements `first ..< first + n`, at
/// `perCounter` elements a counter: with its first element, those of its elements that are asked
/// for, and its words.
@inline(__always)
private func forEachBlock(
  _ first: Int, _ n: Int, _ perCounter: Int, _ seed: UInt64, _ offset: UInt64,
  _ body: (_ start: Int, _ low: Int, _ high: Int, _ words: UnsafePointer<UInt32>) -> Void
) {
  let size = blockCounters &* perCounter
  withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4 &* blockCounters) { memory in
    let words = memory.baseAddress.unsafelyUnwrapped
    // Blocks begin at any multiple of a counter's elements.
    var start = first / perCounter &* perCounter
    while start < first &+ n {
      let counter = offset &+ UInt64(truncatingIfNeeded: start / perCounter)
      philox(counter, seed, words)
      philox(counter &+ 32, seed, words + 128)
      body(start, max(first, start), min(first &+ n, start &+ size), words)
      start &+= size
    }
  }
}

// MARK: - The normal distribution

@inline(__always)
private func horner(
  _ r: F64, _ c0: Double, _ c1: Double, _ c2: Double, _ c3: Double, _ c4: Double, _ c5: Double, _ c6: Double,
  _ c7: Double
) -> F64 {
  var s = F64(repeating: c7)
  s = lanes_exact_fma_f64(s, r, F64(repeating: c6))
  s = lanes_exact_fma_f64(s, r, F64(repeating: c5))
  s = lanes_exact_fma_f64(s, r, F64(repeating: c4))
  s = lanes_exact_fma_f64(s, r, F64(repeating: c3))
  s = lanes_exact_fma_f64(s, r, F64(repeating: c2))
  s = lanes_exact_fma_f64(s, r, F64(repeating: c1))
  return lanes_exact_fma_f64(s, r, F64(repeating: c0))
}

/// LN(t) of [BP-7.4], for normal positive t.
@inline(__always) private func specifiedLog(_ t: F64) -> F64 {
  let one = I64(repeating: 0x3ff0_0000_0000_0000), fraction = I64(repeating: 0xf_ffff_ffff_ffff)
  var m = F64(bits: t.bits & fraction | one)
  var k = (t.bits &>> 52) &- I64(repeating: 1023)
  let isHigh = m .> F64(repeating: 1.4142135623730951)
  m = m.replacing(with: m * F64(repeating: 0.5), where: isHigh)
  k = k.replacing(with: k &+ I64(repeating: 1), where: isHigh)
  // The exponents are small: they become floats by way of a mantissa's low bits.
  let magic = F64(repeating: 0x1.8p52)
  let kFloat = F64(bits: k &+ magic.bits) - magic
  let f = m - F64(repeating: 1), s = f / (F64(repeating: 2) + f), w = s * s
  var p = F64(repeating: 1.479819860511658591e-01)
  p = lanes_exact_fma_f64(p, w, F64(repeating: 1.531383769920937332e-01))
  p = lanes_exact_fma_f64(p, w, F64(repeating: 1.818357216161805012e-01))
  p = lanes_exact_fma_f64(p, w, F64(repeating: 2.222219843214978396e-01))
  p = lanes_exact_fma_f64(p, w, F64(repeating: 2.857142874366239149e-01))
  p = lanes_exact_fma_f64(p, w, F64(repeating: 3.999999999940941908e-01))
  p = lanes_exact_fma_f64(p, w, F64(repeating: 6.666666666666735130e-01))
  let r = w * p, h = (F64(repeating: 0.5) * f) * f
  return lanes_exact_fma_f64(kFloat, F64(repeating: 0.6931471805599453), f - (h - s * (h + r)))
}

/// z(u) of [BP-7.4] where |u - 0.5| <= 0.425.
@inline(__always) private func normalCenter(_ u: F64) -> F64 {
  let q = u - F64(repeating: 0.5)
  let r = lanes_exact_fma_f64(q.negated(), q, F64(repeating: 0.180625))
  let a = horner(
    r, 3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
    1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
    3.3430575583588128105e+4, 2.5090809287301226727e+3)
  let b = horner(
    r, 1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
    2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3)
  return q * a / b
}

/// z(u) of [BP-7.4] elsewhere.
@inline(__always) private func normalTail(_ u: F64) -> F64 {
  let q = u - F64(repeating: 0.5)
  let isLower = q .< F64(repeating: 0)
  let t = (F64(repeating: 1) - u).replacing(with: u, where: isLower)
  let r = specifiedLog(t).negated().sqrt()
  let s = r - F64(repeating: 1.6)
  let c = horner(
    s, 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
    3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4)
  let d = horner(
    s, 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
    1.05075007164441684324e-9)
  var y = c / d
  let isFar = r .> F64(repeating: 5)
  if anyLane(isFar) {
    let s = r - F64(repeating: 5)
    let e = horner(
      s, 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
      2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
      2.71155556874348757815e-5, 2.01033439929228813265e-7)
    let f = horner(
      s, 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
      7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
      2.04426310338993978564e-15)
    y = y.replacing(with: e / f, where: isFar)
  }
  return y.replacing(with: y.negated(), where: isLower)
}

/// Eight words of 32 bits to (x + 0.5) * 2^-32.
@inline(__always) private func openUnit(_ x: SIMD8<UInt32>) -> F64 {
  let magic = F64(repeating: 0x1p52)
  let wide = unsafeBitCast(lanes_widen_u32(x), to: I64.self)
  return (F64(bits: wide | magic.bits) - magic + F64(repeating: 0.5)) * F64(repeating: 0x1p-32)
}

/// Eight words of 64 bits to (floor(x / 2^12) + 0.5) * 2^-52.
@inline(__always) private func openUnit(_ x: Words) -> F64 {
  let magic = F64(repeating: 0x1p52)
  let wide = unsafeBitCast(x &>> 12, to: I64.self)
  return (F64(bits: wide | magic.bits) - magic + F64(repeating: 0.5)) * F64(repeating: 0x1p-52)
}

/// Doubles that `normal` works with beside its values.
private let normalScratch = 256 + 8 + 40

/// Turns `n` values u, a multiple of 8 up to 256, into z(u). Three in twenty lie in the tails: they
/// are computed apart, eight at a time.
@inline(__always)
private func normal(_ n: Int, _ u: UnsafeMutablePointer<Double>, _ scratch: UnsafeMutablePointer<Double>) {
  let tail = scratch, positions = UnsafeMutableRawPointer(scratch + 264).assumingMemoryBound(to: UInt8.self)
  var count = 0
  for i in 0..<n {
    positions[count] = UInt8(truncatingIfNeeded: i)
    // The sign of the difference, for it not to become a branch.
    count &+= Int(truncatingIfNeeded: (0.425 - (u[i] - 0.5).magnitude).bitPattern &>> 63)
  }
  for i in 0..<count { tail[i] = u[Int(positions[i])] }
  for i in count..<((count &+ 7) & ~7) { tail[i] = 0.01 }
  for i in stride(from: 0, to: count, by: 8) { normalTail(F64.load(tail + i)).store(tail + i) }
  for i in stride(from: 0, to: n, by: 8) { normalCenter(F64.load(u + i)).store(u + i) }
  for i in 0..<count { u[Int(positions[i])] = tail[i] }
}

// MARK: - Kernels

/// Types of 32 bits and less, by way of float32.
@inline(__always)
private func random32<F: FloatFormat>(
  _: F.Type, _ op: Int32, _ precision: UInt32, _ first: Int, _ n: Int, _ out: UnsafeMutableRawPointer,
  _ seed: UInt64, _ offset: UInt64, _ narrow: (F64) -> SIMD8<Float>
) where F.Lanes == F32 {
  withUnsafeTemporaryAllocation(of: Double.self, capacity: 256 + 128 + normalScratch) { memory in
    let wide = memory.baseAddress.unsafelyUnwrapped
    let values = UnsafeMutableRawPointer(wide + 256).assumingMemoryBound(to: Float.self)
    let scale = F32(repeating: Float(1) / Float(UInt32(1) << precision))
    forEachBlock(first, n, 4, seed, offset) { start, low, high, words in
      if op == BP_OP_RANDOM_UNIFORM {
        for i in 0..<16 {
          let x = UnsafeRawPointer(words + 16 &* i).loadUnaligned(as: SIMD16<UInt32>.self)
          let top = unsafeBitCast(x &>> SIMD16<UInt32>(repeating: 32 &- precision), to: I32.self)
          (lanes_float_i32(top) * scale).store(values + 16 &* i)
        }
      } else {
        for i in 0..<32 {
          let x = UnsafeRawPointer(words + 8 &* i).loadUnaligned(as: SIMD8<UInt32>.self)
          openUnit(x).store(wide + 8 &* i)
        }
        normal(256, wide, wide + 384)
        for i in 0..<32 {
          UnsafeMutableRawPointer(values + 8 &* i)
            .storeBytes(of: narrow(F64.load(wide + 8 &* i)), as: SIMD8<Float>.self)
        }
      }
      F.writeRun(high &- low, values + (low &- start), out + (low &- first) &* F.size)
    }
  }
}

/// float64.
@inline(__always)
private func random64(
  _ op: Int32, _ first: Int, _ n: Int, _ out: UnsafeMutableRawPointer, _ seed: UInt64, _ offset: UInt64
) {
  withUnsafeTemporaryAllocation(of: Double.self, capacity: 128 + normalScratch) { memory in
    let values = memory.baseAddress.unsafelyUnwrapped
    forEachBlock(first, n, 2, seed, offset) { start, low, high, words in
      for i in 0..<16 {
        let x = UnsafeRawPointer(words + 16 &* i).loadUnaligned(as: Words.self)
        if op == BP_OP_RANDOM_UNIFORM {
          (F64(unsafeBitCast(x &>> 11, to: I64.self)) * F64(repeating: 0x1p-53)).store(values + 8 &* i)
        } else {
          openUnit(x).store(values + 8 &* i)
        }
      }
      if op == BP_OP_RANDOM_NORMAL { normal(128, values, values + 128) }
      Float64Format.writeRun(high &- low, values + (low &- start), out + (low &- first) &* 8)
    }
  }
}

@inline(__always)
private func randomInteger<T: FixedWidthInteger>(
  _: T.Type, _ first: Int, _ n: Int, _ out: UnsafeMutableRawPointer, _ seed: UInt64, _ offset: UInt64,
  _ start: Int64, _ range: UInt64
) {
  let o = out.assumingMemoryBound(to: T.self)
  forEachBlock(first, n, 2, seed, offset) { block, low, high, words in
    for i in low..<high {
      let w = words + 2 &* (i &- block)
      let x = (UInt64(w[0]) | UInt64(w[1]) << 32).multipliedFullWidth(by: range).high
      o[i &- first] = T(truncatingIfNeeded: start &+ Int64(truncatingIfNeeded: x))
    }
  }
}

let randomElements: KernelTable.Random = { op, type, first, n, out, seed, offset, low, range in
  switch (op, type) {
  case (BP_OP_RANDOM_INTEGER, BP_UINT8): randomInteger(UInt8.self, first, n, out, seed, offset, low, range)
  case (BP_OP_RANDOM_INTEGER, BP_INT8): randomInteger(Int8.self, first, n, out, seed, offset, low, range)
  case (BP_OP_RANDOM_INTEGER, BP_INT16): randomInteger(Int16.self, first, n, out, seed, offset, low, range)
  case (BP_OP_RANDOM_INTEGER, BP_INT32): randomInteger(Int32.self, first, n, out, seed, offset, low, range)
  case (BP_OP_RANDOM_INTEGER, BP_INT64): randomInteger(Int64.self, first, n, out, seed, offset, low, range)
  case (_, BP_FLOAT16):
    random32(Float16Format.self, op, 11, first, n, out, seed, offset) { x in
      var r = SIMD8<Float>()
      for i in 0..<8 { r[i] = roundedToOdd(x[i]) }
      return r
    }
  case (_, BP_BFLOAT16):
    random32(BFloat16Format.self, op, 8, first, n, out, seed, offset) { x in
      var r = SIMD8<Float>()
      for i in 0..<8 { r[i] = roundedToOdd(x[i]) }
      return r
    }
  case (_, BP_FLOAT32):
    random32(Float32Format.self, op, 24, first, n, out, seed, offset) { lanes_narrow_f64($0) }
  case (_, BP_FLOAT64): random64(op, first, n, out, seed, offset)
  default: break
  }
}
