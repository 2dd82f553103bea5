// Factorizations of low rank by name.

extension OperatorRegistry {
  mutating func addLowRank() {
    add("svd_lowrank(Tensor A, int? q=6, int? niter=2, Tensor? M=None)") { a in
      let (u, s, v) = try Ops.svdLowRank(
        a.tensor("A"), a.optionalInt("q") ?? 6, iterations: a.optionalInt("niter") ?? 2, mean: a.optionalTensor("M"))
      return [u, s, v]
    }
    add("pca_lowrank(Tensor A, int? q=None, bool center=True, int niter=2)") { a in
      let (u, s, v) = try Ops.pcaLowRank(
        a.tensor("A"), a.optionalInt("q"), centers: a.bool("center"), iterations: a.int("niter"))
      return [u, s, v]
    }
  }
}
