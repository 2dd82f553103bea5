// Matrix products by name.

extension OperatorRegistry {
  mutating func addMatmul() {
    add("matmul(Tensor input, Tensor other)") { try Ops.matmul($0.tensor("input"), $0.tensor("other")) }
    func addRanked(_ name: String, _ second: String, _ ranks: (Int, Int)) {
      add("\(name)(Tensor input, Tensor \(second))") {
        try Ops.matmul($0.tensor("input"), $0.tensor(second), ranks: ranks, name)
      }
    }
    addRanked("mm", "mat2", (2, 2))
    addRanked("mv", "vec", (2, 1))
    addRanked("bmm", "mat2", (3, 3))
    addRanked("dot", "tensor", (1, 1))
  }
}
