import CPULanes
import Glibc

// Elementary functions of 16 float32 lanes: 1 to 2 units in the last place over the whole range.

/// Adding this leaves the nearest integer in the low bits of the mantissa.
private let roundingConstant: Float = 12_582_912  // 1.5 * 2^23

extension SIMD16<Float> {
  @inline(__always) private static func constant(_ x: Float) -> Self { Self(repeating: x) }

  /// Horner's rule, the highest power first.
  @inline(__always) private func polynomial(_ c0: Float, _ c1: Float, _ c2: Float) -> Self {
    let s = lanes_fma_f32(.constant(c0), self, .constant(c1))
    return lanes_fma_f32(s, self, .constant(c2))
  }

  /// `n` and `r` with self = n*ln 2 + r, |r| <= ln 2 / 2, for |self| < 1000.
  @inline(__always) private func reducedByLn2() -> (n: Self, r: Self) {
    let magic = Self.constant(roundingConstant)
    let n = lanes_fma_f32(self, .constant(1.44269504), magic) - magic
    // The first part of ln 2 has 10 bits, so that its product is exact without fma too.
    let r = lanes_fma_f32(n, .constant(-0.693359375), self)
    return (n, lanes_fma_f32(n, .constant(2.12194440e-4), r))
  }

  /// (e^r - 1 - r) / r² for |r| <= ln 2 / 2.
  @inline(__always) private func expTail() -> Self {
    let s = polynomial(0.001395060292, 0.008368953433, 0.04166620413)
    return lanes_fma_f32(lanes_fma_f32(s, self, .constant(0.1666651831)), self, .constant(0.5))
  }

  /// 2^self for integers in -126 ... 127.
  @inline(__always) private func powerOfTwo() -> Self {
    let n = (self + .constant(roundingConstant)).bits
    return Self(bits: (n &<< 23) &+ I32(repeating: 0x3f80_0000))
  }

  /// Clamped to low ... high; NaN stays.
  @inline(__always) private func clamped(_ low: Float, _ high: Float) -> Self {
    lanes_lesser_f32(.constant(high), lanes_greater_f32(.constant(low), self))
  }

  /// exp for -104 ... 89 and NaN.
  @inline(__always) private func expWithinRange() -> Self {
    if lanes_have_avx512() != 0 {
      // self = n*ln 2 + r for a multiple n of 1/16: its fraction is looked up, and r is small enough for a cubic.
      let magic = Self.constant(roundingConstant / 16)
      let sum = lanes_fma_f32(self, .constant(1.44269504), magic), n = sum - magic
      let r = lanes_fma_f32(n, .constant(2.12194440e-4), lanes_fma_f32(n, .constant(-0.693359375), self))
      let fraction = lanes_fraction_power_f32(sum.bits)
      let q = lanes_fma_f32(lanes_fma_f32(r, .constant(0.166669935), .constant(0.500009775)), r, .constant(1))
      return lanes_scale_f32(lanes_fma_f32(fraction * r, q, fraction), n)
    }
    let (n, r) = reducedByLn2()
    let p = lanes_fma_f32(lanes_fma_f32(r.expTail(), r, .constant(1)), r, .constant(1))
    return lanes_scale_f32(p, n)
  }

  @inline(__always) func exp() -> Self { clamped(-104, 89).expWithinRange() }

  @inline(__always) func expNonPositive() -> Self {
    let x = lanes_greater_f32(.constant(-104), self)
    if lanes_have_avx512() != 0 { return x.expWithinRange() }
    let magic = Self.constant(roundingConstant)
    let sum = lanes_fma_f32(x, .constant(1.44269504), magic), n = sum - magic
    let r = lanes_fma_f32(n, .constant(2.12194440e-4), lanes_fma_f32(n, .constant(-0.693359375), x))
    let p = lanes_fma_f32(lanes_fma_f32(r.expTail(), r, .constant(1)), r, .constant(1))
    // 2^(n + 64) is a normal number for every n from -150 to 0, so that only the last product rounds.
    let power = Self(bits: (sum.bits &<< 23) &+ I32(repeating: (127 + 64) << 23))
    return p * power * .constant(0x1p-64)
  }

  @inline(__always) func expm1() -> Self {
    let x = clamped(-20, 89)
    let (n, r) = x.reducedByLn2()
    let q = lanes_fma_f32(r.expTail(), r * r, r)
    // (q + 1) * 2^n - 1 with half of 2^n, which is finite for n = 128.
    let half = (n - .constant(1)).powerOfTwo()
    let scaled = lanes_fma_f32(q, half, half - .constant(0.5))
    let result = (scaled + scaled).replacing(with: q, where: n .== .constant(0))
    // A subnormal, and -0.0, is its own result.
    return result.replacing(with: self, where: magnitudes() .< .constant(1e-30))
  }

  /// (log(1 + self) - self) / self² for -1/4 <= self <= 1/2.
  @inline(__always) private func logTail(_ s: Self) -> Self {
    var r = Self.constant(-4.54559326e-2), t = Self.constant(0.105529785)
    r = lanes_fma_f32(r, s, .constant(-0.132279143))
    t = lanes_fma_f32(t, s, .constant(0.144911006))
    r = lanes_fma_f32(r, s, .constant(-0.166416913))
    t = lanes_fma_f32(t, s, .constant(0.199886635))
    r = lanes_fma_f32(r, s, .constant(-0.250001878))
    r = lanes_fma_f32(t, self, r)
    r = lanes_fma_f32(r, self, .constant(0.333335280))
    return lanes_fma_f32(r, self, .constant(-0.5))
  }

  /// log(1 + self), as above, plus e*ln 2.
  @inline(__always) private func logPolynomial(plus e: Self) -> Self {
    let s = self * self
    // The smallest terms first.
    let tail = lanes_fma_f32(e, .constant(-2.12194440e-4), logTail(s) * s)
    return lanes_fma_f32(e, .constant(0.693359375), self + tail)
  }

  /// The value of an exponent field's worth of bits, as a float.
  @inline(__always) private static func exponent(_ bits: I32) -> Self {
    let magic = I32(repeating: 0x4b40_0000)
    return Self(bits: (bits &>> 23) &+ magic) - .constant(roundingConstant)
  }

  @inline(__always) func log() -> Self {
    if lanes_have_avx512() != 0 {
      // Zero, infinity, NaN and negative numbers come out right by themselves.
      let m = lanes_mantissa_f32(self), one = Self.constant(1), e = lanes_exponent_f32(self)
      let f = m - one, s = f * f
      return lanes_fma_f32(
        e.replacing(with: e + one, where: m .< one), .constant(0.693147182), lanes_fma_f32(f.logTail(s), s, f))
    }
    let tiny = self .< .constant(0x1p-126)
    let x = replacing(with: self * .constant(8_388_608), where: tiny)
    let shift = Self.constant(0).replacing(with: .constant(-23), where: tiny)
    let bits = (x.bits &- I32(repeating: 0x3f40_0000)) & I32(repeating: -0x80_0000)
    let m = Self(bits: x.bits &- bits)
    let r = (m - .constant(1)).logPolynomial(plus: Self.exponent(bits) + shift)
    return r.withLogarithmEdges(self)
  }

  /// -inf at 0, NaN below, inf and NaN themselves.
  @inline(__always) private func withLogarithmEdges(_ x: Self) -> Self {
    var r = replacing(with: x, where: .!(x .< .constant(.infinity)))
    r = r.replacing(with: .constant(.nan), where: x .< .constant(0))
    return r.replacing(with: .constant(-.infinity), where: x .== .constant(0))
  }

  @inline(__always) func log1p() -> Self {
    let u = self + .constant(1)
    let bits = (u.bits &- I32(repeating: 0x3f40_0000)) & I32(repeating: -0x80_0000)
    // 1 + x = 2^e * (1 + m). The two parts of m are scaled apart, for no bit of x to be lost.
    let scale = Self(bits: I32(repeating: 0x4080_0000) &- bits)
    let scaledX = self * (scale * .constant(0.25))
    let m = scaledX + lanes_fma_f32(.constant(0.25), scale, .constant(-1))
    let r = m.logPolynomial(plus: Self.exponent(bits))
    let tiny = magnitudes() .< .constant(1e-30)
    return r.withLogarithmEdges(u).replacing(with: self, where: tiny .| (self .== .constant(.infinity)))
  }

  /// The sine (quarter 0) or cosine (quarter 1).
  @inline(__always) private func sine(quarter: Int32) -> Self {
    let magic = Self.constant(roundingConstant)
    let shifted: Self
    var r: Self
    if lanes_have_fma() != 0 {
      shifted = lanes_fma_f32(self, .constant(0.636619772), magic)
      let n = shifted - magic
      // Cody and Waite: pi/2 in three parts.
      r = lanes_fma_f32(n, .constant(-0x1.921fb0p+00), self)
      r = lanes_fma_f32(n, .constant(-0x1.5110b4p-22), r)
      r = lanes_fma_f32(n, .constant(-0x1.846988p-48), r)
    } else {
      shifted = self * .constant(0.636619772) + magic
      let n = shifted - magic
      let low = lanes_widen_f32(lowHalf).lessQuarterTurns(lanes_widen_f32(n.lowHalf))
      let high = lanes_widen_f32(highHalf).lessQuarterTurns(lanes_widen_f32(n.highHalf))
      r = Self(lowHalf: lanes_narrow_f64(low), highHalf: lanes_narrow_f64(high))
    }
    let q = shifted.bits &+ I32(repeating: quarter)
    let s = r * r
    var sine = s.polynomial(2.86567956e-6, -1.98559923e-4, 8.33338592e-3)
    sine = lanes_fma_f32(sine, s, .constant(-1.66666672e-1))
    // The sum of -0.0 and the product, which is 0 there, would be 0.
    sine = lanes_fma_f32(sine, r * s, r).withSign(of: r)
    var cosine = s.polynomial(2.44677067e-5, -1.38877297e-3, 4.16666567e-2)
    cosine = lanes_fma_f32(cosine, s, .constant(-0.5))
    cosine = lanes_fma_f32(cosine, s, .constant(1))
    let odd = (q & I32(repeating: 1)) .!= I32(repeating: 0)
    let sign = (q & I32(repeating: 2)) &<< 30
    let value = sine.replacing(with: cosine, where: odd)
    return Self(bits: value.bits ^ sign)
  }

  @inline(__always) func sin() -> Self {
    let large = .!(magnitudes() .< .constant(32_768))
    let result = sine(quarter: 0)
    return anyLane(large) ? Self.largeSine(self, result, cosine: false) : result
  }

  @inline(__always) func cos() -> Self {
    let large = .!(magnitudes() .< .constant(32_768))
    let result = sine(quarter: 1)
    return anyLane(large) ? Self.largeSine(self, result, cosine: true) : result
  }

  /// Replaces the lanes of large arguments, infinity and NaN: the C library reduces them exactly.
  @inline(never) private static func largeSine(_ x: Self, _ result: Self, cosine: Bool) -> Self {
    var result = result
    for i in 0..<16 where !(abs(x[i]) < 32_768) {
      result[i] = cosine ? Glibc.cosf(x[i]) : Glibc.sinf(x[i])
    }
    return result
  }

  @inline(__always) func tanh() -> Self {
    // (e^2a - 1) / (e^2a + 1); from 9.02 on that is 1.
    let a = magnitudes(), limit = Self.constant(9.1)
    let x = a.replacing(with: limit, where: a .> limit)
    let (n, r) = (x + x).reducedByLn2()
    let q = lanes_fma_f32(r.expTail(), r * r, r)
    let power = lanes_scale_f32(.constant(1), n)
    let e = lanes_fma_f32(q, power, power - .constant(1))
    return lanes_ratio_f32(e, e + .constant(2)).withSign(of: self)
  }

  @inline(__always) func sigmoid() -> Self {
    let e = magnitudes().negated().expNonPositive()
    let numerator = e.replacing(with: .constant(1), where: self .>= .constant(0))
    return lanes_ratio_f32(numerator, .constant(1) + e)
  }

  @inline(__always) func erf() -> Self {
    let t = magnitudes(), s = self * self
    var r = lanes_fma_f32(.constant(-1.72853470e-5), t, .constant(3.83197126e-4))
    let u = lanes_fma_f32(.constant(-3.88396438e-3), t, .constant(2.42546219e-2))
    r = lanes_fma_f32(r, s, u)
    r = lanes_fma_f32(r, t, .constant(-1.06777877e-1))
    r = lanes_fma_f32(r, t, .constant(-6.34846687e-1))
    r = lanes_fma_f32(r, t, .constant(-1.28717512e-1))
    r = lanes_fma_f32(r, t, t.negated())
    // Beyond 4 the result is 1, and the polynomial is not to be trusted.
    r = r.replacing(with: .constant(-100), where: t .> .constant(4))
    let far = (.constant(1) - r.expNonPositive()).withSign(of: self)
    var near = s.polynomial(-5.96761703e-4, 4.99119423e-3, -2.67681349e-2)
    near = lanes_fma_f32(near, s, .constant(1.12819925e-1))
    near = lanes_fma_f32(near, s, .constant(-3.76125336e-1))
    near = lanes_fma_f32(near, s, .constant(1.28379166e-1))
    near = lanes_fma_f32(near, self, self)
    return near.replacing(with: far, where: t .> .constant(0.927734375))
  }

  /// erfc(a/sqrt 2) for a >= 0, to 1e-7 of its greatest value: the exponential of a polynomial, whose weighted error is
  /// least. It falls beyond the last point of its fit, at 6.5, too.
  @inline(__always) private static func doubleTail(_ a: Self) -> Self {
    var r = lanes_fma_f32(.constant(-3.8999513e-8), a, .constant(9.63385406e-7))
    r = lanes_fma_f32(r, a, .constant(-1.054439e-5))
    r = lanes_fma_f32(r, a, .constant(6.55420745e-5))
    r = lanes_fma_f32(r, a, .constant(-2.24629483e-4))
    r = lanes_fma_f32(r, a, .constant(4.37739206e-5))
    r = lanes_fma_f32(r, a, .constant(4.78060761e-3))
    r = lanes_fma_f32(r, a, .constant(-3.63358229e-2))
    r = lanes_fma_f32(r, a, .constant(-0.318309739))
    r = lanes_fma_f32(r, a, .constant(-0.797884575))
    return (r * a).expNonPositive()
  }

  @inline(__always) func normalDistribution() -> Self {
    let tail = Self.doubleTail(magnitudes()) * .constant(0.5)
    return (.constant(1) - tail).replacing(with: tail, where: self .< .constant(0))
  }

  @inline(__always) func gelu() -> Self {
    // max(x, 0) - |x| (1 - PHI(|x|)), of which the last is 0 at infinity, but not a product with it at -infinity.
    let a = lanes_lesser_f32(.constant(100), self).magnitudes()
    return lanes_greater_f32(.constant(0), self) - (a * .constant(0.5)) * Self.doubleTail(a)
  }
}
