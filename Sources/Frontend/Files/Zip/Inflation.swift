import ZlibABI

/// Decompresses raw deflate data of a file piece by piece, never more than is asked for.
final class Inflation {
  private let zlib: Zlib
  private let file: InputFile
  private let name: String
  private let stream: UnsafeMutablePointer<Zlib.Stream>
  /// What of the file is in hand, and what is to come.
  private let input: HostBytes
  private var rest: Range<Int>
  private var hasEnded = false

  private static let pieceByteCount = 1 << 16

  /// - Parameter range: Where the compressed data lie in the file.
  init(_ file: InputFile, _ range: Range<Int>, name: String) throws(BackplaneError) {
    zlib = try Zlib.library(for: name)
    self.file = file
    self.name = name
    rest = range
    input = try HostBytes(Inflation.pieceByteCount, for: name)
    stream = .allocate(capacity: 1)
    stream.initialize(to: Zlib.Stream())
    guard zlib.startInflating(stream) else {
      stream.deallocate()
      throw .file(name, "zlib does not start to decompress")
    }
  }

  deinit {
    zlib.endInflating(stream)
    stream.deallocate()
  }

  /// Fills the whole of `target`.
  func read(into target: UnsafeMutableRawBufferPointer) throws(BackplaneError) {
    guard try fill(target) == target.count else {
      throw .file(name, "its compressed data end before the size that the archive gives")
    }
  }

  /// Checks that so many bytes follow, and forgets them.
  func skip(_ count: Int) throws(BackplaneError) {
    let scratch = try HostBytes(min(count, Inflation.pieceByteCount), for: name)
    defer { withExtendedLifetime(scratch) {} }
    var left = count
    while left > 0 {
      let piece = UnsafeMutableRawBufferPointer(rebasing: scratch.buffer.prefix(left))
      try read(into: piece)
      left -= piece.count
    }
  }

  /// Checks that nothing is left on either side.
  func end() throws(BackplaneError) {
    var one: UInt8 = 0
    let count = try withUnsafeMutableBytes(of: &one) { bytes in
      Result { () throws(BackplaneError) in try fill(bytes) }
    }.get()
    guard count == 0, hasEnded, rest.isEmpty, stream.pointee.avail_in == 0 else {
      throw .file(name, "its compressed data do not end at the size that the archive gives")
    }
  }

  private func fill(_ target: UnsafeMutableRawBufferPointer) throws(BackplaneError) -> Int {
    var filled = 0
    while filled < target.count, !hasEnded {
      if stream.pointee.avail_in == 0, !rest.isEmpty {
        let piece = UnsafeMutableRawBufferPointer(rebasing: input.buffer.prefix(rest.count))
        try file.read(piece, at: rest.lowerBound)
        rest = rest.lowerBound + piece.count..<rest.upperBound
        stream.pointee.next_in = UnsafePointer(piece.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(piece.count)
      }
      let room = min(target.count - filled, 1 << 30)
      stream.pointee.next_out = (target.baseAddress! + filled).assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let before = stream.pointee.avail_in
      let code = zlib.inflate(stream)
      let count = room - Int(stream.pointee.avail_out)
      filled += count
      switch code {
      case ZLIB_STREAM_END: hasEnded = true
      case ZLIB_OK where count > 0 || stream.pointee.avail_in < before: continue
      // Nothing moves: the data end too early.
      case ZLIB_OK, ZLIB_BUF_ERROR: return filled
      case ZLIB_MEM_ERROR: throw BackplaneError(.outOfMemory, "\(name): zlib has no memory to decompress")
      default:
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "\(code)"
        throw .file(name, "its compressed data are damaged: \(reason)")
      }
    }
    return filled
  }
}

/// Compresses to raw deflate data, which it passes on as they come.
final class Deflation {
  private let zlib: Zlib
  private let name: String
  private let stream: UnsafeMutablePointer<Zlib.Stream>
  private let output: HostBytes

  private static let pieceByteCount = 1 << 16

  init(name: String) throws(BackplaneError) {
    zlib = try Zlib.library(for: name)
    self.name = name
    output = try HostBytes(Deflation.pieceByteCount, for: name)
    stream = .allocate(capacity: 1)
    stream.initialize(to: Zlib.Stream())
    guard zlib.startDeflating(stream) else {
      stream.deallocate()
      throw .file(name, "zlib does not start to compress")
    }
  }

  deinit {
    zlib.endDeflating(stream)
    stream.deallocate()
  }

  func add(
    _ source: UnsafeRawBufferPointer, _ sink: (UnsafeRawBufferPointer) throws(BackplaneError) -> Void
  ) throws(BackplaneError) {
    var rest = source
    while !rest.isEmpty {
      let part = rest.prefix(1 << 30)
      stream.pointee.next_in = rest.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_in = UInt32(part.count)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
      while stream.pointee.avail_in > 0 { _ = try step(finish: false, sink) }
    }
  }

  func finish(_ sink: (UnsafeRawBufferPointer) throws(BackplaneError) -> Void) throws(BackplaneError) {
    while try step(finish: true, sink) != ZLIB_STREAM_END {}
  }

  private func step(
    finish: Bool, _ sink: (UnsafeRawBufferPointer) throws(BackplaneError) -> Void
  ) throws(BackplaneError) -> Int32 {
    stream.pointee.next_out = output.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(output.buffer.count)
    let code = zlib.deflate(stream, finish: finish)
    guard code >= 0 else { throw .file(name, "zlib fails to compress (\(code))") }
    try sink(UnsafeRawBufferPointer(rebasing: output.buffer.dropLast(Int(stream.pointee.avail_out))))
    return code
  }
}
