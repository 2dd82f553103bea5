import BackendAPI

/// Section 6.13 of the header.
let sortingOperators: [Operator] = [
  Operator(BP_OP_SORT, "SORT", .real, inputs: [.common], outputs: [.common, .exactly(.int64)]) { call throws(Failure) in
    let (x, values, indices) = (call.inputs[0], call.outputs[0], call.outputs[1])
    let p = try call.parameters(bp_sort_params())
    let lines = try lines(call, along: p.axis)
    let order = sorted(x, lines, isDescending: p.descending != 0)
    let offsets = x.offsets
    move(x, order.map { offsets[$0] }, to: values, values.offsets)
    let positions = positions(lines, count: x.count)
    indices.store(order.map { Int64(positions[$0]) })
  },
  Operator(BP_OP_TOPK, "TOPK", .real, inputs: [.common], outputs: [.common, .exactly(.int64)]) { call throws(Failure) in
    let (x, values, indices) = (call.inputs[0], call.outputs[0], call.outputs[1])
    let p = try call.parameters(bp_sort_params())
    let axis = try call.checkedAxis(p.axis, rank: x.rank)
    var shape = x.shape
    shape[axis] = values.rank == x.rank ? values.shape[axis] : -1
    try call.requireShapes(values.shape == shape && indices.shape == shape && shape[axis] <= x.shape[axis])
    let lines = slices(of: x.shape, along: axis)
    let order = sorted(x, lines, isDescending: p.descending != 0)
    var chosen = Array(repeating: 0, count: values.count)
    for (line, targets) in zip(lines, slices(of: shape, along: axis)) {
      for (place, target) in zip(line, targets) { chosen[target] = order[place] }
    }
    let (offsets, positions) = (x.offsets, positions(lines, count: x.count))
    move(x, chosen.map { offsets[$0] }, to: values, values.offsets)
    indices.store(chosen.map { Int64(positions[$0]) })
  },
]

/// For each place of the result the element that belongs there, NaN being the greatest of all.
private func sorted(_ x: View, _ lines: [[Int]], isDescending: Bool) -> [Int] {
  if x.dtype.kind == .float {
    return sorted(x.floats(), lines) { a, b in
      isDescending ? a > b || (a.isNaN && !b.isNaN) : a < b || (b.isNaN && !a.isNaN)
    }
  }
  return sorted(x.integers(), lines) { a, b in isDescending ? a > b : a < b }
}

/// For each place of the result the element that belongs there: in order, equal ones as they were.
private func sorted<T>(_ values: [T], _ lines: [[Int]], _ isBefore: (T, T) -> Bool) -> [Int] {
  var result = Array(repeating: 0, count: values.count)
  for line in lines {
    let order = line.sorted { i, j in
      isBefore(values[i], values[j]) || (!isBefore(values[j], values[i]) && i < j)
    }
    for (place, element) in zip(line, order) { result[place] = element }
  }
  return result
}

/// The elements of each slice along an axis, as row-major indices.
func lines(_ call: Call, along axis: Int32) throws(Failure) -> [[Int]] {
  try call.requireEqualShapes()
  let shape = call.outputs[0].shape
  return slices(of: shape, along: try call.checkedAxis(axis, rank: shape.count))
}

private func slices(of shape: [Int], along axis: Int) -> [[Int]] {
  var reduced = shape
  reduced[axis] = 1
  var lines: [[Int]] = Array(repeating: [], count: shape.contains(0) ? 0 : elementCount(reduced))
  for (i, group) in groups(of: shape, into: reduced).enumerated() { lines[group].append(i) }
  return lines
}

/// Where each element stands in its slice.
func positions(_ lines: [[Int]], count: Int) -> [Int] {
  var result = Array(repeating: 0, count: count)
  for line in lines {
    for (position, element) in line.enumerated() { result[element] = position }
  }
  return result
}
