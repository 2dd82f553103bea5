// Covariance by name.

extension OperatorRegistry {
  mutating func addCovariance() {
    add("cov(Tensor input, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None)") {
      try Ops.cov(
        $0.tensor("input"), correction: $0.int("correction"), fweights: $0.optionalTensor("fweights"),
        aweights: $0.optionalTensor("aweights"))
    }
    add("corrcoef(Tensor input)") { try Ops.corrcoef($0.tensor("input")) }
  }
}
