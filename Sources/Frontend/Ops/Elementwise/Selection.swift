import BackendAPI

extension Operator {
  static let `where` = Operator(BP_OP_WHERE, "where")

  static let selection: [Operator] = [`where`]
}

extension Ops {
  static func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    try `where`(condition, .tensor(a), .tensor(b))
  }

  static func `where`(_ condition: Tensor, _ a: Choice, _ b: Choice) throws(BackplaneError) -> Tensor {
    var promotion = Promotion()
    for choice in [a, b] {
      switch choice {
      case .tensor(let x): promotion.add(x.dtype, rank: x.layout.rank)
      case .scalar(let value): promotion.add(value)
      }
    }
    let dtype = promotion.result
    for case .scalar(let value) in [a, b] {
      try value.requireFits(dtype, roundingToInfinity: dtype.byteCount == 2)
    }
    return try select(condition, a, b, dtype)
  }

  /// One of the two choices of `where`.
  enum Choice {
    case tensor(Tensor)
    case scalar(Scalar)

    var tensor: Tensor? { if case .tensor(let x) = self { x } else { nil } }
  }

  static func select(
    _ condition: Tensor, _ a: Choice, _ b: Choice, _ dtype: DType
  ) throws(BackplaneError) -> Tensor {
    guard condition.dtype == .bool else {
      throw BackplaneError(
        .dtype,
        "where expected condition to be a boolean tensor, but got a tensor with dtype \(condition.dtype.scalarName)")
    }
    var tensors = [condition]
    for case let x? in [a.tensor, b.tensor] { tensors.append(try cast(x, dtype)) }
    tensors = try together(tensors)
    let condition = tensors[0]
    let recorded = Array(tensors.dropFirst())
    var shape = condition.layout.shape
    for x in recorded { shape = try broadcast(shape, x.layout.shape) }
    let result = try Tensor(elementwise: .contiguous(shape), dtype, on: condition.context)
    var operands: [Operand] = [Operand(condition, as: try expanded(condition, shape))]
    var next = recorded.makeIterator()
    for choice in [a, b] {
      switch choice {
      case .tensor:
        let y = next.next()!
        operands.append(Operand(y, as: try expanded(y, shape)))
      case .scalar(let value):
        operands.append(Operand(value, dtype, as: try immediateLayout(shape)))
      }
    }
    try Dispatcher.call(.where, on: condition.context, operands, to: [Operand(result)])
    withExtendedLifetime(recorded) {}
    guard Autograd.records(recorded) else { return result }
    let mask = try Saved(condition)
    let layouts = recorded.map(\.layout)
    let isFirstTensor = a.tensor != nil
    let isSecondTensor = b.tensor != nil
    Autograd.record("WhereBackward0", recorded, result) { g throws(BackplaneError) in
      let condition = try mask.unpack()
      var grads: [Tensor?] = []
      if isFirstTensor {
        grads.append(try sum(select(condition, .tensor(g), .scalar(.int(0)), g.dtype), to: layouts[0]))
      }
      if isSecondTensor {
        grads.append(
          try sum(select(condition, .scalar(.int(0)), .tensor(g), g.dtype), to: layouts[grads.count]))
      }
      return grads
    }
    return result
  }

  static func maskedFill(_ x: Tensor, _ mask: Tensor, _ value: Scalar) throws(BackplaneError) -> Tensor {
    try value.requireFits(x.dtype)
    return try select(mask, .scalar(value), .tensor(x), x.dtype)
  }

  /// As ``Scalar/requireFits(_:roundingToInfinity:as:)`` of a tensor of one element. Only of integers it waits for the
  /// device.
  static func requireFits(_ value: Tensor, _ dtype: DType) throws(BackplaneError) {
    if dtype.isInteger, value.dtype != dtype { try item(value.detach()).requireFits(dtype) }
  }

  static func maskedFill(_ x: Tensor, _ mask: Tensor, _ value: Tensor) throws(BackplaneError) -> Tensor {
    guard value.layout.rank == 0 else {
      throw BackplaneError(
        .shape,
        "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with \(value.layout.rank) "
          + "dimension(s).")
    }
    guard canCast(value.dtype, x.dtype) else {
      throw BackplaneError(
        .dtype, "value cannot be converted to type \(x.dtype) without overflow or loss: \(value.dtype)")
    }
    try requireFits(value, x.dtype)
    return try select(mask, .tensor(cast(value, x.dtype)), .tensor(x), x.dtype)
  }
}

extension Tensor {
  /// The elements where `condition` is true, those of `other` elsewhere. The three broadcast.
  public func `where`(_ condition: Tensor, _ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.where(condition, self, other) }
  }

  /// The elements where `condition` is true, a number elsewhere. The two broadcast.
  public func `where`(_ condition: Tensor, _ other: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.where(condition, .tensor(self), .scalar(other.scalar)) }
  }

  /// The tensor with `value` where `mask` is true. The two broadcast.
  public func maskedFill(_ mask: Tensor, _ value: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.maskedFill(self, mask, value.scalar) }
  }
}

extension Tensor {
  /// The elements of `a` where `condition` is true, of `b` elsewhere. The three broadcast.
  ///
  /// ```swift
  /// Tensor.where(x > 0, x, 0.1 * x)
  /// ```
  public static func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor { a.where(condition, b) }
  /// The elements of `a` where `condition` is true, a number elsewhere.
  public static func `where`(_ condition: Tensor, _ a: Tensor, _ b: some ScalarConvertible) -> Tensor {
    a.where(condition, b)
  }
  /// A number where `condition` is true, the elements of `b` elsewhere.
  public static func `where`(_ condition: Tensor, _ a: some ScalarConvertible, _ b: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.where(condition, .scalar(a.scalar), .tensor(b)) }
  }
  /// One number where `condition` is true, another elsewhere.
  public static func `where`(
    _ condition: Tensor, _ a: some ScalarConvertible, _ b: some ScalarConvertible
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.where(condition, .scalar(a.scalar), .scalar(b.scalar)) }
  }
}

/// The elements of `a` where `condition` is true, a number elsewhere.
public func `where`(_ condition: Tensor, _ a: Tensor, _ b: some ScalarConvertible) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.where(condition, .tensor(a), .scalar(b.scalar)) }
}
/// A number where `condition` is true, the elements of `b` elsewhere.
public func `where`(_ condition: Tensor, _ a: some ScalarConvertible, _ b: Tensor) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.where(condition, .scalar(a.scalar), .tensor(b)) }
}
/// One number where `condition` is true, another elsewhere.
public func `where`(
  _ condition: Tensor, _ a: some ScalarConvertible, _ b: some ScalarConvertible
) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.where(condition, .scalar(a.scalar), .scalar(b.scalar)) }
}

/// The elements of `a` where `condition` is true, of `b` elsewhere. The three broadcast.
public func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.where(condition, a, b) }
}
