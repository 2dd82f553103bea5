import BackendAPI

/// A pooling: its params, and where both of its tensors lie.
struct PoolCase: Sendable {
  var label: String
  var params: bp_pool_params
  /// Of what is pooled, and of what comes out.
  var input: Layout
  var output: Layout
  /// Elements of the input fall together, so that it cannot be written.
  var isInputBroadcast = false

  var isPadded: Bool { params.padding_low.0 + params.padding_low.1 + params.padding_high.0 + params.padding_high.1 > 0 }

  /// - Parameters:
  ///   - ceil: The number of windows is rounded up; the last one begins within the input or its low padding.
  ///   - pooled: The spatial extents that come out, where they are not what the params make of the input's.
  init(
    _ label: String, _ shape: [Int], kernel: [Int], stride: [Int], low: [Int]? = nil, high: [Int]? = nil,
    dilation: [Int]? = nil, ceil: Bool = false, pooled: [Int]? = nil
  ) {
    self.label = label
    let none = kernel.map { _ in 0 }
    let (low, high, dilation) = (low ?? none, high ?? none, dilation ?? kernel.map { _ in 1 })
    params = bp_pool_params()
    params.kernel = PoolCase.three(kernel)
    params.stride = PoolCase.three(stride)
    params.padding_low = PoolCase.three(low)
    params.padding_high = PoolCase.three(high)
    params.dilation = PoolCase.three(dilation)
    input = Layout(contiguous: shape)
    let extents =
      pooled
      ?? kernel.indices.map { a in
        let room = shape[a + 2] + low[a] + high[a] - dilation[a] * (kernel[a] - 1) - 1
        var count = (ceil ? room + stride[a] - 1 : room) / stride[a] + 1
        if ceil && (count - 1) * stride[a] >= shape[a + 2] + low[a] { count -= 1 }
        return count
      }
    output = Layout(contiguous: shape[..<2] + extents)
  }

  /// Two that kernels may well have a way of their own for.
  static let squares = [
    PoolCase("two", [2, 3, 7, 10], kernel: [2, 2], stride: [2, 2]),
    PoolCase("three", [2, 3, 7, 10], kernel: [3, 3], stride: [2, 2], low: [1, 1], high: [1, 1]),
  ]

  private static func three(_ values: [Int]) -> (Int64, Int64, Int64) {
    func value(_ i: Int) -> Int64 { i < values.count ? Int64(values[i]) : 0 }
    return (value(0), value(1), value(2))
  }

  // MARK: - Random ones

  /// Any legal pooling of extents up to about `size`.
  init(drawing size: Int, dilates: Bool, _ random: inout RandomSource) {
    let rank = random.int(1...3)
    let greatest = [4 * size, size, max(size / 2, 1)][rank - 1]
    var shape = [random.int(1...3), random.oneIn(3) ? random.int(0...size) : random.int(1...3)]
    var (kernel, stride, low, high, dilation, pooled): ([Int], [Int], [Int], [Int], [Int], [Int]) =
      ([], [], [], [], [], [])
    for _ in 0..<rank {
      let extent = random.int(1...greatest)
      let step = dilates && random.oneIn(3) ? random.int(2...3) : 1
      let taps = random.oneIn(2) ? random.int(2...3) : random.int(1...max(1, min(extent, 9)))
      let padding = random.oneIn(2) ? 0 : random.int(0...taps / 2)
      let span = step * (taps - 1) + 1
      let pitch = random.oneIn(2) ? taps : random.int(1...4)
      // Those before the first that holds nothing; with a dilation any of them may be it.
      var windows = 0
      while windows * pitch - padding < extent && windows < (extent + 2 * padding) / pitch + 1 {
        let start = windows * pitch - padding
        if !(0..<taps).contains(where: { (0..<extent).contains(start + $0 * step) }) { break }
        windows += 1
      }
      shape.append(extent)
      kernel.append(taps)
      stride.append(pitch)
      dilation.append(step)
      low.append(padding)
      high.append(max(0, (windows - 1) * pitch - padding + span - extent))
      pooled.append(random.oneIn(8) ? random.int(0...windows) : windows)
    }
    self.init(
      "drawn", shape, kernel: kernel, stride: stride, low: low, high: high, dilation: dilation, pooled: pooled)
    params.flags = random.oneIn(2) ? BP_POOL_COUNT_PADDING : 0
    params.divisor = random.oneIn(4) ? Int64(random.int(1...20)) : 0
    input = .scattered(input.shape, isInput: false, &random)
    output = .scattered(output.shape, isInput: false, &random)
  }

  // MARK: - Operations

  func operation(
    _ signature: Signature, _ values: ValueSet, isDrawn: Bool = false, _ random: inout RandomSource
  ) -> Operation {
    let input = isDrawn ? Layout.scattered(input.shape, isInput: true, &random) : input
    return Operation(
      [Operand(signature.inputs[0], input, values, &random)], signature.outputs.map { Operand($0, output) },
      .pool(params))
  }

  /// The gradient: what comes out of a pooling goes in.
  ///
  /// - Parameter places: The indices, of windows given by the positions they hold; else one of each.
  func backward(
    _ signature: Signature, _ values: ValueSet, _ random: inout RandomSource,
    places: (([[Int]]) -> [Int64])? = nil
  ) -> Operation {
    var inputs = [Operand(signature.inputs[0], output, values, &random)]
    if signature.inputs.count > 1 {
      let windows = windows
      let chosen = places?(windows) ?? windows.map { Int64($0.randomElement(using: &random)!) }
      // One gradient may be that of many windows; their indices are their own.
      let layout = output.strides.contains(0) ? Layout(contiguous: output.shape) : output
      inputs.append(Operand(layout, ElementArray(.int64, integers: chosen)))
    }
    let written = isInputBroadcast ? Layout(contiguous: input.shape) : input.outputLayout
    return Operation(inputs, [Operand(signature.outputs[0], written)], .pool(params))
  }

  /// The positions that each window holds, row-major within the spatial axes, in the order of the pooled tensor.
  private var windows: [[Int]] {
    let (kernel, stride) = (PoolCase.list(params.kernel), PoolCase.list(params.stride))
    let (low, dilation) = (PoolCase.list(params.padding_low), PoolCase.list(params.dilation))
    var ofPlane = [[0]]
    for a in 0..<input.rank - 2 {
      let extent = input.shape[a + 2]
      let ofAxis = (0..<output.shape[a + 2]).map { e in
        (0..<kernel[a]).map { e * stride[a] - low[a] + $0 * dilation[a] }.filter { (0..<extent).contains($0) }
      }
      ofPlane = ofPlane.flatMap { outer in
        ofAxis.map { inner in outer.flatMap { row in inner.map { row * extent + $0 } } }
      }
    }
    return (0..<output.shape[0] * output.shape[1]).flatMap { _ in ofPlane }
  }

  private static func list(_ values: (Int64, Int64, Int64)) -> [Int] {
    [Int(values.0), Int(values.1), Int(values.2)]
  }
}

extension Layout {
  /// The same, forwards: outputs have no negative strides.
  fileprivate var outputLayout: Layout { Layout(shape, strides: strides.map { abs($0) }, lead: lead) }
}
