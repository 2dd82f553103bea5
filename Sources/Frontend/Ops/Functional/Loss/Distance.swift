/// Norms along a dimension, and the distances and angles made of them.
extension Ops {
  /// The norm of a − b + eps along the last dimension.
  static func pairwiseDistance(
    _ a: Tensor, _ b: Tensor, p: Double, eps: Double, keepDim: Bool
  ) throws(BackplaneError) -> Tensor {
    let difference = try add(sub(a, b), .double(eps))
    let result = try vectorNorm(widened(difference), p, [-1], keepDim: keepDim)
    return try cast(result, difference.dtype.isComplex ? result.dtype : difference.dtype)
  }

  static func cosineSimilarity(_ a: Tensor, _ b: Tensor, _ dim: Int, eps: Double) throws(BackplaneError) -> Tensor {
    let dtype = Promotion(a, b).result
    guard dtype.isFloatingPoint else {
      throw BackplaneError(
        .dtype, "expected common dtype to be floating point, yet common dtype is \(dtype.scalarName)")
    }
    let shape = try broadcast(a.layout.shape, b.layout.shape)
    func direction(_ x: Tensor) throws(BackplaneError) -> Tensor {
      let vector = try expand(widened(cast(x, dtype)), shape)
      let norm = try vectorNorm(vector, 2, [dim], keepDim: true)
      // The bound is no part of the gradient.
      let missing = try sub(binary(.maximum, norm.detach(), .double(eps)), norm.detach())
      return try div(vector, add(norm, missing))
    }
    return try cast(sum(mul(direction(a), direction(b)), [dim], keepDim: false), dtype)
  }

  static func unitVectors(_ x: Tensor, p: Double, _ dim: Int, eps: Double) throws(BackplaneError) -> Tensor {
    guard x.dtype.isFloatingPoint || x.dtype.isComplex else {
      throw BackplaneError(
        .dtype,
        "linalg.vector_norm: Expected a floating point or complex tensor as input. Got \(x.dtype.scalarName)")
    }
    let wide = try widened(x)
    return try cast(div(wide, clampedBelow(vectorNorm(wide, p, [dim], keepDim: true), eps)), x.dtype)
  }

  /// The distances of all pairs of rows.
  static func pdist(_ x: Tensor, p: Double) throws(BackplaneError) -> Tensor {
    guard x.layout.rank == 2 else {
      throw BackplaneError(.shape, "pdist only supports 2D tensors, got: \(x.layout.rank)D")
    }
    guard p >= 0 else { throw BackplaneError(.value, "pdist only supports non-negative p values") }
    let count = x.layout.elements[0]
    try HostMemory.require(
      Sizes.multiply(count, count, in: "pdist"), of: (Int64, Int64).self, in: "pdist")
    let pairs = (0..<count).flatMap { i in ((i + 1)..<Swift.max(count, i + 1)).map { (Int64(i), Int64($0)) } }
    let first = try fromHost(pairs.map(\.0), [pairs.count], on: x.context)
    let second = try fromHost(pairs.map(\.1), [pairs.count], on: x.context)
    let difference = try sub(indexSelect(x, 0, first), indexSelect(x, 0, second))
    return try vectorNorm(difference, p, [1], keepDim: false)
  }
}

extension Functional {
  /// Divides vectors along a dimension by their norm, or by `eps` where that is greater.
  public static func normalize(_ x: Tensor, p: Double = 2, dim: Int = 1, eps: Double = 1e-12) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.unitVectors(Autocast.cast("normalize", x), p: p, dim, eps: eps) }
  }

  /// The cosine of the angle between vectors along a dimension; the shapes broadcast.
  ///
  /// ```swift
  /// F.cosineSimilarity(Tensor([1.0, 2, 3]), Tensor([4.0, 5, 6]), dim: 0)  // 0.9746
  /// ```
  public static func cosineSimilarity(_ a: Tensor, _ b: Tensor, dim: Int = 1, eps: Double = 1e-8) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.cosineSimilarity(
        Autocast.cast("cosine_similarity", a), Autocast.cast("cosine_similarity", b), dim, eps: eps)
    }
  }

  /// The p-norm of a − b + eps along the last dimension; the shapes broadcast.
  public static func pairwiseDistance(
    _ a: Tensor, _ b: Tensor, p: Double = 2, eps: Double = 1e-6, keepDim: Bool = false
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.pairwiseDistance(a, b, p: p, eps: eps, keepDim: keepDim) }
  }

  /// The p-norms of the differences of all pairs of rows of a matrix: (N, M) gives (N (N − 1) / 2), those of row 0
  /// first.
  public static func pdist(_ x: Tensor, p: Double = 2) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.pdist(x, p: p) }
  }
}
