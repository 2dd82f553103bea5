import BackendAPI

/// Section 6.13 of the header.
let sortingOperators: [Operator] = [
  Operator(BP_OP_SORT, "SORT", .real, inputs: [.common], outputs: [.common, .exactly(.int64)]) { call throws(Failure) in
    let (x, values, indices) = (call.inputs[0], call.outputs[0], call.outputs[1])
    let p = try call.parameters(bp_sort_params())
    let lines = try lines(call, along: p.axis)
    let isDescending = p.descending != 0
    let order: [Int]
    if x.dtype.kind == .float {
      order = sorted(x.floats(), lines) { a, b in
        isDescending ? a > b || (a.isNaN && !b.isNaN) : a < b || (b.isNaN && !a.isNaN)
      }
    } else {
      order = sorted(x.integers(), lines) { a, b in isDescending ? a > b : a < b }
    }
    let offsets = x.offsets
    move(x, order.map { offsets[$0] }, to: values, values.offsets)
    let positions = positions(lines, count: x.count)
    indices.store(order.map { Int64(positions[$0]) })
  }
]

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
  let axis = try call.checkedAxis(axis, rank: shape.count)
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
