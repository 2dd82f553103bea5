// Vandermonde matrices by name.

extension OperatorRegistry {
  mutating func addVandermonde() {
    add("vander(Tensor x, int? N=None, bool increasing=False)") {
      try Ops.vander($0.tensor("x"), $0.optionalInt("N"), increasing: $0.bool("increasing"))
    }
    add("linalg.vander(Tensor x, *, int? N=None)") { try Ops.linalgVander($0.tensor("x"), $0.optionalInt("N")) }
  }
}
