/// A part of a file, read front to back in pieces.
struct FileBytes {
  private let file: InputFile
  private let end: Int
  /// How errors call the place.
  private let label: String
  private let start: Int
  /// Where the piece in hand ends in the file.
  private var position: Int
  private var piece: [UInt8] = []
  private var next = 0

  private static let pieceByteCount = 1 << 16

  init(_ file: InputFile, _ range: Range<Int>, label: String) {
    (self.file, end, self.label) = (file, range.upperBound, label)
    (start, position) = (range.lowerBound, range.lowerBound)
  }

  /// How many bytes were read.
  var offset: Int { position - (piece.count - next) - start }
  /// The size of the whole file.
  var fileByteCount: Int { file.byteCount }
  /// How many bytes are left.
  var count: Int { end - start - offset }

  func failure(_ reason: String, at offset: Int) -> BackplaneError {
    .file(file.path, "\(label), byte \(offset): \(reason)")
  }

  mutating func byte() throws(BackplaneError) -> UInt8 {
    if next == piece.count { try refill() }
    defer { next += 1 }
    return piece[next]
  }

  /// So many bytes, which must be there: nothing is allocated for what is not.
  mutating func bytes(_ count: UInt64) throws(BackplaneError) -> [UInt8] {
    guard count <= UInt64(self.count) else {
      throw failure("\(count) bytes are announced, where \(self.count) follow", at: offset)
    }
    let count = Int(count)
    let atHand = Swift.min(count, piece.count - next)
    var result = Array(piece[next..<next + atHand])
    next += atHand
    guard atHand < count else { return result }
    let rest = position..<position + count - atHand
    result += try file.withBytes(rest) { Array($0) }
    position = rest.upperBound
    return result
  }

  /// A number of so many bytes, little-endian.
  mutating func number(_ width: Int) throws(BackplaneError) -> UInt64 {
    var result: UInt64 = 0
    for i in 0..<width { result |= UInt64(try byte()) << UInt64(8 * i) }
    return result
  }

  /// The text up to the end of the line, which ends within a limit.
  mutating func line(_ limit: Int = 1000) throws(BackplaneError) -> String {
    let start = offset
    var line: [UInt8] = []
    while true {
      let byte = try byte()
      if byte == 0x0A { break }
      guard line.count < limit else { throw failure("a line of more than \(limit) bytes", at: start) }
      line.append(byte)
    }
    guard let text = String(validating: line, as: UTF8.self) else { throw failure("a line is not UTF-8", at: start) }
    return text
  }

  private mutating func refill() throws(BackplaneError) {
    guard position < end else { throw failure("it is truncated", at: offset) }
    let range = position..<Swift.min(position + FileBytes.pieceByteCount, end)
    piece = try file.withBytes(range) { Array($0) }
    position = range.upperBound
    next = 0
  }
}
