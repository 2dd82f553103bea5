import BackendAPI

extension Operator {
  static let sort = Operator(BP_OP_SORT, "sort")
  static let topk = Operator(BP_OP_TOPK, "topk")

  static let sorting: [Operator] = [sort, topk]
}

extension Ops {
  // MARK: The bare operator

  /// The elements in order along a dimension and the places they had, without gradient. Equal ones keep their order;
  /// NaN comes last, and first when descending.
  static func order(
    _ x: Tensor, _ d: Int, descending: Bool
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    guard Dispatcher.supports(.sort, on: x.context, x.dtype, inputs: 1, second: .int64) else {
      return try sortingNetwork(x, d, descending: descending)
    }
    return try ordered(.sort, x, d, x.layout.shape, descending: descending)
  }

  /// The first k of `order`.
  private static func first(
    _ k: Int, _ x: Tensor, _ d: Int, descending: Bool
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    guard Dispatcher.supports(.topk, on: x.context, x.dtype, inputs: 1, second: .int64) else {
      let (all, places) = try order(x, d, descending: descending)
      return (try copy(narrow(all, d, 0, k)), try copy(narrow(places, d, 0, k)))
    }
    var shape = x.layout.shape
    shape[d] = k
    return try ordered(.topk, x, d, shape, descending: descending)
  }

  /// By the device's operator.
  private static func ordered(
    _ op: Operator, _ x: Tensor, _ d: Int, _ shape: [Int], descending: Bool
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    let values = try empty(shape, x.dtype, on: x.context)
    let indices = try empty(shape, .int64, on: x.context)
    var params = bp_sort_params(
      struct_size: UInt32(MemoryLayout<bp_sort_params>.size), axis: Int32(d), descending: descending ? 1 : 0,
      reserved: 0)
    try withParams(&params) { (p) throws(BackplaneError) in
      try Dispatcher.call(op, on: x.context, [Operand(x)], to: [Operand(values), Operand(indices)], params: p)
    }
    return (values, indices)
  }

  /// Records values that were picked along a dimension: each hands its gradient to the element it came from.
  static func recordSelection(
    _ name: String, _ values: Tensor, from x: Tensor, _ d: Int, _ indices: Tensor
  ) throws(BackplaneError) {
    guard Autograd.records(x) else { return }
    let saved = try Saved(indices)
    let shape = x.layout.shape
    Autograd.record(name, [x], values) { g throws(BackplaneError) in
      let zeros = try full(.contiguous(shape), .int(0), g.dtype, on: g.context)
      return [try scatterAdd(zeros, d, saved.unpack(), g)]
    }
  }

  /// Runs what needs a dimension on a tensor that has none, as on a vector of one element.
  static func asVector(
    _ x: Tensor, _ body: (Tensor) throws(BackplaneError) -> (values: Tensor, indices: Tensor)
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    let (values, indices) = try body(reshape(x, [1]))
    return (try reshape(values, []), try reshape(indices, []))
  }

  private static func requireOrder(_ x: Tensor, _ operation: String) throws(BackplaneError) {
    guard !x.dtype.isComplex else {
      throw BackplaneError(.dtype, "\(operation)(): does not support complex dtypes on \(x.device)")
    }
  }

  // MARK: Operators

  static func sort(
    _ x: Tensor, _ dim: Int, descending: Bool
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    try requireOrder(x, "sort")
    let d = try normalize(dim, rank: x.layout.rank)
    if x.layout.rank == 0 {
      return try asVector(x) { (x) throws(BackplaneError) in try sort(x, 0, descending: descending) }
    }
    let (values, indices) = try order(x, d, descending: descending)
    try recordSelection("SortBackward0", values, from: x, d, indices)
    return (values, indices)
  }

  static func topk(
    _ x: Tensor, _ k: Int, _ dim: Int, largest: Bool
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    try requireOrder(x, "topk")
    guard x.dtype != .bool else { throw BackplaneError(.dtype, "topk(): not implemented for 'Bool'") }
    let d = try normalize(dim, rank: x.layout.rank)
    let extent = x.layout.rank == 0 ? 1 : x.layout.elements[d]
    guard k >= 0, k <= extent else { throw BackplaneError(.index, "selected index k out of range") }
    if x.layout.rank == 0 {
      if k == 0 { return (try clone(x), try full(.scalar, .int(0), .int64, on: x.context)) }
      return try asVector(x) { (x) throws(BackplaneError) in try topk(x, k, 0, largest: largest) }
    }
    let (values, indices) = try first(k, x, d, descending: largest)
    try recordSelection("TopkBackward0", values, from: x, d, indices)
    return (values, indices)
  }

  static func kthvalue(
    _ x: Tensor, _ k: Int, _ dim: Int, keepDim: Bool
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    try requireOrder(x, "kthvalue")
    guard x.dtype != .bool else { throw BackplaneError(.dtype, "kthvalue(): not implemented for 'Bool'") }
    let d = try normalize(dim, rank: x.layout.rank)
    let extent = x.layout.rank == 0 ? 1 : x.layout.elements[d]
    guard extent > 0 else {
      throw BackplaneError(.index, "kthvalue(): Expected reduction dim \(d) to have non-zero size.")
    }
    guard k >= 1, k <= extent else {
      throw BackplaneError(.index, "kthvalue(): selected number k out of range for dimension \(d)")
    }
    if x.layout.rank == 0 {
      return try asVector(x) { (x) throws(BackplaneError) in try kthvalue(x, k, 0, keepDim: true) }
    }
    let (all, places) = try order(x, d, descending: false)
    return try picked(
      "KthvalueBackward0", from: x, d, copy(narrow(all, d, k - 1, 1)), copy(narrow(places, d, k - 1, 1)), keepDim)
  }

  /// One value of each slice and its place, recorded.
  static func picked(
    _ name: String, from x: Tensor, _ d: Int, _ values: Tensor, _ indices: Tensor, _ keepDim: Bool
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    try recordSelection(name, values, from: x, d, indices)
    return keepDim ? (values, indices) : (try squeeze(values, d), try squeeze(indices, d))
  }
}

extension Tensor {
  /// The elements in order along a dimension, and the index that each had. Equal elements keep their order; NaN comes
  /// last, or first when descending.
  ///
  /// ```swift
  /// let (values, indices) = Tensor([3, 1, 2]).sort()  // [1, 2, 3], [1, 2, 0]
  /// ```
  public func sort(
    _ dim: Int = -1, descending: Bool = false, stable: Bool = true
  ) -> (values: Tensor, indices: Tensor) {
    funnelPair { () throws(BackplaneError) in try Ops.sort(self, dim, descending: descending) }
  }
  /// The indices that put the elements of a dimension in order.
  ///
  /// ```swift
  /// Tensor([3, 1, 2]).argsort()  // [1, 2, 0]
  /// ```
  public func argsort(_ dim: Int = -1, descending: Bool = false, stable: Bool = true) -> Tensor {
    sort(dim, descending: descending, stable: stable).indices
  }
  /// The elements in ascending order along the first dimension.
  public func msort() -> Tensor { sort(0).values }
  /// The `k` greatest elements of a dimension in descending order, or the least in ascending order, and their indices.
  ///
  /// ```swift
  /// let (values, indices) = Tensor([3, 1, 2]).topk(2)  // [3, 2] and [0, 2]
  /// ```
  ///
  /// More elements than there are is an error: "selected index k out of range".
  public func topk(
    _ k: Int, dim: Int = -1, largest: Bool = true, sorted: Bool = true
  ) -> (values: Tensor, indices: Tensor) {
    funnelPair { () throws(BackplaneError) in try Ops.topk(self, k, dim, largest: largest) }
  }
  /// The `k`-th least element of each slice, counted from 1, and its index.
  public func kthvalue(_ k: Int, dim: Int = -1, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
    funnelPair { () throws(BackplaneError) in try Ops.kthvalue(self, k, dim, keepDim: keepDim) }
  }
}

/// The funnel for operators with values and their indices.
func funnelPair(
  _ body: () throws(BackplaneError) -> (values: Tensor, indices: Tensor)
) -> (values: Tensor, indices: Tensor) {
  funnel(or: (Tensor.invalid, Tensor.invalid), body)
}
