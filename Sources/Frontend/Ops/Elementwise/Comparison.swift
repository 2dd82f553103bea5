import BackendAPI

extension Operator {
  static let eq = Operator(BP_OP_EQ, "eq")
  static let ne = Operator(BP_OP_NE, "ne")
  static let lt = Operator(BP_OP_LT, "lt")
  static let le = Operator(BP_OP_LE, "le")
  static let gt = Operator(BP_OP_GT, "gt")
  static let ge = Operator(BP_OP_GE, "ge")

  static let comparison: [Operator] = comparisons.map(\.op)

  /// Every comparison with PyTorch's names of it.
  static let comparisons: [(op: Operator, names: [String])] = [
    (eq, ["eq"]), (ne, ["ne", "not_equal"]), (lt, ["lt", "less"]), (le, ["le", "less_equal"]),
    (gt, ["gt", "greater"]), (ge, ["ge", "greater_equal"]),
  ]
}

extension Ops {
  /// Compares element by element; the result is bool.
  static func compare(_ op: Operator, _ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    var promotion = Promotion()
    promotion.add(a.dtype, rank: a.layout.rank)
    promotion.add(b.dtype, rank: b.layout.rank)
    let dtype = promotion.result
    try requireOrder(op, dtype)
    let (x, y) = try together(cast(a, dtype), cast(b, dtype))
    return try apply(op, x, y, .bool)
  }

  static func compare(_ op: Operator, _ a: Tensor, _ b: Scalar) throws(BackplaneError) -> Tensor {
    var promotion = Promotion()
    promotion.add(a.dtype, rank: a.layout.rank)
    promotion.add(b)
    try requireOrder(op, promotion.result)
    let dtype = comparisonType(promotion.result, b)
    let x = try cast(a, dtype)
    let result = try Tensor(elementwise: .contiguous(x.layout.shape), .bool, on: x.context)
    try Dispatcher.binary(
      op, on: x.context, Operand(x), Operand(b, dtype, as: immediateLayout(x.layout.shape)), to: Operand(result))
    return result
  }

  /// Complex numbers are equal or not, and have no order.
  /// The type in which a number is compared with elements: one that the tensor's integers cannot be is compared all the
  /// same.
  private static func comparisonType(_ promoted: DType, _ number: Scalar) -> DType {
    promoted.isInteger && !number.isExact(in: promoted) ? .int64 : promoted
  }

  /// A tensor and a number in a type that holds the elements of the one and the other.
  static func comparable(_ x: Tensor, _ number: Scalar) throws(BackplaneError) -> (Tensor, Tensor) {
    let dtype = comparisonType(Promotion(x, number).result, number)
    return (try cast(x, dtype), try full(.scalar, number, dtype, on: x.context))
  }

  private static func requireOrder(_ op: Operator, _ dtype: DType) throws(BackplaneError) {
    guard !dtype.isComplex || op.id == BP_OP_EQ || op.id == BP_OP_NE else {
      throw BackplaneError(.dtype, "\"\(op.name)\" not implemented for '\(dtype.scalarName)'")
    }
  }
}

extension Tensor {
  private func compare(_ op: Operator, _ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.compare(op, self, other) }
  }

  private func compare(_ op: Operator, _ other: some ScalarConvertible) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.compare(op, self, other.scalar) }
  }

  /// Whether each element equals that of `other`, which broadcasts, as a bool tensor.
  public func eq(_ other: Tensor) -> Tensor { compare(.eq, other) }
  /// Whether each element equals a number, as a bool tensor.
  public func eq(_ other: some ScalarConvertible) -> Tensor { compare(.eq, other) }
  /// Whether each element differs from that of `other`, which broadcasts, as a bool tensor.
  public func ne(_ other: Tensor) -> Tensor { compare(.ne, other) }
  /// Whether each element differs from a number, as a bool tensor.
  public func ne(_ other: some ScalarConvertible) -> Tensor { compare(.ne, other) }
  /// Whether each element is less than that of `other`, which broadcasts, as a bool tensor.
  public func lt(_ other: Tensor) -> Tensor { compare(.lt, other) }
  /// Whether each element is less than a number, as a bool tensor.
  public func lt(_ other: some ScalarConvertible) -> Tensor { compare(.lt, other) }
  /// Whether each element is at most that of `other`, which broadcasts, as a bool tensor.
  public func le(_ other: Tensor) -> Tensor { compare(.le, other) }
  /// Whether each element is at most a number, as a bool tensor.
  public func le(_ other: some ScalarConvertible) -> Tensor { compare(.le, other) }
  /// Whether each element is greater than that of `other`, which broadcasts, as a bool tensor.
  public func gt(_ other: Tensor) -> Tensor { compare(.gt, other) }
  /// Whether each element is greater than a number, as a bool tensor.
  public func gt(_ other: some ScalarConvertible) -> Tensor { compare(.gt, other) }
  /// Whether each element is at least that of `other`, which broadcasts, as a bool tensor.
  public func ge(_ other: Tensor) -> Tensor { compare(.ge, other) }
  /// Whether each element is at least a number, as a bool tensor.
  public func ge(_ other: some ScalarConvertible) -> Tensor { compare(.ge, other) }

  // With a dot, as Swift's SIMD types spell comparisons whose result is a mask.
  /// Whether each element equals that of `b`, which broadcasts, as a bool tensor.
  ///
  /// ```swift
  /// Tensor([1, 2]) .== Tensor([1, 3])  // [true, false]
  /// ```
  public static func .== (a: Tensor, b: Tensor) -> Tensor { a.compare(.eq, b) }
  /// Whether each element equals a number, as a bool tensor.
  public static func .== (a: Tensor, b: some ScalarConvertible) -> Tensor { a.compare(.eq, b) }
  /// Whether each element differs from that of `b`, which broadcasts, as a bool tensor.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { a.compare(.ne, b) }
  /// Whether each element differs from a number, as a bool tensor.
  public static func .!= (a: Tensor, b: some ScalarConvertible) -> Tensor { a.compare(.ne, b) }
  /// Whether each element is less than that of `b`, which broadcasts, as a bool tensor.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { a.compare(.lt, b) }
  /// Whether each element is less than a number, as a bool tensor.
  public static func .< (a: Tensor, b: some ScalarConvertible) -> Tensor { a.compare(.lt, b) }
  /// Whether each element is at most that of `b`, which broadcasts, as a bool tensor.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { a.compare(.le, b) }
  /// Whether each element is at most a number, as a bool tensor.
  public static func .<= (a: Tensor, b: some ScalarConvertible) -> Tensor { a.compare(.le, b) }
  /// Whether each element is greater than that of `b`, which broadcasts, as a bool tensor.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { a.compare(.gt, b) }
  /// Whether each element is greater than a number, as a bool tensor.
  public static func .> (a: Tensor, b: some ScalarConvertible) -> Tensor { a.compare(.gt, b) }
  /// Whether each element is at least that of `b`, which broadcasts, as a bool tensor.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { a.compare(.ge, b) }
  /// Whether each element is at least a number, as a bool tensor.
  public static func .>= (a: Tensor, b: some ScalarConvertible) -> Tensor { a.compare(.ge, b) }

  // Without the dot, as PyTorch has them: an order of tensors could mean nothing else. (`==` could, and stays with the
  // dot.) Marking these unavailable instead would leave the compiler to search seconds for what `2 * x < y - 1` means.
  /// Whether each element is less than that of `b`, which broadcasts, as a bool tensor.
  public static func < (a: Tensor, b: Tensor) -> Tensor { a.compare(.lt, b) }
  /// Whether each element is less than a number, as a bool tensor.
  public static func < (a: Tensor, b: some ScalarConvertible) -> Tensor { a.compare(.lt, b) }
  /// Whether a number is less than each element, as a bool tensor.
  public static func < (a: some ScalarConvertible, b: Tensor) -> Tensor { b.compare(.gt, a) }
  /// Whether each element is at most that of `b`, which broadcasts, as a bool tensor.
  public static func <= (a: Tensor, b: Tensor) -> Tensor { a.compare(.le, b) }
  /// Whether each element is at most a number, as a bool tensor.
  public static func <= (a: Tensor, b: some ScalarConvertible) -> Tensor { a.compare(.le, b) }
  /// Whether a number is at most each element, as a bool tensor.
  public static func <= (a: some ScalarConvertible, b: Tensor) -> Tensor { b.compare(.ge, a) }
  /// Whether each element is greater than that of `b`, which broadcasts, as a bool tensor.
  public static func > (a: Tensor, b: Tensor) -> Tensor { a.compare(.gt, b) }
  /// Whether each element is greater than a number, as a bool tensor.
  ///
  /// ```swift
  /// x[x > 0]  // the positive elements
  /// ```
  public static func > (a: Tensor, b: some ScalarConvertible) -> Tensor { a.compare(.gt, b) }
  /// Whether a number is greater than each element, as a bool tensor.
  public static func > (a: some ScalarConvertible, b: Tensor) -> Tensor { b.compare(.lt, a) }
  /// Whether each element is at least that of `b`, which broadcasts, as a bool tensor.
  public static func >= (a: Tensor, b: Tensor) -> Tensor { a.compare(.ge, b) }
  /// Whether each element is at least a number, as a bool tensor.
  public static func >= (a: Tensor, b: some ScalarConvertible) -> Tensor { a.compare(.ge, b) }
  /// Whether a number is at least each element, as a bool tensor.
  public static func >= (a: some ScalarConvertible, b: Tensor) -> Tensor { b.compare(.le, a) }
}
