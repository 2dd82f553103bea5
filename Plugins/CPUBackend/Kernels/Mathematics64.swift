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

  @inline(__always) func exp() -> Self { each(Glibc.exp) }
  @inline(__always) func expNonPositive() -> Self { exp() }
  @inline(__always) func expm1() -> Self { each(Glibc.expm1) }
  @inline(__always) func log() -> Self { each(Glibc.log) }
  @inline(__always) func log1p() -> Self { each(Glibc.log1p) }
  @inline(__always) func sin() -> Self { each(Glibc.sin) }
  @inline(__always) func cos() -> Self { each(Glibc.cos) }
  @inline(__always) func tanh() -> Self { each(Glibc.tanh) }
  @inline(__always) func erf() -> Self { each(Glibc.erf) }

  @inline(__always) func sigmoid() -> Self {
    let e = magnitudes().negated().exp()
    let numerator = e.replacing(with: Self(repeating: 1), where: self .>= Self(repeating: 0))
    return numerator / (Self(repeating: 1) + e)
  }
}
