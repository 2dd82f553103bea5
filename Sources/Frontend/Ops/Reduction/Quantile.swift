/// How a quantile between two elements is made of them.
public enum QuantileInterpolation: String, Sendable {
  /// On the straight line between the two, the lesser, the greater, half way, or the nearer one.
  case linear, lower, higher, midpoint, nearest
}

extension Ops {
  /// The q-th quantiles along a dimension, or of all elements. Those of several q stand along a first dimension.
  static func quantile(
    _ x: Tensor, _ q: Tensor, _ dim: Int?, keepDim: Bool, _ interpolation: QuantileInterpolation, ignoringNaN: Bool
  ) throws(BackplaneError) -> Tensor {
    let operation = ignoringNaN ? "nanquantile" : "quantile"
    try requireSameDevice([x, q])
    guard x.dtype == .float32 || x.dtype == .float64 else {
      throw BackplaneError(.dtype, "\(operation)() input tensor must be either float or double dtype")
    }
    guard q.layout.rank <= 1 else {
      throw BackplaneError(.shape, "\(operation)() q must be a scalar or 1D tensor")
    }
    guard q.dtype == x.dtype else {
      throw BackplaneError(.dtype, "\(operation)() q tensor must be same dtype as the input tensor")
    }
    guard x.numel > 0 else { throw BackplaneError(.shape, "\(operation)() input tensor must be non-empty") }
    if let wrong = try toHost(q.detach(), Double.self).first(where: { !($0 >= 0 && $0 <= 1) }) {
      throw BackplaneError(.value, "\(operation)() q must be in the range [0, 1] but got \(wrong)")
    }
    let d = try dim.map { dim throws(BackplaneError) in try normalize(dim, rank: x.layout.rank) }
    // The slices as rows: the dimension comes last.
    let rows: Tensor
    if let d, x.layout.rank > 0 {
      rows = try transpose(unsqueeze(x, -1), d, -1)
    } else {
      rows = try reshape(x, [x.numel])
    }
    let last = rows.layout.rank - 1
    let sorted = try sort(rows, last, descending: false).values
    let values = try interpolated(sorted, reshape(q, [q.numel]), interpolation, ignoringNaN: ignoringNaN)
    var result = values
    if let d, x.layout.rank > 0 {
      if !keepDim { result = try squeeze(result, d) }
    } else if keepDim {
      result = try reshape(result, [Int](repeating: 1, count: x.layout.rank) + [q.numel])
    }
    let order = [result.layout.rank - 1] + Array(0..<(result.layout.rank - 1))
    let front = try permute(result, order)
    return try q.layout.rank == 0 ? squeeze(front, 0) : contiguous(front)
  }

  /// For each row in order the elements at the ranks q (n − 1), or what lies between two.
  private static func interpolated(
    _ sorted: Tensor, _ q: Tensor, _ interpolation: QuantileInterpolation, ignoringNaN: Bool
  ) throws(BackplaneError) -> Tensor {
    let last = sorted.layout.rank - 1
    let n = sorted.layout.elements[last]
    let nanCount = try cast(sum(isNaN(sorted.detach()), [last], keepDim: true), sorted.dtype)
    let rank: Tensor
    if ignoringNaN {
      let among = try mul(q, sub(.double(Double(n - 1)), nanCount))
      rank = try select(compare(.lt, among, .int(0)), .scalar(.int(0)), .tensor(among), q.dtype)
    } else {
      rank = try select(
        compare(.gt, nanCount, .int(0)), .scalar(.double(Double(n - 1))), .tensor(mul(q, .double(Double(n - 1)))),
        q.dtype)
    }
    func element(_ rounding: UnaryFunction) throws(BackplaneError) -> Tensor {
      try gather(sorted, last, cast(unary(rounding, rank.detach()), .int64))
    }
    switch interpolation {
    case .lower: return try element(.floor)
    case .higher: return try element(.ceil)
    case .nearest: return try element(.round)
    case .linear, .midpoint:
      let weight =
        try interpolation == .midpoint
        ? full(.scalar, .double(0.5), rank.dtype, on: rank.context) : sub(rank, unary(.floor, rank.detach()))
      return try lerp(element(.floor), element(.ceil), weight)
    }
  }
}

extension Tensor {
  /// The q-th quantile along a dimension, or of all elements: q in 0 … 1. NaN where a slice has one.
  ///
  /// ```swift
  /// Tensor([0.0, 1.0, 2.0, 3.0]).quantile(0.4)  // tensor(1.2000)
  /// ```
  public func quantile(
    _ q: Double, dim: Int? = nil, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear
  ) -> Tensor { quantile(q, dim, keepDim, interpolation, ignoringNaN: false) }

  /// The quantiles of several q, along a first dimension.
  public func quantile(
    _ q: Tensor, dim: Int? = nil, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.quantile(self, q, dim, keepDim: keepDim, interpolation, ignoringNaN: false)
    }
  }

  /// The q-th quantile of the elements that are not NaN.
  public func nanquantile(
    _ q: Double, dim: Int? = nil, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear
  ) -> Tensor { quantile(q, dim, keepDim, interpolation, ignoringNaN: true) }

  /// The quantiles of several q of the elements that are not NaN, along a first dimension.
  public func nanquantile(
    _ q: Tensor, dim: Int? = nil, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.quantile(self, q, dim, keepDim: keepDim, interpolation, ignoringNaN: true)
    }
  }

  private func quantile(
    _ q: Double, _ dim: Int?, _ keepDim: Bool, _ interpolation: QuantileInterpolation, ignoringNaN: Bool
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.quantile(
        self, Ops.full(.scalar, .double(q), dtype, on: context), dim, keepDim: keepDim, interpolation,
        ignoringNaN: ignoringNaN)
    }
  }
}
