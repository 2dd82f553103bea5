/// What a program or library in ELF says about its own code, where it has not been stripped: the names of its functions
/// and the lines that instructions came from.
///
/// Every offset is checked against the file: one that is damaged says less, and does no harm.
package struct ProgramImage {
  private struct Section {
    let name: String
    let offset: Int
    let count: Int
    let link: Int
    let isCompressed: Bool
  }

  private let file: InputFile
  private let sections: [Section]
  /// Whether addresses in the file count from where it was loaded.
  let isRelocated: Bool

  /// Opens a file, or gives nil for one that is no ELF file of 64 bits in this machine's byte order.
  package static func open(_ path: String) -> ProgramImage? {
    guard let file = try? InputFile(path) else { return nil }
    return ProgramImage(file)
  }

  private init?(_ file: InputFile) {
    self.file = file
    guard let header = ProgramImage.read(file, 0, 64), header.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
      return nil
    }
    var reader = ByteReader(header)
    isRelocated = reader.integer(at: 16, bytes: 2) == 3
    let table = reader.integer(at: 40, bytes: 8), entrySize = reader.integer(at: 58, bytes: 2)
    let count = reader.integer(at: 60, bytes: 2), nameIndex = reader.integer(at: 62, bytes: 2)
    guard entrySize == 64, nameIndex < count, let bytes = ProgramImage.read(file, table, count * 64) else { return nil }
    reader = ByteReader(bytes)
    let nameOffset = reader.integer(at: nameIndex * 64 + 24, bytes: 8)
    let nameCount = reader.integer(at: nameIndex * 64 + 32, bytes: 8)
    guard let nameBytes = ProgramImage.read(file, nameOffset, nameCount) else { return nil }
    let names = ByteReader(nameBytes)
    sections = (0..<count).map { i in
      let start = i * 64
      return Section(
        name: names.text(at: reader.integer(at: start, bytes: 4)), offset: reader.integer(at: start + 24, bytes: 8),
        count: reader.integer(at: start + 32, bytes: 8), link: reader.integer(at: start + 40, bytes: 4),
        isCompressed: reader.integer(at: start + 8, bytes: 8) & 0x800 != 0)
    }
  }

  private static func read(_ file: InputFile, _ offset: Int, _ count: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset <= file.byteCount, count <= file.byteCount - offset else { return nil }
    return try? [UInt8](unsafeUninitializedCapacity: count) { (buffer, initialized) throws in
      try file.read(
        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]), at: offset)
      initialized = count
    }
  }

  private func contents(of section: Section) -> [UInt8]? {
    section.isCompressed ? nil : ProgramImage.read(file, section.offset, section.count)
  }

  private func contents(of name: String) -> [UInt8]? {
    sections.first { $0.name == name }.flatMap { contents(of: $0) }
  }

  /// The functions that contain addresses, by the linker's names.
  package func functions(at addresses: [UInt]) -> [UInt: String] {
    let table = sections.first { $0.name == ".symtab" } ?? sections.first { $0.name == ".dynsym" }
    guard let table, let bytes = contents(of: table), sections.indices.contains(table.link),
      let nameBytes = contents(of: sections[table.link])
    else { return [:] }
    let symbols = ByteReader(bytes), names = ByteReader(nameBytes)
    var best: [UInt: (start: UInt, name: Int)] = [:]
    for start in stride(from: 0, to: bytes.count - bytes.count % 24, by: 24) {
      guard symbols.integer(at: start + 4, bytes: 1) & 15 == 2, symbols.integer(at: start + 6, bytes: 2) != 0 else {
        continue
      }
      let value = UInt(bitPattern: symbols.integer(at: start + 8, bytes: 8))
      let size = UInt(bitPattern: symbols.integer(at: start + 16, bytes: 8))
      for address in addresses where address >= value && address - value < size && value >= best[address]?.start ?? 0 {
        best[address] = (value, symbols.integer(at: start, bytes: 4))
      }
    }
    return best.mapValues { names.text(at: $0.name) }
  }

  /// The lines that the instructions at addresses came from.
  package func lines(at addresses: [UInt]) -> [UInt: (file: String, number: Int)] {
    guard let programs = contents(of: ".debug_line") else { return [:] }
    let table = LineTable(
      programs, lineStrings: contents(of: ".debug_line_str") ?? [], strings: contents(of: ".debug_str") ?? [])
    return table.lines(at: addresses)
  }
}

/// Reads numbers and texts out of bytes; what lies outside of them is zero, or empty.
struct ByteReader {
  private let bytes: [UInt8]
  var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count }

  /// An integer in little-endian order.
  func integer(at offset: Int, bytes count: Int) -> Int {
    guard offset >= 0, count <= bytes.count, offset <= bytes.count - count else { return 0 }
    var value: UInt64 = 0
    for i in (0..<count).reversed() { value = value << 8 | UInt64(bytes[offset + i]) }
    return Int(truncatingIfNeeded: value)
  }

  /// The text from an offset up to a zero.
  func text(at offset: Int) -> String {
    guard bytes.indices.contains(offset) else { return "" }
    return String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self)
  }

  mutating func next(_ count: Int) -> Int {
    defer { skip(count) }
    return integer(at: position, bytes: count)
  }

  mutating func nextText() -> String {
    let text = text(at: position)
    skip(text.utf8.count + 1)
    return text
  }

  /// An integer of seven bits a byte.
  mutating func nextUnsigned() -> Int {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count {
      let byte = UInt64(bytes[position])
      position += 1
      if shift < 64 { value |= (byte & 0x7F) << shift }
      shift += 7
      if byte & 0x80 == 0 { break }
    }
    return Int(truncatingIfNeeded: value)
  }

  /// An integer with a sign, of seven bits a byte.
  mutating func nextSigned() -> Int {
    var value: Int64 = 0
    var shift: Int64 = 0
    while position < bytes.count {
      let byte = Int64(bytes[position])
      position += 1
      if shift < 64 { value |= (byte & 0x7F) << shift }
      shift += 7
      if byte & 0x80 == 0 {
        if shift < 64, byte & 0x40 != 0 { value |= -1 << shift }
        break
      }
    }
    return Int(value)
  }

  /// Goes on; not past the end.
  mutating func skip(_ count: Int) {
    position = count >= 0 && count < bytes.count - position ? position + count : bytes.count
  }
}
