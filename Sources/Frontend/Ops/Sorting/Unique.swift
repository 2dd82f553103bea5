import BackendAPI

/// Distinct elements, where they stand, and how often.
struct UniqueElements {
  /// The elements, or slices, each once.
  let values: Tensor
  /// For each element of the input, its place among `values`.
  let inverse: Tensor
  /// How often each of `values` occurs.
  let counts: Tensor
}

extension Ops {
  /// The distinct elements in ascending order; of the flattened tensor, or slices of a dimension.
  static func unique(_ x: Tensor, _ dim: Int?) throws(BackplaneError) -> UniqueElements {
    let x = x.detach()
    guard !x.dtype.isComplex else {
      throw BackplaneError(.dtype, "\"unique\" not implemented for '\(x.dtype.scalarName)'")
    }
    guard let dim else {
      let (sorted, places) = try order(reshape(x, [x.numel]), 0, descending: false)
      let runs = try Runs(startsOfRuns(sorted, 0))
      return UniqueElements(
        values: try gather(sorted, 0, runs.starts), inverse: try reshape(runs.inverse(places), x.layout.shape),
        counts: runs.counts)
    }
    let d = try requireSlices(x, dim, "unique")
    guard x.numel > 0 else { return try emptySlices(x, d) }
    // Slices in the order of their elements, the first element first.
    let ranks = try lexicographicRanks(slices(x, d))
    let (sorted, places) = try order(ranks, 0, descending: false)
    let runs = try Runs(startsOfRuns(sorted, 0))
    return UniqueElements(
      values: try indexSelect(x, d, gather(places, 0, runs.starts)), inverse: try runs.inverse(places),
      counts: runs.counts)
  }

  /// Each first of elements, or slices, that stand beside equal ones.
  static func uniqueConsecutive(_ x: Tensor, _ dim: Int?) throws(BackplaneError) -> UniqueElements {
    let x = x.detach()
    guard let dim else {
      let flat = try reshape(x, [x.numel])
      let runs = try Runs(startsOfRuns(flat, 0))
      return UniqueElements(
        values: try gather(flat, 0, runs.starts), inverse: try reshape(runs.groups, x.layout.shape), counts: runs.counts
      )
    }
    let d = try requireSlices(x, dim, "unique_consecutive")
    guard x.numel > 0 else { return try emptySlices(x, d) }
    let runs = try Runs(truth(.max, startsOfRuns(slices(x, d), 1), [0], keepDim: false))
    return UniqueElements(values: try indexSelect(x, d, runs.starts), inverse: runs.groups, counts: runs.counts)
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

  private static func emptySlices(_ x: Tensor, _ d: Int) throws(BackplaneError) -> UniqueElements {
    let none = try empty([0], .int64, on: x.context)
    return UniqueElements(values: try copy(x), inverse: none, counts: none)
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
    /// For each element the number of its run.
    let groups: Tensor
    /// Where each run begins.
    let starts: Tensor
    let counts: Tensor

    init(_ isStart: Tensor) throws(BackplaneError) {
      let n = isStart.numel, context = isStart.context
      groups = try Ops.sub(Ops.cumsum(isStart, 0), .int(1))
      let count = n == 0 ? 0 : Int(try Ops.item(Ops.narrow(groups, 0, n - 1, 1)).int64) + 1
      // What is not the start of a run goes into a place beyond the last.
      let target = try Ops.select(isStart, .tensor(groups), .scalar(.int(Int64(count))), .int64)
      let room = try Ops.full(.contiguous([count + 1]), .int(0), .int64, on: context)
      let position = try Ops.arithmeticSequence(.int(0), .int(1), n, .int64, on: context)
      starts = try Ops.copy(Ops.narrow(Ops.scatter(room, 0, target, position), 0, 0, count))
      counts = try Ops.occurrences(groups, count)
    }

    /// The run of each element before the sequence was put in order.
    func inverse(_ places: Tensor) throws(BackplaneError) -> Tensor {
      try Ops.scatter(Ops.empty([places.numel], .int64, on: places.context), 0, places, groups)
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
  public func unique(sorted: Bool = true, dim: Int? = nil) -> Tensor { distinct(dim).values }

  /// The distinct elements together with the place of each element among them, and how often each occurs.
  public func unique(
    sorted: Bool = true, returnInverse: Bool, returnCounts: Bool = false, dim: Int? = nil
  ) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
    distinct(dim).chosen(inverse: returnInverse, counts: returnCounts)
  }

  /// The distinct elements, and how often each occurs.
  public func unique(
    sorted: Bool = true, returnCounts: Bool, dim: Int? = nil
  ) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
    distinct(dim).chosen(inverse: false, counts: returnCounts)
  }

  /// The elements without those that equal the one before, flat; or so the slices of a dimension.
  public func uniqueConsecutive(dim: Int? = nil) -> Tensor { runs(dim).values }

  /// The elements without those that equal the one before, with the place of each element among them, and how many
  /// equals each stands for.
  public func uniqueConsecutive(
    returnInverse: Bool, returnCounts: Bool = false, dim: Int? = nil
  ) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
    runs(dim).chosen(inverse: returnInverse, counts: returnCounts)
  }

  private func distinct(_ dim: Int?) -> UniqueElements {
    funnel(or: .invalid) { () throws(BackplaneError) in try Ops.unique(self, dim) }
  }

  private func runs(_ dim: Int?) -> UniqueElements {
    funnel(or: .invalid) { () throws(BackplaneError) in try Ops.uniqueConsecutive(self, dim) }
  }
}

extension UniqueElements {
  fileprivate func chosen(inverse: Bool, counts: Bool) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
    (values, inverse ? self.inverse : nil, counts ? self.counts : nil)
  }

  fileprivate static var invalid: UniqueElements {
    UniqueElements(values: .invalid, inverse: .invalid, counts: .invalid)
  }
}
