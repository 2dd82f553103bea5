/// `x[…]`: views for numbers and slices, copies for masks and tensors of positions.
extension Ops {
  static func elements(_ x: Tensor, _ terms: [IndexTerm]) throws(BackplaneError) -> Tensor {
    let (view, positions) = try basic(x, terms)
    guard positions.contains(where: { $0 != nil }) else { return view }
    return try advanced(view, positions)
  }

  static func setElements(
    _ x: Tensor, _ terms: [IndexTerm], _ value: Tensor, accumulate: Bool
  ) throws(BackplaneError) {
    try requireSameDeviceOrScalar(x, value)
    if Autograd.records(x, value) {
      // The new value is computed apart, so that the graph knows it, and then moved in.
      try InPlace.check(x)
      let old = x.alias(with: x.autograd)
      return try InPlace.replace(x, with: replaced(old, terms, value, accumulate: accumulate))
    }
    let (view, positions) = try basic(x.detach(), terms)
    if positions.contains(where: { $0 != nil }) {
      let changed = try scattered(view, positions, value, accumulate: accumulate)
      try Dispatcher.unary(.copy, on: x.context, Operand(changed), to: Operand(view))
      x.storage.version += 1
    } else {
      try copy(accumulate ? add(view, move(value, to: x.context)) : value, into: view)
    }
  }

  /// A 0-d tensor of any device may be assigned, as a number may.
  private static func requireSameDeviceOrScalar(_ x: Tensor, _ value: Tensor) throws(BackplaneError) {
    if value.layout.rank > 0 { try requireSameDevice([x, value]) }
  }

  /// x with part of it replaced, differentiable in x and in the value.
  private static func replaced(
    _ x: Tensor, _ terms: [IndexTerm], _ value: Tensor, accumulate: Bool
  ) throws(BackplaneError) -> Tensor {
    let result = try copy(x)
    try noGradient { () throws(BackplaneError) in
      try setElements(result, terms, value.detach(), accumulate: accumulate)
    }
    let layout = value.layout
    let valueType = value.dtype
    Autograd.record("IndexPutBackward0", [x, value], result) { g throws(BackplaneError) in
      let part = try sum(cast(elements(g, terms), valueType), to: layout)
      if accumulate { return [g, part] }
      let zero = try full(.scalar, .int(0), g.dtype, on: g.context)
      return [try replaced(g, terms, zero, accumulate: false), part]
    }
    return result
  }

  private static func noGradient(_ body: () throws(BackplaneError) -> Void) throws(BackplaneError) {
    let result = noGrad { Result { () throws(BackplaneError) in try body() } }
    try result.get()
  }

  // MARK: Numbers and slices

  /// Applies all but the tensors, and gives for each dimension of the view the positions that are still to be
  /// applied to it.
  private static func basic(
    _ x: Tensor, _ terms: [IndexTerm]
  ) throws(BackplaneError) -> (Tensor, [Tensor?]) {
    var named = 0
    for term in terms {
      switch term {
      case .element, .slice: named += 1
      case .tensor(let index): named += index.dtype == .bool ? index.layout.rank : 1
      case .newAxis, .ellipsis: break
      }
    }
    guard named <= x.layout.rank else {
      if x.layout.rank == 0 {
        throw BackplaneError(
          .index, "invalid index of a 0-dim tensor. Use `tensor.item()` to convert a 0-dim tensor to a number")
      }
      throw BackplaneError(.index, "too many indices for tensor of dimension \(x.layout.rank)")
    }
    var view = x
    var positions: [Tensor?] = []
    var hasEllipsis = false
    // Messages name the dimension of the whole tensor, as the user sees it; `d` counts in the view.
    var whole = 0
    for term in terms {
      let d = positions.count
      switch term {
      case .element(let index):
        view = try select(view, d, index, reportedAs: whole)
        whole += 1
      case .slice(let slice):
        whole += 1
        let (start, end) = try slice.bounds(view.layout.elements[d])
        if start != 0 || end != view.layout.elements[d] || slice.step != 1 {
          view = try Ops.slice(view, d, start, end, slice.step)
        }
        positions.append(nil)
      case .newAxis:
        view = try unsqueeze(view, d)
        positions.append(nil)
      case .ellipsis:
        guard !hasEllipsis else {
          throw BackplaneError(.index, "an index can only have a single ellipsis ('...')")
        }
        hasEllipsis = true
        positions += [Tensor?](repeating: nil, count: x.layout.rank - named)
        whole += x.layout.rank - named
      case .tensor(let index) where index.dtype == .bool:
        positions += try maskPositions(index, view, d)
        whole += index.layout.rank
      case .tensor(let index):
        positions.append(try checkedPositions(index, view, d, reportedAs: whole))
        whole += 1
      }
    }
    positions += [Tensor?](repeating: nil, count: view.layout.rank - positions.count)
    if terms.isEmpty {
      view = try part("AliasBackward0", x) { x throws(BackplaneError) in (x.layout, x.storageOffset) }
    }
    return (view, positions)
  }

  /// The positions where a mask is true, one vector for each of its dimensions.
  private static func maskPositions(
    _ mask: Tensor, _ view: Tensor, _ d: Int
  ) throws(BackplaneError) -> [Tensor?] {
    let shape = mask.layout.shape
    for (e, extent) in shape.enumerated() where view.layout.elements[d + e] != extent {
      throw BackplaneError(
        .index,
        "The shape of the mask \(mask.shape) at index \(e) does not match the shape of the indexed tensor "
          + "\(view.shape) at index \(d + e)")
    }
    guard !shape.isEmpty else {
      throw BackplaneError(.index, "a mask needs at least one dimension; for a condition use `where`")
    }
    let truth = try toHost(mask, Bool.self)
    var vectors = [[Int]](repeating: [], count: shape.count)
    for (flat, isTrue) in truth.enumerated() where isTrue {
      var rest = flat
      for e in shape.indices.reversed() {
        vectors[e].append(rest % shape[e])
        rest /= shape[e]
      }
    }
    var result: [Tensor?] = []
    for vector in vectors { result.append(try hostPositions(vector, [vector.count], view.context)) }
    return result
  }

  /// Positions counted from the front, all within the dimension.
  private static func checkedPositions(
    _ index: Tensor, _ view: Tensor, _ d: Int, reportedAs whole: Int
  ) throws(BackplaneError) -> Tensor {
    guard index.dtype.isInteger else {
      throw BackplaneError(
        .index, "tensors used as indices must be long, int, byte or bool tensors, not \(index.dtype.scalarName)")
    }
    let extent = view.layout.elements[d]
    var positions = try toHost(index, Int.self)
    var changed = index.dtype != .int64 || index.context !== view.context
    for i in positions.indices {
      let position = positions[i]
      guard position >= -extent, position < extent else {
        throw BackplaneError(.index, "index \(position) is out of bounds for dimension \(whole) with size \(extent)")
      }
      if position < 0 {
        positions[i] += extent
        changed = true
      }
    }
    return changed ? try hostPositions(positions, index.layout.shape, view.context) : index.detach()
  }

  private static func hostPositions(
    _ positions: [Int], _ shape: [Int], _ context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    let result = positions.withUnsafeBufferPointer { buffer in
      Result { () throws(BackplaneError) in try fromHost(buffer, shape, .int64, on: context) }
    }
    return try result.get()
  }

  // MARK: Tensors of positions

  /// Where the indexed dimensions go, by NumPy's rule: to the place of the first if they are neighbours, to the
  /// front if not.
  private struct Plan {
    let indexed: [Int]
    let kept: [Int]
    let shape: [Int]
    let front: Int

    init(_ positions: [Tensor?]) throws(BackplaneError) {
      indexed = positions.indices.filter { positions[$0] != nil }
      kept = positions.indices.filter { positions[$0] == nil }
      var shape: [Int] = []
      for position in positions {
        guard let position else { continue }
        do throws(BackplaneError) {
          shape = try broadcast(shape, position.layout.shape)
        } catch {
          let shapes = positions.compactMap { $0.map { "\($0.shape)" } }.joined(separator: ", ")
          throw BackplaneError(
            .index, "shape mismatch: indexing tensors could not be broadcast together with shapes \(shapes)")
        }
      }
      self.shape = shape
      let areNeighbours = indexed.last! - indexed[0] == indexed.count - 1
      front = areNeighbours ? indexed[0] : 0
    }
  }

  private static func advanced(_ x: Tensor, _ positions: [Tensor?]) throws(BackplaneError) -> Tensor {
    let plan = try Plan(positions)
    let extents = x.layout.shape
    let indexedExtents = plan.indexed.map { extents[$0] }
    let keptExtents = plan.kept.map { extents[$0] }
    // The indexed dimensions in front, as one; a position in it is a row-major number.
    var number: Tensor?
    for (i, d) in plan.indexed.enumerated() {
      let position = try expand(positions[d]!, plan.shape)
      number =
        try number.map { (n) throws(BackplaneError) in try add(mul(n, .int(Int64(indexedExtents[i]))), position) }
        ?? position
    }
    let flat = try reshape(number!, [plan.shape.reduce(1, *)])
    let rows = try reshape(permute(x, plan.indexed + plan.kept), [indexedExtents.reduce(1, *)] + keptExtents)
    let picked = try reshape(indexSelect(rows, 0, flat), plan.shape + keptExtents)
    guard plan.front > 0 else { return picked }
    let moved = plan.shape.count
    let rank = moved + keptExtents.count
    return try permute(
      picked, Array(moved..<moved + plan.front) + Array(0..<moved) + Array(moved + plan.front..<rank))
  }

  /// A copy of x with the named elements set to, or increased by, the value.
  private static func scattered(
    _ x: Tensor, _ positions: [Tensor?], _ value: Tensor, accumulate: Bool
  ) throws(BackplaneError) -> Tensor {
    // The flat number of every element that is named, in the shape that reading them would give.
    let numbers = try reshape(arithmeticSequence(.int(0), .int(1), x.numel, .int64, on: x.context), x.layout.shape)
    let targets = try advanced(numbers, positions)
    let source = try cast(move(value, to: x.context), x.dtype)
    let shape = try broadcast(targets.layout.shape, source.layout.shape)
    guard shape == targets.layout.shape else {
      throw BackplaneError(
        .shape,
        "shape mismatch: value tensor of shape \(value.shape) cannot be broadcast to indexing result of shape "
          + "\(targets.shape)")
    }
    let count = targets.numel
    let values = try reshape(expand(source, shape), [count])
    let flat = try reshape(copy(x), [x.numel])
    let index = try reshape(targets, [count])
    if count == 0 { return try copy(x) }
    let result = try accumulate ? scatterAdd(flat, 0, index, values) : scatter(flat, 0, index, values)
    return try reshape(result, x.layout.shape)
  }
}
