import BackendAPI

extension Conditioning {
  /// As of a matrix product: as many roundings as there are terms, relative to the sum of their magnitudes. The bias is
  /// one term more.
  @Sendable static func convolution(_ problem: Problem) -> Bounds {
    let (x, w) = (problem.inputs[0].magnitudes, problem.inputs[1].magnitudes)
    return trilinear(problem, x: problem.inputShapes[0], w: problem.inputShapes[1], y: problem.outputShapes[0]) {
      ($0, x[$1] * w[$2])
    }
  }

  @Sendable static func convolutionInput(_ problem: Problem) -> Bounds {
    let (y, w) = (problem.inputs[0].magnitudes, problem.inputs[1].magnitudes)
    return trilinear(problem, x: problem.outputShapes[0], w: problem.inputShapes[1], y: problem.inputShapes[0]) {
      ($1, y[$0] * w[$2])
    }
  }

  @Sendable static func convolutionWeight(_ problem: Problem) -> Bounds {
    let (x, y) = (problem.inputs[0].magnitudes, problem.inputs[1].magnitudes)
    return trilinear(problem, x: problem.inputShapes[0], w: problem.outputShapes[0], y: problem.inputShapes[1]) {
      ($2, x[$1] * y[$0])
    }
  }

  /// Adds up the terms, which `term` tells from the row-major indices of the elements of y, x and w that meet: the
  /// element of the output that it belongs to, and its magnitude.
  @inline(__always)
  private static func trilinear(
    _ problem: Problem, x: [Int], w: [Int], y: [Int],
    _ term: (_ y: Int, _ x: Int, _ w: Int) -> (out: Int, magnitude: Double)
  ) -> Bounds {
    let shape = problem.outputShapes[0]
    var scales = Array(repeating: 0.0, count: shape.reduce(1, *))
    var counts = scales
    if problem.inputs.count == 3 && !scales.isEmpty {
      let bias = problem.inputs[2].magnitudes
      let inner = shape.dropFirst(2).reduce(1, *)
      for i in scales.indices { (scales[i], counts[i]) = (bias[i / inner % shape[1]], 1) }
    }
    guard case .convolution(let params) = problem.params, !(x + w + y).contains(0) else {
      return Bounds(zip(counts, scales).map { $0 * problem.unit * $1 }, scales)
    }
    // Tap and position along each axis, for each element of the result.
    let meetings = (0..<3).map { axis -> [[(tap: Int, position: Int)]] in
      guard 2 + axis < x.count else { return [[(0, 0)]] }
      let stride = Int([params.stride.0, params.stride.1, params.stride.2][axis])
      let low = Int([params.padding_low.0, params.padding_low.1, params.padding_low.2][axis])
      let dilation = Int([params.dilation.0, params.dilation.1, params.dilation.2][axis])
      return (0..<y[2 + axis]).map { e in
        (0..<w[2 + axis]).map { ($0, e * stride - low + $0 * dilation) }.filter { 0 <= $1 && $1 < x[2 + axis] }
      }
    }
    func extents(_ shape: [Int]) -> [Int] { Array(shape.dropFirst(2)) + Array(repeating: 1, count: 5 - shape.count) }
    let (d, k, e) = (extents(x), extents(w), extents(y))
    let (channels, outputs) = (w[1], w[0] / Int(params.groups))
    let last = meetings[2].enumerated().flatMap { e, meetings in meetings.map { (e, $0.tap, $0.position) } }
    for image in 0..<y[0] {
      for o in 0..<w[0] {
        for c in 0..<channels {
          let (xPlane, wPlane) = (image * x[1] + o / outputs * channels + c, o * channels + c)
          for e0 in 0..<e[0] {
            for e1 in 0..<e[1] {
              let yRow = (((image * w[0] + o) * e[0] + e0) * e[1] + e1) * e[2]
              for m0 in meetings[0][e0] {
                for m1 in meetings[1][e1] {
                  let xRow = ((xPlane * d[0] + m0.position) * d[1] + m1.position) * d[2]
                  let wRow = ((wPlane * k[0] + m0.tap) * k[1] + m1.tap) * k[2]
                  for (e2, tap, position) in last {
                    let (out, magnitude) = term(yRow + e2, xRow + position, wRow + tap)
                    scales[out] += magnitude
                    counts[out] += 1
                  }
                }
              }
            }
          }
        }
      }
    }
    return Bounds(zip(counts, scales).map { $0 * problem.unit * $1 }, scales)
  }
}
