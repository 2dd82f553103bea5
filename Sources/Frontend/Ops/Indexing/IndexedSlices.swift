/// Writing of whole slices of a dimension, by a vector of positions.
extension Ops {
  /// The positions of an operator of slices, spread over the slices' extents; `x` and `source` as at least vectors.
  private struct Slices {
    let x: Tensor
    let source: Tensor
    let d: Int
    let positions: Tensor
  }

  private static func slices(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor, _ operation: String
  ) throws(BackplaneError) -> Slices {
    try requireSameDevice([x, index, source])
    let d = try normalize(dim, rank: x.layout.rank)
    guard index.layout.rank <= 1 else {
      throw BackplaneError(
        .index, "\(operation)(): Index is supposed to be a vector, but got dim: \(index.layout.rank)")
    }
    let vector = try requireIndex(index, operation)
    guard source.dtype == x.dtype else {
      throw BackplaneError(
        .dtype,
        "\(operation)(): self (\(x.dtype.scalarName)) and source (\(source.dtype.scalarName)) must have the same scalar "
          + "type")
    }
    let target = try atLeastVector(x), values = try atLeastVector(source)
    var expected = target.layout.shape
    guard values.layout.rank == expected.count else {
      throw shapeMismatch(x, source)
    }
    guard values.layout.elements[d] == vector.numel else {
      throw BackplaneError(
        .shape,
        "\(operation)(): Number of indices (\(vector.numel)) should be equal to source.size(dim): "
          + "(\(values.layout.elements[d])), for dim: \(d)")
    }
    expected[d] = vector.numel
    guard values.layout.shape == expected else { throw shapeMismatch(x, source) }
    return Slices(x: target, source: values, d: d, positions: try spread(vector, d, in: expected))
  }

  private static func shapeMismatch(_ x: Tensor, _ source: Tensor) -> BackplaneError {
    BackplaneError(
      .shape,
      "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = \(x.shape) "
        + "source.shape = \(source.shape)")
  }

  /// x with alpha · source added to the slices that `index` names.
  static func indexAdd(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor, alpha: Scalar
  ) throws(BackplaneError) -> Tensor {
    // Bools take whole numbers for the truth that they are.
    guard alpha.defaultDType.category <= Swift.max(x.dtype.category, .integer) else {
      throw BackplaneError(
        .dtype, "For integral input tensors, argument alpha must not be a floating point number.")
    }
    let s = try slices(x, dim, index, source, "index_add_")
    try alpha.requireFits(x.dtype)
    let factor = x.dtype == .bool ? Scalar.bool(alpha.isTrue) : alpha
    let scaled = try alpha == .int(1) ? s.source : mul(s.source, factor)
    return try reshape(scatter(s.x, s.d, s.positions, scaled, .add, "index_add"), x.layout.shape)
  }

  /// x with the slices that `index` names replaced by those of `source`.
  static func indexCopy(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor
  ) throws(BackplaneError) -> Tensor {
    guard index.dtype == .int64 else {
      throw BackplaneError(.dtype, "index_copy_(): Expected a long tensor for index, but got \(index.dtype.scalarName)")
    }
    let d = try normalize(dim, rank: x.layout.rank)
    // A source of one element stands for a slice of one.
    let given = try source.layout.rank == 0 && x.layout.rank > 0 ? expandedSlice(source, x, d, index) : source
    let s = try slices(x, dim, index, given, "index_copy_")
    do throws(BackplaneError) {
      return try reshape(scatter(s.x, s.d, s.positions, s.source, .set, "index_copy"), x.layout.shape)
    } catch {
      guard error.kind == .index else { throw error }
      throw BackplaneError(.index, "index_copy_(): \(error.message)")
    }
  }

  private static func expandedSlice(
    _ source: Tensor, _ x: Tensor, _ d: Int, _ index: Tensor
  ) throws(BackplaneError) -> Tensor {
    guard index.numel == 1 else {
      throw BackplaneError(
        .shape,
        "index_copy_(): When source is scalar, index should have one element (got \(index.numel))")
    }
    var shape = x.layout.shape
    shape[d] = 1
    return try expand(source, shape)
  }

  /// x with one value in the slices that `index` names, which may count from the back.
  static func indexFill(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ value: Tensor
  ) throws(BackplaneError) -> Tensor {
    guard index.dtype == .int64 else {
      throw BackplaneError(.dtype, "index_fill_(): Expected dtype int64 for index.")
    }
    guard value.layout.rank == 0 else {
      throw BackplaneError(
        .shape,
        "index_fill_ only supports a 0-dimensional value tensor, but got tensor with \(value.layout.rank) "
          + "dimension(s).")
    }
    guard index.layout.rank <= 1 else {
      throw BackplaneError(.index, "Index has to be a vector/scalar")
    }
    guard !value.dtype.isComplex || x.dtype.isComplex else {
      throw BackplaneError(
        .dtype,
        "index_fill_(): Converting complex Scalar to non-complex type is not supported")
    }
    try requireSameDevice([x, index])
    let d = try normalize(dim, rank: x.layout.rank)
    let target = try atLeastVector(x)
    let extent = target.layout.elements[d]
    let positions = try wrapped(index, extent) { outOfBounds($0, d, extent) }.tensor
    // Through a mask, for the gradient of the value counts a slice once however often it is named.
    let mask = try full(.contiguous([extent]), .bool(false), .bool, on: x.context)
    let truth = try expand(full(.scalar, .bool(true), .bool, on: x.context), [positions.numel])
    try scatter(into: mask, 0, atLeastVector(positions), truth, .set)
    var shape = [Int](repeating: 1, count: target.layout.rank)
    shape[d] = extent
    try requireFits(value, x.dtype)
    let source = try cast(move(value, to: x.context), x.dtype)
    let result = try select(reshape(mask, shape), .tensor(source), .tensor(target), x.dtype)
    return try reshape(result, x.layout.shape)
  }

  /// The error of a reduction that `index_reduce` does not know; `sum` is among them.
  static func unknownIndexReduction(_ name: String) -> BackplaneError {
    BackplaneError(
      .value, "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got \(name).")
  }

  /// x with the slices that `index` names reduced with those of `source`.
  static func indexReduce(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor, _ reduction: ScatterReduction, includesSelf: Bool
  ) throws(BackplaneError) -> Tensor {
    guard reduction != .sum else { throw unknownIndexReduction(reduction.rawValue) }
    let s = try slices(x, dim, index, source, "index_reduce")
    return try reshape(
      scatterReduce(
        s.x, s.d, s.positions, s.source, reduction, includesSelf: includesSelf, "index_reduce"),
      x.layout.shape)
  }

  /// x with the elements of the flattened tensor that positions name set to, or increased by, those of `source`.
  static func put(
    _ x: Tensor, _ index: Tensor, _ source: Tensor, accumulate: Bool
  ) throws(BackplaneError) -> Tensor {
    try requireSameDevice([x, index, source])
    guard index.dtype == .int64 else {
      throw BackplaneError(.dtype, "put_(): Expected a long tensor for index, but got \(index.dtype.scalarName)")
    }
    guard source.dtype == x.dtype else {
      throw BackplaneError(
        .dtype,
        "put_(): self and source expected to have the same dtype, but got self.dtype = \(x.dtype.scalarName) and "
          + "source.dtype = \(source.dtype.scalarName)")
    }
    guard source.numel == index.numel else {
      throw BackplaneError(
        .shape,
        "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
          + "\(source.numel), index.numel() = \(index.numel)")
    }
    guard x.numel > 0 || index.numel == 0 else {
      throw BackplaneError(.index, "put_(): Tried to put elements into an empty tensor")
    }
    let count = x.numel
    let positions = try wrapped(index, count) {
      BackplaneError(.index, "out of range: tried to access index \($0) on a tensor of \(count) elements.")
    }
    let flat = try scatter(
      reshape(x, [count]), 0, reshape(positions.tensor, [index.numel]), reshape(source, [index.numel]),
      accumulate ? .add : .set, "put")
    return try reshape(flat, x.layout.shape)
  }
}

extension Tensor {
  /// The tensor with `alpha · source` added to the slices of a dimension that a vector of positions names.
  public func indexAdd(_ dim: Int, _ index: Tensor, _ source: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.indexAdd(self, dim, index, source, alpha: alpha.scalar) }
  }
  /// The tensor with the slices that a vector of positions names replaced by those of `source`.
  public func indexCopy(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.indexCopy(self, dim, index, source) }
  }
  /// The tensor with one value in the slices that a vector of positions names.
  public func indexFill(_ dim: Int, _ index: Tensor, _ value: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.indexFill(self, dim, index, Ops.fillValue(value.scalar, self)) }
  }
  /// The tensor with the slices that a vector of positions names reduced with those of `source`.
  ///
  /// - Parameter reduce: Not ``ScatterReduction/sum``, for which there is ``indexAdd(_:_:_:alpha:)``.
  public func indexReduce(
    _ dim: Int, _ index: Tensor, _ source: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.indexReduce(self, dim, index, source, reduce, includesSelf: includeSelf)
    }
  }
  /// The tensor with the elements of the flattened tensor that positions name set to those of `source`.
  ///
  /// - Parameter accumulate: Add instead, also where a position comes twice.
  public func put(_ index: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.put(self, index, source, accumulate: accumulate) }
  }

  // In place.

  /// Adds `alpha · source` to the slices of a dimension that a vector of positions names, in place.
  @discardableResult
  public func indexAdd_(
    _ dim: Int, _ index: Tensor, _ source: Tensor, alpha: some ScalarConvertible = 1
  ) -> Tensor {
    change { (x) throws(BackplaneError) in try Ops.indexAdd(x, dim, index, source, alpha: alpha.scalar) }
  }
  /// Replaces the slices of a dimension that a vector of positions names by those of `source`, in place.
  @discardableResult
  public func indexCopy_(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    change { (x) throws(BackplaneError) in try Ops.indexCopy(x, dim, index, source) }
  }
  /// Sets the slices of a dimension that a vector of positions names to one value, in place.
  @discardableResult
  public func indexFill_(_ dim: Int, _ index: Tensor, _ value: some ScalarConvertible) -> Tensor {
    change { (x) throws(BackplaneError) in try Ops.indexFill(x, dim, index, Ops.fillValue(value.scalar, x)) }
  }
  /// Sets the elements of the flattened tensor that positions name to those of `source`, in place; with `accumulate`,
  /// adds them.
  @discardableResult
  public func put_(_ index: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
    change { (x) throws(BackplaneError) in try Ops.put(x, index, source, accumulate: accumulate) }
  }
}

extension Ops {
  /// A number as the 0-d tensor that fills elements of `x`.
  static func fillValue(_ value: Scalar, _ x: Tensor) throws(BackplaneError) -> Tensor {
    // What is complex is refused for its type.
    if value.defaultDType.isComplex, !x.dtype.isComplex { return try full(.scalar, value, .complex64, on: x.context) }
    try value.requireFits(x.dtype)
    return try full(.scalar, value, x.dtype, on: x.context)
  }
}
