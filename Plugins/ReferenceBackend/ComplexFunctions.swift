import Glibc

// Functions of complex numbers: C's principal values and branch cuts, where the sign of a zero says from which side a
// cut is met. The formulas are those that lose no digits of the result as a whole; a part that is small beside the
// other may lose some of its own.

func exp(_ z: Complex) -> Complex { exp(z.real) * Complex.cis(z.imaginary) }

/// exp(z) - 1, where cos(y) - 1 = -2 sin²(y/2).
func expm1(_ z: Complex) -> Complex {
  let half = sin(z.imaginary / 2)
  return Complex(
    expm1(z.real) * cos(z.imaginary) - 2 * half * half, exp(z.real) * sin(z.imaginary))
}

func exp2(_ z: Complex) -> Complex { exp2(z.real) * Complex.cis(z.imaginary * ln2) }

func log(_ z: Complex) -> Complex {
  // Near 1 the logarithm of the rounded magnitude has no digits left. z - 1 is exact there.
  if abs(z.real - 1) < 0.5 && abs(z.imaginary) < 0.5 { return log1p(Complex(z.real - 1, z.imaginary)) }
  return Complex(log(z.magnitude), atan2(z.imaginary, z.real))
}

/// log(1 + z): |1 + z|² = 1 + x(2 + x) + y².
func log1p(_ z: Complex) -> Complex {
  let (x, y) = (z.real, z.imaginary)
  let isSmall = abs(x) < 0.5 && abs(y) < 0.5
  let square = y == 0 ? x * (2 + x) : x * (2 + x) + y * y
  return Complex(isSmall ? log1p(square) / 2 : log(hypot(1 + x, y)), atan2(y, 1 + x))
}

func log2(_ z: Complex) -> Complex { log(z) / ln2 }

func log10(_ z: Complex) -> Complex { log(z) / ln10 }

/// The root with a real part that is not negative. Of the two parts the one that is a sum of two positive numbers is
/// computed, and the other from their product, y/2.
func sqrt(_ z: Complex) -> Complex {
  let size = max(abs(z.real), abs(z.imaginary))
  guard size > 0 && size.isFinite else {
    return size == 0 ? Complex(0, z.imaginary) : Complex(z.real > 0 ? .infinity : .nan, .nan)
  }
  // By a power of 4, so that neither the sum overflows nor the halves become subnormal.
  let exponent = Int(size.exponent) / 2
  let x = scalbn(z.real, -2 * exponent)
  let y = scalbn(z.imaginary, -2 * exponent)
  let greater = ((abs(x) + hypot(x, y)) / 2).squareRoot()
  let lesser = abs(y) / (2 * greater)
  let root = x >= 0 ? Complex(greater, lesser) : Complex(lesser, greater)
  return Complex(
    scalbn(root.real, exponent), Double(signOf: z.imaginary, magnitudeOf: scalbn(root.imaginary, exponent)))
}

func rsqrt(_ z: Complex) -> Complex { .one / sqrt(z) }

/// Whole exponents by products and ½ by the root, which lose nothing on the way through a logarithm; else exp(w log z).
/// A zero has no logarithm: its powers are what the header says.
func pow(_ z: Complex, _ w: Complex) -> Complex {
  if w.imaginary == 0 {
    if w.real == w.real.rounded() && abs(w.real) < 100 { return power(z, Int(w.real)) }
    if w.real == 0.5 { return sqrt(z) }
    if w.real == -0.5 { return rsqrt(z) }
  }
  if z == .one { return .one }
  if z == .zero && w.real > 0 { return .zero }
  return exp(w * log(z))
}

private func power(_ z: Complex, _ n: Int) -> Complex {
  if n < 0 { return .one / power(z, -n) }
  if n == 0 { return .one }
  let half = power(z, n / 2)
  if n == 1 { return z }
  return n % 2 == 0 ? half * half : half * half * z
}

/// 1/(1 + exp(-z)) = exp(z/2) / (2 cosh(z/2)), both multiplied by exp(-|x|/2), so that neither overflows. The sum
/// 1 + exp(-z) would cancel around the poles.
func sigmoid(_ z: Complex) -> Complex {
  let (x, half) = (z.real, Complex.cis(z.imaginary / 2))
  let cosh = Complex(
    (1 + exp(-abs(x))) * half.real, Double(signOf: x, magnitudeOf: expm1(-abs(x))) * half.imaginary)
  return exp(min(x, 0)) * half / cosh
}

// MARK: - Circular and hyperbolic functions

func sinh(_ z: Complex) -> Complex {
  Complex(sinh(z.real) * cos(z.imaginary), cosh(z.real) * sin(z.imaginary))
}

func cosh(_ z: Complex) -> Complex {
  Complex(cosh(z.real) * cos(z.imaginary), sinh(z.real) * sin(z.imaginary))
}

/// sinh z / cosh z, multiplied by the conjugate of cosh z: |cosh z|² = sinh² x + cos² y.
func tanh(_ z: Complex) -> Complex {
  let (x, y) = (z.real, z.imaginary)
  // From here on cosh² x is exp(2|x|)/4 to the last digit, and cos² y beside it nothing.
  if abs(x) > 22 { return Complex(Double(signOf: x, magnitudeOf: 1), 4 * sin(y) * cos(y) * exp(-2 * abs(x))) }
  let denominator = sinh(x) * sinh(x) + cos(y) * cos(y)
  return Complex(sinh(x) * cosh(x) / denominator, sin(y) * cos(y) / denominator)
}

func sin(_ z: Complex) -> Complex { sinh(z.timesI).overI }

func cos(_ z: Complex) -> Complex { cosh(z.timesI) }

func tan(_ z: Complex) -> Complex { tanh(z.timesI).overI }

// MARK: - Their inverses

// After W. Kahan, "Branch cuts for complex elementary functions", 1987. Not 1 - z*z, in which digits and the sign of
// a zero would be lost, but the roots of both factors.

func asin(_ z: Complex) -> Complex {
  let (minus, plus) = (sqrt(Complex(1 - z.real, -z.imaginary)), sqrt(Complex(1 + z.real, z.imaginary)))
  return Complex(atan2(z.real, (minus * plus).real), asinh((minus.conjugate * plus).imaginary))
}

func acos(_ z: Complex) -> Complex {
  let (minus, plus) = (sqrt(Complex(1 - z.real, -z.imaginary)), sqrt(Complex(1 + z.real, z.imaginary)))
  return Complex(2 * atan2(minus.real, plus.real), asinh((plus.conjugate * minus).imaginary))
}

func asinh(_ z: Complex) -> Complex { asin(z.timesI).overI }

func acosh(_ z: Complex) -> Complex {
  let (minus, plus) = (sqrt(Complex(z.real - 1, z.imaginary)), sqrt(Complex(z.real + 1, z.imaginary)))
  return Complex(asinh((minus.conjugate * plus).real), 2 * atan2(minus.imaginary, plus.real))
}

func atan(_ z: Complex) -> Complex { atanh(z.timesI).overI }

/// log((1 + z)/(1 - z)) / 2 with |1 + z|² / |1 - z|² = 1 + 4x/|1 - z|². Odd: for x >= 0.
func atanh(_ z: Complex) -> Complex {
  if z.real.sign == .minus { return -atanh(-z) }
  let (x, y) = (z.real, z.imaginary)
  let distance = (1 - x) * (1 - x) + y * y
  return Complex(log1p(4 * x / distance) / 4, atan2(2 * y, (1 - x) * (1 + x) - y * y) / 2)
}

private let ln2 = 0.6931471805599453
private let ln10 = 2.302585092994046
