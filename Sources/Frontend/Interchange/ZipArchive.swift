/// The directory of a zip file, checked against the file, so that reading a member stays within its bytes.
///
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
struct ZipArchive {
  struct Member {
    let name: String
    let isDeflated: Bool
    let checksum: UInt32
    let byteCount: Int
    /// Where its data, compressed or not, lie in the file.
    let range: Range<Int>
  }

  /// In the order of the directory.
  let members: [Member]

  init(_ bytes: UnsafeRawBufferPointer, name: String) throws(BackplaneError) {
    let reader = ZipDirectoryReader(bytes: bytes, name: name)
    members = try reader.members()
  }
}

private struct ZipDirectoryReader {
  let bytes: UnsafeRawBufferPointer
  let name: String

  private struct Directory {
    let offset: Int
    let byteCount: Int
    let memberCount: Int
  }

  private func fail(_ reason: String) -> BackplaneError { .file(name, "not a valid zip file: \(reason)") }

  private func number<Word: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, _: Word.Type
  ) throws(BackplaneError) -> Int {
    guard offset >= 0, offset <= bytes.count - MemoryLayout<Word>.size else { throw fail("it is truncated") }
    let word = Word(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Word.self))
    guard let value = Int(exactly: word), value < Int.max / 4 else { throw fail("a size or offset of \(word)") }
    return value
  }

  private func half(_ offset: Int) throws(BackplaneError) -> Int { try number(offset, UInt16.self) }
  private func word(_ offset: Int) throws(BackplaneError) -> Int { try number(offset, UInt32.self) }
  private func long(_ offset: Int) throws(BackplaneError) -> Int { try number(offset, UInt64.self) }

  private func hasSignature(_ offset: Int, _ a: UInt8, _ b: UInt8) -> Bool {
    guard offset >= 0, offset <= bytes.count - 4 else { return false }
    return bytes[offset] == 0x50 && bytes[offset + 1] == 0x4B && bytes[offset + 2] == a && bytes[offset + 3] == b
  }

  private func directory() throws(BackplaneError) -> Directory {
    var end = bytes.count - 22
    let lowest = max(0, end - 0xFFFF)
    while end >= lowest {
      // A comment may follow, in which the signature may stand too.
      if hasSignature(end, 5, 6), try half(end + 20) == bytes.count - end - 22 { break }
      end -= 1
    }
    guard end >= lowest, end >= 0 else { throw fail("it has no directory at its end") }
    guard try half(end + 4) == 0, try half(end + 6) == 0 else { throw fail("it is one of several parts") }
    var found = Directory(
      offset: try word(end + 16), byteCount: try word(end + 12), memberCount: try half(end + 10))
    var limit = end
    if hasSignature(end - 20, 6, 7) {
      limit = try long(end - 12)
      guard hasSignature(limit, 6, 6), limit <= end - 20 - 56 else {
        throw fail("its 64-bit directory is not where it says")
      }
      found = Directory(
        offset: try long(limit + 48), byteCount: try long(limit + 40), memberCount: try long(limit + 32))
    }
    guard found.offset + found.byteCount <= limit, found.memberCount <= found.byteCount / 46 else {
      throw fail("a directory of \(found.memberCount) members at \(found.offset) is not within it")
    }
    return found
  }

  func members() throws(BackplaneError) -> [ZipArchive.Member] {
    let directory = try directory()
    var result: [ZipArchive.Member] = []
    var starts: [(start: Int, end: Int, name: String)] = []
    var position = directory.offset
    for _ in 0..<directory.memberCount {
      let (member, start, next) = try member(at: position, directory.offset)
      guard next <= directory.offset + directory.byteCount else { throw fail("its directory is truncated") }
      position = next
      starts.append((start, member.range.upperBound, member.name))
      result.append(member)
    }
    guard position == directory.offset + directory.byteCount else {
      throw fail("its directory has more than its \(directory.memberCount) members")
    }
    starts.sort { $0.start < $1.start }
    for (a, b) in zip(starts, starts.dropFirst()) where a.end > b.start {
      throw .file(name, "members \"\(a.name)\" and \"\(b.name)\" overlap")
    }
    return result
  }

  private func member(
    at entry: Int, _ dataEnd: Int
  ) throws(BackplaneError) -> (ZipArchive.Member, start: Int, next: Int) {
    guard hasSignature(entry, 1, 2) else { throw fail("its directory is damaged at byte \(entry)") }
    let (nameCount, extraCount) = (try half(entry + 28), try half(entry + 30))
    let next = entry + 46 + nameCount + extraCount + (try half(entry + 32))
    guard next <= bytes.count else { throw fail("its directory is truncated") }
    let nameBytes = bytes[entry + 46..<entry + 46 + nameCount]
    guard let memberName = String(validating: nameBytes, as: UTF8.self) else { throw fail("a name is not UTF-8") }
    func refuse(_ reason: String) -> BackplaneError { .file(name, "member \"\(memberName)\": \(reason)") }

    guard try half(entry + 8) & 1 == 0 else { throw refuse("it is encrypted") }
    let method = try half(entry + 10)
    guard method == 0 || method == 8 else {
      throw refuse("compression method \(method) is neither stored nor deflated")
    }
    var sizes = [try word(entry + 24), try word(entry + 20), try word(entry + 42)]
    try widen(&sizes, entry + 46 + nameCount, extraCount)
    let (byteCount, storedCount, start) = (sizes[0], sizes[1], sizes[2])
    guard method == 8 || byteCount == storedCount else { throw refuse("it is stored, but its two sizes differ") }
    // What the densest deflate data can become.
    guard byteCount <= storedCount * 1040 + 64 else {
      throw refuse("\(storedCount) bytes cannot decompress to \(byteCount)")
    }

    guard hasSignature(start, 3, 4) else { throw refuse("it is not at byte \(start)") }
    let localNameCount = try half(start + 26)
    let data = start + 30 + localNameCount + (try half(start + 28))
    guard data <= dataEnd, storedCount <= dataEnd - data else { throw refuse("its data are not within the file") }
    guard bytes[start + 30..<start + 30 + localNameCount].elementsEqual(nameBytes) else {
      throw refuse("it has another name in front of its data")
    }
    let checksum = UInt32(try word(entry + 16))
    let member = ZipArchive.Member(
      name: memberName, isDeflated: method == 8, checksum: checksum, byteCount: byteCount,
      range: data..<data + storedCount)
    return (member, start, next)
  }

  /// Replaces the sizes that stand for "see the 64-bit ones", which an extra field has in order.
  private func widen(_ sizes: inout [Int], _ extra: Int, _ extraCount: Int) throws(BackplaneError) {
    guard sizes.contains(0xFFFF_FFFF) else { return }
    var field = extra
    while field + 4 <= extra + extraCount {
      let end = field + 4 + (try half(field + 2))
      guard end <= extra + extraCount else { break }
      if try half(field) == 1 {
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
