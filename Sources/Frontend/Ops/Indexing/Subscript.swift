/// `x[…]`: views for numbers and slices, copies for masks and tensors of positions.
extension Ops {
  static func elements(_ x: Tensor, _ terms: [IndexTerm]) throws(BackplaneError) -> Tensor {
    let (view, groups) = try basic(x, terms)
    // What names every element is a tensor of its own too: its shape and place in the graph may change apart from x's.
    guard !groups.isEmpty else { return try view === x ? Ops.view(x, x.layout.shape) : view }
    return try index(view, IndexPlan(groups, of: view))
  }

  private static func index(_ x: Tensor, _ plan: IndexPlan) throws(BackplaneError) -> Tensor {
    let result = try plan.elements(of: x)
    if Autograd.records(x) {
      let shape = x.layout.shape
      let saved = try Saved(plan.numbers)
      Autograd.record("IndexBackward0", [x], result) { g throws(BackplaneError) in
        _ = try saved.unpack()
        let zeros = try full(.contiguous(shape), .int(0), g.dtype, on: g.context)
        return [try indexPut(zeros, plan, g, accumulate: true)]
      }
    }
    return result
  }

  static func setElements(
    _ x: Tensor, _ terms: [IndexTerm], _ value: Tensor, accumulate: Bool
  ) throws(BackplaneError) {
    // A 0-d tensor of any device may be assigned, as a number may.
    if value.layout.rank > 0 { try requireSameDevice([x, value]) }
    let (view, groups) = try basic(x, terms)
    let value = try withoutLeadingOnes(value, rank: view.layout.rank, groups)
    guard !groups.isEmpty else {
      let near = try expand(move(value, to: x.context), view.layout.shape)
      return try accumulate ? binaryInPlace(.add, view, cast(near, view.dtype)) : copy(near, into: view)
    }
    try InPlace.check(view)
    let plan = try IndexPlan(groups, of: view)
    let isRecorded = Autograd.records(view, value) && (view.dtype.isFloatingPoint || view.dtype.isComplex)
    let change = view.alias()
    if isRecorded {
      try recordIndexPut(view.alias(with: view.autograd), plan, value, accumulate: accumulate, change)
    }
    try plan.put(value, into: view, accumulate: accumulate)
    view.storage.version += 1
    if isRecorded { InPlace.rebase(view, on: change.autograd) }
  }

  /// A value may have more dimensions than it is assigned to, if the first of them are 1.
  private static func withoutLeadingOnes(
    _ value: Tensor, rank: Int, _ groups: [IndexPlan.Group]
  ) throws(BackplaneError) -> Tensor {
    guard groups.isEmpty, value.layout.rank > rank else { return value }
    let excess = value.layout.rank - rank
    guard value.layout.shape.prefix(excess).allSatisfy({ $0 == 1 }) else { return value }
    return try reshape(value, Array(value.layout.shape.dropFirst(excess)))
  }

  /// x with the elements that terms name set to, or increased by, the value.
  static func indexPut(
    _ x: Tensor, _ terms: [IndexTerm], _ value: Tensor, accumulate: Bool
  ) throws(BackplaneError) -> Tensor {
    let result = try clone(x)
    try setElements(result, terms, value, accumulate: accumulate)
    return result
  }

  private static func indexPut(
    _ x: Tensor, _ plan: IndexPlan, _ value: Tensor, accumulate: Bool
  ) throws(BackplaneError) -> Tensor {
    let result = try copy(x)
    try plan.put(value, into: result, accumulate: accumulate)
    if Autograd.records(x, value) { try recordIndexPut(x, plan, value, accumulate: accumulate, result) }
    return result
  }

  private static func recordIndexPut(
    _ x: Tensor, _ plan: IndexPlan, _ value: Tensor, accumulate: Bool, _ result: Tensor
  ) throws(BackplaneError) {
    let saved = try Saved(plan.numbers)
    let layout = value.layout
    let dtype = value.dtype
    let origin = value.context
    Autograd.record("IndexPutBackward0", [x, value], result) { g throws(BackplaneError) in
      _ = try saved.unpack()
      let part = try move(sum(cast(index(g, plan), dtype), to: layout), to: origin)
      if accumulate { return [g, part] }
      let zero = try full(.scalar, .int(0), g.dtype, on: g.context)
      return [try indexPut(g, plan, zero, accumulate: false), part]
    }
  }

  // MARK: Terms

  /// How many dimensions of the indexed tensor a term stands for.
  private static func dimensionCount(_ term: IndexTerm) -> Int {
    switch term {
    case .element, .slice: 1
    case .tensor(let index): index.dtype == .bool || index.dtype == .uint8 ? index.layout.rank : 1
    case .newAxis, .ellipsis: 0
    }
  }

  /// Applies all but the tensors, and gives the positions that are still to be applied to the view.
  private static func basic(
    _ x: Tensor, _ terms: [IndexTerm]
  ) throws(BackplaneError) -> (Tensor, [IndexPlan.Group]) {
    let named = terms.reduce(0) { $0 + dimensionCount($1) }
    guard named <= x.layout.rank else {
      if x.layout.rank == 0 {
        throw BackplaneError(
          .index, "invalid index of a 0-dim tensor. Use `tensor.item()` to convert a 0-dim tensor to a number")
      }
      throw BackplaneError(.index, "too many indices for tensor of dimension \(x.layout.rank)")
    }
    var view = x
    var groups: [IndexPlan.Group] = []
    var hasEllipsis = false
    // Messages name the dimension of the whole tensor, as the user sees it; `d` counts in the view.
    var whole = 0
    var d = 0
    for term in terms {
      switch term {
      case .element(let index):
        view = try select(view, d, index, reportedAs: whole)
      case .slice(let slice):
        let (start, end) = try slice.bounds(view.layout.elements[d])
        if start != 0 || end != view.layout.elements[d] || slice.step != 1 {
          view = try Ops.slice(view, d, start, end, slice.step)
        }
        d += 1
      case .newAxis:
        view = try unsqueeze(view, d)
        d += 1
      case .ellipsis:
        if hasEllipsis { continue }
        hasEllipsis = true
        d += x.layout.rank - named
        whole += x.layout.rank - named
      case .tensor(let index) where index.dtype == .bool || index.dtype == .uint8:
        if index.layout.rank == 0 { view = try unsqueeze(view, d) }
        groups.append(try maskGroup(index, view, d))
        d += Swift.max(index.layout.rank, 1)
      case .tensor(let index):
        guard index.dtype == .int64 || index.dtype == .int32 else {
          throw BackplaneError(.index, "tensors used as indices must be long, int, byte or bool tensors")
        }
        let extent = view.layout.elements[d], dim = whole
        let positions = try wrapped(move(index.detach(), to: x.context), extent) { outOfBounds($0, dim, extent) }
        groups.append(.init(first: d, count: 1, positions: positions))
        d += 1
      }
      whole += dimensionCount(term)
    }
    if terms.allSatisfy({ if case .ellipsis = $0 { true } else { false } }) {
      view = try part("AliasBackward0", x) { x throws(BackplaneError) in (x.layout, x.storageOffset) }
    }
    return (view, groups)
  }

  /// Where a mask over dimensions from `d` on is true; a single truth is a mask over a dimension of extent 1.
  private static func maskGroup(
    _ mask: Tensor, _ view: Tensor, _ d: Int
  ) throws(BackplaneError) -> IndexPlan.Group {
    for e in 0..<mask.layout.rank where view.layout.elements[d + e] != mask.layout.elements[e] {
      throw BackplaneError(
        .index,
        "The shape of the mask \(mask.shape) at index \(e) does not match the shape of the indexed tensor "
          + "\(view.shape) at index \(d + e)")
    }
    let positions = try truePositions(move(mask.detach(), to: view.context))
    return .init(first: d, count: Swift.max(mask.layout.rank, 1), positions: Positions(tensor: positions))
  }
}
