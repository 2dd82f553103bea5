/// Holding numbers within bounds.
extension Ops {
  /// Numbers as bounds. The gradient is that of the tensor strictly between them, and zero elsewhere.
  static func clamp(_ x: Tensor, _ low: Scalar?, _ high: Scalar?) throws(BackplaneError) -> Tensor {
    var promotion = Promotion()
    promotion.add(x.dtype, rank: x.layout.rank)
    if let low { promotion.add(low) }
    if let high { promotion.add(high) }
    try checkBounds(low != nil || high != nil, promotion.result)
    let (low, high) = (try bound(low, promotion.result, isLow: true), try bound(high, promotion.result, isLow: false))
    let operand = try cast(x, promotion.result)
    if low == nil, high == nil { return try clone(operand) }
    var result = operand.detach()
    if let low { result = try binary(.maximum, result, low) }
    if let high { result = try binary(.minimum, result, high) }
    if Autograd.records(operand) {
      let saved = try Saved(operand)
      Autograd.record("ClampBackward1", [operand], result) { g throws(BackplaneError) in
        let x = try saved.unpack()
        let isAbove = try low.map { low throws(BackplaneError) in try compare(.gt, x, low) }
        let isBelow = try high.map { high throws(BackplaneError) in try compare(.lt, x, high) }
        var isWithin = isAbove ?? isBelow!
        if let isAbove, let isBelow { isWithin = try apply(.bitwiseAnd, isAbove, isBelow, .bool) }
        return [try select(isWithin, .tensor(g), .scalar(.int(0)), g.dtype)]
      }
    }
    return result
  }

  /// Tensors as bounds, which share the gradient where they are met.
  static func clamp(_ x: Tensor, _ low: Tensor?, _ high: Tensor?) throws(BackplaneError) -> Tensor {
    var promotion = Promotion()
    for y in [x, low, high].compactMap({ $0 }) { promotion.add(y.dtype, rank: y.layout.rank) }
    try checkBounds(low != nil || high != nil, promotion.result)
    var result = try cast(x, promotion.result)
    if let low { result = try binary(.maximum, result, cast(low, promotion.result)) }
    if let high { result = try binary(.minimum, result, cast(high, promotion.result)) }
    return result
  }

  /// A bound in a type; nil for one beyond all that an integer type holds, on the side where it holds nothing back.
  private static func bound(_ value: Scalar?, _ dtype: DType, isLow: Bool) throws(BackplaneError) -> Scalar? {
    guard let value, !value.isExact(in: dtype) else { return value }
    guard let range = dtype.integerRange, case .int(let number) = value else {
      try value.requireFits(dtype)
      return value
    }
    guard isLow == (number < range.lowerBound) else {
      throw BackplaneError(
        .value,
        "Clamp \(isLow ? "min" : "max") value \(number) is outside the representable range of \(dtype.scalarName)")
    }
    return nil
  }

  private static func checkBounds(_ hasBound: Bool, _ dtype: DType) throws(BackplaneError) {
    guard hasBound else {
      throw BackplaneError(.value, "torch.clamp: At least one of 'min' or 'max' must not be None")
    }
    guard !dtype.isComplex else { throw BackplaneError(.dtype, "clamp is not supported for complex types") }
  }

  /// x, and `bound` where x is less. Unlike a maximum's, nothing of the gradient goes to x where both are equal.
  static func clampedBelow(_ x: Tensor, _ bound: Double) throws(BackplaneError) -> Tensor {
    let result = try binary(.maximum, x.detach(), .double(bound))
    if Autograd.records(x) {
      let saved = try Saved(x)
      Autograd.record("ClampMinBackward0", [x], result) { g throws(BackplaneError) in
        [try gated(g, compare(.gt, saved.unpack(), .double(bound)))]
      }
    }
    return result
  }
}

extension Tensor {
  /// Values below `min` become `min`, those above `max` become `max`.
  ///
  /// ```swift
  /// x.clamp(min: 0, max: 1)
  /// ```
  public func clamp(min: (any ScalarConvertible)? = nil, max: (any ScalarConvertible)? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.clamp(self, min?.scalar, max?.scalar) }
  }
  /// The elements limited to bounds that are tensors, which broadcast.
  public func clamp(min: Tensor?, max: Tensor? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.clamp(self, min, max) }
  }
  /// The elements, and `min` where they are less.
  public func clampMin(_ min: some ScalarConvertible) -> Tensor { clamp(min: min) }
  /// The elements, and those of `min`, which broadcasts, where they are less.
  public func clampMin(_ min: Tensor) -> Tensor { clamp(min: min) }
  /// The elements, and `max` where they are greater.
  public func clampMax(_ max: some ScalarConvertible) -> Tensor { clamp(max: max) }
  /// The elements, and those of `max`, which broadcasts, where they are greater.
  public func clampMax(_ max: Tensor) -> Tensor { clamp(min: nil, max: max) }
  /// The elements limited to bounds: ``clamp(min:max:)-(any ScalarConvertible,_)`` by NumPy's name.
  public func clip(min: (any ScalarConvertible)? = nil, max: (any ScalarConvertible)? = nil) -> Tensor {
    clamp(min: min, max: max)
  }
  /// Limits the elements to bounds, in place.
  @discardableResult
  public func clamp_(min: (any ScalarConvertible)? = nil, max: (any ScalarConvertible)? = nil) -> Tensor {
    inPlace { (x) throws(BackplaneError) in
      try InPlace.update(x) { x throws(BackplaneError) in try Ops.clamp(x, min?.scalar, max?.scalar) }
    }
  }
}
