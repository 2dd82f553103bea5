import Glibc

extension Conditioning {
  /// At each place a sum of what stands up to there, with the roundings of a sum of as many terms.
  @Sendable static func runningSum(_ problem: Problem) -> Bounds {
    let x = problem.inputs[0].magnitudes
    return running(problem, x, start: 0, { $0 + $1 }) { length in
      depth(length, problem.inputs[0].dtype.part) * problem.unit
    }
  }

  /// n - 1 roundings, each relative to the product.
  @Sendable static func runningProduct(_ problem: Problem) -> Bounds {
    let results = problem.expected[0].magnitudes
    return running(problem, results, start: 0, { $1 }) { length in
      length * problem.productUnits * problem.unit
    }
  }

  private static func running(
    _ problem: Problem, _ terms: [Double], start: Double, _ step: (Double, Double) -> Double,
    _ growth: (Double) -> Double
  ) -> Bounds {
    let slices = Slices(along: problem.params, problem.inputShapes[0])
    var totals = Array(repeating: start, count: slices.count)
    var lengths = Array(repeating: 0.0, count: slices.count)
    var (errors, scales): ([Double], [Double]) = ([], [])
    for (term, slice) in zip(terms, slices.groups) {
      totals[slice] = step(totals[slice], term)
      lengths[slice] += 1
      scales.append(totals[slice])
      errors.append(growth(lengths[slice]) * totals[slice])
    }
    return Bounds(errors, scales)
  }
}
