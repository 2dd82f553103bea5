import Backplane
import Glibc

/// A workload whose time is measured over the number of elements of an input.
struct GrowingWorkload {
  static let sizes = [1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000]

  let name: String
  var inputs = 1
  /// Of each input, for so many elements.
  var shape: (Int) -> [Int] = { [$0] }
  let work: ([Tensor]) -> Tensor
  /// Compares the result with what the values of the inputs give, in less time than the runs take.
  let check: (_ result: Tensor, _ inputs: [[Float]], _ shape: [Int]) throws -> Void

  func ofSize(_ elements: Int) -> Workload {
    Workload(name: name, pace: .growing) { device in
      let shape = shape(elements), count = shape.reduce(1, *)
      let values = (0..<inputs).map { Values.normal(count, seed: UInt64(61 + $0)) }
      let x = values.map { Tensor($0, shape: shape, device: device) }
      var result = x[0]
      return Workload.Job {
        // Given back before, not after: as the peers', all results lie in one block of memory.
        result = x[0]
        result = work(x)
      } check: {
        try check(result, values, shape)
      }
    }
  }

  static var all: [GrowingWorkload] {
    [
      elementwise("add", inputs: 2, { $0[0] + $0[1] }, expected: { $0[0] + $0[1] }),
      elementwise("exp", { $0[0].exp() }, expected: { exp($0[0]) }),
      elementwise(
        "chain", inputs: 2, { ($0[0] * $0[1] + 0.5).tanh() * $0[1] - $0[0] },
        expected: { tanh($0[0] * $0[1] + 0.5) * $0[1] - $0[0] }),
      elementwise("gelu", { F.gelu($0[0]) }, expected: { $0[0] / 2 * (1 + erf($0[0] / 2.0.squareRoot())) }),
      GrowingWorkload(name: "sum") {
        $0[0].sum()
      } check: { result, x, _ in
        try Check.elements(result, count: 1, relative: 0, absolute: tolerance(x[0])) { _ in
          x[0].reduce(0) { $0 + Double($1) }
        }
      },
      GrowingWorkload(name: "cumsum") {
        $0[0].cumsum(0)
      } check: { result, x, shape in
        var (sum, added) = (0.0, 0)
        try samples(of: result, shape, relative: 0, absolute: tolerance(x[0])) { place in
          while added <= place {
            sum += Double(x[0][added])
            added += 1
          }
          return sum
        }
      },
      rows("softmax", absolute: 0, { $0.softmax(1) }) { row in
        let total = row.reduce(0) { $0 + exp($1) }
        return row.map { exp($0) / total }
      },
      rows("layernorm", absolute: 1e-5, { F.layerNorm($0, [rowLength]) }) { row in
        let mean = row.reduce(0, +) / Double(row.count)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
        return row.map { ($0 - mean) / (variance + 1e-5).squareRoot() }
      },
      GrowingWorkload(name: "transpose_copy", shape: square) {
        $0[0].t().contiguous()
      } check: { result, x, shape in
        let n = shape[0]
        try samples(of: result, shape, relative: 0, absolute: 0) { Double(x[0][$0 % n * n + $0 / n]) }
      },
      GrowingWorkload(name: "matmul", inputs: 2, shape: square) {
        $0[0].matmul($0[1])
      } check: { result, x, shape in
        try require(result, shape)
        try Check.product(x[0], x[1], result.floats, shape[0])
      },
    ]
  }

  private static let rowLength = 1000

  private static func square(_ elements: Int) -> [Int] {
    let side = Int(Double(elements).squareRoot())
    return [side, side]
  }

  private static func elementwise(
    _ name: String, inputs: Int = 1, _ work: @escaping ([Tensor]) -> Tensor, expected: @escaping ([Double]) -> Double
  ) -> GrowingWorkload {
    GrowingWorkload(name: name, inputs: inputs, work: work) { result, x, shape in
      try samples(of: result, shape) { place in expected(x.map { Double($0[place]) }) }
    }
  }

  /// Some rows are checked, all of each.
  private static func rows(
    _ name: String, absolute: Double, _ work: @escaping (Tensor) -> Tensor,
    expected: @escaping ([Double]) -> [Double]
  ) -> GrowingWorkload {
    GrowingWorkload(name: name, shape: { [$0 / rowLength, rowLength] }) {
      work($0[0])
    } check: { result, x, shape in
      try require(result, shape)
      for row in stride(from: 0, to: shape[0], by: max(1, shape[0] / 64)) {
        let wanted = expected(x[0][row * rowLength..<(row + 1) * rowLength].map(Double.init))
        try Check.elements(result[row], count: rowLength, relative: 1e-5, absolute: absolute) { wanted[$0] }
      }
    }
  }

  /// Some elements, in their order: a copy of all to compare them would take longer than the runs.
  private static func samples(
    of result: Tensor, _ shape: [Int], relative: Double = 2e-6, absolute: Double = 1e-6, expected: (Int) -> Double
  ) throws {
    try require(result, shape)
    let count = shape.reduce(1, *), step = max(1, count >> 16)
    try Check.elements(
      result.reshape(count)[.stride(by: step)], count: (count + step - 1) / step, relative: relative, absolute: absolute
    ) { expected($0 * step) }
  }

  private static func require(_ result: Tensor, _ shape: [Int]) throws {
    guard result.shape == shape else { throw Complaint("wrong result: the shape is \(result.shape)") }
  }

  /// Of sums of numbers of mean 0: they grow as the root of how many they are, and so do roundings of such sums.
  private static func tolerance(_ x: [Float]) -> Double { 1e-7 * Double(x.count) }
}

extension Pace {
  fileprivate static let growing = Pace(warmUps: 3, least: 3, most: 400, limit: .milliseconds(300))
}
