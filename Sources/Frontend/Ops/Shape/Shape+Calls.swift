// Shapes by name: what goes beyond the plain views.

extension OperatorRegistry {
  mutating func addShapes() {
    add("unflatten(Tensor input, int dim, int[] sizes)") {
      try Ops.unflatten($0.tensor("input"), $0.int("dim"), $0.ints("sizes"))
    }
    add("ravel(Tensor input)") { try Ops.reshape(Ops.contiguous($0.tensor("input")), [-1]) }
    add("view_as(Tensor input, Tensor other)") {
      try Ops.view($0.tensor("input"), $0.tensor("other").layout.shape)
    }
    add("reshape_as(Tensor input, Tensor other)") {
      try Ops.reshape($0.tensor("input"), $0.tensor("other").layout.shape)
    }
    add("slice(Tensor input, int dim=0, int? start=None, int? end=None, int step=1)") {
      try Ops.slice(
        $0.tensor("input"), $0.int("dim"), $0.optionalInt("start"), $0.optionalInt("end"), step: $0.int("step"))
    }
    add("unfold(Tensor input, int dimension, int size, int step)") {
      try Ops.unfold($0.tensor("input"), $0.int("dimension"), $0.int("size"), $0.int("step"))
    }
    add("diagonal(Tensor input, int offset=0, int dim1=0, int dim2=1)") {
      try Ops.diagonalView($0.tensor("input"), offset: $0.int("offset"), $0.int("dim1"), $0.int("dim2"))
    }
    add("linalg.diagonal(Tensor A, *, int offset=0, int dim1=-2, int dim2=-1)") {
      try Ops.diagonalView($0.tensor("A"), offset: $0.int("offset"), $0.int("dim1"), $0.int("dim2"))
    }
  }
}
