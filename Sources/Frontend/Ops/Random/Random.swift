import BackendAPI

extension Operator {
  static let randomUniform = Operator(BP_OP_RANDOM_UNIFORM, "rand")
  static let randomNormal = Operator(BP_OP_RANDOM_NORMAL, "randn")
  static let randomInteger = Operator(BP_OP_RANDOM_INTEGER, "randint")

  static let random: [Operator] = [randomUniform, randomNormal, randomInteger]
}

extension Ops {
  static func random(
    _ op: Operator, _ shape: [Int], _ dtype: DType, low: Int64 = 0, range: UInt64 = 1,
    _ generator: Generator?, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    let isInteger = op.id == BP_OP_RANDOM_INTEGER
    guard isInteger ? dtype.isInteger : dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "\(op.name): not implemented for '\(dtype.scalarName)'")
    }
    let result = try empty(shape, dtype, on: context)
    let perBlock = isInteger || dtype == .float64 ? 2 : 4
    let (seed, offset) = (generator ?? .default).take(blocks: (result.numel + perBlock - 1) / perBlock)
    var params = bp_random_params(
      struct_size: UInt32(MemoryLayout<bp_random_params>.size), reserved: 0, seed: seed, offset: offset, low: low,
      range: range)
    try withParams(&params) { (p) throws(BackplaneError) in
      try Dispatcher.call(op, on: context, [], to: [Operand(result)], params: p)
    }
    return result
  }
}

extension Ops {
  /// Uniform integers from `low` to `high` − 1, all of which the type must hold.
  static func randint(
    _ low: Int, _ high: Int, _ shape: [Int], _ dtype: DType, _ generator: Generator? = nil, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    guard low < high else {
      throw BackplaneError(.value, "random_ expects 'from' to be less than 'to', but got from=\(low) >= to=\(high)")
    }
    for (bound, name) in [(low, "from"), (high - 1, "to - 1")] {
      guard Scalar.int(Int64(bound)).isExact(in: dtype) else {
        throw BackplaneError(.value, "\(name) is out of bounds for \(dtype.randomName)")
      }
    }
    // What is no integer is converted from integers.
    let result = try random(
      .randomInteger, shape, dtype.isInteger ? dtype : .int64, low: Int64(low),
      range: UInt64(bitPattern: Int64(high) &- Int64(low)), generator, on: context)
    return try cast(result, dtype)
  }

  /// The integers 0 … n − 1 in random order.
  static func randperm(
    _ n: Int, _ dtype: DType, _ generator: Generator?, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    guard dtype != .bool, !dtype.isComplex else {
      throw BackplaneError(.dtype, "\"randperm\" not implemented for '\(dtype.scalarName)'")
    }
    _ = try Layout.contiguous([n])
    try Scalar.int(Int64(n)).requireFits(dtype)
    // Beyond, neighbours are one number.
    if dtype.isFloatingPoint, Double(n) > 2 / dtype.epsilon + 1 {
      throw BackplaneError(
        .value, "n cannot be greater than \(Int(2 / dtype.epsilon) + 1) for \(dtype.scalarName) type.")
    }
    try HostMemory.require(n, of: Int.self, in: "randperm")
    let order = (generator ?? .default).permutation(n)
    return try order.withUnsafeBufferPointer { order in
      Result { () throws(BackplaneError) in try fromHost(order, [n], dtype, on: context) }
    }.get()
  }
}

extension DType {
  /// As PyTorch's messages about random numbers name the type.
  var randomName: String {
    switch self {
    case .int8: "signed char"
    case .uint8: "unsigned char"
    case .int16: "short"
    case .int64: "long"
    default: cppName
    }
  }
}

extension Tensor {
  /// Uniform numbers in [0, 1), from the default generator unless another is given.
  ///
  /// ```swift
  /// manualSeed(7)
  /// let x = Tensor.rand([2, 3])
  /// ```
  public static func rand(
    _ shape: [Int], dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false,
    generator: Generator? = nil
  ) -> Tensor {
    let result = funnel { () throws(BackplaneError) in
      try Ops.randomOfAny(.randomUniform, shape, dtype, generator, on: Ops.context(device))
    }
    return requiresGrad ? result.requiresGrad_() : result
  }

  /// Numbers of the normal distribution with mean 0 and standard deviation 1, from the default generator unless another
  /// is given.
  ///
  /// ```swift
  /// let x = Tensor.randn([2, 3], generator: Generator(seed: 7))
  /// ```
  public static func randn(
    _ shape: [Int], dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false,
    generator: Generator? = nil
  ) -> Tensor {
    let result = funnel { () throws(BackplaneError) in
      try Ops.randomOfAny(.randomNormal, shape, dtype, generator, on: Ops.context(device))
    }
    return requiresGrad ? result.requiresGrad_() : result
  }

  /// Integers from `low` to `high` − 1, each as likely as any other. Bounds that the type does not hold are an error.
  ///
  /// ```swift
  /// let dice = Tensor.randint(1, 7, [100])
  /// ```
  public static func randint(
    _ low: Int, _ high: Int, _ shape: [Int], dtype: DType = .int64, device: Device? = nil,
    generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.randint(low, high, shape, dtype, generator, on: Ops.context(device))
    }
  }

  /// Integers from 0 to `high` − 1, each as likely as any other.
  public static func randint(
    _ high: Int, _ shape: [Int], dtype: DType = .int64, device: Device? = nil, generator: Generator? = nil
  ) -> Tensor {
    randint(0, high, shape, dtype: dtype, device: device, generator: generator)
  }

  /// The integers 0 … n − 1 in random order.
  public static func randperm(_ n: Int, device: Device? = nil, generator: Generator? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.randperm(n, .int64, generator, on: Ops.context(device)) }
  }

  /// Uniform numbers in [0, 1), in the shape, type and on the device of another tensor.
  public static func randLike(_ other: Tensor) -> Tensor {
    rand(other.layout.shape, dtype: other.dtype, device: other.device)
  }
  /// Numbers of the standard normal distribution, in the shape, type and on the device of another tensor.
  public static func randnLike(_ other: Tensor) -> Tensor {
    randn(other.layout.shape, dtype: other.dtype, device: other.device)
  }

  /// Uniform numbers from `from` up to but without `to`, in place.
  @discardableResult
  public func uniform_(from: Double = 0, to: Double = 1, generator: Generator? = nil) -> Tensor {
    inPlace { (x) throws(BackplaneError) in
      try Ops.copy(Ops.uniform(like: x, from, to, generator), into: x)
    }
  }

  /// Numbers of a normal distribution, in place.
  @discardableResult
  public func normal_(mean: Double = 0, std: Double = 1, generator: Generator? = nil) -> Tensor {
    inPlace { (x) throws(BackplaneError) in
      try Ops.copy(Ops.normal(like: x, mean, std, generator), into: x)
    }
  }
}
