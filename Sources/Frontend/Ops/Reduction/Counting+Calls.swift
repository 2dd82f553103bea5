// Counts by name.

extension OperatorRegistry {
  mutating func addCounting() {
    add("count_nonzero(Tensor input, int[1]? dim=None)") {
      try Ops.countNonzero($0.tensor("input"), $0.reducedDims("dim"))
    }
    add("bincount(Tensor input, Tensor? weights=None, int minlength=0)") {
      try Ops.bincount($0.tensor("input"), $0.optionalTensor("weights"), minlength: $0.int("minlength"))
    }
  }
}
