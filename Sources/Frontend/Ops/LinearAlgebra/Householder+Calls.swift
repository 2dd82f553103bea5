// Householder reflections by name.

extension OperatorRegistry {
  mutating func addHouseholder() {
    for name in ["linalg.householder_product(Tensor A, Tensor tau)", "orgqr(Tensor A, Tensor tau)"] {
      add(name) { try Ops.householderProduct($0.tensor("A"), $0.tensor("tau")) }
    }
    add("geqrf(Tensor input)") { arguments in
      let (a, tau) = try Ops.geqrf(arguments.tensor("input"))
      return [a, tau]
    }
    add("ormqr(Tensor input, Tensor tau, Tensor other, bool left=True, bool transpose=False)") {
      try Ops.ormqr(
        $0.tensor("input"), $0.tensor("tau"), $0.tensor("other"), left: $0.bool("left"),
        transposed: $0.bool("transpose"))
    }
  }
}
