import BackendAPI

extension Operator {
  static let gather = Operator(BP_OP_GATHER, "gather")

  static let indexing: [Operator] = [gather, scatter]
}

/// Reading by positions.
extension Ops {
  /// The bare operator, on int64 positions.
  static func gathered(
    _ x: Tensor, _ d: Int, _ index: Tensor, _ error: (Int) -> BackplaneError
  ) throws(BackplaneError) -> Tensor {
    let result = try empty(index.layout.shape, x.dtype, on: x.context)
    if result.numel == 0 { return result }
    try checkingRange(index, x.layout.elements[d], error) { () throws(BackplaneError) in
      try withAxis(d) { (p) throws(BackplaneError) in
        try Dispatcher.binary(.gather, on: x.context, Operand(x), Operand(index), to: Operand(result), params: p)
      }
    }
    return result
  }

  private static func recordGather(
    _ name: String, _ x: Tensor, _ d: Int, _ index: Tensor, _ result: Tensor
  ) throws(BackplaneError) {
    guard Autograd.records(x) else { return }
    let saved = try Saved(index)
    let shape = x.layout.shape
    Autograd.record(name, [x], result) { g throws(BackplaneError) in
      let zeros = try full(.contiguous(shape), .int(0), g.dtype, on: g.context)
      let index = try saved.unpack()
      return [index.numel == 0 ? zeros : try scatterAdd(zeros, d, index, g)]
    }
  }

  /// Along `dim`, the elements that `index` names.
  static func gather(_ x: Tensor, _ dim: Int, _ index: Tensor) throws(BackplaneError) -> Tensor {
    try requireSameDevice([x, index])
    guard index.dtype == .int64 || index.dtype == .int32 || index.numel == 0 else {
      throw BackplaneError(.dtype, "gather(): Expected dtype int32/int64 for index")
    }
    let index = try cast(index.detach(), .int64)
    let d = try normalize(dim, rank: x.layout.rank)
    // A tensor without dimensions counts as one of a single element.
    if min(x.layout.rank, index.layout.rank) == 0, max(x.layout.rank, index.layout.rank) <= 1 {
      let result = try gather(reshape(x, [x.numel]), 0, reshape(index, [index.numel]))
      return try reshape(result, index.layout.shape)
    }
    guard index.numel == 0 || index.layout.rank == x.layout.rank else {
      throw BackplaneError(.shape, "Index tensor must have the same number of dimensions as input tensor")
    }
    for e in 0..<x.layout.rank where index.numel > 0 && e != d && index.layout.elements[e] > x.layout.elements[e] {
      throw BackplaneError(
        .shape,
        "Size does not match at dimension \(e) expected index \(index.shape) to be no larger than self \(x.shape) "
          + "apart from dimension \(d)")
    }
    let extent = x.layout.rank == 0 ? 1 : x.layout.elements[d]
    let result = try gathered(x, d, index) { outOfBounds($0, d, extent) }
    try recordGather("GatherBackward0", x, d, index, result)
    return result
  }

  /// Vectors of positions along `d`, seen in the other extents of a shape without a copy.
  static func spread(_ positions: Tensor, _ d: Int, in shape: [Int]) throws(BackplaneError) -> Tensor {
    var shape = shape
    shape[d] = positions.numel
    var strides = [Int](repeating: 0, count: shape.count)
    strides[d] = positions.layout.rank == 0 ? 1 : positions.layout.strides[0]
    return positions.view(try .strided(shape, strides), offset: positions.storageOffset)
  }

  /// Whole slices of a dimension, by a vector of positions.
  static func indexSelect(_ x: Tensor, _ dim: Int, _ index: Tensor) throws(BackplaneError) -> Tensor {
    try requireSameDevice([x, index])
    let d = try normalize(dim, rank: x.layout.rank)
    guard index.layout.rank <= 1 else {
      throw BackplaneError(.index, "index_select(): Index is supposed to be a vector")
    }
    let vector = try requireIndex(index, "index_select")
    if x.layout.rank == 0 {
      guard vector.numel == 1 else {
        throw BackplaneError(
          .index, "index_select(): Index to scalar can have only 1 value, got \(vector.numel) value(s)")
      }
      return try reshape(indexSelect(reshape(x, [1]), 0, vector), [])
    }
    let positions = try spread(vector, d, in: x.layout.shape)
    let result = try gathered(x, d, positions) { _ in BackplaneError(.index, "index out of range in self") }
    try recordGather("IndexSelectBackward0", x, d, positions, result)
    return result
  }

  /// The elements of the flattened tensor that positions name, in their shape.
  static func take(_ x: Tensor, _ index: Tensor) throws(BackplaneError) -> Tensor {
    try requireSameDevice([x, index])
    guard index.dtype == .int64 else {
      throw BackplaneError(.dtype, "take(): Expected a long tensor for index, but got \(index.dtype.scalarName)")
    }
    guard x.numel > 0 || index.numel == 0 else {
      throw BackplaneError(.index, "take(): tried to take from an empty tensor")
    }
    let count = x.numel
    let positions = try wrapped(index, count) {
      BackplaneError(.index, "out of range: tried to access index \($0) on a tensor of \(count) elements.")
    }
    let flat = try gather(reshape(x, [count]), 0, reshape(positions.tensor, [index.numel]))
    return try reshape(flat, index.layout.shape)
  }

  /// As ``gather``, with the other dimensions broadcast; without a dimension, of the flattened tensors.
  static func takeAlongDim(_ x: Tensor, _ index: Tensor, _ dim: Int?) throws(BackplaneError) -> Tensor {
    guard index.dtype == .int64 else {
      throw BackplaneError(
        .dtype, "torch.take_along_dim(): dtype of indices should be Long but got \(index.dtype.scalarName)")
    }
    guard let dim else {
      return try takeAlongDim(reshape(x, [x.numel]), reshape(index, [index.numel]), 0)
    }
    guard x.layout.rank == index.layout.rank else {
      throw BackplaneError(
        .shape,
        "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
          + "\(x.layout.rank) dimensions for input, and \(index.layout.rank) dimensions for indices")
    }
    let d = try normalize(dim, rank: x.layout.rank)
    if x.layout.rank == 0 { return try gather(x, 0, index) }
    let extent = x.layout.elements[d]
    let index = try wrapped(index, extent) { outOfBounds($0, d, extent) }.tensor
    var own = x.layout.shape, other = index.layout.shape
    let extents = (own[d], other[d])
    own[d] = 1
    other[d] = 1
    var shape = try broadcast(own, other)
    shape[d] = extents.0
    let source = try expand(x, shape)
    shape[d] = extents.1
    return try gather(source, d, expand(index, shape))
  }
}

extension Tensor {
  /// The elements that `index` names along `dim`: `out[i][j] = self[index[i][j]][j]` for `dim` 0.
  ///
  /// The result has the shape of `index`, whose other extents are at most the tensor's. Positions out of range are an
  /// error.
  ///
  /// ```swift
  /// // The probability that each row gives its label.
  /// let p = probabilities.gather(1, labels.unsqueeze(1)).squeeze(1)
  /// ```
  public func gather(_ dim: Int, _ index: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.gather(self, dim, index) }
  }
  /// The slices of a dimension that a vector of positions names; a copy.
  ///
  /// ```swift
  /// Tensor([[1, 2], [3, 4], [5, 6]]).indexSelect(0, Tensor([2, 0]))  // [[5, 6], [1, 2]]
  /// ```
  public func indexSelect(_ dim: Int, _ index: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.indexSelect(self, dim, index) }
  }
  /// The elements of the flattened tensor that positions name, in their shape. Positions may count from the back.
  public func take(_ index: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.take(self, index) }
  }
  /// The elements that `index` names along a dimension, the other dimensions broadcast; without `dim`, of the flattened
  /// tensors.
  ///
  /// What ``argsort(_:descending:stable:)`` and ``argmax(_:keepDim:)`` (with `keepDim`) of a dimension name.
  public func takeAlongDim(_ index: Tensor, dim: Int? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.takeAlongDim(self, index, dim) }
  }
}
