/// Views: the same storage under another shape or other strides. None of these copies.
extension Ops {
  /// A recorded view.
  ///
  /// - Parameter gradient: From the gradient of the view, that of the tensor.
  private static func view(
    _ name: String, _ x: Tensor, _ layout: Layout, offset: Int? = nil,
    gradient: @escaping (Tensor) throws(BackplaneError) -> Tensor
  ) -> Tensor {
    let result = x.view(layout, offset: offset ?? x.storageOffset)
    if Autograd.records(x) {
      Autograd.record(name, [x], result) { g throws(BackplaneError) in [try gradient(g)] }
      result.autograd?.isView = true
    }
    return result
  }

  /// A shape with at most one −1, which is inferred.
  static func inferred(_ shape: [Int], count: Int) throws(BackplaneError) -> [Int] {
    var result = shape
    var unknown: Int?
    var known = 1
    for (d, extent) in shape.enumerated() {
      if extent == -1 {
        guard unknown == nil else { throw BackplaneError(.shape, "only one dimension can be inferred") }
        unknown = d
      } else {
        guard extent >= 0 else { throw BackplaneError(.shape, "invalid shape dimension \(extent)") }
        let (product, overflow) = known.multipliedReportingOverflow(by: extent)
        known = overflow ? Int.max : product
      }
    }
    if let unknown {
      if known == 0 {
        throw BackplaneError(
          .shape,
          "cannot reshape tensor of 0 elements into shape \(shape) because the unspecified dimension size -1 can be "
            + "any value and is ambiguous")
      }
      guard count % known == 0 else {
        throw BackplaneError(.shape, "shape '\(shape)' is invalid for input of size \(count)")
      }
      result[unknown] = count / known
    } else if known != count {
      throw BackplaneError(.shape, "shape '\(shape)' is invalid for input of size \(count)")
    }
    return result
  }

  /// The strides under which `x` has another shape without moving an element, or nil.
  private static func strides(_ x: Tensor, _ shape: [Int]) -> [Int]? {
    if x.numel == 0 || x.isContiguous { return Layout.contiguousStrides(shape) }
    let old = x.layout.shape
    let oldStrides = x.layout.strides
    // Dimensions of extent 1 have no say; neighbours that step evenly act as one dimension.
    var groups: [(extent: Int, stride: Int)] = []
    for d in old.indices where old[d] != 1 {
      if let last = groups.last, last.stride == oldStrides[d] * old[d] {
        groups[groups.count - 1] = (last.extent * old[d], oldStrides[d])
      } else {
        groups.append((old[d], oldStrides[d]))
      }
    }
    // Each new dimension must divide what is left of one group.
    var strides = [Int](repeating: 1, count: shape.count)
    var group = groups.popLast() ?? (1, 1)
    for d in shape.indices.reversed() where shape[d] != 1 {
      if group.extent == 1, let next = groups.popLast() { group = next }
      guard group.extent % shape[d] == 0 else { return nil }
      strides[d] = group.stride
      group = (group.extent / shape[d], group.stride * shape[d])
    }
    return strides
  }

  static func view(_ x: Tensor, _ shape: [Int]) throws(BackplaneError) -> Tensor {
    let extents = try inferred(shape, count: x.numel)
    guard let strides = strides(x, extents) else {
      throw BackplaneError(
        .shape,
        "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
          + "contiguous subspaces). Use .reshape(...) instead.")
    }
    let original = x.layout.shape
    return view("ViewBackward0", x, try .strided(extents, strides)) { g throws(BackplaneError) in
      try reshape(g, original)
    }
  }

  static func reshape(_ x: Tensor, _ shape: [Int]) throws(BackplaneError) -> Tensor {
    let extents = try inferred(shape, count: x.numel)
    return try view(strides(x, extents) == nil ? clone(x) : x, extents)
  }

  static func permute(_ x: Tensor, _ dims: [Int]) throws(BackplaneError) -> Tensor {
    let rank = x.layout.rank
    guard dims.count == rank else {
      throw BackplaneError(
        .shape,
        "permute: number of dimensions in the tensor input does not match the length of the desired ordering of "
          + "dimensions i.e. input.dim() = \(rank) is not equal to len(dims) = \(dims.count)")
    }
    var order: [Int] = []
    for dim in dims {
      let d = try normalize(dim, rank: rank)
      guard !order.contains(d) else { throw BackplaneError(.index, "permute(): duplicate dims are not allowed.") }
      order.append(d)
    }
    let shape = x.layout.shape
    let strides = x.layout.strides
    var inverse = [Int](repeating: 0, count: rank)
    for (position, d) in order.enumerated() { inverse[d] = position }
    let layout = try Layout.strided(order.map { shape[$0] }, order.map { strides[$0] })
    return view("PermuteBackward0", x, layout) { g throws(BackplaneError) in try permute(g, inverse) }
  }

  static func transpose(_ x: Tensor, _ a: Int, _ b: Int) throws(BackplaneError) -> Tensor {
    let rank = x.layout.rank
    let i = try normalize(a, rank: rank)
    let j = try normalize(b, rank: rank)
    if rank == 0 { return x }
    var shape = x.layout.shape
    var strides = x.layout.strides
    shape.swapAt(i, j)
    strides.swapAt(i, j)
    return view("TransposeBackward0", x, try .strided(shape, strides)) { g throws(BackplaneError) in
      try transpose(g, i, j)
    }
  }

  static func unsqueeze(_ x: Tensor, _ dim: Int) throws(BackplaneError) -> Tensor {
    let d = try normalize(dim, rank: x.layout.rank + 1)
    var shape = x.layout.shape
    var strides = x.layout.strides
    strides.insert(d < shape.count ? strides[d] * shape[d] : 1, at: d)
    shape.insert(1, at: d)
    return view("UnsqueezeBackward0", x, try .strided(shape, strides)) { g throws(BackplaneError) in
      try squeeze(g, d)
    }
  }

  /// Without the dimension, if its extent is 1.
  static func squeeze(_ x: Tensor, _ dim: Int) throws(BackplaneError) -> Tensor {
    let d = try normalize(dim, rank: x.layout.rank)
    return try squeeze(x, dims: [d])
  }

  static func squeeze(_ x: Tensor, dims: [Int]?) throws(BackplaneError) -> Tensor {
    let rank = x.layout.rank
    var wanted = Set<Int>()
    for dim in dims ?? Array(0..<rank) { wanted.insert(try normalize(dim, rank: rank)) }
    let old = x.layout.shape
    let oldStrides = x.layout.strides
    let kept = (0..<rank).filter { !(wanted.contains($0) && old[$0] == 1) }
    let layout = try Layout.strided(kept.map { old[$0] }, kept.map { oldStrides[$0] })
    return view("SqueezeBackward0", x, layout) { g throws(BackplaneError) in try reshape(g, old) }
  }

  static func expand(_ x: Tensor, _ shape: [Int]) throws(BackplaneError) -> Tensor {
    let old = x.layout.shape
    let lead = shape.count - old.count
    guard lead >= 0 else {
      throw BackplaneError(
        .shape,
        "expand(\(x.dtype.scalarName)Tensor{\(old)}, size=\(shape)): the number of sizes provided (\(shape.count)) "
          + "must be greater or equal to the number of dimensions in the tensor (\(old.count))")
    }
    var extents = shape
    for d in shape.indices where d >= lead {
      let extent = old[d - lead]
      if shape[d] == -1 { extents[d] = extent }
      guard extents[d] == extent || extent == 1 else {
        throw BackplaneError(
          .shape,
          "The expanded size of the tensor (\(shape[d])) must match the existing size (\(extent)) at non-singleton "
            + "dimension \(d).  Target sizes: \(shape).  Tensor sizes: \(old)")
      }
    }
    guard extents.allSatisfy({ $0 >= 0 }) else {
      throw BackplaneError(
        .shape, "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension")
    }
    let layout = x.layout
    return view("ExpandBackward0", x, try x.layout.broadcast(to: extents)) { g throws(BackplaneError) in
      try sum(g, to: layout)
    }
  }

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
    try Dispatcher.unary(.copy, on: g.context, Operand(g), to: Operand(result.view(layout, offset: offset)))
    if Autograd.records(g) {
      Autograd.record("EmbedBackward", [g], result) { gg throws(BackplaneError) in
        [try part("SliceBackward0", gg, region)]
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
    let offset = offset ?? x.storageOffset
    let layout = try Layout.strided(shape, strides)
    let (last, overflows) = lastElement(shape, strides, offset)
    guard offset >= 0, !overflows, layout.count == 0 || last < x.storage.byteCount / x.dtype.byteCount else {
      throw BackplaneError(
        .shape,
        "setStorage: sizes \(shape), strides \(strides), storage offset \(offset), and itemsize \(x.dtype.byteCount) "
          + "requiring a storage size of \(overflows ? "more than memory can hold" : "\((last + 1) * x.dtype.byteCount)") "
          + "are out of bounds for storage of size \(x.storage.byteCount)")
    }
    guard x.isContiguous || !Autograd.records(x) else {
      throw BackplaneError(.autograd, "as_strided: the gradient needs a contiguous tensor; call contiguous() before")
    }
    let first = x.storageOffset
    let original = x.layout
    return view("AsStridedBackward0", x, layout, offset: offset) { g throws(BackplaneError) in
      let positions = elementPositions(shape, strides, offset - first)
      guard positions.allSatisfy({ (0..<original.count).contains(Int($0)) }) else {
        throw BackplaneError(.autograd, "as_strided: the view reaches beyond the tensor whose gradient is wanted")
      }
      let index = Tensor(positions, shape: [positions.count], device: g.device)
      let zero = try full(.contiguous([original.count]), .int(0), g.dtype, on: g.context)
      return try reshape(scatterAdd(zero, 0, index, reshape(g, [positions.count])), original.shape)
    }
  }

  /// The greatest position that a layout reaches.
  private static func lastElement(_ shape: [Int], _ strides: [Int], _ offset: Int) -> (Int, overflows: Bool) {
    var last = offset
    for (extent, stride) in zip(shape, strides) where extent > 1 {
      let (distance, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, overflowed) = last.addingReportingOverflow(distance)
      if overflow || overflowed { return (0, true) }
      last = sum
    }
    return (last, false)
  }

  /// The positions of all elements in row-major order.
  private static func elementPositions(_ shape: [Int], _ strides: [Int], _ offset: Int) -> [Int64] {
    var positions = [Int64(offset)]
    for (extent, stride) in zip(shape, strides) {
      positions = positions.flatMap { start in (0..<extent).map { start + Int64($0 * stride) } }
    }
    return positions
  }

  /// `length` elements of a dimension from `start` on.
  static func narrow(_ x: Tensor, _ dim: Int, _ start: Int, _ length: Int) throws(BackplaneError) -> Tensor {
    guard x.layout.rank > 0 else {
      throw BackplaneError(.index, "narrow() cannot be applied to a 0-dim tensor.")
    }
    let d = try normalize(dim, rank: x.layout.rank)
    let extent = x.layout.elements[d]
    guard length >= 0 else { throw BackplaneError(.index, "narrow(): length must be non-negative.") }
    guard start >= -extent, start <= extent else {
      throw BackplaneError(
        .index, "start out of range (expected to be in range of [\(-extent), \(extent)], but got \(start))")
    }
    let first = start < 0 ? start + extent : start
    guard first + length <= extent else {
      throw BackplaneError(.index, "start (\(first)) + length (\(length)) exceeds dimension size (\(extent)).")
    }
    return try slice(x, d, first, first + length, 1)
  }

  /// Elements start, start + step, … of a dimension; bounds are already within the extent.
  static func slice(_ x: Tensor, _ d: Int, _ start: Int, _ end: Int, _ step: Int) throws(BackplaneError) -> Tensor {
    try part("SliceBackward0", x) { x throws(BackplaneError) in
      var shape = x.layout.shape
      var strides = x.layout.strides
      shape[d] = Swift.max(0, (end - start + step - 1) / step)
      let offset = x.storageOffset + start * strides[d]
      strides[d] *= step
      return (try .strided(shape, strides), offset)
    }
  }

  /// One element of a dimension, which goes away.
  ///
  /// - Parameter reportedAs: The dimension that a message names, where it is not `dim`.
  static func select(
    _ x: Tensor, _ dim: Int, _ index: Int, reportedAs: Int? = nil
  ) throws(BackplaneError) -> Tensor {
    guard x.layout.rank > 0 else {
      throw BackplaneError(
        .index, "invalid index of a 0-dim tensor. Use `tensor.item()` to convert a 0-dim tensor to a number")
    }
    let d = try normalize(dim, rank: x.layout.rank)
    let extent = x.layout.elements[d]
    guard index >= -extent, index < extent else {
      throw BackplaneError(
        .index, "index \(index) is out of bounds for dimension \(reportedAs ?? d) with size \(extent)")
    }
    let position = index < 0 ? index + extent : index
    return try part("SelectBackward0", x) { x throws(BackplaneError) in
      var shape = x.layout.shape
      var strides = x.layout.strides
      let offset = x.storageOffset + position * strides[d]
      shape.remove(at: d)
      strides.remove(at: d)
      return (try .strided(shape, strides), offset)
    }
  }

  static func flatten(_ x: Tensor, _ start: Int, _ end: Int) throws(BackplaneError) -> Tensor {
    let rank = x.layout.rank
    if rank == 0 { return try reshape(x, [1]) }
    let first = try normalize(start, rank: rank)
    let last = try normalize(end, rank: rank)
    guard first <= last else {
      throw BackplaneError(.index, "flatten() has invalid args: start_dim cannot come after end_dim")
    }
    let shape = x.layout.shape
    let product = shape[first...last].reduce(1, *)
    return try reshape(x, Array(shape[..<first]) + [product] + Array(shape[(last + 1)...]))
  }
}

extension Tensor {
  /// The same elements in another shape, without a copy; one extent may be −1.
  public func view(_ shape: [Int]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.view(self, shape) } }
  public func view(_ shape: Int...) -> Tensor { view(shape) }
  /// The same elements in another shape: a view where possible, else a copy. One extent may be −1.
  public func reshape(_ shape: [Int]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.reshape(self, shape) } }
  public func reshape(_ shape: Int...) -> Tensor { reshape(shape) }
  /// The dimensions from `start` to `end` as one.
  public func flatten(_ start: Int = 0, _ end: Int = -1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.flatten(self, start, end) }
  }
  /// The dimensions in another order.
  /// A view of the storage under any shape and strides, `offset` elements from its beginning (default: where this
  /// tensor begins). Several of its elements may be one in memory.
  ///
  /// ```swift
  /// Tensor.arange(5).asStrided([3, 2], [1, 1])  // pairs of neighbours: [[0, 1], [1, 2], [2, 3]]
  /// ```
  public func asStrided(_ shape: [Int], _ strides: [Int], offset: Int? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.asStrided(self, shape, strides, offset: offset) }
  }
  public func permute(_ dims: [Int]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.permute(self, dims) } }
  public func permute(_ dims: Int...) -> Tensor { permute(dims) }
  /// Two dimensions exchanged.
  public func transpose(_ a: Int, _ b: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.transpose(self, a, b) }
  }
  /// The transpose of a matrix; a vector or a scalar as it is.
  public func t() -> Tensor {
    funnel { () throws(BackplaneError) in
      guard layout.rank <= 2 else {
        throw BackplaneError(.shape, "t() expects a tensor with <= 2 dimensions, but self is \(layout.rank)D")
      }
      return layout.rank < 2 ? self : try Ops.transpose(self, 0, 1)
    }
  }
  /// All dimensions in reverse order.
  public var T: Tensor { permute(Array((0..<layout.rank).reversed())) }
  /// The last two dimensions exchanged.
  public var mT: Tensor {
    funnel { () throws(BackplaneError) in
      guard layout.rank >= 2 else {
        throw BackplaneError(
          .shape, "tensor.mT is only supported on matrices or batches of matrices. Got \(layout.rank)-D tensor.")
      }
      return try Ops.transpose(self, -2, -1)
    }
  }
  /// A new dimension of extent 1.
  public func unsqueeze(_ dim: Int) -> Tensor { funnel { () throws(BackplaneError) in try Ops.unsqueeze(self, dim) } }
  /// Without all dimensions of extent 1.
  public func squeeze() -> Tensor { funnel { () throws(BackplaneError) in try Ops.squeeze(self, dims: nil) } }
  /// Without the dimension if its extent is 1.
  public func squeeze(_ dim: Int) -> Tensor { funnel { () throws(BackplaneError) in try Ops.squeeze(self, dim) } }
  /// Dimensions of extent 1 repeated to a larger shape, without a copy; −1 keeps an extent.
  public func expand(_ shape: [Int]) -> Tensor { funnel { () throws(BackplaneError) in try Ops.expand(self, shape) } }
  public func expand(_ shape: Int...) -> Tensor { expand(shape) }
  public func broadcastTo(_ shape: [Int]) -> Tensor { expand(shape) }
  /// `length` elements of a dimension, from `start` on.
  public func narrow(_ dim: Int, _ start: Int, _ length: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.narrow(self, dim, start, length) }
  }
  /// One element of a dimension, which goes away.
  public func select(_ dim: Int, _ index: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.select(self, dim, index) }
  }
}
