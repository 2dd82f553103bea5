// Views, joining and conversions by name.

extension OperatorRegistry {
  mutating func addViews() {
    add("view(Tensor input, int[] size)") { try Ops.view($0.tensor("input"), $0.ints("size")) }
    add("reshape(Tensor input, int[] shape)") { try Ops.reshape($0.tensor("input"), $0.ints("shape")) }
    add("flatten(Tensor input, int start_dim=0, int end_dim=-1)") {
      try Ops.flatten($0.tensor("input"), $0.int("start_dim"), $0.int("end_dim"))
    }
    add("permute(Tensor input, int[] dims)") { try Ops.permute($0.tensor("input"), $0.ints("dims")) }
    for (name, dimension) in [("transpose", "dim"), ("swapaxes", "axis"), ("swapdims", "dim")] {
      add("\(name)(Tensor input, int \(dimension)0, int \(dimension)1)") {
        try Ops.transpose($0.tensor("input"), $0.int("\(dimension)0"), $0.int("\(dimension)1"))
      }
    }
    add("view(Tensor input, ScalarType dtype)") { try Ops.view($0.tensor("input"), $0.dtype()!) }
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
      try Ops.elements(a.tensor("input"), IndexTerm.terms(a["index"], of: a.tensor("input")))
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
    add("split_with_sizes(Tensor input, int[] split_sizes, int dim=0)") {
      try Ops.split($0.tensor("input"), $0.ints("split_sizes"), $0.int("dim"))
    }
    add("chunk(Tensor input, int chunks, int dim=0)") {
      try Ops.chunk($0.tensor("input"), $0.int("chunks"), $0.int("dim"))
    }
    add("tensor_split(Tensor input, Tensor tensor_indices_or_sections, int dim=0)") {
      try Ops.tensorSplit($0.tensor("input"), $0.tensor("tensor_indices_or_sections"), $0.int("dim"))
    }
    add("tensor_split(Tensor input, int sections, int dim=0)") {
      try Ops.tensorSplit($0.tensor("input"), $0.int("sections"), $0.int("dim"))
    }
    add("tensor_split(Tensor input, int[] indices, int dim=0)") {
      try Ops.tensorSplit($0.tensor("input"), at: $0.ints("indices"), $0.int("dim"))
    }
    for direction in [Ops.SplitDirection.hsplit, .vsplit, .dsplit] {
      add("\(direction.rawValue)(Tensor input, int sections)") {
        try Ops.split($0.tensor("input"), direction, $0.int("sections"))
      }
      add("\(direction.rawValue)(Tensor input, int[] indices)") {
        try Ops.split($0.tensor("input"), direction, at: $0.ints("indices"))
      }
    }
    add("unbind(Tensor input, int dim=0)") { try Ops.unbind($0.tensor("input"), $0.int("dim")) }
    add("hstack(Tensor[] tensors)") { try Ops.hstack($0.tensors("tensors")) }
    for name in ["vstack", "row_stack"] {
      add("\(name)(Tensor[] tensors)") { try Ops.vstack($0.tensors("tensors")) }
    }
    add("dstack(Tensor[] tensors)") { try Ops.dstack($0.tensors("tensors")) }
    add("column_stack(Tensor[] tensors)") { try Ops.columnStack($0.tensors("tensors")) }
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
    let transfer = "bool non_blocking=False, bool copy=False, *, Any? memory_format=None"
    add("to(Tensor input, ScalarType dtype, \(transfer))") {
      try Ops.to($0.tensor("input"), nil, $0.dtype(), copy: $0.bool("copy"))
    }
    add("to(Tensor input, Device? device=None, ScalarType? dtype=None, \(transfer))") {
      try Ops.to($0.tensor("input"), $0.device(), $0.dtype(), copy: $0.bool("copy"))
    }
    add("to(Tensor input, Tensor other, \(transfer))") { a in
      let other = a.tensor("other")
      return try Ops.to(a.tensor("input"), other.device, other.dtype, copy: a.bool("copy"))
    }
    add("cpu(Tensor input, *, Any? memory_format=None)") {
      try Ops.to($0.tensor("input"), .processor, nil, copy: false)
    }
    add("cuda(Tensor input, Device? device=None, bool non_blocking=False, *, Any? memory_format=None)") {
      try Ops.to($0.tensor("input"), $0.device() ?? .cuda, nil, copy: false)
    }
    add("item(Tensor input)") { try Ops.item($0.tensor("input")) }
  }
}
