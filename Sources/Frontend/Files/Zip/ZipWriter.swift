import Text

/// Writes a zip file front to back. The same members give the same bytes: there is no time in it.
struct ZipWriter: ~Copyable {
  private var file: AtomicFile
  private let path: String
  private var offset = 0
  private var directory: [UInt8] = []
  private var memberCount = 0
  private var member: Member?
  private static let limit = 0xFFFF_FFFF

  /// What is being written.
  private struct Member {
    let name: [UInt8]
    let start: Int
    let byteCount: Int
    let deflation: Deflation?
    /// Whether its sizes take 64 bits: decided before its data are compressed.
    let isLarge: Bool
    /// Bytes in front of the data that make them begin where they are to.
    let paddingCount: Int
    var checksum = CRC32()
    var storedByteCount = 0
  }

  init(_ path: String) throws(BackplaneError) {
    file = try AtomicFile(path)
    self.path = path
  }

  /// Begins a member, whose data follow by ``add(_:)``.
  ///
  /// - Parameter alignment: What the place of its data in the file is to be a multiple of.
  mutating func begin(
    _ name: String, byteCount: Int, isDeflated: Bool, alignment: Int = 1
  ) throws(BackplaneError) {
    let bytes = Array(name.utf8)
    guard bytes.count <= 0xFFFF, !bytes.contains(0) else {
      throw .file(path, "\(shown(name)) cannot be the name of a zip file's member")
    }
    let deflation = isDeflated ? try Deflation(name: path) : nil
    // What cannot be compressed grows a little.
    let bound = isDeflated ? byteCount + byteCount >> 8 + 1024 : byteCount
    let isLarge = bound >= ZipWriter.limit
    // The padding is an extra field, of which four bytes are its name and length.
    let unpadded = offset + 30 + bytes.count + (isLarge ? 20 : 0) + 4
    let member = Member(
      name: bytes, start: offset, byteCount: byteCount, deflation: deflation, isLarge: isLarge,
      paddingCount: alignment > 1 ? 4 + (alignment - unpadded % alignment) % alignment : 0)
    self.member = member
    try write(local(member))
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) throws(BackplaneError) {
    guard var member else { return }
    member.checksum.add(bytes)
    if let deflation = member.deflation {
      var count = 0
      try deflation.add(bytes) { (part) throws(BackplaneError) in
        try file.write(part)
        count += part.count
      }
      member.storedByteCount += count
    } else {
      try file.write(bytes)
      member.storedByteCount += bytes.count
    }
    self.member = member
  }

  /// Ends the member: what stands before its data is written again, now that its checksum and size are known.
  mutating func end() throws(BackplaneError) {
    guard var member else { return }
    var count = 0
    try member.deflation?.finish { (part) throws(BackplaneError) in
      try file.write(part)
      count += part.count
    }
    member.storedByteCount += count
    offset += member.storedByteCount
    try file.rewrite(local(member), at: member.start)
    let isFar = member.start >= ZipWriter.limit
    let extra = extra((member.isLarge ? sizes(member) : []) + (isFar ? longs(member.start) : []))
    directory += [0x50, 0x4B, 1, 2] + halves(45) + common(member) + halves(extra.count, 0, 0, 0) + words(0)
    directory += words(isFar ? ZipWriter.limit : member.start) + member.name + extra
    memberCount += 1
    self.member = nil
  }

  /// What stands before a member's data.
  private func local(_ member: Member) -> [UInt8] {
    var extra = extra(member.isLarge ? sizes(member) : [])
    if member.paddingCount > 0 {
      // "FB", as PyTorch's own padding is called.
      extra += halves(0x4246, member.paddingCount - 4) + [UInt8](repeating: 0x5A, count: member.paddingCount - 4)
    }
    return [0x50, 0x4B, 3, 4] + common(member) + halves(extra.count) + member.name + extra
  }

  private func sizes(_ member: Member) -> [UInt8] { longs(member.byteCount, member.storedByteCount) }

  /// Names are UTF-8 (bit 11); the date is the format's first, 1 January 1980.
  private func common(_ member: Member) -> [UInt8] {
    let isWide = member.isLarge || member.start >= ZipWriter.limit
    return halves(isWide ? 45 : 20, 0x800, member.deflation == nil ? 0 : 8, 0, 0x21)
      + words(Int(member.checksum.value))
      + words(
        member.isLarge ? ZipWriter.limit : member.storedByteCount, member.isLarge ? ZipWriter.limit : member.byteCount)
      + halves(member.name.count)
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
