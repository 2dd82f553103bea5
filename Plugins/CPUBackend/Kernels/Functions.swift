import BackendAPI
import Glibc

// Section 6.12 of the header: in float64, by the C library where it has the function.

/// The function that an operator computes.
@inline(never) func scalarFunction(_ op: Int32) -> @convention(c) (Double) -> Double {
  switch op {
  case BP_OP_TAN: { tan($0) }
  case BP_OP_ASIN: { asin($0) }
  case BP_OP_ACOS: { acos($0) }
  case BP_OP_ATAN: { atan($0) }
  case BP_OP_SINH: { sinh($0) }
  case BP_OP_COSH: { cosh($0) }
  case BP_OP_ASINH: { asinh($0) }
  case BP_OP_ACOSH: { acosh($0) }
  case BP_OP_ATANH: { atanh($0) }
  case BP_OP_EXP2: { exp2($0) }
  case BP_OP_LOG2: { log2($0) }
  case BP_OP_LOG10: { log10($0) }
  case BP_OP_ERFC: { erfc($0) }
  case BP_OP_ERFINV: { erfInverse($0) }
  case BP_OP_LGAMMA: { logGamma($0) }
  case BP_OP_DIGAMMA: { digamma($0) }
  default: { $0 }
  }
}

/// Reentrant: C's lgamma leaves the sign of gamma in a variable of the process.
private func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  return lgamma_r(x, &sign)
}

/// M. Giles, "Approximating the erfinv function" (GPU Computing Gems, 2011), of which the variant for float32 gives a
/// start with six digits or more, and one step of Halley's method.
private func erfInverse(_ x: Double) -> Double {
  let magnitude = abs(x)
  guard magnitude < 1 && x != 0 else { return magnitude == 1 ? x * .infinity : magnitude > 1 ? .nan : x }
  let w = -log1p(-magnitude * magnitude)
  let start: Double
  if w < 5 {
    start = polynomial(w - 2.5, central)
  } else if w < 16 {
    start = polynomial(w.squareRoot() - 3, tail)
  } else {
    // Beyond what float32 reaches: erfc(y) is nearly exp(-y*y) / (y sqrt(pi)).
    let y = w.squareRoot()
    start = (w - log(y * 1.7724538509055159) + 0.6931471805599453).squareRoot()
  }
  var y = w < 16 ? start * magnitude : start
  for _ in 0..<(w < 16 ? 1 : 3) {
    // 1 - |x| is exact where erf has no digits left.
    let excess = magnitude < 0.5 ? erf(y) - magnitude : (1 - magnitude) - erfc(y)
    let step = excess * 0.886226925452758 * exp(y * y)
    y -= step / (1 + y * step)
  }
  return x < 0 ? -y : y
}

@inline(__always) private func polynomial(_ x: Double, _ c: InlineArray<9, Double>) -> Double {
  var sum = c[0]
  for i in 1..<9 { sum = sum * x + c[i] }
  return sum
}

@inline(__always) private var central: InlineArray<9, Double> {
  [
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164,
    0.246640727, 1.50140941,
  ]
}

@inline(__always) private var tail: InlineArray<9, Double> {
  [
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
    1.00167406, 2.83297682,
  ]
}

/// The derivative of log gamma: by reflection to positive numbers, by recurrence to those from 12 on, and there by the
/// asymptotic series (Abramowitz and Stegun, 6.3.7, 6.3.5 and 6.3.18).
private func digamma(_ x: Double) -> Double {
  if x == 0 { return x.sign == .minus ? .infinity : -.infinity }
  var (shifted, rest) = (x, 0.0)
  if x < 0 {
    // The cotangent has the period 1; what that leaves of x is exact.
    let fraction = x - x.rounded(.toNearestOrEven)
    guard fraction != 0 && x.isFinite else { return .nan }
    rest = -.pi / tan(.pi * fraction)
    shifted = 1 - x
  }
  while shifted < 12 {
    rest -= 1 / shifted
    shifted += 1
  }
  guard shifted.isFinite else { return shifted }
  let z = 1 / (shifted * shifted)
  let high = 1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z / 12))
  let series = z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * high)))
  return log(shifted) - 0.5 / shifted - series + rest
}
