import BackendAPI

/// Section 6.22 of the header.
let poolingOperators: [Operator] = [
  Operator(BP_OP_MAX_POOL, "MAX_POOL", .float, run: maxPool) { _, outputs in
    Operator.Signature(inputs: [.common], outputs: outputs == 2 ? [.common, .exactly(.int64)] : [.common])
  },
  Operator(
    BP_OP_MAX_POOL_BACKWARD, "MAX_POOL_BACKWARD", .float, inputs: [.common, .exactly(.int64)], run: maxPoolBackward),
  Operator(BP_OP_AVERAGE_POOL, "AVERAGE_POOL", .float, inputs: [.common]) { call throws(Failure) in
    let (x, out) = (call.inputs[0], call.outputs[0])
    let windows = try Windows(call, unpooled: x.shape, pooled: out.shape)
    try windows.requireNoDilation(call)
    let values = x.floats()
    out.store(
      windows.map { plane, window in
        window.positions.reduce(0) { $0 + values[plane * windows.planeSize + $1] } / window.divisor
      })
  },
  Operator(BP_OP_AVERAGE_POOL_BACKWARD, "AVERAGE_POOL_BACKWARD", .float, inputs: [.common]) { call throws(Failure) in
    let (g, out) = (call.inputs[0], call.outputs[0])
    let windows = try Windows(call, unpooled: out.shape, pooled: g.shape)
    try windows.requireNoDilation(call)
    var sums = Array(repeating: 0.0, count: out.count)
    for (share, places) in zip(g.floats(), windows.map { plane, window in (plane, window) }) {
      let (plane, window) = places
      for position in window.positions { sums[plane * windows.planeSize + position] += share / window.divisor }
    }
    out.store(sums)
  },
]

private func maxPool(_ call: Call) throws(Failure) {
  let (x, out) = (call.inputs[0], call.outputs[0])
  let windows = try Windows(call, unpooled: x.shape, pooled: out.shape)
  try call.requireShapes(call.outputs.allSatisfy { $0.shape == out.shape })
  let values = x.floats()
  let places = windows.map { plane, window in
    var best = window.positions[0]
    for position in window.positions {
      let (value, greatest) = (values[plane * windows.planeSize + position], values[plane * windows.planeSize + best])
      if value > greatest || value.isNaN && !greatest.isNaN { best = position }
    }
    return (plane: plane, position: best)
  }
  out.store(places.map { values[$0.plane * windows.planeSize + $0.position] })
  if call.outputs.count > 1 { call.outputs[1].store(places.map { Int64($0.position) }) }
}

private func maxPoolBackward(_ call: Call) throws(Failure) {
  let (g, indices, out) = (call.inputs[0], call.inputs[1], call.outputs[0])
  let windows = try Windows(call, unpooled: out.shape, pooled: g.shape)
  try call.requireShapes(indices.shape == g.shape)
  var sums = Array(repeating: 0.0, count: out.count)
  let planes = windows.map { plane, _ in plane }
  for ((value, index), plane) in zip(zip(g.floats(), indices.integers()), planes) {
    guard index >= 0 && index < Int64(windows.planeSize) else {
      throw .invalid("\(call.name): index \(index) is out of range for spatial axes of extent \(windows.planeSize)")
    }
    sums[plane * windows.planeSize + Int(index)] += value
  }
  out.store(sums)
}

/// The windows of a pooling.
private struct Windows {
  struct Window {
    /// What the window holds of the input: row-major indices within its spatial axes, in order.
    var positions: [Int]
    var divisor: Double
  }

  /// N * C.
  let planes: Int
  /// Elements of the spatial axes of the input.
  let planeSize: Int
  /// Those of one plane, in row-major order.
  let windows: [Window]
  let dilation: [Int]

  init(_ call: Call, unpooled shape: [Int], pooled: [Int]) throws(Failure) {
    let p = try call.parameters(bp_pool_params())
    try call.requireFlags(p.flags, among: BP_POOL_COUNT_PADDING)
    try call.requireShapes(
      (3...5).contains(shape.count) && pooled.count == shape.count && shape[0] == pooled[0] && shape[1] == pooled[1])
    func perAxis(_ values: (Int64, Int64, Int64), atLeast least: Int64, _ name: String) throws(Failure) -> [Int] {
      let values = [values.0, values.1, values.2].prefix(shape.count - 2)
      guard values.allSatisfy({ $0 >= least && $0 <= Int64(Int32.max) }) else {
        throw .invalid("\(call.name): \(name) \(Array(values)), not \(least) or more")
      }
      return values.map { Int($0) }
    }
    let kernel = try perAxis(p.kernel, atLeast: 1, "kernel")
    let stride = try perAxis(p.stride, atLeast: 1, "stride")
    let low = try perAxis(p.padding_low, atLeast: 0, "padding")
    let high = try perAxis(p.padding_high, atLeast: 0, "padding")
    let dilation = try perAxis(p.dilation, atLeast: 1, "dilation")
    let (extents, results) = (Array(shape[2...]), Array(pooled[2...]))
    planes = shape[0] * shape[1]
    planeSize = elementCount(extents)

    // Axis by axis; the windows of all are their products.
    var all = [Window(positions: [0], divisor: 1)]
    for a in extents.indices {
      var next: [Window] = []
      var ofAxis: [Window] = []
      for e in 0..<results[a] {
        let taps = (0..<kernel[a]).map { e * stride[a] - low[a] + $0 * dilation[a] }
        let inside = taps.filter { (0..<extents[a]).contains($0) }
        guard !inside.isEmpty else {
          throw .invalid("\(call.name): window \(e) of axis \(a + 2) holds no element of the \(extents[a])")
        }
        let counted =
          p.flags & BP_POOL_COUNT_PADDING != 0 ? taps.filter { $0 < extents[a] + high[a] }.count : inside.count
        ofAxis.append(Window(positions: inside, divisor: Double(counted)))
      }
      for outer in all {
        for inner in ofAxis {
          next.append(
            Window(
              positions: outer.positions.flatMap { row in inner.positions.map { row * extents[a] + $0 } },
              divisor: outer.divisor * inner.divisor))
        }
      }
      all = next
    }
    if p.divisor != 0 { for i in all.indices { all[i].divisor = Double(p.divisor) } }
    (windows, self.dilation) = (all, dilation)
  }

  /// A value for each window of each plane, in the order of the pooled tensor.
  func map<T>(_ value: (Int, Window) -> T) -> [T] {
    (0..<planes).flatMap { plane in windows.map { value(plane, $0) } }
  }

  func requireNoDilation(_ call: Call) throws(Failure) {
    guard dilation.allSatisfy({ $0 == 1 }) else { throw .invalid("\(call.name): dilation \(dilation)") }
  }
}
