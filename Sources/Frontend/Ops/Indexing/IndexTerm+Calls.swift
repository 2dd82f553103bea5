// What stands between Python's brackets.

extension IndexTerm {
  /// What stands between Python's brackets: one term, or several as a list. As in PyTorch, a list of nothing but numbers
  /// or nothing but bools is a single term, a tensor of them.
  static func terms(_ index: Argument, of x: Tensor) throws(BackplaneError) -> [IndexTerm] {
    let device = x.device
    guard case .list(let values) = index else { return [try term(index, on: device)] }
    // A single truth that is no mask of x's first dimension.
    if values.count == 1, case .bool = values[0], x.layout.rank == 0 || x.layout.elements[0] != 1 {
      return [try term(values[0], on: device)]
    }
    let isTensor =
      values.allSatisfy { if case .int = $0 { true } else { false } }
      || values.allSatisfy { if case .bool = $0 { true } else { false } }
    if !values.isEmpty, isTensor { return [try term(index, on: device)] }
    var terms: [IndexTerm] = []
    for value in values { terms.append(try term(value, on: device)) }
    return terms
  }

  /// The list of tensors that `index_put` takes; None is the whole dimension.
  static func tensors(_ index: Argument, on device: Device) throws(BackplaneError) -> [IndexTerm] {
    guard case .list(let values) = index else {
      throw BackplaneError(
        .value, "index_put(): argument 'indices' (position 2) must be tuple of Tensors, not \(index.typeName)")
    }
    var terms: [IndexTerm] = []
    for value in values {
      if case .null = value { terms.append(.slice(TensorSlice())) } else { terms.append(try term(value, on: device)) }
    }
    return terms
  }

  private static func term(_ value: Argument, on device: Device) throws(BackplaneError) -> IndexTerm {
    switch value {
    case .int(let index): return .element(Int(index))
    case .null: return .newAxis
    case .ellipsis: return .ellipsis
    case .tensor(let tensor): return .tensor(tensor)
    case .slice(let start, let end, let step):
      return .slice(TensorSlice(start, end, step: step ?? 1))
    case .bool(let value): return .tensor(try Ops.fromHost([value], [], on: Ops.context(device)))
    case .list(let values): return .tensor(try positions(values, on: device))
    default:
      throw BackplaneError(
        .index,
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
          + "\(value.typeName))")
    }
  }

  private static var tooDeep: BackplaneError {
    BackplaneError(.index, "an index list of more than \(Layout.maximumRank) levels is no tensor")
  }

  /// A list of numbers or bools, also within lists, is a tensor.
  private static func positions(_ values: Argument.List, on device: Device) throws(BackplaneError) -> Tensor {
    var shape = [values.count]
    var leaves = Array(values)
    while let first = leaves.first, case .list(let inner) = first {
      shape.append(inner.count)
      // One list may stand in many places.
      let counts = leaves.map { if case .list(let values) = $0 { values.count } else { 1 } }
      try HostMemory.require(Sizes.sum(counts, in: "index"), of: Argument.self, in: "index")
      guard shape.count <= Layout.maximumRank else { throw tooDeep }
      leaves = leaves.flatMap { element -> [Argument] in
        if case .list(let values) = element { Array(values) } else { [element] }
      }
    }
    guard (try? Sizes.product(shape, in: "index")) == leaves.count else {
      throw BackplaneError(.shape, "an index list has lists of unequal lengths")
    }
    if leaves.allSatisfy({ if case .bool = $0 { true } else { false } }), !leaves.isEmpty {
      return try Ops.fromHost(leaves.map { $0.scalar!.isTrue }, shape, on: Ops.context(device))
    }
    var numbers: [Int64] = []
    for leaf in leaves {
      guard case .int(let number) = leaf else {
        throw BackplaneError(.index, "an index list holds integers or bools, not \(leaf.typeName)")
      }
      numbers.append(number)
    }
    return try Ops.fromHost(numbers, shape, on: Ops.context(device))
  }
}
