/// The cosine of the angle between vectors along a dimension.
///
/// ```swift
/// CosineSimilarity(dim: 0)(Tensor([1.0, 2, 3]), Tensor([4.0, 5, 6]))  // tensor(0.9746)
/// ```
public final class CosineSimilarity: Module {
  /// The dimension along which vectors lie.
  public let dim: Int
  /// What norms are at least, so that nothing is divided by zero.
  public let eps: Double

  /// Makes a layer for vectors along a dimension.
  public init(dim: Int = 1, eps: Double = 1e-8) {
    self.dim = dim
    self.eps = eps
  }

  /// The cosines for two inputs, which broadcast; the dimension is gone.
  public func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor {
    callWithHooks(a, b) { Functional.cosineSimilarity($0, $1, dim: dim, eps: eps) }
  }
}

/// The p-norm of the difference of vectors along the last dimension.
///
/// ```swift
/// PairwiseDistance()(Tensor.zeros([100, 128]), Tensor.ones([100, 128])).shape  // [100]
/// ```
public final class PairwiseDistance: Module {
  /// The order p of the norm.
  public let norm: Double
  /// What is added to differences, so that the gradient is finite where they are zero.
  public let eps: Double
  /// Whether the last dimension stays, with extent 1.
  public let keepDim: Bool

  /// Makes a layer for norms of an order.
  public init(p: Double = 2, eps: Double = 1e-6, keepDim: Bool = false) {
    norm = p
    self.eps = eps
    self.keepDim = keepDim
  }

  /// The distances for two inputs, which broadcast.
  public func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor {
    callWithHooks(a, b) { Functional.pairwiseDistance($0, $1, p: norm, eps: eps, keepDim: keepDim) }
  }
}

extension ModuleRegistry {
  mutating func addDistances() {
    let forward = "forward(Tensor x1, Tensor x2)"
    add("nn.CosineSimilarity(int dim=1, float eps=1e-08)", forward: forward) { a in
      CosineSimilarity(dim: a.int("dim"), eps: a.double("eps"))
    } _: { layer, a in
      layer(a.tensor("x1"), a.tensor("x2"))
    }
    add("nn.PairwiseDistance(float p=2.0, float eps=1e-06, bool keepdim=False)", forward: forward) { a in
      PairwiseDistance(p: a.double("p"), eps: a.double("eps"), keepDim: a.bool("keepdim"))
    } _: { layer, a in
      layer(a.tensor("x1"), a.tensor("x2"))
    }
  }
}
