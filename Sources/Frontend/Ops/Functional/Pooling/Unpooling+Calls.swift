// The undoing of poolings by name.

extension OperatorRegistry {
  mutating func addUnpooling() {
    for n in 1...3 {
      add(
        "nn.functional.max_unpool\(n)d(Tensor input, Tensor indices, int[\(n)] kernel_size, int[\(n)]? stride=None, "
          + "int[\(n)] padding=[0], int[\(n)]? output_size=None)"
      ) { a in
        try Ops.maxUnpool(
          a.tensor("input"), a.tensor("indices"), a.ints("kernel_size"), a.optionalInts("stride"), a.ints("padding"),
          output: a.optionalInts("output_size"), dimensions: n)
      }
    }
  }
}
