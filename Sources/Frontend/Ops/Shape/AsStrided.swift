/// Views of part of a tensor, and of its memory under any strides, with the gradients that go back through them.
extension Ops {
  /// A view of part of a tensor; its gradient is zero elsewhere.
  ///
  /// - Parameter region: Gives the view's layout and offset in a tensor like x.
  static func part(
    _ name: String, _ x: Tensor, _ region: @escaping (Tensor) throws(BackplaneError) -> (Layout, Int)
  ) throws(BackplaneError) -> Tensor {
    let (layout, offset) = try region(x)
    let shape = x.layout.shape
    return view(name, x, layout, offset: offset) { g throws(BackplaneError) in
      try embed(g, shape, region)
    }
  }

  /// A tensor of zeros with `g` in a region; the gradient of ``part``, and in turn differentiable.
  private static func embed(
    _ g: Tensor, _ shape: [Int], _ region: @escaping (Tensor) throws(BackplaneError) -> (Layout, Int)
  ) throws(BackplaneError) -> Tensor {
    let result = try full(.contiguous(shape), .int(0), g.dtype, on: g.context)
    let (layout, offset) = try region(result)
    try accumulate(g, into: result, layout, offset: offset)
    if Autograd.records(g) {
      Autograd.record("EmbedBackward", [g], result, saves: false) { gg throws(BackplaneError) in
        [try part("SliceBackward0", gg, region)]
      }
    }
    return result
  }

  /// Adds the elements of `g` to those of zeros that a layout reaches, each as often as it does.
  private static func accumulate(
    _ g: Tensor, into zeros: Tensor, _ layout: Layout, offset: Int
  ) throws(BackplaneError) {
    if layout.count == 0 { return }
    if !layout.mayOverlap {
      try Dispatcher.unary(.copy, on: g.context, Operand(g), to: Operand(zeros.view(layout, offset: offset)))
      return
    }
    let flat = zeros.view(try .contiguous([zeros.numel]), offset: 0)
    let index = try reshape(elementPositions(layout, offset: offset, on: g.context), [layout.count])
    try scatter(into: flat, 0, index, reshape(g.detach(), [layout.count]), .add)
  }

  /// The positions in memory of a layout's elements, in its shape.
  static func elementPositions(
    _ layout: Layout, offset: Int, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    var positions = try full(.scalar, .int(Int64(offset)), .int64, on: context)
    for (d, stride) in layout.strides.enumerated() {
      let steps = try arithmeticSequence(
        .int(0), .int(Int64(stride)), layout.elements[d], .int64, on: context)
      var shape = [Int](repeating: 1, count: layout.rank)
      shape[d] = layout.elements[d]
      positions = try add(positions, steps.view(.contiguous(shape), offset: 0))
    }
    return positions
  }

  /// A vector of zeros to which `g` is added at the places that a layout of its shape reaches: the gradient of
  /// ``asStrided(_:_:_:offset:)``, and in turn differentiable.
  static func accumulated(
    _ g: Tensor, span: Int, _ layout: Layout, offset: Int
  ) throws(BackplaneError) -> Tensor {
    let result = try full(.contiguous([span]), .int(0), g.dtype, on: g.context)
    try accumulate(g, into: result, layout, offset: offset)
    if Autograd.records(g) {
      Autograd.record("EmbedBackward", [g], result, saves: false) { gg throws(BackplaneError) in
        let gg = try contiguous(gg)
        return [try asStrided(gg, layout.shape, layout.strides, offset: gg.storageOffset + offset)]
      }
    }
    return result
  }

  /// Any shape and strides over the storage, counted from its beginning.
  static func asStrided(_ x: Tensor, _ shape: [Int], _ strides: [Int], offset: Int?) throws(BackplaneError) -> Tensor {
    guard shape.count == strides.count else {
      throw BackplaneError(
        .shape, "mismatch in length of strides and shape: \(strides.count) strides for \(shape.count) dimensions")
    }
    guard strides.allSatisfy({ $0 >= 0 }) else {
      throw BackplaneError(.value, "as_strided: Negative strides are not supported, got strides: \(strides)")
    }
    let layout = try Layout.strided(shape, Layout.bounded(strides, shape))
    let held = x.storage.byteCount / x.dtype.byteCount
    // Where no element is, none lies beyond the storage.
    let offset = layout.count == 0 ? Swift.min(offset ?? 0, held) : offset ?? x.storageOffset
    let last = layout.count == 0 ? -1 : lastElement(shape, strides, offset)
    guard offset >= 0, let last, last < held else {
      let needed = last.map { ($0 + 1).multipliedReportingOverflow(by: x.dtype.byteCount) }
      let size = needed.flatMap { $0.overflow ? nil : "\($0.partialValue)" } ?? "more than memory can hold"
      throw BackplaneError(
        .shape,
        "setStorage: sizes \(shape), strides \(strides), storage offset \(offset), and itemsize \(x.dtype.byteCount) "
          + "requiring a storage size of \(size) are out of bounds for storage of size \(x.storage.byteCount)")
    }
    let first = x.storageOffset
    let original = x.layout
    return view("AsStridedBackward0", x, layout, offset: offset) { g throws(BackplaneError) in
      // The stretch of memory that either of the two reaches.
      let low = layout.count == 0 ? first : Swift.min(first, offset)
      let end = layout.count == 0 ? first + original.span : Swift.max(first + original.span, offset + layout.span)
      var memory = try accumulated(g, span: end - low, layout, offset: offset - low)
      if original.isContiguous, end - low == original.count { return try reshape(memory, original.shape) }
      if original.mayOverlap {
        // Elements that are one in memory share its gradient.
        let ones = try full(original, .int(1), g.dtype, on: g.context)
        let count = try accumulated(ones, span: end - low, original, offset: first - low)
        memory = try div(memory, binary(.maximum, count, onesLike(count)))
      }
      return try contiguous(asStrided(memory, original.shape, original.strides, offset: first - low))
    }
  }

  /// The greatest position that a layout reaches; nil beyond all memory.
  static func lastElement(_ shape: [Int], _ strides: [Int], _ offset: Int) -> Int? {
    var last = offset
    for (extent, stride) in zip(shape, strides) where extent > 1 {
      let (distance, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, overflowed) = last.addingReportingOverflow(distance)
      if overflow || overflowed || sum == .max { return nil }
      last = sum
    }
    return last < .max ? last : nil
  }

  /// Windows of `size` elements along a dimension, `step` apart, as a new last dimension.
  static func unfold(_ x: Tensor, _ dim: Int, _ size: Int, _ step: Int) throws(BackplaneError) -> Tensor {
    let rank = x.layout.rank
    let d = try normalize(dim, rank: rank)
    let extent = rank == 0 ? 1 : x.layout.elements[d]
    guard size >= 0 else { throw BackplaneError(.value, "size is \(size) but must be >= 0") }
    guard size <= extent else {
      throw BackplaneError(
        .shape, "maximum size for tensor at dimension \(d) is \(extent) but size is \(size)")
    }
    guard step > 0 else { throw BackplaneError(.value, "step is \(step) but must be > 0") }
    return try part("UnfoldBackward0", x) { x throws(BackplaneError) in
      var shape = x.layout.shape
      var strides = x.layout.strides
      shape.append(size)
      strides.append(rank == 0 ? 1 : strides[d])
      if rank > 0 {
        shape[d] = (extent - size) / step + 1
        strides[d] *= steps(step, extent)
      }
      return (try .strided(shape, strides), x.storageOffset)
    }
  }
}

extension Layout {
  /// The number of elements in memory from the first to the last, both included; 0 where there are none.
  var span: Int {
    if count == 0 { return 0 }
    return (0..<rank).reduce(1) { $0 + (elements[$1] - 1) * elements[rank + $1] }
  }

  /// Whether two elements may be one in memory; false only where none are.
  var mayOverlap: Bool {
    var reach = 0
    let dims = (0..<rank).filter { elements[$0] > 1 }.sorted { elements[rank + $0] < elements[rank + $1] }
    for d in dims {
      if elements[rank + d] <= reach { return true }
      reach += (elements[d] - 1) * elements[rank + d]
    }
    return false
  }
}
