// Joining and splitting by name.

extension OperatorRegistry {
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
}
