import BackendAPI

/// Section 6.14 of the header.
let scanOperators: [Operator] = [
  running(BP_OP_CUMSUM, "CUMSUM", float: { $0 + $1 }, integer: { $0 &+ $1 }, complex: { $0 + $1 }),
  running(BP_OP_CUMPROD, "CUMPROD", float: { $0 * $1 }, integer: { $0 &* $1 }, complex: { $0 * $1 }),
  runningExtreme(
    BP_OP_CUMMAX, "CUMMAX", float: { $0.isNaN || (!$1.isNaN && $0 >= $1) }, integer: { $0 >= $1 }),
  runningExtreme(
    BP_OP_CUMMIN, "CUMMIN", float: { $0.isNaN || (!$1.isNaN && $0 <= $1) }, integer: { $0 <= $1 }),
]

private func running(
  _ id: Int32, _ name: String, float: @escaping @Sendable (Double, Double) -> Double,
  integer: @escaping @Sendable (Int64, Int64) -> Int64, complex: @escaping @Sendable (Complex, Complex) -> Complex
) -> Operator {
  Operator(id, name, .any, inputs: [.common], outputs: [.sum]) { call throws(Failure) in
    let (x, out) = (call.inputs[0], call.outputs[0])
    let lines = try lines(call, along: call.parameters(bp_axis_params()).axis)
    switch x.dtype.kind {
    case .float: out.store(scan(x.floats(), lines, float))
    case .complex: out.store(scan(x.complexes(), lines, complex))
    default: out.store(scan(x.integers(), lines, integer))
    }
  }
}

/// The loop: each element of a slice takes in what stands before it.
private func scan<T>(_ values: [T], _ lines: [[Int]], _ step: (T, T) -> T) -> [T] {
  var results = values
  for line in lines {
    for (previous, i) in zip(line, line.dropFirst()) { results[i] = step(results[previous], values[i]) }
  }
  return results
}

/// `takes(a, b)` says that a takes the place of b, the extreme before it.
private func runningExtreme(
  _ id: Int32, _ name: String, float: @escaping @Sendable (Double, Double) -> Bool,
  integer: @escaping @Sendable (Int64, Int64) -> Bool
) -> Operator {
  Operator(id, name, .real, inputs: [.common], outputs: [.common, .exactly(.int64)]) { call throws(Failure) in
    let (x, values, indices) = (call.inputs[0], call.outputs[0], call.outputs[1])
    let lines = try lines(call, along: call.parameters(bp_axis_params()).axis)
    let sources =
      x.dtype.kind == .float ? extremes(x.floats(), lines, float) : extremes(x.integers(), lines, integer)
    let offsets = x.offsets
    move(x, sources.map { offsets[$0] }, to: values, values.offsets)
    let positions = positions(lines, count: x.count)
    indices.store(sources.map { Int64(positions[$0]) })
  }
}

/// For each element the one that is the extreme up to there.
private func extremes<T>(_ values: [T], _ lines: [[Int]], _ takes: (T, T) -> Bool) -> [Int] {
  var result = Array(values.indices)
  for line in lines {
    for (previous, i) in zip(line, line.dropFirst()) {
      result[i] = takes(values[i], values[result[previous]]) ? i : result[previous]
    }
  }
  return result
}
