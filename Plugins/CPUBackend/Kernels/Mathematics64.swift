import CPULanes
import Glibc

// Elementary functions of 8 float64 lanes. Those without a short vector form call the C library for
// each lane.

extension SIMD8<Double> {
  @inline(__always) private func each(_ f: (Double) -> Double) -> Self {
    var r = self
    for i in 0..<8 { r[i] = f(self[i]) }
    return r
  }

  /// self - n*pi/2, exact enough for a float32 result where |self| < 2^20.
  @inline(__always) func lessQuarterTurns(_ n: Self) -> Self {
    // The first part of pi/2 has 33 bits: its product with n is exact.
    (self - n * Self(repeating: 0x1.921fb544p+0)) - n * Self(repeating: 0x1.0b4611a626331p-34)
  }

  @inline(__always) private static func constant(_ x: Double) -> Self { Self(repeating: x) }

  /// Clamped to low ... high; NaN stays.
  @inline(__always) private func clamped(_ low: Double, _ high: Double) -> Self {
    let (low, high) = (Self.constant(low), Self.constant(high))
    let x = replacing(with: low, where: self .< low)
    return x.replacing(with: high, where: x .> high)
  }

  /// `n` and `r` with self = n*ln 2 + r, |r| <= ln 2 / 2.
  @inline(__always) private func reducedByLn2() -> (n: Self, r: Self) {
    let magic = Self.constant(0x1.8p52)
    let n = lanes_fma_f64(self, .constant(1.4426950408889634), magic) - magic
    // The first part of ln 2 has 33 bits, so that its product is exact without fma too.
    let r = lanes_fma_f64(n, .constant(-6.93147180369123816490e-01), self)
    return (n, lanes_fma_f64(n, .constant(-1.90821492927058770002e-10), r))
  }

  /// (e^r - 1 - r) / r² for |r| <= ln 2 / 2.
  @inline(__always) private func expTail() -> Self {
    var s = Self.constant(2.092699261357854853e-9)
    s = lanes_fma_f64(s, self, .constant(2.511234824360019249e-8))
    s = lanes_fma_f64(s, self, .constant(2.755723319168570612e-7))
    s = lanes_fma_f64(s, self, .constant(2.755723393019884734e-6))
    s = lanes_fma_f64(s, self, .constant(0.00002480158737395370344))
    s = lanes_fma_f64(s, self, .constant(0.0001984126989736106569))
    s = lanes_fma_f64(s, self, .constant(0.001388888888885831989))
    s = lanes_fma_f64(s, self, .constant(0.008333333333316618695))
    s = lanes_fma_f64(s, self, .constant(0.04166666666666672481))
    s = lanes_fma_f64(s, self, .constant(0.16666666666666684))
    return lanes_fma_f64(s, self, .constant(0.5))
  }

  @inline(__always) func exp() -> Self {
    let (n, r) = clamped(-746, 710).reducedByLn2()
    let p = lanes_fma_f64(r.expTail(), r * r, r) + .constant(1)
    return lanes_scale_f64(p, n)
  }
  @inline(__always) func expNonPositive() -> Self { exp() }

  /// As fdlibm: log(1 + f) by s = f / (2 + f), about which it is odd.
  @inline(__always) func log() -> Self {
    let tiny = self .< .constant(0x1p-1022)
    let x = replacing(with: self * .constant(0x1p54), where: tiny)
    let shift = Self.constant(0).replacing(with: .constant(-54), where: tiny)
    let fraction = I64(repeating: 0xf_ffff_ffff_ffff), one = I64(repeating: 0x3ff0_0000_0000_0000)
    var m = Self(bits: x.bits & fraction | one)
    // The exponent's bits, as the low bits of a mantissa, become a float.
    let exponent = unsafeBitCast(unsafeBitCast(x.bits, to: SIMD8<UInt64>.self) &>> 52, to: I64.self)
    let magic = Self.constant(0x1p52)
    var k = Self(bits: exponent | magic.bits) - (magic + .constant(1023)) + shift
    let isHigh = m .> .constant(1.4142135623730951)
    m = m.replacing(with: m * .constant(0.5), where: isHigh)
    k = k.replacing(with: k + .constant(1), where: isHigh)
    let f = m - .constant(1), s = f / (.constant(2) + f), w = s * s
    var p = Self.constant(1.479819860511658591e-01)
    p = lanes_fma_f64(p, w, .constant(1.531383769920937332e-01))
    p = lanes_fma_f64(p, w, .constant(1.818357216161805012e-01))
    p = lanes_fma_f64(p, w, .constant(2.222219843214978396e-01))
    p = lanes_fma_f64(p, w, .constant(2.857142874366239149e-01))
    p = lanes_fma_f64(p, w, .constant(3.999999999940941908e-01))
    p = lanes_fma_f64(p, w, .constant(6.666666666666735130e-01))
    let h = (.constant(0.5) * f) * f
    let tail = lanes_fma_f64(k, .constant(1.90821492927058770002e-10), s * (h + w * p))
    let result = lanes_fma_f64(k, .constant(6.93147180369123816490e-01), f - (h - tail))
    var r = result.replacing(with: self, where: .!(self .< .constant(.infinity)))
    r = r.replacing(with: .constant(.nan), where: self .< .constant(0))
    return r.replacing(with: .constant(-.infinity), where: self .== .constant(0))
  }

  @inline(__always) func expm1() -> Self { each(Glibc.expm1) }
  @inline(__always) func log1p() -> Self { each(Glibc.log1p) }
  @inline(__always) func sin() -> Self { each(Glibc.sin) }
  @inline(__always) func cos() -> Self { each(Glibc.cos) }

  /// (e^2a - 1) / (e^2a + 1); from 19.1 on that is 1.
  @inline(__always) func tanh() -> Self {
    let a = magnitudes(), limit = Self.constant(20)
    let x = a.replacing(with: limit, where: a .> limit)
    let (n, r) = (x + x).reducedByLn2()
    let q = lanes_fma_f64(r.expTail(), r * r, r)
    let power = lanes_scale_f64(.constant(1), n)
    let e = lanes_fma_f64(q, power, power - .constant(1))
    return (e / (e + .constant(2))).withSign(of: self)
  }

  @inline(__always) func erf() -> Self { each(Glibc.erf) }

  @inline(__always) func sigmoid() -> Self {
    let e = magnitudes().negated().exp()
    let numerator = e.replacing(with: Self(repeating: 1), where: self .>= Self(repeating: 0))
    return numerator / (Self(repeating: 1) + e)
  }

  @inline(__always) func normalDistribution() -> Self {
    (.constant(1) + (self * .constant(0.7071067811865476)).erf()) * .constant(0.5)
  }

  @inline(__always) func gelu() -> Self { self * normalDistribution() }
}
