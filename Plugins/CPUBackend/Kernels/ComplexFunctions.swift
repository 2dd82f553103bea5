import BackendAPI
import CPULanes
import Glibc

// Functions of complex numbers in float64: the C library's, and from those the ones that it has not.

typealias ComplexFunction = @convention(c) (complex_f64) -> complex_f64

/// The function of one number that an operator computes.
@inline(never) func complexFunction(_ op: Int32) -> ComplexFunction {
  switch op {
  case BP_OP_SQRT: { complex_csqrt($0) }
  case BP_OP_RSQRT: { quotient(one, complex_csqrt($0)) }
  case BP_OP_RECIPROCAL: { quotient(one, $0) }
  case BP_OP_EXP: { complex_cexp($0) }
  case BP_OP_EXPM1: { expm1($0) }
  case BP_OP_LOG: { complex_clog($0) }
  case BP_OP_LOG1P: { log1p($0) }
  case BP_OP_SIN: { complex_csin($0) }
  case BP_OP_COS: { complex_ccos($0) }
  case BP_OP_TANH: { complex_ctanh($0) }
  case BP_OP_SIGMOID: { sigmoid($0) }
  case BP_OP_TAN: { complex_ctan($0) }
  case BP_OP_ASIN: { complex_casin($0) }
  case BP_OP_ACOS: { complex_cacos($0) }
  case BP_OP_ATAN: { complex_catan($0) }
  case BP_OP_SINH: { complex_csinh($0) }
  case BP_OP_COSH: { complex_ccosh($0) }
  case BP_OP_ASINH: { complex_casinh($0) }
  case BP_OP_ACOSH: { complex_cacosh($0) }
  case BP_OP_ATANH: { complex_catanh($0) }
  case BP_OP_EXP2: { exp2($0) }
  case BP_OP_LOG2: { scaled(complex_clog($0), 1.4426950408889634) }
  case BP_OP_LOG10: { scaled(complex_clog($0), 0.4342944819032518) }
  default: { $0 }
  }
}

@inline(__always) private func scaled(_ z: complex_f64, _ factor: Double) -> complex_f64 {
  complex_f64(real: z.real * factor, imaginary: z.imaginary * factor)
}

/// By Smith's rule (CACM 5, 1962), which never squares the divisor. By zero each part is.
@inline(__always) func quotient(_ a: complex_f64, _ b: complex_f64) -> complex_f64 {
  if b.real == 0 && b.imaginary == 0 {
    return complex_f64(real: a.real / b.real, imaginary: a.imaginary / b.real)
  }
  if abs(b.real) >= abs(b.imaginary) {
    let ratio = b.imaginary / b.real
    let divisor = b.real + b.imaginary * ratio
    return complex_f64(
      real: (a.real + a.imaginary * ratio) / divisor, imaginary: (a.imaginary - a.real * ratio) / divisor)
  }
  let ratio = b.real / b.imaginary
  let divisor = b.real * ratio + b.imaginary
  return complex_f64(
    real: (a.real * ratio + a.imaginary) / divisor, imaginary: (a.imaginary * ratio - a.real) / divisor)
}

@inline(__always) private var one: complex_f64 { complex_f64(real: 1, imaginary: 0) }

@inline(__always) private func product(_ a: complex_f64, _ b: complex_f64) -> complex_f64 {
  complex_f64(
    real: a.real * b.real - a.imaginary * b.imaginary, imaginary: a.real * b.imaginary + a.imaginary * b.real)
}

/// A whole power, from the highest bit of the exponent on.
private func power(_ z: complex_f64, _ n: Int) -> complex_f64 {
  let size = n.magnitude
  if size == 0 { return one }
  var result = z, bit = (UInt(1) &<< UInt(63 &- size.leadingZeroBitCount)) / 2
  while bit > 0 {
    result = product(result, result)
    if size & bit != 0 { result = product(result, z) }
    bit /= 2
  }
  return n < 0 ? quotient(one, result) : result
}

/// Whole exponents by products and ½ by the root, which lose nothing on the way through a logarithm; else exp(w log z).
/// A zero has no logarithm: its powers are what the header says.
@inline(__always) func power(_ z: complex_f64, _ w: complex_f64) -> complex_f64 {
  if w.imaginary == 0 {
    if w.real == w.real.rounded() && abs(w.real) < 100 { return power(z, Int(w.real)) }
    if w.real == 0.5 { return complex_csqrt(z) }
    if w.real == -0.5 { return quotient(one, complex_csqrt(z)) }
  }
  if z.imaginary == 0 {
    if z.real == 1 { return one }
    if z.real == 0 && w.real > 0 { return complex_f64(real: 0, imaginary: 0) }
  }
  let log = complex_clog(z)
  return complex_cexp(
    complex_f64(
      real: w.real * log.real - w.imaginary * log.imaginary,
      imaginary: w.real * log.imaginary + w.imaginary * log.real))
}

/// The real part is not multiplied by log 2, which would round it.
private func exp2(_ z: complex_f64) -> complex_f64 {
  let (power, angle) = (exp2(z.real), z.imaginary * 0.6931471805599453)
  return complex_f64(real: power * cos(angle), imaginary: power * sin(angle))
}

/// With cos(y) - 1 = -2 sin²(y/2), of which no digits are lost.
private func expm1(_ z: complex_f64) -> complex_f64 {
  let half = sin(z.imaginary / 2)
  return complex_f64(
    real: expm1(z.real) * cos(z.imaginary) - 2 * half * half, imaginary: exp(z.real) * sin(z.imaginary))
}

/// Near 0 from |1 + z|² = 1 + x(2 + x) + y².
private func log1p(_ z: complex_f64) -> complex_f64 {
  let (x, y) = (z.real, z.imaginary)
  guard abs(x) < 0.5 && abs(y) < 0.5 else { return complex_clog(complex_f64(real: 1 + x, imaginary: y)) }
  let square = y == 0 ? x * (2 + x) : x * (2 + x) + y * y
  return complex_f64(real: log1p(square) / 2, imaginary: atan2(y, 1 + x))
}

/// exp(z/2) / (2 cosh(z/2)), both multiplied by exp(-|x|/2), so that neither overflows.
private func sigmoid(_ z: complex_f64) -> complex_f64 {
  let (x, sine, cosine) = (z.real, sin(z.imaginary / 2), cos(z.imaginary / 2))
  let (power, sign) = (exp(min(x, 0)), x < 0 ? -1.0 : 1)
  return quotient(
    complex_f64(real: power * cosine, imaginary: power * sine),
    complex_f64(real: (1 + exp(-abs(x))) * cosine, imaginary: -sign * expm1(-abs(x)) * sine))
}
