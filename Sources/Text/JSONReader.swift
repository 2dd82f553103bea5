import Glibc

/// Reads JSON (RFC 8259) front to back, without building a tree of it, so that a hostile header costs no more time and
/// memory than its own bytes. ``JSON/read(_:)-([UInt8])`` builds the tree.
///
/// Strict: keys of an object must differ, strings must be UTF-8, depth is limited. Foundation's decoder would
/// keep one of two equal keys and say nothing, and would add five megabytes to every program.
package struct JSONReader {
  /// What is wrong with a text, and where.
  package struct Failure: Error, CustomStringConvertible {
    package let offset: Int
    package let reason: String
    package var description: String { "no JSON at byte \(offset): \(reason)" }
  }

  /// What a value is, as its first byte tells.
  package enum Kind { case object, array, string, word }

  private static let depthLimit = 32
  /// How many keys of one object are held against one another.
  private static let keyLimit = 100_000
  /// The bytes of a name. Texts are equal whatever the order of their accents: to compare one that is nothing but
  /// accents takes the square of its length.
  package static let keyLengthLimit = 4096

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0

  /// The bytes must stay in place while they are read.
  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes.bindMemory(to: UInt8.self) }

  /// Reads an object, calling `member` for each key; it must read the value.
  ///
  /// - Parameter comparesKeys: False where `member` sees to it that no key is there twice.
  package mutating func object(
    comparesKeys: Bool = true, _ member: (inout JSONReader, String) throws(Failure) -> Void
  ) throws(Failure) {
    try expect("{", "an object")
    try enter()
    var keys = Keys()
    if !take("}") {
      repeat {
        let start = position
        let key = try name()
        if comparesKeys {
          guard keys.count < JSONReader.keyLimit else {
            throw Failure(offset: start, reason: "more than \(JSONReader.keyLimit) keys")
          }
          guard keys.insert(key) else { throw Failure(offset: start, reason: "duplicate key \(shown(key))") }
        }
        try expect(":", "':'")
        try member(&self, key)
      } while take(",")
      try expect("}", "',' or '}'")
    }
    depth -= 1
  }

  /// The keys of an object. Most have a few, for which a set is slow to make.
  private struct Keys {
    private var few: [String] = []
    private var many = Set<String>()

    var count: Int { few.count + many.count }

    /// Whether it is a new one.
    mutating func insert(_ key: String) -> Bool {
      if few.contains(key) { return false }
      if few.count == 8 { return many.insert(key).inserted }
      few.append(key)
      return true
    }
  }

  /// Reads an array, calling `element` at each element, which it must read.
  package mutating func array(_ element: (inout JSONReader) throws(Failure) -> Void) throws(Failure) {
    try expect("[", "an array")
    try enter()
    if !take("]") {
      repeat { try element(&self) } while take(",")
      try expect("]", "',' or ']'")
    }
    depth -= 1
  }

  /// Reads a number without sign, fraction or exponent.
  package mutating func naturalNumber() throws(Failure) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while let byte = peek, byte >= 0x30, byte <= 0x39 {
      let (product, overflow1) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(Int(byte - 0x30))
      guard !overflow1, !overflow2 else { throw Failure(offset: start, reason: "a number is too large") }
      value = sum
      position += 1
    }
    let isLeadingZero = position - start > 1 && bytes[start] == 0x30
    let isFractional = peek == 0x2E || peek == 0x45 || peek == 0x65
    guard position > start, !isLeadingZero, !isFractional else {
      throw Failure(offset: start, reason: "expected an integer that is not negative")
    }
    return value
  }

  /// Reads any value and forgets it.
  package mutating func skip() throws(Failure) {
    switch kind() {
    case .object: try object { (reader, _) throws(Failure) in try reader.skip() }
    case .array: try array { (reader) throws(Failure) in try reader.skip() }
    case .string: _ = try string()
    case .word: _ = try word()
    }
  }

  /// What the next value is. All that is no object, array or string is a word, if it is a value at all.
  package mutating func kind() -> Kind {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    default: return .word
    }
  }

  /// Reads `true`, `false`, `null` or a number, of which it gives the characters.
  package mutating func word() throws(Failure) -> UnsafeBufferPointer<UInt8> {
    skipSpace()
    let start = position
    guard takeWord("true") || takeWord("false") || takeWord("null") || takeNumber(), !isInWord else {
      throw Failure(offset: start, reason: "expected a value")
    }
    return UnsafeBufferPointer(rebasing: bytes[start..<position])
  }

  /// Checks that nothing but space is left.
  package mutating func end() throws(Failure) {
    skipSpace()
    guard position == bytes.count else { throw Failure(offset: position, reason: "text after the end") }
  }

  /// What is wrong at the place that the reader has come to.
  package func failure(_ reason: String) -> Failure { Failure(offset: position, reason: reason) }

  // MARK: Bytes

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func enter() throws(Failure) {
    depth += 1
    guard depth <= JSONReader.depthLimit else {
      throw Failure(offset: position, reason: "nested more than \(JSONReader.depthLimit) deep")
    }
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar, _ what: String) throws(Failure) {
    guard take(character) else { throw Failure(offset: position, reason: "expected \(what)") }
  }

  // MARK: Words and numbers

  private var isInWord: Bool {
    guard let byte = peek else { return false }
    return switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    guard bytes.count - position >= word.utf8CodeUnitCount else { return false }
    for i in 0..<word.utf8CodeUnitCount where bytes[position + i] != word.utf8Start[i] { return false }
    position += word.utf8CodeUnitCount
    return true
  }

  /// -? (0 | [1-9] digits) (. digits)? ([eE] [+-]? digits)?
  private mutating func takeNumber() -> Bool {
    if peek == UInt8(ascii: "-") { position += 1 }
    let isZeroFirst = peek == 0x30
    let count = takeDigits()
    if count == 0 || isZeroFirst && count > 1 { return false }
    if peek == UInt8(ascii: ".") {
      position += 1
      if takeDigits() == 0 { return false }
    }
    if peek == 0x45 || peek == 0x65 {
      position += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
      if takeDigits() == 0 { return false }
    }
    return true
  }

  private mutating func takeDigits() -> Int {
    let start = position
    while let byte = peek, byte >= 0x30, byte <= 0x39 { position += 1 }
    return position - start
  }
}

// MARK: - Strings

extension JSONReader {
  /// Reads a string that is to be compared with others: a key, or the name of a type.
  package mutating func name() throws(Failure) -> String {
    let start = position
    let result = try string()
    guard result.utf8.count <= JSONReader.keyLengthLimit else {
      throw Failure(offset: start, reason: "a name of \(result.utf8.count) bytes")
    }
    return result
  }

  package mutating func string() throws(Failure) -> String {
    try expect("\"", "a string")
    let start = position
    var hasEscapes = false
    scan: while true {
      guard let byte = peek else { throw Failure(offset: start, reason: "a string does not end") }
      switch byte {
      case 0x22: break scan
      case 0x5C:
        hasEscapes = true
        // What follows may be a quote; whether the escape is one is seen when it is read.
        guard bytes.count - position >= 2 else { throw Failure(offset: start, reason: "a string does not end") }
        position += 2
      case 0..<0x20: throw Failure(offset: position, reason: "a control character in a string")
      default: position += 1
      }
    }
    let raw = UnsafeBufferPointer(rebasing: bytes[start..<position])
    position += 1
    let text = hasEscapes ? try JSONReader.unescaped(raw, start) : String(validating: raw, as: UTF8.self)
    guard let text else { throw Failure(offset: start, reason: "a string is not UTF-8") }
    return text
  }

  /// The text that a string with escapes stands for, or nil if it is not UTF-8.
  private static func unescaped(_ raw: UnsafeBufferPointer<UInt8>, _ start: Int) throws(Failure) -> String? {
    // An escape is longer than what it stands for.
    guard let memory = malloc(max(raw.count, 1)) else {
      throw Failure(offset: start, reason: "no memory for a string of \(raw.count) bytes")
    }
    defer { free(memory) }
    let target = UnsafeMutableBufferPointer(
      start: memory.bindMemory(to: UInt8.self, capacity: raw.count), count: raw.count)
    var (read, written) = (0, 0)
    while read < raw.count {
      let byte = raw[read]
      read += 1
      guard byte == 0x5C else {
        target[written] = byte
        written += 1
        continue
      }
      let place = start + read - 1
      let kind = raw[read]
      read += 1
      let plain: UInt8
      switch kind {
      case 0x22, 0x5C, 0x2F: plain = kind
      case UInt8(ascii: "b"): plain = 0x08
      case UInt8(ascii: "f"): plain = 0x0C
      case UInt8(ascii: "n"): plain = 0x0A
      case UInt8(ascii: "r"): plain = 0x0D
      case UInt8(ascii: "t"): plain = 0x09
      case UInt8(ascii: "u"):
        let scalar = try scalar(raw, &read, place)
        for unit in UTF8.encode(scalar)! {
          target[written] = unit
          written += 1
        }
        continue
      default: throw Failure(offset: place, reason: "an unknown escape")
      }
      target[written] = plain
      written += 1
    }
    return String(validating: UnsafeBufferPointer(rebasing: target[..<written]), as: UTF8.self)
  }

  /// The character whose digits begin at `read`; one beyond the first 65536 takes two escapes.
  private static func scalar(
    _ raw: UnsafeBufferPointer<UInt8>, _ read: inout Int, _ place: Int
  ) throws(Failure) -> Unicode.Scalar {
    var code = try hexadecimal(raw, &read, place)
    if code >= 0xD800, code < 0xDC00, raw.count - read >= 2, raw[read] == 0x5C {
      guard raw[read + 1] == UInt8(ascii: "u") else { throw Failure(offset: place, reason: "half a surrogate pair") }
      read += 2
      let low = try hexadecimal(raw, &read, place)
      guard low >= 0xDC00, low < 0xE000 else { throw Failure(offset: place, reason: "half a surrogate pair") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw Failure(offset: place, reason: "half a surrogate pair") }
    return scalar
  }

  private static func hexadecimal(
    _ raw: UnsafeBufferPointer<UInt8>, _ read: inout Int, _ place: Int
  ) throws(Failure) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let digit: UInt8? =
        switch read < raw.count ? raw[read] : 0 {
        case let byte where byte >= 0x30 && byte <= 0x39: byte - 0x30
        case let byte where byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66: (byte | 0x20) - 0x61 + 10
        default: nil
        }
      guard let digit else { throw Failure(offset: place, reason: "expected four hexadecimal digits") }
      code = code << 4 | UInt32(digit)
      read += 1
    }
    return code
  }
}
