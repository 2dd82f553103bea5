/// Counts: of what is not zero, and of each integer.
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
    let amounts = try weights.map { w throws(BackplaneError) in try cast(w.detach(), dtype) }
    return try occurrences(index, length, amounts)
  }

  /// How often each integer below `count` occurs in a vector of them, or the sum of the amounts that stand beside it.
  static func occurrences(
    _ index: Tensor, _ count: Int, _ amounts: Tensor? = nil
  ) throws(BackplaneError) -> Tensor {
    let amounts = if let amounts { amounts } else { try full(index.layout, .int(1), .int64, on: index.context) }
    return try scatterAdd(
      full(.contiguous([count]), .int(0), amounts.dtype, on: index.context), 0, index, amounts)
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
}
