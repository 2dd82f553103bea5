/// Writes a zip file front to back. The same members give the same bytes: there is no time in it.
struct ZipWriter: ~Copyable {
  /// What the writer of a member must know before its data.
  struct Member {
    let name: String
    let isDeflated: Bool
    let checksum: UInt32
    let byteCount: Int
    let storedByteCount: Int
  }

  private var file: AtomicFile
  private let name: String
  private var offset = 0
  private var directory: [UInt8] = []
  private var memberCount = 0
  private static let limit = 0xFFFF_FFFF

  init(_ path: String) throws(BackplaneError) {
    file = try AtomicFile(path)
    name = path
  }

  /// Writes what stands before a member's data, which follow by ``write(_:)``.
  mutating func begin(_ member: Member) throws(BackplaneError) {
    let name = Array(member.name.utf8)
    guard name.count <= 0xFFFF, !name.contains(0) else {
      throw .file(self.name, "\"\(member.name)\" cannot be the name of a zip file's member")
    }
    let isLarge = member.byteCount >= ZipWriter.limit || member.storedByteCount >= ZipWriter.limit
    let isFar = offset >= ZipWriter.limit
    let sizes = isLarge ? longs(member.byteCount, member.storedByteCount) : []
    let localExtra = extra(sizes)
    let extra = extra(sizes + (isFar ? longs(offset) : []))
    // Names are UTF-8 (bit 11); the date is the format's first, 1 January 1980.
    let common =
      halves(isLarge || isFar ? 45 : 20, 0x800, member.isDeflated ? 8 : 0, 0, 0x21) + words(Int(member.checksum))
      + words(isLarge ? ZipWriter.limit : member.storedByteCount, isLarge ? ZipWriter.limit : member.byteCount)
      + halves(name.count)
    let start = offset
    try write([0x50, 0x4B, 3, 4] + common + halves(localExtra.count) + name + localExtra)
    directory += [0x50, 0x4B, 1, 2] + halves(45) + common + halves(extra.count, 0, 0, 0) + words(0)
    directory += words(isFar ? ZipWriter.limit : start) + name + extra
    memberCount += 1
  }

  mutating func write(_ bytes: UnsafeRawBufferPointer) throws(BackplaneError) {
    try file.write(bytes)
    offset += bytes.count
  }

  private mutating func write(_ bytes: [UInt8]) throws(BackplaneError) {
    let written = bytes.withUnsafeBytes { bytes in
      Result { () throws(BackplaneError) in try file.write(bytes) }
    }
    try written.get()
    offset += bytes.count
  }

  /// Writes the directory and puts the file in its place.
  mutating func commit() throws(BackplaneError) {
    let (start, count) = (offset, directory.count)
    try write(directory)
    let isLarge = start >= ZipWriter.limit || count >= ZipWriter.limit || memberCount >= 0xFFFF
    if isLarge {
      let end = offset
      try write(
        [0x50, 0x4B, 6, 6] + longs(44) + halves(45, 45) + words(0, 0) + longs(memberCount, memberCount, count, start))
      try write([0x50, 0x4B, 6, 7] + words(0) + longs(end) + words(1))
    }
    let shown = min(memberCount, 0xFFFF)
    try write(
      [0x50, 0x4B, 5, 6] + halves(0, 0, shown, shown)
        + words(min(count, ZipWriter.limit), min(start, ZipWriter.limit)) + halves(0))
    try file.commit()
  }

  private func extra(_ sizes: [UInt8]) -> [UInt8] { sizes.isEmpty ? [] : halves(1, sizes.count) + sizes }

  private func halves(_ values: Int...) -> [UInt8] { values.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8 & 0xFF)] } }
  private func words(_ values: Int...) -> [UInt8] {
    values.flatMap { withUnsafeBytes(of: UInt32($0).littleEndian) { Array($0) } }
  }
  private func longs(_ values: Int...) -> [UInt8] {
    values.flatMap { withUnsafeBytes(of: UInt64($0).littleEndian) { Array($0) } }
  }
}
