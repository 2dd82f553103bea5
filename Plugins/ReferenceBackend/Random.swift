import BackendAPI

/// Section 6.2 of the header, random numbers, as section 7 defines them.
let randomOperators: [Operator] = [
  Operator(BP_OP_RANDOM_UNIFORM, "RANDOM_UNIFORM", .float, inputs: []) { call throws(Failure) in
    let p = try call.parameters(bp_random_params())
    let out = call.outputs[0]
    switch out.dtype {
    case .float64: out.store(words64(out.count, p).map { Double($0 >> 11) * 0x1p-53 })
    case .float32: out.store(words32(out.count, p).map { Double($0 >> 8) * 0x1p-24 })
    case .bfloat16: out.store(words32(out.count, p).map { Double($0 >> 24) * 0x1p-8 })
    default: out.store(words32(out.count, p).map { Double($0 >> 21) * 0x1p-11 })
    }
  },

  Operator(BP_OP_RANDOM_NORMAL, "RANDOM_NORMAL", .float, inputs: []) { call throws(Failure) in
    let p = try call.parameters(bp_random_params())
    let out = call.outputs[0]
    if out.dtype == .float64 {
      out.store(words64(out.count, p).map { normal((Double($0 >> 12) + 0.5) * 0x1p-52) })
    } else {
      out.store(words32(out.count, p).map { normal((Double($0) + 0.5) * 0x1p-32) })
    }
  },

  Operator(BP_OP_RANDOM_INTEGER, "RANDOM_INTEGER", .integer, inputs: []) { call throws(Failure) in
    let p = try call.parameters(bp_random_params())
    guard p.range > 0 else { throw .invalid("RANDOM_INTEGER: range is 0") }
    let out = call.outputs[0]
    out.store(
      words64(out.count, p).map { x in
        p.low &+ Int64(bitPattern: x.multipliedFullWidth(by: p.range).high)
      })
  },
]

// MARK: - Philox-4x32-10 [BP-7.1]

/// The first `count` words of the stream: word i is word i mod 4 of the block at offset + i/4.
func words32(_ count: Int, _ p: bp_random_params) -> [UInt32] {
  var words: [UInt32] = []
  words.reserveCapacity(count + 3)
  var c = p.offset
  while words.count < count {
    words += philox(counter: c, key: p.seed)
    c &+= 1
  }
  return words
}

/// The first `count` pairs of words of the stream as 64-bit words, the low half first.
private func words64(_ count: Int, _ p: bp_random_params) -> [UInt64] {
  let words = words32(2 * count, p)
  return (0..<count).map { UInt64(words[2 * $0]) | UInt64(words[2 * $0 + 1]) << 32 }
}

/// The four words of one block.
private func philox(counter: UInt64, key: UInt64) -> [UInt32] {
  var (x0, x1) = (UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32))
  var (x2, x3) = (UInt32(0), UInt32(0))
  var (k0, k1) = (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
  for _ in 0..<10 {
    let a = x0.multipliedFullWidth(by: 0xD251_1F53)
    let b = x2.multipliedFullWidth(by: 0xCD9E_8D57)
    (x0, x1, x2, x3) = (b.high ^ x1 ^ k0, b.low, a.high ^ x3 ^ k1, a.low)
    k0 &+= 0x9E37_79B9
    k1 &+= 0xBB67_AE85
  }
  return [x0, x1, x2, x3]
}

// MARK: - The inverse of the normal distribution, Wichura's AS 241 [BP-7.4]

private func normal(_ u: Double) -> Double {
  let q = u - 0.5
  if abs(q) <= 0.425 {
    let r = (-q).fma(q, 0.180625)
    return q * polynomial(r, normalA) / polynomial(r, normalB)
  }
  let t = q < 0 ? u : 1 - u
  let r = (-naturalLogarithm(t)).squareRoot()
  let y: Double
  if r <= 5 {
    y = polynomial(r - 1.6, normalC) / polynomial(r - 1.6, normalD)
  } else {
    y = polynomial(r - 5, normalE) / polynomial(r - 5, normalF)
  }
  return q < 0 ? -y : y
}

/// The natural logarithm, in the header's own order of operations: a C library's would differ from
/// machine to machine.
private func naturalLogarithm(_ t: Double) -> Double {
  var (k, m) = (Double(t.exponent), t.significand)
  if m > 1.4142135623730951 { (k, m) = (k + 1, m / 2) }
  let f = m - 1
  let s = f / (2 + f)
  let w = s * s
  let r = w * polynomial(w, normalL)
  let h = 0.5 * f * f
  return k.fma(0.6931471805599453, f - (h - s * (h + r)))
}

/// Horner's rule with fused multiply-adds, coefficients lowest power first.
private func polynomial(_ x: Double, _ coefficients: [Double]) -> Double {
  var sum = coefficients.last!
  for c in coefficients.dropLast().reversed() { sum = sum.fma(x, c) }
  return sum
}

extension Double {
  /// self * b + c, rounded once.
  fileprivate func fma(_ b: Double, _ c: Double) -> Double { c.addingProduct(self, b) }
}

// The header's BP_NORMAL_A … BP_NORMAL_L; Swift does not see C's brace macros.
private let normalA: [Double] = [
  3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
  1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
  3.3430575583588128105e+4, 2.5090809287301226727e+3,
]
private let normalB: [Double] = [
  1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2,
  5.3941960214247511077e+3, 2.1213794301586595867e+4, 3.9307895800092710610e+4,
  2.8729085735721942674e+4, 5.2264952788528545610e+3,
]
private let normalC: [Double] = [
  1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
  3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
  2.27238449892691845833e-2, 7.74545014278341407640e-4,
]
private let normalD: [Double] = [
  1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
  6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
  5.47593808499534494600e-4, 1.05075007164441684324e-9,
]
private let normalE: [Double] = [
  6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
  2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
  2.71155556874348757815e-5, 2.01033439929228813265e-7,
]
private let normalF: [Double] = [
  1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
  1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
  1.42151175831644588870e-7, 2.04426310338993978564e-15,
]
private let normalL: [Double] = [
  6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
  2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
  1.479819860511658591e-01,
]
