/// Reads JSON (RFC 8259) into a value.
///
/// Strict, because a report may come from anywhere: keys of an object must differ, strings must be UTF-8, depth is
/// limited, so that no file makes the reader run out of stack, and so is what the values take of memory, in proportion
/// to the text. The time is in proportion to the text too.
public struct JSONReader {
  public struct Failure: Error, CustomStringConvertible {
    public let offset: Int
    public let reason: String
    public var description: String { "no JSON at byte \(offset): \(reason)" }
  }

  private static let depthLimit = 32

  /// Longer numbers than anybody writes are not worth reading.
  private static let digitLimit = 1000

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0
  /// What the values read so far take, about, and what they may.
  private var cost = 0
  private let costLimit: Int

  /// The one value of a text.
  public static func read(_ bytes: [UInt8]) throws(Failure) -> JSON {
    try bytes.withUnsafeBufferPointer { bytes in
      Result { () throws(Failure) in try read(bytes) }
    }.get()
  }

  /// The one value of a text, which is not copied.
  public static func read(_ text: String) throws(Failure) -> JSON {
    var text = text
    return try text.withUTF8 { bytes in
      Result { () throws(Failure) in try read(bytes) }
    }.get()
  }

  private static func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(Failure) -> JSON {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    reader.skipSpace()
    guard reader.peek == nil else { throw reader.failure("text after the end") }
    return value
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    costLimit = 3 * bytes.count + 32 << 20
  }

  private mutating func spend(_ byteCount: Int) throws(Failure) {
    cost += byteCount
    guard cost <= costLimit else { throw failure("more values than a text of \(bytes.count) bytes can mean") }
  }

  private mutating func value() throws(Failure) -> JSON {
    // An element of a list that grows, at worst.
    try spend(2 * MemoryLayout<JSON>.stride)
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
        try spend(4 * MemoryLayout<String>.stride)
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
    guard position - start <= JSONReader.digitLimit else {
      throw Failure(offset: start, reason: "a word of \(position - start) characters")
    }
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
    var hasEscapes = false
    while let byte = peek, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw Failure(offset: position, reason: "a control character in a string") }
      hasEscapes = hasEscapes || byte == UInt8(ascii: "\\")
      position += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard peek != nil else { throw Failure(offset: start, reason: "a string does not end") }
    let raw = UnsafeBufferPointer(rebasing: bytes[start..<position])
    position += 1
    if raw.count > 15 { try spend(raw.count + 48) }
    let text: String?
    if hasEscapes {
      text = String(validating: try JSONReader.unescaped(raw, start), as: UTF8.self)
    } else {
      text = String(validating: raw, as: UTF8.self)
    }
    guard let text else { throw Failure(offset: start, reason: "a string is not UTF-8") }
    return text
  }

  private static func unescaped(_ raw: UnsafeBufferPointer<UInt8>, _ start: Int) throws(Failure) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(raw.count)
    var position = 0
    while position < raw.count {
      let byte = raw[position]
      position += 1
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      let place = start + position - 1
      let kind = raw[position]
      position += 1
      switch kind {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(kind)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0c)
      case UInt8(ascii: "n"): text.append(0x0a)
      case UInt8(ascii: "r"): text.append(0x0d)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"): text.append(contentsOf: UTF8.encode(try scalar(raw, &position, place))!)
      default: throw Failure(offset: place, reason: "an unknown escape")
      }
    }
    return text
  }

  /// The character whose digits begin at `position`; one beyond the first 65536 takes two escapes.
  private static func scalar(
    _ raw: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ place: Int
  ) throws(Failure) -> Unicode.Scalar {
    var code = try hexadecimal(raw, &position, place)
    if 0xd800..<0xdc00 ~= code, position + 1 < raw.count, raw[position] == UInt8(ascii: "\\"),
      raw[position + 1] == UInt8(ascii: "u")
    {
      position += 2
      let low = try hexadecimal(raw, &position, place)
      guard 0xdc00..<0xe000 ~= low else { throw Failure(offset: place, reason: "half a surrogate pair") }
      code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw Failure(offset: place, reason: "half a surrogate pair") }
    return scalar
  }

  private static func hexadecimal(
    _ raw: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ place: Int
  ) throws(Failure) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let digit: UInt8? =
        switch position < raw.count ? raw[position] : 0 {
        case let byte where byte >= 0x30 && byte <= 0x39: byte - 0x30
        case let byte where byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66: (byte | 0x20) - 0x61 + 10
        default: nil
        }
      guard let digit else { throw Failure(offset: place, reason: "expected four hexadecimal digits") }
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
