/// Differences of neighbours, and integrals by the trapezoidal rule.
extension Ops {
  static func diff(
    _ x: Tensor, _ order: Int, _ dim: Int, prepend: Tensor?, append: Tensor?
  ) throws(BackplaneError) -> Tensor {
    guard x.layout.rank > 0 else {
      throw BackplaneError(.shape, "diff expects input to be at least one-dimensional")
    }
    guard order >= 0 else {
      throw BackplaneError(.value, "order must be non-negative but got \(order)")
    }
    let d = try normalize(dim, rank: x.layout.rank)
    for (other, name) in [(prepend, "prepend"), (append, "append")] {
      guard let other else { continue }
      guard other.layout.rank == x.layout.rank else {
        throw BackplaneError(.shape, "diff expects \(name) or append to be the same dimension as input")
      }
    }
    if order == 0 { return try clone(x) }
    let ends = [prepend, x, append].compactMap { $0 }
    var result = try ends.count == 1 ? x : cat(ends, d)
    // Nothing is left where there are no more numbers than differences to take.
    if order >= result.layout.elements[d] { return try clone(narrow(result, d, 0, 0)) }
    for _ in 0..<order {
      let n = result.layout.elements[d]
      let (late, early) = (
        try narrow(result, d, Swift.min(1, n), Swift.max(n - 1, 0)), try narrow(result, d, 0, Swift.max(n - 1, 0))
      )
      result = try x.dtype == .bool ? compare(.ne, late, early) : sub(late, early)
    }
    return result
  }

  /// The distance between sample points, or the points themselves.
  enum Samples {
    case spacing(Scalar)
    case points(Tensor)
  }

  /// Twice the area of each trapezoid along the dimension.
  private static func doubledAreas(
    _ y: Tensor, _ samples: Samples, _ d: Int, _ operation: String
  ) throws(BackplaneError) -> Tensor {
    guard y.dtype != .bool else {
      throw BackplaneError(.dtype, "\(operation): received a bool input for `y`, but bool is not supported")
    }
    let n = y.layout.elements[d]
    func pairs(_ x: Tensor, _ d: Int, _ f: BinaryFunction) throws(BackplaneError) -> Tensor {
      let n = x.layout.elements[d]
      return try binary(f, narrow(x, d, Swift.min(1, n), Swift.max(n - 1, 0)), narrow(x, d, 0, Swift.max(n - 1, 0)))
    }
    let sums = try pairs(y, d, .add)
    switch samples {
    case .spacing(let dx): return try mul(sums, dx)
    case .points(var x):
      guard x.dtype != .bool else {
        throw BackplaneError(.dtype, "\(operation): received a bool input for `x`, but bool is not supported")
      }
      guard x.layout.rank > 0 else {
        throw BackplaneError(.shape, "\(operation): `x` must have at least one dimension")
      }
      if x.layout.rank == 1 {
        guard x.numel == n else {
          throw BackplaneError(.shape, "\(operation): There must be one `x` value for each sample point")
        }
        var shape = [Int](repeating: 1, count: y.layout.rank)
        shape[d] = n
        x = try reshape(x, shape)
      }
      while x.layout.rank < y.layout.rank { x = try unsqueeze(x, 0) }
      return try mul(sums, pairs(x, x.layout.rank - y.layout.rank + d, .sub))
    }
  }

  static func trapezoid(_ y: Tensor, _ samples: Samples, _ dim: Int) throws(BackplaneError) -> Tensor {
    let d = try normalize(dim, rank: y.layout.rank)
    guard y.layout.rank > 0 else {
      throw BackplaneError(.index, "trapezoid: `y` must have at least one dimension")
    }
    if y.layout.elements[d] == 0 {
      var shape = y.layout.shape
      shape.remove(at: d)
      return try full(.contiguous(shape), .int(0), y.dtype, on: y.context)
    }
    let areas = try doubledAreas(y, samples, d, "trapezoid")
    return try half(sum(areas, [d - y.layout.rank], keepDim: false))
  }

  static func cumulativeTrapezoid(_ y: Tensor, _ samples: Samples, _ dim: Int) throws(BackplaneError) -> Tensor {
    let d = try normalize(dim, rank: y.layout.rank)
    guard y.layout.rank > 0 else {
      throw BackplaneError(.index, "cumulative_trapezoid: `y` must have at least one dimension")
    }
    let areas = try doubledAreas(y, samples, d, "cumulative_trapezoid")
    return try half(cumsum(areas, d - y.layout.rank))
  }
}

extension Tensor {
  /// The differences of neighbours along a dimension, `n` times over; of bools whether they differ.
  public func diff(n: Int = 1, dim: Int = -1, prepend: Tensor? = nil, append: Tensor? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.diff(self, n, dim, prepend: prepend, append: append) }
  }
}

/// The integral along a dimension by the trapezoidal rule, over sample points `x`.
public func trapezoid(_ y: Tensor, _ x: Tensor, dim: Int = -1) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.trapezoid(y, .points(x), dim) }
}

/// The integral along a dimension by the trapezoidal rule, over points `dx` apart.
public func trapezoid(_ y: Tensor, dx: Double = 1, dim: Int = -1) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.trapezoid(y, .spacing(.double(dx)), dim) }
}

/// The integrals along a dimension up to each sample point but the first, by the trapezoidal rule, over sample points
/// `x`.
public func cumulativeTrapezoid(_ y: Tensor, _ x: Tensor, dim: Int = -1) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.cumulativeTrapezoid(y, .points(x), dim) }
}

/// The integrals along a dimension up to each point but the first, by the trapezoidal rule, over points `dx` apart.
public func cumulativeTrapezoid(_ y: Tensor, dx: Double = 1, dim: Int = -1) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.cumulativeTrapezoid(y, .spacing(.double(dx)), dim) }
}
