/// Along one dimension, the elements that each window of a pooling takes.
struct PoolingWindows {
  /// For each window its elements, in ascending order; none empty.
  enum Elements {
    /// Windows that slide, over a dimension with this much padding before and behind it.
    case sliding(Windows, low: Int, high: Int)
    /// Windows from start to end, as adaptive pooling lays them.
    case ranges([Range<Int>])
  }

  let elements: Elements

  /// The windows of adaptive pooling: `count` of them that cover the extent.
  static func adaptive(_ extent: Int, _ count: Int, in operation: String) throws(BackplaneError) -> PoolingWindows {
    if count > 0, extent % count == 0, extent > 0 {
      let size = extent / count
      return PoolingWindows(
        elements: .sliding(Windows(size: size, stride: size, dilation: 1, count: count), low: 0, high: 0))
    }
    // The greatest number below.
    _ = try Sizes.add(Sizes.multiply(count, extent, in: operation), count, in: operation)
    try HostMemory.require(count, of: Range<Int>.self, in: operation)
    return PoolingWindows(
      elements: .ranges((0..<count).map { $0 * extent / count..<(($0 + 1) * extent + count - 1) / count }))
  }

  var count: Int {
    switch elements {
    case .sliding(let windows, _, _): windows.count
    case .ranges(let ranges): ranges.count
    }
  }

  /// How many elements the windows have at most.
  var size: Int {
    switch elements {
    case .sliding(let windows, _, _): windows.size
    case .ranges(let ranges): ranges.map(\.count).max() ?? 1
    }
  }

  /// Where each window begins, and from place to place in it how far the elements lie apart.
  func starts(on context: DeviceContext) throws(BackplaneError) -> (starts: Tensor, step: Int) {
    switch elements {
    case .sliding(let w, let low, _):
      let starts = try Ops.arithmeticSequence(.int(Int64(-low)), .int(Int64(w.stride)), w.count, .int64, on: context)
      return (starts, w.dilation)
    case .ranges(let ranges):
      return (try Ops.fromHost(ranges.map { Int64($0.lowerBound) }, [ranges.count], on: context), 1)
    }
  }
}

extension Ops {
  /// A dimension's windows: it counts them, and a new last dimension runs within each. What lies in the padding is
  /// `padding`; windows with fewer elements than others repeat their last.
  static func windows(
    _ x: Tensor, _ d: Int, _ windows: PoolingWindows, padding: Scalar
  ) throws(BackplaneError) -> Tensor {
    switch windows.elements {
    case .sliding(let windows, let low, let high):
      var padded = x
      // The last window may reach beyond the padding, or padding may be left over.
      let behind = try Swift.max(high, windows.extent(in: "pooling") - low - x.layout.elements[d])
      if low > 0 || behind > 0 {
        var before = [Int](repeating: 0, count: x.layout.rank)
        var after = before
        before[d] = low
        after[d] = behind
        padded = try constantPad(x, low: before, high: after, padding)
      }
      return try Ops.windows(padded, d, windows)
    case .ranges(let ranges):
      let size = windows.size
      try HostMemory.require(Sizes.multiply(ranges.count, size, in: "pooling"), of: Int64.self, in: "pooling")
      let positions = ranges.flatMap { range in
        (0..<size).map { Int64(min(range.lowerBound + $0, range.upperBound - 1)) }
      }
      let index = try fromHost(positions, [positions.count], on: x.context)
      var shape = x.layout.shape
      shape.replaceSubrange(d...d, with: [ranges.count, size])
      let picked = try reshape(indexSelect(x, d, index), shape)
      return try permute(picked, (0...x.layout.rank).filter { $0 != d + 1 } + [d + 1])
    }
  }
}

/// The options of poolings whose windows slide, checked.
struct SlidingPool {
  let kernel: [Int]
  let stride: [Int]
  let padding: [Int]
  let dilation: [Int]
  let ceilMode: Bool
  private let operation: String

  init(
    _ kernel: [Int], stride: [Int]?, padding: [Int], dilation: [Int] = [1], ceilMode: Bool, dimensions: Int,
    _ operation: String
  ) throws(BackplaneError) {
    self.kernel = try spatial(kernel, dimensions, "kernel_size", operation)
    self.stride =
      try stride.flatMap { $0.isEmpty ? nil : $0 }.map { (s) throws(BackplaneError) in
        try spatial(s, dimensions, "stride", operation)
      } ?? self.kernel
    self.padding = try spatial(padding, dimensions, "padding", operation)
    self.dilation = try spatial(dilation, dimensions, "dilation", operation)
    self.ceilMode = ceilMode
    self.operation = operation
    for size in self.kernel where size <= 0 {
      throw BackplaneError(.value, "\(operation): kernel_size must be greater than zero, but got \(size)")
    }
    for step in self.stride where step <= 0 {
      throw BackplaneError(.value, "\(operation): stride must be greater than zero, but got \(step)")
    }
    for step in self.dilation where step <= 0 {
      throw BackplaneError(.value, "\(operation): dilation must be greater than zero, but got \(step)")
    }
    for i in 0..<dimensions {
      let (reach, overflow) = self.dilation[i].multipliedReportingOverflow(by: self.kernel[i] - 1)
      guard !overflow, reach < Int.max / 2 else {
        throw BackplaneError(
          .value,
          "\(operation): effective kernel size overflows: kernel_size=\(self.kernel[i]), dilation=\(self.dilation[i])")
      }
      guard self.padding[i] >= 0 else {
        throw BackplaneError(.value, "pad must be non-negative, but got pad: \(self.padding[i])")
      }
      guard self.padding[i] <= (reach + 1) / 2 else {
        throw BackplaneError(
          .value,
          "pad should be at most half of effective kernel size, but got pad=\(self.padding[i]), "
            + "kernel_size=\(self.kernel[i]) and dilation=\(self.dilation[i])")
      }
    }
  }

  /// The windows over a spatial dimension.
  func windows(_ i: Int, _ extent: Int) throws(BackplaneError) -> PoolingWindows {
    let padded = try Sizes.sum([extent, padding[i], padding[i]], in: operation)
    let room = try padded - Windows.span(kernel[i], dilation[i], in: operation)
    // Division that rounds up or down, also below zero.
    let (quotient, rest) = room.quotientAndRemainder(dividingBy: stride[i])
    var count = quotient + (ceilMode ? (rest > 0 ? 1 : 0) : (rest < 0 ? -1 : 0)) + 1
    // No window may start in the padding behind the dimension.
    if ceilMode, try Sizes.multiply(count - 1, stride[i], in: operation) >= extent + padding[i] { count -= 1 }
    guard count > 0 else {
      throw BackplaneError(
        .shape,
        "Given input size \(extent): Invalid computed output size: \(count). Output size is too small (kernel_size="
          + "\(kernel[i]), stride=\(stride[i]), padding=\(padding[i]), dilation=\(dilation[i]))")
    }
    // What lies behind the padding takes no part, in whichever window.
    let size = Swift.min(kernel[i], (padded - 1) / dilation[i] + 1)
    return PoolingWindows(
      elements: .sliding(
        Windows(size: size, stride: stride[i], dilation: dilation[i], count: count), low: padding[i],
        high: padding[i]))
  }
}
