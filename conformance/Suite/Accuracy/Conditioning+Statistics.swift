import BackendAPI
import Glibc

/// Bounds for section 6.23 of the header.
extension Conditioning {
  /// 1/sqrt: OpenCL's 2 ulp, which are up to 4 units of rounding.
  private static let reciprocalRoot = 4.0

  /// A shape's elements repeated over another's.
  private static func spread(_ values: [Double], _ shape: [Int], to full: [Int]) -> [Double] {
    Layout.groups(of: full, into: shape).map { values[$0] }
  }

  /// Each intermediate's error: that of its operands, carried through, and its own roundings.
  @Sendable static func normalize(_ problem: Problem) -> Bounds {
    guard case .normalize(let p) = problem.params else { return Bounds(errors: [], scales: []) }
    let (x, shape, u) = (problem.input(0), problem.inputShapes[0], problem.unit)
    let slices = Slices(shape, into: problem.outputShapes[1])
    let n = slices.count > 0 ? Double(x.count) / Double(slices.count) : 0
    let depth = depth(n, problem.inputs[0].dtype)
    let isCentered = p.flags & BP_NORMALIZE_UNCENTERED == 0
    let sums = slices.sums { x[$0] }, magnitudes = slices.sums { abs(x[$0]) }
    let means = sums.map { isCentered ? $0 / n : 0 }
    // A sum and a division.
    let meanErrors = magnitudes.map { isCentered ? u * (depth + 1) * $0 / n : 0 }
    func deviation(_ i: Int) -> Double { x[i] - means[slices.groups[i]] }
    func deviationError(_ i: Int) -> Double { meanErrors[slices.groups[i]] + u * abs(deviation(i)) }
    // Of squares near the ends of the range: the same relative error as near 1.
    let greatest = slices.groups.indices.reduce(into: slices.sums { _ in p.eps.squareRoot() }) { result, i in
      result[slices.groups[i]] = max(result[slices.groups[i]], abs(deviation(i)))
    }
    let units = greatest.map { $0.isFinite && $0 > 0 ? $0.binade : 1 }
    func part(_ i: Int) -> Double { deviation(i) / units[slices.groups[i]] }
    let powers = zip(slices.sums { part($0) * part($0) }, units).map { $0 / n + p.eps / $1 / $1 }
    let powerErrors = slices.sums { i in
      let error = deviationError(i) / units[slices.groups[i]]
      return (2 * abs(part(i)) + error) * error
    }
    let scales = zip(powers, units).map { 1 / $0.squareRoot() / $1 }
    let scaleErrors = powers.indices.map { i in
      let error = powerErrors[i] / n + u * (depth + 3) * powers[i]
      // Of the least power that there may be: a relative error near 1 is more than half of it in the root.
      let relative = error < powers[i] ? (powers[i] / (powers[i] - error)).squareRoot() - 1 : 0x1p40
      return scales[i] * (relative + reciprocalRoot * u)
    }
    let weights = problem.inputs.count > 1 ? spread(problem.input(1), problem.inputShapes[1], to: shape) : nil
    let biases = problem.inputs.count > 2 ? spread(problem.input(2), problem.inputShapes[2], to: shape) : nil
    var errors: [Double] = [], terms: [Double] = []
    for i in x.indices {
      let slice = slices.groups[i], (w, b) = (abs(weights?[i] ?? 1), abs(biases?[i] ?? 0))
      let z = abs(deviation(i)) * scales[slice]
      let error = deviationError(i) * (scales[slice] + scaleErrors[slice]) + abs(deviation(i)) * scaleErrors[slice]
      // The product with the scale, that with the weight, the sum; or these in another order.
      errors.append(w * (error + 2 * u * z) + u * (w * z + b))
      terms.append(w * z + b)
    }
    return Bounds(
      errors: [errors, meanErrors, scaleErrors], scales: [terms, magnitudes.map { $0 / max(n, 1) }, scales])
  }

  /// Roundings on the way to a gradient: those of z and h, of a mean of their products, of what follows.
  @Sendable static func normalizeBackward(_ problem: Problem) -> Bounds {
    let (g, x, shape, u) = (problem.input(0), problem.input(1), problem.inputShapes[1], problem.unit)
    let slices = Slices(shape, into: problem.inputShapes[2])
    let (means, scale) = (problem.input(2), problem.input(3))
    let n = slices.count > 0 ? Double(x.count) / Double(slices.count) : 0
    let z = x.indices.map { abs((x[$0] - means[slices.groups[$0]]) * scale[slices.groups[$0]]) }
    let weights = problem.inputs.count > 4 ? spread(problem.input(4), problem.inputShapes[4], to: shape) : nil
    let h = x.indices.map { abs(g[$0] * (weights?[$0] ?? 1)) }
    let meansOfH = slices.sums { h[$0] / n }, along = slices.sums { h[$0] * z[$0] / n }
    let scales = x.indices.map { i in
      let slice = slices.groups[i]
      return abs(scale[slice]) * (h[i] + meansOfH[slice] + z[i] * along[slice])
    }
    let units = u * (depth(n, problem.inputs[0].dtype) + 9)
    var bounds = Bounds(errors: [scales.map { units * $0 }], scales: [scales])
    guard problem.inputs.count > 4 else { return bounds }
    let places = Slices(shape, into: problem.inputShapes[4])
    let m = places.count > 0 ? Double(x.count) / Double(places.count) : 0
    for sums in [places.sums { abs(g[$0]) * z[$0] }, places.sums { abs(g[$0]) }] {
      bounds.errors.append(sums.map { u * (depth(m, problem.inputs[0].dtype) + 3) * $0 })
      bounds.scales.append(sums)
    }
    return bounds
  }

  /// x*f + (bias - mean*f): f takes a sum, 1/sqrt and a product.
  @Sendable static func normalizeFrozen(_ problem: Problem) -> Bounds {
    guard case .normalize(let p) = problem.params else { return Bounds([], []) }
    let (x, shape) = (problem.input(0), problem.inputShapes[0])
    func operand(_ i: Int) -> [Double]? {
      i < problem.inputs.count ? spread(problem.input(i), problem.inputShapes[i], to: shape) : nil
    }
    let (mean, variance, weights, biases) = (operand(1)!, operand(2)!, operand(3), operand(4))
    let scales = x.indices.map { i in
      let factor = abs(weights?[i] ?? 1) / (variance[i] + p.eps).squareRoot()
      return (abs(x[i]) + abs(mean[i])) * factor + abs(biases?[i] ?? 0)
    }
    return Bounds(scales.map { problem.unit * (reciprocalRoot + 6) * $0 }, scales)
  }
}
