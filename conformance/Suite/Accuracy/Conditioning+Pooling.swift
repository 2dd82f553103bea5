/// Sums over windows, as of SUM and SCATTER.
extension Conditioning {
  /// The positions of each window, in the order of the pooled tensor, and what its sum is divided by.
  private struct Windows {
    var positions: [[Int]] = [[0]]
    var divisors = [1.0]
    let planeSize: Int

    init?(_ problem: Problem, unpooled: [Int], pooled: [Int]) {
      guard case .pool(let p) = problem.params else { return nil }
      func list(_ values: (Int64, Int64, Int64)) -> [Int] { [Int(values.0), Int(values.1), Int(values.2)] }
      let (kernel, stride) = (list(p.kernel), list(p.stride))
      let (low, high) = (list(p.padding_low), list(p.padding_high))
      planeSize = unpooled[2...].reduce(1, *)
      for a in 0..<unpooled.count - 2 {
        let extent = unpooled[a + 2]
        let starts = (0..<pooled[a + 2]).map { $0 * stride[a] - low[a] }
        let inside = starts.map { Array(max($0, 0)..<min($0 + kernel[a], extent)) }
        let counts = zip(starts, inside).map { start, inside in
          Double(p.flags & 1 != 0 ? min(start + kernel[a], extent + high[a]) - start : inside.count)
        }
        positions = positions.flatMap { outer in
          inside.map { inner in outer.flatMap { row in inner.map { row * extent + $0 } } }
        }
        divisors = divisors.flatMap { outer in counts.map { outer * $0 } }
      }
      if p.divisor != 0 { divisors = divisors.map { _ in Double(p.divisor).magnitude } }
    }
  }

  /// A sum of as many terms as the window holds, and one division.
  @Sendable static func averagePool(_ problem: Problem) -> Bounds {
    let x = problem.inputs[0].magnitudes
    guard let windows = Windows(problem, unpooled: problem.inputShapes[0], pooled: problem.outputShapes[0]) else {
      return Bounds([], [])
    }
    let count = windows.positions.count
    var (errors, scales): ([Double], [Double]) = ([], [])
    for i in 0..<problem.outputShapes[0].reduce(1, *) {
      let (plane, positions) = (i / count * windows.planeSize, windows.positions[i % count])
      let scale = positions.reduce(0) { $0 + x[plane + $1] } / windows.divisors[i % count]
      scales.append(scale)
      errors.append((depth(Double(positions.count), problem.inputs[0].dtype) + 1) * problem.unit * scale)
    }
    return Bounds(errors, scales)
  }

  /// A quotient for each window that holds the element, and their sum.
  @Sendable static func averagePoolBackward(_ problem: Problem) -> Bounds {
    let g = problem.inputs[0].magnitudes
    guard let windows = Windows(problem, unpooled: problem.outputShapes[0], pooled: problem.inputShapes[0]) else {
      return Bounds([], [])
    }
    let count = windows.positions.count
    var scales = Array(repeating: 0.0, count: problem.outputShapes[0].reduce(1, *))
    var terms = scales
    for (i, value) in g.enumerated() {
      for position in windows.positions[i % count] {
        scales[i / count * windows.planeSize + position] += value / windows.divisors[i % count]
        terms[i / count * windows.planeSize + position] += 1
      }
    }
    return Bounds(zip(terms, scales).map { ($0 + 1) * problem.unit * $1 }, scales)
  }

  /// As many roundings as there are windows whose index it is.
  @Sendable static func maxPoolBackward(_ problem: Problem) -> Bounds {
    let (g, shape) = (problem.inputs[0].magnitudes, problem.outputShapes[0])
    let planeSize = shape[2...].reduce(1, *)
    let count = max(problem.inputShapes[0][2...].reduce(1, *), 1)
    var scales = Array(repeating: 0.0, count: shape.reduce(1, *))
    var terms = scales
    for i in g.indices {
      let target = i / count * planeSize + Int(problem.inputs[1].integer(i))
      scales[target] += g[i]
      terms[target] += 1
    }
    return Bounds(zip(terms, scales).map { $0 * problem.unit * $1 }, scales)
  }
}
