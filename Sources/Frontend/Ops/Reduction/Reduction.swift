import BackendAPI

extension Operator {
  static let sum = Operator(BP_OP_SUM, "sum")
  static let prod = Operator(BP_OP_PROD, "prod")
  static let mean = Operator(BP_OP_MEAN, "mean")
  static let max = Operator(BP_OP_MAX, "max")
  static let min = Operator(BP_OP_MIN, "min")
  static let argmax = Operator(BP_OP_ARGMAX, "argmax")
  static let argmin = Operator(BP_OP_ARGMIN, "argmin")

  static let reduction: [Operator] = [sum, prod, mean, max, min, argmax, argmin]
}

extension Ops {
  /// The dimensions to reduce, counted from the front; all of them for nil or none.
  static func dims(_ dims: [Int]?, _ x: Tensor) throws(BackplaneError) -> [Bool] {
    let rank = x.layout.rank
    var reduced = [Bool](repeating: dims == nil || dims!.isEmpty, count: rank)
    for dim in dims ?? [] {
      let d = try normalize(dim, rank: rank)
      guard rank > 0 else { continue }
      guard !reduced[d] else {
        throw BackplaneError(.index, "dim \(d) appears multiple times in the list of dims")
      }
      reduced[d] = true
    }
    return reduced
  }

  /// The bare reduction; reduced dimensions keep extent 1.
  static func reduce(
    _ op: Operator, _ x: Tensor, _ reduced: [Bool], _ resultType: DType, axis: Int? = nil
  ) throws(BackplaneError) -> Tensor {
    let shape = x.layout.shape.enumerated().map { reduced[$0.offset] ? 1 : $0.element }
    let result: Tensor
    if axis == nil, x.storage.isPending {
      result = Tensor(waiting: try .contiguous(shape), resultType, on: x.context)
    } else {
      result = try empty(shape, resultType, on: x.context)
    }
    if let axis {
      try withAxis(axis) { (p) throws(BackplaneError) in
        try Dispatcher.unary(op, on: x.context, Operand(x), to: Operand(result), params: p)
      }
    } else {
      try Dispatcher.unary(op, on: x.context, Operand(x), to: Operand(result))
    }
    return result
  }

  /// The result without its reduced dimensions.
  static func squeeze(_ x: Tensor, _ reduced: [Bool], keepDim: Bool) throws(BackplaneError) -> Tensor {
    if keepDim { return x }
    let shape = x.layout.shape.enumerated().filter { !reduced[$0.offset] }.map(\.element)
    return x.view(try .contiguous(shape), offset: x.storageOffset)
  }

  /// A reduced tensor in the rank it was reduced from.
  static func unsqueeze(_ x: Tensor, _ reduced: [Bool], keepDim: Bool) throws(BackplaneError) -> Tensor {
    if keepDim { return x }
    var result = x
    for d in reduced.indices where reduced[d] { result = try unsqueeze(result, d) }
    return result
  }

  static func sum(_ x: Tensor, _ dims: [Int]?, keepDim: Bool, dtype: DType? = nil) throws(BackplaneError) -> Tensor {
    let operand = try cast(x, dtype ?? x.dtype)
    let reduced = try Ops.dims(dims, operand)
    let type = operand.dtype.category < .floatingPoint ? DType.int64 : operand.dtype
    let result = try squeeze(reduce(.sum, operand, reduced, type), reduced, keepDim: keepDim)
    if Autograd.records(operand) {
      let shape = operand.layout.shape
      let name = dims == nil ? "SumBackward0" : "SumBackward1"
      Autograd.record(name, [operand], result, saves: false) { g throws(BackplaneError) in
        [try expand(unsqueeze(g, reduced, keepDim: keepDim), shape)]
      }
    }
    return result
  }

  static func mean(_ x: Tensor, _ dims: [Int]?, keepDim: Bool, dtype: DType? = nil) throws(BackplaneError) -> Tensor {
    let operand = try cast(x, dtype ?? x.dtype)
    guard operand.dtype.isFloatingPoint || operand.dtype.isComplex else {
      throw BackplaneError(
        .dtype,
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: "
          + operand.dtype.scalarName)
    }
    let reduced = try Ops.dims(dims, operand)
    let result = try squeeze(reduce(.mean, operand, reduced, operand.dtype), reduced, keepDim: keepDim)
    if Autograd.records(operand) {
      let shape = operand.layout.shape
      let count = zip(shape, reduced).reduce(1) { $1.1 ? $0 * $1.0 : $0 }
      let name = dims == nil ? "MeanBackward0" : "MeanBackward1"
      Autograd.record(name, [operand], result, saves: false) { g throws(BackplaneError) in
        let share = try binary(.div, g, .double(Double(count)))
        return [try expand(unsqueeze(share, reduced, keepDim: keepDim), shape)]
      }
    }
    return result
  }

  static func prod(_ x: Tensor, _ dim: Int?, keepDim: Bool) throws(BackplaneError) -> Tensor {
    let reduced = try dims(dim.map { [$0] }, x)
    let type = x.dtype.category < .floatingPoint ? DType.int64 : x.dtype
    let result = try squeeze(reduce(.prod, x, reduced, type), reduced, keepDim: keepDim)
    if Autograd.records(x) {
      let saved = try Saved(x)
      Autograd.record("ProdBackward0", [x], result) { g throws(BackplaneError) in
        let x = try saved.unpack()
        let grad = try unsqueeze(g, reduced, keepDim: keepDim)
        return [try mul(grad, productOfOthers(conj(x), reduced))]
      }
    }
    return result
  }

  /// For each element the product of the others of its group: of those before it and those after it. A quotient would
  /// not be right where some are zero, nor would its derivatives.
  private static func productOfOthers(_ x: Tensor, _ reduced: [Bool]) throws(BackplaneError) -> Tensor {
    if x.numel == 0 { return x }
    let dims = reduced.indices.filter { reduced[$0] }, kept = reduced.indices.filter { !reduced[$0] }
    let order = kept + dims
    let arranged = try permute(x, order)
    let rows = try reshape(arranged, kept.map { x.layout.elements[$0] } + [-1])
    let d = kept.count
    let others = try mul(productOfEarlier(rows, d), flip(productOfEarlier(flip(rows, [d]), d), [d]))
    var inverse = order
    for (place, dim) in order.enumerated() { inverse[dim] = place }
    return try permute(reshape(others, arranged.layout.shape), inverse)
  }

  /// The extreme of several dimensions at once; the gradient is shared evenly among equals.
  ///
  /// - Parameter name: As messages name the operation; nil for the operator's name.
  static func extreme(
    _ op: Operator, _ x: Tensor, _ dims: [Int]?, keepDim: Bool, name: String? = nil
  ) throws(BackplaneError) -> Tensor {
    let reduced = try Ops.dims(dims, x)
    for d in reduced.indices where reduced[d] && x.layout.elements[d] == 0 {
      let isWhole = dims?.isEmpty ?? true
      let what =
        isWhole
        ? "to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
        : "\(d) to have non-zero size."
      throw BackplaneError(isWhole ? .shape : .index, "\(name ?? "\(op.name)")(): Expected reduction dim \(what)")
    }
    let kept = try reduce(op, x, reduced, x.dtype)
    let result = try squeeze(kept, reduced, keepDim: keepDim)
    if Autograd.records(x) {
      let saved = try Saved(x)
      let savedResult = Saved(result: kept)
      let name = op.id == BP_OP_MAX ? "MaxBackward1" : "MinBackward1"
      Autograd.record(name, [x], result) { g throws(BackplaneError) in
        let x = try saved.unpack()
        let value = try savedResult.unpack()
        var matches = try compare(.eq, x, value)
        if dims == nil, x.dtype.isFloatingPoint {
          // Of all elements the extreme is NaN if one is: these are the ones that made it so.
          matches = try apply(.bitwiseOr, matches, apply(.bitwiseAnd, isNaN(x), isNaN(value), .bool), .bool)
        }
        let isExtreme = try cast(matches, g.dtype)
        let count = try sum(isExtreme, reduced.indices.filter { reduced[$0] }, keepDim: true)
        return [try div(mul(unsqueeze(g, reduced, keepDim: keepDim), isExtreme), count)]
      }
    }
    return result
  }

  /// The index of the extreme along one dimension, or of the flattened tensor.
  static func argExtreme(_ op: Operator, _ x: Tensor, _ dim: Int?, keepDim: Bool) throws(BackplaneError) -> Tensor {
    guard let dim else {
      guard x.numel > 0 else {
        throw BackplaneError(
          .shape,
          "\(op.name)(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
            + "reduction dim with the 'dim' argument.")
      }
      let flat = try reshape(x.detach(), [x.numel])
      let index = try reduce(op, flat, [true], .int64, axis: 0)
      let shape = keepDim ? [Int](repeating: 1, count: x.layout.rank) : []
      return index.view(try .contiguous(shape), offset: 0)
    }
    let d = try normalize(dim, rank: x.layout.rank)
    if x.layout.rank == 0 { return try full(.scalar, .int(0), .int64, on: x.context) }
    guard x.layout.elements[d] > 0 else {
      throw BackplaneError(.shape, "\(op.name)(): Expected reduction dim \(d) to have non-zero size.")
    }
    var reduced = [Bool](repeating: false, count: x.layout.rank)
    reduced[d] = true
    return try squeeze(reduce(op, x, reduced, .int64, axis: d), reduced, keepDim: keepDim)
  }

  /// The extreme along one dimension and its index; the gradient goes to that element.
  static func extremeWithIndex(
    _ op: Operator, _ argument: Operator, _ x: Tensor, _ dim: Int, keepDim: Bool
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    let d = try normalize(dim, rank: x.layout.rank)
    guard x.layout.rank == 0 || x.layout.elements[d] > 0 else {
      throw BackplaneError(.index, "\(op.name)(): Expected reduction dim \(d) to have non-zero size.")
    }
    let indices = try argExtreme(argument, x, dim, keepDim: true)
    var values = x.layout.rank == 0 ? try clone(x) : try gather(x, d, indices)
    var positions = indices
    if !keepDim, x.layout.rank > 0 {
      values = try squeeze(values, d)
      positions = try squeeze(positions, d)
    }
    return (values, positions)
  }

  /// Whether all elements are true (op is min) or any is (max).
  static func truth(_ op: Operator, _ x: Tensor, _ dims: [Int]?, keepDim: Bool) throws(BackplaneError) -> Tensor {
    let truth = try cast(x, .bool)
    let reduced = try Ops.dims(dims, truth)
    let result = try squeeze(reduce(op, truth, reduced, .bool), reduced, keepDim: keepDim)
    // As in PyTorch, where bytes were bools once.
    return x.dtype == .uint8 ? try cast(result, .uint8) : result
  }

  /// The least and the greatest element, each as amin and amax give them.
  static func aminmax(_ x: Tensor, _ dim: Int?, keepDim: Bool) throws(BackplaneError) -> (min: Tensor, max: Tensor) {
    guard dim != nil || x.numel > 0 else {
      throw BackplaneError(
        .shape, "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.")
    }
    let dims = dim.map { [$0] }
    return (
      try extreme(.min, x, dims, keepDim: keepDim, name: "aminmax"),
      try extreme(.max, x, dims, keepDim: keepDim, name: "aminmax")
    )
  }

  /// A gradient summed back to the shape that an operand was broadcast from.
  static func sum(_ g: Tensor, to layout: Layout) throws(BackplaneError) -> Tensor {
    if g.layout.hasSameShape(as: layout) { return g }
    let lead = g.layout.rank - layout.rank
    let dims = (0..<g.layout.rank).filter { d in
      d < lead || (layout.elements[d - lead] == 1 && g.layout.elements[d] != 1)
    }
    let total = dims.isEmpty ? g : try sum(g, dims, keepDim: true)
    return try reshape(total, layout.shape)
  }
}
