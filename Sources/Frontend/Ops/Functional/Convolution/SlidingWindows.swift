/// Windows that slide over one dimension: the k-th element of window i lies at i · stride + k · dilation.
struct Windows {
  let size: Int
  let stride: Int
  let dilation: Int
  /// The number of windows.
  let count: Int

  /// Steps that nobody takes are 1: the stride of a single window, the dilation of windows of one element. The others
  /// then are no longer than the dimension.
  init(size: Int, stride: Int, dilation: Int, count: Int) {
    self.size = size
    self.stride = count > 1 ? stride : 1
    self.dilation = size > 1 ? dilation : 1
    self.count = count
  }

  /// The windows that a dimension of `extent` elements, `low` more before and `high` behind them, has room for; nil if
  /// for none.
  static func over(
    _ extent: Int, low: Int, high: Int, size: Int, stride: Int, dilation: Int, in operation: String
  ) throws(BackplaneError) -> Windows? {
    let padded = try Sizes.sum([extent, low, high], in: operation)
    let span = try Windows.span(size, dilation, in: operation)
    guard padded >= span else { return nil }
    return Windows(size: size, stride: stride, dilation: dilation, count: (padded - span) / stride + 1)
  }

  /// The distance from a window's first element to behind its last.
  static func span(_ size: Int, _ dilation: Int, in operation: String) throws(BackplaneError) -> Int {
    try Sizes.add(Sizes.multiply(dilation, Sizes.subtract(size, 1, in: operation), in: operation), 1, in: operation)
  }

  /// The extent that all windows together cover.
  func extent(in operation: String) throws(BackplaneError) -> Int {
    guard count > 0 else { return 0 }
    return try Sizes.add(
      Sizes.multiply(count - 1, stride, in: operation), Windows.span(size, dilation, in: operation), in: operation)
  }
}

extension Ops {
  /// A view of the windows of a dimension: that dimension counts them, a new last one runs within each.
  ///
  /// The gradient adds the windows up where they overlap, in as many steps as a window has elements.
  static func windows(_ x: Tensor, _ d: Int, _ windows: Windows) throws(BackplaneError) -> Tensor {
    var shape = x.layout.shape
    var strides = x.layout.strides
    let extent = shape[d]
    shape.append(windows.size)
    strides.append(strides[d] * windows.dilation)
    shape[d] = windows.count
    strides[d] *= windows.stride
    let result = x.view(try .strided(shape, strides), offset: x.storageOffset)
    if Autograd.records(x) {
      Autograd.record("UnfoldBackward0", [x], result, saves: false) { g throws(BackplaneError) in
        [try overlapAdd(g, d, windows, extent: extent)]
      }
      result.autograd?.isView = true
    }
    return result
  }

  /// The sum of windows in their places along dimension `d`, whose extent becomes `extent`; the last dimension, which
  /// runs within the windows, goes away. The transpose of ``windows(_:_:_:)``.
  static func overlapAdd(_ g: Tensor, _ d: Int, _ windows: Windows, extent: Int) throws(BackplaneError) -> Tensor {
    let rank = g.layout.rank - 1
    var shape = g.layout.shape
    let part = Array(shape[..<rank])
    let partStrides = Array(g.layout.strides[..<rank])
    let step = g.layout.strides[rank]
    shape.removeLast()
    shape[d] = extent
    let result = try full(.contiguous(shape), .int(0), g.dtype, on: g.context)
    var targetStrides = result.layout.strides
    let unit = targetStrides[d]
    targetStrides[d] *= windows.stride
    let sourceLayout = try Layout.strided(part, partStrides)
    let targetLayout = try Layout.strided(part, targetStrides)
    for k in 0..<windows.size where g.numel > 0 {
      let source = g.view(sourceLayout, offset: g.storageOffset + k * step)
      let target = result.view(targetLayout, offset: k * windows.dilation * unit)
      try Dispatcher.binary(.add, on: g.context, Operand(target), Operand(source), to: Operand(target))
    }
    if Autograd.records(g) {
      Autograd.record("OverlapAddBackward", [g], result, saves: false) { gg throws(BackplaneError) in
        [try Ops.windows(gg, d, windows)]
      }
    }
    return result
  }
}
