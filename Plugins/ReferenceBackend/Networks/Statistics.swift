import BackendAPI

/// Section 6.23 of the header.
let statisticsOperators: [Operator] = [
  Operator(BP_OP_NORMALIZE, "NORMALIZE", .float, run: normalize) { inputs, _ in
    Operator.Signature(
      inputs: [.common] + statistics(min(max(inputs - 1, 0), 2)), outputs: [.common, .statistics, .statistics])
  },
  Operator(BP_OP_NORMALIZE_BACKWARD, "NORMALIZE_BACKWARD", .float, run: normalizeBackward) { inputs, _ in
    Operator.Signature(
      inputs: [.common, .common] + statistics(inputs == 5 ? 3 : 2),
      outputs: [.common] + statistics(inputs == 5 ? 2 : 0))
  },
  Operator(BP_OP_NORMALIZE_FROZEN, "NORMALIZE_FROZEN", .float, run: normalizeFrozen) { inputs, _ in
    Operator.Signature(inputs: [.common] + statistics(min(max(inputs - 1, 2), 4)), outputs: [.common])
  },
]

private func statistics(_ count: Int) -> [Operator.OperandType] { Array(repeating: .statistics, count: count) }

/// Whether each extent is that of the other shape, or 1.
private func broadcasts(_ shape: [Int], to other: [Int]) -> Bool {
  shape.count == other.count && zip(shape, other).allSatisfy { $0 == $1 || $0 == 1 }
}

/// The elements of a view, repeated to fill a shape.
private func spread(_ view: View, to shape: [Int]) -> [Double] {
  let values = view.floats()
  return groups(of: shape, into: view.shape).map { values[$0] }
}

private func normalize(_ call: Call) throws(Failure) {
  let p = try parameters(call, among: BP_NORMALIZE_UNCENTERED)
  let (x, y, mean, scale) = (call.inputs[0], call.outputs[0], call.outputs[1], call.outputs[2])
  try call.requireShapes(
    y.shape == x.shape && broadcasts(mean.shape, to: x.shape) && scale.shape == mean.shape
      && call.inputs.dropFirst().allSatisfy { broadcasts($0.shape, to: x.shape) && $0.shape == call.inputs[1].shape })
  let slices = groups(of: x.shape, into: mean.shape), count = mean.count
  let values = x.floats()
  let length = lengths(slices, count)

  var means = reduce(values, slices, count: count, 0) { $0 + $1 }
  for i in means.indices { means[i] /= length[i] }
  if p.flags & BP_NORMALIZE_UNCENTERED != 0 { means = length.map { $0 > 0 ? 0 : .nan } }
  let deviations = zip(values, slices).map { $0 - means[$1] }

  // What is squared is a multiple of a power of two near the greatest, so that no square leaves the range of float64.
  let greatest = reduce(deviations.map(abs), slices, count: count, p.eps.squareRoot(), maximum)
  let units = greatest.map { $0.isFinite && $0 > 0 ? $0.binade : 1 }
  let squares = zip(deviations, slices).map { d, slice in (d / units[slice]) * (d / units[slice]) }
  let powers = reduce(squares, slices, count: count, 0) { $0 + $1 }
  let scales = powers.indices.map { i in
    1 / (powers[i] / length[i] + p.eps / units[i] / units[i]).squareRoot() / units[i]
  }

  let weights = call.inputs.count > 1 ? spread(call.inputs[1], to: x.shape) : values.map { _ in 1 }
  let biases = call.inputs.count > 2 ? spread(call.inputs[2], to: x.shape) : values.map { _ in 0 }
  y.store(values.indices.map { deviations[$0] * scales[slices[$0]] * weights[$0] + biases[$0] })
  mean.store(means)
  scale.store(scales)
}

private func normalizeBackward(_ call: Call) throws(Failure) {
  let p = try parameters(call, among: BP_NORMALIZE_UNCENTERED)
  let (g, x, mean, scale) = (call.inputs[0], call.inputs[1], call.inputs[2], call.inputs[3])
  let shape = x.shape
  try call.requireShapes(
    g.shape == shape && call.outputs[0].shape == shape && broadcasts(mean.shape, to: shape)
      && scale.shape == mean.shape && call.inputs.dropFirst(4).allSatisfy { broadcasts($0.shape, to: shape) }
      && call.outputs.dropFirst().allSatisfy { $0.shape == call.inputs[4].shape })
  let slices = groups(of: shape, into: mean.shape), count = mean.count
  let (gradients, values, means, scales) = (g.floats(), x.floats(), mean.floats(), scale.floats())
  let length = lengths(slices, count)
  let z = values.indices.map { (values[$0] - means[slices[$0]]) * scales[slices[$0]] }
  let weights = call.inputs.count > 4 ? spread(call.inputs[4], to: shape) : values.map { _ in 1 }
  let h = zip(gradients, weights).map { $0 * $1 }

  let meansOfH = zip(reduce(h, slices, count: count, 0) { $0 + $1 }, length).map { $0 / $1 }
  let along = zip(reduce(zip(h, z).map { $0 * $1 }, slices, count: count, 0) { $0 + $1 }, length).map { $0 / $1 }
  let isCentered = p.flags & BP_NORMALIZE_UNCENTERED == 0
  call.outputs[0].store(
    values.indices.map { i in
      scales[slices[i]] * (h[i] - (isCentered ? meansOfH[slices[i]] : 0) - z[i] * along[slices[i]])
    })
  guard call.inputs.count > 4 else { return }
  let places = groups(of: shape, into: call.inputs[4].shape), weightCount = call.inputs[4].count
  call.outputs[1].store(reduce(zip(gradients, z).map { $0 * $1 }, places, count: weightCount, 0) { $0 + $1 })
  call.outputs[2].store(reduce(gradients, places, count: weightCount, 0) { $0 + $1 })
}

private func normalizeFrozen(_ call: Call) throws(Failure) {
  let p = try parameters(call, among: 0)
  let (x, mean, variance) = (call.inputs[0], call.inputs[1], call.inputs[2])
  try call.requireShapes(
    call.outputs[0].shape == x.shape && broadcasts(mean.shape, to: x.shape) && variance.shape == mean.shape
      && call.inputs.dropFirst(3).allSatisfy { broadcasts($0.shape, to: x.shape) && $0.shape == call.inputs[3].shape })
  let (values, means, variances) = (x.floats(), spread(mean, to: x.shape), spread(variance, to: x.shape))
  let weights = call.inputs.count > 3 ? spread(call.inputs[3], to: x.shape) : values.map { _ in 1 }
  let biases = call.inputs.count > 4 ? spread(call.inputs[4], to: x.shape) : values.map { _ in 0 }
  call.outputs[0].store(
    values.indices.map { i in
      (values[i] - means[i]) / (variances[i] + p.eps).squareRoot() * weights[i] + biases[i]
    })
}

/// How many elements each slice has.
private func lengths(_ slices: [Int], _ count: Int) -> [Double] {
  reduce(slices.map { _ in 1 }, slices, count: count, 0) { $0 + $1 }
}

private func parameters(_ call: Call, among flags: UInt32) throws(Failure) -> bp_normalize_params {
  let p = try call.parameters(bp_normalize_params())
  try call.requireFlags(p.flags, among: flags)
  guard p.eps >= 0 else { throw .invalid("\(call.name): eps is \(p.eps), not at least 0") }
  return p
}
