import Glibc

extension Conditioning {
  // MARK: - Functions with roots at which no term of theirs is small

  /// From -2 on 6 ulp. Below lie roots between the poles, at which the terms of the reflection
  /// log |gamma(x)| = log pi - log |sin(pi x)| - log gamma(1 - x) cancel: 16 units of their magnitudes.
  @Sendable static func logGamma(_ problem: Problem) -> Bounds {
    let (x, expected) = (problem.input(0), problem.expected(0))
    let scales = x.indices.map { i in
      x[i] >= -2 ? abs(expected[i]) : log(.pi) + abs(log(abs(sin(.pi * fraction(x[i]))))) + lgamma(1 - x[i])
    }
    let units = x.map { $0 >= -2 ? 12.0 : 16 }
    return Bounds(zip(units, scales).map { $0 * problem.unit * $1 }, scales)
  }

  /// The recurrence adds up 1/x, 1/(x+1) … and a logarithm, which cancel around the root near 1.46, where they are 5 in
  /// sum; the reflection adds pi/tan(pi x), whose argument is rounded: 8 units of all of them.
  @Sendable static func digamma(_ problem: Problem) -> Bounds {
    let (x, expected) = (problem.input(0), problem.expected(0))
    let scales = x.indices.map { i in
      let reflected = x[i] < 0 ? abs(.pi / tan(.pi * fraction(x[i]))) + log(1 - x[i]) : 0
      return abs(expected[i]) + 5 + reflected
    }
    return Bounds(scales.map { 8 * problem.unit * $0 }, scales)
  }

  /// What is left of a number beside the nearest integer. Exact.
  private static func fraction(_ x: Double) -> Double { x - x.rounded(.toNearestOrEven) }

  // MARK: - Complex functions

  /// Units of a function of one complex number: the 16 ulp that OpenCL has for its widest functions.
  private static let function = 32.0

  @Sendable static func complexFunction(_ problem: Problem) -> Bounds {
    let scales = problem.expected[0].magnitudes
    return Bounds(scales.map { function * problem.unit * $0 }, scales)
  }

  /// A product, 2√2 units; a quotient by Smith's rule, 8 or fewer.
  @Sendable static func complexQuotient(_ problem: Problem) -> Bounds {
    let scales = problem.expected[0].magnitudes
    return Bounds(scales.map { 8 * problem.unit * $0 }, scales)
  }

  /// exp(b log a): an error of the exponent is a relative one of the power. The exponent is off by as much as the
  /// logarithm and one product are, by half the units of a function.
  @Sendable static func complexPower(_ problem: Problem) -> Bounds {
    let (a, b) = (problem.inputs[0].magnitudes, problem.inputs[1].magnitudes)
    let scales = problem.expected[0].magnitudes
    let errors = scales.indices.map { i in
      let exponent = scales[i] == 0 ? 0 : b[i] * (abs(log(a[i])) + .pi)
      return function * (1 + exponent / 2) * problem.unit * scales[i]
    }
    return Bounds(errors, scales)
  }

  /// exp(x log 2): two roundings of the exponent.
  @Sendable static func complexPowerOfTwo(_ problem: Problem) -> Bounds {
    let (x, scales) = (problem.inputs[0].magnitudes, problem.expected[0].magnitudes)
    return Bounds(scales.indices.map { (function + 2 * x[$0]) * problem.unit * scales[$0] }, scales)
  }
}
