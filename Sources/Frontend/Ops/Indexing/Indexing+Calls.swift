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
    add("unravel_index(Tensor indices, int[1] shape)") {
      try Ops.unravelIndex($0.tensor("indices"), $0.ints("shape"))
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
