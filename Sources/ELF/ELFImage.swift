/// What an ELF shared object says of itself: the parts that a loader reads, and no others.
///
/// Every offset and count comes from the file and is checked against its length: a file made to mislead gives an
/// error, never a crash. Time and memory are in proportion to the file's length: names, of which many may lie in the
/// same bytes, have a limit together.
public struct ELFImage {
  /// Why a file is no shared object that can be read.
  public struct Malformed: Error {
    /// What is wrong, in words that follow the file's name.
    public let reason: String

    /// Makes an error of its reason.
    public init(_ reason: String) { self.reason = reason }
  }

  /// A name that the file offers to others, or wants of them.
  public struct Symbol {
    /// The name as the linker knows it.
    public let name: String
    /// The number of ELF's binding: 0 local, 1 global, 2 weak, 10 unique.
    public let binding: UInt8
    /// Whether the file has what the name stands for, or only asks for it.
    public let isDefined: Bool
    /// Whether other files may see the name.
    public let isVisible: Bool

    /// Whether the process has at most one symbol of the name, which keeps the file loaded for ever.
    public var isUnique: Bool { binding == 10 }
    /// Whether the name may go unanswered, or give way to another of its kind.
    public var isWeak: Bool { binding == 2 }
    /// Whether others can call what the name stands for.
    public var isExported: Bool { isDefined && isVisible && binding != 0 }
  }

  private struct Segment {
    let kind: UInt32
    let flags: UInt32
    let offset: UInt64
    let address: UInt64
    let length: UInt64
  }

  private let bytes: [UInt8]
  private let segments: [Segment]
  /// Of each tag the first value.
  private var dynamic: [Int64: UInt64] = [:]
  /// The libraries that the file names as needed.
  public private(set) var needed: [String] = []
  /// Where the file has the loader look for the libraries it needs.
  public private(set) var searchPaths: [String] = []
  /// The names of the file's dynamic symbol table.
  public private(set) var symbols: [Symbol] = []

  /// What names may take of memory beyond the file's length: names that end alike share their bytes.
  private static let nameAllowance = 16 << 20
  /// Far above what linkers write.
  private static let dynamicLimit: UInt64 = 65536
  private static let pathLimit = 1000
  private var nameCost = 0

  /// Reads the parts of a file that a loader reads.
  public init(_ bytes: [UInt8]) throws(Malformed) {
    self.bytes = bytes
    segments = try ELFImage.segments(bytes)
    guard let table = segments.first(where: { $0.kind == 2 }) else {
      throw Malformed("no shared object: it has no dynamic section")
    }
    var offset = table.offset
    var names: [(tag: Int64, index: UInt64)] = []
    while offset < table.offset &+ table.length {
      let (tag, value) = (Int64(bitPattern: try word(offset)), try word(offset + 8))
      if tag == 0 { break }
      guard offset - table.offset < ELFImage.dynamicLimit * 16 else {
        throw Malformed("its dynamic section has more than \(ELFImage.dynamicLimit) entries")
      }
      switch tag {
      case Tag.needed, Tag.rpath, Tag.runpath: names.append((tag, value))
      default: if dynamic[tag] == nil { dynamic[tag] = value }
      }
      offset += 16
    }
    if !names.isEmpty || dynamic[Tag.symbolTable] != nil {
      let strings = try stringTable()
      needed = try self.names(names, Tag.needed, strings)
      for paths in try self.names(names, Tag.rpath, strings) + self.names(names, Tag.runpath, strings) {
        let parts = paths.split(separator: ":", maxSplits: ELFImage.pathLimit, omittingEmptySubsequences: false)
        guard searchPaths.count + parts.count <= ELFImage.pathLimit else {
          throw Malformed("it has more than \(ELFImage.pathLimit) search paths")
        }
        searchPaths += parts.map(String.init)
      }
      symbols = try readSymbols(strings)
    }
  }

  private enum Tag {
    static let needed: Int64 = 1
    static let hash: Int64 = 4
    static let stringTable: Int64 = 5
    static let symbolTable: Int64 = 6
    static let stringTableSize: Int64 = 10
    static let rpath: Int64 = 15
    static let textRelocations: Int64 = 22
    static let runpath: Int64 = 29
    static let flags: Int64 = 30
    static let gnuHash: Int64 = 0x6fff_fef5
  }

  // MARK: - Facts

  /// Whether the loader has to write into the file's code.
  public var hasTextRelocations: Bool {
    dynamic[Tag.textRelocations] != nil || (dynamic[Tag.flags] ?? 0) & 4 != 0
  }
  /// Whether the file makes stacks executable.
  ///
  /// Without a word on it, the loader of this machine makes the stack executable.
  public var hasExecutableStack: Bool { segments.first { $0.kind == 0x6474_e551 }.map { $0.flags & 1 != 0 } ?? true }

  // MARK: - Reading

  private static func segments(_ bytes: [UInt8]) throws(Malformed) -> [Segment] {
    if bytes.isEmpty { throw Malformed("the file is empty") }
    if bytes.starts(with: "!<arch>\n".utf8) { throw Malformed("a static archive, no shared object") }
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { throw Malformed("no ELF file") }
    guard bytes.count >= 64 else { throw Malformed("truncated: \(bytes.count) bytes are no ELF header") }
    guard bytes[4] == 2 else { throw Malformed("32-bit; plugins are 64-bit") }
    guard bytes[5] == 1 else { throw Malformed("big-endian; plugins are little-endian") }
    func number(_ offset: UInt64, _ size: UInt64) throws(Malformed) -> UInt64 {
      try ELFImage.number(bytes, offset, size)
    }
    let machine = try number(18, 2)
    guard machine == host.number else {
      throw Malformed("for another processor (ELF machine \(machine)); this one is \(host.name)")
    }
    let kind = try number(16, 2)
    guard kind == 3 else {
      let kinds: [UInt64: String] = [1: "an object file", 2: "an executable", 4: "a core dump"]
      throw Malformed("\(kinds[kind] ?? "ELF type \(kind)"), no shared object")
    }
    let (start, size, count) = (try number(32, 8), try number(54, 2), try number(56, 2))
    guard count > 0 else { throw Malformed("no program headers") }
    guard size == 56 else { throw Malformed("program headers of \(size) bytes, not 56") }
    var segments: [Segment] = []
    for i in 0..<count {
      let (base, overflows) = start.addingReportingOverflow(i * 56)
      guard !overflows else { throw Malformed("the program headers lie outside the file") }
      segments.append(
        Segment(
          kind: UInt32(try number(base, 4)), flags: UInt32(try number(base &+ 4, 4)),
          offset: try number(base &+ 8, 8), address: try number(base &+ 16, 8), length: try number(base &+ 32, 8)))
    }
    for segment in segments where segment.kind == 1 || segment.kind == 2 {
      let (end, overflows) = segment.offset.addingReportingOverflow(segment.length)
      guard !overflows, end <= UInt64(bytes.count) else {
        throw Malformed("truncated: a segment ends past the \(bytes.count) bytes of the file")
      }
    }
    // The loader does not read them: that they are cut off shows that the file is.
    let sections = (start: try number(40, 8), length: try number(58, 2) * (try number(60, 2)))
    let (end, overflows) = sections.start.addingReportingOverflow(sections.length)
    guard !overflows, end <= UInt64(bytes.count) else {
      throw Malformed("truncated: the section headers end past the \(bytes.count) bytes of the file")
    }
    // A position-independent executable has the type of a shared object, and a program interpreter.
    if segments.contains(where: { $0.kind == 3 }), try isExecutable(bytes, segments) {
      throw Malformed("an executable, no shared object")
    }
    return segments
  }

  /// DF_1_PIE in DT_FLAGS_1: libc too has a program interpreter, and is a library.
  private static func isExecutable(_ bytes: [UInt8], _ segments: [Segment]) throws(Malformed) -> Bool {
    guard let table = segments.first(where: { $0.kind == 2 }) else { return true }
    var offset = table.offset
    while offset < table.offset &+ table.length {
      let tag = try number(bytes, offset, 8)
      if tag == 0 { break }
      if tag == 0x6fff_fffb { return try number(bytes, offset &+ 8, 8) & 0x0800_0000 != 0 }
      offset += 16
    }
    return false
  }

  /// The e_machine of libraries for this processor.
  public static var hostMachine: UInt64 { host.number }

  private static var host: (number: UInt64, name: String) {
    #if arch(x86_64)
      (62, "x86-64")
    #elseif arch(arm64)
      (183, "AArch64")
    #endif
  }

  private static func number(_ bytes: [UInt8], _ offset: UInt64, _ size: UInt64) throws(Malformed) -> UInt64 {
    let (end, overflows) = offset.addingReportingOverflow(size)
    guard !overflows, end <= UInt64(bytes.count) else {
      throw Malformed("truncated: offset \(offset) lies outside the \(bytes.count) bytes of the file")
    }
    var result: UInt64 = 0
    for i in (Int(offset)..<Int(end)).reversed() { result = result << 8 | UInt64(bytes[i]) }
    return result
  }

  private func word(_ offset: UInt64) throws(Malformed) -> UInt64 { try ELFImage.number(bytes, offset, 8) }

  /// The offset in the file of an address in memory.
  private func offset(of address: UInt64, _ what: String) throws(Malformed) -> UInt64 {
    for segment in segments where segment.kind == 1 && address >= segment.address {
      if address - segment.address < segment.length { return segment.offset + (address - segment.address) }
    }
    throw Malformed("\(what) lies outside the file")
  }

  // MARK: - Names

  /// Where the names lie in the file.
  private func stringTable() throws(Malformed) -> Range<Int> {
    guard let address = dynamic[Tag.stringTable], let length = dynamic[Tag.stringTableSize] else {
      throw Malformed("a name lies outside the string table")
    }
    if length == 0 { return 0..<0 }
    let start = try offset(of: address, "the string table")
    let (end, overflows) = start.addingReportingOverflow(length)
    guard !overflows, end <= UInt64(bytes.count) else { throw Malformed("the string table ends past the file") }
    return Int(start)..<Int(end)
  }

  private mutating func names(
    _ entries: [(tag: Int64, index: UInt64)], _ tag: Int64, _ table: Range<Int>
  ) throws(Malformed) -> [String] {
    var result: [String] = []
    for entry in entries where entry.tag == tag { result.append(try name(entry.index, table)) }
    return result
  }

  private mutating func name(_ index: UInt64, _ table: Range<Int>) throws(Malformed) -> String {
    guard index < UInt64(table.count) else { throw Malformed("a name lies outside the string table") }
    let start = table.lowerBound + Int(index)
    let limit = bytes.count + ELFImage.nameAllowance - nameCost
    let end = bytes.withUnsafeBufferPointer { bytes in
      var end = start
      while end < table.upperBound, bytes[end] != 0, end - start <= limit { end += 1 }
      return end
    }
    // Beside its bytes, a text that is not short has a head.
    nameCost += end - start < 16 ? 0 : end - start + 48
    guard end - start <= limit, nameCost <= bytes.count + ELFImage.nameAllowance else {
      throw Malformed("its names are longer than a library's can be")
    }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  // MARK: - Symbols

  private mutating func readSymbols(_ strings: Range<Int>) throws(Malformed) -> [Symbol] {
    guard let table = dynamic[Tag.symbolTable] else { return [] }
    let start = try offset(of: table, "the symbol table")
    var result: [Symbol] = []
    let count = try symbolCount()
    guard count <= UInt64(bytes.count) / 24 else { throw Malformed("\(count) symbols do not fit the file") }
    result.reserveCapacity(Int(count))
    for i in 0..<count where i > 0 {
      let base = start &+ i &* 24
      let info = try ELFImage.number(bytes, base &+ 4, 1)
      let (other, section) = (try ELFImage.number(bytes, base &+ 5, 1), try ELFImage.number(bytes, base &+ 6, 2))
      let name = try name(ELFImage.number(bytes, base, 4), strings)
      // Absolute and empty: the name of a version, which is no symbol of the program.
      let address = try word(base &+ 8)
      if section == 0xfff1 && address == 0 { continue }
      result.append(
        Symbol(
          name: name, binding: UInt8(info >> 4), isDefined: section != 0,
          isVisible: other & 3 == 0 || other & 3 == 3))
    }
    return result
  }

  /// The dynamic section gives no number of symbols: the hash tables do.
  private func symbolCount() throws(Malformed) -> UInt64 {
    if let hash = dynamic[Tag.hash] {
      return try ELFImage.number(bytes, offset(of: hash, "the hash table") &+ 4, 4)
    }
    guard let hash = dynamic[Tag.gnuHash] else { return 0 }
    let start = try offset(of: hash, "the hash table")
    let buckets = try ELFImage.number(bytes, start, 4)
    let first = try ELFImage.number(bytes, start &+ 4, 4)
    let filters = try ELFImage.number(bytes, start &+ 8, 4)
    let bucketStart = start &+ 16 &+ filters &* 8
    var last: UInt64 = 0
    for i in 0..<buckets { last = max(last, try ELFImage.number(bytes, bucketStart &+ i &* 4, 4)) }
    if last < first { return max(first, 1) }
    let chain = bucketStart &+ buckets &* 4
    while try ELFImage.number(bytes, chain &+ (last - first) &* 4, 4) & 1 == 0 { last += 1 }
    return last + 1
  }
}
