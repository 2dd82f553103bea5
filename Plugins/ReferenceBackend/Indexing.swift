import BackendAPI

/// Section 6.8 of the header.
let indexingOperators: [Operator] = [
  Operator(
    BP_OP_GATHER, "GATHER", .any, inputs: [.common, .exactly(.int64)], run: gather),
  Operator(BP_OP_SCATTER, "SCATTER", .any, inputs: [.exactly(.int64), .common], run: scatter),
]

private func gather(_ call: Call) throws(Failure) {
  let (data, indices, out) = (call.inputs[0], call.inputs[1], call.outputs[0])
  let axis = try call.checkedAxis(try call.parameters(bp_axis_params()).axis, rank: data.rank)
  try call.requireShapes(out.shape == indices.shape)
  let sources = try indexed(call, indices, axis, into: data.shape, data.strides)
  move(data, sources, to: out, out.offsets)
}

private func scatter(_ call: Call) throws(Failure) {
  let (indices, source, out) = (call.inputs[0], call.inputs[1], call.outputs[0])
  let p = try call.parameters(bp_scatter_params())
  let axis = try call.checkedAxis(p.axis, rank: out.rank)
  try call.requireShapes(source.shape == indices.shape)
  if p.mode == BP_SCATTER_SET {
    let targets = try indexed(call, indices, axis, into: out.shape, out.strides)
    return move(source, source.offsets, to: out, targets)
  }
  let targets = try indexed(call, indices, axis, into: out.shape, rowMajorStrides(out.shape))
  switch out.dtype.kind {
  case .float:
    let step: (Double, Double) -> Double
    switch p.mode {
    case BP_SCATTER_ADD: step = { $0 + $1 }
    case BP_SCATTER_MUL: step = { $0 * $1 }
    case BP_SCATTER_MAX: step = maximum
    case BP_SCATTER_MIN: step = minimum
    default: throw .invalid("SCATTER: mode \(p.mode)")
    }
    out.store(accumulate(source.floats(), into: out.floats(), at: targets, step))
  case .complex:
    let step: (Complex, Complex) -> Complex
    switch p.mode {
    case BP_SCATTER_ADD: step = { $0 + $1 }
    case BP_SCATTER_MUL: step = { $0 * $1 }
    default: throw .invalid("SCATTER: mode \(p.mode) of \(out.dtype)")
    }
    out.store(accumulate(source.complexes(), into: out.complexes(), at: targets, step))
  default:
    let step: (Int64, Int64) -> Int64
    switch p.mode {
    // A sum of 0s and 1s is stored to bool as true where it is not 0, which is "or".
    case BP_SCATTER_ADD: step = { $0 &+ $1 }
    case BP_SCATTER_MUL: step = { $0 &* $1 }
    case BP_SCATTER_MAX: step = { max($0, $1) }
    case BP_SCATTER_MIN: step = { min($0, $1) }
    default: throw .invalid("SCATTER: mode \(p.mode)")
    }
    out.store(accumulate(source.integers(), into: out.integers(), at: targets, step))
  }
}

private func accumulate<T>(_ values: [T], into start: [T], at targets: [Int], _ step: (T, T) -> T) -> [T] {
  var results = start
  for (value, target) in zip(values, targets) { results[target] = step(results[target], value) }
  return results
}

/// For each element of `indices`, the offset in a tensor of `shape` and `strides` of the element at
/// its position, but with the index in place of the position's `axis`.
private func indexed(
  _ call: Call, _ indices: View, _ axis: Int, into shape: [Int], _ strides: [Int]
) throws(Failure) -> [Int] {
  let others = shape.indices.filter { $0 != axis }
  try call.requireShapes(
    indices.rank == shape.count && others.allSatisfy { indices.shape[$0] <= shape[$0] })
  var strideOffAxis = strides
  strideOffAxis[axis] = 0
  var result = offsets(indices.shape, strideOffAxis)
  for (i, index) in indices.integers().enumerated() {
    guard index >= 0 && index < Int64(shape[axis]) else {
      throw .invalid("\(call.name): index \(index) is out of range for axis \(axis) of extent \(shape[axis])")
    }
    // The stride of an axis of extent 1 has no meaning.
    if index > 0 { result[i] += Int(index) * strides[axis] }
  }
  return result
}
