// Views, joining, indexing and conversions by name.

extension OperatorRegistry {
  mutating func addViews() {
    add("view(Tensor input, int[] size)") { try Ops.view($0.tensor("input"), $0.ints("size")) }
    add("reshape(Tensor input, int[] shape)") { try Ops.reshape($0.tensor("input"), $0.ints("shape")) }
    add("flatten(Tensor input, int start_dim=0, int end_dim=-1)") {
      try Ops.flatten($0.tensor("input"), $0.int("start_dim"), $0.int("end_dim"))
    }
    add("permute(Tensor input, int[] dims)") { try Ops.permute($0.tensor("input"), $0.ints("dims")) }
    for name in ["transpose", "swapaxes", "swapdims"] {
      add("\(name)(Tensor input, int dim0, int dim1)") {
        try Ops.transpose($0.tensor("input"), $0.int("dim0"), $0.int("dim1"))
      }
    }
    add("squeeze(Tensor input, int[1]? dim=None)") { try Ops.squeeze($0.tensor("input"), dims: $0.optionalInts("dim")) }
    add("unsqueeze(Tensor input, int dim)") { try Ops.unsqueeze($0.tensor("input"), $0.int("dim")) }
    add("expand(Tensor input, int[] size)") { try Ops.expand($0.tensor("input"), $0.ints("size")) }
    add("broadcast_to(Tensor input, int[] size)") { try Ops.expand($0.tensor("input"), $0.ints("size")) }
    add("narrow(Tensor input, int dim, int start, int length)") {
      try Ops.narrow($0.tensor("input"), $0.int("dim"), $0.int("start"), $0.int("length"))
    }
    add("as_strided(Tensor input, int[] size, int[] stride, int? storage_offset=None)") {
      try Ops.asStrided(
        $0.tensor("input"), $0.ints("size"), $0.ints("stride"), offset: $0.optionalInt("storage_offset"))
    }
    add("select(Tensor input, int dim, int index)") { a in
      let x = a.tensor("input")
      let dim = try normalize(a.int("dim"), rank: x.layout.rank)
      return try Ops.select(x, dim, a.int("index"), reportedAs: dim)
    }
    add("__getitem__(Tensor input, Any index)") { a in
      try Ops.elements(a.tensor("input"), IndexTerm.terms(a["index"], on: a.tensor("input").device))
    }
  }

  mutating func addJoining() {
    for name in ["cat", "concat", "concatenate"] {
      add("\(name)(Tensor[] tensors, int dim=0)") { try Ops.cat($0.tensors("tensors"), $0.int("dim")) }
    }
    add("stack(Tensor[] tensors, int dim=0)") { try Ops.stack($0.tensors("tensors"), $0.int("dim")) }
    add("split(Tensor tensor, int split_size_or_sections, int dim=0)") {
      try Ops.split($0.tensor("tensor"), $0.int("split_size_or_sections"), $0.int("dim"))
    }
    add("split(Tensor tensor, int[] split_size_or_sections, int dim=0)") {
      try Ops.split($0.tensor("tensor"), $0.ints("split_size_or_sections"), $0.int("dim"))
    }
    add("chunk(Tensor input, int chunks, int dim=0)") {
      try Ops.chunk($0.tensor("input"), $0.int("chunks"), $0.int("dim"))
    }
  }

  mutating func addIndexing() {
    add("gather(Tensor input, int dim, Tensor index, *, bool sparse_grad=False)") {
      try Ops.gather($0.tensor("input"), $0.int("dim"), $0.tensor("index"))
    }
    add("index_select(Tensor input, int dim, Tensor index)") {
      try Ops.indexSelect($0.tensor("input"), $0.int("dim"), $0.tensor("index"))
    }
    add("scatter(Tensor input, int dim, Tensor index, Tensor src)") {
      try Ops.scatter($0.tensor("input"), $0.int("dim"), $0.tensor("index"), $0.tensor("src"))
    }
    add("scatter(Tensor input, int dim, Tensor index, Tensor src, *, str reduce)") {
      try Ops.scatter(
        $0.tensor("input"), $0.int("dim"), $0.tensor("index"), $0.tensor("src"), reduce: $0.string("reduce"))
    }
    add("scatter(Tensor input, int dim, Tensor index, Scalar value)") { a in
      let x = a.tensor("input"), index = a.tensor("index")
      let value = try Ops.full(.contiguous(index.layout.shape), a.scalar("value"), x.dtype, on: x.context)
      return try Ops.scatter(x, a.int("dim"), index, value)
    }
    add("scatter_add(Tensor input, int dim, Tensor index, Tensor src)") {
      try Ops.scatterAdd($0.tensor("input"), $0.int("dim"), $0.tensor("index"), $0.tensor("src"))
    }
  }

  mutating func addConversion() {
    add("clone(Tensor input, *, Any? memory_format=None)") { try Ops.clone($0.tensor("input")) }
    add("contiguous(Tensor input, *, Any? memory_format=None)") { try Ops.contiguous($0.tensor("input")) }
    add("detach(Tensor input)") { $0.tensor("input").detach() }
    let types: [(String, DType)] = [
      ("double", .float64), ("float", .float32), ("half", .float16), ("bfloat16", .bfloat16), ("long", .int64),
      ("int", .int32), ("short", .int16), ("char", .int8), ("byte", .uint8), ("bool", .bool),
    ]
    for (name, dtype) in types {
      add("\(name)(Tensor input, *, Any? memory_format=None)") { try Ops.cast($0.tensor("input"), dtype) }
    }
    add("to(Tensor input, ScalarType dtype, *, Any? memory_format=None)") {
      try Ops.cast($0.tensor("input"), $0.dtype()!)
    }
    add("item(Tensor input)") { try Ops.item($0.tensor("input")) }
  }
}

extension IndexTerm {
  /// What stands between Python's brackets: one term, or several as a list. As in PyTorch, a list of nothing but numbers
  /// or bools is a single term, a tensor of them.
  static func terms(_ index: Argument, on device: Device) throws(BackplaneError) -> [IndexTerm] {
    guard case .list(let values) = index else { return [try term(index, on: device)] }
    let isTensor =
      !values.isEmpty
      && values.allSatisfy {
        switch $0 {
        case .int, .bool: true
        default: false
        }
      }
    if isTensor { return [try term(index, on: device)] }
    var terms: [IndexTerm] = []
    for value in values { terms.append(try term(value, on: device)) }
    return terms
  }

  private static func term(_ value: Argument, on device: Device) throws(BackplaneError) -> IndexTerm {
    switch value {
    case .int(let index): return .element(Int(index))
    case .null: return .newAxis
    case .ellipsis: return .ellipsis
    case .tensor(let tensor): return .tensor(tensor)
    case .slice(let start, let end, let step): return .slice(TensorSlice(start, end, step: step ?? 1))
    case .bool(let value): return .tensor(Tensor(value, device: device))
    case .list(let values): return .tensor(try positions(values, on: device))
    default:
      throw BackplaneError(
        .index,
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
          + "\(value.typeName))")
    }
  }

  /// A list of numbers or bools, also within lists, is a tensor.
  private static func positions(_ values: [Argument], on device: Device) throws(BackplaneError) -> Tensor {
    var shape: [Int] = []
    var leaves: [Argument] = values
    shape.append(values.count)
    while let first = leaves.first, case .list(let inner) = first {
      shape.append(inner.count)
      leaves = leaves.flatMap { element -> [Argument] in
        if case .list(let values) = element { values } else { [element] }
      }
    }
    guard leaves.count == shape.reduce(1, *) else {
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
