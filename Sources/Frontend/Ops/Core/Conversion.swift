extension Ops {
  /// A contiguous copy, without gradient.
  static func copy(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let result = try Tensor(
      empty: x.isContiguous ? x.layout : .contiguous(x.layout.shape), x.dtype, on: x.context)
    try Dispatcher.unary(.copy, on: x.context, Operand(x), to: Operand(result))
    return result
  }

  static func clone(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let result = try copy(x)
    if Autograd.records(x) {
      Autograd.record("CloneBackward0", [x], result, saves: false) { g throws(BackplaneError) in [g] }
    }
    return result
  }

  static func contiguous(_ x: Tensor) throws(BackplaneError) -> Tensor {
    x.isContiguous ? x : try clone(x)
  }

  /// The tensor in another type; itself where it already is of that type.
  @inline(__always)
  static func cast(_ x: Tensor, _ dtype: DType) throws(BackplaneError) -> Tensor {
    x.dtype == dtype ? x : try convert(x, dtype)
  }

  @inline(never)
  private static func convert(_ x: Tensor, _ dtype: DType) throws(BackplaneError) -> Tensor {
    let result = try Tensor(
      elementwise: x.isContiguous ? x.layout : .contiguous(x.layout.shape), dtype, on: x.context)
    try Dispatcher.unary(.copy, on: x.context, Operand(x), to: Operand(result))
    if Autograd.records(x), dtype.isFloatingPoint || dtype.isComplex {
      let original = x.dtype
      Autograd.record("ToCopyBackward0", [x], result, saves: false) { g throws(BackplaneError) in
        [try cast(g, original)]
      }
    }
    return result
  }

  /// The tensor on another device; itself where it already is there.
  static func move(_ x: Tensor, to context: DeviceContext) throws(BackplaneError) -> Tensor {
    if x.context === context { return x }
    let source = try x.isContiguous ? x : copy(x)
    let result = try Tensor(empty: .contiguous(x.layout.shape), x.dtype, on: context)
    try Transfer.copy(source, to: result)
    if Autograd.records(x) {
      let origin = x.context
      Autograd.record("ToCopyBackward0", [x], result, saves: false) { g throws(BackplaneError) in
        [try move(g, to: origin)]
      }
    }
    return result
  }

  /// The tensor on a device and of a type, where these are given.
  ///
  /// - Parameter copy: Give a copy also where the tensor is what is asked for.
  static func to(_ x: Tensor, _ device: Device?, _ dtype: DType?, copy: Bool) throws(BackplaneError) -> Tensor {
    var result = x
    // The less is moved, the better.
    if let dtype, dtype.byteCount <= x.dtype.byteCount { result = try cast(result, dtype) }
    if let device { result = try move(result, to: DeviceContext.of(device)) }
    if let dtype { result = try cast(result, dtype) }
    return copy && result === x ? try clone(x) : result
  }

  /// Copies elements into a tensor of a shape that the source broadcasts to, converting type and device.
  static func copy(_ source: Tensor, into target: Tensor) throws(BackplaneError) {
    try InPlace.check(target)
    let shape = try broadcast(target.layout.shape, source.layout.shape)
    guard shape == target.layout.shape else {
      throw BackplaneError(
        .shape, "output with shape \(target.shape) doesn't match the broadcast shape \(shape)")
    }
    let near = try move(source, to: target.context)
    let elements = try InPlace.separate(near, from: target)
    try Dispatcher.unary(
      .copy, on: target.context, Operand(elements, as: expanded(elements, shape)), to: Operand(target))
    target.storage.version += 1
    if Autograd.records(target, near), target.dtype.isFloatingPoint || target.dtype.isComplex {
      // The old value is gone, so no gradient flows to it.
      let layout = near.layout
      let dtype = near.dtype
      let copied = target.alias()
      Autograd.record("CopyBackwards", [near], copied, saves: false) { g throws(BackplaneError) in
        [try sum(cast(g, dtype), to: layout)]
      }
      InPlace.rebase(target, on: copied.autograd)
    }
  }
}

extension Tensor {
  /// A copy with storage of its own, through which gradients flow.
  public func clone() -> Tensor { funnel { () throws(BackplaneError) in try Ops.clone(self) } }

  /// The tensor itself if its elements lie in row-major order without gaps, else a copy whose elements do.
  public func contiguous() -> Tensor { funnel { () throws(BackplaneError) in try Ops.contiguous(self) } }

  /// The tensor in another type; itself if it already is of that type, unless `copy` asks for one of its own.
  public func to(_ dtype: DType, copy: Bool = false) -> Tensor { to(dtype: dtype, copy: copy) }

  /// The tensor on a device and in a type, where they are given; itself if it already is there and so, unless `copy` asks
  /// for one of its own.
  ///
  /// ```swift
  /// let y = x.to(device: "cuda:0", dtype: .float16)
  /// ```
  ///
  /// - Parameter nonBlocking: Without effect: the work of a device is in order, and the host waits where it must.
  public func to(device: Device? = nil, dtype: DType?, nonBlocking: Bool = false, copy: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.to(self, device, dtype, copy: copy) }
  }

  /// The tensor on another device; itself if it already is there, unless `copy` asks for one of its own.
  ///
  /// ```swift
  /// let y = x.to("cuda:0")
  /// ```
  public func to(_ device: Device, nonBlocking: Bool = false, copy: Bool = false) -> Tensor {
    to(device: device, dtype: nil, copy: copy)
  }
  /// The tensor on another device; itself if it already is there, unless `copy` asks for one of its own.
  public func to(device: Device, nonBlocking: Bool = false, copy: Bool = false) -> Tensor {
    to(device: device, dtype: nil, copy: copy)
  }

  /// The tensor on the device `cpu`; itself if it already is there.
  public func cpu() -> Tensor { to(.processor) }
  /// The tensor on the device `cuda`; itself if it already is there.
  public func cuda() -> Tensor { to(.cuda) }
  /// The tensor in float64; itself if it already is of that type.
  public func double() -> Tensor { to(.float64) }
  /// The tensor in float32; itself if it already is of that type.
  public func float() -> Tensor { to(.float32) }
  /// The tensor in float16; itself if it already is of that type.
  public func half() -> Tensor { to(.float16) }
  /// The tensor in bfloat16; itself if it already is of that type.
  public func bfloat16() -> Tensor { to(.bfloat16) }
  /// The tensor in int64; itself if it already is of that type.
  public func long() -> Tensor { to(.int64) }
  /// The tensor in int32; itself if it already is of that type.
  public func int() -> Tensor { to(.int32) }
  /// The tensor in int16; itself if it already is of that type.
  public func short() -> Tensor { to(.int16) }
  /// The tensor in uint8; itself if it already is of that type.
  public func byte() -> Tensor { to(.uint8) }
  /// The tensor in bool, true where an element is not zero; itself if it already is of that type.
  public func bool() -> Tensor { to(.bool) }

  /// Copies another tensor's elements into this one, converting type and device.
  @discardableResult
  public func copy_(_ source: Tensor) -> Tensor {
    inPlace { (x) throws(BackplaneError) in try Ops.copy(source, into: x) }
  }

  /// The same view with another place in the graph.
  func alias(with state: AutogradState?) -> Tensor {
    let result = alias()
    result.autograd = state
    return result
  }
}
