/// Reads JSON (RFC 8259) front to back, without building a tree of it, so that a hostile header costs no more memory
/// than its own bytes.
///
/// Strict: keys of an object must differ, strings must be UTF-8, depth is limited. Foundation's decoder would
/// keep one of two equal keys and say nothing, and would add five megabytes to every program.
struct JSONReader {
  struct Failure: Error {
    let offset: Int
    let reason: String
  }

  private static let depthLimit = 32

  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  private var depth = 0

  /// The bytes must stay in place while they are read.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Reads an object, calling `member` for each key; it must read the value.
  mutating func object(_ member: (inout JSONReader, String) throws(Failure) -> Void) throws(Failure) {
    try expect("{", "an object")
    try enter()
    var keys = Set<String>()
    if !take("}") {
      repeat {
        let start = position
        let key = try string()
        guard keys.insert(key).inserted else {
          throw Failure(offset: start, reason: "duplicate key \"\(key)\"")
        }
        try expect(":", "':'")
        try member(&self, key)
      } while take(",")
      try expect("}", "',' or '}'")
    }
    depth -= 1
  }

  /// Reads an array, calling `element` at each element, which it must read.
  mutating func array(_ element: (inout JSONReader) throws(Failure) -> Void) throws(Failure) {
    try expect("[", "an array")
    try enter()
    if !take("]") {
      repeat { try element(&self) } while take(",")
      try expect("]", "',' or ']'")
    }
    depth -= 1
  }

  /// Reads a number without sign, fraction or exponent.
  mutating func naturalNumber() throws(Failure) -> Int {
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
    let isFractional = peek.map { [0x2E, 0x45, 0x65].contains($0) } ?? false
    guard position > start, !isLeadingZero, !isFractional else {
      throw Failure(offset: start, reason: "expected an integer that is not negative")
    }
    return value
  }

  mutating func string() throws(Failure) -> String {
    try expect("\"", "a string")
    let start = position
    var text: [UInt8] = []
    while let byte = peek, byte != 0x22 {
      position += 1
      switch byte {
      case 0x5C: try escape(into: &text)
      case 0..<0x20: throw Failure(offset: position - 1, reason: "a control character in a string")
      default: text.append(byte)
      }
    }
    guard peek != nil else { throw Failure(offset: start, reason: "a string does not end") }
    position += 1
    guard let result = String(validating: text, as: UTF8.self) else {
      throw Failure(offset: start, reason: "a string is not UTF-8")
    }
    return result
  }

  /// Reads any value and forgets it.
  mutating func skip() throws(Failure) {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): try object { (reader, _) throws(Failure) in try reader.skip() }
    case UInt8(ascii: "["): try array { (reader) throws(Failure) in try reader.skip() }
    case UInt8(ascii: "\""): _ = try string()
    default:
      let start = position
      while let byte = peek, isWordByte(byte) { position += 1 }
      let word = String(decoding: bytes[start..<position], as: UTF8.self)
      let isNumber = word.allSatisfy { "0123456789+-.eE".contains($0) } && Double(word) != nil
      guard isNumber || ["true", "false", "null"].contains(word) else {
        throw Failure(offset: start, reason: "expected a value")
      }
    }
  }

  /// Checks that nothing but space is left.
  mutating func end() throws(Failure) {
    skipSpace()
    guard position == bytes.count else { throw Failure(offset: position, reason: "text after the end") }
  }

  func failure(_ reason: String) -> Failure { Failure(offset: position, reason: reason) }

  // MARK: Bytes

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

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

  private mutating func escape(into text: inout [UInt8]) throws(Failure) {
    let start = position - 1
    let plain: [UInt8: UInt8] = [
      0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
    ]
    guard let byte = peek else { throw Failure(offset: start, reason: "a string does not end") }
    position += 1
    if let value = plain[byte] { return text.append(value) }
    guard byte == UInt8(ascii: "u") else { throw Failure(offset: start, reason: "an unknown escape") }
    var code = UInt32(try hexadecimal())
    if code >= 0xD800, code < 0xDC00, peek == 0x5C {
      position += 1
      guard peek == UInt8(ascii: "u") else { throw Failure(offset: start, reason: "half a surrogate pair") }
      position += 1
      let low = UInt32(try hexadecimal())
      guard low >= 0xDC00, low < 0xE000 else { throw Failure(offset: start, reason: "half a surrogate pair") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw Failure(offset: start, reason: "half a surrogate pair")
    }
    text.append(contentsOf: UTF8.encode(scalar)!)
  }

  private mutating func hexadecimal() throws(Failure) -> UInt16 {
    guard position + 4 <= bytes.count,
      let text = String(validating: bytes[position..<position + 4], as: UTF8.self),
      text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }), let value = UInt16(text, radix: 16)
    else { throw Failure(offset: position, reason: "expected four hexadecimal digits") }
    position += 4
    return value
  }
}

/// A string as JSON writes it, in quotes.
func jsonQuoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "\u{08}": result += "\\b"
    case "\u{0C}": result += "\\f"
    case "\u{00}"..<"\u{20}":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
