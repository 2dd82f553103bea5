import BackendAPI

extension Operator {
  static let cumsum = Operator(BP_OP_CUMSUM, "cumsum")
  static let cumprod = Operator(BP_OP_CUMPROD, "cumprod")
  static let cummax = Operator(BP_OP_CUMMAX, "cummax")
  static let cummin = Operator(BP_OP_CUMMIN, "cummin")

  static let scans: [Operator] = [cumsum, cumprod, cummax, cummin]
}

extension Ops {
  // MARK: Sums and products

  /// The bare running sum or product. Integers and bools give int64.
  private static func scan(_ op: Operator, _ x: Tensor, _ d: Int) throws(BackplaneError) -> Tensor {
    let dtype = x.dtype.category < .floatingPoint ? DType.int64 : x.dtype
    guard Dispatcher.supports(op, on: x.context, x.dtype, inputs: 1, result: dtype) else {
      let isSum = op.id == BP_OP_CUMSUM
      let wide = try cast(x.detach(), x.dtype.accumulationType)
      let result = try steps(wide, d) { (early, late) throws(BackplaneError) in
        try isSum ? add(early, late) : mul(early, late)
      }
      return try cast(result, dtype)
    }
    let result = try empty(x.layout.shape, dtype, on: x.context)
    try withAxis(d) { (p) throws(BackplaneError) in
      try Dispatcher.unary(op, on: x.context, Operand(x), to: Operand(result), params: p)
    }
    return result
  }

  /// A scan of any associative operation in log₂ n steps (Hillis and Steele, CACM 29, 1986): in each, every element
  /// takes in what stands 1, 2, 4 … places before it.
  private static func steps(
    _ x: Tensor, _ d: Int, _ combine: (_ early: Tensor, _ late: Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    var result = x
    let n = x.layout.elements[d]
    var distance = 1
    while distance < n {
      let combined = try combine(narrow(result, d, 0, n - distance), narrow(result, d, distance, n - distance))
      result = try cat([narrow(result, d, 0, distance), combined], d)
      distance *= 2
    }
    return result === x ? try copy(x) : result
  }

  /// A short scan, one element after the other.
  private static func sequence(
    _ x: Tensor, _ d: Int, _ combine: (_ early: Tensor, _ late: Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    let n = x.layout.elements[d]
    guard n > 1 else { return try copy(x) }
    var parts = [try narrow(x, d, 0, 1)]
    for i in 1..<n { parts.append(try combine(parts[i - 1], narrow(x, d, i, 1))) }
    return try cat(parts, d)
  }

  /// s with sᵢ = aᵢ sᵢ₋₁ + bᵢ along a dimension, in log₂ n steps of composed affine maps.
  private static func recurrence(_ a: Tensor, _ b: Tensor, _ d: Int) throws(BackplaneError) -> Tensor {
    let n = a.layout.elements[d]
    var (factor, result) = (a, b)
    var distance = 1
    while distance < n {
      func early(_ x: Tensor) throws(BackplaneError) -> Tensor { try narrow(x, d, 0, n - distance) }
      func late(_ x: Tensor) throws(BackplaneError) -> Tensor { try narrow(x, d, distance, n - distance) }
      func joined(_ x: Tensor, _ rest: Tensor) throws(BackplaneError) -> Tensor {
        try cat([narrow(x, d, 0, distance), rest], d)
      }
      result = try joined(result, add(late(result), mul(late(factor), early(result))))
      factor = try joined(factor, mul(late(factor), early(factor)))
      distance *= 2
    }
    return result
  }

  static func cumsum(_ x: Tensor, _ dim: Int, dtype: DType? = nil) throws(BackplaneError) -> Tensor {
    let operand = try cast(x, dtype ?? x.dtype)
    let d = try normalize(dim, rank: operand.layout.rank)
    if operand.layout.rank == 0 { return try reshape(cumsum(reshape(operand, [1]), 0), []) }
    let result = try scan(.cumsum, operand, d)
    if Autograd.records(operand) {
      Autograd.record("CumsumBackward0", [operand], result, saves: false) { g throws(BackplaneError) in
        [try sumOfLater(g, d)]
      }
    }
    return try narrowed(result, dtype)
  }

  /// At each place the sum of what stands there and after.
  private static func sumOfLater(_ x: Tensor, _ d: Int) throws(BackplaneError) -> Tensor {
    try flip(cumsum(flip(x, [d]), d), [d])
  }

  /// The result of a scan in an integer type that was asked for.
  private static func narrowed(_ result: Tensor, _ dtype: DType?) throws(BackplaneError) -> Tensor {
    try dtype.map { dtype throws(BackplaneError) in try cast(result, dtype) } ?? result
  }

  static func cumprod(_ x: Tensor, _ dim: Int, dtype: DType? = nil) throws(BackplaneError) -> Tensor {
    let operand = try cast(x, dtype ?? x.dtype)
    let d = try normalize(dim, rank: operand.layout.rank)
    if operand.layout.rank == 0 { return try reshape(cumprod(reshape(operand, [1]), 0), []) }
    let result = try scan(.cumprod, operand, d)
    if Autograd.records(operand) {
      let saved = try Saved(operand)
      Autograd.record("CumprodBackward0", [operand], result) { g throws(BackplaneError) in
        [try cumprodGradient(g, conj(saved.unpack()), d)]
      }
    }
    return try narrowed(result, dtype)
  }

  /// The products of what stands before each place.
  static func productOfEarlier(_ x: Tensor, _ d: Int) throws(BackplaneError) -> Tensor {
    let n = x.layout.elements[d]
    guard n > 0 else { return x }
    let one = try onesLike(narrow(x, d, 0, 1))
    return try cat([one, cumprod(narrow(x, d, 0, n - 1), d)], d)
  }

  /// Before a slice's first zero the sum of g y from there on, divided by x; at it the same with the product of the
  /// others in place of y; after it 0. Where gradients of this are wanted, which a quotient would not have at a zero, the
  /// product P of what comes before times S, the sum of g times the products of what follows: S = g + next x · next S.
  private static func cumprodGradient(_ g: Tensor, _ x: Tensor, _ d: Int) throws(BackplaneError) -> Tensor {
    if Autograd.records(x, g) {
      let n = x.layout.elements[d]
      guard n > 0 else { return g }
      let next = try cat([narrow(x, d, 1, n - 1), zerosLike(narrow(x, d, 0, 1))], d)
      let sums = try flip(recurrence(flip(next, [d]), flip(g, [d]), d), [d])
      return try mul(productOfEarlier(x, d), sums)
    }
    let isZero = try compare(.eq, x, .int(0))
    let zeros = try cumsum(isZero, d)
    let isBefore = try compare(.eq, zeros, .int(0))
    let isFirst = try apply(.bitwiseAnd, isZero, compare(.eq, zeros, .int(1)), .bool)
    let safe = try select(isZero, .scalar(.int(1)), .tensor(x), x.dtype)
    let before = try div(sumOfLater(mul(g, cumprod(x, d)), d), safe)
    let others = try cumprod(select(isFirst, .scalar(.int(1)), .tensor(x), x.dtype), d)
    let first = try sumOfLater(mul(g, others), d)
    let rest = try select(isFirst, .tensor(first), .scalar(.int(0)), x.dtype)
    return try select(isBefore, .tensor(before), .tensor(rest), x.dtype)
  }

  // MARK: Extremes

  /// Running extremes and their places.
  static func runningExtreme(
    _ op: Operator, _ x: Tensor, _ dim: Int
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    guard !x.dtype.isComplex else {
      throw BackplaneError(.dtype, "\(op.name)(): not implemented for '\(x.dtype.scalarName)'")
    }
    let d = try normalize(dim, rank: x.layout.rank)
    if x.layout.rank == 0 {
      return try asVector(x) { (x) throws(BackplaneError) in try runningExtreme(op, x, 0) }
    }
    let (values, indices) = try extremesUpTo(op, x, d)
    let name = op.id == BP_OP_CUMMAX ? "CummaxBackward0" : "CumminBackward0"
    try recordSelection(name, values, from: x, d, indices)
    return (values, indices)
  }

  private static func extremesUpTo(_ op: Operator, _ x: Tensor, _ d: Int) throws(BackplaneError) -> (Tensor, Tensor) {
    guard Dispatcher.supports(op, on: x.context, x.dtype, inputs: 1, second: .int64) else {
      return try decomposedExtremes(op.id == BP_OP_CUMMAX, x.detach(), d)
    }
    let values = try empty(x.layout.shape, x.dtype, on: x.context)
    let indices = try empty(x.layout.shape, .int64, on: x.context)
    try withAxis(d) { (p) throws(BackplaneError) in
      try Dispatcher.call(op, on: x.context, [Operand(x)], to: [Operand(values), Operand(indices)], params: p)
    }
    return (values, indices)
  }

  /// The places alone are scanned: the later of two takes over if its value is as extreme, or NaN.
  private static func decomposedExtremes(_ isMaximum: Bool, _ x: Tensor, _ d: Int) throws(BackplaneError) -> (
    Tensor, Tensor
  ) {
    let n = x.layout.elements[d]
    var line = [Int](repeating: 1, count: x.layout.rank)
    line[d] = n
    let counted = try reshape(arithmeticSequence(.int(0), .int(1), n, .int64, on: x.context), line)
    let places = try steps(copy(expand(counted, x.layout.shape)), d) { (early, late) throws(BackplaneError) in
      let (a, b) = (try gather(x, d, early), try gather(x, d, late))
      let isAsExtreme = try compare(isMaximum ? .ge : .le, b, a)
      return try `where`(apply(.bitwiseOr, isAsExtreme, compare(.ne, b, b), .bool), late, early)
    }
    return (try gather(x, d, places), places)
  }

  // MARK: Logarithms of sums

  /// log Σ exp of what stands up to each place, without overflow on the way.
  static func logcumsumexp(_ x: Tensor, _ dim: Int) throws(BackplaneError) -> Tensor {
    guard x.dtype.isFloatingPoint || x.dtype.isComplex else {
      throw BackplaneError(.dtype, "\"logcumsumexp_out_cpu\" not implemented for '\(x.dtype.scalarName)'")
    }
    let d = try normalize(dim, rank: x.layout.rank)
    if x.layout.rank == 0 { return try clone(x) }
    // Its gradient is a difference of exponentials of results: their rounding counts in full.
    let widest: DType = x.dtype.isComplex ? .complex128 : .float64
    let hasWidest = Dispatcher.supports(.exp, on: x.context, widest, inputs: 1, outputs: 1)
    let isShort = x.layout.elements[d] <= 32
    let wide = try cast(x.detach(), hasWidest && x.dtype.byteCount > 2 ? widest : x.dtype.accumulationType)
    // One by one the branches of complex logarithms are those of PyTorch.
    let total =
      try x.dtype.isComplex && isShort ? sequence(wide, d, logarithmOfSum) : steps(wide, d, logarithmOfSum)
    let result = try cast(total, x.dtype)
    if Autograd.records(x) {
      let saved = try Saved(x)
      let savedResult = Saved(result: result)
      let node = Autograd.makeNode("LogcumsumexpBackward0", [x]) { node, grads throws(BackplaneError) in
        guard let g = grads[0] else { return [nil] }
        return [try logcumsumexpGradient(g, saved.unpack(), savedResult.unpack(node), d)]
      }
      Autograd.attach(node, to: result)
    }
    return result
  }

  /// log(exp a + exp b), of equal infinities too.
  private static func logarithmOfSum(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let isLess = try compare(.lt, real(a), real(b))
    let greater = try `where`(isLess, b, a), lesser = try `where`(isLess, a, b)
    let difference = try sub(lesser, greater)
    let sum = try add(greater, unary(.log1p, unary(.exp, difference)))
    if a.dtype.isComplex { return sum }
    let isSame = try compare(.eq, a, b)
    return try `where`(isSame, add(a, .double(0.6931471805599453)), `where`(compare(.ne, a, a), a, sum))
  }

  /// Σ over later places of g exp(x − y), the positive and the negative g as logarithms.
  private static func logcumsumexpGradient(
    _ g: Tensor, _ x: Tensor, _ y: Tensor, _ d: Int
  ) throws(BackplaneError) -> Tensor {
    if x.dtype.byteCount == 2 {
      // The logarithms of gradients would be lost beside greater operands.
      let hasWidest = Dispatcher.supports(.exp, on: x.context, .float64, inputs: 1, outputs: 1)
      let wide = hasWidest ? DType.float64 : .float32
      return try cast(logcumsumexpGradient(cast(g, wide), cast(x, wide), cast(y, wide), d), x.dtype)
    }
    if x.dtype.isComplex {
      let logarithm = try sub(unary(.log, conj(g)), y)
      let later = try flip(logcumsumexp(flip(logarithm, [d]), d), [d])
      return try conj(unary(.exp, add(later, x)))
    }
    func share(_ isTaken: Tensor, _ magnitude: Tensor) throws(BackplaneError) -> Tensor {
      let safe = try select(isTaken, .tensor(magnitude), .scalar(.int(1)), x.dtype)
      let logarithm = try select(
        isTaken, .tensor(sub(unary(.log, safe), y)), .scalar(.double(-.infinity)), x.dtype)
      return try unary(.exp, add(flip(logcumsumexp(flip(logarithm, [d]), d), [d]), x))
    }
    let isPositive = try compare(.gt, g, .int(0)), isNegative = try compare(.lt, g, .int(0))
    return try sub(share(isPositive, g), share(isNegative, neg(g)))
  }
}

extension DType {
  /// What sums of this type are held in while they are made.
  var accumulationType: DType {
    switch self {
    case .float16, .bfloat16: .float32
    case .bool, .uint8, .int8, .int16, .int32: .int64
    default: self
    }
  }
}

extension Tensor {
  /// The running sum along a dimension; integers and bools give int64.
  ///
  /// ```swift
  /// Tensor([1.0, 2.0, 3.0]).cumsum(0)  // tensor([1., 3., 6.])
  /// ```
  public func cumsum(_ dim: Int, dtype: DType? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.cumsum(Autocast.cast("cumsum", self), dim, dtype: dtype) }
  }
  /// The running product along a dimension; integers and bools give int64.
  public func cumprod(_ dim: Int, dtype: DType? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.cumprod(Autocast.cast("cumprod", self), dim, dtype: dtype) }
  }
  /// The greatest element up to each place of a dimension, and its index: the last of equals.
  public func cummax(_ dim: Int) -> (values: Tensor, indices: Tensor) {
    funnelPair { () throws(BackplaneError) in try Ops.runningExtreme(.cummax, self, dim) }
  }
  /// The least element up to each place of a dimension, and its index: the last of equals.
  public func cummin(_ dim: Int) -> (values: Tensor, indices: Tensor) {
    funnelPair { () throws(BackplaneError) in try Ops.runningExtreme(.cummin, self, dim) }
  }
  /// The logarithms of the running sums of exponentials along a dimension.
  public func logcumsumexp(_ dim: Int) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.logcumsumexp(self, dim) }
  }
}
