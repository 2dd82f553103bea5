/// Bytes between devices and the host.
///
/// What passes through the host does so piece by piece: however large a tensor is, no second block of its size is
/// asked for. Bools are made 0 or 1 on the way, since other bytes may stand for true elsewhere.
enum Transfer {
  /// The size of a piece: a multiple of every element's, small enough to stay in a processor's cache.
  private static let pieceByteCount = 1 << 20

  /// Copies between contiguous tensors of one type and count, on any two devices.
  static func copy(_ source: Tensor, to target: Tensor) throws(BackplaneError) {
    let count = source.numel * source.dtype.byteCount
    guard count > 0 else { return }
    let targetOffset = target.storageOffset * target.dtype.byteCount
    if let pointer = try hostPointer(source) {
      try source.context.synchronize()
      return try target.context.copyFromHost(pointer, to: target.storage.block, offset: targetOffset, count: count)
    }
    let sourceOffset = source.storageOffset * source.dtype.byteCount
    if let pointer = try hostPointer(target) {
      return try source.context.copyToHost(
        pointer, from: source.storage.block.buffer, offset: sourceOffset, count: count)
    }
    let isCopied = try target.context.copyFromPeer(
      source.context, source.storage.block.buffer, offset: sourceOffset, to: target.storage.block.buffer,
      targetOffset: targetOffset, count: count)
    if isCopied { return }
    let bounce = try HostBytes(min(count, 16 * pieceByteCount), for: "copy")
    try forEachPiece(count, bounce.buffer.count) { (offset, piece) throws(BackplaneError) in
      let memory = bounce.buffer.baseAddress!
      try source.context.copyToHost(
        memory, from: source.storage.block.buffer, offset: sourceOffset + offset, count: piece)
      try target.context.copyFromHost(memory, to: target.storage.block, offset: targetOffset + offset, count: piece)
    }
  }

  /// Where the host can read a tensor's first element, on devices whose memory is the host's.
  @inline(__always)
  static func hostPointer(_ tensor: Tensor) throws(BackplaneError) -> UnsafeMutableRawPointer? {
    guard let base = try tensor.storage.block.hostPointer else { return nil }
    return base + tensor.storageOffset &* tensor.dtype.byteCount
  }

  /// Reads a contiguous tensor's bytes as a whole, after all work on it is done.
  static func withBytes<Result>(
    of tensor: Tensor, _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(BackplaneError) -> Result {
    let count = tensor.numel * tensor.dtype.byteCount
    if let pointer = try hostPointer(tensor) {
      try tensor.context.synchronize()
      let result = body(UnsafeRawBufferPointer(start: pointer, count: count))
      withExtendedLifetime(tensor) {}
      return result
    }
    let copy = try HostBytes(count, for: "copy to host")
    try tensor.context.copyToHost(
      copy.buffer.baseAddress!, from: tensor.storage.block.buffer,
      offset: tensor.storageOffset * tensor.dtype.byteCount, count: count)
    defer { withExtendedLifetime(copy) {} }
    return body(UnsafeRawBufferPointer(copy.buffer))
  }

  /// Writes a contiguous tensor's bytes.
  static func write(_ bytes: UnsafeRawBufferPointer, to tensor: Tensor) throws(BackplaneError) {
    guard bytes.count > 0, let base = bytes.baseAddress else { return }
    if tensor.dtype == .bool, !BoolBytes.areNormal(bytes) {
      return try fill(tensor) { (piece, offset) throws(BackplaneError) in
        piece.copyMemory(from: UnsafeRawBufferPointer(start: base + offset, count: piece.count))
      }
    }
    try tensor.context.copyFromHost(
      base, to: tensor.storage.block, offset: tensor.storageOffset * tensor.dtype.byteCount, count: bytes.count)
  }

  // MARK: Piece by piece

  /// Fills a contiguous tensor from front to back. `body` is given memory to fill, of whole elements, and at how many
  /// bytes from the first element it lies: the tensor's own memory where the host sees it.
  static func fill(
    _ tensor: Tensor, _ body: (UnsafeMutableRawBufferPointer, Int) throws(BackplaneError) -> Void
  ) throws(BackplaneError) {
    let count = tensor.numel * tensor.dtype.byteCount
    guard count > 0 else { return }
    let own = try hostPointer(tensor)
    if own != nil { try tensor.context.synchronize() }
    let bounce = own == nil ? try HostBytes(min(count, pieceByteCount), for: "copy from host") : nil
    let start = tensor.storageOffset * tensor.dtype.byteCount
    try forEachPiece(count, pieceByteCount) { (offset, size) throws(BackplaneError) in
      let memory = own.map { $0 + offset } ?? bounce!.buffer.baseAddress!
      let piece = UnsafeMutableRawBufferPointer(start: memory, count: size)
      try body(piece, offset)
      if tensor.dtype == .bool { BoolBytes.normalize(piece) }
      guard own == nil else { return }
      try tensor.context.copyFromHost(memory, to: tensor.storage.block, offset: start + offset, count: size)
    }
    withExtendedLifetime(tensor) {}
  }

  /// Passes on a contiguous tensor's bytes from front to back, after all work on it is done.
  static func drain(
    _ tensor: Tensor, _ body: (UnsafeRawBufferPointer) throws(BackplaneError) -> Void
  ) throws(BackplaneError) {
    let count = tensor.numel * tensor.dtype.byteCount
    guard count > 0 else { return }
    let own = try hostPointer(tensor)
    if own != nil { try tensor.context.synchronize() }
    // Memory that another library shares may hold bools that are neither 0 nor 1: those are not changed in place.
    let isCopied = own == nil || tensor.dtype == .bool
    let bounce = isCopied ? try HostBytes(min(count, pieceByteCount), for: "copy to host") : nil
    let start = tensor.storageOffset * tensor.dtype.byteCount
    try forEachPiece(count, pieceByteCount) { (offset, size) throws(BackplaneError) in
      guard let bounce else { return try body(UnsafeRawBufferPointer(start: own! + offset, count: size)) }
      let piece = UnsafeMutableRawBufferPointer(rebasing: bounce.buffer[..<size])
      if let own {
        piece.copyMemory(from: UnsafeRawBufferPointer(start: own + offset, count: size))
      } else {
        try tensor.context.copyToHost(
          piece.baseAddress!, from: tensor.storage.block.buffer, offset: start + offset, count: size)
      }
      if tensor.dtype == .bool { BoolBytes.normalize(piece) }
      try body(UnsafeRawBufferPointer(piece))
    }
    withExtendedLifetime(tensor) {}
  }

  private static func forEachPiece(
    _ count: Int, _ pieceCount: Int, _ body: (_ offset: Int, _ count: Int) throws(BackplaneError) -> Void
  ) throws(BackplaneError) {
    var offset = 0
    while offset < count {
      let size = min(count - offset, pieceCount)
      try body(offset, size)
      offset += size
    }
  }
}

/// The bytes of bools: 0 and 1 here, where NumPy and others take every byte but 0 for true.
enum BoolBytes {
  static func areNormal(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var all: UInt8 = 0
    for byte in bytes { all |= byte }
    return all <= 1
  }

  static func normalize(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    for i in 0..<bytes.count { base[i] = base[i] == 0 ? 0 : 1 }
  }
}
