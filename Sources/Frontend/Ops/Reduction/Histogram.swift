/// Histograms over bins of any width, and over several variables at once.
extension Ops {
  /// The bins of one variable: so many of one width, or those between neighbouring edges.
  enum Bins {
    case count(Int)
    case edges(Tensor)
  }

  /// Of the last dimension's variables, how many points lie in each bin, or what they weigh. A bin holds its lower edge,
  /// the last one its upper edge too.
  ///
  /// - Parameter range: The outer edges of all variables, a pair for each; the extremes if nil.
  static func histogramDD(
    _ x: Tensor, _ bins: [Bins], range: [Double]?, weight: Tensor?, density: Bool
  ) throws(BackplaneError) -> (hist: Tensor, edges: [Tensor]) {
    guard x.layout.rank > 0 else {
      throw BackplaneError(.index, "Dimension specified as -1 but tensor has no dimensions")
    }
    guard try bins.count == extent(x, -1) else {
      throw BackplaneError(
        .value, "histogramdd: The size of bins must be equal to the innermost dimension of the input.")
    }
    guard x.layout.rank >= 2 else {
      throw BackplaneError(.shape, "torch.histogramdd: input tensor should have at least 2 dimensions")
    }
    guard x.dtype == .float32 || x.dtype == .float64 else {
      throw BackplaneError(.dtype, "\"histogramdd\" not implemented for '\(x.dtype.scalarName)'")
    }
    if let range, range.count != 2 * bins.count {
      throw BackplaneError(
        .value,
        "torch.histogramdd: for a \(bins.count)-dimensional histogram range should have \(2 * bins.count) elements, but "
          + "got \(range.count)")
    }
    try requireWeight(weight, of: x)
    let points = try reshape(x.detach(), [x.layout.shape.dropLast().reduce(1, *), bins.count])
    var counts: [Int] = []
    for (i, bins) in bins.enumerated() { counts.append(try binCount(bins, points.dtype, i)) }
    // Whether memory can hold the bins is known before their edges are made.
    let total = try Sizes.product(counts, in: "histogramdd")
    let empty = try full(.contiguous([total]), .int(0), x.dtype, on: x.context)
    var edges: [Tensor] = []
    for (i, bins) in bins.enumerated() {
      let bounds: (Double, Double)? = if let range { (range[2 * i], range[2 * i + 1]) } else { nil }
      edges.append(try histogramEdges(bins, select(points, 1, i), i, bounds))
    }
    var place = try full(.contiguous([extent(points, 0)]), .int(0), .int64, on: x.context)
    var isInside = try full(.contiguous([extent(points, 0)]), .bool(true), .bool, on: x.context)
    for (i, edges) in edges.enumerated() {
      let (bin, isIn) = try binOf(select(points, 1, i), edges)
      place = try add(mul(place, .int(Int64(counts[i]))), bin)
      isInside = try apply(.bitwiseAnd, isInside, isIn, .bool)
    }
    place = try select(isInside, .tensor(place), .scalar(.int(0)), .int64)
    var amounts = try cast(isInside, x.dtype)
    if let weight {
      let weights = try reshape(weight.detach(), [extent(points, 0)])
      amounts = try select(isInside, .tensor(weights), .scalar(.int(0)), x.dtype)
    }
    var hist = try reshape(scatterAdd(empty, 0, place, amounts), counts)
    if density {
      hist = try div(hist, sum(hist, nil, keepDim: false))
      for (i, edges) in edges.enumerated() {
        var shape = [Int](repeating: 1, count: counts.count)
        shape[i] = counts[i]
        hist = try div(hist, reshape(diff(edges, 1, 0, prepend: nil, append: nil), shape))
      }
    }
    return (hist, edges)
  }

  private static func requireWeight(_ weight: Tensor?, of x: Tensor) throws(BackplaneError) {
    guard let weight else { return }
    guard weight.layout.shape == Array(x.layout.shape.dropLast()) else {
      throw BackplaneError(
        .shape,
        "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding its "
          + "innermost dimension, but got input with shape \(x.shape) and weight with shape \(weight.shape)")
    }
    guard weight.dtype == x.dtype else {
      throw BackplaneError(
        .dtype,
        "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same dtype, but "
          + "got input(\(x.dtype.torchName)), and weight(\(weight.dtype.torchName))")
    }
    try requireSameDevice([x, weight])
  }

  /// How many bins a variable has, at least one.
  private static func binCount(_ bins: Bins, _ dtype: DType, _ d: Int) throws(BackplaneError) -> Int {
    let count: Int
    switch bins {
    case .count(let given): count = given
    case .edges(let edges):
      let what = "in the bins tensor for dimension \(d)"
      guard edges.layout.rank == 1 else {
        throw BackplaneError(
          .shape,
          "torch.histogramdd: bins tensor should have one dimension, but got \(edges.layout.rank) dimensions \(what)")
      }
      guard edges.dtype == dtype else {
        throw BackplaneError(
          .dtype,
          "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype "
            + "\(dtype.torchName) and bins for dimension \(d) with dtype \(edges.dtype.torchName)")
      }
      guard edges.numel > 0 else {
        throw BackplaneError(
          .shape, "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements \(what)")
      }
      count = edges.numel - 1
    }
    guard count > 0 else {
      throw BackplaneError(.value, "torch.histogram(): bins must be > 0, but got \(count) for dimension \(d)")
    }
    return count
  }

  /// The edges of a variable's bins.
  private static func histogramEdges(
    _ bins: Bins, _ values: Tensor, _ d: Int, _ range: (low: Double, high: Double)?
  ) throws(BackplaneError) -> Tensor {
    switch bins {
    case .edges(let edges):
      try requireSameDevice([values, edges])
      return edges.detach()
    case .count(let count):
      var (low, high) = range ?? (0, 1)
      if range == nil, values.numel > 0 {
        low = try item(extreme(.min, values, nil, keepDim: false)).double
        high = try item(extreme(.max, values, nil, keepDim: false)).double
      }
      guard low.isFinite, high.isFinite else {
        throw BackplaneError(.value, "torch.histogramdd: dimension \(d)'s range [\(low), \(high)] is not finite")
      }
      guard low <= high else {
        throw BackplaneError(
          .value, "torch.histogramdd: min should not exceed max, but got min \(low) max \(high) for dimension \(d)")
      }
      if low == high { (low, high) = (low - 0.5, high + 0.5) }
      return try evenEdges(low, high, count, like: values)
    }
  }

  /// Counted from both ends, so that the outer edges are the very bounds.
  private static func evenEdges(
    _ low: Double, _ high: Double, _ count: Int, like x: Tensor
  ) throws(BackplaneError) -> Tensor {
    let n = try Sizes.add(count, 1, in: "histogram"), half = n / 2
    _ = try Layout.contiguous([n])
    let step = high / Double(count) - low / Double(count)
    func part(_ first: Int, _ count: Int, from origin: Double) throws(BackplaneError) -> Tensor {
      let index = try arithmeticSequence(.double(Double(first)), .double(1), count, x.dtype, on: x.context)
      return try add(mul(index, .double(step)), .double(origin))
    }
    return try cat([part(0, half, from: low), part(half - count, n - half, from: high)], 0)
  }

  /// The number of the bin that each value lies in, and whether there is one.
  private static func binOf(_ x: Tensor, _ edges: Tensor) throws(BackplaneError) -> (bin: Tensor, isInside: Tensor) {
    let last = edges.numel - 2
    let isInside = try apply(
      .bitwiseAnd, compare(.ge, x, select(edges, 0, 0)), compare(.le, x, select(edges, 0, -1)), .bool)
    let place = try sub(searchsorted(edges, x, right: true), .int(1))
    let bin = try clamp(place, .int(0), .int(Int64(last)))
    return (bin, isInside)
  }

  /// The same of all elements, as one variable.
  static func histogram(
    _ x: Tensor, _ bins: Bins, range: [Double]?, weight: Tensor?, density: Bool
  ) throws(BackplaneError) -> (hist: Tensor, edges: Tensor) {
    let weights = try weight.map { w throws(BackplaneError) in try reshape(w, [w.numel]) }
    let (hist, edges) = try histogramDD(
      reshape(x, [x.numel, 1]), [bins], range: range, weight: weights, density: density)
    return (hist, edges[0])
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
  /// How many elements lie in each of `bins` intervals of one width, and the edges of these.
  ///
  /// A bin holds its lower edge, the last one its upper edge too; what lies outside is not counted.
  ///
  /// ```swift
  /// let (hist, edges) = Tensor([1.0, 2, 1]).histogram(bins: 4, range: (0, 3))  // hist is [0, 2, 1, 0]
  /// ```
  ///
  /// - Parameters:
  ///   - range: The outer edges; the extremes if nil.
  ///   - weight: What each element counts; of the tensor's shape and type.
  ///   - density: Whether the counts are scaled so that the integral is 1.
  public func histogram(
    bins: Int, range: (Double, Double)? = nil, weight: Tensor? = nil, density: Bool = false
  ) -> (hist: Tensor, binEdges: Tensor) { histogram(.count(bins), range.map { [$0.0, $0.1] }, weight, density) }

  /// How many elements lie between neighbours in an increasing sequence of edges, and these edges.
  public func histogram(
    bins: Tensor, weight: Tensor? = nil, density: Bool = false
  ) -> (hist: Tensor, binEdges: Tensor) { histogram(.edges(bins), nil, weight, density) }

  private func histogram(
    _ bins: Ops.Bins, _ range: [Double]?, _ weight: Tensor?, _ density: Bool
  ) -> (hist: Tensor, binEdges: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let (hist, edges) = try Ops.histogram(self, bins, range: range, weight: weight, density: density)
      return (hist, edges)
    }
  }

  /// How many elements lie in each of `bins` equal intervals from `min` to `max`; between the extremes if both are the
  /// same.
  public func histc(bins: Int = 100, min: Double = 0, max: Double = 0) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.histc(self, bins, min, max) }
  }
}

/// How many points, given by the coordinates in the last dimension, lie in each cell of a grid of bins, and their
/// edges.
///
/// The bins, so many for each coordinate, lie between `range`'s pairs or the extremes.
public func histogramdd(
  _ x: Tensor, bins: [Int], range: [Double]? = nil, weight: Tensor? = nil, density: Bool = false
) -> (hist: Tensor, binEdges: [Tensor]) {
  funnel(or: (.invalid, [])) { () throws(BackplaneError) in
    let (hist, edges) = try Ops.histogramDD(
      x, bins.map { .count($0) }, range: range, weight: weight, density: density)
    return (hist, edges)
  }
}

/// How many points lie in each cell of a grid, given by increasing sequences of edges, one for each coordinate.
public func histogramdd(
  _ x: Tensor, bins: [Tensor], weight: Tensor? = nil, density: Bool = false
) -> (hist: Tensor, binEdges: [Tensor]) {
  funnel(or: (.invalid, [])) { () throws(BackplaneError) in
    let (hist, edges) = try Ops.histogramDD(
      x, bins.map { .edges($0) }, range: nil, weight: weight, density: density)
    return (hist, edges)
  }
}
