import Glibc

/// log |gamma(x)|. C's lgamma leaves gamma's sign in a variable of the process, which threads would share.
func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  return lgamma_r(x, &sign)
}

/// The inverse of erf: a start with a few digits, and Halley's method, which triples them with each step.
func erfInverse(_ x: Double) -> Double {
  let magnitude = abs(x)
  guard magnitude < 1 && x != 0 else { return magnitude == 1 ? x * .infinity : magnitude > 1 ? .nan : x }
  let halfRootPi = 0.886226925452758
  var y: Double
  if magnitude < 0.5 {
    y = halfRootPi * magnitude * (1 + .pi / 12 * magnitude * magnitude)
  } else {
    // S. Winitzki, "A handy approximation for the error function and its inverse", 2008.
    let a = 0.147
    let logarithm = log((1 - magnitude) * (1 + magnitude))
    let b = 2 / (.pi * a) + logarithm / 2
    y = ((b * b - logarithm / a).squareRoot() - b).squareRoot()
  }
  for _ in 0..<3 {
    // 1 - |x| is exact where erf has no digits left.
    let excess = magnitude < 0.5 ? erf(y) - magnitude : (1 - magnitude) - erfc(y)
    let step = excess * halfRootPi * exp(y * y)
    y -= step / (1 + y * step)
  }
  return Double(signOf: x, magnitudeOf: y)
}

/// The derivative of log gamma.
func digamma(_ x: Double) -> Double {
  if x == 0 { return Double(signOf: x, magnitudeOf: .infinity) * -1 }
  if x < 0 {
    // By reflection at 1/2. The tangent has the period 1; what it leaves of x is exact.
    let fraction = x - x.rounded(.toNearestOrEven)
    guard fraction != 0 && x.isFinite else { return .nan }
    return digamma(1 - x) - .pi / tan(.pi * fraction)
  }
  // digamma(x) = digamma(x + 1) - 1/x, up to where the asymptotic series is exact to the last digit.
  var (shifted, below) = (x, 0.0)
  while shifted < 12 {
    below += 1 / shifted
    shifted += 1
  }
  guard shifted.isFinite else { return shifted }
  // Abramowitz and Stegun, 6.3.18: log x - 1/(2x) - sum of B(2k)/(2k x^(2k)), the highest power first.
  let inverseSquare = 1 / (shifted * shifted)
  let coefficients = [1.0 / 12, -691.0 / 32760, 1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12]
  let series = coefficients.reduce(0) { ($0 + $1) * inverseSquare }
  return log(shifted) - 0.5 / shifted - series - below
}
