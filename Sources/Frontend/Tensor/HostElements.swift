/// Elements in host memory, read and written one at a time as ``Scalar``.
enum HostElements {
  static func load(_ base: UnsafeRawPointer, _ index: Int, _ dtype: DType) -> Scalar {
    let p = base + index * dtype.byteCount
    return switch dtype {
    case .bool: .bool(p.loadUnaligned(as: UInt8.self) != 0)
    case .uint8: .int(Int64(p.loadUnaligned(as: UInt8.self)))
    case .int8: .int(Int64(p.loadUnaligned(as: Int8.self)))
    case .int16: .int(Int64(p.loadUnaligned(as: Int16.self)))
    case .int32: .int(Int64(p.loadUnaligned(as: Int32.self)))
    case .int64: .int(p.loadUnaligned(as: Int64.self))
    case .float16: .double(Double(p.loadUnaligned(as: Float16.self)))
    case .bfloat16: .double(Double(BFloat16(bitPattern: p.loadUnaligned(as: UInt16.self)).float))
    case .float32: .double(Double(p.loadUnaligned(as: Float.self)))
    case .float64: .double(p.loadUnaligned(as: Double.self))
    case .complex64:
      .complex(Double(p.loadUnaligned(as: Float.self)), Double((p + 4).loadUnaligned(as: Float.self)))
    case .complex128: .complex(p.loadUnaligned(as: Double.self), (p + 8).loadUnaligned(as: Double.self))
    }
  }

  static func store(_ value: Scalar, _ base: UnsafeMutableRawPointer, _ index: Int, _ dtype: DType) {
    let p = base + index * dtype.byteCount
    let (bits, high) = value.words(as: dtype)
    switch dtype.byteCount {
    case 1: p.storeBytes(of: UInt8(truncatingIfNeeded: bits), as: UInt8.self)
    case 2: p.storeBytes(of: UInt16(truncatingIfNeeded: bits), as: UInt16.self)
    case 4: p.storeBytes(of: UInt32(truncatingIfNeeded: bits), as: UInt32.self)
    default:
      p.storeBytes(of: bits, as: UInt64.self)
      if dtype == .complex128 { (p + 8).storeBytes(of: high, as: UInt64.self) }
    }
  }
}

extension Tensor {
  /// Makes a tensor from a number or nested arrays. Integers become int64, floating point numbers float32, bools
  /// bool, unless `dtype` says otherwise.
  ///
  /// ```swift
  /// let m = Tensor([[1.0, 2.0], [3.0, 4.0]], requiresGrad: true)
  /// let precise = Tensor(measurements, dtype: .float64)  // measurements: [Double]
  /// ```
  ///
  /// An array of `Double` becomes **float32** as well, with the loss of precision that this means: Swift's numbers with a
  /// point are `Double` where nothing else is said, as Python's are, and PyTorch makes float32 of those. A NumPy array of
  /// float64, which PyTorch would leave as it is, corresponds to `dtype: .float64`.
  public convenience init<Literal: TensorLiteral>(
    _ value: Literal, dtype: DType? = nil, device: Device? = nil, requiresGrad: Bool = false
  ) {
    let made = funnel { () throws(BackplaneError) in
      let shape = value._literalShape
      // Rows that are one array in memory are as many elements as they stand for.
      let count = try Layout.elementCount(shape)
      try HostMemory.require(count, of: Literal.Leaf.self, in: "Tensor")
      if let (depth, count) = value._mismatch(shape[...], depth: 0), !shape.isEmpty {
        throw BackplaneError(
          .shape, "expected sequence of length \(shape[depth]) at dim \(depth) (got \(count))")
      }
      var leaves: [Literal.Leaf] = []
      leaves.reserveCapacity(count)
      value._appendLeaves(to: &leaves)
      let type = dtype ?? Literal.Leaf._dtype
      let context = try Ops.context(device)
      let result = leaves.withUnsafeBufferPointer { buffer in
        Result { () throws(BackplaneError) in try Ops.fromHost(buffer, shape, type, on: context) }
      }
      return try result.get()
    }
    self.init(storage: made.storage, offset: made.storageOffset, layout: made.layout, dtype: made.dtype)
    if requiresGrad { requiresGrad_() }
  }

  /// Makes a tensor of a shape from its elements in row-major order. As in ``init(_:dtype:device:requiresGrad:)``, elements
  /// of type `Double` become float32 unless `dtype` says otherwise.
  public convenience init<Element: TensorElement>(
    _ elements: [Element], shape: [Int], dtype: DType? = nil, device: Device? = nil
  ) {
    let made = funnel { () throws(BackplaneError) in
      let context = try Ops.context(device)
      let result = elements.withUnsafeBufferPointer { buffer in
        Result { () throws(BackplaneError) in
          try Ops.fromHost(buffer, shape, dtype ?? Element._dtype, on: context)
        }
      }
      return try result.get()
    }
    self.init(storage: made.storage, offset: made.storageOffset, layout: made.layout, dtype: made.dtype)
  }

  /// The elements in row-major order.
  public func toArray<Element: TensorElement>(_ type: Element.Type = Element.self) -> [Element] {
    funnel(or: Placeholder.elements(of: self)) { () throws(BackplaneError) in try Ops.toHost(self, type) }
  }

  /// The value of a tensor of one element, of whatever type, as a `Double`.
  ///
  /// PyTorch's number is of the tensor's kind, which Swift cannot know beforehand: `Tensor([10]).item()` is 10.0 here. Name
  /// another type where it matters, as it does for integers beyond 2⁵³:
  ///
  /// ```swift
  /// let count = mask.sum().item(Int.self)
  /// print(mask.sum().item(Scalar.self))  // 10; of the tensor's kind: also true, 2.5, (1.0+2.0j)
  /// ```
  public func item() -> Double {
    funnel(or: 0) { () throws(BackplaneError) in
      let value = try Ops.item(self)
      guard value.imaginary == 0 else {
        throw BackplaneError(.value, "value cannot be converted to type double without overflow")
      }
      // A device's NaN may carry a sign, which Swift would print.
      return value.double.isNaN ? .nan : value.double
    }
  }

  /// The value of a tensor of one element, as another Swift type.
  public func item<Element: TensorElement>(_ type: Element.Type) -> Element {
    funnel(or: Element(.int(0))) { () throws(BackplaneError) in
      let value = try Ops.item(self)
      try value.requireFits(Element._storageDType, roundingToInfinity: true)
      return Element(value)
    }
  }

  /// The value of a tensor of one element as a number of the tensor's kind.
  public func item(_ type: Scalar.Type) -> Scalar {
    funnel(or: .int(0)) { () throws(BackplaneError) in try Ops.item(self) }
  }
}

extension Tensor {
  /// Makes a tensor of its elements' bytes, in row-major order.
  package convenience init(
    hostBytes bytes: [UInt8], shape: [Int], dtype: DType, device: Device? = nil
  ) throws(BackplaneError) {
    let made = try Ops.empty(shape, dtype, on: Ops.context(device))
    guard made.numel * dtype.byteCount == bytes.count else {
      throw BackplaneError(.shape, "\(bytes.count) bytes are no tensor of shape \(shape) and type \(dtype)")
    }
    let written = bytes.withUnsafeBytes { bytes in
      Result { () throws(BackplaneError) in try Transfer.write(bytes, to: made) }
    }
    try written.get()
    self.init(storage: made.storage, offset: made.storageOffset, layout: made.layout, dtype: dtype)
  }

  /// The bytes of the elements in row-major order, after all work on them is done.
  package func hostBytes() throws(BackplaneError) -> [UInt8] {
    try Transfer.withBytes(of: isContiguous ? self : Ops.copy(self)) { Array($0) }
  }
}
