import Text

/// The part of a GGUF file before the elements: notes, and of each tensor its name, shape, type and place.
struct GGUFHeader {
  struct Entry {
    let name: String
    /// Outermost first.
    let shape: [Int]
    let type: UInt32
    /// Where the elements lie in the file.
    fileprivate(set) var start: Int
  }

  private(set) var version = 0
  private(set) var metadata: [String: Checkpoint] = [:]
  private(set) var entries: [Entry] = []
  private var places: [String: Int] = [:]

  private static let nameLimit = 4096

  /// Checks everything that the header says against the file's size, so that reading a tensor cannot go wrong.
  init(_ file: InputFile) throws(BackplaneError) {
    var reader = GGUFReader(file)
    guard file.byteCount >= 24, try reader.source.bytes(4) == Array("GGUF".utf8) else {
      throw .file(file.path, "not a valid GGUF file: it does not begin with GGUF")
    }
    let number = UInt32(try reader.source.number(4))
    guard number.byteSwapped > 1000 || number == 0 else {
      throw .file(file.path, "it is a big-endian GGUF file, which is not read here")
    }
    guard number == 2 || number == 3 else { throw .file(file.path, "version \(number) of GGUF is unknown") }
    version = Int(number)
    let tensorCount = try reader.count(ofAtLeast: 24)
    let noteCount = try reader.count(ofAtLeast: 13)
    for _ in 0..<noteCount {
      let key = try reader.string(GGUFHeader.nameLimit)
      let type = UInt32(try reader.source.number(4))
      let value = try reader.value(type, depth: 0)
      guard metadata.updateValue(value, forKey: key) == nil else { throw reader.failure("duplicate key \(shown(key))") }
    }
    for _ in 0..<tensorCount {
      let entry = try reader.entry(GGUFHeader.nameLimit)
      guard places.updateValue(entries.count, forKey: entry.name) == nil else {
        throw reader.failure("two tensors are named \(shown(entry.name))")
      }
      entries.append(entry)
    }
    try arrange(reader.source.offset, file)
  }

  private mutating func arrange(_ end: Int, _ file: InputFile) throws(BackplaneError) {
    var alignment = 32
    if let note = metadata["general.alignment"] {
      guard let given = note.int, given > 0, given <= 1 << 20, given & (given - 1) == 0 else {
        throw .file(file.path, "general.alignment is no power of two")
      }
      alignment = given
    }
    let start = (end + alignment - 1) / alignment * alignment
    for i in entries.indices {
      let entry = entries[i]
      func fail(_ reason: String) -> BackplaneError { .file(file.path, "tensor \(shown(entry.name)): \(reason)") }
      let count: Int
      do throws(BackplaneError) { count = try Layout.contiguous(entry.shape).count } catch {
        throw fail("the shape is none of a tensor: \(error.message)")
      }
      entries[i].start = start + entry.start
      guard let type = GGUFType(rawValue: entry.type) else { continue }
      guard count == 0 || (entry.shape.last ?? 1) % type.blockCount == 0 else {
        throw fail("rows of \(entry.shape.last ?? 0) elements are not of whole blocks of \(type.blockCount)")
      }
      let byteCount = count / type.blockCount * type.byteCount
      guard entries[i].start <= file.byteCount || count == 0, byteCount <= max(file.byteCount - entries[i].start, 0)
      else {
        throw fail(
          "its \(byteCount) bytes at \(entries[i].start) are not within the file's \(file.byteCount): it is truncated")
      }
    }
  }

  func entry(_ name: String) -> Entry? {
    guard name.utf8.count <= GGUFHeader.nameLimit else { return nil }
    return places[name].map { entries[$0] }
  }
}

/// Numbers, texts and arrays of a GGUF header.
private struct GGUFReader {
  var source: FileBytes
  /// What the notes take of memory, about, and may take.
  private var cost = 0
  private let costLimit: Int

  init(_ file: InputFile) {
    source = FileBytes(file, 0..<file.byteCount, label: "header")
    costLimit = 32 << 20 + 4 * min(file.byteCount, 1 << 28)
  }

  func failure(_ reason: String) -> BackplaneError { source.failure(reason, at: source.offset) }

  private mutating func spend(_ bytes: Int) throws(BackplaneError) {
    cost += bytes
    guard cost <= costLimit else { throw failure("more notes than a file of its size can mean") }
  }

  /// A count of things that take at least so many bytes each.
  mutating func count(ofAtLeast byteCount: Int) throws(BackplaneError) -> Int {
    let count = try source.number(8)
    guard count <= UInt64(source.count / byteCount) else {
      throw failure("\(count) entries are announced, where \(source.count) bytes follow")
    }
    return Int(count)
  }

  mutating func string(_ limit: Int = .max) throws(BackplaneError) -> String {
    let count = try source.number(8)
    guard count <= UInt64(limit) else { throw failure("a name of \(count) bytes") }
    let bytes = try source.bytes(count)
    try spend(bytes.count + 48)
    // Vocabularies have parts of characters too.
    return String(decoding: bytes, as: UTF8.self)
  }

  mutating func value(_ type: UInt32, depth: Int) throws(BackplaneError) -> Checkpoint {
    try spend(MemoryLayout<Checkpoint>.stride)
    switch type {
    case 0: return .int(Int(try source.byte()))
    case 1: return .int(Int(Int8(bitPattern: try source.byte())))
    case 2: return .int(Int(try source.number(2)))
    case 3: return .int(Int(Int16(truncatingIfNeeded: try source.number(2))))
    case 4: return .int(Int(try source.number(4)))
    case 5: return .int(Int(Int32(truncatingIfNeeded: try source.number(4))))
    case 6: return .double(Double(Float(bitPattern: UInt32(try source.number(4)))))
    case 7: return .bool(try source.byte() != 0)
    case 8: return .string(try string())
    case 9:
      guard depth < 4 else { throw failure("arrays nested too deep") }
      let type = UInt32(try source.number(4))
      guard let width = GGUFReader.width(type) else { throw failure("a note of type \(type) is unknown") }
      let count = try count(ofAtLeast: width)
      guard type != 0 else {
        try spend(count)
        return .bytes(try source.bytes(UInt64(count)))
      }
      var values: [Checkpoint] = []
      for _ in 0..<count { values.append(try value(type, depth: depth + 1)) }
      return .list(values)
    case 10:
      let number = try source.number(8)
      return Int(exactly: number).map { .int($0) } ?? .double(Double(number))
    case 11: return .int(Int(Int64(bitPattern: try source.number(8))))
    case 12: return .double(Double(bitPattern: try source.number(8)))
    default: throw failure("a note of type \(type) is unknown")
    }
  }

  /// The least that a value takes in the file.
  private static func width(_ type: UInt32) -> Int? {
    switch type {
    case 0, 1, 7: 1
    case 2, 3: 2
    case 4, 5, 6: 4
    case 8, 10, 11, 12: 8
    case 9: 12
    default: nil
    }
  }

  mutating func entry(_ nameLimit: Int) throws(BackplaneError) -> GGUFHeader.Entry {
    let name = try string(nameLimit)
    let rank = try source.number(4)
    guard rank <= UInt64(Layout.maximumRank) else {
      throw failure("tensor \(shown(name)): a tensor has at most \(Layout.maximumRank) dimensions, not \(rank)")
    }
    var shape: [Int] = []
    for _ in 0..<rank {
      let extent = try source.number(8)
      guard extent < 1 << 56 else { throw failure("tensor \(shown(name)): an extent of \(extent)") }
      shape.insert(Int(extent), at: 0)
    }
    let type = UInt32(try source.number(4))
    let offset = try source.number(8)
    guard offset < 1 << 60 else { throw failure("tensor \(shown(name)): an offset of \(offset)") }
    try spend(200)
    return GGUFHeader.Entry(name: name, shape: shape, type: type, start: Int(offset))
  }
}
