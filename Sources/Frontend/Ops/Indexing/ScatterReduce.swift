/// What becomes of several elements that ``Tensor/scatterReduce(_:_:_:reduce:includeSelf:)`` sends to one place.
public enum ScatterReduction: String, Sendable {
  /// The sum, product, mean, greatest or least of the elements.
  case sum, prod, mean, amax, amin

  init(named name: String) throws(BackplaneError) {
    guard let reduction = ScatterReduction(rawValue: name) else {
      throw BackplaneError(.value, "reduce argument must be either sum, prod, mean, amax or amin, got \(name)")
    }
    self = reduction
  }

  fileprivate var mode: ScatterMode {
    switch self {
    case .sum, .mean: .add
    case .prod: .multiply
    case .amax: .max
    case .amin: .min
    }
  }

  /// What a reduction of nothing begins with.
  fileprivate func identity(_ dtype: DType) -> Scalar {
    switch self {
    case .sum, .mean: .int(0)
    case .prod: .int(1)
    case .amax: dtype.isFloatingPoint ? .double(-.infinity) : dtype.integerRange.map { .int($0.lowerBound) } ?? .int(0)
    case .amin: dtype.isFloatingPoint ? .double(.infinity) : dtype.integerRange.map { .int($0.upperBound) } ?? .int(1)
    }
  }
}

extension Ops {
  /// x with the elements of `source` that `index` sends to one place along `dim` reduced there.
  ///
  /// - Parameter includesSelf: Whether what is there takes part; where nothing is sent it stays in any case.
  static func scatterReduce(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor, _ reduction: ScatterReduction, includesSelf: Bool,
    _ operation: String = "scatter_reduce"
  ) throws(BackplaneError) -> Tensor {
    guard index.dtype == .int64 || index.dtype == .int32 || index.numel == 0 else {
      throw BackplaneError(.dtype, "\(operation)(): Expected dtype int32/int64 for index")
    }
    let index = try cast(index.detach(), .int64)
    let d = try normalize(dim, rank: x.layout.rank)
    try requireScatterable(x, d, index, source, operation)
    guard !x.dtype.isComplex || reduction == .sum || reduction == .prod else {
      throw BackplaneError(.dtype, "\(operation)(): not implemented for '\(x.dtype.scalarName)'")
    }
    let self1 = try atLeastVector(x), positions = try atLeastVector(index)
    let part = try cropped(atLeastVector(source), to: positions)
    let call = ScatterReduceCall(reduction, d, try Saved(positions), includesSelf)
    return try reshape(scatterReduce(self1, part, call), x.layout.shape)
  }

  private static func scatterReduce(
    _ x: Tensor, _ source: Tensor, _ call: ScatterReduceCall
  ) throws(BackplaneError) -> Tensor {
    let index = try call.index.unpack()
    let result = try copy(x)
    if !call.includesSelf {
      let identity = try full(.scalar, call.reduction.identity(x.dtype), x.dtype, on: x.context)
      try scatter(into: result, call.d, index, expand(identity, index.layout.shape), .set)
    }
    try scatter(into: result, call.d, index, source.detach(), call.reduction.mode)
    if call.reduction == .mean {
      let count = try call.counts(x.detach())
      let isInteger = x.dtype.category < .floatingPoint
      let mean = try isInteger ? apply(.floorDivide, result, count, x.dtype) : div(result, count)
      try Dispatcher.unary(.copy, on: x.context, Operand(mean), to: Operand(result))
    }
    if Autograd.records(x, source) {
      // The slope of sums and means is the same everywhere.
      let isLinear = call.reduction == .sum || call.reduction == .mean
      let saved = isLinear ? [] : [try Saved(x), try Saved(source), Saved(result: result)]
      let node = Autograd.makeNode("ScatterReduceBackward0", [x, source]) { node, grads throws(BackplaneError) in
        guard let g = grads[0] else { return [nil, nil] }
        guard !isLinear else { return try call.gradients(g) }
        return try call.gradients(g, saved[0].unpack(), saved[1].unpack(), saved[2].unpack(node))
      }
      Autograd.attach(node, to: result)
    }
    return result
  }

  /// What a call's gradient needs besides the tensors.
  private struct ScatterReduceCall {
    let reduction: ScatterReduction
    let d: Int
    let index: Saved
    let includesSelf: Bool

    init(_ reduction: ScatterReduction, _ d: Int, _ index: Saved, _ includesSelf: Bool) {
      self.reduction = reduction
      self.d = d
      self.index = index
      self.includesSelf = includesSelf
    }

    /// How many elements each place is the mean of.
    func counts(_ x: Tensor) throws(BackplaneError) -> Tensor {
      let index = try self.index.unpack()
      // 16-bit floats and bytes could not count far.
      let countsFar = x.dtype == .float32 || x.dtype == .float64 || x.dtype.isComplex
      let type = countsFar ? x.dtype : .int64
      let count = try full(x.layout, .int(includesSelf ? 1 : 0), type, on: x.context)
      let one = try expand(full(.scalar, .int(1), type, on: x.context), index.layout.shape)
      try Ops.scatter(into: count, d, index, one, .add)
      return try cast(binary(.maximum, count, onesLike(count)), x.dtype)
    }

    /// Those of sums and means.
    func gradients(_ g: Tensor) throws(BackplaneError) -> [Tensor?] {
      let index = try self.index.unpack()
      let share = try reduction == .mean ? div(g, counts(g.detach())) : g
      let gradX = try includesSelf ? share : Ops.scatter(share, d, index, .int(0))
      return [gradX, try gather(share, d, index)]
    }

    func gradients(_ g: Tensor, _ x: Tensor, _ source: Tensor, _ y: Tensor) throws(BackplaneError) -> [Tensor?] {
      let index = try self.index.unpack()
      var gradX: Tensor
      let gradSource: Tensor
      switch reduction {
      case .sum, .mean: return try gradients(g)
      case .prod:
        let gy = try mul(g, y)
        // What the others make of it, where the element itself is zero.
        let isZero = try compare(.eq, x, .int(0))
        let safe = try select(isZero, .scalar(.int(1)), .tensor(x), x.dtype)
        gradX = try div(mul(g, scatterReduce(safe, source, self)), safe)
        // The product of the others is lost where the only zero of a place is the element itself.
        let sourceIsZero = try compare(.eq, source, .int(0))
        let zeros = try scatterAdd(zerosLike(x.detach()), d, index, cast(sourceIsZero, x.dtype))
        let isOnlyZero = try apply(
          .bitwiseAnd, sourceIsZero, compare(.eq, gather(zeros, d, index), .int(1)), .bool)
        let others = try scatterReduce(
          x, select(isOnlyZero, .scalar(.int(1)), .tensor(source), source.dtype), self)
        gradSource = try Ops.where(
          isOnlyZero, gather(mul(g, others), d, index), quotient(gather(gy, d, index), source, where: sourceIsZero))
      case .amax, .amin:
        let isX = try cast(compare(.eq, x, y), g.dtype)
        let isSource = try cast(compare(.eq, source, gather(y, d, index)), g.dtype)
        let share = try div(g, scatterAdd(isX, d, index, isSource))
        gradX = try mul(share, isX)
        gradSource = try mul(gather(share, d, index), isSource)
      }
      if !includesSelf { gradX = try Ops.scatter(gradX, d, index, .int(0)) }
      return [gradX, gradSource]
    }

    /// a / b, and a / 1 where b is zero.
    private func quotient(_ a: Tensor, _ b: Tensor, where isZero: Tensor) throws(BackplaneError) -> Tensor {
      try div(a, select(isZero, .scalar(.int(1)), .tensor(b), b.dtype))
    }
  }
}

extension Tensor {
  /// The tensor with the elements of `source` that `index` sends to one place along `dim` reduced there.
  ///
  /// ```swift
  /// Tensor([1.0, 2, 3]).scatterReduce(0, Tensor([0, 0]), Tensor([5.0, 7]), reduce: .amax)  // [7, 2, 3]
  /// ```
  ///
  /// - Parameter includeSelf: Whether the element that is there takes part.
  public func scatterReduce(
    _ dim: Int, _ index: Tensor, _ source: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.scatterReduce(self, dim, index, source, reduce, includesSelf: includeSelf)
    }
  }
  /// Reduces the elements of `source` that `index` sends to one place along `dim`, in place.
  @discardableResult
  public func scatterReduce_(
    _ dim: Int, _ index: Tensor, _ source: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor {
    change { (x) throws(BackplaneError) in
      try Ops.scatterReduce(x, dim, index, source, reduce, includesSelf: includeSelf)
    }
  }
}
