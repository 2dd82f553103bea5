// Tensors made like others, and rarer ways of making them.

extension Ops {
  /// A tensor of given strides whose elements are unspecified.
  static func emptyStrided(
    _ shape: [Int], _ strides: [Int], _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    guard shape.count == strides.count else {
      throw BackplaneError(
        .shape,
        "empty_strided: dimensionality of sizes (\(shape.count)) must match dimensionality of strides "
          + "(\(strides.count))")
    }
    guard strides.allSatisfy({ $0 >= 0 }) else {
      throw BackplaneError(.value, "empty_strided: strides must not be negative, got \(strides)")
    }
    let layout = try Layout.strided(shape, Layout.bounded(strides, shape))
    guard let last = lastElement(shape, strides, 0), last < Int.max / 32 else {
      throw BackplaneError(.shape, "empty_strided: a tensor of strides \(strides) is more than memory can hold")
    }
    let storage = try Storage((layout.count == 0 ? 0 : last + 1) * dtype.byteCount, on: context(device))
    return Tensor(storage: storage, offset: 0, layout: layout, dtype: dtype)
  }

  /// Powers of a base whose exponents are at equal distances.
  static func logspace(
    _ start: Double, _ end: Double, steps: Int, base: Double, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    guard steps >= 0 else { throw BackplaneError(.value, "number of steps must be non-negative") }
    // Integers are truncated before as well as after.
    let ends = dtype.isInteger ? (start.rounded(.towardZero), end.rounded(.towardZero)) : (start, end)
    let step = steps > 1 ? (ends.1 - ends.0) / Double(steps - 1) : 0
    _ = try Layout.contiguous([steps])
    try HostMemory.require(steps, of: Double.self, in: "logspace")
    let powers = (0..<steps).map { i in
      // Counted from both ends, so that the last is the base to the power of `end`.
      let exponent = i < steps / 2 ? ends.0 + step * Double(i) : ends.1 - step * Double(steps - 1 - i)
      return power(base, steps == 1 ? ends.0 : exponent)
    }
    return try fromHost(powers, [steps], dtype, on: context(device))
  }
}

extension Tensor {
  /// Zeros of this tensor's type and device, unless others are given.
  public func newZeros(_ shape: [Int], dtype: DType? = nil, device: Device? = nil) -> Tensor {
    .zeros(shape, dtype: dtype ?? self.dtype, device: device ?? self.device)
  }
  /// Ones of this tensor's type and device, unless others are given.
  public func newOnes(_ shape: [Int], dtype: DType? = nil, device: Device? = nil) -> Tensor {
    .ones(shape, dtype: dtype ?? self.dtype, device: device ?? self.device)
  }
  /// A tensor of one value, of this tensor's type and device, unless others are given.
  public func newFull(
    _ shape: [Int], _ value: some ScalarConvertible, dtype: DType? = nil, device: Device? = nil
  ) -> Tensor {
    .full(shape, value, dtype: dtype ?? self.dtype, device: device ?? self.device)
  }
  /// Unspecified elements of this tensor's type and device, unless others are given.
  public func newEmpty(_ shape: [Int], dtype: DType? = nil, device: Device? = nil) -> Tensor {
    .empty(shape, dtype: dtype ?? self.dtype, device: device ?? self.device)
  }
  /// A copy of another tensor in this tensor's type and device, apart from the graph.
  public func newTensor(_ other: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.copy(Ops.cast(Ops.move(other.detach(), to: context), dtype))
    }
  }

  /// A tensor of unspecified elements that lie as the strides say.
  public static func emptyStrided(
    _ shape: [Int], _ strides: [Int], dtype: DType = .float32, device: Device? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.emptyStrided(shape, strides, dtype, device) }
  }

  /// The powers base^`start` … base^`end`, of which there are `steps`, with exponents at equal distances.
  public static func logspace(
    _ start: Double, _ end: Double, steps: Int, base: Double = 10, dtype: DType = .float32, device: Device? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.logspace(start, end, steps: steps, base: base, dtype, device) }
  }

  /// The tensor on another device and in another type; itself where it is so already, unless `copy`.
  public func to(_ device: Device, _ dtype: DType, nonBlocking: Bool = false, copy: Bool = false) -> Tensor {
    to(device: device, dtype: dtype, copy: copy)
  }
  /// The tensor in the type and on the device of another one.
  public func to(_ other: Tensor, nonBlocking: Bool = false, copy: Bool = false) -> Tensor {
    to(device: other.device, dtype: other.dtype, copy: copy)
  }
  /// The tensor in the type of another one.
  public func typeAs(_ other: Tensor) -> Tensor { to(other.dtype) }
  /// The tensor in int8.
  public func char() -> Tensor { to(.int8) }
}

/// A number as a tensor without dimensions, in float32 whatever the number's own type is, unless another is asked for.
public func scalarTensor(
  _ value: some ScalarConvertible, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
) -> Tensor { .full([], value, dtype: dtype, device: device, requiresGrad: requiresGrad) }
