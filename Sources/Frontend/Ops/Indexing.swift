import BackendAPI

extension Operator {
  static let gather = Operator(BP_OP_GATHER, "gather")
  static let scatter = Operator(BP_OP_SCATTER, "scatter", readsOutputs: true)

  static let indexing: [Operator] = [gather, scatter]
}

extension Ops {
  private static func requireIndex(_ index: Tensor, _ operation: String) throws(BackplaneError) -> Tensor {
    guard index.dtype == .int64 || index.dtype == .int32 || index.numel == 0 else {
      throw BackplaneError(.dtype, "\(operation)(): Expected dtype int64 for index")
    }
    return try cast(index, .int64)
  }

  /// Along `dim`, the elements that `index` names.
  static func gather(_ x: Tensor, _ dim: Int, _ index: Tensor) throws(BackplaneError) -> Tensor {
    try requireSameDevice([x, index])
    let index = try requireIndex(index, "gather")
    let d = try normalize(dim, rank: x.layout.rank)
    // A tensor without dimensions counts as one of a single element.
    if min(x.layout.rank, index.layout.rank) == 0, max(x.layout.rank, index.layout.rank) <= 1 {
      let result = try gather(reshape(x, [x.numel]), 0, reshape(index, [index.numel]))
      return try reshape(result, index.layout.shape)
    }
    if index.numel == 0, index.layout.rank != x.layout.rank {
      let result = try empty(index.layout.shape, x.dtype, on: x.context)
      if Autograd.records(x) {
        let shape = x.layout.shape
        Autograd.record("GatherBackward0", [x], result) { g throws(BackplaneError) in
          [try full(.contiguous(shape), .int(0), g.dtype, on: g.context)]
        }
      }
      return result
    }
    guard index.layout.rank == x.layout.rank else {
      throw BackplaneError(.shape, "Index tensor must have the same number of dimensions as input tensor")
    }
    for e in 0..<x.layout.rank where e != d && index.layout.elements[e] > x.layout.elements[e] {
      throw BackplaneError(
        .shape,
        "Size does not match at dimension \(e) expected index \(index.shape) to be no larger than self \(x.shape) "
          + "apart from dimension \(d)")
    }
    let result = try empty(index.layout.shape, x.dtype, on: x.context)
    try withAxis(d) { (p) throws(BackplaneError) in
      try Dispatcher.binary(.gather, on: x.context, Operand(x), Operand(index), to: Operand(result), params: p)
    }
    if Autograd.records(x) {
      let saved = try Saved(index)
      let shape = x.layout.shape
      Autograd.record("GatherBackward0", [x], result) { g throws(BackplaneError) in
        let zeros = try full(.contiguous(shape), .int(0), g.dtype, on: g.context)
        return [try scatterAdd(zeros, d, saved.unpack(), g)]
      }
    }
    return result
  }

  /// The bare scatter into a tensor.
  private static func scatter(
    into x: Tensor, _ d: Int, _ index: Tensor, _ source: Tensor, _ mode: Int32
  ) throws(BackplaneError) {
    var params = bp_scatter_params(
      struct_size: UInt32(MemoryLayout<bp_scatter_params>.size), axis: Int32(d), mode: mode, reserved: 0)
    try withParams(&params) { (p) throws(BackplaneError) in
      try Dispatcher.binary(
        .scatter, on: x.context, Operand(index), Operand(source), to: Operand(x), params: p)
    }
  }

  private static func requireScatterable(
    _ x: Tensor, _ d: Int, _ index: Tensor, _ source: Tensor, _ operation: String
  ) throws(BackplaneError) {
    try requireSameDevice([x, index, source])
    guard source.dtype == x.dtype else {
      throw BackplaneError(
        .dtype, "\(operation)(): Expected self.dtype to be equal to src.dtype")
    }
    guard index.layout.rank == x.layout.rank, source.layout.rank == x.layout.rank else {
      throw BackplaneError(.shape, "Index tensor must have the same number of dimensions as self tensor")
    }
    for e in 0..<x.layout.rank {
      let extent = index.layout.elements[e]
      guard extent <= source.layout.elements[e], e == d || extent <= x.layout.elements[e] else {
        throw BackplaneError(
          .shape,
          "Expected index \(index.shape) to be no larger than self \(x.shape) apart from dimension \(d) and to be no "
            + "larger size than src \(source.shape)")
      }
    }
  }

  /// The part of a larger source that an index covers.
  private static func cropped(_ source: Tensor, to index: Tensor) throws(BackplaneError) -> Tensor {
    var result = source
    for d in 0..<source.layout.rank where source.layout.elements[d] > index.layout.elements[d] {
      result = try narrow(result, d, 0, index.layout.elements[d])
    }
    return result
  }

  /// x with elements of `source` at the places that `index` names along `dim`, or combined with what is there.
  ///
  /// - Parameter mode: BP_SCATTER_SET or _ADD, which have gradients, or _MUL.
  private static func scatter(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor, _ mode: Int32, _ operation: String
  ) throws(BackplaneError) -> Tensor {
    let index = try requireIndex(index, operation)
    let d = try normalize(dim, rank: x.layout.rank)
    try requireScatterable(x, d, index, source, operation)
    if x.layout.rank == 0 {
      let result = try scatter(
        reshape(x, [1]), 0, reshape(index, [1]), reshape(source, [1]), mode, operation)
      return try reshape(result, [])
    }
    let part = try cropped(source, to: index)
    let result = try copy(x)
    try scatter(into: result, d, index, part, mode)
    if Autograd.records(x, part) {
      guard mode != BP_SCATTER_MUL else {
        throw BackplaneError(.autograd, "\(operation)(): the derivative for reduce='multiply' is not implemented")
      }
      let saved = try Saved(index)
      let name = mode == BP_SCATTER_ADD ? "ScatterAddBackward0" : "ScatterBackward0"
      Autograd.record(name, [x, part], result) { g throws(BackplaneError) in
        let index = try saved.unpack()
        let gradSource = try gather(g, d, index)
        if mode == BP_SCATTER_ADD { return [g, gradSource] }
        let zeros = try full(index.layout, .int(0), g.dtype, on: g.context)
        return [try scatter(g, d, index, zeros), gradSource]
      }
    }
    return result
  }

  static func scatter(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor
  ) throws(BackplaneError) -> Tensor { try scatter(x, dim, index, source, BP_SCATTER_SET, "scatter") }

  static func scatterAdd(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor
  ) throws(BackplaneError) -> Tensor { try scatter(x, dim, index, source, BP_SCATTER_ADD, "scatter_add") }

  /// By the argument `reduce` of PyTorch's scatter.
  static func scatter(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor, reduce: String
  ) throws(BackplaneError) -> Tensor {
    switch reduce {
    case "add": return try scatter(x, dim, index, source, BP_SCATTER_ADD, "scatter")
    case "multiply": return try scatter(x, dim, index, source, BP_SCATTER_MUL, "scatter")
    default: throw BackplaneError(.value, "reduce argument must be either add or multiply.")
    }
  }

  /// Whole slices of a dimension, by a vector of positions.
  static func indexSelect(_ x: Tensor, _ dim: Int, _ index: Tensor) throws(BackplaneError) -> Tensor {
    let d = try normalize(dim, rank: x.layout.rank)
    guard index.layout.rank <= 1 else {
      throw BackplaneError(.index, "index_select(): Index is supposed to be a vector")
    }
    let vector = try index.layout.rank == 0 ? reshape(index, [1]) : index
    let rank = x.layout.rank
    if rank == 0 { return try clone(x) }
    // The positions are repeated along the other dimensions by zero strides: nothing is copied.
    var shape = x.layout.shape
    shape[d] = vector.numel
    var strides = [Int](repeating: 0, count: rank)
    let positions = try requireIndex(vector, "index_select")
    strides[d] = positions.layout.elements[1]
    let spread = positions.detach().view(try .strided(shape, strides), offset: positions.storageOffset)
    return try gather(x, d, spread)
  }
}

extension Tensor {
  /// Along `dim`, the elements that `index` names: `out[i][j] = self[index[i][j]][j]` for `dim` 0.
  public func gather(_ dim: Int, _ index: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.gather(self, dim, index) }
  }
  /// The tensor with elements of `source` at the places that `index` names along `dim`.
  public func scatter(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.scatter(self, dim, index, source) }
  }
  /// The tensor with elements of `source` added at the places that `index` names along `dim`.
  public func scatterAdd(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.scatterAdd(self, dim, index, source) }
  }
  /// The slices of a dimension that a vector of positions names.
  public func indexSelect(_ dim: Int, _ index: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.indexSelect(self, dim, index) }
  }
}
