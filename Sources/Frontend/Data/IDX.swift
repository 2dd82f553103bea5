import BackendAPI

/// The format of the MNIST files: one array of numbers, big-endian.
///
/// http://yann.lecun.com/exdb/mnist: two zero bytes, a byte for the type, a byte for the rank, the extents as 32-bit
/// integers, the elements.
public enum IDX {
  /// Reads a file of unsigned or signed bytes, int16, int32, float32 or float64, of any rank.
  ///
  /// ```swift
  /// let images = try IDX.read("train-images-idx3-ubyte")  // uint8, [60000, 28, 28]
  /// ```
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason: also for a
  ///   file that is truncated, has bytes too many, or is of another format.
  public static func read(_ path: String, device: Device? = nil) throws(BackplaneError) -> Tensor {
    let file = try InputFile(path)
    let longest = 4 + 4 * Int(BP_MAX_RANK)
    let (dtype, shape, start) = try file.withBytes(0..<min(longest, file.byteCount)) { (bytes) throws(BackplaneError) in
      try header(bytes, file)
    }
    let context = try Ops.context(device)
    let tensor = try BackplaneError.naming(path) { () throws(BackplaneError) in
      try Ops.empty(shape, dtype, on: context)
    }
    try Transfer.fill(tensor) { (piece, offset) throws(BackplaneError) in
      try file.read(piece, at: start + offset)
      switch dtype.byteCount {
      case 1: break
      case 2: ByteOrder.swap(piece, UInt16.self)
      case 4: ByteOrder.swap(piece, UInt32.self)
      default: ByteOrder.swap(piece, UInt64.self)
      }
    }
    return tensor
  }

  /// The type, the shape and where the elements begin; nothing is allocated before they agree with the file's size.
  private static func header(
    _ bytes: UnsafeRawBufferPointer, _ file: InputFile
  ) throws(BackplaneError) -> (dtype: DType, shape: [Int], start: Int) {
    func fail(_ reason: String) -> BackplaneError { .file(file.path, "not a valid IDX file: \(reason)") }

    if bytes.starts(with: [0x1F, 0x8B]) { throw fail("it is compressed with gzip; decompress it first") }
    guard bytes.count >= 4 else { throw fail("\(bytes.count) bytes are too few for its header") }
    let types: [UInt8: DType] = [
      0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
    ]
    guard bytes[0] == 0, bytes[1] == 0, let dtype = types[bytes[2]] else {
      let magic = bytes.prefix(4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      throw fail("it begins with \(magic.joined(separator: " ")), not with 00 00 and a known type")
    }
    let rank = Int(bytes[3])
    guard rank <= Int(BP_MAX_RANK) else { throw fail("it has \(rank) dimensions, more than \(BP_MAX_RANK)") }
    let start = 4 + 4 * rank
    guard bytes.count >= start else {
      throw fail("\(bytes.count) bytes are too few for the extents of \(rank) dimensions")
    }
    let shape = (0..<rank).map { d in
      Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4 + 4 * d, as: UInt32.self)))
    }
    guard let layout = try? Layout.contiguous(shape) else { throw fail("its extents \(shape) are absurd") }
    let expected = layout.count * dtype.byteCount
    let given = file.byteCount - start
    guard given == expected else {
      throw fail(
        "its extents \(shape) of \(dtype) take \(expected) bytes, but \(given) follow: it is "
          + (given < expected ? "truncated" : "too long"))
    }
    return (dtype, shape, start)
  }
}
