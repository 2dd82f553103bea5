/// Reads JSON (RFC 8259) into a value.
///
/// Strict, because a report may come from anywhere: keys of an object must differ, strings must be UTF-8, and
/// depth is limited, so that no file makes the reader run out of stack.
public struct JSONReader {
  public struct Failure: Error, CustomStringConvertible {
    public let offset: Int
    public let reason: String
    public var description: String { "no JSON at byte \(offset): \(reason)" }
  }

  private static let depthLimit = 32

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  /// The one value of a text.
  public static func read(_ bytes: [UInt8]) throws(Failure) -> JSON {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    reader.skipSpace()
    guard reader.peek == nil else { throw reader.failure("text after the end") }
    return value
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  private mutating func value() throws(Failure) -> JSON {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case nil: throw failure("the text ends where a value should be")
    default: return try word()
    }
  }

  private mutating func object() throws(Failure) -> JSON {
    try enter()
    var members: [(String, JSON)] = []
    var keys = Set<String>()
    if !take("}") {
      repeat {
        skipSpace()
        let start = position
        let key = try string()
        guard keys.insert(key).inserted else { throw Failure(offset: start, reason: "a key is there twice") }
        guard take(":") else { throw failure("expected ':'") }
        members.append((key, try value()))
      } while take(",")
      guard take("}") else { throw failure("expected ',' or '}'") }
    }
    depth -= 1
    return .object(members)
  }

  private mutating func array() throws(Failure) -> JSON {
    try enter()
    var values: [JSON] = []
    if !take("]") {
      repeat { values.append(try value()) } while take(",")
      guard take("]") else { throw failure("expected ',' or ']'") }
    }
    depth -= 1
    return .array(values)
  }

  /// A number, `true`, `false` or `null`.
  private mutating func word() throws(Failure) -> JSON {
    let start = position
    while let byte = peek, JSONReader.isWordByte(byte) { position += 1 }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    switch word {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    default:
      guard JSONReader.isNumber(word.utf8) else {
        throw Failure(offset: start, reason: "expected a value")
      }
      if let integer = Int(word) { return .integer(integer) }
      guard let number = Double(word), number.isFinite else {
        throw Failure(offset: start, reason: "a number is too large")
      }
      return .number(number)
    }
  }

  /// -? (0 | [1-9] digits) (. digits)? ([eE] [+-]? digits)?
  private static func isNumber(_ text: String.UTF8View) -> Bool {
    var rest = text[...]
    func digits(_ rest: inout Substring.UTF8View) -> Int {
      let count = rest.prefix { 0x30...0x39 ~= $0 }.count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let leadsWithZero = rest.first == UInt8(ascii: "0")
    let count = digits(&rest)
    if count == 0 || leadsWithZero && count > 1 { return false }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      if digits(&rest) == 0 { return false }
    }
    if let byte = rest.first, byte | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      if digits(&rest) == 0 { return false }
    }
    return rest.isEmpty
  }

  private mutating func string() throws(Failure) -> String {
    guard take("\"") else { throw failure("expected a string") }
    let start = position
    var text: [UInt8] = []
    while let byte = peek, byte != UInt8(ascii: "\"") {
      position += 1
      switch byte {
      case UInt8(ascii: "\\"): try escape(into: &text)
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

  private mutating func escape(into text: inout [UInt8]) throws(Failure) {
    let start = position - 1
    guard let byte = peek else { throw Failure(offset: start, reason: "a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return text.append(byte)
    case UInt8(ascii: "b"): return text.append(0x08)
    case UInt8(ascii: "f"): return text.append(0x0c)
    case UInt8(ascii: "n"): return text.append(0x0a)
    case UInt8(ascii: "r"): return text.append(0x0d)
    case UInt8(ascii: "t"): return text.append(0x09)
    case UInt8(ascii: "u"): break
    default: throw Failure(offset: start, reason: "an unknown escape")
    }
    var code = try hexadecimal()
    if 0xd800..<0xdc00 ~= code, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    {
      position += 2
      let low = try hexadecimal()
      guard 0xdc00..<0xe000 ~= low else { throw Failure(offset: start, reason: "half a surrogate pair") }
      code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw Failure(offset: start, reason: "half a surrogate pair")
    }
    text += Array(String(Character(scalar)).utf8)
  }

  private mutating func hexadecimal() throws(Failure) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw failure("expected four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  // MARK: - Bytes

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private func failure(_ reason: String) -> Failure { Failure(offset: position, reason: reason) }

  private mutating func enter() throws(Failure) {
    depth += 1
    guard depth <= JSONReader.depthLimit else {
      throw failure("nested more than \(JSONReader.depthLimit) deep")
    }
    position += 1
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }
}
