/// Derivatives of sampled functions, by differences of the second order in the middle, and of the first or second at the
/// ends.
extension Ops {
  /// How the samples lie along each of the dimensions.
  enum Spacings {
    /// Equally far apart, along every dimension.
    case one(Scalar)
    /// Equally far apart, a distance for each dimension.
    case distances([Scalar])
    /// At coordinates, a vector for each dimension.
    case coordinates([Tensor])

    fileprivate var count: Int? {
      switch self {
      case .one: nil
      case .distances(let values): values.count
      case .coordinates(let values): values.count
      }
    }
  }

  static func numericalGradient(
    _ f: Tensor, _ spacings: Spacings, _ dims: [Int]?, edgeOrder: Int
  ) throws(BackplaneError) -> [Tensor] {
    guard f.dtype != .uint8 else {
      throw BackplaneError(.dtype, "torch.gradient does not support uint8 input.")
    }
    let rank = f.layout.rank
    if let count = spacings.count {
      if let dims {
        guard count == dims.count else {
          throw BackplaneError(
            .value,
            "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the "
              + "same length, but got a spacing argument of length \(count) and a dim argument of length \(dims.count)."
          )
        }
      } else if count != rank {
        throw BackplaneError(
          .value,
          "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = "
            + "\(rank)', since dim argument was not given, but got a list of length \(count)")
      }
    }
    guard edgeOrder == 1 || edgeOrder == 2 else {
      throw BackplaneError(.value, "torch.gradient only supports edge_order=1 and edge_order=2.")
    }
    var axes: [Int] = []
    for dim in dims ?? Array(0..<rank) {
      let d = try normalize(dim, rank: rank)
      guard rank > 0 else {
        throw BackplaneError(.index, "Dimension specified as \(dim) but tensor has no dimensions")
      }
      guard !axes.contains(d) else {
        throw BackplaneError(.value, "dim \(d) appears multiple times in the list of dims")
      }
      guard f.layout.elements[d] >= edgeOrder + 1 else {
        throw BackplaneError(.shape, "torch.gradient expected each dimension size to be at least edge_order+1")
      }
      axes.append(d)
    }
    var results: [Tensor] = []
    for (i, d) in axes.enumerated() {
      switch spacings {
      case .one(let h): results.append(try slope(f, d, h, edgeOrder))
      case .distances(let values): results.append(try slope(f, d, values[i], edgeOrder))
      case .coordinates(let values): results.append(try slope(f, d, at: values[i], edgeOrder))
      }
    }
    return results
  }

  /// Of samples `h` apart.
  private static func slope(_ f: Tensor, _ d: Int, _ h: Scalar, _ edgeOrder: Int) throws(BackplaneError) -> Tensor {
    let n = f.layout.elements[d]
    func sample(_ i: Int) throws(BackplaneError) -> Tensor { try narrow(f, d, i < 0 ? i + n : i, 1) }
    let ends: [Tensor]
    if edgeOrder == 1 {
      ends = [try sub(sample(1), sample(0)), try sub(sample(-1), sample(-2))]
    } else {
      func end(_ a: Int, _ b: Int, _ c: Int) throws(BackplaneError) -> Tensor {
        try sub(add(mul(sample(a), .double(-1.5)), mul(sample(b), .double(2))), mul(sample(c), .double(0.5)))
      }
      ends = [try end(0, 1, 2), try neg(end(-1, -2, -3))]
    }
    let middle = try binary(.div, sub(narrow(f, d, 2, n - 2), narrow(f, d, 0, n - 2)), .int(2))
    return try binary(.div, cat([cast(ends[0], middle.dtype), middle, cast(ends[1], middle.dtype)], d), h)
  }

  /// Of samples at coordinates, through parabolas.
  private static func slope(
    _ f: Tensor, _ d: Int, at coordinates: Tensor, _ edgeOrder: Int
  ) throws(BackplaneError) -> Tensor {
    let n = f.layout.elements[d]
    try requireSameDevice([f, coordinates])
    guard coordinates.layout.rank == 1 else {
      throw BackplaneError(
        .shape,
        "torch.gradient expected each element of spacing to have one dimension, but got an element with "
          + "\(coordinates.layout.rank) dimensions!")
    }
    guard coordinates.numel == n else {
      throw BackplaneError(
        .shape,
        "torch.gradient expected each spacing tensor to have as many elements as the dimension that it belongs to, \(n), "
          + "but got one with \(coordinates.numel)")
    }
    var shape = [Int](repeating: 1, count: f.layout.rank)
    shape[d] = n
    let x = try reshape(coordinates, shape)
    let steps = try sub(narrow(x, d, 1, n - 1), narrow(x, d, 0, n - 1))
    /// Parts of the samples and of the steps.
    func sample(_ i: Int, _ count: Int = 1) throws(BackplaneError) -> Tensor { try narrow(f, d, i, count) }
    func step(_ i: Int, _ count: Int = 1) throws(BackplaneError) -> Tensor { try narrow(steps, d, i, count) }
    let left = try step(0, n - 2), right = try step(1, n - 2), both = try add(left, right)
    var middle = try mul(neg(div(right, mul(left, both))), sample(0, n - 2))
    middle = try add(middle, mul(div(sub(right, left), mul(left, right)), sample(1, n - 2)))
    middle = try add(middle, mul(div(left, mul(right, both)), sample(2, n - 2)))
    let ends: [Tensor]
    if edgeOrder == 1 {
      ends = [
        try div(sub(sample(1), sample(0)), step(0)), try div(sub(sample(n - 1), sample(n - 2)), step(n - 2)),
      ]
    } else {
      /// The parabola's slope at its outer point, from the steps next to it and beyond.
      func end(_ near: Tensor, _ far: Tensor, _ p: [Tensor]) throws(BackplaneError) -> Tensor {
        let sum = try add(near, far)
        let outer = try mul(div(add(near, sum), mul(near, sum)), p[0])
        let inner = try mul(div(sum, mul(near, far)), p[1])
        return try sub(sub(inner, outer), mul(div(near, mul(far, sum)), p[2]))
      }
      ends = [
        try end(step(0), step(1), [sample(0), sample(1), sample(2)]),
        try neg(end(step(n - 2), step(n - 3), [sample(n - 1), sample(n - 2), sample(n - 3)])),
      ]
    }
    return try cat([cast(ends[0], middle.dtype), middle, cast(ends[1], middle.dtype)], d)
  }
}

/// The derivatives of a function sampled on a grid, one for each dimension: central differences, and at the ends
/// differences of the order `edgeOrder`, 1 or 2.
///
/// ```swift
/// gradient(Tensor([1.0, 2, 4, 8]))  // [tensor([1.0000, 1.5000, 3.0000, 4.0000])]
/// ```
///
/// - Parameter spacing: The distance of neighbours.
public func gradient(
  _ f: Tensor, spacing: some ScalarConvertible = 1, dim: [Int]? = nil, edgeOrder: Int = 1
) -> [Tensor] {
  funnel(or: Placeholder.tensors(dim?.count ?? f.dim)) { () throws(BackplaneError) in
    try Ops.numericalGradient(f, .one(spacing.scalar), dim, edgeOrder: edgeOrder)
  }
}
/// The derivatives of a function sampled on a grid with a distance of neighbours for each dimension.
public func gradient(_ f: Tensor, spacing: [Double], dim: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
  funnel(or: Placeholder.tensors(dim?.count ?? f.dim)) { () throws(BackplaneError) in
    try Ops.numericalGradient(f, .distances(spacing.map(\.scalar)), dim, edgeOrder: edgeOrder)
  }
}
/// The derivatives of a function sampled at the points of a grid, whose coordinates are given for each dimension.
public func gradient(_ f: Tensor, spacing: [Tensor], dim: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
  funnel(or: Placeholder.tensors(dim?.count ?? f.dim)) { () throws(BackplaneError) in
    try Ops.numericalGradient(f, .coordinates(spacing), dim, edgeOrder: edgeOrder)
  }
}
