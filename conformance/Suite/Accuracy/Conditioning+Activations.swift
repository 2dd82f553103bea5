import Glibc

/// Sums of two terms that cancel on one side: x/2 and x/2 * erf, say. Functions have the ulps that the table grants them:
/// erf 16, exp 3, tanh 5, the sigmoid 8. Where a function has come so close to its limit that float64 does not tell them
/// apart, it is held to the limit: what remains of the exact result may be missing there, or be twice as much.
extension Conditioning {
  /// The format that is computed in [BP-3.5].
  private static func computed(_ problem: Problem) -> FloatFormat {
    (problem.expected[0].dtype == .float64 ? DType.float64 : .float32).format!
  }

  private static func density(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }

  /// Whether erf(x/sqrt 2) is 1 or -1 in float64.
  private static func isLevel(_ x: Double) -> Bool { abs(x) >= 8.5 }

  /// The error of PHI(x) = (1 + erf(x/sqrt 2))/2: erf's own; that of its argument, two roundings, times x phi(x); and
  /// the sum's.
  private static func distribution(_ x: Double, _ problem: Problem) -> (value: Double, error: Double) {
    let value = erfc(-x / 2.0.squareRoot()) / 2
    if isLevel(x) { return (value, x < 0 ? 2 * value : problem.unit) }
    let function = 8 * computed(problem).ulp(erf(x / 2.0.squareRoot()))
    return (value, function + problem.unit * (2 * abs(x) * density(x) + value))
  }

  /// x PHI(x): a product more.
  @Sendable static func gelu(_ problem: Problem) -> Bounds {
    let x = problem.input(0)
    let errors = x.map { x in
      let (value, error) = distribution(x, problem)
      return abs(x) * (error + problem.unit * value) + computed(problem).leastSubnormal
    }
    return Bounds(errors, x.map { isLevel($0) ? $0 < 0 ? 0 : $0 : abs($0) })
  }

  /// g (PHI(x) + x phi(x)). Of phi the exponent is off by two roundings, which are x² units of the result, exp by 6, and
  /// there are three products; where it becomes subnormal, it has as many digits as that leaves.
  @Sendable static func geluBackward(_ problem: Problem) -> Bounds {
    let (g, x) = (problem.input(0), problem.input(1))
    var (errors, scales): ([Double], [Double]) = ([], [])
    for (g, x) in zip(g, x) {
      let (value, error) = distribution(x, problem)
      let slope = x.isInfinite || isLevel(x) && density(x) == 0 ? 0 : abs(x) * density(x)
      let vanishing = slope == 0 ? 0 : 4 * abs(x) * computed(problem).leastSubnormal
      let terms = value + slope
      errors.append(
        abs(g) * (error + problem.unit * (slope * (x * x + 9) + 2 * terms) + vanishing)
          + computed(problem).leastSubnormal)
      scales.append(abs(g) * terms)
    }
    return Bounds(errors, scales)
  }

  /// What GELU_TANH is made of: tanh of its argument t, and 1 + tanh and 1 - tanh² with their errors. 5 ulp of tanh are 10
  /// units; six roundings of t, whose terms have one sign, weigh t (1 - tanh²). 1 - tanh² has twice the error of tanh, and
  /// two roundings.
  private struct Tangent {
    let value: Double
    let sum: (value: Double, error: Double)
    let rest: (value: Double, error: Double)

    init(_ x: Double, _ problem: Problem) {
      let t = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
      value = tanh(t)
      let e = exp(-2 * abs(t)), sum = (t < 0 ? 2 * e : 2) / (1 + e), rest = 4 * e / (1 + e) / (1 + e)
      if abs(t) >= 20 {
        // The exponential here may itself have vanished.
        let least = Double.leastNonzeroMagnitude
        self.sum = (sum, t < 0 ? 2 * (sum + 2 * least) : problem.unit)
        self.rest = (rest, 2 * (rest + 4 * least))
      } else {
        let error = problem.unit * (10 * abs(value) + 6 * abs(t) * rest)
        self.sum = (sum, error + problem.unit * sum)
        self.rest = (rest, 2 * abs(value) * error + problem.unit * (1 + value * value))
      }
    }
  }

  /// x/2 (1 + tanh t): a product more.
  @Sendable static func geluTanh(_ problem: Problem) -> Bounds {
    let x = problem.input(0)
    var (errors, scales): ([Double], [Double]) = ([], [])
    for x in x {
      let tangent = Tangent(x, problem)
      errors.append(
        abs(x) / 2 * (tangent.sum.error + problem.unit * tangent.sum.value) + computed(problem).leastSubnormal)
      scales.append(abs(x) / 2 * (1 + abs(tangent.value)))
    }
    return Bounds(errors, scales)
  }

  /// g ((1 + tanh t)/2 + x/2 (1 - tanh² t) t'): five products and sums follow.
  @Sendable static func geluTanhBackward(_ problem: Problem) -> Bounds {
    let (g, x) = (problem.input(0), problem.input(1))
    var (errors, scales): ([Double], [Double]) = ([], [])
    for (g, x) in zip(g, x) {
      let tangent = Tangent(x, problem)
      let (sum, rest) = (tangent.sum, tangent.rest)
      // Far out tanh is level, and so is the function, whatever the factors are.
      let factor = abs(x) > 40 ? 0 : abs(x) / 2 * (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
      let terms = sum.value / 2 + factor * rest.value
      errors.append(
        abs(g) * (sum.error / 2 + factor * (rest.error + 5 * problem.unit * rest.value) + 3 * problem.unit * terms)
          + computed(problem).leastSubnormal)
      scales.append(abs(g) * ((1 + abs(tangent.value)) / 2 + factor * rest.value))
    }
    return Bounds(errors, scales)
  }

  /// g s (1 + x (1 - s)): the sigmoid is off by 8 ulp, which are as many steps of a subnormal one; 1 - s by these and a
  /// rounding; products and the sum follow.
  @Sendable static func siluBackward(_ problem: Problem) -> Bounds {
    let (g, x) = (problem.input(0), problem.input(1))
    var (errors, scales): ([Double], [Double]) = ([], [])
    for (g, x) in zip(g, x) {
      let power = exp(-abs(x))
      let (s, rest) = x < 0 ? (power / (1 + power), 1 / (1 + power)) : (1 / (1 + power), power / (1 + power))
      // Beyond it s is 1 in float64.
      let isLevel = x >= 40
      let function = isLevel ? 0 : 8 * computed(problem).ulp(s)
      let terms = 1 + abs(x) * rest
      let error =
        function * terms
        + s * (abs(x) * (function + (isLevel ? rest : problem.unit * rest)) + 3 * problem.unit * terms)
      errors.append(abs(g) * (error + problem.unit * s * terms) + (2 + abs(x)) * computed(problem).leastSubnormal)
      scales.append(abs(g) * s * terms)
    }
    return Bounds(errors, scales)
  }

  /// g y (1 - y): three roundings, of which the first may be that of a subnormal.
  @Sendable static func sigmoidBackward(_ problem: Problem) -> Bounds {
    let scales = problem.expected(0).map { abs($0) }
    return Bounds(scales.map { 3 * problem.unit * $0 + computed(problem).leastSubnormal }, scales)
  }

  /// g (1 - y²): y² is rounded, the difference, and the product.
  @Sendable static func tanhBackward(_ problem: Problem) -> Bounds {
    let (g, y) = (problem.input(0), problem.input(1))
    let scales = zip(g, y).map { abs($0) * (1 + $1 * $1) }
    let errors = zip(g, y).map { abs($0) * problem.unit * ($1 * $1 + 2 * (1 - $1 * $1)) }
    return Bounds(errors, scales)
  }
}
