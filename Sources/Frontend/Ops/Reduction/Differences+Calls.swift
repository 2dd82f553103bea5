// Differences, integrals and derivatives of samples by name.

extension OperatorRegistry {
  mutating func addDifferences() {
    add("diff(Tensor input, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None)") {
      try Ops.diff(
        $0.tensor("input"), $0.int("n"), $0.int("dim"), prepend: $0.optionalTensor("prepend"),
        append: $0.optionalTensor("append"))
    }
    addIntegral(["trapezoid", "trapz"]) { y, samples, dim throws(BackplaneError) in
      try Ops.trapezoid(y, samples, dim)
    }
    addIntegral(["cumulative_trapezoid"]) { y, samples, dim throws(BackplaneError) in
      try Ops.cumulativeTrapezoid(y, samples, dim)
    }
    addGradient()
  }

  private mutating func addIntegral(
    _ names: [String], _ body: @escaping @Sendable (Tensor, Ops.Samples, Int) throws(BackplaneError) -> Tensor
  ) {
    for name in names {
      add("\(name)(Tensor y, Tensor x, *, int dim=-1)") {
        try body($0.tensor("y"), .points($0.tensor("x")), $0.int("dim"))
      }
      add("\(name)(Tensor y, *, Scalar dx=1, int dim=-1)") {
        try body($0.tensor("y"), .spacing($0.scalar("dx")), $0.int("dim"))
      }
    }
  }

  private mutating func addGradient() {
    let options = "int[1]? dim=None, int edge_order=1"
    func add(_ spacing: String, _ spacings: @escaping @Sendable (BoundArguments) -> Ops.Spacings) {
      self.add("gradient(Tensor input, *, \(spacing), \(options))") {
        try Ops.numericalGradient(
          $0.tensor("input"), spacings($0), $0.optionalInts("dim"), edgeOrder: $0.int("edge_order"))
      }
    }
    add("Scalar? spacing=None") { .one($0.optionalScalar("spacing") ?? .int(1)) }
    add("Scalar[] spacing") { .distances($0.scalars("spacing")) }
    add("Tensor[] spacing") { .coordinates($0.tensors("spacing")) }
  }
}
