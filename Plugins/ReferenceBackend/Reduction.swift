import BackendAPI

/// Section 6.6 of the header.
let reductionOperators: [Operator] = [
  reduction(
    BP_OP_SUM, "SUM", .any, to: .sum, float: Fold(0) { $0 + $1 }, integer: Fold(0) { $0 &+ $1 },
    complex: Fold(.zero) { $0 + $1 }),
  reduction(
    BP_OP_PROD, "PROD", .any, to: .sum, float: Fold(1) { $0 * $1 }, integer: Fold(1) { $0 &* $1 },
    complex: Fold(.one) { $0 * $1 }),
  reduction(
    BP_OP_MAX, "MAX", .real, to: .common, float: Fold(-.infinity, maximum),
    integer: Fold({ $0.integerRange.lowerBound }, { max($0, $1) })),
  reduction(
    BP_OP_MIN, "MIN", .real, to: .common, float: Fold(.infinity, minimum),
    integer: Fold({ $0.integerRange.upperBound }, { min($0, $1) })),

  Operator(BP_OP_MEAN, "MEAN", [.float, .complex], inputs: [.common]) { call throws(Failure) in
    let (x, out) = (call.inputs[0], call.outputs[0])
    try requireReduction(call)
    let groupSize = Double(x.count) / Double(out.count)
    let groups = groups(of: x.shape, into: out.shape)
    if x.dtype.kind == .complex {
      out.store(reduce(x.complexes(), groups, count: out.count, .zero) { $0 + $1 }.map { $0 / groupSize })
    } else {
      out.store(reduce(x.floats(), groups, count: out.count, 0) { $0 + $1 }.map { $0 / groupSize })
    }
  },

  best(BP_OP_ARGMAX, "ARGMAX", float: { $0 > $1 || ($0.isNaN && !$1.isNaN) }, integer: { $0 > $1 }),
  best(BP_OP_ARGMIN, "ARGMIN", float: { $0 < $1 || ($0.isNaN && !$1.isNaN) }, integer: { $0 < $1 }),
]

/// How a reduction starts, from the type of what it reduces, and how it goes on.
private struct Fold<T>: Sendable {
  let initial: @Sendable (DType) -> T
  let step: @Sendable (T, T) -> T

  init(_ initial: @escaping @Sendable (DType) -> T, _ step: @escaping @Sendable (T, T) -> T) {
    self.initial = initial
    self.step = step
  }

  init(_ initial: T, _ step: @escaping @Sendable (T, T) -> T) where T: Sendable {
    self.init({ _ in initial }, step)
  }
}

/// The loop: each value goes into the result of its group.
func reduce<T>(_ values: [T], _ groups: [Int], count: Int, _ initial: T, _ step: (T, T) -> T) -> [T] {
  var results = Array(repeating: initial, count: count)
  for (value, group) in zip(values, groups) { results[group] = step(results[group], value) }
  return results
}

private func requireReduction(_ call: Call) throws(Failure) {
  let (from, to) = (call.inputs[0].shape, call.outputs[0].shape)
  try call.requireShapes(from.count == to.count && zip(from, to).allSatisfy { $0 == $1 || $1 == 1 })
}

private func reduction(
  _ id: Int32, _ name: String, _ kinds: Kinds, to type: Operator.OperandType, float: Fold<Double>,
  integer: Fold<Int64>, complex: Fold<Complex>? = nil
) -> Operator {
  Operator(id, name, kinds, inputs: [.common], outputs: [type]) { call throws(Failure) in
    let (x, out) = (call.inputs[0], call.outputs[0])
    try requireReduction(call)
    let groups = groups(of: x.shape, into: out.shape)
    switch x.dtype.kind {
    case .float: out.store(reduce(x.floats(), groups, count: out.count, float.initial(x.dtype), float.step))
    case .complex:
      out.store(reduce(x.complexes(), groups, count: out.count, complex!.initial(x.dtype), complex!.step))
    default:
      out.store(reduce(x.integers(), groups, count: out.count, integer.initial(x.dtype), integer.step))
    }
  }
}

/// An arg-reduction: `isBetter(a, b)` says that a takes the place of an earlier b.
private func best(
  _ id: Int32, _ name: String, float: @escaping @Sendable (Double, Double) -> Bool,
  integer: @escaping @Sendable (Int64, Int64) -> Bool
) -> Operator {
  Operator(id, name, .real, inputs: [.common], outputs: [.exactly(.int64)]) { call throws(Failure) in
    let (x, out) = (call.inputs[0], call.outputs[0])
    let axis = try call.checkedAxis(try call.parameters(bp_axis_params()).axis, rank: x.rank)
    var expected = x.shape
    expected[axis] = 1
    try call.requireShapes(x.shape[axis] > 0 && out.shape == expected)
    let groups = groups(of: x.shape, into: out.shape)
    let positions = offsets(x.shape, x.shape.indices.map { $0 == axis ? 1 : 0 })
    if x.dtype.kind == .float {
      out.store(bestPositions(x.floats(), groups, positions, count: out.count, float))
    } else {
      out.store(bestPositions(x.integers(), groups, positions, count: out.count, integer))
    }
  }
}

/// The loop of the arg-reductions: each group keeps its best value so far and where it stood.
private func bestPositions<T>(
  _ values: [T], _ groups: [Int], _ positions: [Int], count: Int, _ isBetter: (T, T) -> Bool
) -> [Int64] {
  var best: [T?] = Array(repeating: nil, count: count)
  var result = Array(repeating: Int64(0), count: count)
  for i in values.indices {
    if let current = best[groups[i]], !isBetter(values[i], current) { continue }
    best[groups[i]] = values[i]
    result[groups[i]] = Int64(positions[i])
  }
  return result
}
