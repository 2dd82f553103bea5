/// The directory of a zip file, checked against the file, so that reading a member stays within its bytes.
///
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
struct ZipArchive {
  /// What the directory says of a member. What of it cannot be read is an error of the member, where it is read.
  struct Member {
    let name: String
    fileprivate let flags: UInt16
    fileprivate let method: UInt16
    let checksum: UInt32
    /// Of its data, and as they lie in the file.
    let byteCount: Int
    let storedByteCount: Int
    /// Where the part in front of its data begins.
    fileprivate let start: Int
    /// Where the next member or the directory begins, which its data do not reach into.
    fileprivate(set) var limit: Int

    var isDeflated: Bool { method == 8 }
  }

  /// In the order of the directory.
  private(set) var members: [Member]
  private let file: InputFile

  init(_ file: InputFile) throws(BackplaneError) {
    self.file = file
    let directory = try ZipDirectory(file)
    members = try file.withBytes(directory.range) { (bytes) throws(BackplaneError) in
      try ZipDirectoryReader(bytes: bytes, name: file.path).members(directory.memberCount)
    }
    var next = directory.range.lowerBound
    for i in members.indices.sorted(by: { members[$0].start > members[$1].start }) {
      members[i].limit = next
      next = members[i].start
    }
  }

  /// Where a member's data, compressed or not, lie in the file.
  ///
  /// - Parameter label: How errors call the member.
  func range(of member: Member, label: String) throws(BackplaneError) -> Range<Int> {
    func refuse(_ reason: String) -> BackplaneError { .file(label, reason) }
    guard member.flags & 1 == 0 else { throw refuse("it is encrypted") }
    guard member.method == 0 || member.method == 8 else {
      throw refuse("compression method \(member.method) is neither stored nor deflated")
    }
    guard member.isDeflated || member.byteCount == member.storedByteCount else {
      throw refuse("it is stored, but its two sizes differ")
    }
    // What the densest deflate data can become.
    guard member.byteCount <= 64 || (member.byteCount - 64) / 1040 <= member.storedByteCount else {
      throw refuse("\(member.storedByteCount) bytes cannot decompress to \(member.byteCount)")
    }
    guard member.limit - member.start >= 30 else { throw refuse("it is not at byte \(member.start)") }
    let counts = try file.withBytes(member.start..<member.start + 30) { (bytes) throws(BackplaneError) in
      guard bytes.starts(with: [0x50, 0x4B, 3, 4]) else { throw refuse("it is not at byte \(member.start)") }
      let reader = ZipDirectoryReader(bytes: bytes, name: label)
      return (name: Int(try reader.number(26, UInt16.self)), extra: Int(try reader.number(28, UInt16.self)))
    }
    let data = member.start + 30 + counts.name + counts.extra
    guard data <= member.limit, member.storedByteCount <= member.limit - data else {
      throw refuse("its data are not within its part of the file")
    }
    let hasSameName = try file.withBytes(member.start + 30..<member.start + 30 + counts.name) {
      String(decoding: $0, as: UTF8.self) == member.name
    }
    guard hasSameName else { throw refuse("it has another name in front of its data") }
    return data..<data + member.storedByteCount
  }
}

/// Where the directory lies, as the end of the file tells.
private struct ZipDirectory {
  let range: Range<Int>
  let memberCount: Int

  init(_ file: InputFile) throws(BackplaneError) {
    // A comment of up to 65535 bytes may follow the end record of 22.
    let tailStart = max(0, file.byteCount - 22 - 0xFFFF)
    let tail = try file.withBytes(tailStart..<file.byteCount) { (bytes) throws(BackplaneError) in
      try ZipDirectory.end(ZipDirectoryReader(bytes: bytes, name: file.path))
    }
    let fail = { (reason: String) in BackplaneError.file(file.path, "not a valid zip file: \(reason)") }
    var (offset, byteCount, memberCount) = (tail.offset, tail.byteCount, tail.memberCount)
    var limit = tailStart + tail.position
    // The record that tells where the 64-bit one is lies before the other.
    let locator = try ZipDirectory.locator(file, limit - 20)
    if let locator {
      guard locator <= limit - 20 - 56 else { throw fail("its 64-bit directory is not where it says") }
      limit = locator
      (offset, byteCount, memberCount) = try file.withBytes(locator..<locator + 56) { (bytes) throws(BackplaneError) in
        guard bytes.starts(with: [0x50, 0x4B, 6, 6]) else { throw fail("its 64-bit directory is not where it says") }
        let reader = ZipDirectoryReader(bytes: bytes, name: file.path)
        return (try reader.long(48), try reader.long(40), try reader.long(32))
      }
    }
    guard offset <= limit, byteCount <= limit - offset, memberCount <= min(byteCount / 46, Int(Int32.max)) else {
      throw fail("a directory of \(memberCount) members at \(offset) is not within it")
    }
    range = offset..<offset + byteCount
    self.memberCount = memberCount
  }

  private static func end(
    _ reader: ZipDirectoryReader
  ) throws(BackplaneError) -> (position: Int, offset: Int, byteCount: Int, memberCount: Int) {
    let count = reader.bytes.count
    var end = count - 22
    // In a comment the signature may stand too.
    while end >= 0 {
      if reader.hasSignature(end, 5, 6), Int(try reader.number(end + 20, UInt16.self)) == count - end - 22 { break }
      end -= 1
    }
    guard end >= 0 else { throw reader.fail("it has no directory at its end") }
    guard try reader.number(end + 4, UInt32.self) == 0 else { throw reader.fail("it is one of several parts") }
    return (
      end, Int(try reader.number(end + 16, UInt32.self)), Int(try reader.number(end + 12, UInt32.self)),
      Int(try reader.number(end + 10, UInt16.self))
    )
  }

  private static func locator(_ file: InputFile, _ position: Int) throws(BackplaneError) -> Int? {
    guard position >= 0 else { return nil }
    return try file.withBytes(position..<position + 20) { (bytes) throws(BackplaneError) in
      let reader = ZipDirectoryReader(bytes: bytes, name: file.path)
      return reader.hasSignature(0, 6, 7) ? try reader.long(8) : nil
    }
  }
}

private struct ZipDirectoryReader {
  let bytes: UnsafeRawBufferPointer
  let name: String

  func fail(_ reason: String) -> BackplaneError { .file(name, "not a valid zip file: \(reason)") }

  func number<Word: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _: Word.Type) throws(BackplaneError) -> Word {
    guard offset >= 0, offset <= bytes.count - MemoryLayout<Word>.size else { throw fail("it is truncated") }
    return Word(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Word.self))
  }

  /// A 64-bit size or offset; what could not be added to another is none.
  func long(_ offset: Int) throws(BackplaneError) -> Int {
    let word = try number(offset, UInt64.self)
    guard let value = Int(exactly: word), value < Int.max / 4 else { throw fail("a size or offset of \(word)") }
    return value
  }

  func hasSignature(_ offset: Int, _ a: UInt8, _ b: UInt8) -> Bool {
    guard offset >= 0, offset <= bytes.count - 4 else { return false }
    return bytes[offset] == 0x50 && bytes[offset + 1] == 0x4B && bytes[offset + 2] == a && bytes[offset + 3] == b
  }

  /// The members of the directory that the bytes are.
  func members(_ count: Int) throws(BackplaneError) -> [ZipArchive.Member] {
    var result: [ZipArchive.Member] = []
    result.reserveCapacity(count)
    var position = 0
    for _ in 0..<count { result.append(try member(at: &position)) }
    guard position == bytes.count else { throw fail("its directory has more than its \(count) members") }
    return result
  }

  private func member(at position: inout Int) throws(BackplaneError) -> ZipArchive.Member {
    let entry = position
    guard hasSignature(entry, 1, 2) else { throw fail("its directory is damaged at byte \(entry)") }
    func half(_ offset: Int) throws(BackplaneError) -> Int { Int(try number(entry + offset, UInt16.self)) }
    func word(_ offset: Int) throws(BackplaneError) -> Int { Int(try number(entry + offset, UInt32.self)) }
    let (nameCount, extraCount) = (try half(28), try half(30))
    position = entry + 46 + nameCount + extraCount + (try half(32))
    guard position <= bytes.count else { throw fail("its directory is truncated") }
    let nameBytes = UnsafeRawBufferPointer(rebasing: bytes[entry + 46..<entry + 46 + nameCount])
    // Others than UTF-8 are not told apart from one another; they only have to be shown.
    let memberName = String(decoding: nameBytes, as: UTF8.self)
    var sizes = [try word(24), try word(20), try word(42)]
    try widen(&sizes, entry + 46 + nameCount, extraCount)
    return ZipArchive.Member(
      name: memberName, flags: try number(entry + 8, UInt16.self), method: try number(entry + 10, UInt16.self),
      checksum: try number(entry + 16, UInt32.self), byteCount: sizes[0], storedByteCount: sizes[1], start: sizes[2],
      limit: 0)
  }

  /// Replaces the sizes that stand for "see the 64-bit ones", which an extra field has in order.
  private func widen(_ sizes: inout [Int], _ extra: Int, _ extraCount: Int) throws(BackplaneError) {
    guard sizes.contains(0xFFFF_FFFF) else { return }
    var field = extra
    while field + 4 <= extra + extraCount {
      let end = field + 4 + Int(try number(field + 2, UInt16.self))
      guard end <= extra + extraCount else { break }
      if try number(field, UInt16.self) == 1 {
        var position = field + 4
        for i in sizes.indices where sizes[i] == 0xFFFF_FFFF {
          guard position + 8 <= end else { throw fail("a 64-bit size is missing") }
          sizes[i] = try long(position)
          position += 8
        }
        return
      }
      field = end
    }
  }
}
