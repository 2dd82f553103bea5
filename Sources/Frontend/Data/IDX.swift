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
    let file = try MappedFile(path)
    let (dtype, shape, start) = try header(file)
    let tensor = try Ops.empty(shape, dtype, on: Ops.context(device))
    let elements = UnsafeRawBufferPointer(rebasing: file.bytes[start...])
    if dtype.byteCount == 1 {
      try Transfer.write(elements, to: tensor)
    } else {
      let swapped = nativeEndian(elements, width: dtype.byteCount)
      defer { swapped.deallocate() }
      try Transfer.write(UnsafeRawBufferPointer(swapped), to: tensor)
    }
    return tensor
  }

  /// The type, the shape and where the elements begin; nothing is allocated before they agree with the file's size.
  private static func header(
    _ file: MappedFile
  ) throws(BackplaneError) -> (dtype: DType, shape: [Int], start: Int) {
    let bytes = file.bytes
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
    let given = bytes.count - start
    guard given == expected else {
      throw fail(
        "its extents \(shape) of \(dtype) take \(expected) bytes, but \(given) follow: it is "
          + (given < expected ? "truncated" : "too long"))
    }
    return (dtype, shape, start)
  }

  private static func nativeEndian(_ bytes: UnsafeRawBufferPointer, width: Int)
    -> UnsafeMutableRawBufferPointer
  {
    let result = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
    for offset in stride(from: 0, to: bytes.count, by: width) {
      switch width {
      case 2: swap(bytes, result, offset, UInt16.self)
      case 4: swap(bytes, result, offset, UInt32.self)
      default: swap(bytes, result, offset, UInt64.self)
      }
    }
    return result
  }

  private static func swap<Word: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, _ offset: Int, _: Word.Type
  ) {
    let word = source.loadUnaligned(fromByteOffset: offset, as: Word.self)
    target.storeBytes(of: Word(bigEndian: word), toByteOffset: offset, as: Word.self)
  }
}
