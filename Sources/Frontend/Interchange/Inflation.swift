/// Decompresses raw deflate data piece by piece, never more than is asked for.
final class Inflation {
  private let zlib: Zlib
  private let name: String
  private let stream: UnsafeMutablePointer<Zlib.Stream>
  private var rest: UnsafeRawBufferPointer
  private var hasEnded = false

  /// - Parameter source: Must stay in place while it is read.
  init(_ source: UnsafeRawBufferPointer, name: String) throws(BackplaneError) {
    zlib = try Zlib.library(for: name)
    self.name = name
    rest = source
    stream = .allocate(capacity: 1)
    stream.initialize(to: Zlib.Stream())
    guard zlib.startInflating(stream) else { throw .file(name, "zlib does not start to decompress") }
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

  /// Checks that nothing is left on either side.
  func end() throws(BackplaneError) {
    var one: UInt8 = 0
    let count = try withUnsafeMutableBytes(of: &one) { bytes in
      Result { () throws(BackplaneError) in try fill(bytes) }
    }.get()
    guard count == 0, hasEnded, rest.isEmpty, stream.pointee.availableIn == 0 else {
      throw .file(name, "its compressed data do not end at the size that the archive gives")
    }
  }

  private func fill(_ target: UnsafeMutableRawBufferPointer) throws(BackplaneError) -> Int {
    var filled = 0
    while filled < target.count, !hasEnded {
      if stream.pointee.availableIn == 0, !rest.isEmpty {
        let part = rest.prefix(1 << 30)
        stream.pointee.nextIn = UnsafeMutableRawPointer(mutating: rest.baseAddress)
        stream.pointee.availableIn = UInt32(part.count)
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
      }
      let room = min(target.count - filled, 1 << 30)
      stream.pointee.nextOut = target.baseAddress! + filled
      stream.pointee.availableOut = UInt32(room)
      let before = stream.pointee.availableIn
      let code = zlib.inflate(stream)
      let count = room - Int(stream.pointee.availableOut)
      filled += count
      switch code {
      case Zlib.streamEnd: hasEnded = true
      case 0 where count > 0 || stream.pointee.availableIn < before: continue
      case 0, -5: return filled
      default:
        let reason = stream.pointee.message.map { String(cString: $0) } ?? "\(code)"
        throw .file(name, "its compressed data are damaged: \(reason)")
      }
    }
    return filled
  }
}

/// Compresses to raw deflate data, in memory.
final class Deflation {
  private let zlib: Zlib
  private let name: String
  private let stream: UnsafeMutablePointer<Zlib.Stream>
  private(set) var bytes: [UInt8] = []

  init(name: String) throws(BackplaneError) {
    zlib = try Zlib.library(for: name)
    self.name = name
    stream = .allocate(capacity: 1)
    stream.initialize(to: Zlib.Stream())
    guard zlib.startDeflating(stream) else { throw .file(name, "zlib does not start to compress") }
  }

  deinit {
    zlib.endDeflating(stream)
    stream.deallocate()
  }

  func add(_ source: UnsafeRawBufferPointer) throws(BackplaneError) {
    var rest = source
    while !rest.isEmpty {
      let part = rest.prefix(1 << 30)
      stream.pointee.nextIn = UnsafeMutableRawPointer(mutating: rest.baseAddress)
      stream.pointee.availableIn = UInt32(part.count)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
      while stream.pointee.availableIn > 0 { _ = try step(finish: false) }
    }
  }

  func finish() throws(BackplaneError) {
    while try step(finish: true) != Zlib.streamEnd {}
  }

  private func step(finish: Bool) throws(BackplaneError) -> Int32 {
    let chunk = 1 << 16
    let stream = stream
    let zlib = zlib
    var code: Int32 = 0
    let part = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
      stream.pointee.nextOut = UnsafeMutableRawPointer(buffer.baseAddress)
      stream.pointee.availableOut = UInt32(chunk)
      code = zlib.deflate(stream, finish: finish)
      count = chunk - Int(stream.pointee.availableOut)
    }
    bytes += part
    guard code >= 0 else { throw .file(name, "zlib fails to compress (\(code))") }
    return code
  }
}
