// Diagonals and triangles by name.

extension OperatorRegistry {
  mutating func addDiagonals() {
    add("diag(Tensor input, int diagonal=0)") { try Ops.diag($0.tensor("input"), $0.int("diagonal")) }
    add("diag_embed(Tensor input, int offset=0, int dim1=-2, int dim2=-1)") {
      try Ops.diagEmbed($0.tensor("input"), offset: $0.int("offset"), $0.int("dim1"), $0.int("dim2"))
    }
    add("diagflat(Tensor input, int offset=0)") { a in
      let x = a.tensor("input")
      return try Ops.diagEmbed(Ops.reshape(x, [x.numel]), offset: a.int("offset"))
    }
    add("trace(Tensor input)") { try Ops.trace($0.tensor("input")) }
    add("tril(Tensor input, int diagonal=0)") { try Ops.tril($0.tensor("input"), $0.int("diagonal")) }
    add("triu(Tensor input, int diagonal=0)") { try Ops.triu($0.tensor("input"), $0.int("diagonal")) }
    for name in ["tril_indices", "triu_indices"] {
      add(
        "\(name)(int row, int col, int offset=0, *, ScalarType? dtype=None, Any? layout=None, Device? device=None, "
          + "Any? pin_memory=None)"
      ) {
        try Ops.triangleIndices(
          name, $0.int("row"), $0.int("col"), offset: $0.int("offset"), $0.dtype(), $0.device())
      }
    }
    add("fill_diagonal_(Tensor input, Scalar fill_value, bool wrap=False)") { a in
      let x = a.tensor("input")
      try InPlace.update(x) { x throws(BackplaneError) in
        try Ops.fillDiagonal(x, a.scalar("fill_value"), wraps: a.bool("wrap"))
      }
      return x
    }
  }
}
