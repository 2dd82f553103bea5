extension Tensor {
  /// Makes a tensor of a shape from elements that lie in memory in row-major order; they are copied.
  public convenience init<Element: TensorElement>(
    _ elements: UnsafeBufferPointer<Element>, shape: [Int], dtype: DType? = nil, device: Device? = nil
  ) {
    let made = funnel { () throws(BackplaneError) in
      try Ops.fromHost(elements, shape, dtype ?? Element._dtype, on: Ops.context(device))
    }
    self.init(storage: made.storage, offset: made.storageOffset, layout: made.layout, dtype: made.dtype)
  }

  /// Passes the bytes of the elements in row-major order to `body`, after all work on them is done: the tensor's memory
  /// itself where the host sees it and the tensor is contiguous, a copy elsewhere.
  ///
  /// ```swift
  /// let sum = try x.withUnsafeBytes { $0.bindMemory(to: Float.self).reduce(0, +) }
  /// ```
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    let dense = try isContiguous ? self : Ops.copy(self)
    return try Transfer.withBytes(of: dense) { bytes in Swift.Result { try body(bytes) } }.get()
  }

  /// Passes the tensor's memory to `body`, which may change it. Of a bool every byte but 0 then stands for true.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/unsupported`` on a device whose memory the host does not
  ///   see, of kind ``BackplaneError/Kind/value`` for a tensor that is not contiguous, of kind
  ///   ``BackplaneError/Kind/autograd`` for one that takes part in a gradient; and what `body` throws.
  public func withUnsafeMutableBytes<Result>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) throws -> Result {
    try InPlace.check(self)
    guard !Autograd.records(self) else {
      throw BackplaneError(.autograd, "the bytes of a tensor that requires gradient cannot be changed; use noGrad")
    }
    guard isContiguous else {
      throw BackplaneError(.value, "withUnsafeMutableBytes: strides \(strides) of shape \(shape) are not contiguous")
    }
    guard let pointer = try Transfer.hostPointer(self) else {
      throw BackplaneError(.unsupported, "withUnsafeMutableBytes: the memory of \(device) is not the host's")
    }
    try context.synchronize()
    // What `body` computes with the tensor must not wait for what it writes later.
    storage.share()
    defer { storage.version += 1 }
    return try withExtendedLifetime(self) {
      let bytes = UnsafeMutableRawBufferPointer(start: pointer, count: numel * dtype.byteCount)
      defer { if dtype == .bool { BoolBytes.normalize(bytes) } }
      return try body(bytes)
    }
  }
}
