extension JSON {
  /// The one value of a text.
  ///
  /// What the values take of memory is limited in proportion to the text, and so is the time: a text may come from
  /// anywhere.
  package static func read(_ bytes: [UInt8]) throws(JSONReader.Failure) -> JSON {
    try bytes.withUnsafeBytes { bytes in
      Result { () throws(JSONReader.Failure) in try read(bytes) }
    }.get()
  }

  /// The one value of a text, which is not copied.
  package static func read(_ text: String) throws(JSONReader.Failure) -> JSON {
    var text = text
    return try text.withUTF8 { bytes in
      Result { () throws(JSONReader.Failure) in try read(UnsafeRawBufferPointer(bytes)) }
    }.get()
  }

  private static func read(_ bytes: UnsafeRawBufferPointer) throws(JSONReader.Failure) -> JSON {
    var reader = JSONReader(bytes)
    var tree = TreeBuilder(byteCount: bytes.count)
    let value = try tree.value(&reader)
    try reader.end()
    return value
  }
}

/// Makes values of what a reader reads.
private struct TreeBuilder {
  typealias Failure = JSONReader.Failure

  /// Longer numbers than anybody writes are not worth reading.
  private static let digitLimit = 1000

  private let byteCount: Int
  /// What the values read so far take, about.
  private var cost = 0

  init(byteCount: Int) { self.byteCount = byteCount }

  private mutating func spend(_ bytes: Int, _ reader: JSONReader) throws(Failure) {
    cost += bytes
    guard cost <= 3 * byteCount + 48 << 20 else {
      throw reader.failure("more values than a text of \(byteCount) bytes can mean")
    }
  }

  mutating func value(_ reader: inout JSONReader) throws(Failure) -> JSON {
    // An element of a list that grows.
    try spend(3 * MemoryLayout<JSON>.stride / 2, reader)
    switch reader.kind() {
    case .object: return try object(&reader)
    case .array: return try array(&reader)
    case .string:
      let text = try reader.string()
      try spend(text, reader)
      return .string(text)
    case .word: return try word(&reader)
    }
  }

  /// Short strings stand within the value.
  private mutating func spend(_ text: String, _ reader: JSONReader) throws(Failure) {
    if text.utf8.count > 15 { try spend(text.utf8.count + 48, reader) }
  }

  private mutating func object(_ reader: inout JSONReader) throws(Failure) -> JSON {
    var members: [(String, JSON)] = []
    var keys = Set<String>()
    try reader.object(comparesKeys: false) { (reader, key) throws(Failure) in
      try spend(4 * MemoryLayout<String>.stride, reader)
      try spend(key, reader)
      guard keys.insert(key).inserted else { throw reader.failure("duplicate key \(shown(key))") }
      members.append((key, try value(&reader)))
    }
    return .object(members)
  }

  private mutating func array(_ reader: inout JSONReader) throws(Failure) -> JSON {
    var values: [JSON] = []
    try reader.array { (reader) throws(Failure) in values.append(try value(&reader)) }
    return .array(values)
  }

  private func word(_ reader: inout JSONReader) throws(Failure) -> JSON {
    let characters = try reader.word()
    guard characters.count <= TreeBuilder.digitLimit else {
      throw reader.failure("a number of \(characters.count) characters")
    }
    let word = String(decoding: characters, as: UTF8.self)
    switch word {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    default:
      if let integer = Int(word) { return .integer(integer) }
      guard let number = Double(word), number.isFinite else { throw reader.failure("a number is too large") }
      return .number(number)
    }
  }
}
