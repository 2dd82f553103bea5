// Tensors with a part replaced by name.

extension OperatorRegistry {
  mutating func addRegionReplacement() {
    add("select_scatter(Tensor input, Tensor src, int dim, int index)") {
      try Ops.selectScatter($0.tensor("input"), $0.tensor("src"), $0.int("dim"), $0.int("index"))
    }
    add("slice_scatter(Tensor input, Tensor src, int dim=0, int? start=None, int? end=None, int step=1)") {
      try Ops.sliceScatter(
        $0.tensor("input"), $0.tensor("src"), $0.int("dim"), $0.optionalInt("start"), $0.optionalInt("end"),
        step: $0.int("step"))
    }
    add("diagonal_scatter(Tensor input, Tensor src, int offset=0, int dim1=0, int dim2=1)") {
      try Ops.diagonalScatter(
        $0.tensor("input"), $0.tensor("src"), $0.int("offset"), $0.int("dim1"), $0.int("dim2"))
    }
    add("as_strided_scatter(Tensor input, Tensor src, int[] size, int[] stride, int? storage_offset=None)") {
      try Ops.asStridedScatter(
        $0.tensor("input"), $0.tensor("src"), $0.ints("size"), $0.ints("stride"),
        offset: $0.optionalInt("storage_offset"))
    }
  }
}
