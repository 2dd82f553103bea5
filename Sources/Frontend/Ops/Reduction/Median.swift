import BackendAPI

/// Median and mode: values of a tensor's own, picked from it in order.
extension Ops {
  /// 0, 1, 2, … along a dimension, in a shape that broadcasts to x's.
  static func positions(_ x: Tensor, _ d: Int) throws(BackplaneError) -> Tensor {
    var line = [Int](repeating: 1, count: x.layout.rank)
    line[d] = x.layout.elements[d]
    return try reshape(arithmeticSequence(.int(0), .int(1), line[d], .int64, on: x.context), line)
  }

  private static func requireOrder(_ x: Tensor, _ operation: String) throws(BackplaneError) {
    guard !x.dtype.isComplex, x.dtype != .bool else {
      throw BackplaneError(.dtype, "\(operation)(): not implemented for '\(x.dtype.scalarName)'")
    }
  }

  private static func requireElements(_ x: Tensor, _ d: Int, _ operation: String) throws(BackplaneError) {
    guard x.layout.elements[d] > 0 else {
      throw BackplaneError(.index, "\(operation)(): Expected reduction dim \(d) to have non-zero size.")
    }
  }

  /// The median of each slice, of two the lesser, and its place. Without `ignoringNaN` that of a slice with NaN is NaN.
  static func median(
    _ x: Tensor, _ dim: Int, keepDim: Bool, ignoringNaN: Bool
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    let operation = ignoringNaN ? "nanmedian" : "median"
    try requireOrder(x, operation)
    let d = try normalize(dim, rank: x.layout.rank)
    if x.layout.rank == 0 {
      return try asVector(x) { (x) throws(BackplaneError) in
        try median(x, 0, keepDim: true, ignoringNaN: ignoringNaN)
      }
    }
    try requireElements(x, d, operation)
    let n = Int64(x.layout.elements[d])
    let (all, places) = try order(x, d, descending: false)
    var shape = x.layout.shape
    shape[d] = 1
    var middle = try full(.contiguous(shape), .int((n - 1) / 2), .int64, on: x.context)
    if x.dtype.isFloatingPoint {
      let nanCount = try sum(isNaN(x.detach()), [d], keepDim: true)
      if ignoringNaN {
        let lower = try binary(.floorDivide, sub(.int(n - 1), nanCount), .int(2))
        middle = try select(compare(.lt, lower, .int(0)), .scalar(.int(0)), .tensor(lower), .int64)
      } else {
        middle = try select(compare(.gt, nanCount, .int(0)), .tensor(sub(.int(n), nanCount)), .tensor(middle), .int64)
      }
    }
    return try picked(
      ignoringNaN ? "NanmedianBackward1" : "MedianBackward1", from: x, d, gather(all, d, middle),
      gather(places, d, middle), keepDim)
  }

  /// The median of all elements; its gradient is shared evenly among equals.
  static func median(_ x: Tensor, ignoringNaN: Bool) throws(BackplaneError) -> Tensor {
    try requireOrder(x, ignoringNaN ? "nanmedian" : "median")
    if x.numel == 0 {
      let value: Scalar = x.dtype.isFloatingPoint ? .double(.nan) : .int(0)
      return try full(.scalar, value, x.dtype, on: x.context)
    }
    let flat = try reshape(x.detach(), [x.numel])
    let result = try median(flat, 0, keepDim: false, ignoringNaN: ignoringNaN).values
    if Autograd.records(x) {
      let saved = try Saved(x)
      let savedResult = Saved(result: result)
      Autograd.record(ignoringNaN ? "NanmedianBackward0" : "MedianBackward0", [x], result) {
        g throws(BackplaneError) in
        [try shareEvenly(g, saved.unpack(), savedResult.unpack())]
      }
    }
    return result
  }

  /// A gradient in equal parts for the elements that equal a value, or that are NaN if it is.
  static func shareEvenly(_ g: Tensor, _ x: Tensor, _ value: Tensor) throws(BackplaneError) -> Tensor {
    let isSame = try apply(
      .bitwiseOr, compare(.eq, x, value),
      expandedCopy(apply(.bitwiseAnd, isNaN(x), isNaN(expand(value, x.layout.shape)), .bool), x), .bool)
    let mask = try cast(isSame, g.dtype)
    return try mul(mask, div(g, sum(mask, nil, keepDim: false)))
  }

  private static func expandedCopy(_ y: Tensor, _ x: Tensor) throws(BackplaneError) -> Tensor {
    y.layout.hasSameShape(as: x.layout) ? y : try copy(expand(y, x.layout.shape))
  }

  /// The most frequent value of each slice, of several the least, and the last place where it stands.
  static func mode(_ x: Tensor, _ dim: Int, keepDim: Bool) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    guard !x.dtype.isComplex else {
      throw BackplaneError(.dtype, "mode(): not implemented for '\(x.dtype.scalarName)'")
    }
    let d = try normalize(dim, rank: x.layout.rank)
    if x.layout.rank == 0 {
      return try asVector(x) { (x) throws(BackplaneError) in try mode(x, 0, keepDim: true) }
    }
    try requireElements(x, d, "mode")
    let (all, places) = try order(x, d, descending: false)
    // How far into its run of equals each element stands: the longest run's last element is the mode.
    let position = try copy(expand(positions(x, d), x.layout.shape))
    let isStart = try startsOfRuns(all, d)
    let start = try runningExtreme(
      .cummax, select(isStart, .tensor(position), .scalar(.int(0)), .int64), d
    ).values
    let last = try argExtreme(.argmax, sub(position, start), d, keepDim: true)
    return try picked("ModeBackward0", from: x, d, gather(all, d, last), gather(places, d, last), keepDim)
  }

  /// Whether an element differs from the one before it.
  static func startsOfRuns(_ x: Tensor, _ d: Int) throws(BackplaneError) -> Tensor {
    let n = x.layout.elements[d]
    var shape = x.layout.shape
    shape[d] = Swift.min(n, 1)
    let first = try full(.contiguous(shape), .bool(true), .bool, on: x.context)
    guard n > 1 else { return first }
    return try cat([first, compare(.ne, narrow(x, d, 1, n - 1), narrow(x, d, 0, n - 1))], d)
  }
}

extension Tensor {
  /// The median of all elements, of two the lesser; NaN if there is one.
  public func median() -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.median(self, ignoringNaN: false) }
  }
  /// The median of each slice along a dimension, of two the lesser, and its index.
  public func median(_ dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
    funnelPair { () throws(BackplaneError) in try Ops.median(self, dim, keepDim: keepDim, ignoringNaN: false) }
  }
  /// The median of all elements that are not NaN.
  public func nanmedian() -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.median(self, ignoringNaN: true) }
  }
  /// The median of the elements of each slice that are not NaN, and its index.
  public func nanmedian(_ dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
    funnelPair { () throws(BackplaneError) in try Ops.median(self, dim, keepDim: keepDim, ignoringNaN: true) }
  }
  /// The most frequent value of each slice along a dimension, of several the least, and an index of it.
  public func mode(_ dim: Int = -1, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
    funnelPair { () throws(BackplaneError) in try Ops.mode(self, dim, keepDim: keepDim) }
  }
}
