// The random numbers that the header prescribes to the bit (its section 7). There is nothing to choose.
import Glibc

/// Philox-4x32-10: the four words of a counter [BP-7.1].
func philox(_ seed: UInt64, _ counter: UInt64) -> SIMD4<UInt32> {
  var key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  var w = SIMD4(UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32), 0, 0)
  for _ in 0..<10 {
    let p0 = UInt32(0xD251_1F53).multipliedFullWidth(by: w[0])
    let p1 = UInt32(0xCD9E_8D57).multipliedFullWidth(by: w[2])
    w = SIMD4(p1.high ^ w[1] ^ key[0], p1.low, p0.high ^ w[3] ^ key[1], p0.low)
    key = key &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
  }
  return w
}

/// The float32 of a word that is uniform in [0, 1) [BP-7.2].
func uniform(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }

/// low + floor(x * range / 2^64), x one of the two pairs of words [BP-7.3].
func inRange(_ words: SIMD4<UInt32>, pair: Int, low: Int64, range: UInt64) -> Int64 {
  let x = UInt64(words[2 * pair]) | UInt64(words[2 * pair + 1]) << 32
  return low &+ Int64(truncatingIfNeeded: x.multipliedFullWidth(by: range).high)
}

/// The normal float32 of a word, in the order of roundings that the header prescribes [BP-7.4].
func normal(_ word: UInt32) -> Float {
  let u = (Double(word) + 0.5) * 0x1p-32
  let q = u - 0.5
  if abs(q) <= 0.425 {
    let r = fma(-q, q, 0.180625)
    return Float(q * polynomial(r, a) / polynomial(r, b))
  }
  let r = (-naturalLog(q < 0 ? u : 1 - u)).squareRoot()
  let y = r <= 5 ? polynomial(r - 1.6, c) / polynomial(r - 1.6, d) : polynomial(r - 5, e) / polynomial(r - 5, f)
  return Float(q < 0 ? -y : y)
}

/// Horner's rule: P(r; c) of the header.
private func polynomial(_ r: Double, _ c: [Double]) -> Double {
  c.dropLast().reversed().reduce(c[c.count - 1]) { fma($0, r, $1) }
}

private func naturalLog(_ t: Double) -> Double {
  var (k, m) = (Double(t.exponent), t.significand)
  if m > 1.4142135623730951 { (k, m) = (k + 1, m / 2) }
  let f = m - 1
  let s = f / (2 + f)
  let w = s * s
  let r = w * polynomial(w, l)
  let h = (0.5 * f) * f
  return fma(k, 0.6931471805599453, f - (h - s * (h + r)))
}

// BP_NORMAL_A to BP_NORMAL_L.
private let a: [Double] = [
  3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
  4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3,
]
private let b: [Double] = [
  1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
  2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3,
]
private let c: [Double] = [
  1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
  1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
]
private let d: [Double] = [
  1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
  1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
]
private let e: [Double] = [
  6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
  2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
]
private let f: [Double] = [
  1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
  7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
]
private let l: [Double] = [
  6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
  1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
]
