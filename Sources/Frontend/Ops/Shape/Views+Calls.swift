// Views by name.

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
}
