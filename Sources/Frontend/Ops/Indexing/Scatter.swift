import BackendAPI

extension Operator {
  static let scatter = Operator(BP_OP_SCATTER, "scatter")
}

/// How a scatter combines what it brings with what is there.
enum ScatterMode: Int32 {
  case set, add, multiply, max, min
}

/// Writing by positions.
extension Ops {
  /// The bare scatter of int64 positions into a tensor.
  static func scatter(
    into x: Tensor, _ d: Int, _ index: Tensor, _ source: Tensor, _ mode: ScatterMode
  ) throws(BackplaneError) {
    if index.numel == 0 { return }
    var params = bp_scatter_params(
      struct_size: UInt32(MemoryLayout<bp_scatter_params>.size), axis: Int32(d), mode: mode.rawValue, reserved: 0)
    let extent = x.layout.elements[d]
    if Determinism.isOn, !Determinism.isVouched,
      !Dispatcher.isDeterministic(.scatter, on: x.context, inputs: [.int64, source.dtype], outputs: [x.dtype])
    {
      return try withoutGradients { () throws(BackplaneError) in
        try checkingRange(index, extent, { outOfBounds($0, d, extent) }) { () throws(BackplaneError) in
          try scatterInOrder(into: x, d, index, source, mode)
        }
      }
    }
    try checkingRange(index, extent, { outOfBounds($0, d, extent) }) { () throws(BackplaneError) in
      try withParams(&params) { (p) throws(BackplaneError) in
        try Dispatcher.binary(
          .scatter, on: x.context, Operand(index), Operand(source), to: Operand(x), params: p)
      }
    }
  }

  static func requireScatterable(
    _ x: Tensor, _ d: Int, _ index: Tensor, _ source: Tensor, _ operation: String
  ) throws(BackplaneError) {
    try requireSameDevice([x, index, source])
    guard source.dtype == x.dtype else {
      throw BackplaneError(
        .dtype, "\(operation)(): Expected self.dtype to be equal to src.dtype")
    }
    if index.numel == 0 { return }
    func rank(_ x: Tensor) -> Int { Swift.max(x.layout.rank, 1) }
    guard rank(index) == rank(x) else {
      throw BackplaneError(.shape, "Index tensor must have the same number of dimensions as self tensor")
    }
    guard rank(source) == rank(index) else {
      throw BackplaneError(.shape, "Index tensor must have the same number of dimensions as src tensor")
    }
    func extents(_ x: Tensor) -> [Int] { x.layout.rank == 0 ? [1] : x.layout.shape }
    let (own, named, given) = (extents(x), extents(index), extents(source))
    for e in own.indices {
      guard named[e] <= given[e], e == d || named[e] <= own[e] else {
        throw BackplaneError(
          .shape,
          "Expected index \(index.shape) to be no larger than self \(x.shape) apart from dimension \(d) and to be no "
            + "larger size than src \(source.shape)")
      }
    }
  }

  /// The part of a larger source that an index covers.
  static func cropped(_ source: Tensor, to index: Tensor) throws(BackplaneError) -> Tensor {
    if index.numel == 0 { return try full(index.layout, .int(0), source.dtype, on: source.context) }
    var result = source
    for d in 0..<source.layout.rank where source.layout.elements[d] > index.layout.elements[d] {
      result = try narrow(result, d, 0, index.layout.elements[d])
    }
    return result
  }

  /// A tensor without dimensions as one of a single element.
  static func atLeastVector(_ x: Tensor) throws(BackplaneError) -> Tensor {
    x.layout.rank == 0 ? try reshape(x, [1]) : x
  }

  /// x with elements of `source` at the places that `index` names along `dim`, or combined with what is there.
  ///
  /// - Parameter mode: `.set` or `.add`, which have gradients, or `.multiply`.
  static func scatter(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor, _ mode: ScatterMode, _ operation: String
  ) throws(BackplaneError) -> Tensor {
    guard index.dtype == .int64 || index.dtype == .int32 || index.numel == 0 else {
      throw BackplaneError(.dtype, "\(operation)(): Expected dtype int32/int64 for index")
    }
    let index = try cast(index.detach(), .int64)
    let d = try normalize(dim, rank: x.layout.rank)
    try requireScatterable(x, d, index, source, operation)
    if x.layout.rank == 0 {
      let result = try scatter(
        reshape(x, [1]), 0, atLeastVector(index), atLeastVector(source), mode, operation)
      return try reshape(result, [])
    }
    let positions = try atLeastVector(index)
    let part = try cropped(atLeastVector(source), to: positions)
    let result = try copy(x)
    try scatter(into: result, d, positions, part, mode)
    if Autograd.records(x, part) {
      guard mode != .multiply else {
        throw BackplaneError(.autograd, "\(operation)(): the derivative for reduce='multiply' is not implemented")
      }
      let isSum = mode == .add
      // What stays of x under a sum has nothing to do with the positions.
      let saved = isSum && !part.requiresGrad ? nil : try Saved(positions)
      let name = isSum ? "ScatterAddBackward0" : "ScatterBackward0"
      Autograd.record(name, [x, part], result, saves: saved != nil) { g throws(BackplaneError) in
        guard let index = try saved?.unpack() else { return [g, nil] }
        let gradSource = try gather(g, d, index)
        if isSum { return [g, gradSource] }
        let zeros = try full(index.layout, .int(0), g.dtype, on: g.context)
        return [try scatter(g, d, index, zeros), gradSource]
      }
    }
    return result
  }

  static func scatter(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor
  ) throws(BackplaneError) -> Tensor { try scatter(x, dim, index, source, .set, "scatter") }

  static func scatterAdd(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor
  ) throws(BackplaneError) -> Tensor { try scatter(x, dim, index, source, .add, "scatter_add") }

  static func scatter(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor, reduce: ScatterOperation
  ) throws(BackplaneError) -> Tensor {
    try scatter(x, dim, index, source, reduce == .add ? .add : .multiply, "scatter")
  }

  /// One number at all places.
  static func scatter(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ value: Scalar, reduce: ScatterOperation? = nil
  ) throws(BackplaneError) -> Tensor {
    try value.requireFits(x.dtype)
    let source = try expand(full(.scalar, value, x.dtype, on: x.context), index.layout.shape)
    if let reduce { return try scatter(x, dim, index, source, reduce: reduce) }
    return try scatter(x, dim, index, source)
  }
}

/// How ``Tensor/scatter(_:_:_:reduce:)`` combines an element with the one that is there.
public enum ScatterOperation: String, Sendable {
  /// The sum of both, or their product.
  case add, multiply

  init(named name: String) throws(BackplaneError) {
    guard let operation = ScatterOperation(rawValue: name) else {
      throw BackplaneError(.value, "reduce argument must be either add or multiply.")
    }
    self = operation
  }
}

extension Tensor {
  /// The tensor with elements of `source` at the places that `index` names along `dim`:
  /// `out[index[i][j]][j] = source[i][j]` for `dim` 0.
  public func scatter(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.scatter(self, dim, index, source) }
  }
  /// The tensor with one number at the places that `index` names along `dim`.
  public func scatter(_ dim: Int, _ index: Tensor, _ value: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.scatter(self, dim, index, value.scalar) }
  }
  /// The tensor with elements of `source` combined with those at the places that `index` names along `dim`.
  ///
  /// Multiplication has no gradient; ``scatterReduce(_:_:_:reduce:includeSelf:)`` knows more.
  public func scatter(_ dim: Int, _ index: Tensor, _ source: Tensor, reduce: ScatterOperation) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.scatter(self, dim, index, source, reduce: reduce) }
  }
  /// The tensor with elements of `source` added at the places that `index` names along `dim`.
  public func scatterAdd(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.scatterAdd(self, dim, index, source) }
  }
  /// Sets the places that `index` names along `dim` to the elements of `source`, in place.
  @discardableResult
  public func scatter_(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    change { (x) throws(BackplaneError) in try Ops.scatter(x, dim, index, source) }
  }
  /// Sets the places that `index` names along `dim` to one number, in place.
  @discardableResult
  public func scatter_(_ dim: Int, _ index: Tensor, _ value: some ScalarConvertible) -> Tensor {
    change { (x) throws(BackplaneError) in try Ops.scatter(x, dim, index, value.scalar) }
  }
  /// Adds the elements of `source` at the places that `index` names along `dim`, in place.
  @discardableResult
  public func scatterAdd_(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    change { (x) throws(BackplaneError) in try Ops.scatterAdd(x, dim, index, source) }
  }
}
