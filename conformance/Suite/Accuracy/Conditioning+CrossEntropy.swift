import Glibc

/// Bounds for section 6.25 of the header.
extension Conditioning {
  /// Units of rounding in exp's 3 ulp, and in log's.
  private static let exponential = 6.0

  /// Logits (N, C, S) by place.
  private struct Places {
    let (classes, pixels, count): (Int, Int, Int)

    init(_ shape: [Int]) { (classes, pixels, count) = (shape[1], shape[2], shape[0] * shape[2]) }

    func index(_ place: Int, _ c: Int) -> Int { (place / pixels * classes + c) * pixels + place % pixels }
  }

  /// A logarithm of a sum as in LOG_SOFTMAX; differences from it, weighted and added up.
  @Sendable static func crossEntropy(_ problem: Problem) -> Bounds {
    guard case .crossEntropy(let p) = problem.params else { return Bounds(errors: [], scales: []) }
    let (x, u, places) = (problem.input(0), problem.unit, Places(problem.inputShapes[0]))
    let weights = problem.inputs.count > 2 ? problem.input(2).map(abs) : Array(repeating: 1, count: places.classes)
    let total = weights.reduce(0, +), (e, c) = (p.label_smoothing, Double(places.classes))
    var bounds = Bounds(errors: [[], [], []], scales: [[], [], []])
    for place in 0..<places.count {
      let logits = (0..<places.classes).map { x[places.index(place, $0)] }
      let greatest = logits.reduce(-.infinity) { max($0, $1) }
      let terms = logits.map { Glibc.exp($0 - greatest) }, sum = terms.reduce(0, +)
      let weighted = zip(terms, logits).reduce(0) { $1.0 == 0 ? $0 : $0 + $1.0 * (greatest - $1.1) }
      let sumError = weighted / sum + exponential + c
      let scale = abs(greatest) + Glibc.log(sum)
      let error = u * (sumError + exponential * Glibc.log(sum) + scale)
      var (lossError, lossScale) = (0.0, 0.0)
      let target = problem.inputs[1].integer(place)
      if target != p.ignore_index {
        let distance = scale + abs(logits[Int(target)])
        lossError = (1 - e) * weights[Int(target)] * (error + 4 * u * distance)
        lossScale = (1 - e) * weights[Int(target)] * distance
        if e > 0 {
          let distances = zip(weights, logits).reduce(0) { $0 + $1.0 * (scale + abs($1.1)) }
          lossError += e / c * (total * error + (c + 5) * u * distances)
          lossScale += e / c * distances
        }
      }
      bounds.errors[0].append(lossError)
      bounds.scales[0].append(lossScale)
      bounds.errors[1].append(error)
      bounds.scales[1].append(scale)
      bounds.errors[2].append(0)
      bounds.scales[2].append(target == p.ignore_index ? 0 : weights[Int(target)])
    }
    return bounds
  }

  /// exp of a rounded difference, its products with the weights, their differences.
  @Sendable static func crossEntropyBackward(_ problem: Problem) -> Bounds {
    guard case .crossEntropy(let p) = problem.params else { return Bounds([], []) }
    let (x, u, places) = (problem.input(0), problem.unit, Places(problem.inputShapes[0]))
    let (g, logarithms) = (problem.input(1), problem.input(3))
    let weights = problem.inputs.count > 4 ? problem.input(4).map(abs) : Array(repeating: 1, count: places.classes)
    let total = weights.reduce(0, +), (e, c) = (p.label_smoothing, Double(places.classes))
    // What exp may lose where it is subnormal.
    let least = problem.expected[0].dtype == .float64 ? 0x1p-1074 : 0x1p-149
    var errors = Array(repeating: 0.0, count: x.count), scales = errors
    for place in 0..<places.count {
      let target = problem.inputs[2].integer(place)
      if target == p.ignore_index { continue }
      let w = (1 - e) * weights[Int(target)], gradient = abs(g[place])
      for k in 0..<places.classes {
        let i = places.index(place, k), distance = x[i] - logarithms[place]
        let probability = Glibc.exp(distance)
        let probabilityError = probability == 0 ? least : probability * u * (abs(distance) + exponential) + least
        let hit = k == Int(target) ? w : 0
        let scale = w * probability + hit + e / c * (total * probability + weights[k])
        let error = (w + e / c * total) * probabilityError + u * (6 * scale + e / c * c * total * probability)
        errors[i] = gradient * error
        scales[i] = gradient * scale
      }
    }
    return Bounds(errors, scales)
  }
}
