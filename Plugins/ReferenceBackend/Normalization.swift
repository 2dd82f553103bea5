import BackendAPI
import Glibc

/// Section 6.9 of the header. `groups` gives each element its slice along the axis.
let normalizationOperators: [Operator] = [
  normalization(BP_OP_SOFTMAX, "SOFTMAX") { x, groups, count in
    let exps = shiftedByMaximum(x, groups, count).map { exp($0) }
    let sums = reduce(exps, groups, count: count, 0) { $0 + $1 }
    return zip(exps, groups).map { $0 / sums[$1] }
  },

  normalization(BP_OP_LOG_SOFTMAX, "LOG_SOFTMAX") { x, groups, count in
    let shifted = shiftedByMaximum(x, groups, count)
    let sums = reduce(shifted.map { exp($0) }, groups, count: count, 0) { $0 + $1 }
    return zip(shifted, groups).map { $0 - log(sums[$1]) }
  },

  normalizationBackward(BP_OP_SOFTMAX_BACKWARD, "SOFTMAX_BACKWARD") { y, g, groups, count in
    let sums = reduce(zip(g, y).map { $0 * $1 }, groups, count: count, 0) { $0 + $1 }
    return y.indices.map { y[$0] * (g[$0] - sums[groups[$0]]) }
  },

  normalizationBackward(BP_OP_LOG_SOFTMAX_BACKWARD, "LOG_SOFTMAX_BACKWARD") { y, g, groups, count in
    let sums = reduce(g, groups, count: count, 0) { $0 + $1 }
    return y.indices.map { g[$0] - exp(y[$0]) * sums[groups[$0]] }
  },
]

/// x - max x, the maximum over each slice.
private func shiftedByMaximum(_ x: [Double], _ groups: [Int], _ count: Int) -> [Double] {
  let greatest = reduce(x, groups, count: count, -.infinity, maximum)
  return zip(x, groups).map { $0 - greatest[$1] }
}

private func normalization(
  _ id: Int32, _ name: String, _ body: @escaping @Sendable ([Double], [Int], Int) -> [Double]
) -> Operator {
  Operator(id, name, .float, .inPlace, inputs: [.common]) { call throws(Failure) in
    let (groups, count) = try slices(call)
    call.outputs[0].store(body(call.inputs[0].floats(), groups, count))
  }
}

private func normalizationBackward(
  _ id: Int32, _ name: String, _ body: @escaping @Sendable ([Double], [Double], [Int], Int) -> [Double]
) -> Operator {
  Operator(id, name, .float, .inPlace, inputs: [.common, .common]) { call throws(Failure) in
    let (groups, count) = try slices(call)
    call.outputs[0].store(body(call.inputs[0].floats(), call.inputs[1].floats(), groups, count))
  }
}

/// Which slice along the axis each element belongs to, and how many slices there are.
private func slices(_ call: Call) throws(Failure) -> (groups: [Int], count: Int) {
  try call.requireEqualShapes()
  let shape = call.outputs[0].shape
  let axis = try call.checkedAxis(try call.parameters(bp_axis_params()).axis, rank: shape.count)
  var reduced = shape
  reduced[axis] = 1
  return (groups(of: shape, into: reduced), shape.contains(0) ? 0 : elementCount(reduced))
}
