import Backplane

struct NPZFormat: FileFormat {
  static let name = "npz"

  /// A member as it is to be written, with the lies about it.
  private struct Member {
    var name: [UInt8]
    var data: [UInt8]
    var method: UInt64 = 0
    var byteCount: UInt64
    var checksum: UInt32
    var isLarge = false
    var start: UInt64 = 0

    init(_ name: String, _ content: [UInt8]) {
      self.name = Array(name.utf8)
      data = content
      byteCount = UInt64(content.count)
      checksum = Deflate.checksum(content)
    }
  }

  func make(_ random: inout FileRandom) -> [UInt8] {
    var members: [Member] = []
    for i in 0..<random.below(4) { members.append(member(i, &random)) }
    if random.oneIn(50) { members = (0..<500).map { Member("\($0).npy", []) } }
    var bytes: [UInt8] = []
    for i in members.indices {
      members[i].start = UInt64(bytes.count)
      bytes += [0x50, 0x4B, 3, 4] + common(members[i]) + extra(members[i], isCentral: false) + members[i].data
    }
    if random.oneIn(15), let last = members.last { members.append(last) }
    let start = UInt64(bytes.count)
    for var member in members {
      if random.oneIn(15) { member.byteCount = random.number(near: member.byteCount) }
      if random.oneIn(30) { member.start = random.number(near: member.start) }
      let stored = random.oneIn(20) ? random.number(near: UInt64(member.data.count)) : nil
      bytes += [0x50, 0x4B, 1, 2, 45, 0] + common(member, stored: stored)
      bytes += extra(member, isCentral: true, stored: stored)
    }
    return bytes + ending(start, UInt64(bytes.count), UInt64(members.count), &random)
  }

  private func member(_ i: Int, _ random: inout FileRandom) -> Member {
    let name = random.pick(["a\(i).npy", "b\(i)", "é\(i).npy", "../\(i).npy", ".npy", "", "\u{0}.npy", "a0.npy"])
    if random.oneIn(100) { return bomb(name, &random) }
    var member = Member(name, NPYFormat.array(&random))
    if random.oneIn(2) {
      member.method = 8
      member.data = Deflate.stored(member.data)
    }
    if random.oneIn(30) { member.method = random.pick([1, 9, 12, 14, 99]) }
    if random.oneIn(40) { member.checksum ^= 1 }
    member.isLarge = random.oneIn(4)
    if random.oneIn(40) { member.name = [0xFF, 0x80, UInt8(i)] }
    return member
  }

  /// Much out of little: as announced, or less or more.
  private func bomb(_ name: String, _ random: inout FileRandom) -> Member {
    let count = random.pick([1 << 16, 1 << 20, 4 << 20])
    let announced = random.oneIn(2) ? count : random.pick([count - 1, count + 1, count * 4, 1 << 34])
    let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(announced),), }"
    var head: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
    var member = Member(name, [])
    member.data = Deflate.zeros(count, after: head)
    member.byteCount = UInt64(announced + head.count)
    head += [UInt8](repeating: 0, count: count)
    member.checksum = Deflate.checksum(head)
    member.method = 8
    member.isLarge = announced >= 1 << 32
    return member
  }

  /// From the version that is needed to the length of the name.
  private func common(_ member: Member, stored: UInt64? = nil) -> [UInt8] {
    var bytes: [UInt8] = [45, 0, 0, 8]
    bytes.append(number: member.method, width: 2)
    bytes += [0, 0, 0x21, 0]
    bytes.append(member.checksum, as: UInt32.self)
    let mask: UInt64 = 0xFFFF_FFFF
    bytes.append(number: member.isLarge ? mask : stored ?? UInt64(member.data.count), width: 4)
    bytes.append(number: member.isLarge ? mask : member.byteCount, width: 4)
    bytes.append(number: UInt64(member.name.count), width: 2)
    return bytes
  }

  /// From the length of the extra fields to their end.
  private func extra(_ member: Member, isCentral: Bool, stored: UInt64? = nil) -> [UInt8] {
    var fields: [UInt8] = []
    if member.isLarge {
      fields += [1, 0, isCentral ? 24 : 16, 0]
      fields.append(number: member.byteCount, width: 8)
      fields.append(number: stored ?? UInt64(member.data.count), width: 8)
      if isCentral { fields.append(number: member.start, width: 8) }
    }
    var bytes: [UInt8] = []
    bytes.append(number: UInt64(fields.count), width: 2)
    if isCentral {
      bytes += [UInt8](repeating: 0, count: 10)
      bytes.append(number: member.isLarge ? 0xFFFF_FFFF : member.start, width: 4)
    }
    return bytes + member.name + fields
  }

  private func ending(_ start: UInt64, _ end: UInt64, _ count: UInt64, _ random: inout FileRandom) -> [UInt8] {
    var (start, size, count) = (start, end - start, count)
    if random.oneIn(30) { start = random.number(near: start) }
    if random.oneIn(30) { size = random.number(near: size) }
    if random.oneIn(30) { count = random.number(near: count) }
    var bytes: [UInt8] = []
    if random.oneIn(5) {
      bytes += [0x50, 0x4B, 6, 6, 44, 0, 0, 0, 0, 0, 0, 0, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      for number in [count, count, size, start] { bytes.append(number: number, width: 8) }
      bytes += [0x50, 0x4B, 6, 7, 0, 0, 0, 0]
      bytes.append(number: random.oneIn(6) ? random.number(near: end) : end, width: 8)
      bytes += [1, 0, 0, 0]
    }
    bytes += [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    bytes.append(number: count, width: 2)
    bytes.append(number: count, width: 2)
    bytes.append(number: size, width: 4)
    bytes.append(number: start, width: 4)
    let comment = random.oneIn(10) ? [UInt8](repeating: 0x50, count: random.below(300)) : []
    bytes.append(number: UInt64(comment.count), width: 2)
    return bytes + comment
  }

  func read(_ file: FileUnderTest) throws -> String? {
    let opened = try NPZ(file.path)
    var tensors: [String: Tensor] = [:]
    var refused: BackplaneError?
    for name in opened.names {
      do {
        let tensor = try opened.tensor(name, device: file.device)
        if let problem = try file.problem(tensor, name) { return problem }
        tensors[name] = tensor
      } catch let error as BackplaneError {
        refused = error
      }
    }
    // A name with a NUL can be read, and is no name to be written.
    if file.isWritten, !tensors.keys.contains(where: { $0.utf8.contains(0) || $0.utf8.count > 60000 }) {
      try saveNPZ(tensors, to: file.target, compressed: opened.names.count % 2 == 0)
      if let problem = try file.difference(tensors, loadNPZ(file.target, device: file.device)) { return problem }
    }
    if let refused { throw refused }
    return nil
  }
}

/// As much of deflate (RFC 1951) as it takes to make files that are and are not what they say.
enum Deflate {
  /// In blocks that compress nothing.
  static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var rest = bytes[...]
    repeat {
      let part = rest.prefix(0xFFFF)
      rest = rest.dropFirst(part.count)
      result.append(rest.isEmpty ? 1 : 0)
      result.append(number: UInt64(part.count), width: 2)
      result.append(number: UInt64(~part.count & 0xFFFF), width: 2)
      result += part
    } while !rest.isEmpty
    return result
  }

  /// Bytes as they are, then zeros in one block of the fixed codes: a run of 258 takes thirteen bits.
  static func zeros(_ count: Int, after head: [UInt8]) -> [UInt8] {
    var result = stored(head)
    result[0] = 0
    var (bits, filled): (UInt64, UInt64) = (0, 0)
    func put(_ value: UInt64, _ width: UInt64) {
      bits |= value << filled
      filled += width
      while filled >= 8 {
        result.append(UInt8(truncatingIfNeeded: bits))
        bits >>= 8
        filled -= 8
      }
    }
    put(0b011, 3)
    // Codes begin with their first bit: 00110000 is the literal 0, 11000101 a run of 258, at a distance of 1.
    var left = count
    while left > 0 {
      if left < count, left >= 258 {
        put(0b1010_0011, 8)
        put(0, 5)
        left -= 258
      } else {
        put(0b0000_1100, 8)
        left -= 1
      }
    }
    put(0, 7)
    put(0, 7)
    return result
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320 }
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }
}
