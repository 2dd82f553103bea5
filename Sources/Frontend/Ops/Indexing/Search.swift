/// Search in sorted sequences.
extension Ops {
  /// For each value the first place in a sorted sequence whose element is not less, or with `right` is greater.
  static func searchsorted(
    _ sequence: Tensor, _ values: Tensor, right: Bool, sorter: Tensor? = nil, int32: Bool = false,
    operation: String = "torch.searchsorted"
  ) throws(BackplaneError) -> Tensor {
    try requireSameDevice([sequence, values] + (sorter.map { [$0] } ?? []))
    guard sequence.dtype == values.dtype else {
      throw BackplaneError(
        .dtype,
        "\(operation)(): input value tensor and boundaries tensor should have same dtype, but got dtype "
          + "\(values.dtype.scalarName) and dtype \(sequence.dtype.scalarName)")
    }
    guard !sequence.dtype.isComplex else {
      throw BackplaneError(.dtype, "\(operation)(): not implemented for '\(sequence.dtype.scalarName)'")
    }
    let rank = sequence.layout.rank
    guard rank > 0 else {
      throw BackplaneError(
        .shape, "\(operation)(): boundaries tensor should have positive dimension, but got 0 dimension")
    }
    let leads = (sequence.layout.shape.dropLast(), values.layout.shape.dropLast())
    guard rank == 1 || (values.layout.rank == rank && leads.0 == leads.1) else {
      throw BackplaneError(
        .shape,
        "\(operation)(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and "
          + "input value tensor must match, but we got boundaries tensor \(sequence.shape) and input value tensor "
          + "\(values.shape)")
    }
    if let sorter {
      guard sorter.layout.hasSameShape(as: sequence.layout) else {
        throw BackplaneError(
          .shape,
          "\(operation)(): boundary and sorter must have the same size, but got boundary tensor \(sequence.shape)and "
            + "got sorter tensor \(sorter.shape)")
      }
      guard sorter.dtype == .int64 else {
        throw BackplaneError(
          .dtype, "\(operation)(): sorter must be a tensor of long dtype but got dtype \(sorter.dtype.scalarName)")
      }
      if sorter.numel > 0 {
        let low = try item(extreme(.min, sorter, nil, keepDim: false)).int64
        let high = try item(extreme(.max, sorter, nil, keepDim: false)).int64
        guard low >= 0, high < Int64(sequence.layout.elements[rank - 1]) else {
          throw BackplaneError(.index, "\(operation)(): sorter index out of range")
        }
      }
    }
    // Values without a structure of their own are searched for in one row.
    let wanted = try rank == 1 ? reshape(values.detach(), [values.numel]) : values.detach()
    let places = try bisect(sequence.detach(), wanted, right: right, sorter)
    return try cast(reshape(places, values.layout.shape), int32 ? .int32 : .int64)
  }

  /// Bisection of all intervals at once.
  private static func bisect(
    _ sequence: Tensor, _ values: Tensor, right: Bool, _ sorter: Tensor?
  ) throws(BackplaneError) -> Tensor {
    let d = sequence.layout.rank - 1, n = sequence.layout.elements[d]
    var low = try full(.contiguous(values.layout.shape), .int(0), .int64, on: values.context)
    guard n > 0, values.numel > 0 else { return low }
    var high = try full(.contiguous(values.layout.shape), .int(Int64(n)), .int64, on: values.context)
    var width = n
    while width > 0 {
      let middle = try binary(.floorDivide, add(low, high), .int(2))
      // Where the search has ended beyond the last element, there is none to look at.
      let place = try select(
        compare(.lt, middle, .int(Int64(n))), .tensor(middle), .scalar(.int(Int64(n - 1))), .int64)
      let element = try gather(
        sequence, d, sorter.map { sorter throws(BackplaneError) in try gather(sorter, d, place) } ?? place)
      // Negated, so that NaN is searched for beyond all else, and passed by, as in PyTorch.
      let isBelow = try apply(.bitwiseNot, compare(right ? .gt : .ge, element, values))
      let isOpen = try compare(.lt, low, high)
      let goesOn = try apply(.bitwiseAnd, isBelow, isOpen, .bool)
      low = try `where`(goesOn, add(middle, .int(1)), low)
      high = try `where`(goesOn, high, `where`(isOpen, middle, high))
      width /= 2
    }
    return low
  }

  static func bucketize(
    _ values: Tensor, _ boundaries: Tensor, right: Bool, int32: Bool
  ) throws(BackplaneError) -> Tensor {
    guard boundaries.layout.rank == 1 else {
      throw BackplaneError(.shape, "boundaries tensor must be 1 dimension, but got dim(\(boundaries.layout.rank))")
    }
    return try searchsorted(boundaries, values, right: right, int32: int32)
  }

  /// Whether each element is among others.
  static func isin(_ x: Tensor, _ others: Tensor, invert: Bool) throws(BackplaneError) -> Tensor {
    try requireSameDevice([x, others])
    var promotion = Promotion()
    promotion.add(x.dtype, rank: x.layout.rank)
    promotion.add(others.dtype, rank: others.layout.rank)
    let dtype = promotion.result
    guard !dtype.isComplex else {
      throw BackplaneError(.dtype, "Unsupported input type encountered for isin(): \(dtype.scalarName)")
    }
    let n = others.numel
    guard n > 0, x.numel > 0 else {
      return try full(.contiguous(x.layout.shape), .bool(invert), .bool, on: x.context)
    }
    let elements = try cast(x.detach(), dtype)
    let sorted = try order(cast(reshape(others.detach(), [n]), dtype), 0, descending: false).values
    // NaN, which equals nothing and stands at the end, would lead a bisection past what is before it.
    let ordered =
      try dtype.isFloatingPoint
      ? select(compare(.ne, sorted, sorted), .scalar(.double(.infinity)), .tensor(sorted), dtype) : sorted
    let place = try searchsorted(ordered, elements, right: false)
    let within = try select(compare(.lt, place, .int(Int64(n))), .tensor(place), .scalar(.int(Int64(n - 1))), .int64)
    let found = try reshape(gather(sorted, 0, reshape(within, [x.numel])), x.layout.shape)
    return try compare(invert ? .ne : .eq, found, elements)
  }
}

/// For each value the first place in a sorted sequence whose element is not less, or with `right` is greater: where the
/// value would be put in. Sequences of several dimensions are searched along the last one.
///
/// ```swift
/// searchsorted(Tensor([1, 3, 5]), Tensor([3, 6]))  // tensor([1, 3])
/// ```
///
/// A NaN among the values belongs at the end. One in the sequence counts as less than all else where the search meets it,
/// as in PyTorch, so that what is found then depends on the way of the search.
///
/// - Parameter sorter: The indices that put `sequence` in order, if it is not.
public func searchsorted(
  _ sequence: Tensor, _ values: Tensor, right: Bool = false, sorter: Tensor? = nil, outInt32: Bool = false
) -> Tensor {
  funnel { () throws(BackplaneError) in
    try Ops.searchsorted(sequence, values, right: right, sorter: sorter, int32: outInt32)
  }
}

/// Whether each element is among `testElements`, or with `invert` is not.
public func isin(_ elements: Tensor, _ testElements: Tensor, invert: Bool = false) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.isin(elements, testElements, invert: invert) }
}

extension Tensor {
  /// The number of the interval between sorted boundaries that each element lies in.
  public func bucketize(_ boundaries: Tensor, right: Bool = false, outInt32: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.bucketize(self, boundaries, right: right, int32: outInt32)
    }
  }
}
