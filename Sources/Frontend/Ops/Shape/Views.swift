/// Views: the same storage under another shape or other strides. None of these copies.
extension Ops {
  /// A recorded view.
  ///
  /// - Parameter gradient: From the gradient of the view, that of the tensor.
  static func view(
    _ name: String, _ x: Tensor, _ layout: Layout, offset: Int? = nil,
    gradient: @escaping (Tensor) throws(BackplaneError) -> Tensor
  ) -> Tensor {
    let result = x.view(layout, offset: offset ?? x.storageOffset)
    result.follow(x)
    if Autograd.records(x) {
      Autograd.record(name, [x], result, saves: false) { g throws(BackplaneError) in [try gradient(g)] }
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
    // Beside an extent of 0 the others may be anything.
    _ = try Layout.elementCount(result)
    return result
  }

  /// The strides under which `x` has another shape without moving an element, or nil.
  static func strides(_ x: Tensor, _ shape: [Int]) -> [Int]? {
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
    guard length <= extent - first else {
      throw BackplaneError(.index, "start (\(first)) + length (\(length)) exceeds dimension size (\(extent)).")
    }
    return try slice(x, d, first, first + length, 1)
  }

  /// Elements of a dimension between bounds that may count from the back and are clipped.
  static func slice(
    _ x: Tensor, _ dim: Int, _ start: Int?, _ end: Int?, step: Int
  ) throws(BackplaneError) -> Tensor {
    guard x.layout.rank > 0 else {
      throw BackplaneError(.index, "slice() cannot be applied to a 0-dim tensor.")
    }
    let d = try normalize(dim, rank: x.layout.rank)
    let bounds = try TensorSlice(start, end, step: step).bounds(x.layout.elements[d])
    return try slice(x, d, bounds.start, bounds.end, step)
  }

  /// Elements start, start + step, … of a dimension; bounds are already within the extent.
  static func slice(_ x: Tensor, _ d: Int, _ start: Int, _ end: Int, _ step: Int) throws(BackplaneError) -> Tensor {
    let extent = x.layout.elements[d]
    return try part("SliceBackward0", x) { x throws(BackplaneError) in
      var shape = x.layout.shape
      var strides = x.layout.strides
      shape[d] = end > start ? (end - start - 1) / step + 1 : 0
      let offset = x.storageOffset + start * strides[d]
      strides[d] *= steps(step, extent)
      return (try .strided(shape, strides), offset)
    }
  }

  /// How far a step along a dimension leads at most: what goes beyond its end leads nowhere.
  static func steps(_ step: Int, _ extent: Int) -> Int { Swift.min(step, Swift.max(extent, 1)) }

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
    let first = try normalize(start, rank: rank)
    let last = try normalize(end, rank: rank)
    if rank == 0 { return try reshape(x, [1]) }
    guard first <= last else {
      throw BackplaneError(.index, "flatten() has invalid args: start_dim cannot come after end_dim")
    }
    let shape = x.layout.shape
    let product = shape[first...last].reduce(1, *)
    return try reshape(x, Array(shape[..<first]) + [product] + Array(shape[(last + 1)...]))
  }

  /// A dimension as several.
  static func unflatten(_ x: Tensor, _ dim: Int, _ sizes: [Int]) throws(BackplaneError) -> Tensor {
    guard x.layout.rank > 0 || !sizes.isEmpty else {
      throw BackplaneError(.value, "unflatten: sizes must be non-empty")
    }
    let d = try normalize(dim, rank: x.layout.rank)
    guard !sizes.isEmpty else { throw BackplaneError(.value, "unflatten: sizes must be non-empty") }
    guard x.layout.rank > 0 else { return try reshape(x, sizes) }
    let extent = x.layout.elements[d]
    let extents: [Int]
    do throws(BackplaneError) {
      extents = try inferred(sizes, count: extent)
    } catch {
      guard sizes.filter({ $0 == -1 }).count <= 1 else { throw error }
      throw BackplaneError(
        .shape,
        "unflatten: Provided sizes \(sizes) don't multiply up to the size of dim \(d) (\(extent)) in the input tensor")
    }
    var shape = x.layout.shape
    shape.replaceSubrange(d...d, with: extents)
    return try view(x, shape)
  }
}
