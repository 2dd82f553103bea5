import BackendAPI

/// Counts: of what is not zero, of each integer, of the numbers in each bin.
extension Ops {
  static func countNonzero(_ x: Tensor, _ dims: [Int]?) throws(BackplaneError) -> Tensor {
    try sum(compare(.ne, x.detach(), .int(0)), dims, keepDim: false)
  }

  static func bincount(_ x: Tensor, _ weights: Tensor?, minlength: Int) throws(BackplaneError) -> Tensor {
    guard minlength >= 0 else { throw BackplaneError(.value, "minlength should be >= 0") }
    guard x.layout.rank == 1, x.dtype.isInteger else {
      throw BackplaneError(.value, "bincount only supports 1-d non-negative integral inputs.")
    }
    if let weights {
      try requireSameDevice([x, weights])
      guard weights.layout.hasSameShape(as: x.layout) else {
        throw BackplaneError(.shape, "weights should be 1-d and have the same length as input")
      }
    }
    let dtype: DType = weights.map { $0.dtype == .float32 ? .float32 : .float64 } ?? .int64
    if x.numel == 0 { return try full(.contiguous([minlength]), .int(0), .int64, on: x.context) }
    let index = try cast(x, .int64)
    guard try item(extreme(.min, index, nil, keepDim: false)).int64 >= 0 else {
      throw BackplaneError(.value, "bincount only supports 1-d non-negative integral inputs.")
    }
    let greatest = Int(try item(extreme(.max, index, nil, keepDim: false)).int64)
    guard greatest < .max else {
      throw BackplaneError(
        .value, "maximum value of input overflowed, it should be < \(Int.max) but got \(greatest)")
    }
    let length = Swift.max(greatest + 1, minlength)
    let bins = try full(.contiguous([length]), .int(0), dtype, on: x.context)
    let ones = try full(x.layout, .int(1), dtype, on: x.context)
    let amounts = try weights.map { w throws(BackplaneError) in try cast(w.detach(), dtype) } ?? ones
    return try scatterAdd(bins, 0, index, amounts)
  }

  /// How many elements lie in each of `bins` intervals between `low` and `high`, or between the extremes where both are
  /// the same. The last interval has its upper end too.
  static func histc(_ x: Tensor, _ bins: Int, _ low: Double, _ high: Double) throws(BackplaneError) -> Tensor {
    guard x.dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "\"histogram_cpu\" not implemented for '\(x.dtype.scalarName)'")
    }
    guard bins > 0 else { throw BackplaneError(.value, "torch.histc(): bins must be > 0") }
    let result = try full(.contiguous([bins]), .int(0), x.dtype, on: x.context)
    let flat = try reshape(x.detach(), [x.numel])
    var (low, high) = (low, high)
    if low == high, x.numel > 0 {
      low = try item(extreme(.min, flat, nil, keepDim: false)).double
      high = try item(extreme(.max, flat, nil, keepDim: false)).double
    }
    if low == high { (low, high) = (low - 1, high + 1) }
    guard low.isFinite, high.isFinite else {
      throw BackplaneError(.value, "torch.histc: range of [\(low), \(high)] is not finite")
    }
    guard low < high else { throw BackplaneError(.value, "torch.histc: max must be larger than min") }
    for bound in [low, high] { try Scalar.double(bound).requireFits(x.dtype) }
    if x.numel == 0 { return result }
    let scaled = try binary(.div, mul(sub(flat, .double(low)), .double(Double(bins))), .double(high - low))
    let isInside = try apply(
      .bitwiseAnd, compare(.ge, flat, .double(low)), compare(.le, flat, .double(high)), .bool)
    let safe = try select(isInside, .tensor(scaled), .scalar(.int(0)), x.dtype)
    let bin = try cast(safe, .int64)
    let last = try select(compare(.ge, bin, .int(Int64(bins))), .scalar(.int(Int64(bins - 1))), .tensor(bin), .int64)
    return try scatterAdd(result, 0, last, cast(isInside, x.dtype))
  }
}

extension Tensor {
  /// How many elements are not zero.
  public func countNonzero() -> Tensor { funnel { () throws(BackplaneError) in try Ops.countNonzero(self, nil) } }
  /// How many elements along one dimension are not zero.
  public func countNonzero(_ dim: Int) -> Tensor { countNonzero([dim]) }
  /// How many elements over several dimensions are not zero.
  public func countNonzero(_ dims: [Int]) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.countNonzero(self, dims) }
  }

  /// How often each of the integers 0, 1, 2, … occurs in a vector, or the sum of its weights.
  ///
  /// ```swift
  /// Tensor([0, 2, 2]).bincount()  // tensor([1, 0, 2])
  /// ```
  public func bincount(weights: Tensor? = nil, minlength: Int = 0) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.bincount(self, weights, minlength: minlength) }
  }

  /// How many elements lie in each of `bins` equal intervals from `min` to `max`; between the extremes if both are the
  /// same.
  public func histc(bins: Int = 100, min: Double = 0, max: Double = 0) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.histc(self, bins, min, max) }
  }
}
