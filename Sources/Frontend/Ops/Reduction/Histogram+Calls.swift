// Histograms by name.

extension OperatorRegistry {
  mutating func addHistograms() {
    let weights = "Tensor? weight=None, bool density=False"
    func add(_ bins: String, _ range: String, _ make: @escaping @Sendable (BoundArguments) -> Ops.Bins) {
      self.add("histogram(Tensor input, \(bins) bins, *, \(range)\(weights))") { a in
        let (hist, edges) = try Ops.histogram(
          a.tensor("input"), make(a), range: range.isEmpty ? nil : a.optionalDoubles("range"),
          weight: a.optionalTensor("weight"), density: a.bool("density"))
        return [hist, edges]
      }
    }
    add("Tensor", "") { .edges($0.tensor("bins")) }
    add("int", "float[]? range=None, ") { .count($0.int("bins")) }
    self.add("histc(Tensor input, int bins=100, Scalar min=0, Scalar max=0)") {
      try Ops.histc($0.tensor("input"), $0.int("bins"), $0.double("min"), $0.double("max"))
    }
    func addGrid(_ bins: String, _ make: @escaping @Sendable (BoundArguments) -> [Ops.Bins]) {
      self.add("histogramdd(Tensor input, \(bins) bins, float[]? range=None, \(weights))") { a in
        let (hist, edges) = try Ops.histogramDD(
          a.tensor("input"), make(a), range: a.optionalDoubles("range"), weight: a.optionalTensor("weight"),
          density: a.bool("density"))
        return Argument.list([.tensor(hist), edges.argument])
      }
    }
    addGrid("int") { a in
      // As many as there are coordinates.
      let x = a.tensor("input")
      return [Ops.Bins](repeating: .count(a.int("bins")), count: x.layout.shape.last ?? 0)
    }
    addGrid("int[]") { $0.ints("bins").map { .count($0) } }
    addGrid("Tensor[]") { $0.tensors("bins").map { .edges($0) } }
  }
}
