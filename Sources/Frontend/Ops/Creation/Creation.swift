import BackendAPI

extension Operator {
  static let copy = Operator(BP_OP_COPY, "copy")
  static let fill = Operator(BP_OP_FILL, "fill")
  static let arange = Operator(BP_OP_ARANGE, "arange")

  static let creation: [Operator] = [fill, arange]
}

extension Ops {
  static func empty(_ shape: [Int], _ dtype: DType, on context: DeviceContext) throws(BackplaneError) -> Tensor {
    try Tensor(empty: .contiguous(shape), dtype, on: context)
  }

  static func full(
    _ layout: Layout, _ value: Scalar, _ dtype: DType, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    let result = try Tensor(
      empty: layout.isContiguous ? layout : .contiguous(layout.shape), dtype, on: context)
    try fill(result, value)
    return result
  }

  /// Sets every element, without regard to the graph.
  static func fill(_ x: Tensor, _ value: Scalar) throws(BackplaneError) {
    if value.imaginary != 0 { try value.requireFits(x.dtype) }
    let zeroStrides = x.layout.rank == 0 ? x.layout : try immediateLayout(x.layout.shape)
    try Dispatcher.unary(.fill, on: x.context, Operand(value, x.dtype, as: zeroStrides), to: Operand(x))
  }

  /// Sets every element; the gradient of what was there is zero.
  static func fillInPlace(_ x: Tensor, _ value: Scalar) throws(BackplaneError) {
    try InPlace.check(x)
    try value.requireFits(x.dtype)
    if Autograd.records(x) {
      let filled = try full(.contiguous(x.layout.shape), value, x.dtype, on: x.context)
      Autograd.record("FillBackward0", [x], filled, saves: false) { g throws(BackplaneError) in
        [try zerosLike(g)]
      }
      return try InPlace.replace(x, with: filled)
    }
    try fill(x, value)
    x.storage.version += 1
  }

  static func zerosLike(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try full(x.layout, .int(0), x.dtype, on: x.context)
  }

  static func onesLike(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try full(x.layout, .int(1), x.dtype, on: x.context)
  }

  static func arange(
    _ start: Scalar, _ end: Scalar, _ step: Scalar, _ dtype: DType?, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    guard step.double != 0 else { throw BackplaneError(.value, "step must be nonzero") }
    guard start.double.isFinite, end.double.isFinite, step.double.isFinite else {
      throw BackplaneError(.value, "unsupported range: \(start) -> \(end)")
    }
    func requireDirection(_ isUpward: Bool, _ isEmpty: Bool) throws(BackplaneError) {
      guard isEmpty || isUpward == (step.double > 0) else {
        throw BackplaneError(
          .value, "upper bound and lower bound inconsistent with step sign: \(start) to \(end) by \(step)")
      }
    }
    let isInteger: Bool
    let count: Int
    if case (.int(let a), .int(let b), .int(let s)) = (start, end, step) {
      isInteger = true
      try requireDirection(a < b, a == b)
      // The distance of two integers, and that between the least and 0, only their magnitudes hold.
      let span = UInt64(bitPattern: a < b ? b &- a : a &- b)
      count = try Sizes.int(span / s.magnitude + (span % s.magnitude == 0 ? 0 : 1), in: "arange")
    } else {
      isInteger = false
      try requireDirection(start.double < end.double, start.double == end.double)
      let steps = ((end.double - start.double) / step.double).rounded(.up)
      guard steps < 0x1p60 else { throw BackplaneError(.value, "arange: \(start) to \(end) by \(step) is too long") }
      count = Int(steps)
    }
    let type = dtype ?? (isInteger ? .int64 : .float32)
    // Narrower types wrap, as conversions do.
    if type.isInteger { for number in [start, end, step] { try number.requireFits(.int64) } }
    return try arithmeticSequence(start, step, count, type, on: context)
  }

  static func arithmeticSequence(
    _ start: Scalar, _ step: Scalar, _ count: Int, _ dtype: DType, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    guard dtype != .bool, !dtype.isComplex else {
      throw BackplaneError(.dtype, "arange: not implemented for '\(dtype.scalarName)'")
    }
    let result = try empty([count], dtype, on: context)
    var params = bp_arange_params(
      struct_size: UInt32(MemoryLayout<bp_arange_params>.size), reserved: 0, start: start.double,
      step: step.double, integer_start: start.int64, integer_step: step.int64)
    try withParams(&params) { (p) throws(BackplaneError) in
      try Dispatcher.call(.arange, on: context, [], to: [Operand(result)], params: p)
    }
    return result
  }

  /// A tensor of one value, of a type that the value fits; without `dtype`, of the value's.
  static func full(
    _ shape: [Int], _ value: Scalar, _ dtype: DType?, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    let type = dtype ?? value.defaultDType
    // 16 bits take a number that is too great as infinity here, and nowhere else.
    try value.requireFits(type, roundingToInfinity: type.byteCount == 2)
    return try full(.contiguous(shape), value, type, on: context(device))
  }

  /// The numbers from `start` to `end`, both included, at `steps` places of equal distance.
  static func linspace(
    _ start: Double, _ end: Double, steps: Int, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    guard steps >= 0 else { throw BackplaneError(.value, "number of steps must be non-negative") }
    let context = try Ops.context(device)
    if dtype.isComplex {
      return try cast(linspace(start, end, steps: steps, dtype.realType, device), dtype)
    }
    for bound in [start, end] { try Scalar.double(bound).requireFits(dtype) }
    // Integers are truncated before as well as after; bytes below 0 are counted from above.
    func truncated(_ bound: Double) -> Double {
      let whole = bound.rounded(.towardZero)
      return dtype == .uint8 && whole < 0 ? whole + 256 : whole
    }
    let ends = dtype.isInteger ? (truncated(start), truncated(end)) : (start, end)
    let step = steps > 1 ? (ends.1 - ends.0) / Double(steps - 1) : 0
    guard dtype.isInteger, steps > 1 else {
      return try arithmeticSequence(.double(ends.0), .double(step), steps, dtype, on: context)
    }
    // Counted from both ends, so that the last number is `end` and is not truncated to the one before.
    let half = steps / 2
    func part(_ first: Int, _ count: Int, from origin: Double) throws(BackplaneError) -> Tensor {
      let index = try arithmeticSequence(.double(Double(first)), .double(1), count, .float64, on: context)
      return try add(mul(index, .double(step)), .double(origin))
    }
    let numbers = try cat(
      [part(0, half, from: ends.0), part(half - (steps - 1), steps - half, from: ends.1)], 0)
    return try cast(numbers, dtype)
  }

  /// Ones on the diagonal of an n × m matrix.
  static func eye(_ n: Int, _ m: Int?, _ dtype: DType, _ device: Device?) throws(BackplaneError) -> Tensor {
    let columns = m ?? n
    guard n >= 0, columns >= 0 else {
      throw BackplaneError(.value, "n must be greater or equal to 0, got \(Swift.min(n, columns))")
    }
    let context = try Ops.context(device)
    let result = try full(.contiguous([n, columns]), .int(0), dtype, on: context)
    let diagonal = result.view(try .strided([Swift.min(n, columns)], [columns + 1]), offset: 0)
    try fill(diagonal, .int(1))
    return result
  }
}

// MARK: - Spelling

extension Tensor {
  private static func make(
    _ requiresGrad: Bool, _ body: () throws(BackplaneError) -> Tensor
  ) -> Tensor {
    let result = funnel(body)
    return requiresGrad ? result.requiresGrad_() : result
  }

  /// A tensor whose elements are unspecified.
  public static func empty(
    _ shape: [Int], dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor {
    make(requiresGrad) { () throws(BackplaneError) in try Ops.empty(shape, dtype, on: Ops.context(device)) }
  }

  /// A tensor of one value; without `dtype`, of the value's type.
  ///
  /// A value that the type does not hold is an error.
  ///
  /// ```swift
  /// Tensor.full([2, 2], 1.5)  // [[1.5, 1.5], [1.5, 1.5]]
  /// ```
  public static func full(
    _ shape: [Int], _ value: some ScalarConvertible, dtype: DType? = nil, device: Device? = nil,
    requiresGrad: Bool = false
  ) -> Tensor {
    make(requiresGrad) { () throws(BackplaneError) in try Ops.full(shape, value.scalar, dtype, device) }
  }

  /// A tensor of zeros.
  ///
  /// ```swift
  /// Tensor.zeros([2, 3], device: "cuda:0")
  /// ```
  public static func zeros(
    _ shape: [Int], dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { full(shape, 0, dtype: dtype, device: device, requiresGrad: requiresGrad) }

  /// A tensor of ones.
  public static func ones(
    _ shape: [Int], dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
  ) -> Tensor { full(shape, 1, dtype: dtype, device: device, requiresGrad: requiresGrad) }

  /// Zeros in the shape, type and on the device of another tensor.
  public static func zerosLike(_ other: Tensor, dtype: DType? = nil) -> Tensor {
    zeros(other.layout.shape, dtype: dtype ?? other.dtype, device: other.device)
  }
  /// Ones in the shape, type and on the device of another tensor.
  public static func onesLike(_ other: Tensor, dtype: DType? = nil) -> Tensor {
    ones(other.layout.shape, dtype: dtype ?? other.dtype, device: other.device)
  }
  /// One value in the shape, type and on the device of another tensor.
  public static func fullLike(_ other: Tensor, _ value: some ScalarConvertible, dtype: DType? = nil) -> Tensor {
    full(other.layout.shape, value, dtype: dtype ?? other.dtype, device: other.device)
  }
  /// Unspecified elements in the shape, type and on the device of another tensor.
  public static func emptyLike(_ other: Tensor, dtype: DType? = nil) -> Tensor {
    empty(other.layout.shape, dtype: dtype ?? other.dtype, device: other.device)
  }

  /// The integers 0 … end − 1, or for a float the numbers 0, 1, … below `end`.
  public static func arange(
    _ end: some ScalarConvertible, dtype: DType? = nil, device: Device? = nil
  ) -> Tensor { arange(0, end, dtype: dtype, device: device) }

  /// The numbers start, start + step, … up to but without `end`; int64 if all are integers.
  ///
  /// In an integer type too narrow for them the numbers wrap, as in PyTorch. A step of 0, or away from `end`, is an
  /// error.
  ///
  /// ```swift
  /// Tensor.arange(1, 2, 0.25)  // [1, 1.25, 1.5, 1.75]
  /// ```
  public static func arange(
    _ start: some ScalarConvertible, _ end: some ScalarConvertible, _ step: some ScalarConvertible = 1,
    dtype: DType? = nil, device: Device? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.arange(start.scalar, end.scalar, step.scalar, dtype, on: Ops.context(device))
    }
  }

  /// The numbers start, start + step, … up to but without `end`; int64 if all are integers.
  public static func arange(
    _ start: some ScalarConvertible, _ end: some ScalarConvertible, step: some ScalarConvertible,
    dtype: DType? = nil, device: Device? = nil
  ) -> Tensor { arange(start, end, step, dtype: dtype, device: device) }

  /// The numbers from `start` to `end`, both included, at `steps` places of equal distance.
  public static func linspace(
    _ start: Double, _ end: Double, steps: Int, dtype: DType = .float32, device: Device? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.linspace(start, end, steps: steps, dtype, device) }
  }

  /// A matrix of n rows and m columns, by default n, with ones on its diagonal and zeros elsewhere.
  public static func eye(_ n: Int, m: Int? = nil, dtype: DType = .float32, device: Device? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.eye(n, m, dtype, device) }
  }

  /// A matrix of n rows and m columns with ones on its diagonal and zeros elsewhere.
  public static func eye(_ n: Int, _ m: Int, dtype: DType = .float32, device: Device? = nil) -> Tensor {
    eye(n, m: m, dtype: dtype, device: device)
  }

  /// Sets every element to one value.
  @discardableResult
  public func fill_(_ value: some ScalarConvertible) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.fillInPlace(x, value.scalar) }
  }

  /// Sets every element to zero.
  @discardableResult
  public func zero_() -> Tensor { fill_(0) }
}
