import BackendAPI

/// Distinct elements, where they stand, and how often. The latter two take as long as the first, and are computed where
/// they are asked for.
struct UniqueElements {
  /// The elements, or slices, each once.
  let values: Tensor
  /// For each element of the input, its place among `values`.
  let inverse: Tensor?
  /// How often each of `values` occurs.
  let counts: Tensor?

  /// Which of them are asked for.
  struct Choice {
    let inverse: Bool
    let counts: Bool
  }
}

extension Ops {
  /// The distinct elements in ascending order; of the flattened tensor, or slices of a dimension.
  static func unique(
    _ x: Tensor, _ dim: Int?, _ choice: UniqueElements.Choice
  ) throws(BackplaneError) -> UniqueElements {
    let x = x.detach()
    guard !x.dtype.isComplex else {
      throw BackplaneError(.dtype, "\"unique\" not implemented for '\(x.dtype.scalarName)'")
    }
    guard let dim else {
      let (sorted, places) = try order(reshape(x, [x.numel]), 0, descending: false)
      let runs = try Runs(startsOfRuns(sorted, 0))
      return UniqueElements(
        values: try gather(sorted, 0, runs.starts),
        inverse: try choice.inverse ? reshape(runs.inverse(places), x.layout.shape) : nil,
        counts: try choice.counts ? runs.counts() : nil)
    }
    let d = try requireSlices(x, dim, "unique")
    guard x.numel > 0 else { return try emptySlices(x, d, choice) }
    // Slices in the order of their elements, the first element first.
    let ranks = try lexicographicRanks(slices(x, d))
    let (sorted, places) = try order(ranks, 0, descending: false)
    let runs = try Runs(startsOfRuns(sorted, 0))
    return UniqueElements(
      values: try indexSelect(x, d, gather(places, 0, runs.starts)),
      inverse: try choice.inverse ? runs.inverse(places) : nil, counts: try choice.counts ? runs.counts() : nil)
  }

  /// Each first of elements, or slices, that stand beside equal ones.
  static func uniqueConsecutive(
    _ x: Tensor, _ dim: Int?, _ choice: UniqueElements.Choice
  ) throws(BackplaneError) -> UniqueElements {
    let x = x.detach()
    guard let dim else {
      let flat = try reshape(x, [x.numel])
      let runs = try Runs(startsOfRuns(flat, 0))
      return UniqueElements(
        values: try gather(flat, 0, runs.starts),
        inverse: try choice.inverse ? reshape(runs.groups(), x.layout.shape) : nil,
        counts: try choice.counts ? runs.counts() : nil)
    }
    let d = try requireSlices(x, dim, "unique_consecutive")
    guard x.numel > 0 else { return try emptySlices(x, d, choice) }
    let runs = try Runs(truth(.max, startsOfRuns(slices(x, d), 1), [0], keepDim: false))
    return UniqueElements(
      values: try indexSelect(x, d, runs.starts), inverse: try choice.inverse ? runs.groups() : nil,
      counts: try choice.counts ? runs.counts() : nil)
  }

  private static func requireSlices(_ x: Tensor, _ dim: Int, _ operation: String) throws(BackplaneError) -> Int {
    let d = try normalize(dim, rank: x.layout.rank)
    guard x.layout.rank > 0 else {
      throw BackplaneError(.index, "\(operation)(): a tensor without dimensions has no slices along dim \(dim)")
    }
    let others = (0..<x.layout.rank).filter { $0 != d }
    guard x.layout.elements[d] == 0 || others.allSatisfy({ x.layout.elements[$0] > 0 }) else {
      throw BackplaneError(
        .shape, "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    }
    return d
  }

  private static func emptySlices(
    _ x: Tensor, _ d: Int, _ choice: UniqueElements.Choice
  ) throws(BackplaneError) -> UniqueElements {
    let none = try empty([0], .int64, on: x.context)
    return UniqueElements(
      values: try copy(x), inverse: choice.inverse ? none : nil, counts: choice.counts ? none : nil)
  }

  /// The slices of a dimension as the columns of a matrix.
  private static func slices(_ x: Tensor, _ d: Int) throws(BackplaneError) -> Tensor {
    let n = x.layout.elements[d]
    let order = (0..<x.layout.rank).filter { $0 != d } + [d]
    return try reshape(permute(x, order), [x.numel / Swift.max(n, 1), n])
  }

  /// For each column its rank in lexicographic order; equal columns have equal ranks. Rows are ranked each by itself,
  /// then two by two, the upper one deciding: log₂ of their number times.
  private static func lexicographicRanks(_ x: Tensor) throws(BackplaneError) -> Tensor {
    var ranks = try denseRanks(x)
    let n = x.layout.elements[1]
    while ranks.layout.elements[0] > 1 {
      let rows = ranks.layout.elements[0], pairs = rows / 2
      let paired = try reshape(narrow(ranks, 0, 0, 2 * pairs), [pairs, 2, n])
      let upper = try reshape(narrow(paired, 1, 0, 1), [pairs, n])
      let lower = try reshape(narrow(paired, 1, 1, 1), [pairs, n])
      let joined = try denseRanks(add(mul(upper, .int(Int64(n))), lower))
      ranks = try rows % 2 == 0 ? joined : cat([joined, narrow(ranks, 0, rows - 1, 1)], 0)
    }
    return try reshape(ranks, [n])
  }

  /// In each row, how many distinct elements are less.
  private static func denseRanks(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let (sorted, places) = try order(x, 1, descending: false)
    let groups = try sub(cumsum(startsOfRuns(sorted, 1), 1), .int(1))
    let result = try empty(x.layout.shape, .int64, on: x.context)
    return try scatter(result, 1, places, groups)
  }

  /// Runs of equals in a sequence, from where each begins.
  private struct Runs {
    let isStart: Tensor
    /// Where each run begins.
    let starts: Tensor

    init(_ isStart: Tensor) throws(BackplaneError) {
      self.isStart = isStart
      starts = try Ops.truePositions(isStart)
    }

    /// For each element the number of its run.
    func groups() throws(BackplaneError) -> Tensor { try Ops.sub(Ops.cumsum(isStart, 0), .int(1)) }

    func counts() throws(BackplaneError) -> Tensor {
      let count = starts.numel
      guard count > 0 else { return starts }
      let end = try Ops.full(.contiguous([1]), .int(Int64(isStart.numel)), .int64, on: isStart.context)
      return try Ops.sub(Ops.cat([Ops.narrow(starts, 0, 1, count - 1), end], 0), starts)
    }

    /// The run of each element before the sequence was put in order.
    func inverse(_ places: Tensor) throws(BackplaneError) -> Tensor {
      try Ops.scatter(Ops.empty([places.numel], .int64, on: places.context), 0, places, groups())
    }
  }
}

extension Tensor {
  /// The distinct elements in ascending order, flat, or the distinct slices of a dimension.
  ///
  /// ```swift
  /// Tensor([3, 1, 3]).unique()  // tensor([1, 3])
  /// let (values, _, counts) = Tensor([3, 1, 3]).unique(returnCounts: true)  // counts: tensor([1, 2])
  /// ```
  ///
  /// - Parameter sorted: Without effect: they always are.
  public func unique(sorted: Bool = true, dim: Int? = nil) -> Tensor { distinct(dim, false, false).values }

  /// The distinct elements together with the place of each element among them, and how often each occurs.
  public func unique(
    sorted: Bool = true, returnInverse: Bool, returnCounts: Bool = false, dim: Int? = nil
  ) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
    distinct(dim, returnInverse, returnCounts)
  }

  /// The distinct elements, and how often each occurs.
  public func unique(
    sorted: Bool = true, returnCounts: Bool, dim: Int? = nil
  ) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
    distinct(dim, false, returnCounts)
  }

  /// The elements without those that equal the one before, flat; or so the slices of a dimension.
  public func uniqueConsecutive(dim: Int? = nil) -> Tensor { runs(dim, false, false).values }

  /// The elements without those that equal the one before, with the place of each element among them, and how many
  /// equals each stands for.
  public func uniqueConsecutive(
    returnInverse: Bool, returnCounts: Bool = false, dim: Int? = nil
  ) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
    runs(dim, returnInverse, returnCounts)
  }

  private func distinct(
    _ dim: Int?, _ inverse: Bool, _ counts: Bool
  ) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
    chosen(inverse, counts) { (choice) throws(BackplaneError) in try Ops.unique(self, dim, choice) }
  }

  private func runs(
    _ dim: Int?, _ inverse: Bool, _ counts: Bool
  ) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
    chosen(inverse, counts) { (choice) throws(BackplaneError) in try Ops.uniqueConsecutive(self, dim, choice) }
  }

  private func chosen(
    _ inverse: Bool, _ counts: Bool,
    _ body: (UniqueElements.Choice) throws(BackplaneError) -> UniqueElements
  ) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
    let invalid = UniqueElements(
      values: .invalid, inverse: inverse ? .invalid : nil, counts: counts ? .invalid : nil)
    let found = funnel(or: invalid) { () throws(BackplaneError) in
      try body(UniqueElements.Choice(inverse: inverse, counts: counts))
    }
    return (found.values, found.inverse, found.counts)
  }
}
