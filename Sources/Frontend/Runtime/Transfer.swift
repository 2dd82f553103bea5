/// Bytes between devices and the host.
enum Transfer {
  /// Copies between contiguous tensors of one type and count, on any two devices.
  static func copy(_ source: Tensor, to target: Tensor) throws(BackplaneError) {
    let count = source.numel * source.dtype.byteCount
    guard count > 0 else { return }
    let targetOffset = target.storageOffset * target.dtype.byteCount
    if let pointer = hostPointer(source) {
      try source.context.synchronize()
      return try target.context.copyFromHost(pointer, to: target.storage.block, offset: targetOffset, count: count)
    }
    let sourceOffset = source.storageOffset * source.dtype.byteCount
    if let pointer = hostPointer(target) {
      return try source.context.copyToHost(
        pointer, from: source.storage.block.buffer, offset: sourceOffset, count: count)
    }
    let isCopied = try target.context.copyFromPeer(
      source.context, source.storage.block.buffer, offset: sourceOffset, to: target.storage.block.buffer,
      targetOffset: targetOffset, count: count)
    if isCopied { return }
    let bounce = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
    defer { bounce.deallocate() }
    try source.context.copyToHost(bounce, from: source.storage.block.buffer, offset: sourceOffset, count: count)
    try target.context.copyFromHost(bounce, to: target.storage.block, offset: targetOffset, count: count)
  }

  /// Where the host can read a tensor's first element, on devices whose memory is the host's.
  @inline(__always)
  static func hostPointer(_ tensor: Tensor) -> UnsafeMutableRawPointer? {
    guard let base = tensor.storage.block.hostPointer else { return nil }
    return base + tensor.storageOffset &* tensor.dtype.byteCount
  }

  /// Reads a contiguous tensor's bytes, after all work on it is done.
  static func withBytes<Result>(
    of tensor: Tensor, _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(BackplaneError) -> Result {
    let count = tensor.numel * tensor.dtype.byteCount
    if let pointer = hostPointer(tensor) {
      try tensor.context.synchronize()
      let result = body(UnsafeRawBufferPointer(start: pointer, count: count))
      withExtendedLifetime(tensor) {}
      return result
    }
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 64)
    defer { bytes.deallocate() }
    try tensor.context.copyToHost(
      bytes.baseAddress!, from: tensor.storage.block.buffer,
      offset: tensor.storageOffset * tensor.dtype.byteCount, count: count)
    return body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
  }

  /// Writes a contiguous tensor's bytes.
  static func write(_ bytes: UnsafeRawBufferPointer, to tensor: Tensor) throws(BackplaneError) {
    guard bytes.count > 0, let base = bytes.baseAddress else { return }
    try tensor.context.copyFromHost(
      base, to: tensor.storage.block, offset: tensor.storageOffset * tensor.dtype.byteCount, count: bytes.count)
  }
}
