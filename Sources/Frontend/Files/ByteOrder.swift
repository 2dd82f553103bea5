/// Numbers whose bytes are in the other order than this machine's.
enum ByteOrder {
  static func swap<Word: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeMutableRawBufferPointer, _: Word.Type
  ) {
    guard let base = bytes.baseAddress else { return }
    for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<Word>.size) {
      let word = base.loadUnaligned(fromByteOffset: offset, as: Word.self)
      base.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: Word.self)
    }
  }
}
