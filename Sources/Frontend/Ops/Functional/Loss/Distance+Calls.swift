// Distances by name.

extension OperatorRegistry {
  mutating func addDistances() {
    add("nn.functional.normalize(Tensor input, float p=2.0, int dim=1, float eps=1e-12)") {
      try Ops.unitVectors($0.tensor("input"), p: $0.double("p"), $0.int("dim"), eps: $0.double("eps"))
    }
    for name in ["cosine_similarity", "nn.functional.cosine_similarity"] {
      add("\(name)(Tensor x1, Tensor x2, int dim=1, float eps=1e-08)") {
        try Ops.cosineSimilarity($0.tensor("x1"), $0.tensor("x2"), $0.int("dim"), eps: $0.double("eps"))
      }
    }
    for name in ["pairwise_distance", "nn.functional.pairwise_distance"] {
      add("\(name)(Tensor x1, Tensor x2, float p=2.0, float eps=1e-06, bool keepdim=False)") {
        try Ops.pairwiseDistance(
          $0.tensor("x1"), $0.tensor("x2"), p: $0.double("p"), eps: $0.double("eps"), keepDim: $0.bool("keepdim"))
      }
    }
    for name in ["pdist", "nn.functional.pdist"] {
      add("\(name)(Tensor input, float p=2.0)") { try Ops.pdist($0.tensor("input"), p: $0.double("p")) }
    }
  }
}
