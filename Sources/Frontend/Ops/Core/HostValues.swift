/// Elements from and to the host.
extension Ops {
  /// A tensor of values that the host has computed.
  static func fromHost<Element: TensorElement>(
    _ values: [Element], _ shape: [Int], _ dtype: DType = Element._dtype, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    let result = values.withUnsafeBufferPointer { buffer in
      Result { () throws(BackplaneError) in try fromHost(buffer, shape, dtype, on: context) }
    }
    return try result.get()
  }

  /// A tensor of Swift values, converted on the host so that the device needs no type but the result's.
  static func fromHost<Element: TensorElement>(
    _ values: UnsafeBufferPointer<Element>, _ shape: [Int], _ dtype: DType, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    let layout = try Layout.contiguous(shape)
    guard layout.count == values.count else {
      throw BackplaneError(.shape, "shape '\(shape)' is invalid for input of size \(values.count)")
    }
    let result = try Tensor(empty: layout, dtype, on: context)
    if Element._storageDType == dtype {
      try Transfer.write(UnsafeRawBufferPointer(values), to: result)
      return result
    }
    let bytes = try HostBytes(values.count * dtype.byteCount, for: "a tensor of shape \(shape)")
    let base = bytes.buffer.baseAddress!
    if Element.self == Double.self, dtype == .float32 {
      for i in 0..<values.count {
        let value = UnsafeRawPointer(values.baseAddress! + i).load(as: Double.self)
        base.storeBytes(of: Float(value), toByteOffset: 4 * i, as: Float.self)
      }
    } else {
      // What every value of the one type has a place for in the other needs no look.
      let isChecked = dtype.isInteger || (Element._dtype.isComplex && !dtype.isComplex)
      for i in 0..<values.count {
        let value = values[i].scalar
        if isChecked { try value.requireFits(dtype, as: dtype.description) }
        HostElements.store(value, base, i, dtype)
      }
    }
    try withExtendedLifetime(bytes) { () throws(BackplaneError) in
      try Transfer.write(UnsafeRawBufferPointer(bytes.buffer), to: result)
    }
    return result
  }

  static func toHost<Element: TensorElement>(_ x: Tensor, _ type: Element.Type) throws(BackplaneError) -> [Element] {
    let dense = try x.isContiguous ? x : copy(x)
    try HostMemory.require(dense.numel, of: Element.self, in: "toArray")
    return try Transfer.withBytes(of: dense) { bytes in
      guard let base = bytes.baseAddress, dense.numel > 0 else { return [] }
      if Element._storageDType == dense.dtype, dense.dtype != .bool {
        return [Element](unsafeUninitializedCapacity: dense.numel) { buffer, count in
          UnsafeMutableRawPointer(buffer.baseAddress!).copyMemory(from: base, byteCount: bytes.count)
          count = dense.numel
        }
      }
      return (0..<dense.numel).map { Element(HostElements.load(base, $0, dense.dtype)) }
    }
  }

  static func item(_ x: Tensor) throws(BackplaneError) -> Scalar {
    guard x.numel == 1 else {
      throw BackplaneError(.shape, "a Tensor with \(x.numel) elements cannot be converted to Scalar")
    }
    // One element is contiguous whatever its strides say.
    if let pointer = try Transfer.hostPointer(x) {
      try x.context.synchronize()
      return HostElements.load(pointer, 0, x.dtype)
    }
    let flat = x.view(.scalar, offset: x.storageOffset)
    return try Transfer.withBytes(of: flat) { HostElements.load($0.baseAddress!, 0, x.dtype) }
  }
}
