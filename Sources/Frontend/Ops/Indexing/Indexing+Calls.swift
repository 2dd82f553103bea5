// Indexing by name.

extension OperatorRegistry {
  mutating func addIndexing() {
    add("gather(Tensor input, int dim, Tensor index, *, bool sparse_grad=False)") {
      try Ops.gather($0.tensor("input"), $0.int("dim"), $0.tensor("index"))
    }
    add("index_select(Tensor input, int dim, Tensor index)") {
      try Ops.indexSelect($0.tensor("input"), $0.int("dim"), $0.tensor("index"))
    }
    add("take(Tensor input, Tensor index)") { try Ops.take($0.tensor("input"), $0.tensor("index")) }
    add("take_along_dim(Tensor input, Tensor indices, int? dim=None)") {
      try Ops.takeAlongDim($0.tensor("input"), $0.tensor("indices"), $0.optionalInt("dim"))
    }
    addScatters()
    addIndexedSlices()
    addMasks()
    add("index_put(Tensor input, Any indices, Tensor values, bool accumulate=False)") { a in
      let x = a.tensor("input")
      return try Ops.indexPut(
        x, IndexTerm.tensors(a["indices"], on: x.device), a.tensor("values"), accumulate: a.bool("accumulate"))
    }
  }

  private mutating func addScatters() {
    add("scatter(Tensor input, int dim, Tensor index, Tensor src)") {
      try Ops.scatter($0.tensor("input"), $0.int("dim"), $0.tensor("index"), $0.tensor("src"))
    }
    add("scatter(Tensor input, int dim, Tensor index, Tensor src, *, str reduce)") {
      try Ops.scatter(
        $0.tensor("input"), $0.int("dim"), $0.tensor("index"), $0.tensor("src"),
        reduce: ScatterOperation(named: $0.string("reduce")))
    }
    add("scatter(Tensor input, int dim, Tensor index, Scalar value, *, str? reduce=None)") { a in
      let operation = try a.optionalString("reduce").map { name throws(BackplaneError) in
        try ScatterOperation(named: name)
      }
      return try Ops.scatter(
        a.tensor("input"), a.int("dim"), a.tensor("index"), a.scalar("value"), reduce: operation)
    }
    add("scatter_add(Tensor input, int dim, Tensor index, Tensor src)") {
      try Ops.scatterAdd($0.tensor("input"), $0.int("dim"), $0.tensor("index"), $0.tensor("src"))
    }
    add("scatter_reduce(Tensor input, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True)") {
      try Ops.scatterReduce(
        $0.tensor("input"), $0.int("dim"), $0.tensor("index"), $0.tensor("src"),
        ScatterReduction(named: $0.string("reduce")),
        includesSelf: $0.bool("include_self"))
    }
  }

  private mutating func addIndexedSlices() {
    add("index_add(Tensor input, int dim, Tensor index, Tensor source, *, Scalar alpha=1)") {
      try Ops.indexAdd(
        $0.tensor("input"), $0.int("dim"), $0.tensor("index"), $0.tensor("source"), alpha: $0.scalar("alpha"))
    }
    add("index_copy(Tensor input, int dim, Tensor index, Tensor source)") {
      try Ops.indexCopy($0.tensor("input"), $0.int("dim"), $0.tensor("index"), $0.tensor("source"))
    }
    add("index_fill(Tensor input, int dim, Tensor index, Tensor value)") {
      try Ops.indexFill($0.tensor("input"), $0.int("dim"), $0.tensor("index"), $0.tensor("value"))
    }
    add("index_fill(Tensor input, int dim, Tensor index, Scalar value)") { a in
      let x = a.tensor("input")
      return try Ops.indexFill(x, a.int("dim"), a.tensor("index"), Ops.fillValue(a.scalar("value"), x))
    }
    add(
      "index_reduce(Tensor input, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True)"
    ) { a in
      guard let reduction = ScatterReduction(rawValue: a.string("reduce")) else {
        throw Ops.unknownIndexReduction(a.string("reduce"))
      }
      return try Ops.indexReduce(
        a.tensor("input"), a.int("dim"), a.tensor("index"), a.tensor("source"), reduction,
        includesSelf: a.bool("include_self"))
    }
    add("put(Tensor input, Tensor index, Tensor source, bool accumulate=False)") {
      try Ops.put(
        $0.tensor("input"), $0.tensor("index"), $0.tensor("source"), accumulate: $0.bool("accumulate"))
    }
  }

  private mutating func addMasks() {
    add("nonzero(Tensor input, *, bool as_tuple=False)") { a in
      let x = a.tensor("input")
      return try a.bool("as_tuple") ? Ops.nonzeroTuple(x).argument : Ops.nonzero(x).argument
    }
    add("nonzero_static(Tensor input, *, int size, int fill_value=-1)") {
      try Ops.nonzeroStatic($0.tensor("input"), $0.int("size"), $0.int("fill_value"))
    }
    add("argwhere(Tensor input)") { try Ops.nonzero($0.tensor("input")) }
    add("where(Tensor condition)") { try Ops.nonzeroTuple($0.tensor("condition")) }
    add("masked_select(Tensor input, Tensor mask)") {
      try Ops.maskedSelect($0.tensor("input"), $0.tensor("mask"))
    }
    add("masked_scatter(Tensor input, Tensor mask, Tensor source)") {
      try Ops.maskedScatter($0.tensor("input"), $0.tensor("mask"), $0.tensor("source"))
    }
  }
}

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
    case .bool(let value): return .tensor(Tensor(value, device: device))
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
      return Tensor(leaves.map { $0.scalar!.isTrue }, shape: shape, device: device)
    }
    var numbers: [Int64] = []
    for leaf in leaves {
      guard case .int(let number) = leaf else {
        throw BackplaneError(.index, "an index list holds integers or bools, not \(leaf.typeName)")
      }
      numbers.append(number)
    }
    return Tensor(numbers, shape: shape, device: device)
  }
}
